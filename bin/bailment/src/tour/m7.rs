//! Settings (docs: row M7): a person's own switches beat every grant, agreement and admin, from the next request on.

use super::village::{Enabled, Seen, Village, full_name, side_by_side};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::client::Browser;
use crate::policies;
use anyhow::Context;
use http::Method;
use serde_json::{Value, json};

/// A purpose that no feature of the app needs.
const BEYOND: &str = "personalised-advertising";

/// The cast.
struct Scene {
    village: Village,
    app: Enabled,
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(play: &Play) -> Result<bool> {
    let output = play.output;
    let village = Village::settle(play, policies::AFTER).await?;
    advertising(&village).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management", BEYOND]).await?;
    let scene = Scene { village, app };
    let mut steps = Vec::new();
    told(&mut steps, scene.everybody_agrees().await?, output)?;
    for (path, title) in [
        ("settings/apps/APP", "Cleo blocks this one app"),
        ("settings/all-groups", "Cleo wants no app through groups"),
        ("settings/all-apps", "Cleo wants no apps at all"),
    ] {
        told(&mut steps, scene.a_switch(path, title).await?, output)?;
    }
    told(&mut steps, scene.one_class().await?, output)?;
    told(&mut steps, scene.the_admin_insists().await?, output)?;
    told(&mut steps, scene.the_browser_speaks().await?, output)?;
    told(&mut steps, scene.the_person_speaks_louder().await?, output)?;
    scene.village.close(play).await?;
    verdict("m7", &steps, output)
}

/// The list of members serves a purpose beyond the feature from now on.
async fn advertising(village: &Village) -> Result<()> {
    let mut catalog: Value = serde_json::from_str(platform::CATALOG_JSON)?;
    let purposes = catalog.get_mut("x-purposes").and_then(Value::as_object_mut);
    let purpose = json!({ "title": "Advertising made for a person", "dpv": "dpv:PersonalisedAdvertising", "beyond": true });
    purposes.context("the catalog has no purposes")?.insert(BEYOND.to_owned(), purpose);
    let members = catalog.pointer_mut("/paths/~1groups~1{id}~1members/get/x-purpose");
    *members.context("the catalog has no list of members")? = BEYOND.into();
    village.staff(Method::POST, "/catalogs", &json!({ "document": catalog })).await?;
    Ok(())
}

impl Scene {
    /// Names in the list of members: an operation whose purpose goes beyond the feature.
    async fn members(&self) -> Result<Vec<String>> {
        let path = format!("/groups/{}/members", self.app.group);
        let called = self.app.app.read(&path, &self.app.token.access).await?;
        let answer: Value = serde_json::from_slice(&called.body)?;
        let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let name =
            |one: &Value| one.pointer("/person/name").and_then(Value::as_str).map(str::to_owned);
        Ok(items.iter().filter_map(name).collect())
    }

    fn names_cleo(seen: &Seen) -> bool {
        seen.names().contains(full_name("Cleo").as_str())
    }

    async fn everybody_agrees(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Admin, agreement and Cleo herself allow the app her name")?;
        let before = self.app.look().await?;
        self.village.opt_in("Cleo", &self.app).await?;
        self.village.opt_in("Dana", &self.app).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("nobody was named before", before.is_without_people());
        step.expect(
            "Cleo and Dana are named now",
            after.names().len() == 2 && Self::names_cleo(&after),
        );
        let members = self.members().await?;
        step.expect("both stand in the list of members", members.len() == 2);
        self.village.finish(step, after.position)
    }

    async fn a_switch(&self, path: &str, title: &str) -> Result<Step> {
        let mut step = self.village.begin(title)?;
        let path = format!("/me/v1/{}", path.replace("APP", &self.app.client));
        let before = self.app.look().await?;
        let cleo = self.village.signed_in("Cleo").await?;
        let (_, at) = cleo.ask(Method::PUT, &path, Some(&json!({ "blocked": true }))).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("she was named before", Self::names_cleo(&before));
        step.expect("she is named no more", !Self::names_cleo(&after) && after.position > at);
        step.expect("Dana, who blocked nothing, still is", after.names().len() == 1);
        step.expect("the partner hears `person`, and no setting", {
            after.withheld.contains("reason=person") && !after.withheld.contains("setting")
        });
        let position = after.position;
        cleo.ask(Method::PUT, &path, Some(&json!({ "blocked": false }))).await?;
        let lifted = self.app.look().await?;
        step.expect("lifted, what she had allowed holds again", Self::names_cleo(&lifted));
        self.village.finish(step, position)
    }

