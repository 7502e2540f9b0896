//! The Groups story (docs: row M1): what an app got before and after the rule of April 2018, each opt-in, the admin's leaving.
//!
//! The app is an ordinary OAuth client; people, admins and staff use the APIs that everybody has; the platform changes its own
//! data over its own API. Nothing reaches into the gate.

use super::{Step, show};
use crate::cli::Result;
use crate::cli::log::recompute_all;
use crate::client::{Partner, Person, Pick, Tokens};
use crate::demo::{Account, Client, Place, Stage, word};
use crate::output::{Output, Shade};
use crate::policies;
use anyhow::{Context, ensure};
use http::Method;
use outbound::Called;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

const REDIRECT: &str = "http://127.0.0.1:7000/callback";
const GROUP: &str = "Riverside Allotments";
const SCOPE: &str = "group.name group.member_count post.content post.media comment.content member.id member.name member.picture";
/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// Who belongs to the group: the first two are its admins.
const PEOPLE: [(&str, &str); 5] =
    [("Ada", "Arden"), ("Ben", "Birch"), ("Cleo", "Croft"), ("Dana", "Dale"), ("Eli", "Elm")];

/// The cast.
struct Scene {
    stage: Stage,
    app: Partner,
    installation: String,
    /// The group under the app's own id.
    group: String,
    /// The platform's ids.
    platform_group: String,
    people: BTreeMap<&'static str, (String, Account)>,
    posts: BTreeMap<&'static str, String>,
    token: Tokens,
}

/// What the app sees of the group's posts.
struct Seen {
    status: u16,
    position: Option<u64>,
    withheld: String,
    posts: Vec<Post>,
}

#[derive(Clone)]
struct Post {
    id: String,
    text: String,
    name: Option<String>,
    picture: Option<String>,
    person: Option<String>,
    photo: Option<String>,
}

impl Seen {
    fn names(&self) -> BTreeSet<&str> {
        self.posts.iter().filter_map(|post| post.name.as_deref()).collect()
    }

    fn texts(&self) -> Vec<&str> {
        self.posts.iter().map(|post| post.text.as_str()).collect()
    }

    /// No name, no picture, no stable id.
    fn is_without_people(&self) -> bool {
        self.posts.iter().all(|p| p.name.is_none() && p.picture.is_none() && p.person.is_none())
    }

    fn post(&self, text: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.text.starts_with(text))
    }
}

