//! The demo: sets everything up, tells where it is, and runs until it is stopped.

use super::cast::Cast;
use super::stage::{Place, Stage};
use super::traffic;
use crate::cli::Result;
use crate::observe;
use crate::output::{Output, Shade};
use crate::policies;
use crate::process::asked_to_stop;
use anyhow::{Context, ensure};
use platform::generate::{Generated, Seed, Size, generate};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::task::JoinSet;

/// Between two rounds of the prober: the demo is for looking at.
const PROBE_MINUTES: u64 = 10;

/// What the demo is to be.
pub(crate) struct Wanted {
    pub(crate) directory: Option<PathBuf>,
    pub(crate) people: usize,
    pub(crate) seed: u64,
    pub(crate) listen: SocketAddr,
}

/// Runs the demo.
///
/// # Errors
/// It cannot be set up.
pub(crate) async fn run(wanted: Wanted, output: Output) -> Result<()> {
    let metrics = Some((free_address().await?, observe::metrics()?));
    let directory = wanted.directory.clone();
    let used = directory.as_ref().is_some_and(|one| one.join("bailment.db").exists());
    ensure!(!used, "the directory holds a demo already; run it with `bailment --data DIR serve`");
    let listen = open_address(wanted.listen).await;
    let place = Place { directory, listen, metrics, probe_minutes: PROBE_MINUTES, clock: None };
    let mut made = Generated::default();
    let stage = Stage::open(place, policies::AFTER, |platform| {
        made = generate(platform.store(), Seed(wanted.seed), Size::of(wanted.people))?;
        Ok(())
    })
    .await?;
    let cast = Cast::gather(&stage, made.first_group).await?;
    let told = told(&stage, &cast, made, metrics_url(&stage)).await?;
    if output.is_json() {
        output.document(&told)?;
    } else {
        show(&stage, &cast, &told, output)?;
    }
    let mut partners = JoinSet::new();
    for (app, number) in cast.working.into_iter().zip(1..) {
        partners.spawn(traffic::run(app, wanted.seed.wrapping_add(number)));
    }
    asked_to_stop().await?;
    output.say("\nstopping")?;
    partners.shutdown().await;
    stage.close().await
}

fn metrics_url(stage: &Stage) -> String {
    stage.metrics.map(|at| format!("http://{at}/metrics")).unwrap_or_default()
}

async fn free_address() -> Result<SocketAddr> {
    let listener = crate::process::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    Ok(listener.local_addr()?)
}

/// The wanted address, or any where another process has it.
pub(crate) async fn open_address(wanted: SocketAddr) -> SocketAddr {
    match crate::process::bind(wanted).await {
        Ok(_) => wanted,
        Err(_) => SocketAddr::new(wanted.ip(), 0),
    }
}

async fn told(stage: &Stage, cast: &Cast, made: Generated, metrics: String) -> Result<Value> {
    let first = cast.working.first().context("no app is at work")?;
    let (installation, group) = first.installations.first().context("no app is enabled")?;
    let token = first.app.installation_token(installation).await?.access;
    let staff = stage.first.as_ref().context("there is no staff account")?;
    let account = |login: &str, password: &str| json!({ "login": login, "password": password });
    let groups: Vec<&str> = cast.groups.iter().map(|group| group.name.as_str()).collect();
    let path = format!("/groups/{group}/posts?limit=5");
    let called = first.app.read(&path, &token).await?;
    Ok(json!({
        "gate": stage.url, "platform": stage.site_url, "metrics": metrics, "data": stage.data,
        "community": made, "groups": groups,
        "accounts": {
            "admin": account(&cast.admin.login, &cast.admin.password),
            "member": account(&cast.member.login, &cast.member.password),
            "staff": account(staff.login, &staff.password),
        },
        "apps": cast.apps,
        "token": token, "path": format!("/v1{path}"), "installation": installation,
        "position": called.header("bailment-position").parse::<u64>().ok(),
    }))
}

fn show(stage: &Stage, cast: &Cast, told: &Value, output: Output) -> Result<()> {
    let strong = |text: &str| output.shade(Shade::Strong, text);
    let text = |pointer: &str| match told.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    output.line(strong("Bailment runs."))?;
    output.line(format_args!(
        "  {} people in {} groups, {} posts; apps are enabled in {}\n",
        text("/community/people"),
        text("/community/groups"),
        text("/community/posts"),
        cast.groups.iter().take(3).map(|g| format!("“{}”", g.name)).collect::<Vec<_>>().join(", ")
    ))?;
    let url = &stage.url;
    let account = |who: &str, page: &str| {
        let (login, password) =
            (format!("/accounts/{who}/login"), format!("/accounts/{who}/password"));
        vec![who.to_owned(), format!("{url}{page}"), text(&login), text(&password)]
    };
    let rows = vec![
        account("member", "/privacy"),
        account("admin", "/groups"),
        account("staff", "/staff"),
    ];
    output.wide_table(&["who", "page", "login", "password"], rows)?;
    let rows = cast.apps.iter().map(|app| {
        let secret = app.client_secret.clone().unwrap_or_else(|| "(public)".to_owned());
        vec![app.name.to_owned(), app.client_id.clone(), secret, app.state.to_owned()]
    });
    output.wide_table(&["app", "client_id", "client_secret", "state"], rows.collect())?;
    output.line(format_args!("platform {}, metrics {}\n", stage.site_url, text("/metrics")))?;
    output.line(strong("To paste:"))?;
    let data = stage.data.display();
    let path = text("/path");
    let (token, position) = (text("/token"), text("/position"));
    for command in [
        format!("curl -si '{url}{path}' -H 'Authorization: Bearer {token}'"),
        format!("bailment --data {data} explain --position {position}"),
        format!("bailment --data {data} log show --limit 10"),
        format!("bailment --data {data} log verify"),
        format!("bailment --data {data} app list"),
        format!(
            "bailment --data {data} app suspend {} --reason terms --note 'just a demo'",
            text("/apps/0/client_id")
        ),
    ] {
        output.line(format_args!("  {command}"))?;
    }
    output.line("\nCtrl-C stops it; a temporary directory is removed then.")?;
    Ok(())
}
