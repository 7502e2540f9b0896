//! Who is in the demo: groups of the seeded community, people with accounts, apps in different states.

use super::stage::{Account, Client, Stage, word};
use crate::cli::Result;
use crate::client::{Partner, Person, Pick, Tokens};
use anyhow::Context;
use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

const REDIRECT: &str = "https://app.example/callback";
const CLASSES: [&str; 12] = [
    "group.name",
    "group.description",
    "group.member_count",
    "post.content",
    "post.media",
    "post.activity",
    "comment.content",
    "member.id",
    "member.name",
    "member.picture",
    "member.role",
    "post.create",
];
/// Members with choices of their own, besides the one whose account is told.
const OPTED_IN: usize = 3;

/// A group of the community.
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// An app, for people to read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AppLine {
    pub(crate) name: &'static str,
    pub(crate) partner: &'static str,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    pub(crate) state: &'static str,
}

/// An app that is at work.
pub(crate) struct Working {
    pub(crate) app: Partner,
    pub(crate) installations: Vec<(String, String)>,
    pub(crate) tokens: Tokens,
}

/// Everybody.
pub(crate) struct Cast {
    pub(crate) groups: Vec<Group>,
    pub(crate) admin: Account,
    pub(crate) member: Account,
    pub(crate) apps: Vec<AppLine>,
    pub(crate) working: Vec<Working>,
}

fn list(answer: &Value, name: &str) -> Vec<Value> {
    answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn ids(people: &[Value], pointer: &str) -> Vec<String> {
    people.iter().filter_map(|one| one.pointer(pointer)?.as_str()).map(str::to_owned).collect()
}

/// Finds the community's largest groups; one admin for all of them.
async fn groups(stage: &Stage, first: i64) -> Result<(Vec<Group>, String, Vec<String>)> {
    let (mut found, mut admin, mut members) = (Vec::new(), None, Vec::new());
    for number in first..first + 4 {
        let answer =
            stage.site.change(Method::GET, &format!("/groups/{number}"), None, None).await?;
        let admins = ids(&list(&answer, "admins"), "/id");
        let admin = admin.get_or_insert_with(|| admins.first().cloned().unwrap_or_default());
        if !admins.contains(admin) {
            let path = format!("/platform/groups/{number}/admins/{admin}");
            stage.site.change(Method::PUT, &path, None, None).await?;
        }
        if found.is_empty() {
            let path = format!("/groups/{number}/members?limit=50");
            let page = stage.site.change(Method::GET, &path, None, None).await?;
            members = ids(&list(&page, "items"), "/person/id");
            members.retain(|one| !admins.contains(one));
        }
        found.push(Group { id: number.to_string(), name: word(&answer, "name")? });
    }
    Ok((found, admin.context("the community has no admin")?, members))
}

fn until(days: i64) -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string()
}

async fn agree(
    stage: &Stage,
    app: &str,
    program: &str,
    from: Option<&str>,
    until: &str,
) -> Result<()> {
    let mut agreement = json!({
        "app": app, "program": program, "classes": CLASSES, "required": ["group.name", "post.content"],
        "purposes": ["group-management"], "until": until,
    });
    if let (Some(from), Some(fields)) = (from, agreement.as_object_mut()) {
        fields.insert("from".to_owned(), from.into());
    }
    stage.make("/agreements", &agreement).await?;
    Ok(())
}

/// Without a secret there are no tokens of its own: the app learns its groups from the person who uses it.
async fn own_list(stage: &Stage, line: &AppLine) -> Result<()> {
    let agreement = json!({
        "app": line.client_id, "program": "login", "classes": ["membership"], "purposes": ["sign-in"],
        "until": until(365),
    });
    stage.make("/agreements", &agreement).await?;
    Ok(())
}

/// Sends the admin through the consent page for some of the groups.
async fn enable(
    stage: &Stage,
    line: &AppLine,
    admin: &Account,
    groups: &[String],
) -> Result<Working> {
    let app = Partner::discover(&stage.url, &line.client_id, line.client_secret.clone(), REDIRECT)
        .await?;
    let pick = Pick { login: &admin.login, password: &admin.password, groups, install: groups };
    let own = if line.client_secret.is_none() { " membership" } else { "" };
    let tokens = app.authorize(&format!("{}{own}", CLASSES.join(" ")), &pick).await;
    let tokens = tokens.with_context(|| format!("{} could not be enabled", line.name))?;
    let mut installations = Vec::new();
    if line.client_secret.is_some() {
        for (number, group, _) in app.installations().await? {
            let called = app.read(&format!("/groups/{group}"), &tokens.access).await?;
            let answer: Value = serde_json::from_slice(&called.body)?;
            let name = word(&answer, "name")?;
            let place = groups.iter().position(|known| *known == name);
            installations.push((place, (number, group)));
        }
        // In the order of the groups: the largest one is the one that members are shown in.
        installations.sort();
    }
    let installations = installations.into_iter().map(|(_, one)| one).collect();
    Ok(Working { app, installations, tokens })
}

