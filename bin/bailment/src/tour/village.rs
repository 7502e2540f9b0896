//! The village that tours play in: a group of five people and what they wrote, and partner apps as ordinary OAuth clients.
//!
//! People, admins and staff use the APIs that everybody has; the platform changes its own data over its own API. Nothing
//! reaches into the gate.

use super::Step;
use crate::cli::Result;
use crate::client::{Partner, Person, Pick, Tokens};
use crate::demo::{Account, Client, Place, Stage, word};
use crate::output::Output;
use anyhow::{Context, ensure};
use http::Method;
use outbound::Called;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

pub(super) const REDIRECT: &str = "http://127.0.0.1:7000/callback";
pub(super) const GROUP: &str = "Riverside Allotments";
/// What the app of the stories asks for.
pub(super) const SCOPE: &str = "group.name group.member_count post.content post.media comment.content member.id member.name member.picture";
/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// Who belongs to the group: the first two are its admins.
const PEOPLE: [(&str, &str); 5] =
    [("Ada", "Arden"), ("Ben", "Birch"), ("Cleo", "Croft"), ("Dana", "Dale"), ("Eli", "Elm")];

/// A stage with a group of five.
pub(super) struct Village {
    pub(super) stage: Stage,
    /// The platform's id.
    pub(super) group: String,
    people: BTreeMap<&'static str, (String, Account)>,
    pub(super) posts: BTreeMap<&'static str, String>,
}

/// An app that an admin enabled in the group, acting for itself.
pub(super) struct Enabled {
    pub(super) client: String,
    pub(super) partner: String,
    pub(super) app: Partner,
    pub(super) installation: String,
    /// The group under the app's own id.
    pub(super) group: String,
    pub(super) token: Tokens,
}

/// What the app sees of the group's posts.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) position: Option<u64>,
    pub(super) withheld: String,
    pub(super) posts: Vec<Post>,
}

#[derive(Clone)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) name: Option<String>,
    pub(super) picture: Option<String>,
    pub(super) person: Option<String>,
    pub(super) photo: Option<String>,
}

impl Seen {
    pub(super) fn of(called: &Called) -> Self {
        let answer: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let text =
            |one: &Value, path: &str| one.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let posts = items.iter().map(|one| Post {
            id: text(one, "/id").unwrap_or_default(),
            text: text(one, "/text").unwrap_or_default(),
            name: text(one, "/author/name"),
            picture: text(one, "/author/picture"),
            person: text(one, "/author/id"),
            photo: text(one, "/media/0/url"),
        });
        Self {
            status: called.status.as_u16(),
            position: called.header("bailment-position").parse().ok(),
            withheld: called.header("bailment-withheld").to_owned(),
            posts: posts.collect(),
        }
    }

    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.posts.iter().filter_map(|post| post.name.as_deref()).collect()
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        self.posts.iter().map(|post| post.text.as_str()).collect()
    }

    /// No name, no picture, no stable id.
    pub(super) fn is_without_people(&self) -> bool {
        self.posts.iter().all(|p| p.name.is_none() && p.picture.is_none() && p.person.is_none())
    }

    pub(super) fn post(&self, text: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.text.starts_with(text))
    }

    /// The page in a few words.
    pub(super) fn told(&self) -> String {
        if self.status != 200 {
            return format!("status {}", self.status);
        }
        let names: Vec<&str> = self.names().into_iter().collect();
        let names = if names.is_empty() { "nobody named".to_owned() } else { names.join(", ") };
        format!("{} posts, {names}", self.posts.len())
    }
}

/// What a post says of who wrote it.
pub(super) fn author(post: Option<&Post>) -> String {
    match post {
        None => "(gone)".to_owned(),
        Some(Post { name: None, picture: None, person: None, .. }) => "—".to_owned(),
        Some(post) => {
            let name = post.name.clone().unwrap_or_else(|| "no name".to_owned());
            let picture = if post.picture.is_some() { " + picture" } else { "" };
            let id = if post.person.is_some() { " + id" } else { "" };
            format!("{name}{picture}{id}")
        }
    }
}

/// Who wrote what, before and after.
pub(super) fn side_by_side(step: &mut Step, before: &Seen, after: &Seen) {
    for post in &before.posts {
        let text: String = post.text.chars().take(40).collect();
        step.compare(&text, author(Some(post)), author(after.post(&post.text)));
    }
}

pub(super) fn full_name(first: &str) -> String {
    let last = PEOPLE.iter().find(|(name, _)| *name == first).map_or("", |(_, last)| last);
    format!("{first} {last}")
}

/// A day so many days from now, as the staff API wants it.
pub(super) fn in_days(days: i64) -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string()
}

