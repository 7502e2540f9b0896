//! Purpose (docs: row M8): every class is certified for a purpose by a statement that the partner signed, goes dark at the
//! instant its certification runs out, and is refused for another purpose.

use super::signed::SigningKey;
use super::village::{Enabled, Village, full_name, side_by_side};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::demo::word;
use crate::policies;
use anyhow::Context;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Classes of people that the story's policy wants certified.
const CERTIFIED: [&str; 2] = ["member.name", "member.picture"];
/// How long the short certification lasts.
const SHORT_MS: i64 = 1_500;
/// How long the index of use is given to come after the log.
const CATCHING_UP: Duration = Duration::from_secs(10);

/// The cast.
struct Scene {
    village: Village,
    app: Enabled,
    /// The partner's own key: what certifies is signed with it.
    key: SigningKey,
    /// When the short certification runs out.
    short_until: Timestamp,
}

/// Plays the story; whether every expectation was met.
///
/// # Errors
/// Something failed that is no expectation.
pub(crate) async fn play(play: &Play) -> Result<bool> {
    let output = play.output;
    let village = Village::settle(play, policies::AFTER).await?;
    let app = village.enable("Plotwise Ltd", "Plotwise", &["group-management", "sign-in"]).await?;
    village.opt_in("Cleo", &app).await?;
    let key = SigningKey::generate()?;
    let path = format!("/apps/{}/credentials", app.client);
    village.staff(Method::POST, &path, &json!({ "jwk": key.public() })).await?;
    let mut scene = Scene { village, app, key, short_until: Timestamp::UNIX_EPOCH };
    let mut steps = Vec::new();
    told(&mut steps, scene.a_certification_is_asked_for().await?, output)?;
    told(&mut steps, scene.certified_for_something_else().await?, output)?;
    told(&mut steps, scene.certified().await?, output)?;
    told(&mut steps, scene.withdrawn_by_staff().await?, output)?;
    told(&mut steps, scene.it_runs_out().await?, output)?;
    told(&mut steps, scene.renewal_revives_nothing_else().await?, output)?;
    told(&mut steps, scene.the_timeline().await?, output)?;
    scene.village.close(play).await?;
    verdict("m8", &steps, output)
}

impl Scene {
    /// What the partner states about a class.
    fn claims(&self, class: &str, purpose: &str) -> Value {
        json!({
            "iss": self.app.client, "aud": self.village.stage.url,
            "iat": Timestamp::now().as_second(), "class": class, "purpose": purpose,
            "text": "We show it beside what members write, and keep none of it.",
        })
    }

    /// Hands a signed statement in, as the partner; the certification's number.
    async fn submit(&self, statement: &str) -> Result<String> {
        let path = format!("/apps/{}/certifications", self.app.client);
        let body = json!({ "statement": statement });
        word(&self.app.app.ask(Method::POST, &path, Some(&body)).await?, "certification")
    }

