//! The app registry (docs: row M2): many apps suspended in one call, which holds on the next request; what stays possible while
//! suspended; and reinstating exactly the same ones.

use super::village::{Enabled, Village};
use super::{Play, Step, told, verdict};
use crate::cli::Result;
use crate::client::Person;
use crate::demo::word;
use crate::policies;
use crate::wire::unguessable;
use anyhow::Context;
use http::Method;
use serde_json::{Value, json};

/// The cast: one app that keeps to the terms and two quizzes that do not.
struct Scene {
    village: Village,
    plotwise: Enabled,
    quizzes: [Enabled; 2],
    /// Two of the staff, by what they may do.
    rosa: Person,
    sam: Person,
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
    let first = village.enable("Quizzle Inc", "What vegetable are you?", &purposes).await?;
    let second = village.enable("Quizzle Two Inc", "Your garden in ten years", &purposes).await?;
    for quiz in [&first, &second] {
        let path = format!("/apps/{}/details", quiz.client);
        village.staff(Method::PUT, &path, &json!({ "category": "quiz" })).await?;
    }
    let rosa = staff_member(&village, "Rosa", "responder").await?;
    let sam = staff_member(&village, "Sam", "responder").await?;
    let scene = Scene { village, plotwise, quizzes: [first, second], rosa, sam };
    let mut steps = Vec::new();
    let (step, proposal) = scene.a_proposal().await?;
    told(&mut steps, step, output)?;
    let (step, suspension) = scene.a_second_person(&proposal).await?;
    told(&mut steps, step, output)?;
    told(&mut steps, scene.ending_still_works().await?, output)?;
    told(&mut steps, scene.exactly_these_again(suspension).await?, output)?;
    told(&mut steps, scene.a_partner_is_revoked().await?, output)?;
    told(&mut steps, scene.every_token_at_once().await?, output)?;
    scene.village.close(play).await?;
    verdict("m2", &steps, output)
}

async fn staff_member(village: &Village, name: &str, role: &str) -> Result<Person> {
    let body = json!({ "name": name, "role": role });
    let made = village.staff(Method::POST, "/staff", &body).await?;
    let (number, password) = (word(&made, "staff")?, unguessable()?);
    let login = name.to_lowercase();
    let account = json!({ "login": login, "password": password });
    village.staff(Method::PUT, &format!("/staff/{number}/account"), &account).await?;
    Person::sign_in_as_staff(&village.stage.url, &login, &password).await
}

impl Scene {
    /// How each app's page of the group is answered.
    async fn statuses(&self) -> Result<[u16; 3]> {
        let [first, second] = &self.quizzes;
        Ok([
            self.plotwise.look().await?.status,
            first.look().await?.status,
            second.look().await?.status,
        ])
    }

    fn compare(step: &mut Step, before: [u16; 3], after: [u16; 3]) {
        for (name, (before, after)) in
            ["Plotwise", "first quiz", "second quiz"].into_iter().zip(before.into_iter().zip(after))
        {
            step.compare(name, format!("status {before}"), format!("status {after}"));
        }
    }

    async fn a_proposal(&self) -> Result<(Step, Value)> {
        let mut step = self
            .village
            .begin("Rosa, a responder, previews suspending every quiz, and proposes it")?;
        let select = json!({ "select": ["category:quiz"] });
        let (preview, _) =
            self.rosa.ask(Method::POST, "/staff/v1/suspensions/preview", Some(&select)).await?;
        step.tell(format!("The preview: {preview}"));
        let count = |name: &str| preview.get(name).and_then(Value::as_u64);
        step.expect("it means the two quizzes", count("apps") == Some(2));
        step.expect("it counts what they would lose", {
            // Each of the two is enabled in the story's group and in the community's largest one.
            count("installations") == Some(4) && count("grants") == Some(2)
        });
        let members = self.village.members_around(&self.quizzes)?;
        step.tell(format!("In reach: {members} people of the two groups, each counted once."));
        step.expect(
            "it counts everybody in reach once, not only who granted something",
            members > 1 && count("people") == Some(members),
        );
        let wish = json!({
            "select": ["category:quiz"],
            "because": { "reason": "data-taken-improperly", "severity": "high", "note": "quizzes that read whole groups" },
        });
        let (proposal, _) =
            self.rosa.ask(Method::POST, "/staff/v1/suspensions", Some(&wish)).await?;
        let statuses = self.statuses().await?;
        step.expect("a proposal alone changes nothing", statuses == [200; 3]);
        let number = proposal.get("proposal").and_then(Value::as_u64).unwrap_or_default();
        let path = format!("/staff/v1/suspensions/proposals/{number}/confirm");
        let result = json!({ "result": word(&proposal, "result")? });
        let own = self.rosa.ask(Method::POST, &path, Some(&result)).await;
        step.expect("whoever proposed it cannot confirm it", own.is_err());
        self.village.page(&mut step, "/staff/suspensions").await?;
        Ok((self.village.finish(step, None)?, proposal))
    }

