//! A lane: a group, its people and an app or many, and one kind of ending that is given and taken again and again.

use super::kind::{Kind, Shows, Through};
use super::operator::{for_a_reason, operator};
use super::rules::Turn;
use conformance::{App, World};
use model::{
    CertificationNo, ClassMask, ContextNo, CredentialNo, GrantNo, InstallationNo, PersonNo,
};
use parking_lot::{Mutex, RwLock};
use platform::{FactsOutcome, GroupId, NewGroup, NewPerson, Outcome, PersonId, PostId};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long readers may need to see what was given.
const PATIENCE: Duration = Duration::from_secs(60);

/// One thing that a reader can ask for.
pub struct View {
    pub token: Option<Arc<str>>,
    pub path: String,
    /// What a 200 alone shows.
    pub shows: Shows,
}

/// What was given in one round.
pub struct Given {
    pub generation: usize,
    pub views: Vec<View>,
    /// Text of the post of this round.
    pub text: String,
}

/// One repetition.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Behind this position what the ending takes shows.
    pub from: u64,
    /// Behind this one the person's name does.
    pub named_from: u64,
    /// Where the ending stands.
    pub ended: u64,
    /// When the call was made.
    pub asked: Instant,
    /// When it returned.
    pub returned: Instant,
}

/// What only the ender of the lane knows.
#[derive(Clone, Default)]
struct Now {
    installations: Vec<InstallationNo>,
    grant: Option<GrantNo>,
    certification: Option<CertificationNo>,
    /// The one after the app's first.
    credential: Option<CredentialNo>,
    /// Which of the two admins stands behind the installation.
    backer: usize,
    post: Option<PostId>,
    link: Option<String>,
    program: usize,
}

pub struct Lane {
    pub kind: Kind,
    pub world: Arc<World>,
    apps: Vec<App>,
    group: GroupId,
    context: ContextNo,
    admins: [PersonId; 2],
    person: PersonId,
    member: PersonId,
    pub name: String,
    now: Mutex<Now>,
    bulk: usize,
    started: Instant,
    given: RwLock<Vec<Arc<Given>>>,
    pub rounds: Mutex<Vec<Round>>,
    /// Highest position of an answer that showed what the ending takes.
    shown: AtomicU64,
    /// Highest position of any 200 of the latest generation.
    alive: AtomicU64,
    /// When the latest request that was answered had begun, in nanoseconds after `started`.
    answered: AtomicU64,
}

fn accepted(outcome: Outcome<()>) -> Option<u64> {
    match outcome.facts {
        FactsOutcome::None => None,
        FactsOutcome::Accepted { up_to } => Some(up_to),
        FactsOutcome::Pending { .. } => panic!("the store takes facts"),
    }
}

async fn person(world: &World, first: &str, last: &str) -> PersonId {
    let new = NewPerson {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        ..NewPerson::default()
    };
    world.platform.create_person(new).await.expect("a person").value
}

impl Lane {
    /// A group of four with so many apps, and posts of 60 kB beside the one that matters.
    pub async fn start(
        world: &Arc<World>,
        kind: Kind,
        place: usize,
        apps: usize,
        bulk: usize,
    ) -> Self {
        let name = format!("Uniquely{place}q");
        let [one, two, somebody, member] =
            [("Ada", "Admin"), ("Bea", "Admin"), (name.as_str(), "Person"), ("Mo", "Member")];
        let admins = [person(world, one.0, one.1).await, person(world, two.0, two.1).await];
        let somebody = person(world, somebody.0, somebody.1).await;
        let member = person(world, member.0, member.1).await;
        let new = NewGroup {
            name: format!("Lane {place}"),
            description: String::new(),
            admin: admins[0],
        };
        let group = world.platform.create_group(new).await.expect("a group").value;
        world.platform.promote(group, admins[1]).await.expect("an admin");
        for person in [somebody, member] {
            world.platform.join(group, person).await.expect("a member");
        }
        let names: Vec<String> = (0..apps).map(|app| format!("app {place} {app}")).collect();
        let mut registered = Vec::new();
        for some in names.chunks(16) {
            let mut starting = tokio::task::JoinSet::new();
            for name in some {
                let (world, name) = (Arc::clone(world), name.clone());
                starting.spawn(async move { world.app(&name).await });
            }
            registered.extend(starting.join_all().await);
        }
        let lane = Self {
            kind,
            apps: registered,
            context: world.context(group),
            group,
            admins,
            person: somebody,
            member,
            name,
            now: Mutex::default(),
            bulk,
            started: Instant::now(),
            given: RwLock::default(),
            rounds: Mutex::default(),
            shown: AtomicU64::new(0),
            alive: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            world: Arc::clone(world),
        };
        lane.settle().await;
        lane
    }

