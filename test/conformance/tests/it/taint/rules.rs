//! States by the rules around the gate: statements of the partner, reviews, testers, sandboxes, suspensions of many, and what
//! time takes from those who do not use it.

use super::cast::{Cast, ONE_TIME};
use super::community;
use conformance::App;
use flows::Said;
use flows::staff::{NewCertification, Selection, SuspensionWish};
use ledger::{ClassEnd, Event, ProgramStatusChanged, SettingScope, VersionChanged, Why};
use model::{Actor, ApiVersion, ClassMask, Millis, ProgramStatus, PurposeNo, Timestamp};
use serde_json::{Value, json};

/// People by opt-in alone; a statement of the partner for roles and for how many there are; and time takes what nobody uses.
pub const POLICY: &str = r#"{"policy": "taint", "title": "Statements and use", "programs": {"groups": {"classes": {
    "member.role": ["installation", "opt-in", "certification"],
    "group.member_count": ["installation", "certification"]}}},
    "expiry": {"idle_days": 30, "classes": {"group.description": {"unused_days": 28}}}}"#;
/// Classes of which the policy asks a statement.
const STATED: [&str; 2] = ["member.role", "group.member_count"];

/// The built-in catalog as that of a version: the built-in one has ended by then, which is final.
fn built_in(version: &str) -> Value {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    document["info"]["version"] = version.into();
    document
}

fn said() -> Said {
    Said::by(Actor::Operator)
}

const fn why() -> Why {
    Why::by(Actor::Operator)
}

impl Cast {
    /// Two apps and a grant that the others are forty days younger than: one app used what the policy watches on the twentieth.
    pub(super) async fn older_than_the_rest(&mut self) {
        self.world.activate(POLICY).await;
        let begun = self.world.store.now();
        let unused = self.ready("Unused", ["class unused", "grant, idle"]).await;
        let used = self.ready("Used", ["class used", "grant, idle too"]).await;
        self.later(begun.plus(Millis::days(20)));
        let standing = self.keys.clone();
        self.keys.clear();
        self.add("class used", used, standing[2].chain, None);
        let path = format!("/v1/groups/{}", self.world.group_name(used, community::group(0)));
        let answer = self.world.get(&path, &self.keys[0].text).await;
        assert!(answer.json()["description"].is_string(), "{}", answer.text());
        self.keys.clear();
        self.later(begun.plus(Millis::days(40)));
        // Their tokens of then are dead by now; whoever would get one today gets no further.
        for (key, app) in standing.into_iter().zip([unused, unused, used, used]) {
            self.add(key.label, app, key.chain, key.acting);
        }
    }

    /// Moves the clock, of which the platform knows nothing.
    fn later(&self, to: Timestamp) {
        self.clock.set(to);
        self.world.store.mark_facts(to);
    }

    /// Everybody else of whom the second version of the rules speaks.
    pub(super) async fn by_the_rules_around(&mut self) {
        self.statements().await;
        self.reviews().await;
        self.suspensions().await;
        self.narrow_grants().await;
        for (i, scope) in [
            (1, SettingScope::Friends),
            (18, SettingScope::Friends),
            (3, SettingScope::Beyond),
            (7, SettingScope::Beyond),
        ] {
            self.world.set(self.person(i), scope, ClassMask::ALL).await;
        }
    }

    fn purpose(&self, name: &str) -> PurposeNo {
        let state = self.world.store.state();
        let purposes = &state.catalog().unwrap().purposes;
        purposes.iter().find(|one| one.name == name).unwrap().number
    }