fn author(post: Option<&Post>) -> String {
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

fn side_by_side(step: &mut Step, before: &Seen, after: &Seen) {
    for post in &before.posts {
        let text: String = post.text.chars().take(40).collect();
        step.compare(&text, author(Some(post)), author(after.post(&post.text)));
    }
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(directory: Option<PathBuf>, output: Output) -> Result<bool> {
    let place = Place { directory, listen: SocketAddr::from(([127, 0, 0, 1], 0)), metrics: None };
    let stage = Stage::open(place, policies::BEFORE, |_| Ok(())).await?;
    ensure!(stage.first.is_some(), "the tour needs a new directory");
    output.say(format_args!("gate at {}, platform at {}", stage.url, stage.site_url))?;
    let mut scene = Scene::set(stage).await?;
    let mut steps = Vec::new();
    let (first, before) = scene.names_by_admin_consent().await?;
    told(&mut steps, first, output)?;
    let (second, after) = scene.the_rule_changes(&before).await?;
    told(&mut steps, second, output)?;
    for name in ["Cleo", "Dana"] {
        let step = scene.opts_in(name).await?;
        told(&mut steps, step, output)?;
    }
    let step = scene.opts_out("Cleo").await?;
    told(&mut steps, step, output)?;
    let step = scene.a_post_is_deleted(&after).await?;
    told(&mut steps, step, output)?;
    let step = scene.the_admin_leaves().await?;
    told(&mut steps, step, output)?;
    let step = scene.another_admin_confirms().await?;
    told(&mut steps, step, output)?;
    let step = scene.everything_recomputes()?;
    told(&mut steps, step, output)?;
    scene.stage.close().await?;
    let passed = steps.iter().all(Step::is_passed);
    if output.is_json() {
        output.document(&json!({ "tour": "m1", "passed": passed, "steps": steps }))?;
    } else {
        let verdict = if passed {
            output.shade(Shade::Good, "every expectation was met")
        } else {
            output.shade(Shade::Bad, "some expectations were NOT met")
        };
        output.line(format_args!("\n{verdict}"))?;
    }
    Ok(passed)
}

fn told(steps: &mut Vec<Step>, step: Step, output: Output) -> Result<()> {
    if !output.is_json() {
        show(steps.len() + 1, &step, output)?;
    }
    steps.push(step);
    Ok(())
}

impl Scene {
    /// A group of five, a partner's app, and the admin's yes on the consent page.
    async fn set(stage: Stage) -> Result<Self> {
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
        let (app, token, installation, app_group) = partner(&stage, &people).await?;
        let scene = Self {
            stage,
            app,
            installation,
            group: app_group,
            platform_group: group,
            people,
            posts,
            token,
        };
        Ok(scene)
    }

    fn person(&self, name: &str) -> Result<&(String, Account)> {
        self.people.get(name).with_context(|| format!("{name} is not in the story"))
    }

    fn begin(&self, title: &str) -> Result<Step> {
        Step::begin(&self.stage.process.parts.store, title)
    }

    fn finish(&self, step: Step, answer: Option<u64>) -> Result<Step> {
        step.finish(&self.stage.process.parts.store, answer)
    }

    /// Reads the group's posts, as the app does.
    async fn look(&self, token: &str) -> Result<Seen> {
        let path = format!("/groups/{}/posts?limit=25", self.group);
        let called = self.app.read(&path, token).await?;
        Ok(seen(&called))
    }

    async fn signed_in(&self, name: &str) -> Result<Person> {
        let (_, account) = self.person(name)?;
        Person::sign_in(&self.stage.url, &account.login, &account.password).await
    }

    async fn is_served(&self, url: Option<&String>, token: &str) -> Result<bool> {
        match url {
            Some(url) => Ok(self.app.read(url, token).await?.status == 200),
            None => Ok(false),
        }
    }

    async fn names_by_admin_consent(&self) -> Result<(Step, Seen)> {
        let mut step =
            self.begin("Before April 2018: one admin's yes opens everybody in the group")?;
        let seen = self.look(&self.token.access).await?;
        let picture = seen.posts.iter().find_map(|post| post.picture.as_ref());
        for post in &seen.posts {
            step.compare(&post.text, "", author(Some(post)));
        }
        step.expect("the page is answered", seen.status == 200 && seen.posts.len() == 4);
        step.expect(
            "every author's name, picture and id is in it",
            seen.posts
                .iter()
                .all(|p| p.name.is_some() && p.picture.is_some() && p.person.is_some()),
        );
        step.expect(
            "a picture can be fetched by its link",
            self.is_served(picture, &self.token.access).await?,
        );
        let position = seen.position;
        Ok((self.finish(step, position)?, seen))
    }

    async fn the_rule_changes(&self, before: &Seen) -> Result<(Step, Seen)> {
        let mut step =
            self.begin("The rule changes: names and pictures only of members who opted in")?;
        let policy: Value = serde_json::from_str(policies::AFTER)?;
        let body = json!({ "document": policy, "because": { "reason": "terms", "note": "platform rule of April 2018" } });
        let changed = self.stage.staff.ask(Method::POST, "/policies", Some(&body)).await?;
        let ended = changed.position.unwrap_or(u64::MAX);
        step.tell(format!("The rule stands in the log at {ended}. The app's token is the same."));
        let after = self.look(&self.token.access).await?;
        side_by_side(&mut step, before, &after);
        step.expect(
            "the next answer comes after the rule",
            after.position.is_some_and(|at| at > ended),
        );
        step.expect("no name, no picture, no id is left", after.is_without_people());
        step.expect(
            "every text is still there",
            after.texts() == before.texts() && !after.posts.is_empty(),
        );
        let says = after.withheld.contains("member.name;reason=person");
        step.expect("the partner hears `person`, and nothing finer", says);
        let picture = before.posts.iter().find_map(|post| post.picture.as_ref());
        let served = self.is_served(picture, &self.token.access).await?;
        step.expect("a picture's link from before is dead", picture.is_some() && !served);
        let position = after.position;
        Ok((self.finish(step, position)?, after))
    }

    async fn opts_in(&self, name: &str) -> Result<Step> {
        let mut step = self.begin(&format!("{name} opts in"))?;
        let before = self.look(&self.token.access).await?;
        let person = self.signed_in(name).await?;
        let body = json!({ "installation": self.installation, "classes": ["member.id", "member.name", "member.picture"] });
        let (_, at) = person.ask(Method::POST, "/me/v1/opt-ins", Some(&body)).await?;
        let after = self.look(&self.token.access).await?;
        side_by_side(&mut step, &before, &after);
        let full = full_name(name);
        let mut expected = before.names();
        expected.insert(&full);
        step.expect(
            format!("exactly {name} is added"),
            after.names() == expected && !before.names().contains(full.as_str()),
        );
        step.expect("the answer comes after the choice", after.position > at);
        let post = after.posts.iter().find(|post| post.name.as_deref() == Some(&full));
        let served =
            self.is_served(post.and_then(|post| post.picture.as_ref()), &self.token.access).await?;
        step.expect(format!("{name}'s picture can be fetched"), served);
        self.finish(step, after.position)
    }

    async fn opts_out(&self, name: &str) -> Result<Step> {
        let mut step = self.begin(&format!("{name} opts out"))?;
        let before = self.look(&self.token.access).await?;
        let full = full_name(name);
        let post = before.posts.iter().find(|post| post.name.as_deref() == Some(&full));
        let picture = post.and_then(|post| post.picture.clone());
        let person = self.signed_in(name).await?;
        let body = json!({ "installation": self.installation });
        let (_, at) = person.ask(Method::POST, "/me/v1/opt-outs", Some(&body)).await?;
        let served = self.is_served(picture.as_ref(), &self.token.access).await?;
        let after = self.look(&self.token.access).await?;
        side_by_side(&mut step, &before, &after);
        let mut expected = before.names();
        step.expect(format!("{name} was there"), expected.remove(full.as_str()));
        step.expect(format!("exactly {name} is gone"), after.names() == expected);
        step.expect("every text is still there", after.texts() == before.texts());
        step.expect("the answer comes after the choice", after.position > at);
        step.expect("the picture's link died with the choice", picture.is_some() && !served);
        let (seen, _) = person.ask(Method::GET, "/me/v1/seen", None).await?;
        step.tell(format!("{name} can see what the app saw: {}", told_of(&seen)));
        self.finish(step, after.position)
    }

    async fn a_post_is_deleted(&self, known: &Seen) -> Result<Step> {
        let mut step = self.begin("Eli deletes a post with a photo")?;
        let before = self.look(&self.token.access).await?;
        let post =
            before.post("The water pump").cloned().context("Eli's post is not on the page")?;
        let fetched = self.is_served(post.photo.as_ref(), &self.token.access).await?;
        step.expect("its photo could be fetched", fetched);
        let id = self.posts.get("Eli").context("Eli wrote nothing")?;
        self.stage
            .site
            .change(Method::DELETE, &format!("/platform/posts/{id}"), None, None)
            .await?;
        let after = self.look(&self.token.access).await?;
        side_by_side(&mut step, &before, &after);
        step.expect("it is gone from the next page", after.post("The water pump").is_none());
        step.expect("the others are still there", after.posts.len() + 1 == known.posts.len());
        let alone = self.app.read(&format!("/posts/{}", post.id), &self.token.access).await?;
        step.expect("it cannot be read by its id", alone.status == 404);
        let served = self.is_served(post.photo.as_ref(), &self.token.access).await?;
        step.expect("its photo's link is dead", !served);
        self.finish(step, after.position)
    }

    async fn the_admin_leaves(&self) -> Result<Step> {
        let mut step = self.begin("Ada, the only admin behind the app, leaves the group")?;
        let before = self.look(&self.token.access).await?;
        let photo = before.posts.iter().find_map(|post| post.photo.clone());
        let path =
            format!("/platform/groups/{}/members/{}", self.platform_group, self.person("Ada")?.0);
        self.stage.site.change(Method::DELETE, &path, None, None).await?;
        let after = self.look(&self.token.access).await?;
        step.compare(
            "the page",
            format!("{} posts", before.posts.len()),
            format!("status {}", after.status),
        );
        step.expect(
            "the next request is refused",
            before.status == 200 && after.status != 200 && after.posts.is_empty(),
        );
        let served = self.is_served(photo.as_ref(), &self.token.access).await?;
        step.expect("a photo's link died with it", photo.is_some() && !served);
        let told = self.app.installations().await?;
        let status = told.iter().find(|(id, ..)| *id == self.installation);
        step.expect(
            "the app is told that its installation lapsed",
            status.is_some_and(|(_, _, status)| status == "lapsed"),
        );
        let again = self.app.installation_token(&self.installation).await;
        step.expect("no new token is issued", again.is_err());
        self.finish(step, None)
    }

    async fn another_admin_confirms(&mut self) -> Result<Step> {
        let mut step = self.begin("Ben, the other admin, stands behind the app")?;
        let ben = self.signed_in("Ben").await?;
        let path = format!("/admin/v1/installations/{}/confirm", self.installation);
        ben.ask(Method::POST, &path, None).await?;
        let old = self.look(&self.token.access).await?;
        step.expect("the old token is still dead", old.status != 200);
        let fresh = self.app.installation_token(&self.installation).await?;
        let new = self.look(&fresh.access).await?;
        step.compare(
            "the page",
            format!("old token: status {}", old.status),
            format!("new token: {} posts", new.posts.len()),
        );
        step.expect("a new token works", new.status == 200 && new.posts.len() == 3);
        let opted_in: BTreeSet<String> = [full_name("Dana")].into();
        step.expect(
            "nobody is named who is not opted in",
            new.names().iter().all(|name| opted_in.contains(*name)),
        );
        let position = new.position;
        self.token = fresh;
        self.finish(step, position)
    }

    fn everything_recomputes(&self) -> Result<Step> {
        let mut step = self.begin("Whoever holds the log can decide everything again")?;
        let found = recompute_all(&self.stage.process.parts.store)?;
        step.tell(format!(
            "{} entries, {} disclosures recomputed, root {}",
            found.entries,
            found.disclosures,
            found.root()
        ));
        step.expect(
            "all decisions are identical",
            found.problems.is_empty() && found.disclosures > 0,
        );
        self.finish(step, None)
    }
}

fn full_name(first: &str) -> String {
    let last = PEOPLE.iter().find(|(name, _)| *name == first).map_or("", |(_, last)| last);
    format!("{first} {last}")
}

/// Registers the app, sends Ada through the consent page, and asks for the installation's own token.
async fn partner(
    stage: &Stage,
    people: &BTreeMap<&'static str, (String, Account)>,
) -> Result<(Partner, Tokens, String, String)> {
    let (client, secret) =
        stage.app("Plotwise Ltd", "Plotwise", REDIRECT, Client::Confidential).await?;
    let classes: Vec<&str> = SCOPE.split(' ').collect();
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 365);
    let agreement = json!({
        "app": client, "program": "groups", "classes": classes,
        "required": ["group.name", "post.content"], "purposes": ["group-management"],
        "until": until.to_string(),
    });
    word(&stage.make("/agreements", &agreement).await?, "agreement")?;
    let app = Partner::discover(&stage.url, &client, secret, REDIRECT).await?;
    let (_, ada) = people.get("Ada").context("Ada is not in the story")?;
    let groups = [GROUP.to_owned()];
    let pick =
        Pick { login: &ada.login, password: &ada.password, groups: &groups, install: &groups };
    app.authorize(SCOPE, &pick).await.context("Ada could not authorize the app")?;
    let told = app.installations().await?;
    let (installation, group, _) = told.into_iter().next().context("the app is enabled nowhere")?;
    let token = app.installation_token(&installation).await?;
    Ok((app, token, installation, group))
}

fn seen(called: &Called) -> Seen {
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
    Seen {
        status: called.status.as_u16(),
        position: called.header("bailment-position").parse().ok(),
        withheld: called.header("bailment-withheld").to_owned(),
        posts: posts.collect(),
    }
}

fn told_of(seen: &Value) -> String {
    let items = seen.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let one = |item: &Value| {
        let app = item.pointer("/app/name").and_then(Value::as_str).unwrap_or("?").to_owned();
        let times = item.get("times").and_then(Value::as_u64).unwrap_or_default();
        let classes = item.get("classes").and_then(Value::as_array).cloned().unwrap_or_default();
        let classes: Vec<_> = classes.iter().filter_map(Value::as_str).collect();
        format!("{app}, {times} times, {}", classes.join(" "))
    };
    items.iter().map(one).collect::<Vec<_>>().join("; ")
}