    async fn settle(&self) {
        for _ in 0..self.bulk {
            self.write(&"long ".repeat(12_000)).await;
        }
        self.post("first").await;
        self.certify().await;
        self.install().await;
        if kind_opts_in_at_once(self.kind) {
            let installations = self.now.lock().installations.clone();
            for installation in installations {
                self.world.opt_in(self.number(self.person), installation).await;
            }
        }
        self.grant().await;
        self.prepare().await;
        self.see("first").await;
    }

    fn number(&self, person: PersonId) -> PersonNo {
        self.world.person(person)
    }

    pub(super) fn app(&self) -> App {
        self.with_credential(self.apps[0])
    }

    fn with_credential(&self, app: App) -> App {
        let credential = self.now.lock().credential.unwrap_or(app.credential);
        App { credential, ..app }
    }

    pub(super) fn certification(&self) -> CertificationNo {
        self.now.lock().certification.expect("a certification")
    }

    pub(super) fn current_grant(&self) -> GrantNo {
        self.now.lock().grant.expect("a grant")
    }

    pub(super) fn tester(&self) -> PersonNo {
        self.number(self.person)
    }

    pub(super) fn installation(&self) -> InstallationNo {
        self.now.lock().installations[0]
    }

    async fn install(&self) -> u64 {
        let (admin, context, now) =
            (self.number(self.admins[0]), self.context, self.world.store.now());
        let (mut made, mut position) = (Vec::new(), 0);
        for app in &self.apps {
            let app = app.no;
            let done = self
                .world
                .commit(move |s, _, _| {
                    flows::admin::enable(s, now, admin, app, &[context], ClassMask::ALL)
                })
                .await;
            made.extend(done.reply);
            position = done.position.0;
        }
        self.now.lock().installations = made;
        position
    }