impl Cast {
    /// Registers apps, makes accounts, and has everybody decide something.
    ///
    /// # Errors
    /// Somebody was refused.
    pub(crate) async fn gather(stage: &Stage, first_group: i64) -> Result<Self> {
        let (groups, admin_id, members) = groups(stage, first_group).await?;
        let admin = stage.account(&admin_id, "admin").await?;
        let first = members.first().context("the largest group has no members")?;
        let member = stage.account(first, "member").await?;
        let mut apps = Vec::new();
        for (name, partner, kind, state) in [
            (
                "Plotwise",
                "Plotwise Ltd",
                Client::Confidential,
                "active, certified, enabled in three groups",
            ),
            (
                "Pocket Groups",
                "Pocket Software OÜ",
                Client::Public,
                "active, public client, used by the admin",
            ),
            (
                "Lapsed Helper",
                "Helper GmbH",
                Client::Confidential,
                "active, but the only admin behind it left the group",
            ),
            (
                "CrowdPulse",
                "CrowdPulse Analytics Inc",
                Client::Confidential,
                "partner suspended: data taken improperly",
            ),
            (
                "Retro Cards",
                "Retro Cards SA",
                Client::Confidential,
                "its program (personalization) is closed",
            ),
            ("Yesterday", "Yesterday Media", Client::Confidential, "its agreement has expired"),
        ] {
            let (client_id, client_secret) = stage.app(partner, name, REDIRECT, kind).await?;
            apps.push(AppLine { name, partner, client_id, client_secret, state });
        }
        let working = decide(stage, &apps, &admin, &groups).await?;
        certify_and_suspend(stage, &apps).await?;
        choices(stage, &members, &member, &working).await?;
        Ok(Self { groups, admin, member, apps, working })
    }
}

/// Brings each app into its state; those that an admin ever enabled go to work.
async fn decide(
    stage: &Stage,
    apps: &[AppLine],
    admin: &Account,
    groups: &[Group],
) -> Result<Vec<Working>> {
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    let mut working = Vec::new();
    for (line, place) in apps.iter().zip(0..) {
        match place {
            0 | 1 | 3 => {
                if line.client_secret.is_none() {
                    own_list(stage, line).await?;
                }
                agree(stage, &line.client_id, "groups", None, &until(365)).await?;
                let some = names.get(..3).unwrap_or_default();
                working.push(enable(stage, line, admin, some).await?);
            }
            2 => {
                agree(stage, &line.client_id, "groups", None, &until(365)).await?;
                working.push(lapse(stage, line, groups).await?);
            }
            4 => closed_program(stage, line).await?,
            _ => {
                agree(
                    stage,
                    &line.client_id,
                    "groups",
                    Some("2024-01-01T00:00:00Z"),
                    "2025-01-01T00:00:00Z",
                )
                .await?
            }
        }
    }
    Ok(working)
}

/// Somebody becomes an admin, enables the app, and leaves.
async fn lapse(stage: &Stage, line: &AppLine, groups: &[Group]) -> Result<Working> {
    let group = groups.last().context("there are no groups")?;
    let body = json!({ "first_name": "Former", "last_name": "Admin" });
    let id = stage.site.make("/platform/people", None, &body).await?;
    let path = format!("/platform/groups/{}/admins/{id}", group.id);
    stage.site.change(Method::PUT, &path, None, None).await?;
    let account = stage.account(&id, "former-admin").await?;
    let working = enable(stage, line, &account, std::slice::from_ref(&group.name)).await?;
    let path = format!("/platform/groups/{}/members/{id}", group.id);
    stage.site.change(Method::DELETE, &path, None, None).await?;
    Ok(working)
}

/// A program that was offered once, and is over.
async fn closed_program(stage: &Stage, line: &AppLine) -> Result<()> {
    let mut catalog: Value = serde_json::from_str(platform::CATALOG_JSON)?;
    if let Some(programs) = catalog.get_mut("x-programs").and_then(Value::as_object_mut) {
        programs
            .insert("personalization".to_owned(), json!({ "title": "Instant personalization" }));
    }
    stage.make("/catalogs", &json!({ "document": catalog })).await?;
    let status = |status: &str| json!({ "status": status, "because": { "reason": "terms" } });
    let path = "/programs/personalization/status";
    stage.make(path, &status("live")).await?;
    agree(stage, &line.client_id, "personalization", None, &until(365)).await?;
    stage.make(path, &status("closed")).await?;
    Ok(())
}

async fn certify_and_suspend(stage: &Stage, apps: &[AppLine]) -> Result<()> {
    let first = apps.first().context("there are no apps")?;
    let certification = json!({
        "app": first.client_id, "classes": CLASSES, "purpose": "group-management", "until": until(365),
    });
    stage.make("/certifications", &certification).await?;
    let suspended = apps.get(3).context("there are too few apps")?;
    let app = stage.staff.ask(Method::GET, &format!("/apps/{}", suspended.client_id), None).await?;
    let because = json!({ "reason": "data-taken-improperly", "severity": "high", "note": "demo" });
    let body = json!({ "status": "suspended", "because": because });
    let path = format!("/partners/{}/status", word(&app.body, "partner")?);
    stage.make(&path, &body).await?;
    Ok(())
}

/// Some members opt in with different classes, one blocks all apps; the member whose account is told has chosen nothing.
async fn choices(
    stage: &Stage,
    members: &[String],
    member: &Account,
    working: &[Working],
) -> Result<()> {
    let installation = working.first().and_then(|one| one.installations.first());
    let (installation, _) = installation.context("the first app is enabled nowhere")?;
    for (number, id) in members.iter().skip(1).take(OPTED_IN).enumerate() {
        let account = stage.account(id, &format!("member-{number}")).await?;
        let person = Person::sign_in(&stage.url, &account.login, &account.password).await?;
        let classes: &[&str] = match number {
            0 => &["member.name"],
            1 => &["member.id", "member.name", "member.picture", "member.role"],
            _ => &["member.id", "member.name"],
        };
        let body = json!({ "installation": installation, "classes": classes });
        person.ask(Method::POST, "/me/v1/opt-ins", Some(&body)).await?;
        if number == 2 {
            let body = json!({ "blocked": true });
            person.ask(Method::PUT, "/me/v1/settings/all-apps", Some(&body)).await?;
        }
    }
    // The account works: nobody should find out by pasting it.
    Person::sign_in(&stage.url, &member.login, &member.password).await?;
    Ok(())
}