    /// The partner signs, one statement a class.
    async fn certify(&self, purpose: &str) -> Result<Vec<String>> {
        let mut made = Vec::new();
        for class in CERTIFIED {
            let statement = self.key.statement(&self.claims(class, purpose));
            made.push(self.submit(&statement).await?);
        }
        Ok(made)
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

    async fn certified_for_something_else(&self) -> Result<Step> {
        let title = "The partner signs a statement of another purpose: signing in";
        let mut step = self.village.begin(title)?;
        let before = self.app.look().await?;
        self.certify("sign-in").await?;
        let after = self.app.look().await?;
        step.compare("the page, for managing groups", before.told(), after.told());
        step.expect("a class certified for one purpose is refused for another", {
            after.names().is_empty() && after.withheld.contains("reason=certification")
        });
        self.village.finish(step, after.position)
    }

    async fn certified(&self) -> Result<Step> {
        let title = "The partner signs for managing groups, with the key that it registered";
        let mut step = self.village.begin(title)?;
        let before = self.app.look().await?;
        let claims = self.claims("member.name", "group-management");
        let strange = SigningKey::generate()?.statement(&claims);
        step.expect("somebody else's signature opens nothing", {
            self.submit(&strange).await.is_err() && self.app.look().await?.names().is_empty()
        });
        let statement = self.key.statement(&claims);
        let (words, signature) = statement.rsplit_once('.').context("it is no signature")?;
        let wider = self.key.statement(&self.claims("member.picture", "group-management"));
        let swapped = wider.rsplit_once('.').map(|(words, _)| format!("{words}.{signature}"));
        let swapped = swapped.unwrap_or_else(|| words.to_owned());
        step.expect("nor does a signature under other words", self.submit(&swapped).await.is_err());
        self.certify("group-management").await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("Cleo is named again", after.names().contains(full_name("Cleo").as_str()));
        step.expect("nobody is who did not opt in", after.names().len() == 1);
        step.expect("the same statement is taken once", self.submit(&statement).await.is_err());
        self.village.page(&mut step, &format!("/staff/apps/{}", self.app.client)).await?;
        self.village.finish(step, after.position)
    }

    async fn withdrawn_by_staff(&self) -> Result<Step> {
        let title =
            "Staff end the certification: the partner's signature alone does not bring it back";
        let mut step = self.village.begin(title)?;
        let before = self.app.look().await?;
        let path = format!("/apps/{}/certifications", self.app.client);
        let held = self.app.app.ask(Method::GET, &path, None).await?;
        let items = held.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let about = |one: &&Value| one.get("purpose") == Some(&json!("group-management"));
        for one in items.iter().filter(about) {
            let path = format!("/certifications/{}/end", word(one, "certification")?);
            let body = json!({ "because": { "reason": "terms", "note": "they kept names" } });
            self.village.staff(Method::POST, &path, &body).await?;
        }
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        step.expect("it is dark on the next request", {
            before.names().len() == 1 && after.names().is_empty()
        });
        // Another statement: the instant in it is another one.
        let mut claims = self.claims("member.name", "group-management");
        if let Some(fields) = claims.as_object_mut() {
            fields.insert("text".to_owned(), "We have deleted them.".into());
        }
        let again = self.submit(&self.key.statement(&claims)).await;
        step.expect("the partner cannot sign it open again", {
            again.is_err_and(|error| error.to_string().contains("staff ended a certification"))
        });
        self.village.finish(step, after.position)
    }

    async fn it_runs_out(&mut self) -> Result<Step> {
        let title = "Staff enter one that runs out soon, and nothing has to happen for that";
        let mut step = self.village.begin(title)?;
        let until = Timestamp::now() + jiff::SignedDuration::from_millis(SHORT_MS);
        // The log counts whole milliseconds.
        let until = Timestamp::from_millisecond(until.as_millisecond())?;
        self.short_until = until;
        let certification = json!({
            "app": self.app.client, "classes": CERTIFIED, "purpose": "group-management",
            "until": until.to_string(),
        });
        self.village.staff(Method::POST, "/certifications", &certification).await?;
        let before = self.app.look().await?;
        let head = self.village.stage.process.parts.store.state().revision();
        while Timestamp::now() < until {
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
        let mut step = self.village.begin("The partner signs anew; Cleo opted out meanwhile")?;
        self.village.opt_in("Dana", &self.app).await?;
        let cleo = self.village.signed_in("Cleo").await?;
        let body = json!({ "installation": self.app.installation });
        cleo.ask(Method::POST, "/me/v1/opt-outs", Some(&body)).await?;
        let before = self.app.look().await?;
        self.certify("group-management").await?;
        let after = self.app.look().await?;
        side_by_side(&mut step, &before, &after);
        let dana = full_name("Dana");
        step.expect("Dana, who allows it, is named", after.names() == [dana.as_str()].into());
        step.expect("what Cleo ended stays ended", after.names().len() == 1);
        self.village.finish(step, after.position)
    }

    /// The lane of a class for managing groups, and what of it the index has by now.
    async fn lane(&self, class: &str) -> Result<Vec<Value>> {
        let path = format!("/partners/{}/timeline", self.app.partner);
        let timeline = self.village.staff(Method::GET, &path, &Value::Null).await?;
        let lanes = timeline.get("lanes").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_it = |lane: &&Value| {
            let says =
                |name: &str, word: &str| lane.get(name).and_then(Value::as_str) == Some(word);
            says("class", class) && says("purpose", "group-management") && says("program", "groups")
        };
        let lane =
            lanes.iter().find(is_it).with_context(|| format!("there is no lane of {class}"))?;
        Ok(lane.get("spans").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    async fn the_timeline(&self) -> Result<Step> {
        let title = "Which classes the partner had, from when until when, used or not";
        let mut step = self.village.begin(title)?;
        let used = |span: &Value| span.get("used") == Some(&Value::Bool(true));
        let began = std::time::Instant::now();
        let mut names = self.lane("member.name").await?;
        while !names.iter().all(used) && began.elapsed() < CATCHING_UP {
            tokio::time::sleep(Duration::from_millis(50)).await;
            names = self.lane("member.name").await?;
        }
        let at = |span: &Value, end: &str| {
            let text = span.get(end).and_then(Value::as_str);
            text.and_then(|text| text.parse::<Timestamp>().ok())
        };
        for span in &names {
            let text = |name: &str| span.get(name).and_then(Value::as_str).unwrap_or("now");
            let says = if used(span) { "used" } else { "not used" };
            step.tell(format!("names: {} to {}, {says}", text("from"), text("until")));
        }
        let ended = |span: &Value| span.get("ended_by") == Some(&json!("certification"));
        let [first, signed, short, last] = names.as_slice() else {
            step.expect(format!("names were there four times, and not {}", names.len()), false);
            return self.village.finish(step, None);
        };
        step.expect("names were there before the rule, signed for, for a moment, and again", true);
        step.expect("each time used", names.iter().all(used));
        step.expect("each but the last ended for lack of a certification", {
            [first, signed, short]
                .into_iter()
                .all(|span| ended(span) && at(span, "until").is_some())
        });
        step.expect("one after the other", {
            let bounds = names.iter().flat_map(|span| [at(span, "from"), at(span, "until")]);
            let bounds: Vec<Timestamp> = bounds.flatten().collect();
            bounds.len() == 7 && bounds.is_sorted()
        });
        step.expect("the short one ended at its very instant, by time alone", {
            at(short, "until") == Some(self.short_until) && short.get("ended_at_position").is_none()
        });
        step.expect("staff ended the one before", signed.get("ended_at_position").is_some());
        step.expect("the last one lasts", at(last, "until").is_none());
        let comments = self.lane("comment.content").await?;
        step.expect("comments, which were never read, stand there as not used", {
            !comments.is_empty() && !comments.iter().any(used)
        });
        let page = format!("/staff/partners/{}/timeline", self.app.partner);
        self.village.page(&mut step, &page).await?;
        self.village.page(&mut step, "/staff/timelines").await?;
        self.village.finish(step, None)
    }
}
