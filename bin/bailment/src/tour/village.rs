//! The village that tours play in: a group of five people and what they wrote, within a community that is larger than it,
//! and partner apps as ordinary OAuth clients.
//!
//! The five are made for the story, so that it can say exactly what each app sees of them. Everybody else is the seeded
//! community, or whoever was imported; one of the five is an admin of its largest group too, where the apps are enabled as well.
//!
//! People, admins and staff use the APIs that everybody has; the platform changes its own data over its own API. Nothing
//! reaches into the gate.

use super::Step;
use crate::cli::Result;
use crate::client::{Partner, Person, Pick, Site, Tokens};
use crate::demo::{Account, Ahead, Client, Place, Stage, open_address, word};
use crate::output::Output;
use anyhow::{Context, ensure};
use http::Method;
use model::{AppNo, ContextNo, Timestamp};
use outbound::{Call, Called, Caller};
use platform::Platform;
use platform::generate::{Seed, Size, generate};
use platform::store::Census;
use sequence::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const REDIRECT: &str = "https://app.example/callback";
pub(super) const GROUP: &str = "Riverside Allotments";
/// What the app of the stories asks for.
pub(super) const SCOPE: &str = "group.name group.member_count post.content post.media comment.content member.id member.name member.picture post.create";
/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// Who belongs to the group: the first two are its admins.
const PEOPLE: [(&str, &str); 5] =
    [("Ada", "Arden"), ("Ben", "Birch"), ("Cleo", "Croft"), ("Dana", "Dale"), ("Eli", "Elm")];

/// How a tour is to be played.
pub(crate) struct Play {
    /// Where; a temporary directory if none is named.
    pub(crate) directory: Option<PathBuf>,
    /// Somebody said how large a community is to grow, or from what.
    pub(crate) grown: bool,
    pub(crate) people: usize,
    pub(crate) seed: u64,
    pub(crate) listen: SocketAddr,
    pub(crate) output: Output,
}

/// A stage with a group of five in a community.
pub(super) struct Village {
    pub(super) stage: Stage,
    /// Name of the community's largest group, which Ada is an admin of as well.
    pub(super) around: String,
    /// The platform's id.
    pub(super) group: String,
    people: People,
    /// The clock of the story, if it has one.
    clock: Option<Arc<Ahead>>,
    pub(super) posts: BTreeMap<&'static str, String>,
}

/// An app that an admin enabled in the group and in the community's largest one, acting for itself.
pub(super) struct Enabled {
    pub(super) client: String,
    pub(super) partner: String,
    pub(super) app: Partner,
    pub(super) installation: String,
    /// The group under the app's own id.
    pub(super) group: String,
    pub(super) token: Tokens,
    /// Ada's own, with which the app acts for her.
    pub(super) ada: Tokens,
    /// The community's largest group under the app's own id, and the token of the installation there.
    pub(super) around: (String, Tokens),
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

/// People of the story, by first name: the platform's id, and the account.
type People = BTreeMap<&'static str, (String, Account)>;

/// Fills the platform with a community, unless somebody is there already.
fn fill(platform: &Platform, play: &Play) -> Result<()> {
    let there = platform.store().census()?.people > 0;
    ensure!(
        !(there && play.grown),
        "the directory holds a community already: --people and --seed do not apply to it"
    );
    if !there {
        generate(platform.store(), Seed(play.seed), Size::of(play.people))?;
    }
    Ok(())
}

async fn people(stage: &Stage) -> Result<People> {
    let mut people = BTreeMap::new();
    for (first, last) in PEOPLE {
        let body = json!({ "first_name": first, "last_name": last });
        let id = stage.site.make("/platform/people", None, &body).await?;
        let account = stage.account(&id, &first.to_lowercase()).await?;
        people.insert(first, (id, account));
    }
    Ok(people)
}

fn id<'p>(people: &'p People, name: &str) -> &'p str {
    people.get(name).map(|(id, _)| id.as_str()).unwrap_or_default()
}

/// What is said before the command that serves the pages again; `ahead` is where a story left its clock.
fn the_pages(ahead: Option<Timestamp>) -> String {
    let Some(at) = ahead else { return "The pages".to_owned() };
    let at = i64::try_from(at.0).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    format!(
        "The story set its clock ahead, and the log goes on from there: until {at} a gate on this directory refuses \
         to enter anything but endings.\nThe pages from then on"
    )
}

impl Village {
    /// Opens a stage in a new directory, with a community, and settles the group in it.
    ///
    /// # Errors
    /// The directory is in use, or something cannot be made.
    pub(super) async fn settle(play: &Play, policy: &'static str) -> Result<Self> {
        Self::settle_by(play, policy, None).await
    }

