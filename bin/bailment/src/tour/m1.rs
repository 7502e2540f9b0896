//! The Groups story (docs: row M1): what an app got before and after the rule of April 2018, each opt-in, the admin's leaving.
//!
//! The app is an ordinary OAuth client; people, admins and staff use the APIs that everybody has; the platform changes its own
//! data over its own API. Nothing reaches into the gate.

use super::village::{Enabled, Seen, Village, author, full_name, side_by_side};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::cli::log::recompute_all;
use crate::policies;
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The cast.
struct Scene {
    village: Village,
    app: Enabled,
}

/// What the app got under the old rule: in the story's group, and in the community's largest one.
struct Before {
    seen: Seen,
    around: Seen,
}

/// What is posted as a video: whoever fetches it must get these bytes.
const VIDEO: &[u8] = b"\x00\x00\x00\x18ftypmp42 water in the new pump";

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(play: &Play) -> Result<bool> {
    let output = play.output;
    let village = Village::settle(play, policies::BEFORE).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management"]).await?;
    let mut scene = Scene { village, app };
    let mut steps = Vec::new();
    let (first, before) = scene.names_by_admin_consent().await?;
    told(&mut steps, first, output)?;
    let (second, after) = scene.the_rule_changes(&before).await?;
    told(&mut steps, second, output)?;
    let step = scene.a_video_through_the_gate().await?;
    told(&mut steps, step, output)?;
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
    scene.village.close(play).await?;
    verdict("m1", &steps, output)
}

impl Scene {
    async fn names_by_admin_consent(&self) -> Result<(Step, Before)> {
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
        let around = self.app.look_around().await?;
        let named = around.posts.iter().filter(|post| post.name.is_some()).count();
        step.tell(format!(
            "In “{}”, the largest group of the community, too: {named} of {} posts on its first page say who wrote them.",
            self.village.around,
            around.posts.len()
        ));
        step.expect("everybody in the community's largest group is named", {
            named > 0 && named == around.posts.len()
        });
        let position = seen.position;
        Ok((self.village.finish(step, position)?, Before { seen, around }))
    }

    async fn the_rule_changes(&self, known: &Before) -> Result<(Step, Seen)> {
        let before = &known.seen;
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
        let around = self.app.look_around().await?;
        step.compare(&self.village.around, known.around.told(), around.told());
        step.expect("nor is anybody named in the community's largest group", {
            around.is_without_people() && around.texts() == known.around.texts()
        });
        let position = after.position;
        Ok((self.village.finish(step, position)?, after))
    }

    /// Written and read back through the gate, with the token that Ada gave the app.
    async fn a_video_through_the_gate(&self) -> Result<Step> {
        let mut step = self.village.begin("Ada posts a video through the app")?;
        let path = format!("/groups/{}/posts", self.app.group);
        let video = json!([{ "kind": "video", "content_type": "video/mp4", "data": STANDARD.encode(VIDEO) }]);
        let body = json!({ "text": "The new pump at work.", "media": video });
        let made = self.app.app.write(&path, &self.app.ada.access, &body).await?;
        let answer: Value = serde_json::from_slice(&made.body).unwrap_or_default();
        step.expect("the post is written", made.status == 201);
        let text = |at: &str| answer.pointer(at).and_then(Value::as_str).map(str::to_owned);
        step.expect("it is a video", text("/media/0/kind").as_deref() == Some("video"));
        let link = text("/media/0/url").with_context(|| format!("no link came back: {answer}"))?;
        let fetched = self.app.app.read(&link, &self.app.ada.access).await?;
        step.tell(format!(
            "{} bytes came back as {}",
            fetched.body.len(),
            fetched.header("content-type")
        ));
        step.expect("its link gives the very bytes", {
            fetched.body == VIDEO && fetched.header("content-type") == "video/mp4"
        });
        let seen = self.app.look().await?;
        let post = seen.post("The new pump").cloned();
        step.expect("the app itself finds it on the page", post.is_some());
        let own = post.and_then(|post| post.photo);
        step.expect("and fetches it by a link of its own", self.app.is_served(own.as_ref()).await?);
        let (ada, _) = self.village.person("Ada")?;
        let all = format!("/groups/{}/posts?limit=25", self.village.group);
        let there = self.village.stage.site.change(Method::GET, &all, Some(ada), None).await?;
        let items = there.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_it =
            |one: &&Value| one.get("text").and_then(Value::as_str) == Some("The new pump at work.");
        let id = items.iter().find(is_it).and_then(|one| one.get("id")?.as_str());
        let id = id.context("the platform does not have the post")?;
        self.village
            .stage
            .site
            .change(Method::DELETE, &format!("/platform/posts/{id}"), None, None)
            .await?;
        let dead = self.app.app.read(&link, &self.app.ada.access).await?;
        step.expect("deleted, its link is dead", dead.status == 404);
        self.village.finish(step, seen.position)
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
