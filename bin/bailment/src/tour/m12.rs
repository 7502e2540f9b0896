//! Unaware people and partners (docs: row M12): each person sees every recipient by name, what it may read and did read; each
//! partner sees what it holds beside what it uses.

use super::village::{Enabled, GROUP, SCOPE, Village};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::client::Pick;
use crate::demo::Ahead;
use crate::policies;
use anyhow::Context;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long the index and the teller are given to come after the log.
const CATCHING_UP: Duration = Duration::from_secs(10);

const ALLOWED: &str = "allowed";
/// The type of the problem that a restricted app is refused with.
const RESTRICTED: &str = "app-restricted";
/// How far the clock is set ahead: past the term of 14 days in which the policy wants a report acknowledged.
const LATER_DAYS: u64 = 15;

/// The cast.
struct Scene {
    village: Village,
    app: Enabled,
    clock: Arc<Ahead>,
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(play: &Play) -> Result<bool> {
    let output = play.output;
    let clock = Ahead::new();
    let village = Village::settle_by(play, policies::AFTER, Some(Arc::clone(&clock))).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management"]).await?;
    let scene = Scene { village, app, clock };
    let mut steps = Vec::new();
    told(&mut steps, scene.members_are_told().await?, output)?;
    told(&mut steps, scene.may_read().await?, output)?;
    told(&mut steps, scene.did_read().await?, output)?;
    told(&mut steps, scene.a_receipt().await?, output)?;
    told(&mut steps, scene.held_beside_used().await?, output)?;
    told(&mut steps, scene.withdrawn().await?, output)?;
    told(&mut steps, scene.nobody_acknowledges().await?, output)?;
    told(&mut steps, scene.the_partner_acknowledges().await?, output)?;
    scene.village.close(play).await?;
    verdict("m12", &steps, output)
}

fn list(answer: &Value, pointer: &str) -> Vec<Value> {
    answer.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Classes and places in few words.
fn words(rows: &[Value]) -> String {
    let one = |row: &Value| {
        let classes = list(row, "/classes");
        let classes: Vec<&str> = classes.iter().filter_map(Value::as_str).collect();
        classes.join(" ")
    };
    let rows: Vec<String> = rows.iter().map(one).collect();
    if rows.is_empty() { "nothing".to_owned() } else { rows.join("; ") }
}

impl Scene {
    /// What Cleo reads of the app on her list of recipients.
    async fn recipient(&self) -> Result<Value> {
        let cleo = self.village.signed_in("Cleo").await?;
        let (answer, _) = cleo.ask(Method::GET, "/me/v1/recipients", None).await?;
        let found = list(&answer, "/recipients");
        let named = |one: &&Value| one.to_string().contains("\"Plotwise\"");
        Ok(found.iter().find(named).cloned().unwrap_or_default())
    }

    async fn members_are_told(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Members are told that an app was enabled in their group")?;
        let cleo = self.village.signed_in("Cleo").await?;
        let began = std::time::Instant::now();
        let told = loop {
            let (inbox, _) = cleo.ask(Method::GET, "/me/v1/notices", None).await?;
            let items = list(&inbox, "/items");
            let found = items.into_iter().find(|one| one.to_string().contains("Plotwise"));
            if found.is_some() || began.elapsed() > CATCHING_UP {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let subject = told.as_ref().and_then(|one| one.get("subject")).and_then(Value::as_str);
        step.tell(format!("Cleo reads: {}", subject.unwrap_or("(nothing)")));
        step.expect("Cleo, who was never asked, is told of it by name", told.is_some());
        self.village.finish(step, None)
    }

    async fn may_read(&self) -> Result<Step> {
        let mut step =
            self.village.begin("Cleo sees who may read what of her, and opts in to more")?;
        let before = self.recipient().await?;
        self.village.opt_in("Cleo", &self.app).await?;
        let after = self.recipient().await?;
        let (old, new) = (list(&before, "/may_read"), list(&after, "/may_read"));
        step.compare("may read", words(&old), words(&new));
        step.expect("what an admin's yes alone opens was listed", {
            words(&old).contains("post.content") && !words(&old).contains("member.name")
        });
        step.expect("what she allows is listed at once", words(&new).contains("member.name"));
        step.expect("it has read nothing of her yet", list(&after, "/did_read").is_empty());
        self.village.finish(step, None)
    }

    async fn did_read(&self) -> Result<Step> {
        let mut step =
            self.village.begin("The app reads; Cleo sees what it read, when, and through what")?;
        let before = self.recipient().await?;
        let seen = self.app.look().await?;
        let began = std::time::Instant::now();
        let mut after = self.recipient().await?;
        while list(&after, "/did_read").is_empty() && began.elapsed() < CATCHING_UP {
            tokio::time::sleep(Duration::from_millis(50)).await;
            after = self.recipient().await?;
        }
        let (old, new) = (list(&before, "/did_read"), list(&after, "/did_read"));
        step.compare("did read", words(&old), words(&new));
        let last = new.first().and_then(|row| row.get("last")).and_then(Value::as_u64);
        step.expect("her name stands in it", words(&new).contains("member.name"));
        step.expect("with the position of the answer in the log", last == seen.position);
        self.village.finish(step, seen.position)
    }

    async fn a_receipt(&self) -> Result<Step> {
        let mut step = self.village.begin("Cleo downloads a receipt of what she allowed")?;
        let cleo = self.village.signed_in("Cleo").await?;
        let found = list(&self.recipient().await?, "/may_read");
        let path = found.iter().find_map(|row| row.get("receipt").and_then(Value::as_str));
        let path = path.context("there is no receipt")?;
        let (receipt, _) = cleo.ask(Method::GET, path, None).await?;
        step.tell(format!("{path}: {} bytes of JSON-LD", receipt.to_string().len()));
        let text = receipt.to_string();
        step.expect("it is a consent record in the words of W3C DPV", {
            receipt.get("@context").is_some() && text.contains("dpv")
        });
        step.expect("it names the recipient", text.contains("Plotwise"));
        self.village.finish(step, None)
    }

    async fn held_beside_used(&self) -> Result<Step> {
        let mut step = self.village.begin(
            "The platform sees what the app holds beside what it used, and what would be enough",
        )?;
        let path = format!("/apps/{}/usage", self.app.client);
        let usage = self.village.staff(Method::GET, &path, &Value::Null).await?;
        let mut unused = Vec::new();
        for class in list(&usage, "/classes") {
            let name = class.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let used = class.pointer("/used_90_days/disclosures").and_then(Value::as_u64);
            let held = class.get("live").and_then(Value::as_bool) == Some(true);
            step.compare(
                &name,
                if held { "held" } else { "not held" },
                match used {
                    Some(0) | None => "never used".to_owned(),
                    Some(times) => format!("used {times} times in 90 days"),
                },
            );
            if held && used == Some(0) {
                unused.push(name);
            }
        }
        step.expect("comments are held and were never read", {
            unused.iter().any(|name| name == "comment.content")
        });
        let path = format!("/apps/{}/advice", self.app.client);
        let advice = self.village.staff(Method::GET, &path, &Value::Null).await?;
        step.tell(format!("Advice: {advice}"));
        step.expect("the advice is to give up what is not used", {
            advice.to_string().contains("comment.content")
        });
        self.village.finish(step, None)
    }

    async fn withdrawn(&self) -> Result<Step> {
        let mut step = self.village.begin("Cleo takes it back: what was, stays visible to her")?;
        let cleo = self.village.signed_in("Cleo").await?;
        let out = json!({ "installation": self.app.installation });
        cleo.ask(Method::POST, "/me/v1/opt-outs", Some(&out)).await?;
        let seen = self.app.look().await?;
        let after = self.recipient().await?;
        step.expect("the app gets no name any more", seen.names().is_empty());
        step.expect(
            "that it once did is still told",
            words(&list(&after, "/did_read")).contains("member.name"),
        );
        step.expect("and when it ended", !list(&after, "/ended").is_empty());
        self.village.page(&mut step, "/privacy/recipients").await?;
        self.village.finish(step, seen.position)
    }

    /// The report that the partner is asked to acknowledge.
    async fn report(&self) -> Result<Value> {
        let path = format!("/apps/{}/reports", self.app.client);
        let reports = self.app.app.ask(Method::GET, &path, None).await?;
        list(&reports, "/items").into_iter().next().context("there is no report")
    }

    /// What comes of it if a person who never did wants to allow the app something now.
    async fn opts_in(&self, name: &str) -> &'static str {
        match self.village.opt_in(name, &self.app).await {
            Ok(_) => ALLOWED,
            Err(error) if error.to_string().contains(RESTRICTED) => RESTRICTED,
            Err(_) => "refused for another reason",
        }
    }

    /// Whether Ben, who never did, can give the app access in his name.
    async fn ben_authorizes(&self) -> Result<bool> {
        let (_, account) = self.village.person("Ben")?;
        let groups = [GROUP.to_owned()];
        let (login, password) = (account.login.as_str(), account.password.as_str());
        let pick = Pick { login, password, groups: &groups, install: &[] };
        Ok(self.app.app.authorize(SCOPE, &pick).await.is_ok())
    }

    async fn nobody_acknowledges(&self) -> Result<Step> {
        let title = format!(
            "The partner is told the same, and does not answer; the demo's clock goes {LATER_DAYS} days ahead"
        );
        let mut step = self.village.begin(&title)?;
        let path = format!("/apps/{}/reports", self.app.client);
        self.village.staff(Method::POST, &path, &json!({})).await?;
        let report = self.report().await?;
        step.tell(format!("The partner reads: {report}"));
        let before = self.opts_in("Dana").await;
        self.clock.set_ahead(model::Millis::days(LATER_DAYS));
        let after = self.opts_in("Eli").await;
        step.compare("somebody opts in", before, after);
        step.expect("before its term something new can be allowed", before == ALLOWED);
        step.expect("after it nothing new can: the app is restricted", after == RESTRICTED);
        step.expect("nor does the consent page give it anything", !self.ben_authorizes().await?);
        let dana = self.village.signed_in("Dana").await?;
        let out = json!({ "installation": self.app.installation });
        let ended = dana.ask(Method::POST, "/me/v1/opt-outs", Some(&out)).await;
        step.expect("taking back still works", ended.is_ok());
        self.village.finish(step, None)
    }

    async fn the_partner_acknowledges(&self) -> Result<Step> {
        let mut step = self.village.begin("The partner acknowledges, late: it goes on")?;
        let (before, refused) = (self.opts_in("Eli").await, !self.ben_authorizes().await?);
        let report = self.report().await?;
        let number = report.get("report").map(ToString::to_string).unwrap_or_default();
        let number = number.trim_matches('"');
        let path = format!("/apps/{}/reports/{number}/acknowledge", self.app.client);
        self.app.app.ask(Method::POST, &path, None).await?;
        let after = self.opts_in("Eli").await;
        step.compare("Eli opts in", before, after);
        step.expect("until then nothing new was allowed", before == RESTRICTED && refused);
        let given = self.ben_authorizes().await?;
        step.expect("from then on it is", after == ALLOWED && given);
        let page = format!("/staff/apps/{}/usage", self.app.client);
        self.village.page(&mut step, &page).await?;
        self.village.finish(step, None)
    }
}
