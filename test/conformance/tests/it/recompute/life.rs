//! A random life: reads and writes of every operation, from several apps at once, while people, admins and staff change
//! their minds and the community changes.

use base64::Engine as _;
use conformance::{App, POLICY_AFTER, POLICY_BEFORE, World};
use flows::Said;
use flows::staff::NewCertification;
use ledger::{
    AppList, AppsSuspended, AuditedChange, AuditedPolicy, AuditedProgram, ChangeAudited, ClassEnd,
    CutOffSubject, Event, ExceptionEnded, ExceptionMade, GrantMade, Payload, ProgramStatusChanged,
    ReviewPassed, ReviewWithdrawn, SandboxChanged, SettingScope, SuspensionLifted, TesterAdded,
    VersionChanged, Why,
};
use model::{
    Actor, AppNo, AppStatus, Chain, ClassMask, ContextNo, GrantNo, InstallationNo, PartnerStatus,
    PersonNo, Position, ProgramStatus, Timestamp,
};
use platform::GroupId;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sequence::Commit;
use std::collections::BTreeSet;

/// Reads that are under way while something changes.
const TOGETHER: usize = 6;
const GROUPS: i64 = 5;

/// Names need a statement of the partner, and what is written goes from apps that do not use it.
const POLICY_AROUND: &str = r#"{"policy": "around", "title": "Around the gate", "programs": {"groups": {"classes": {
    "member.name": ["installation", "certification"]}}},
    "expiry": {"idle_days": 90, "classes": {"post.content": {"unused_days": 28}}}}"#;

/// What an app can call.
struct Token {
    app: App,
    text: String,
    /// Where it was given for, and in whose name.
    group: GroupId,
    is_grant: bool,
    /// Paths that some answer named for this app.
    known: BTreeSet<String>,
}

/// A life.
pub struct Life<'w> {
    world: &'w World,
    rng: ChaCha8Rng,
    apps: Vec<App>,
    installations: Vec<(InstallationNo, GroupId)>,
    grants: Vec<(GrantNo, PersonNo)>,
    tokens: Vec<Token>,
    media: Vec<String>,
}

fn said() -> Said {
    Said::by(Actor::Operator)
}

fn for_a_reason() -> Said {
    Said { reason: Some(model::EndingReason::Incident), ..said() }
}

impl<'w> Life<'w> {
    /// Apps, installations, grants and tokens to begin with.
    pub async fn begin(world: &'w World, seed: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed ^ 0x006c_6966_6500);
        let mut life = Self {
            world,
            rng,
            apps: Vec::new(),
            installations: Vec::new(),
            grants: Vec::new(),
            tokens: Vec::new(),
            media: Vec::new(),
        };
        life.settle().await;
        for name in ["Grouply", "Kalender", "Statistik"] {
            life.apps.push(world.app(name).await);
        }
        for index in 0..life.apps.len() {
            for group in 0..GROUPS {
                life.install(life.apps[index], world.group(group)).await;
            }
            for _ in 0..3 {
                life.grant(life.apps[index]).await;
            }
        }
        life
    }

