//! Purpose (docs: row M8): every class is certified for a purpose, goes dark at the instant its certification runs out, and is
//! refused for another purpose.

use super::village::{Enabled, Village, full_name, in_days, side_by_side};
use super::{Step, told, verdict};
use crate::cli::Result;
use crate::demo::word;
use crate::output::Output;
use crate::policies;
use anyhow::Context;
use http::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// Classes of people that the story's policy wants certified.
const CERTIFIED: [&str; 2] = ["member.name", "member.picture"];
/// How long the short certification lasts.
const SHORT_MS: i64 = 1_500;

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
    let village = Village::settle(directory, policies::AFTER, output).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management", "sign-in"]).await?;
    village.opt_in("Cleo", &app).await?;
    let scene = Scene { village, app };
    let mut steps = Vec::new();
    told(&mut steps, scene.a_certification_is_asked_for().await?, output)?;
    let (step, other) = scene.certified_for_something_else().await?;
    told(&mut steps, step, output)?;
    told(&mut steps, scene.certified(&other).await?, output)?;
    told(&mut steps, scene.it_runs_out().await?, output)?;
    told(&mut steps, scene.renewal_revives_nothing_else().await?, output)?;
    told(&mut steps, scene.the_timeline().await?, output)?;
    scene.village.stage.close().await?;
    verdict("m8", &steps, output)
}

impl Scene {
    async fn certify(&self, purpose: &str, until: String) -> Result<String> {
        let body = json!({
            "app": self.app.client, "classes": CERTIFIED, "purpose": purpose, "until": until,
        });
        let made = self.village.staff(Method::POST, "/certifications", &body).await?;
        word(&made, "certification")
    }

    async fn end(&self, certification: &str) -> Result<()> {
        let path = format!("/certifications/{certification}/end");
        let body = json!({ "because": { "reason": "other", "note": "the story goes on" } });
        self.village.staff(Method::POST, &path, &body).await?;
        Ok(())
    }

    async fn a_certification_is_asked_for(&self) -> Result<Step> {
        let title = "The platform asks for a certification of purpose for names and pictures";
        let mut step = self.village.begin(title)?;
        let before = self.app.look().await?;
        let mut policy: Value = serde_json::from_str(policies::AFTER)?;
        *policy.get_mut("policy").context("the policy has no name")? = "groups-certified".into();
        for class in CERTIFIED {
            let needs = policy.pointer_mut(&format!("/programs/groups/classes/{class}"));
            let needs = needs.and_then(Value::as_array_mut);
            needs.context("the policy names no needs")?.push("certification".into());
        }
        self.village.staff(Method::POST, "/policies", &json!({ "document": policy })).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("Cleo, who opted in, was named", before.names().len() == 1);
        step.expect("nobody is named without a certification", after.names().is_empty());
        step.expect("every text is still there", after.texts() == before.texts());
        let exact = after.withheld.contains("member.name;reason=certification");
        step.expect("the partner hears exactly what is missing", exact);
        self.village.finish(step, after.position)
    }

    async fn certified_for_something_else(&self) -> Result<(Step, String)> {
        let mut step = self.village.begin("The partner certifies another purpose: signing in")?;
        let before = self.app.look().await?;
        let other = self.certify("sign-in", in_days(365)).await?;
        let after = self.app.look().await?;
        step.compare("the page, for managing groups", before.told(), after.told());
        step.expect("a class certified for one purpose is refused for another", {
            after.names().is_empty() && after.withheld.contains("reason=certification")
        });
        Ok((self.village.finish(step, after.position)?, other))
    }

    async fn certified(&self, other: &str) -> Result<Step> {
        let mut step = self.village.begin("The partner certifies managing groups")?;
        let before = self.app.look().await?;
        let held = self.certify("group-management", in_days(365)).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("Cleo is named again", after.names().contains(full_name("Cleo").as_str()));
        step.expect("nobody is who did not opt in", after.names().len() == 1);
        self.end(other).await?;
        self.end(&held).await?;
        let ended = self.app.look().await?;
        step.expect("withdrawn, it is dark on the next request", ended.names().is_empty());
        self.village.finish(step, after.position)
    }

    async fn it_runs_out(&self) -> Result<Step> {
        let mut step =
            self.village.begin("A certification runs out, and nothing has to happen for that")?;
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(SHORT_MS);
        self.certify("group-management", until.to_string()).await?;
        let before = self.app.look().await?;
        let head = self.village.stage.process.parts.store.state().revision();
        while jiff::Timestamp::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        let same = head == self.village.stage.process.parts.store.state().revision();
        step.expect("Cleo was named until then", before.names().len() == 1);
        step.expect("she is not from then on", after.names().is_empty());
        step.expect("the other classes stay", after.texts() == before.texts());
        step.expect("no event came between: time alone did it", same);
        self.village.finish(step, after.position)
    }

    async fn renewal_revives_nothing_else(&self) -> Result<Step> {
        let mut step = self.village.begin("The partner renews; Cleo opted out meanwhile")?;
        self.village.opt_in("Dana", &self.app).await?;
        let cleo = self.village.signed_in("Cleo").await?;
        let body = json!({ "installation": self.app.installation });
        cleo.ask(Method::POST, "/me/v1/opt-outs", Some(&body)).await?;
        let before = self.app.look().await?;
        self.certify("group-management", in_days(365)).await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        let dana = full_name("Dana");
        step.expect("Dana, who allows it, is named", after.names() == [dana.as_str()].into());
        step.expect("what Cleo ended stays ended", after.names().len() == 1);
        self.village.finish(step, after.position)
    }

    async fn the_timeline(&self) -> Result<Step> {
        let mut step = self
            .village
            .begin("Which classes the partner had, from when until when, used or not")?;
        let path = format!("/partners/{}/timeline", self.app.partner);
        let timeline = self.village.staff(Method::GET, &path, &Value::Null).await?;
        let text = timeline.to_string();
        step.tell(format!(
            "{}/staff/partners/{}/timeline",
            self.village.stage.url, self.app.partner
        ));
        step.expect("names stand in it, with what made them dark", {
            text.contains("member.name") && text.contains("certification")
        });
        self.village.finish(step, None)
    }
}