impl Village {
    /// Opens a stage in a new directory and settles the group.
    ///
    /// # Errors
    /// The directory is in use, or something cannot be made.
    pub(super) async fn settle(
        directory: Option<PathBuf>,
        policy: &'static str,
        output: Output,
    ) -> Result<Self> {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let place = Place { directory, listen, metrics: None };
        let stage = Stage::open(place, policy, |_| Ok(())).await?;
        ensure!(stage.first.is_some(), "the tour needs a new directory");
        output.say(format_args!("gate at {}, platform at {}", stage.url, stage.site_url))?;
        let site = stage.site.clone();
        let mut people = BTreeMap::new();
        for (first, last) in PEOPLE {
            let body = json!({ "first_name": first, "last_name": last });
            let id = site.make("/platform/people", None, &body).await?;
            let account = stage.account(&id, &first.to_lowercase()).await?;
            people.insert(first, (id, account));
        }
        let of = |name: &str| {
            people.get(name).map(|(id, _): &(String, Account)| id.as_str()).unwrap_or_default()
        };
        let founded =
            json!({ "name": GROUP, "description": "Plots by the river.", "admin": of("Ada") });
        let group = site.make("/platform/groups", None, &founded).await?;
        for name in ["Ben", "Cleo", "Dana", "Eli"] {
            let path = format!("/platform/groups/{group}/members/{}", of(name));
            site.change(Method::PUT, &path, None, None).await?;
        }
        let path = format!("/platform/groups/{group}/admins/{}", of("Ben"));
        site.change(Method::PUT, &path, None, None).await?;
        let photo = json!([{ "kind": "photo", "content_type": "image/png", "data": PIXEL }]);
        let mut posts = BTreeMap::new();
        for (name, text, media) in [
            ("Ada", "Work day on Saturday at nine.", json!([])),
            ("Cleo", "My first tomatoes are ripe!", photo.clone()),
            ("Dana", "Who has seeds to share?", json!([])),
            ("Eli", "The water pump is broken again.", photo),
        ] {
            let body = json!({ "text": text, "media": media });
            let id = site.make(&format!("/groups/{group}/posts"), Some(of(name)), &body).await?;
            posts.insert(name, id);
        }
        Ok(Self { stage, group, people, posts })
    }

    pub(super) fn person(&self, name: &str) -> Result<&(String, Account)> {
        self.people.get(name).with_context(|| format!("{name} is not in the story"))
    }

    pub(super) async fn signed_in(&self, name: &str) -> Result<Person> {
        let (_, account) = self.person(name)?;
        Person::sign_in(&self.stage.url, &account.login, &account.password).await
    }

    pub(super) fn begin(&self, title: &str) -> Result<Step> {
        Step::begin(&self.stage.process.parts.store, title)
    }

    pub(super) fn finish(&self, step: Step, answer: Option<u64>) -> Result<Step> {
        step.finish(&self.stage.process.parts.store, answer)
    }

    /// Asks the staff API; the answer's body.
    pub(super) async fn staff(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let body = (!body.is_null()).then_some(body);
        Ok(self.stage.staff.ask(method, path, body).await?.body)
    }

    /// Registers an app with an agreement for the group's classes; number of the partner, number and secret of the app.
    pub(super) async fn register(
        &self,
        partner: &str,
        name: &str,
        purposes: &[&str],
    ) -> Result<(String, String, Option<String>)> {
        let kind = Client::Confidential;
        let (client, secret) = self.stage.app(partner, name, REDIRECT, kind).await?;
        let classes: Vec<&str> = SCOPE.split(' ').collect();
        let agreement = json!({
            "app": client, "program": "groups", "classes": classes,
            "required": ["group.name", "post.content"], "purposes": purposes,
            "until": in_days(365),
        });
        word(&self.stage.make("/agreements", &agreement).await?, "agreement")?;
        let found = self.staff(Method::GET, &format!("/apps/{client}"), &Value::Null).await?;
        Ok((word(&found, "partner")?, client, secret))
    }

    /// Registers an app, sends Ada through the consent page, and asks for the installation's own token.
    pub(super) async fn enable(
        &self,
        partner: &str,
        name: &str,
        purposes: &[&str],
    ) -> Result<Enabled> {
        let (partner, client, secret) = self.register(partner, name, purposes).await?;
        let app = Partner::discover(&self.stage.url, &client, secret, REDIRECT).await?;
        let (_, ada) = self.person("Ada")?;
        let groups = [GROUP.to_owned()];
        let pick =
            Pick { login: &ada.login, password: &ada.password, groups: &groups, install: &groups };
        app.authorize(SCOPE, &pick).await.context("Ada could not authorize the app")?;
        let told = app.installations().await?;
        let (installation, group, _) =
            told.into_iter().next().context("the app is enabled nowhere")?;
        let token = app.installation_token(&installation).await?;
        Ok(Enabled { client, partner, app, installation, group, token })
    }

    /// A person allows an app everything about them that can be allowed.
    pub(super) async fn opt_in(&self, name: &str, enabled: &Enabled) -> Result<Option<u64>> {
        let body = json!({
            "installation": enabled.installation,
            "classes": ["member.id", "member.name", "member.picture"],
        });
        let person = self.signed_in(name).await?;
        Ok(person.ask(Method::POST, "/me/v1/opt-ins", Some(&body)).await?.1)
    }
}

impl Enabled {
    /// Reads the group's posts, as the app does.
    pub(super) async fn look(&self) -> Result<Seen> {
        self.look_with(&self.token.access).await
    }

    /// The same with another token.
    pub(super) async fn look_with(&self, token: &str) -> Result<Seen> {
        let path = format!("/groups/{}/posts?limit=25", self.group);
        Ok(Seen::of(&self.app.read(&path, token).await?))
    }

    /// Whether a link to media is served.
    pub(super) async fn is_served(&self, url: Option<&String>) -> Result<bool> {
        match url {
            Some(url) => Ok(self.app.read(url, &self.token.access).await?.status == 200),
            None => Ok(false),
        }
    }
}