    async fn one_class(&self) -> Result<Step> {
        let mut step = self.village.begin("Cleo blocks one class for all apps: her picture")?;
        let before = self.app.look().await?;
        let cleo = self.village.signed_in("Cleo").await?;
        let body = json!({ "blocked": true, "classes": ["member.picture"] });
        cleo.ask(Method::PUT, "/me/v1/settings/all-apps", Some(&body)).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        let picture = |seen: &Seen| seen.post("My first").and_then(|post| post.picture.clone());
        step.expect("her picture was there", picture(&before).is_some());
        step.expect("it is gone", picture(&after).is_none());
        step.expect("her name, which she did not block, is not", Self::names_cleo(&after));
        let served = self.app.is_served(picture(&before).as_ref()).await?;
        step.expect("the picture's link from before is dead", !served);
        self.village.finish(step, after.position)
    }

    async fn the_admin_insists(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Cleo blocks all; the admin enables the app anew, a certification is entered, she opts in by hand")?;
        let cleo = self.village.signed_in("Cleo").await?;
        let blocked = json!({ "blocked": true });
        cleo.ask(Method::PUT, "/me/v1/settings/all-apps", Some(&blocked)).await?;
        let ben = self.village.signed_in("Ben").await?;
        let path = format!("/admin/v1/installations/{}/confirm", self.app.installation);
        ben.ask(Method::POST, &path, None).await?;
        let certification = json!({
            "app": self.app.client, "classes": ["member.id", "member.name", "member.picture"],
            "purpose": "group-management", "until": super::village::in_days(30),
        });
        self.village.staff(Method::POST, "/certifications", &certification).await?;
        self.village.opt_in("Cleo", &self.app).await?;
        let seen = self.app.look().await?;
        step.compare("the page", "", seen.told());
        step.expect(
            "nothing of it beats her setting",
            !Self::names_cleo(&seen) && seen.status == 200,
        );
        cleo.ask(Method::PUT, "/me/v1/settings/all-apps", Some(&json!({ "blocked": false })))
            .await?;
        self.village.finish(step, seen.position)
    }

    async fn the_browser_speaks(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Cleo's browser sends Global Privacy Control (Sec-GPC: 1)")?;
        let (before, list) = (self.app.look().await?, self.members().await?);
        let (_, account) = self.village.person("Cleo")?;
        let mut browser = Browser::new(&self.village.stage.url)?.with_privacy_control();
        browser.sign_in("/privacy", &account.login, &account.password).await?;
        let (after, left) = (self.app.look().await?, self.members().await?);
        step.compare("posts: managing groups, the feature", before.told(), after.told());
        step.compare("members: advertising, beyond it", list.join(", "), left.join(", "));
        let cleo = full_name("Cleo");
        step.expect("she is still named where the feature is served", Self::names_cleo(&after));
        step.expect("she stood in the list that serves advertising", list.contains(&cleo));
        step.expect("she does not any more", !left.contains(&cleo));
        self.village.finish(step, after.position)
    }

    async fn the_person_speaks_louder(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Cleo says otherwise herself, and her browser says it again")?;
        let cleo = self.village.signed_in("Cleo").await?;
        let lifted = json!({ "blocked": false });
        cleo.ask(Method::PUT, "/me/v1/settings/beyond", Some(&lifted)).await?;
        let (_, account) = self.village.person("Cleo")?;
        let mut browser = Browser::new(&self.village.stage.url)?.with_privacy_control();
        browser.sign_in("/privacy", &account.login, &account.password).await?;
        let members = self.members().await?;
        step.compare("members", "", members.join(", "));
        step.expect("her own word counts more", members.contains(&full_name("Cleo")));
        self.village.page(&mut step, "/privacy").await?;
        self.village.finish(step, None)
    }
}