    /// What a life before may have left closed or suspended.
    async fn settle(&self) {
        let world = self.world;
        for name in ["groups", "login"] {
            world.set_program(name, ProgramStatus::Live).await;
        }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.rng.random_range(0..of.len())]) }
    }

    fn place(&mut self) -> GroupId {
        self.world.group(self.rng.random_range(0..GROUPS))
    }

    /// Somebody of a group; anybody, if nobody is left.
    fn member(&mut self, group: GroupId) -> PersonNo {
        let members = self.world.store.members(self.world.context(group)).unwrap();
        let anybody =
            self.world.made.first_person + self.rng.random_range(0..self.world.made.people as i64);
        self.one(&members).unwrap_or_else(|| self.world.person(platform::PersonId::new(anybody)))
    }

    async fn install(&mut self, app: App, group: GroupId) {
        let context = self.world.context(group);
        let admin =
            self.world.store.state().context(context).and_then(|c| c.admins().first().copied());
        let Some(admin) = admin else { return };
        let now = self.world.store.now();
        let made = self.try_commit(move |s, _, _| {
            flows::admin::enable(s, now, admin, app.no, &[context], ClassMask::ALL)
        });
        let Some(made) = made.await else { return };
        let Some(installation) = made.first().copied() else { return };
        self.installations.push((installation, group));
        let text = self.world.seal(app, Chain::Installation(installation));
        self.token(app, text, group, false);
    }

    async fn grant(&mut self, app: App) {
        let group = self.place();
        let (person, other) = (self.member(group), self.place());
        let mut contexts = vec![self.world.context(group), self.world.context(other)];
        contexts.sort_unstable();
        contexts.dedup();
        let (grant, text) = self.world.grant(app, person, &contexts).await;
        self.grants.push((grant, person));
        self.token(app, text, group, true);
    }

    fn token(&mut self, app: App, text: String, group: GroupId, is_grant: bool) {
        let id = self.world.group_name(app, group);
        let known = ["", "/posts?limit=5", "/members?limit=10"]
            .map(|rest| format!("/v1/groups/{id}{rest}"));
        self.tokens.push(Token {
            app,
            text,
            group,
            is_grant,
            known: known
                .into_iter()
                .chain(["/v1/me".to_owned(), "/v1/me/groups".to_owned()])
                .collect(),
        });
    }

    /// A flow that may be refused.
    async fn try_commit<R, E, F>(&self, flow: F) -> Option<R>
    where
        F: FnMut(
                &consent::State,
                &dyn sequence::Lookup,
                &model::Env,
            ) -> Result<sequence::Commit<R>, E>
            + Send
            + 'static,
        R: Send + 'static,
        E: Send + 'static,
    {
        let done = self.world.store.commit(store::Urgency::Ending, None, flow).await;
        done.expect("the log takes it").ok().map(|done| done.reply)
    }

    /// Everything of which the rules around the gate speak, once and in order, with reads in between: chance could leave some out.
    pub async fn around(&mut self) {
        self.world.activate(POLICY_AROUND).await;
        let (app, group) = (self.apps[0], self.world.group(0));
        let person = self.member(group);
        self.certifications(app).await;
        self.exceptions(app).await;
        for choice in 0..7 {
            let of = (app.no, person, self.world.context(group), ClassMask(0b1010));
            self.rules_twice(choice, of).await;
        }
        self.suspend(app).await;
        self.purposes(app, person, group).await;
        self.asked_twice(app, person, group).await;
        self.versions(app).await;
        let (installation, group) = self.installations[0];
        let keep = !ClassMask(0b1);
        if let Some(admin) = self.admin_of(group) {
            self.try_commit(move |s, _, _| flows::admin::narrow(s, admin, installation, keep))
                .await;
            self.read(1).await;
            self.try_commit(move |s, _, _| flows::admin::disable(s, admin, installation)).await;
            self.install(app, group).await;
        }
        let (anew, group) = *self.installations.last().expect("an installation");
        let member = self.member(group);
        self.world.opt_in(member, anew).await;
        self.read(1).await;
        self.world.opt_out(member, anew).await;
        let (grant, by) = self.grants[0];
        self.try_commit(move |s, _, _| flows::person::end_grant(s, by, grant)).await;
        let subject = CutOffSubject::Person(person);
        self.try_commit(move |s, _, env| flows::staff::cut_off(s, env, &said(), subject)).await;
        self.read(1).await;
    }

    /// A statement of the partner, without which names are withheld under this policy, made and ended.
    async fn certifications(&mut self, app: App) {
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            let catalog = s.catalog().expect("a catalog");
            let classes = catalog.classes.iter().map(|class| class.number).collect();
            let purpose = catalog.purposes.iter().find(|one| one.name == "group-management");
            let until = env.now.plus(model::Millis::days(1));
            let purpose = purpose.expect("a purpose").number;
            let new = NewCertification { app: app.no, classes, purpose, from: env.now, until };
            flows::staff::certify(s, env, &said(), &new)
        };
        self.read(1).await;
        let made = self.world.commit(flow).await.reply;
        self.read(1).await;
        self.try_commit(move |s, _, env| flows::staff::end_certification(s, env, &said(), made))
            .await;
        self.read(1).await;
    }

    /// The program is closed but for one app, then for that one too, and opens again, as only a log can say.
    async fn exceptions(&mut self, app: App) {
        let program = self.world.store.state().program_named("groups").expect("a program");
        let (until, why) = (Timestamp::NEVER, || Why::by(Actor::Operator));
        let status = |status| {
            let (until, cap, why) = (None, None, why());
            Event::ProgramStatusChanged(ProgramStatusChanged { program, status, until, cap, why })
        };
        for event in [
            Event::ExceptionMade(ExceptionMade { program, app: app.no, until, why: why() }),
            status(ProgramStatus::Closed),
            Event::ExceptionEnded(ExceptionEnded { program, app: app.no, why: why() }),
            status(ProgramStatus::Live),
        ] {
            self.try_commit(move |_, _, _| Ok::<_, ()>(Commit::event(event.clone(), ()))).await;
            let path = self.group_path(app);
            let token = self.token_of(app);
            self.world.get(&path, &token).await;
            self.read(1).await;
        }
    }

    fn group_path(&self, app: App) -> String {
        format!("/v1/groups/{}", self.world.group_name(app, self.world.group(0)))
    }

    fn token_of(&self, app: App) -> String {
        let of = self.tokens.iter().find(|token| token.app == app && !token.is_grant);
        of.expect("a token").text.clone()
    }

    async fn made(
        &self,
        otherwise: impl Fn(&mut GrantMade),
        app: App,
        who: (PersonNo, GroupId),
    ) -> String {
        let (person, group) = who;
        let (grant, text) = self.world.grant(app, person, &[self.world.context(group)]).await;
        let standing = self.world.store.state().grant(grant).cloned().expect("a grant");
        let mut made = GrantMade {
            grant,
            app: app.no,
            person,
            classes: standing.classes,
            contexts: standing.contexts.clone(),
            expires_at: standing.expires_at,
            ends: None,
            once: None,
            purposes: None,
            why: Why::by(Actor::Person(person)),
        };
        otherwise(&mut made);
        let event = Event::GrantMade(made);
        self.try_commit(move |_, _, _| Ok::<_, ()>(Commit::event(event.clone(), ()))).await;
        text
    }

    /// A grant for signing in serves that and nothing else.
    async fn purposes(&mut self, app: App, person: PersonNo, group: GroupId) {
        let sign_in = {
            let state = self.world.store.state();
            let purposes = &state.catalog().expect("a catalog").purposes;
            purposes.iter().find(|one| one.name == "sign-in").expect("a purpose").number
        };
        let limit = |made: &mut GrantMade| made.purposes = Some(vec![sign_in]);
        let text = self.made(limit, app, (person, group)).await;
        assert_eq!(self.world.get("/v1/me", &text).await.status, 200);
        assert_eq!(self.world.get(&self.group_path(app), &text).await.status, 403);
        self.token(app, text, group, true);
    }

    /// What was allowed for one time is in the first answer, and in the second it is not; a mark in the log says why.
    async fn asked_twice(&mut self, app: App, person: PersonNo, group: GroupId) {
        let names = {
            let state = self.world.store.state();
            let classes = &state.catalog().expect("a catalog").classes;
            ClassMask::of(
                classes.iter().find(|one| one.name == "profile.name").expect("one").number,
            )
        };
        let text = self.made(|made| made.once = Some(names), app, (person, group)).await;
        let first = self.world.get("/v1/me", &text).await;
        assert!(first.json()["first_name"].is_string(), "{}", first.text());
        let mark = Position(first.position.expect("a position") + 1);
        let mark = self.world.store.entry(mark).unwrap().expect("a mark").read_payload().unwrap();
        let Some(Payload::Control(Event::GrantSpent(spent))) = mark else { panic!("{mark:?}") };
        assert_eq!(spent.classes, names);
        let second = self.world.get("/v1/me", &text).await;
        assert_eq!(second.status, 200, "{}", second.text());
        assert!(second.json().get("first_name").is_none(), "{}", second.text());
        assert!(second.json()["id"].is_string());
        self.token(app, text, group, true);
    }

    /// Two newer versions beside the old one, each asked for; then the old one alone again.
    async fn versions(&mut self, app: App) {
        let old = self.world.store.state().catalog().expect("a catalog").version;
        let mut kept = vec![old];
        for version in ["2027-01-01", "2027-02-01"] {
            let mut document: serde_json::Value =
                serde_json::from_str(platform::CATALOG_JSON).expect("JSON");
            document["info"]["version"] = version.into();
            let (text, keep) = (document.to_string(), kept.clone());
            self.world
                .commit(move |s, _, env| {
                    let bytes = text.as_bytes();
                    flows::staff::activate_catalog_beside(s, env, &said(), bytes, &keep)
                })
                .await;
            kept.push(self.world.store.state().catalog().expect("a catalog").version);
            let (path, token) = (self.group_path(app), self.token_of(app));
            for version in &kept {
                let url = format!("{}{path}", self.world.origin);
                let request = self.world.client.get(url).bearer_auth(&token);
                let request = request.header("Bailment-Version", version.to_string());
                assert_eq!(request.send().await.expect("an answer").status().as_u16(), 200);
            }
            self.read(1).await;
        }
        self.world.adopt(platform::CATALOG_JSON.to_owned()).await;
    }

    /// So many steps.
    pub async fn go_on(mut self, steps: usize) {
        for step in 0..steps {
            match self.rng.random_range(0..100) {
                0..70 => self.read(step).await,
                70..75 => self.write().await,
                75..90 => self.change().await,
                _ => self.community().await,
            }
        }
    }

    /// Several reads at once, with a change among them.
    async fn read(&mut self, step: usize) {
        let mut asked = Vec::new();
        for _ in 0..TOGETHER {
            if self.media.len() > 3 && self.rng.random_ratio(1, 8) {
                let at = self.rng.random_range(0..self.media.len());
                asked.push((None, self.media[at].clone()));
                continue;
            }
            let at = self.rng.random_range(0..self.tokens.len());
            let known: Vec<&String> = self.tokens[at].known.iter().collect();
            let path = known[self.rng.random_range(0..known.len())].clone();
            asked.push((Some(at), path));
        }
        let mut reads = Vec::new();
        for (at, path) in &asked {
            let request = match at {
                Some(at) => {
                    let url = format!("{}{path}", self.world.origin);
                    self.world.client.get(url).bearer_auth(&self.tokens[*at].text)
                }
                None => self.world.client.get(path),
            };
            reads.push(tokio::spawn(async move {
                let answer = request.send().await.expect("an answer");
                (answer.status().as_u16(), answer.bytes().await.unwrap_or_default())
            }));
        }
        if step.is_multiple_of(3) {
            let context = self.world.context(self.world.group(0));
            let member = self.world.store.members(context).unwrap().first().copied();
            if let Some(member) = member {
                let blocked = if step.is_multiple_of(2) { ClassMask::ALL } else { ClassMask::NONE };
                self.world.set(member, SettingScope::App(self.apps[0].no), blocked).await;
            }
        }
        for ((at, path), read) in asked.into_iter().zip(reads) {
            let (status, body) = read.await.unwrap();
            assert!(status < 500, "{path}: {status} {}", String::from_utf8_lossy(&body));
            if status == 200
                && let Some(at) = at
            {
                self.learn(at, &serde_json::from_slice(&body).unwrap());
            }
        }
    }

    /// Takes in ids and links of an answer.
    fn learn(&mut self, at: usize, value: &serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.learn(at, item)),
            serde_json::Value::Object(members) => {
                if let (Some(id), true) =
                    (members.get("id").and_then(|id| id.as_str()), members.contains_key("text"))
                {
                    let known = &mut self.tokens[at].known;
                    if known.len() < 40 && !members.contains_key("post") {
                        known.insert(format!("/v1/posts/{id}"));
                        known.insert(format!("/v1/posts/{id}/comments?limit=5"));
                    }
                }
                members.values().for_each(|value| self.learn(at, value));
            }
            serde_json::Value::String(text)
                if text.contains("/v1/media/") && self.media.len() < 300 =>
            {
                self.media.push(text.clone());
            }
            _ => {}
        }
    }

    async fn write(&mut self) {
        let grants: Vec<usize> =
            (0..self.tokens.len()).filter(|at| self.tokens[*at].is_grant).rev().take(6).collect();
        let Some(at) = self.one(&grants) else { return };
        let Token { app, text, known, group, .. } = &self.tokens[at];
        let post = known
            .iter()
            .find(|path| path.starts_with("/v1/posts/") && path.ends_with("limit=5"))
            .cloned();
        let (token, group) = (text.clone(), self.world.group_name(*app, *group));
        let (path, body) = match post.filter(|_| self.rng.random_bool(0.5)) {
            Some(comments) => {
                let path = comments.split('?').next().unwrap().to_owned();
                (path, serde_json::json!({ "text": "Seconded" }))
            }
            None => {
                let data = base64::engine::general_purpose::STANDARD
                    .encode(b"\x89PNG\r\n\x1a\nnot much of a picture");
                let media = serde_json::json!([{ "kind": "photo", "content_type": "image/png", "data": data }]);
                (
                    format!("/v1/groups/{group}/posts"),
                    serde_json::json!({ "text": "Hello", "media": media }),
                )
            }
        };
        let answer = self.world.post(&path, &token, &body).await;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.text());
        if answer.status < 300 {
            self.learn(at, &answer.json());
        }
    }

    /// Somebody changes their mind.
    async fn change(&mut self) {
        let world = self.world;
        let Some(app) = self.one(&self.apps.clone()) else { return };
        let Some((installation, group)) = self.one(&self.installations.clone()) else { return };
        let person = self.member(group);
        match self.rng.random_range(0..26) {
            19..26 => self.rules(app, group, person).await,
            0..4 => {
                self.try_commit(move |s, lookup, env| {
                    let all = (installation, ClassMask::ALL);
                    flows::person::opt_in(s, lookup, env.now, person, all)
                })
                .await;
            }
            4..6 => {
                let classes = ClassMask(self.rng.random());
                self.try_commit(move |s, _, _| {
                    flows::person::opt_out(s, person, installation, classes)
                })
                .await;
            }
            6..8 => {
                let scope = match self.rng.random_range(0..6) {
                    4 => SettingScope::Friends,
                    5 => SettingScope::Beyond,
                    0 => SettingScope::AllApps,
                    1 => SettingScope::App(app.no),
                    2 => SettingScope::AllGroups,
                    _ => SettingScope::Context(world.context(group)),
                };
                let blocked = if self.rng.random_bool(0.5) {
                    ClassMask::NONE
                } else {
                    ClassMask(self.rng.random())
                };
                world.set(person, scope, blocked).await;
            }
            8 => drop(world.activate(POLICY_BEFORE).await),
            9 => drop(world.activate(POLICY_AFTER).await),
            10 => self.suspend(app).await,
            11 => {
                for status in [ProgramStatus::Restricted, ProgramStatus::Live] {
                    world.set_program("groups", status).await;
                    self.read(1).await;
                }
            }
            12 => {
                let subject = match self.rng.random_range(0..3) {
                    0 => CutOffSubject::Installation(installation),
                    1 => CutOffSubject::Person(person),
                    _ => CutOffSubject::App(app.no),
                };
                self.try_commit(move |s, _, env| flows::staff::cut_off(s, env, &said(), subject))
                    .await;
                self.fresh().await;
            }
            13 => {
                let Some((grant, person)) = self.one(&self.grants.clone()) else { return };
                self.try_commit(move |s, _, _| flows::person::end_grant(s, person, grant)).await;
                self.grant(app).await;
            }
            14 => {
                let Some(admin) = self.admin_of(group) else { return };
                self.try_commit(move |s, _, _| flows::admin::disable(s, admin, installation)).await;
                self.install(app, group).await;
            }
            15 => {
                let Some(admin) = self.admin_of(group) else { return };
                let keep = ClassMask(self.rng.random::<u128>() | self.rng.random::<u128>());
                self.try_commit(move |s, _, _| flows::admin::narrow(s, admin, installation, keep))
                    .await;
            }
            16 => {
                world.agree(app.no, "groups", world.store.now().plus(model::Millis(150))).await;
            }
            _ => self.grant(app).await,
        }
    }

    /// Staff change the rules around the gate, and the people of a grant allow something for one time: as the log holds it,
    /// among reads.
    async fn rules(&mut self, app: App, group: GroupId, person: PersonNo) {
        let context = self.world.context(group);
        let of = (app.no, person, context, ClassMask(self.rng.random()));
        let choice = self.rng.random_range(0..8);
        if choice == 7 {
            self.once(app, group).await;
            return;
        }
        self.rules_twice(choice, of).await;
    }

    async fn rules_twice(&mut self, choice: u8, of: (AppNo, PersonNo, ContextNo, ClassMask)) {
        for turn in [true, false] {
            self.try_commit(move |s, _, _| {
                rules_event(s, (choice, turn), of, Why::by(Actor::Operator))
                    .map(|event| Commit::event(event, ()))
                    .ok_or(())
            })
            .await;
            self.read(1).await;
        }
        // Nothing stays unreviewed.
        let (app, classes) = (of.0, ClassMask::ALL);
        self.try_commit(move |_, _, _| {
            let why = Why::by(Actor::Operator);
            let passed = Event::ReviewPassed(ReviewPassed { app, classes, why });
            Ok::<_, ()>(Commit::event(passed, ()))
        })
        .await;
    }

    /// A grant of which every class is for one time, used at once and again.
    async fn once(&mut self, app: App, group: GroupId) {
        let (person, context) = (self.member(group), self.world.context(group));
        let (grant, text) = self.world.grant(app, person, &[context]).await;
        let why = Why::by(Actor::Person(person));
        self.try_commit(move |s, _, env| {
            let standing = s.grant(grant).ok_or(())?;
            let made = GrantMade {
                grant,
                app: app.no,
                person,
                classes: standing.classes,
                contexts: standing.contexts.clone(),
                expires_at: standing.expires_at,
                ends: Some(vec![ClassEnd {
                    classes: ClassMask(0b1010),
                    until: env.now.plus(model::Millis(40)),
                }]),
                once: Some(ClassMask::ALL),
                purposes: None,
                why: why.clone(),
            };
            Ok::<_, ()>(Commit::event(Event::GrantMade(made), ()))
        })
        .await;
        self.grants.push((grant, person));
        self.token(app, text.clone(), group, true);
        for _ in 0..2 {
            let path = format!("{}/v1/me", self.world.origin);
            let answer = self.world.client.get(path).bearer_auth(&text).send().await;
            assert!(answer.expect("an answer").status().as_u16() < 500);
        }
    }

    fn admin_of(&self, group: GroupId) -> Option<PersonNo> {
        let context = self.world.context(group);
        self.world.store.state().context(context)?.admins().first().copied()
    }

    async fn suspend(&mut self, app: App) {
        for status in [AppStatus::Suspended, AppStatus::Active] {
            self.try_commit(move |s, _, env| {
                flows::staff::set_app_status(s, env, &for_a_reason(), app.no, status)
            })
            .await;
            self.read(2).await;
        }
        for status in [PartnerStatus::Suspended, PartnerStatus::Active] {
            self.try_commit(move |s, _, env| {
                flows::staff::set_partner_status(s, env, &for_a_reason(), app.partner, status)
            })
            .await;
            self.read(1).await;
        }
    }

    /// New tokens for chains that still stand: the old ones may be cut off.
    async fn fresh(&mut self) {
        for (installation, group) in self.installations.clone() {
            let of = self.world.store.state().installation(installation).map(|one| one.app);
            let Some(app) = self.apps.iter().find(|app| Some(app.no) == of).copied() else {
                continue;
            };
            if self.rng.random_ratio(1, 3) {
                let text = self.world.seal(app, Chain::Installation(installation));
                self.token(app, text, group, false);
            }
        }
        let dead = self.tokens.len().saturating_sub(60);
        self.tokens.drain(..dead);
    }

    /// The community changes.
    async fn community(&mut self) {
        let (world, group) = (self.world, self.place());
        let person = self.member(group);
        let (id, other) = (world.person_id(person), self.member(group));
        let other = world.person_id(other);
        // What the community refuses changes nothing.
        match self.rng.random_range(0..10) {
            0..3 => drop(world.platform.leave(group, id).await),
            3..6 => {
                let anybody =
                    world.made.first_person + self.rng.random_range(0..world.made.people as i64);
                drop(world.platform.join(group, platform::PersonId::new(anybody)).await);
            }
            6 => drop(world.platform.promote(group, id).await),
            7 => drop(world.platform.demote(group, id).await),
            8 => drop(world.platform.befriend(id, other).await),
            _ => drop(world.platform.unfriend(id, other).await),
        }
    }
}

