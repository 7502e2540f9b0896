//! Programs and versions (docs: row M6): each has a lifecycle, closing one ends every access through it, and a standing probe
//! with real credentials shows that it did.

use super::village::{Enabled, Village};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::policies;
use anyhow::Context;
use http::Method;
use outbound::Called;
use serde_json::{Value, json};
use std::time::Duration;

/// The version that comes after the built-in one.
const NEXT_VERSION: &str = "2027-02-01";
/// How long the old version is served after its end was announced.
const SUNSET_MS: i64 = 1_500;
/// How long the exception lasts.
const EXCEPTION_MS: i64 = 2_500;

/// The cast: an app that must stop, and one that may go on for a while.
struct Scene {
    village: Village,
    plotwise: Enabled,
    helper: Enabled,
    /// The version that the apps began with.
    old: String,
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(play: &Play) -> Result<bool> {
    let output = play.output;
    let village = Village::settle(play, policies::AFTER).await?;
    let purposes = ["group-management"];
    let plotwise = village.enable("Plotwise Ltd", "Plotwise", &purposes).await?;
    let helper = village.enable("Screen Reader Trust", "Read Aloud", &purposes).await?;
    let catalog: Value = serde_json::from_str(platform::CATALOG_JSON)?;
    let old = catalog.pointer("/info/version").and_then(Value::as_str);
    let old = old.context("the catalog has no version")?.to_owned();
    let scene = Scene { village, plotwise, helper, old };
    let mut steps = Vec::new();
    told(&mut steps, scene.probed_before().await?, output)?;
    told(&mut steps, scene.a_new_version().await?, output)?;
    told(&mut steps, scene.the_old_one_ends().await?, output)?;
    told(&mut steps, scene.restricted().await?, output)?;
    told(&mut steps, scene.closed_with_an_exception().await?, output)?;
    told(&mut steps, scene.the_exception_runs_out().await?, output)?;
    told(&mut steps, scene.closed_is_closed().await?, output)?;
    told(&mut steps, scene.probed_after().await?, output)?;
    scene.village.close(play).await?;
    verdict("m6", &steps, output)
}

impl Scene {
    /// Reads the group's posts under a version; none: whichever is in force.
    async fn read(&self, app: &Enabled, version: Option<&str>) -> Result<Called> {
        let path = format!("/groups/{}/posts?limit=25", app.group);
        app.app.read_as(&path, &app.token.access, version).await
    }

    async fn a_new_version(&self) -> Result<Step> {
        let title =
            format!("The API gets a version {NEXT_VERSION}; the old one is kept, and deprecated");
        let mut step = self.village.begin(&title)?;
        let before = self.read(&self.plotwise, None).await?;
        let mut catalog: Value = serde_json::from_str(platform::CATALOG_JSON)?;
        *catalog.pointer_mut("/info/version").context("the catalog has no version")? =
            NEXT_VERSION.into();
        let body = json!({ "document": catalog, "keep": [self.old] });
        self.village.staff(Method::POST, "/catalogs", &body).await?;
        let path = format!("/versions/{}", self.old);
        self.village.staff(Method::POST, &path, &json!({ "announcement": "deprecated" })).await?;
        let ends = super::village::in_days(30);
        let sunset = json!({ "announcement": "ends", "at": ends });
        self.village.staff(Method::POST, &path, &sunset).await?;
        let old = self.read(&self.plotwise, Some(&self.old)).await?;
        let new = self.read(&self.plotwise, Some(NEXT_VERSION)).await?;
        for name in ["bailment-version", "deprecation", "sunset", "link"] {
            step.compare(name, old.header(name), new.header(name));
        }
        step.expect("the old version is served still", before.status == 200 && old.status == 200);
        step.expect("it says since when it is deprecated (RFC 9745)", {
            old.header("deprecation").starts_with('@')
        });
        step.expect("and when it ends (RFC 8594)", old.header("sunset").ends_with("GMT"));
        self.village.page(&mut step, "/staff/versions").await?;
        step.expect("the new one says neither", {
            new.status == 200
                && new.header("deprecation").is_empty()
                && new.header("sunset").is_empty()
        });
        self.village.finish(step, None)
    }

    async fn the_old_one_ends(&self) -> Result<Step> {
        let mut step =
            self.village.begin("The old version ends: nothing leaves through it any more")?;
        let before = self.read(&self.plotwise, Some(&self.old)).await?;
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(SUNSET_MS);
        let path = format!("/versions/{}", self.old);
        let ends = json!({ "announcement": "ends", "at": at.to_string() });
        self.village.staff(Method::POST, &path, &ends).await?;
        let still = self.read(&self.plotwise, Some(&self.old)).await?;
        tokio::time::sleep(Duration::from_millis(SUNSET_MS.unsigned_abs())).await;
        let after = self.read(&self.plotwise, Some(&self.old)).await?;
        let new = self.read(&self.plotwise, None).await?;
        step.compare(
            &self.old,
            format!("status {}", before.status),
            format!("status {}", after.status),
        );
        step.expect(
            "a request that names it is refused",
            before.status == 200 && after.status == 400,
        );
        step.expect("and was not before its end", still.status == 200);
        step.expect("the same token is served under the new one", new.status == 200);
        self.village.finish(step, None)
    }

    async fn stage(&self, body: &Value) -> Result<Value> {
        self.village.staff(Method::POST, "/programs/groups/status", body).await
    }

