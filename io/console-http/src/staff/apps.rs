//! Apps: the register, and one of them.

use super::agreements::agreement_rows;
use super::certified;
use super::list::{off_thread, paged_of};
use super::partners::{APP_COLUMNS, app_rows, app_standing};
use super::view::{ActLink, Cell, DetailPage, ListPage, Row, Section};
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use consent::{App, Credential, Suspension};
use flows::staff::{AppDetails, SubProcessor};
use model::{AppNo, AppStatus, CredentialNo, Position, Timestamp};
use oauth::assertion::Jwk;
use sequence::NameOf;
use std::sync::Arc;
use store::Store;
use usage::Standing;

/// `GET /staff/apps`
pub(crate) async fn apps(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let (store, fields) = (console.store().clone(), query.clone());
    let paged = off_thread(move || {
        let all: Vec<AppNo> = store.state().apps().map(|(no, _)| no).collect();
        paged_of("/staff/apps", &fields, &all, |some| app_rows(&store, some))
    });
    let paged = paged.await?;
    Ok(page(&ListPage {
        shell: staff.shell(&console, "Apps", "/staff/apps").noticing(Some(query.text("done"))),
        intro: "Software products of partners, each an OAuth client.",
        path: "/staff/apps",
        make: ("/staff/apps/new", "Register an app"),
        searches: true,
        q: paged.q,
        columns: APP_COLUMNS.to_vec(),
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}

/// What is looked at, and what is entered about an app, whether it is suspended or not.
fn entries(no: AppNo) -> [ActLink; 5] {
    let usage = ActLink {
        href: format!("/staff/apps/{no}/usage"),
        label: "Look at its use",
        text: "What it holds beside what it used, and what it could do without.",
    };
    let details = ActLink {
        href: format!("/staff/apps/{no}/details"),
        label: "Change its details",
        text: "Purpose, category, privacy policy, sub-processors: what its partner says about it.",
    };
    let redirects = ActLink {
        href: format!("/staff/apps/{no}/redirects"),
        label: "Change redirect URIs",
        text: "Where people are sent back to, and codes with them.",
    };
    let key = ActLink {
        href: format!("/staff/apps/{no}/keys/new"),
        label: "Add a public key",
        text: "The app proves by it who it is, without a secret, and its partner signs statements.",
    };
    let review = ActLink {
        href: format!("/staff/apps/{no}/review/pass"),
        label: "Enter a review",
        text: "Classes that it may see beyond its testers and sandboxes.",
    };
    [usage, details, redirects, key, review]
}

/// What can be done with an app: by its own status, and by the suspensions of many that name it, which are lifted for all
/// that they name.
fn acts(no: AppNo, status: AppStatus, suspensions: &[(Position, Suspension)]) -> Vec<ActLink> {
    let to = |status: AppStatus| format!("/staff/act?do=app-status&on={no}&to={status}");
    let suspend = ActLink {
        href: to(AppStatus::Suspended),
        label: "Suspend…",
        text: "It receives nothing; people and admins can still end what they gave.",
    };
    let reinstate = ActLink {
        href: to(AppStatus::Active),
        label: "Reinstate…",
        text: "It may receive again what agreements, admins and people allow.",
    };
    let withdraw = ActLink {
        href: format!("/staff/apps/{no}/review/withdraw"),
        label: "Withdraw a review…",
        text: "Classes that it sees of testers and in sandboxes alone again.",
    };
    let cut = ActLink {
        href: format!("/staff/act?do=cut-off&on={no}"),
        label: "Cut off tokens…",
        text: "Every token issued so far is dead; it has to ask for new ones.",
    };
    let remove = ActLink {
        href: to(AppStatus::Removed),
        label: "Remove…",
        text: "For good. It would have to be registered anew.",
    };
    let lift = |(at, _): &(Position, Suspension)| ActLink {
        href: format!("/staff/act?do=lift-suspension&on={at}"),
        label: "Lift the suspension…",
        text: "It was suspended together with others, and is until that is lifted for all of them.",
    };
    let [usage, changes @ ..] = entries(no);
    match status {
        AppStatus::Active => {
            let lifts = suspensions.iter().map(lift);
            std::iter::once(usage)
                .chain(changes)
                .chain(lifts)
                .chain([suspend, withdraw, cut, remove])
                .collect()
        }
        AppStatus::Suspended => {
            let lifts = suspensions.iter().map(lift);
            std::iter::once(usage)
                .chain(changes)
                .chain([reinstate])
                .chain(lifts)
                .chain([withdraw, cut, remove])
                .collect()
        }
        AppStatus::Removed => vec![usage],
    }
}

fn facts(
    store: &Store,
    no: AppNo,
    app: &App,
    (suspensions, standing): (&[(Position, Suspension)], Standing),
) -> Vec<(&'static str, String)> {
    let redirects =
        if app.redirects.is_empty() { "none".to_owned() } else { app.redirects.join(" ") };
    let mut facts = vec![
        ("Client id", no.to_string()),
        ("Partner", names::partner(store, app.partner)),
        ("Kind", if app.public { "public, without a secret" } else { "confidential" }.to_owned()),
        ("Redirect URIs", redirects),
        ("Installations standing", standing.installations.to_string()),
        ("Grants of people", standing.grants.to_string()),
    ];
    facts.extend(super::review::facts(store, app));
    for (at, one) in suspensions {
        let apps = if one.apps == 1 { "app" } else { "apps" };
        let text = format!("by the suspension at entry {}, of {} {apps} in all", at.0, one.apps);
        facts.push(("Suspended with others", text));
    }
    let untold = || "not told yet".to_owned();
    let category = Some(app.category.clone()).filter(|category| !category.is_empty());
    facts.push(("Category", category.unwrap_or_else(untold)));
    let text = store.details(NameOf::App(no)).ok().flatten();
    let Some(details) = text.and_then(|text| AppDetails::read(&text)) else {
        facts.push(("Purpose", untold()));
        return facts;
    };
    facts.push(("Purpose", details.purpose));
    facts.push(("Privacy policy", details.privacy_policy));
    let other = |one: SubProcessor| {
        ("Sub-processor", format!("{}, {}: {}", one.name, one.country, one.service))
    };
    facts.extend(details.sub_processors.into_iter().map(other));
    facts
}

/// A secret, or a key: by its thumbprint (RFC 7638) partner and staff know that they speak of the same.
fn credential_kind(one: &Credential) -> String {
    match one.key.as_deref().map(Jwk::parse) {
        None => "Secret".to_owned(),
        Some(Err(_)) => "Public key".to_owned(),
        Some(Ok(key)) => {
            let thumbprint = URL_SAFE_NO_PAD.encode(one.digest);
            format!("Public key ({}), thumbprint {thumbprint}", key.algorithm())
        }
    }
}

fn credential_rows(store: &Store, numbers: &[CredentialNo], now: Timestamp) -> Vec<Row> {
    let row = |no: &CredentialNo| {
        let found = store.state().credential(*no).cloned()?;
        let (word, tone) = match (found.ended, now < found.expires_at) {
            (true, _) => ("ended", "off"),
            (false, true) => ("valid", "good"),
            (false, false) => ("expired", "warn"),
        };
        let label = store.name(NameOf::Credential(*no)).ok().flatten();
        let ends = Cell::plain("Ends", dates::day(found.expires_at));
        let href = if found.ended {
            String::new()
        } else {
            format!("/staff/act?do=end-credential&on={no}")
        };
        let title = label.unwrap_or_else(|| no.to_string());
        let kind = Cell::plain("Kind", credential_kind(&found));
        Some(Row { href, title, cells: vec![kind, Cell::status(word, tone), ends] })
    };
    numbers.iter().rev().filter_map(row).collect()
}

/// `GET /staff/apps/{app}`
pub(crate) async fn app(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    let (store, now) = (console.store(), console.store().now());
    let (found, (status, tone), suspensions) = {
        let state = store.state();
        let found = state.app(no).cloned().ok_or(Halt::NotFound)?;
        let shown = app_standing(&state, &found);
        let names_it = |(at, one): &(Position, Suspension)| !one.lifted && found.is_named_by(*at);
        let suspensions: Vec<_> = state.suspensions().filter(names_it).collect();
        (found, shown, suspensions)
    };
    let standing = store.census().await?.of(no);
    let name = names::app(store, no);
    let credentials = Section {
        id: "credentials",
        title: "Credentials",
        columns: vec!["Credential", "Kind", "Status", "Ends"],
        rows: credential_rows(store, &found.credentials, now),
        make: if found.public || found.status == AppStatus::Removed {
            (String::new(), "")
        } else {
            (format!("/staff/apps/{no}/credentials/new"), "Make a credential")
        },
    };
    let agreements = Section {
        id: "agreements",
        title: "Agreements",
        columns: vec!["Agreement", "Program", "Status", "From", "Until", "Covers"],
        rows: agreement_rows(store, &found.agreements, now),
        make: (format!("/staff/agreements/new?app={no}"), "Make an agreement"),
    };
    let (known, numbers) = (store.clone(), found.certifications.clone());
    let certified = off_thread(move || certified::rows(&known, &numbers, now)).await?;
    let certifications = Section {
        id: "certifications",
        title: "Certifications",
        columns: certified::COLUMNS.to_vec(),
        rows: certified,
        make: (format!("/staff/certifications/new?app={no}"), "Enter a certification"),
    };
    Ok(page(&DetailPage {
        shell: staff.shell(&console, &name, "/staff/apps").noticing(Some(query.text("done"))),
        back: ("/staff/apps", "Apps"),
        status,
        tone,
        facts: facts(store, no, &found, (&suspensions, standing)),
        acts: acts(no, found.status, &suspensions),
        sections: vec![agreements, certifications, credentials, super::review::testers(no, &found)],
    }))
}