    /// The same by a clock of its own.
    ///
    /// # Errors
    /// See [`Village::settle`].
    pub(super) async fn settle_by(
        play: &Play,
        policy: &'static str,
        clock: Option<Arc<Ahead>>,
    ) -> Result<Self> {
        let listen = open_address(play.listen).await;
        let directory = play.directory.clone();
        let of_place = clock.clone();
        let place = Place { directory, listen, metrics: None, probe_minutes: 0, clock: of_place };
        let mut census = Census::default();
        let stage = Stage::open(place, policy, |platform| {
            fill(platform, play)?;
            census = platform.store().census()?;
            Ok(())
        })
        .await?;
        ensure!(
            stage.first.is_some(),
            "the directory holds a log already: a tour begins with a new one"
        );
        play.output.say(format_args!("gate at {}, platform at {}", stage.url, stage.site_url))?;
        let site = stage.site.clone();
        let people = people(&stage).await?;
        let founded = json!({ "name": GROUP, "description": "Plots by the river.", "admin": id(&people, "Ada") });
        let group = site.make("/platform/groups", None, &founded).await?;
        for name in ["Ben", "Cleo", "Dana", "Eli"] {
            let path = format!("/platform/groups/{group}/members/{}", id(&people, name));
            site.change(Method::PUT, &path, None, None).await?;
        }
        let path = format!("/platform/groups/{group}/admins/{}", id(&people, "Ben"));
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
            let path = format!("/groups/{group}/posts");
            posts.insert(name, site.make(&path, Some(id(&people, name)), &body).await?);
        }
        let around = around(&site, census, id(&people, "Ada")).await?;
        let Census { people: all, groups, posts: written, .. } = census;
        play.output.say(format_args!(
            "{all} people in {groups} groups wrote {written} posts; the largest group is “{}”",
            around
        ))?;
        Ok(Self { stage, around, group, people, clock, posts })
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

    /// Ends it, and says how its pages can be looked at again.
    ///
    /// # Errors
    /// A task ended badly.
    pub(super) async fn close(self, play: &Play) -> Result<()> {
        let (url, first) = (self.stage.url.clone(), self.stage.first.as_ref());
        let staff = first.map(|one| format!("login {}, password {}", one.login, one.password));
        let cleo = self.person("Cleo")?.1.clone();
        let ahead = self.clock.filter(|clock| clock.is_ahead()).map(|clock| clock.now());
        let address = url.trim_start_matches("http://").to_owned();
        self.stage.close().await?;
        let Some(directory) = &play.directory else {
            return Ok(play
                .output
                .say("\nWith --dir DIR the pages can be looked at afterwards.")?);
        };
        play.output.say(format_args!(
            "\n{}: bailment --data {} serve --listen {address} --issuer {url}\n\
             staff: {}; Cleo: login {}, password {}",
            the_pages(ahead),
            directory.display(),
            staff.unwrap_or_default(),
            cleo.login,
            cleo.password
        ))?;
        Ok(())
    }

    /// Adds a link to a page that there is.
    pub(super) async fn page(&self, step: &mut Step, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.stage.url);
        let called = Caller::new()?.call(Call::new(Method::GET, url.clone())).await?;
        // Nobody is signed in here: a page that there is sends them to where they can.
        ensure!(called.status.is_redirection(), "{path} was answered with {}", called.status);
        step.page(url);
        Ok(())
    }

    /// How many different people are in groups where one of the apps is enabled, by the facts that the platform told.
    pub(super) fn members_around(&self, apps: &[Enabled]) -> Result<u64> {
        let store = &self.stage.process.parts.store;
        let numbers = apps.iter().map(|app| Ok(app.client.parse::<AppNo>()?));
        let numbers = numbers.collect::<Result<BTreeSet<_>>>()?;
        let groups: BTreeSet<ContextNo> = {
            let state = store.state();
            let own = state.installations().filter(|(_, one)| numbers.contains(&one.app));
            own.map(|(_, one)| one.context).collect()
        };
        let mut people = BTreeSet::new();
        for group in groups {
            people.extend(store.members(group)?);
        }
        Ok(people.len() as u64)
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
        let groups = [GROUP.to_owned(), self.around.clone()];
        let pick =
            Pick { login: &ada.login, password: &ada.password, groups: &groups, install: &groups };
        let own = app.authorize(SCOPE, &pick).await.context("Ada could not authorize the app")?;
        let (mut here, mut around) = (None, None);
        for (installation, group, _) in app.installations().await? {
            let token = app.installation_token(&installation).await?;
            let called = app.read(&format!("/groups/{group}"), &token.access).await?;
            let answer: Value = serde_json::from_slice(&called.body)?;
            match word(&answer, "name")? == GROUP {
                true => here = Some((installation, group, token)),
                false => around = Some((group, token)),
            }
        }
        let (installation, group, token) = here.context("the app is not enabled in the group")?;
        let around = around.context("the app is not enabled in the community's largest group")?;
        Ok(Enabled { client, partner, app, installation, group, token, ada: own, around })
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

/// The name of the community's largest group; Ada becomes an admin there too.
async fn around(site: &Site, census: Census, ada: &str) -> Result<String> {
    let group = census.largest_group.context("the community has no groups")?.to_string();
    let path = format!("/platform/groups/{group}/admins/{ada}");
    site.change(Method::PUT, &path, None, None).await?;
    let answer = site.change(Method::GET, &format!("/groups/{group}"), None, None).await?;
    word(&answer, "name")
}

impl Enabled {
    /// Reads the group's posts, as the app does.
    pub(super) async fn look(&self) -> Result<Seen> {
        self.look_with(&self.token.access).await
    }

    /// Reads a page of posts of the community's largest group.
    pub(super) async fn look_around(&self) -> Result<Seen> {
        let (group, token) = &self.around;
        let path = format!("/groups/{group}/posts?limit=25");
        Ok(Seen::of(&self.app.read(&path, &token.access).await?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_that_set_its_clock_ahead_says_from_when_on_its_directory_can_be_served() {
        assert_eq!(the_pages(None), "The pages");
        let told = the_pages(Some(Timestamp(1_795_262_400_000)));
        assert!(told.contains("until 2026-11-21 12:00 UTC"), "{told}");
        assert!(told.ends_with("The pages from then on"), "{told}");
    }
}