    async fn restricted(&self) -> Result<Step> {
        let mut step = self
            .village
            .begin("The program is restricted: what exists goes on, nothing new begins")?;
        self.stage(&json!({ "status": "restricted", "because": { "reason": "terms" } })).await?;
        let seen = self.plotwise.look().await?;
        step.expect("an app that is enabled is served", seen.status == 200);
        let refused = self.village.enable("Newcomer Ltd", "Newcomer", &["group-management"]).await;
        step.expect("a new one cannot be enabled", refused.is_err());
        self.village.page(&mut step, "/staff/programs").await?;
        self.village.finish(step, seen.position)
    }

    async fn closed_with_an_exception(&self) -> Result<Step> {
        let mut step = self.village.begin(
            "The program is closed; one app may go on for a while, and everybody concerned is told",
        )?;
        let before = (self.plotwise.look().await?, self.helper.look().await?);
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(EXCEPTION_MS);
        let reason = "People who cannot see depend on it until the new program opens.";
        let closed = json!({
            "status": "closed", "because": { "reason": "terms", "note": "the program is over" },
            "exceptions": [{ "app": self.helper.client, "until": until.to_string(), "reason": reason }],
        });
        self.stage(&closed).await?;
        let after = (self.plotwise.look().await?, self.helper.look().await?);
        step.compare("Plotwise", before.0.told(), after.0.told());
        step.compare("Read Aloud, the exception", before.1.told(), after.1.told());
        step.expect("the old token of a closed program gets nothing", after.0.status == 403);
        step.expect("the exception goes on", after.1.status == 200);
        let fresh = self.plotwise.app.installation_token(&self.plotwise.installation).await;
        let denied = match &fresh {
            Ok(token) => self.plotwise.look_with(&token.access).await?.status != 200,
            Err(_) => true,
        };
        step.expect("nor does a new token", denied);
        let cleo = self.village.signed_in("Cleo").await?;
        let (seen, _) = cleo.ask(Method::GET, "/me/v1/visibility", None).await?;
        step.expect("Cleo reads that it goes on, and why", seen.to_string().contains(reason));
        self.village.page(&mut step, "/privacy").await?;
        self.village.page(&mut step, "/staff/programs").await?;
        self.village.finish(step, after.1.position)
    }

    async fn the_exception_runs_out(&self) -> Result<Step> {
        let mut step = self.village.begin("The exception runs out by itself")?;
        let before = self.helper.look().await?;
        tokio::time::sleep(Duration::from_millis(EXCEPTION_MS.unsigned_abs())).await;
        let after = self.helper.look().await?;
        step.compare("Read Aloud", before.told(), after.told());
        step.expect("it is refused at its instant", after.status == 403);
        self.village.finish(step, None)
    }

    /// Has the prober try everything now; what was tried, what got through, what was not tried and why.
    async fn probe(&self, step: &mut Step) -> Result<(Vec<String>, Vec<String>)> {
        let round = self.village.staff(Method::POST, "/probes", &json!({})).await?;
        let words = |name: &str| -> Vec<String> {
            let found = round.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let word = |one: &Value| one.as_str().map(str::to_owned);
            found.iter().filter_map(word).collect()
        };
        let (tried, passed) = (words("tried"), words("passed"));
        step.tell(format!("Tried: {}", tried.join(", ")));
        for one in round.get("untried").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
            step.tell(format!("Not tried: {} ({})", text("condition"), text("why")));
        }
        self.village.page(step, "/staff/findings").await?;
        Ok((tried, passed))
    }

    /// How many findings there are.
    async fn findings(&self) -> Result<usize> {
        let found = self.village.staff(Method::GET, "/findings", &Value::Null).await?;
        Ok(found.get("items").and_then(Value::as_array).map_or(0, Vec::len))
    }

    /// A round first prepares what it will try, and tries what time has made ready.
    async fn probed_before(&self) -> Result<Step> {
        let title = "The prober tries real credentials, each of which must fail for one reason";
        let mut step = self.village.begin(title)?;
        let (tried, passed) = self.probe(&mut step).await?;
        let known = ["suspended", "opt-in", "lapsed", "cut-off", "setting", "credential"];
        step.expect("each was tried beside a twin that works", {
            known.iter().all(|one| tried.iter().any(|word| word == one))
        });
        let not_yet = ["program-closed", "version"];
        step.expect("nothing is closed yet, so that cannot be tried", {
            not_yet.iter().all(|one| !tried.iter().any(|word| word == one))
        });
        step.expect("none of them got anything", passed.is_empty());
        self.village.finish(step, None)
    }

    /// What worked before the program was closed must not any more.
    async fn probed_after(&self) -> Result<Step> {
        let title = "The prober tries again, with a chain that worked until the program was closed";
        let mut step = self.village.begin(title)?;
        let before = self.findings().await?;
        let (tried, passed) = self.probe(&mut step).await?;
        let ended = ["program-closed", "version"];
        step.expect("the closed program and the version that ended are tried now", {
            ended.iter().all(|one| tried.iter().any(|word| word == one))
        });
        let known = ["suspended", "grant-ended", "cut-off", "setting", "credential"];
        step.expect("the prober still sees, through the program that is open", {
            known.iter().all(|one| tried.iter().any(|word| word == one))
        });
        step.expect("every one of them failed, as it must", passed.is_empty());
        step.expect("so nothing is found", self.findings().await? == before);
        self.village.finish(step, None)
    }

    async fn closed_is_closed(&self) -> Result<Step> {
        let mut step = self.village.begin("Closed is closed")?;
        let live = json!({ "status": "live", "because": { "reason": "other" } });
        step.expect("nobody can open it again", self.stage(&live).await.is_err());
        let statuses = [self.plotwise.look().await?.status, self.helper.look().await?.status];
        step.expect("every token that was ever given gets nothing", statuses == [403; 2]);
        self.village.finish(step, None)
    }
}