    async fn a_second_person(&self, proposal: &Value) -> Result<(Step, u64)> {
        let mut step =
            self.village.begin("Sam confirms: one entry, and it holds on the next request")?;
        let before = self.statuses().await?;
        let number = proposal.get("proposal").and_then(Value::as_u64).unwrap_or_default();
        let path = format!("/staff/v1/suspensions/proposals/{number}/confirm");
        let result = json!({ "result": word(proposal, "result")? });
        let (done, _) = self.sam.ask(Method::POST, &path, Some(&result)).await?;
        let after = self.statuses().await?;
        Self::compare(&mut step, before, after);
        step.expect("both quizzes are refused with the tokens they have", {
            before == [200; 3] && after.get(1..) == Some(&[403, 403])
        });
        step.expect("the other app goes on", after.first() == Some(&200));
        let [first, _] = &self.quizzes;
        let around = first.look_around().await?;
        step.expect("in the community's largest group too", around.status == 403);
        self.village.page(&mut step, "/staff/suspensions").await?;
        let suspension = done.get("suspension").and_then(Value::as_u64);
        Ok((self.village.finish(step, None)?, suspension.context("no suspension came of it")?))
    }

    async fn ending_still_works(&self) -> Result<Step> {
        let mut step = self
            .village
            .begin("While suspended: nothing new can be allowed, and everything can be ended")?;
        let [first, _] = &self.quizzes;
        let cleo = self.village.signed_in("Cleo").await?;
        let classes = json!({ "installation": first.installation, "classes": ["member.name"] });
        let opted = cleo.ask(Method::POST, "/me/v1/opt-ins", Some(&classes)).await;
        step.expect("nobody can opt in", opted.is_err());
        let token = first.app.installation_token(&first.installation).await;
        step.expect("no token is issued", token.is_err());
        let out = json!({ "installation": first.installation });
        let out = cleo.ask(Method::POST, "/me/v1/opt-outs", Some(&out)).await;
        step.expect("opting out works", out.is_ok());
        let ada = self.village.signed_in("Ada").await?;
        let (seen, _) = ada.ask(Method::GET, "/me/v1/visibility", None).await?;
        let grants = seen.get("grants").and_then(Value::as_array).cloned().unwrap_or_default();
        let own = grants.iter().find(|one| one.to_string().contains(&first.client));
        let grant = word(own.context("Ada gave the quiz no access")?, "grant")?;
        let ended = ada.ask(Method::DELETE, &format!("/me/v1/grants/{grant}"), None).await;
        step.expect("Ada withdraws what she gave it", ended.is_ok());
        let path = format!("/admin/v1/installations/{}", first.installation);
        let disabled = ada.ask(Method::DELETE, &path, None).await;
        step.expect("the admin disables it in the group", disabled.is_ok());
        self.village.page(&mut step, "/privacy").await?;
        self.village.page(&mut step, "/groups").await?;
        self.village.finish(step, None)
    }

    async fn exactly_these_again(&self, suspension: u64) -> Result<Step> {
        let mut step = self
            .village
            .begin("It was a mistake: exactly the same apps are reinstated in one call")?;
        let before = self.statuses().await?;
        let path = format!("/staff/v1/suspensions/{suspension}/lift");
        let because = json!({ "because": { "reason": "other", "note": "appeal upheld" } });
        self.sam.ask(Method::POST, &path, Some(&because)).await?;
        let after = self.statuses().await?;
        Self::compare(&mut step, before, after);
        step.expect("the second quiz is served again", after.get(2) == Some(&200));
        step.expect("what the admin ended meanwhile stays ended", after.get(1) != Some(&200));
        self.village.page(&mut step, "/staff/suspensions").await?;
        self.village.finish(step, None)
    }

    async fn a_partner_is_revoked(&self) -> Result<Step> {
        let mut step =
            self.village.begin("A partner is revoked: it cascades to its apps, and is final")?;
        let before = self.statuses().await?;
        let [_, second] = &self.quizzes;
        let path = format!("/partners/{}/status", second.partner);
        let revoked = json!({
            "status": "revoked",
            "because": { "reason": "not-anonymised", "severity": "high", "note": "kept names after their term" },
        });
        self.village.staff(Method::POST, &path, &revoked).await?;
        let after = self.statuses().await?;
        Self::compare(&mut step, before, after);
        step.expect("its app is refused on the next request", after.get(2) == Some(&403));
        let again = json!({ "status": "active", "because": { "reason": "other" } });
        let back = self.village.staff(Method::POST, &path, &again).await;
        step.expect("nobody can take it back", back.is_err());
        self.village.page(&mut step, &format!("/staff/partners/{}", second.partner)).await?;
        self.village.finish(step, None)
    }

    async fn every_token_at_once(&self) -> Result<Step> {
        let mut step = self.village.begin("Every token of the platform dies with one entry")?;
        let before = self.plotwise.look().await?;
        let cut = json!({ "subject": "platform", "because": { "reason": "incident", "severity": "high" } });
        self.village.staff(Method::POST, "/cut-offs", &cut).await?;
        let after = self.plotwise.look().await?;
        step.compare("Plotwise", before.told(), after.told());
        step.expect("a token that worked is dead", before.status == 200 && after.status == 401);
        let fresh = self.plotwise.app.installation_token(&self.plotwise.installation).await?;
        let again = self.plotwise.look_with(&fresh.access).await?;
        step.expect("the app itself goes on with a new one", again.status == 200);
        self.village.page(&mut step, "/staff/log").await?;
        self.village.finish(step, again.position)
    }
}
