//! The Groups story (docs: row M1): what an app got before and after the rule of April 2018, each opt-in, the admin's leaving.
//!
//! The app is an ordinary OAuth client; people, admins and staff use the APIs that everybody has; the platform changes its own
//! data over its own API. Nothing reaches into the gate.

use super::village::{Enabled, Seen, Village, author, full_name, side_by_side};
use super::{Step, told, verdict};
use crate::cli::Result;
use crate::cli::log::recompute_all;
use crate::output::Output;
use crate::policies;
use anyhow::Context;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The cast.
struct Scene {
    village: Village,
    app: Enabled,
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(directory: Option<PathBuf>, output: Output) -> Result<bool> {
    let village = Village::settle(directory, policies::BEFORE, output).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management"]).await?;
    let mut scene = Scene { village, app };
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
    scene.village.stage.close().await?;
    verdict("m1", &steps, output)
}

impl Scene {
    async fn names_by_admin_consent(&self) -> Result<(Step, Seen)> {
        let mut step = self
            .village
            .begin("Before April 2018: one admin's yes opens everybody in the group")?;
        let seen = self.app.look().await?;
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
        step.expect("a picture can be fetched by its link", self.app.is_served(picture).await?);
        let position = seen.position;
        Ok((self.village.finish(step, position)?, seen))
    }

    async fn the_rule_changes(&self, before: &Seen) -> Result<(Step, Seen)> {
        let mut step = self
            .village
            .begin("The rule changes: names and pictures only of members who opted in")?;
        let policy: Value = serde_json::from_str(policies::AFTER)?;
        let body = json!({ "document": policy, "because": { "reason": "terms", "note": "platform rule of April 2018" } });
        let changed = self.village.stage.staff.ask(Method::POST, "/policies", Some(&body)).await?;
        let ended = changed.position.unwrap_or(u64::MAX);
        step.tell(format!("The rule stands in the log at {ended}. The app's token is the same."));
        let after = self.app.look().await?;
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
        let served = self.app.is_served(picture).await?;
        step.expect("a picture's link from before is dead", picture.is_some() && !served);
        let position = after.position;
        Ok((self.village.finish(step, position)?, after))
    }

    async fn opts_in(&self, name: &str) -> Result<Step> {
        let mut step = self.village.begin(&format!("{name} opts in"))?;
        let before = self.app.look().await?;
        let person = self.village.signed_in(name).await?;
        let body = json!({ "installation": self.app.installation, "classes": ["member.id", "member.name", "member.picture"] });
        let (_, at) = person.ask(Method::POST, "/me/v1/opt-ins", Some(&body)).await?;
        let after = self.app.look().await?;
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
        let served = self.app.is_served(post.and_then(|post| post.picture.as_ref())).await?;
        step.expect(format!("{name}'s picture can be fetched"), served);
        self.village.finish(step, after.position)
    }

    async fn opts_out(&self, name: &str) -> Result<Step> {
        let mut step = self.village.begin(&format!("{name} opts out"))?;
        let before = self.app.look().await?;
        let full = full_name(name);
        let post = before.posts.iter().find(|post| post.name.as_deref() == Some(&full));
        let picture = post.and_then(|post| post.picture.clone());
        let person = self.village.signed_in(name).await?;
        let body = json!({ "installation": self.app.installation });
        let (_, at) = person.ask(Method::POST, "/me/v1/opt-outs", Some(&body)).await?;
        let served = self.app.is_served(picture.as_ref()).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        let mut expected = before.names();
        step.expect(format!("{name} was there"), expected.remove(full.as_str()));
        step.expect(format!("exactly {name} is gone"), after.names() == expected);
        step.expect("every text is still there", after.texts() == before.texts());
        step.expect("the answer comes after the choice", after.position > at);
        step.expect("the picture's link died with the choice", picture.is_some() && !served);
        let (seen, _) = person.ask(Method::GET, "/me/v1/seen", None).await?;
        step.tell(format!("{name} can see what the app saw: {}", told_of(&seen)));
        self.village.finish(step, after.position)
    }

    async fn a_post_is_deleted(&self, known: &Seen) -> Result<Step> {
        let mut step = self.village.begin("Eli deletes a post with a photo")?;
        let before = self.app.look().await?;
        let post =
            before.post("The water pump").cloned().context("Eli's post is not on the page")?;
        let fetched = self.app.is_served(post.photo.as_ref()).await?;
        step.expect("its photo could be fetched", fetched);
        let id = self.village.posts.get("Eli").context("Eli wrote nothing")?;
        self.village
            .stage
            .site
            .change(Method::DELETE, &format!("/platform/posts/{id}"), None, None)
            .await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("it is gone from the next page", after.post("The water pump").is_none());
        step.expect("the others are still there", after.posts.len() + 1 == known.posts.len());
        let alone =
            self.app.app.read(&format!("/posts/{}", post.id), &self.app.token.access).await?;
        step.expect("it cannot be read by its id", alone.status == 404);
        let served = self.app.is_served(post.photo.as_ref()).await?;
        step.expect("its photo's link is dead", !served);
        self.village.finish(step, after.position)
    }

    async fn the_admin_leaves(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Ada, the only admin behind the app, leaves the group")?;
        let before = self.app.look().await?;
        let photo = before.posts.iter().find_map(|post| post.photo.clone());
        let path = format!(
            "/platform/groups/{}/members/{}",
            self.village.group,
            self.village.person("Ada")?.0
        );
        self.village.stage.site.change(Method::DELETE, &path, None, None).await?;
        let after = self.app.look().await?;
        step.compare(
            "the page",
            format!("{} posts", before.posts.len()),
            format!("status {}", after.status),
        );
        step.expect(
            "the next request is refused",
            before.status == 200 && after.status != 200 && after.posts.is_empty(),
        );
        let served = self.app.is_served(photo.as_ref()).await?;
        step.expect("a photo's link died with it", photo.is_some() && !served);
        let told = self.app.app.installations().await?;
        let status = told.iter().find(|(id, ..)| *id == self.app.installation);
        step.expect(
            "the app is told that its installation lapsed",
            status.is_some_and(|(_, _, status)| status == "lapsed"),
        );
        let again = self.app.app.installation_token(&self.app.installation).await;
        step.expect("no new token is issued", again.is_err());
        self.village.finish(step, None)
    }

    async fn another_admin_confirms(&mut self) -> Result<Step> {
        let mut step = self.village.begin("Ben, the other admin, stands behind the app")?;
        let ben = self.village.signed_in("Ben").await?;
        let path = format!("/admin/v1/installations/{}/confirm", self.app.installation);
        ben.ask(Method::POST, &path, None).await?;
        let old = self.app.look().await?;
        step.expect("the old token is still dead", old.status != 200);
        let fresh = self.app.app.installation_token(&self.app.installation).await?;
        let new = self.app.look_with(&fresh.access).await?;
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
        self.app.token = fresh;
        self.village.finish(step, position)
    }

    fn everything_recomputes(&self) -> Result<Step> {
        let mut step = self.village.begin("Whoever holds the log can decide everything again")?;
        let found = recompute_all(&self.village.stage.process.parts.store)?;
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
        self.village.finish(step, None)
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