    /// A statement of an app's partner for the classes that need one; gives its number.
    async fn state(&self, app: App, purpose: &str, until: Timestamp) -> model::CertificationNo {
        let new = NewCertification {
            app: app.no,
            classes: self.classes(&STATED),
            purpose: self.purpose(purpose),
            from: Timestamp(0),
            until,
        };
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::certify(s, env, &said(), &new)
        };
        self.world.commit(flow).await.reply
    }

    /// The chief has stated what is asked; most others have not.
    async fn statements(&mut self) {
        let now = self.world.store.now();
        let later = now.plus(Millis::days(100));
        self.state(self.chief, "group-management", later).await;
        let over = self.ready("Late", ["statement over", "statement over, person"]).await;
        self.state(over, "group-management", now).await;
        let other =
            self.ready("Elsewhere", ["statement for another purpose", "the same, person"]).await;
        self.state(other, "sign-in", later).await;
        let ended =
            self.ready("Liar", ["statement withdrawn", "statement withdrawn, person"]).await;
        let number = self.state(ended, "group-management", later).await;
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::end_certification(s, env, &said(), number)
        };
        self.world.commit(flow).await;
    }

    async fn withdraw_review(&self, app: App, classes: ClassMask) {
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::withdraw_review(s, env, &said(), app.no, classes)
        };
        self.world.commit(flow).await;
    }

    async fn test(&self, app: App, i: usize) {
        let person = self.person(i);
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::add_tester(s, env, &said(), app.no, person)
        };
        self.world.commit(flow).await;
    }

    /// Apps that nobody reviewed, or not all of, among testers and in a sandbox.
    async fn reviews(&mut self) {
        let fresh = self.ready("Fresh", ["unreviewed", "unreviewed, tester"]).await;
        self.granted("unreviewed, no tester", fresh, 3, &[0]).await;
        self.withdraw_review(fresh, ClassMask::ALL).await;
        self.test(fresh, 2).await;
        // It stands in a sandbox too, where everybody counts.
        let (sandbox, context) = (community::group(2), self.context(2));
        let tried = self.world.install(fresh, sandbox).await;
        self.installed("unreviewed, in a sandbox", fresh, tried);
        for i in [1, 3] {
            self.opt_in(i, tried, &[]).await;
        }
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::set_sandbox(s, env, &said(), context, true)
        };
        self.world.commit(flow).await;
        // The first admin stands behind an app that they test.
        let backed = self.ready("Backed", ["backed by a tester", "not tested, person"]).await;
        self.withdraw_review(backed, ClassMask::ALL).await;
        self.test(backed, 0).await;
        self.test(backed, 3).await;
        let partly = self.ready("Partly", ["reviewed in part", "reviewed in part, person"]).await;
        let open = self.classes(&["member.name", "post.media", "group.name", "profile.email"]);
        self.withdraw_review(partly, open).await;
    }

    /// Many suspended at once, one of them reinstated.
    async fn suspensions(&mut self) {
        let one =
            self.ready("Quiz", ["suspended with others", "suspended with others, person"]).await;
        let two = self.ready("Quizzed", ["suspension lifted", "suspension lifted, person"]).await;
        for app in [one, two] {
            let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
                let parts = [format!("apps:{}", app.no)];
                let selection = Selection::parse(s, parts.iter().map(String::as_str), |_| None)?;
                let (reason, severity) =
                    (Some(model::EndingReason::Incident), Some(model::Severity::High));
                let said = Said { reason, severity, ..said() };
                flows::staff::suspend_alone(s, env, &SuspensionWish { said, selection })
            };
            let suspension = self.world.commit(flow).await.position;
            if app == two {
                let event = ledger::SuspensionLifted { suspension, why: why() };
                self.happen(Event::SuspensionLifted(event)).await;
            }
        }
    }

    /// Grants that say more than which classes.
    async fn narrow_grants(&mut self) {
        let now = self.world.store.now();
        let (gone, soon) =
            (self.classes(&["post.content", "profile.email"]), self.classes(&["member.name"]));
        let ends = vec![
            ClassEnd { classes: gone, until: now },
            ClassEnd { classes: soon, until: now.plus(Millis::days(1)) },
        ];
        self.raw_grant("grant, classes over", 2, |made| made.ends = Some(ends)).await;
        let sign_in = vec![self.purpose("sign-in")];
        self.raw_grant("grant, to sign in", 2, |made| made.purposes = Some(sign_in)).await;
        self.raw_grant("grant, for nothing", 3, |made| made.purposes = Some(Vec::new())).await;
        let once = self.classes(&[
            "group.name",
            "group.description",
            "member.name",
            "post.content",
            "profile.email",
        ]);
        self.raw_grant(ONE_TIME, 2, |made| made.once = Some(once)).await;
    }

    /// The program becomes an experiment for two, who join; the others opted in before it was one.
    pub async fn experiment(&self) {
        let program = self.world.store.state().program_named("groups").unwrap();
        let (until, cap) = (Some(self.world.store.now().plus(Millis::days(1))), Some(2));
        self.program(program, ProgramStatus::Experimental, (until, cap)).await;
        for i in [2, 19] {
            self.world.opt_out(self.person(i), self.installation).await;
            self.opt_in(i, self.installation, &[]).await;
        }
    }

    /// Its end comes.
    pub async fn experiment_over(&self) {
        let program = self.world.store.state().program_named("groups").unwrap();
        self.program(program, ProgramStatus::Experimental, (Some(self.world.store.now()), None))
            .await;
    }

    /// The program is what it was.
    pub async fn live_again(&self) {
        let program = self.world.store.state().program_named("groups").unwrap();
        self.program(program, ProgramStatus::Live, (None, None)).await;
    }

    async fn program(
        &self,
        program: model::ProgramNo,
        status: ProgramStatus,
        (until, cap): (Option<Timestamp>, Option<u32>),
    ) {
        let event = ProgramStatusChanged { program, status, until, cap, why: why() };
        self.happen(Event::ProgramStatusChanged(event)).await;
    }

    /// Closes the program but for one app.
    pub async fn close_but_for(&self, app: App) {
        let program = self.world.store.state().program_named("groups").unwrap();
        let until = self.world.store.now().plus(Millis::days(1));
        let event = ledger::ExceptionMade { program, app: app.no, until, why: why() };
        self.happen(Event::ExceptionMade(event)).await;
        self.world.set_program("groups", ProgramStatus::Closed).await;
    }

    /// And that one too.
    pub async fn end_exception(&self, app: App) {
        let program = self.world.store.state().program_named("groups").unwrap();
        let event = ledger::ExceptionEnded { program, app: app.no, why: why() };
        self.happen(Event::ExceptionEnded(event)).await;
    }

    /// A newer version, which asks a statement for descriptions too and goes beyond the feature. Gives the old one.
    pub async fn newer_version(&self) -> ApiVersion {
        let old = self.world.store.state().catalog().unwrap().version;
        let mut document = built_in("2027-01-01");
        document["x-data-classes"]["group.description"]["needs"] =
            json!(["installation", "certification"]);
        document["x-purposes"]["group-management"]["beyond"] = true.into();
        let text = document.to_string();
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::activate_catalog_beside(s, env, &said(), text.as_bytes(), &[old])
        };
        self.world.commit(flow).await;
        old
    }

    /// The end of a version comes.
    pub async fn sunset(&self, version: ApiVersion) {
        let now = Some(self.world.store.now());
        let event = VersionChanged { version, deprecated_at: now, sunset: now, why: why() };
        self.happen(Event::VersionChanged(event)).await;
    }

    /// A catalog in which posts stand in no group, and need nobody's consent but the acting person's.
    pub async fn posts_of_no_group(&self) {
        let mut document = built_in("2027-02-01");
        let post = document["components"]["schemas"]["Post"].as_object_mut().unwrap();
        post.remove("x-context").unwrap();
        let classes = document["x-data-classes"].as_object_mut().unwrap();
        for needs in classes.values_mut().map(|class| &mut class["needs"]) {
            if *needs != json!(["self"]) {
                *needs = json!(["published"]);
            }
        }
        self.world.adopt(document.to_string()).await;
    }

    /// The built-in catalog under a version that lives.
    pub async fn posts_of_groups_again(&self) {
        self.world.adopt(built_in("2027-03-01").to_string()).await;
    }
}