/// What is changed, and then changed back.
fn rules_event(
    state: &consent::State,
    (choice, turn): (u8, bool),
    (app, person, context, classes): (AppNo, PersonNo, ContextNo, ClassMask),
    why: Why,
) -> Option<Event> {
    Some(match (choice, turn) {
        (0, true) => {
            let (apps, selection) = (AppList::new(vec![app]), None);
            Event::AppsSuspended(AppsSuspended { apps, selection, why })
        }
        (0, false) => {
            let suspension = state.suspensions().find(|(_, one)| !one.lifted)?.0;
            Event::SuspensionLifted(SuspensionLifted { suspension, why })
        }
        (1, turn) => {
            let version = state.catalog()?.version;
            let sunset = turn.then_some(state.time());
            Event::VersionChanged(VersionChanged { version, deprecated_at: None, sunset, why })
        }
        (2, true) => Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why }),
        (2, false) => Event::ReviewPassed(ReviewPassed { app, classes: ClassMask::ALL, why }),
        (3, true) => Event::TesterAdded(TesterAdded { app, person, why }),
        (3, false) => Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why }),
        (4, sandbox) => Event::SandboxChanged(SandboxChanged { context, sandbox, why }),
        (5, turn) => Event::ChangeAudited(ChangeAudited { change: watched(state, turn)?, why }),
        (_, turn) => {
            let (status, cap) = match turn {
                true => (ProgramStatus::Experimental, Some(5)),
                false => (ProgramStatus::Live, None),
            };
            let (program, until) = (state.program_named("groups")?, None);
            Event::ProgramStatusChanged(ProgramStatusChanged { program, status, until, cap, why })
        }
    })
}

/// A change that is watched, one kind after the other; it decides nothing, so all that is decided again is the same.
fn watched(state: &consent::State, begins: bool) -> Option<Option<AuditedChange>> {
    if !begins {
        return Some(None);
    }
    Some(Some(match state.next().0 % 3 {
        0 => AuditedChange::Policy(AuditedPolicy { document: state.policy_document().to_vec() }),
        1 => AuditedChange::AgreementEnd(state.agreements().last()?.0),
        _ => AuditedChange::Program(AuditedProgram {
            program: state.program_named("groups")?,
            status: ProgramStatus::Closed,
            until: None,
            cap: None,
            exceptions: None,
        }),
    }))
}