    /// The partner's statement for everything, whether the rules ask for one or not.
    async fn certify(&self) -> u64 {
        let (purpose, from, until) = {
            let state = self.world.store.state();
            let catalog = state.catalog().expect("a catalog");
            let found = catalog.purposes.iter().find(|one| one.name == "group-management");
            let now = self.world.store.now();
            (found.expect("a purpose").number, now, now.plus(model::Millis::days(300)))
        };
        let classes = self.known_classes();
        let new =
            flows::staff::NewCertification { app: self.app().no, classes, purpose, from, until };
        let said = operator();
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::certify(s, env, &said, &new)
        };
        let done = self.world.commit(flow).await;
        self.now.lock().certification = Some(done.reply);
        done.position.0
    }

    fn known_classes(&self) -> ClassMask {
        let state = self.world.store.state();
        state.catalog().expect("a catalog").classes.iter().map(|class| class.number).collect()
    }

    /// A second secret for the app, from which on its tokens are asked for with that.
    async fn second_credential(&self) -> u64 {
        let (said, app) = (operator(), self.app().no);
        let until = self.world.store.now().plus(model::Millis::days(300));
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::make_credential(s, env, &said, app, [8; 32], until)
        };
        let done = self.world.commit(flow).await;
        self.now.lock().credential = Some(done.reply);
        done.position.0
    }

    /// The same grant as the person would make it anew.
    async fn grant_anew(&self, classes: ClassMask) -> u64 {
        let grant = self.current_grant();
        self.happen(move |state, _| {
            let found = state.grant(grant).expect("a grant");
            ledger::Event::GrantMade(ledger::GrantMade {
                grant,
                app: found.app,
                person: found.person,
                classes,
                contexts: found.contexts.clone(),
                expires_at: found.expires_at,
                why: ledger::Why::by(model::Actor::Person(found.person)),
                ends: None,
                once: None,
                purposes: None,
            })
        })
        .await
    }

    fn classes(&self, names: &[&str]) -> ClassMask {
        let state = self.world.store.state();
        let classes = &state.catalog().expect("a catalog").classes;
        let named = classes.iter().filter(|class| names.contains(&class.name.as_str()));
        named.map(|class| class.number).collect()
    }

    async fn grant(&self) -> u64 {
        let member = self.number(self.member);
        let (grant, _) = self.world.grant(self.app(), member, &[self.context]).await;
        self.now.lock().grant = Some(grant);
        self.world.store.state().revision().0 - 1
    }

    async fn write(&self, text: &str) -> Value {
        let path = format!("/groups/{}/posts", self.group);
        self.upstream(&path, &json!({ "text": text })).await
    }

    async fn upstream(&self, path: &str, body: &Value) -> Value {
        let request = platform::UpstreamRequest::post(path, self.person, body.to_string());
        let answer = self.world.platform.upstream().call(request).await.expect("the platform");
        assert_eq!(answer.status.as_u16(), 201, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).expect("json")
    }

    /// A post of the person with a photo and a comment.
    async fn post(&self, text: &str) {
        let media = json!([{ "kind": "video", "content_type": "video/mp4",
            "data": "QUJD".repeat(64 + self.bulk * 32_768) }]);
        let path = format!("/groups/{}/posts", self.group);
        let body = json!({ "text": format!("{text} in a post"), "media": media });
        let post = self.upstream(&path, &body).await;
        let id = post["id"].as_str().expect("an id").to_owned();
        let comment = json!({ "text": format!("{text} in a comment") });
        self.upstream(&format!("/posts/{id}/comments"), &comment).await;
        self.now.lock().post = Some(id.parse().expect("an id"));
    }

    /// Makes what stands now the latest generation, and lets readers at it.
    async fn see(&self, text: &str) {
        let now = self.now.lock().clone();
        let mut views = Vec::new();
        for (app, installation) in self.apps.iter().zip(&now.installations) {
            let app = self.with_credential(*app);
            let mut token = self.world.installation_token(app, *installation);
            let mut paths = self.paths(app, &token, text).await;
            let through = self.kind.through();
            if through == Through::Both {
                self.views(&mut views, &token, &paths, Shows::INSTALLATION);
            }
            if app == self.app()
                && let Some(grant) = now.grant
            {
                let own = self.world.seal(app, model::Chain::Grant(grant));
                if through == Through::GrantToPosts {
                    // The fourth is the post's own.
                    paths = vec![paths.swap_remove(3)];
                }
                self.views(&mut views, &own, &paths, Shows::PERSON);
                if through != Through::Both {
                    token = own;
                }
            }
            if let Some(path) = self.link(&token, &paths).await {
                views.push(View { token: None, path: path.clone(), shows: Shows::LINK });
                self.now.lock().link = Some(path);
            }
        }
        let mut given = self.given.write();
        let generation = given.len();
        given.push(Arc::new(Given { generation, views, text: text.to_owned() }));
    }

    fn views(&self, views: &mut Vec<View>, token: &str, paths: &[String], shows: Shows) {
        let token: Arc<str> = token.into();
        views.extend(paths.iter().map(|path| View {
            token: Some(Arc::clone(&token)),
            path: path.clone(),
            shows,
        }));
    }

    /// The paths of an app into the group; found by reading, as a partner would.
    async fn paths(&self, app: App, token: &str, text: &str) -> Vec<String> {
        let known = self.given.read().last().map(|given| (given.text.clone(), Arc::clone(given)));
        let group = self.world.group_name(app, self.group);
        let mut paths = vec![
            format!("/v1/groups/{group}"),
            format!("/v1/groups/{group}/posts?limit=20"),
            format!("/v1/groups/{group}/members"),
        ];
        if let Some((known, given)) = known
            && known == text
        {
            // Pairwise ids stay what they are.
            let mine = given.views.iter().map(|view| view.path.clone());
            let mine = mine.filter(|path| path.starts_with("/v1/posts/")).collect::<Vec<_>>();
            if self.apps.len() == 1 {
                paths.extend(mine.into_iter().take(2));
                return paths;
            }
        }
        if self.apps.len() > 1 {
            return paths;
        }
        let page = self.world.get(&paths[1], token).await;
        assert_eq!(page.status, 200, "{:?} {}", self.kind, page.text());
        let page = page.json();
        let mut items = page["items"].as_array().expect("items").iter();
        let wanted = format!("{text} in a post");
        let post = items.find(|post| post["text"] == wanted.as_str()).expect("the post");
        let id = post["id"].as_str().expect("an id");
        paths.push(format!("/v1/posts/{id}"));
        paths.push(format!("/v1/posts/{id}/comments"));
        paths
    }

    /// A link to the post's photo.
    async fn link(&self, token: &str, paths: &[String]) -> Option<String> {
        let path = paths.iter().find(|path| path.starts_with("/v1/posts/"))?;
        let post = self.world.get(path, token).await;
        let post = post.json();
        let text = post["media"].to_string();
        let at = text.find("/v1/media/").unwrap_or_else(|| panic!("no media in {post}"));
        Some(text[at..].split('"').next().unwrap_or_default().to_owned())
    }

    /// What a reader asks next: mostly what was given last, sometimes what was given before.
    pub fn pick(&self, random: u64) -> (Arc<Given>, usize) {
        let given = self.given.read();
        let last = given.len() - 1;
        let random = usize::try_from(random % (1 << 31)).unwrap_or_default();
        let one = if random.is_multiple_of(4) { (random / 4) % given.len() } else { last };
        let given = Arc::clone(&given[one]);
        let view = (random / 1_024) % given.views.len();
        (given, view)
    }

    /// A reader tells what it got.
    pub fn note(&self, generation: usize, begun: Instant, shows: Shows, position: Option<u64>) {
        let begun = begun.saturating_duration_since(self.started).as_nanos();
        self.answered.fetch_max(u64::try_from(begun).unwrap_or(u64::MAX), Ordering::SeqCst);
        if let Some(position) = position {
            let latest = generation + 1 == self.given.read().len();
            if latest {
                self.alive.fetch_max(position, Ordering::SeqCst);
            }
            if latest && shows.has(self.kind.mark()) {
                self.shown.fetch_max(position, Ordering::SeqCst);
            }
        }
    }

    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "{:?}: readers never {what}", self.kind);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn until_alive(&self, from: u64) {
        self.until("came in", || self.alive.load(Ordering::SeqCst) > from).await;
    }

    async fn until_answered(&self, since: Instant) {
        let since = since.saturating_duration_since(self.started).as_nanos();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.until("asked", || self.answered.load(Ordering::SeqCst) > since).await;
    }

    /// One repetition among readers.
    pub async fn round(&self, round: usize) {
        let (from, named_from) = self.give(round, Readers::AreThere).await;
        let visible = match from.max(named_from) {
            0 => self.world.store.state().revision().0.saturating_sub(1),
            from => from,
        };
        self.until("saw it", || self.shown.load(Ordering::SeqCst) > visible).await;
        // At another moment of the readers' requests each time.
        tokio::time::sleep(Duration::from_micros((round as u64 * 7_919) % 3_000)).await;
        let asked = Instant::now();
        let ended = self.take().await;
        let returned = Instant::now();
        self.rounds.lock().push(Round { from, named_from, ended, asked, returned });
        self.until_answered(returned).await;
    }

    /// Gives again what the ending takes. Returns from where it shows, and from where the person's name does.
    pub async fn give(&self, round: usize, readers: Readers) -> (u64, u64) {
        let (world, person) = (&self.world, self.number(self.person));
        let text = format!("text{round}q");
        let from = match self.kind {
            Kind::OptOut => world.opt_in(person, self.installation()).await,
            Kind::SettingAllApps
            | Kind::SettingApp
            | Kind::SettingGroup
            | Kind::SettingAllGroups
            | Kind::SettingFriends
            | Kind::SettingBeyond => world.set(person, self.scope(), ClassMask::NONE).await,
            Kind::CertificationEnded if round > 0 => self.certify().await,
            Kind::AgreementEnded if round > 0 => {
                // What an agreement covers shows behind it, and this is before it.
                let from = world.store.state().revision().0;
                let until = world.store.now().plus(model::Millis::days(300));
                world.agree(self.app().no, "groups", until).await;
                from
            }
            Kind::CredentialEnded if round > 0 => self.second_credential().await,
            Kind::GrantNarrowed if round > 0 => self.grant_anew(ClassMask::ALL).await,
            Kind::CatalogActivated if round > 0 => {
                world.adopt(platform::CATALOG_JSON.to_owned()).await
            }
            Kind::InstallationNarrowed => {
                let mut from = 0;
                if round > 0 {
                    self.disable().await;
                    from = self.install().await;
                }
                let named_from = world.opt_in(person, self.installation()).await;
                self.see("first").await;
                return (from, named_from);
            }
            Kind::MemberGone => {
                if round > 0 {
                    world.platform.join(self.group, self.person).await.expect("a member");
                    let joined = Instant::now();
                    if readers == Readers::AreThere {
                        self.until_answered(joined).await;
                    }
                }
                world.opt_in(person, self.installation()).await
            }
            Kind::RuleChange => world.activate(conformance::POLICY_BEFORE).await,
            Kind::SuspendedWithOthers if round > 0 => self.rules(Turn::Give).await,
            Kind::ExceptionEnded
            | Kind::ExperimentClosed
            | Kind::SunsetNow
            | Kind::TesterRemoved
            | Kind::ReviewWithdrawn => self.rules(Turn::Give).await,
            Kind::AppSuspended => self.app_status(model::AppStatus::Active).await,
            Kind::PartnerSuspended => self.partner_status(model::PartnerStatus::Active).await,
            Kind::GrantEnded if round > 0 => self.grant().await,
            Kind::PostDeleted => {
                let from = world.store.state().revision().0;
                self.post(&text).await;
                from
            }
            Kind::Demoted if round > 0 => self.confirm(readers).await,
            Kind::ProgramClosed if round > 0 => self.open_program().await,
            Kind::Disabled => {
                let from = if round > 0 { self.install().await } else { 0 };
                self.see("first").await;
                if readers == Readers::AreThere {
                    // Long enough for an old opt-in to show, if it did.
                    self.until_alive(from).await;
                }
                let named_from = world.opt_in(person, self.installation()).await;
                return (from, named_from);
            }
            Kind::GrantEnded
            | Kind::Demoted
            | Kind::SuspendedWithOthers
            | Kind::ProgramClosed
            | Kind::CertificationEnded
            | Kind::AgreementEnded
            | Kind::CredentialEnded
            | Kind::GrantNarrowed
            | Kind::CatalogActivated
            | Kind::CutOffApp
            | Kind::CutOffPartner
            | Kind::CutOffInstallation
            | Kind::CutOffGrant
            | Kind::CutOffPlatform => 0,
        };
        self.see(if self.kind == Kind::PostDeleted { &text } else { "first" }).await;
        (from, from)
    }

    /// Ends it, as its caller would, and returns where.
    pub async fn take(&self) -> u64 {
        self.take_from(None).await
    }

    /// Ends it from a connection of the gate's own.
    pub async fn take_from(&self, own: Option<u64>) -> u64 {
        let (world, person) = (&self.world, self.number(self.person));
        let installation = self.installation();
        let fact = match self.kind {
            Kind::OptOut => {
                let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
                    flows::person::opt_out(s, person, installation, ClassMask::ALL)
                };
                let done = world.store.commit(store::Urgency::Ending, own, flow).await;
                return done.expect("the log takes it").expect("allowed").position.0;
            }
            Kind::SettingAllApps
            | Kind::SettingApp
            | Kind::SettingGroup
            | Kind::SettingAllGroups
            | Kind::SettingFriends
            | Kind::SettingBeyond => {
                return world.set(person, self.scope(), ClassMask::ALL).await;
            }
            Kind::SunsetNow => return self.rules(Turn::Take).await,
            Kind::RuleChange
            | Kind::CatalogActivated
            | Kind::AppSuspended
            | Kind::PartnerSuspended
            | Kind::SuspendedWithOthers
            | Kind::ProgramClosed
            | Kind::ExperimentClosed
            | Kind::ExceptionEnded
            | Kind::TesterRemoved
            | Kind::ReviewWithdrawn
            | Kind::CertificationEnded
            | Kind::AgreementEnded
            | Kind::CredentialEnded
            | Kind::CutOffApp
            | Kind::CutOffPartner
            | Kind::CutOffInstallation
            | Kind::CutOffGrant
            | Kind::CutOffPlatform => return self.end_as_staff().await,
            Kind::GrantNarrowed => {
                let written = ["post.content", "post.media", "comment.content", "member.name"];
                return self.grant_anew(!self.classes(&written)).await;
            }
            Kind::InstallationNarrowed => {
                let (admin, keep) = (self.number(self.admins[0]), !self.classes(&["member.name"]));
                let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
                    flows::admin::narrow(s, admin, installation, keep)
                };
                return world.commit(flow).await.position.0;
            }
            Kind::GrantEnded => {
                let (grant, member) = (self.current_grant(), self.number(self.member));
                let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
                    flows::person::end_grant(s, member, grant)
                };
                return world.commit(flow).await.position.0;
            }
            Kind::Disabled => return self.disable().await,
            Kind::MemberGone => world.platform.leave(self.group, self.person).await,
            Kind::Demoted => {
                let backer = self.admins[self.now.lock().backer];
                world.platform.demote(self.group, backer).await
            }
            Kind::PostDeleted => {
                let post = self.now.lock().post.expect("a post");
                world.platform.delete_post(post).await
            }
        };
        let fact = accepted(fact.expect("a change")).expect("a fact");
        world.placed.position(fact).expect("a position")
    }

    fn scope(&self) -> ledger::SettingScope {
        match self.kind {
            Kind::SettingApp => ledger::SettingScope::App(self.app().no),
            Kind::SettingGroup => ledger::SettingScope::Context(self.context),
            Kind::SettingBeyond => ledger::SettingScope::Beyond,
            Kind::SettingAllGroups => ledger::SettingScope::AllGroups,
            Kind::SettingFriends => ledger::SettingScope::Friends,
            _ => ledger::SettingScope::AllApps,
        }
    }

    async fn app_status(&self, status: model::AppStatus) -> u64 {
        let (said, app) = (for_a_reason(), self.app().no);
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::set_app_status(s, env, &said, app, status)
        };
        self.world.commit(flow).await.position.0
    }

    async fn partner_status(&self, status: model::PartnerStatus) -> u64 {
        let (said, partner) = (for_a_reason(), self.app().partner);
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::set_partner_status(s, env, &said, partner, status)
        };
        self.world.commit(flow).await.position.0
    }

    async fn disable(&self) -> u64 {
        let (admin, installation) = (self.number(self.admins[0]), self.installation());
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            flows::admin::disable(s, admin, installation)
        };
        self.world.commit(flow).await.position.0
    }

    /// What must be so before the first round.
    async fn prepare(&self) {
        for event in self.stage().before(self.kind) {
            self.happen(move |_, _| event.clone()).await;
        }
    }

    /// Gives or takes by an event of the rules around the gate.
    async fn rules(&self, turn: Turn) -> u64 {
        let (stage, kind) = (self.stage(), self.kind);
        self.happen(move |state, now| stage.event(kind, turn, state, now)).await
    }

    fn stage(&self) -> super::rules::Stage {
        super::rules::Stage {
            app: self.app().no,
            program: self.world.store.state().program_named("groups").expect("a program"),
            people: [self.person, self.admins[0], self.admins[1], self.member]
                .map(|person| self.number(person)),
        }
    }

    /// As it stands in the log, whoever may decide it.
    async fn happen(
        &self,
        event: impl Fn(&consent::State, model::Timestamp) -> ledger::Event + Send + 'static,
    ) -> u64 {
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            Ok::<_, std::convert::Infallible>(sequence::Commit::event(event(s, env.now), ()))
        };
        self.world.commit(flow).await.position.0
    }

    /// The demoted admin comes back, which revives nothing; then the other one confirms.
    async fn confirm(&self, readers: Readers) -> u64 {
        let backer = self.now.lock().backer;
        self.world.platform.promote(self.group, self.admins[backer]).await.expect("an admin");
        let promoted = Instant::now();
        if readers == Readers::AreThere {
            self.until_answered(promoted).await;
        }
        let other = 1 - backer;
        self.now.lock().backer = other;
        let (admin, installation, now) =
            (self.number(self.admins[other]), self.installation(), self.world.store.now());
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            flows::admin::confirm(s, now, admin, installation)
        };
        self.world.commit(flow).await.position.0
    }

    pub(super) fn program(&self) -> String {
        match self.now.lock().program {
            0 => "groups".to_owned(),
            number => format!("groups-{number}"),
        }
    }

    /// Closed is final: the operations move to a new program, with new agreements.
    async fn open_program(&self) -> u64 {
        self.now.lock().program += 1;
        let program = self.program();
        let text = platform::CATALOG_JSON;
        let text =
            text.replace("\"x-program\": \"groups\"", &format!("\"x-program\": \"{program}\""));
        let mut document: Value = serde_json::from_str(&text).expect("json");
        document["x-programs"][&program] = json!({ "title": format!("Groups, {program}") });
        self.world.adopt(document.to_string()).await;
        self.world.set_program(&program, model::ProgramStatus::Live).await;
        let from = self.world.store.state().revision().0;
        let until = self.world.store.now().plus(model::Millis::days(300));
        for app in &self.apps {
            self.world.agree(app.no, &program, until).await;
        }
        from
    }

    /// A large answer that shows what the ending takes: a page, or the bytes behind a link.
    pub fn large(&self, of: Large) -> (String, Option<String>) {
        let given = Arc::clone(self.given.read().last().expect("something given"));
        let is_grants = matches!(self.kind, Kind::GrantEnded | Kind::CutOffGrant)
            || self.kind.through() != Through::Both;
        let wanted = if is_grants { Shows::PERSON } else { Shows::INSTALLATION };
        let view = given.views.iter().find(|view| match of {
            Large::Page => view.shows == wanted && view.path.contains("/posts?"),
            Large::Media => view.token.is_none(),
        });
        let view = view.expect("a view");
        (view.path.clone(), view.token.as_deref().map(str::to_owned))
    }
}

/// Whether readers run beside, so that it can be waited for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    AreThere,
    None,
}

/// Which large answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Large {
    Page,
    Media,
}

/// Whether the person's opt-in stands from the beginning, and is no part of the rounds.
const fn kind_opts_in_at_once(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::OptOut
            | Kind::Disabled
            | Kind::InstallationNarrowed
            | Kind::MemberGone
            | Kind::RuleChange
            // Nobody is asked there.
            | Kind::SettingFriends
    )
}
