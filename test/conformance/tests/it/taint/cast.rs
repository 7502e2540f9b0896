//! Members in every state, apps in every state, and their tokens.

use super::community::{self, GROUPS, LEAVER};
use conformance::{App, Hand, Options, World};
use flows::Said;
use flows::staff::NewAgreement;
use ledger::{CutOffSubject, Event, Fact, SettingScope};
use model::{
    Actor, AppStatus, Chain, ClassMask, ContextNo, InstallationNo, Millis, PartnerStatus, PersonNo,
    Position, SourceNo, Timestamp, limits,
};
use oauth::sealed::AccessToken;
use sequence::Commit;
use tempfile::TempDir;

/// The token of a grant of which some classes are for one answer.
pub const ONE_TIME: &str = "grant, one time";

/// A token and what is known of it.
#[derive(Debug, Clone)]
pub struct Key {
    /// Which state it is in.
    pub label: &'static str,
    /// Whose.
    pub app: App,
    /// Its authority.
    pub chain: Chain,
    /// For whom it acts.
    pub acting: Option<PersonNo>,
    /// Issue number.
    pub issue: Position,
    /// End.
    pub expires_at: Timestamp,
    /// The token.
    pub text: String,
}

/// The world and who is in it.
pub struct Cast {
    /// The world.
    pub world: World,
    /// Every app in every state.
    pub keys: Vec<Key>,
    /// Of these so many are looked at again after every change.
    pub always: usize,
    /// The first app's installation in the first group.
    pub installation: InstallationNo,
    /// The first app.
    pub chief: App,
    pub(super) clock: Hand,
    _directory: TempDir,
}

impl Cast {
    /// The number of a person.
    pub fn person(&self, i: usize) -> PersonNo {
        self.world.person(community::person(i))
    }

    /// The number of a group.
    pub fn context(&self, g: usize) -> ContextNo {
        self.world.context(community::group(g))
    }

    /// The token in this state.
    pub fn key(&self, label: &str) -> &Key {
        self.keys.iter().find(|key| key.label == label).unwrap_or_else(|| panic!("a key `{label}`"))
    }

    /// A mask of classes by name.
    pub fn classes(&self, names: &[&str]) -> ClassMask {
        classes(&self.world, names)
    }

    /// Lets something happen that no flow of the platform in this test makes.
    pub async fn facts(&self, first: u64, facts: Vec<Fact>) {
        let batch = flows::platform::Batch {
            source: SourceNo(2),
            first,
            facts: facts.into_iter().map(Some).collect(),
        };
        self.world.commit(move |state, _, _| flows::platform::take_in(state, &batch)).await;
    }

    /// Opts in, class by class.
    pub async fn opt_in(&self, i: usize, installation: InstallationNo, names: &[&str]) {
        let (person, mask) =
            (self.person(i), if names.is_empty() { ClassMask::ALL } else { self.classes(names) });
        self.world
            .commit(move |s, lookup, env| {
                flows::person::opt_in(s, lookup, env.now, person, (installation, mask))
            })
            .await;
    }

    /// A world with nobody asked yet, and the first app enabled in the first group.
    pub async fn unasked() -> Self {
        let mut cast = Self::empty().await;
        cast.begin().await;
        cast
    }

    /// A world in which the first app is all there is, and stands nowhere.
    async fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        community::make(directory.path()).await;
        let clock = Hand::default();
        let options =
            Options { clock: Some(std::sync::Arc::new(clock.clone())), ..Options::default() };
        let world = World::at(directory.path(), options).await;
        let chief = world.app("Grouply").await;
        let installation = InstallationNo(0);
        let (keys, always) = (Vec::new(), 0);
        Self { world, keys, always, installation, chief, clock, _directory: directory }
    }

    /// The first app is enabled in the first group.
    async fn begin(&mut self) {
        self.installation = self.world.install(self.chief, community::group(0)).await;
        self.installed("installation", self.chief, self.installation);
    }

    /// Everybody in their state.
    pub async fn every_state() -> Self {
        let mut cast = Self::empty().await;
        cast.older_than_the_rest().await;
        cast.begin().await;
        cast.other_installations().await;
        cast.people_choose().await;
        cast.grants().await;
        cast.people_go().await;
        cast.ended_apps().await;
        cast.always = cast.keys.len();
        cast.by_the_rules_around().await;
        cast
    }

    /// Adds a token that ends when tokens do.
    pub(super) fn add(
        &mut self,
        label: &'static str,
        app: App,
        chain: Chain,
        acting: Option<PersonNo>,
    ) {
        let expires_at = self.world.store.now().plus(limits::ACCESS_TOKEN_LIFETIME);
        self.add_until(label, app, chain, acting, expires_at);
    }

    fn add_until(
        &mut self,
        label: &'static str,
        app: App,
        chain: Chain,
        acting: Option<PersonNo>,
        expires_at: Timestamp,
    ) {
        let issue = self.world.store.state().issue_number();
        let token = AccessToken {
            chain,
            app: app.no,
            credential: app.credential,
            issue,
            expires_at,
            family: None,
            serial: [1; 8],
        };
        let text = self.world.keyring.tokens().seal(&token).expose().clone();
        self.keys.push(Key { label, app, chain, acting, issue, expires_at, text });
    }

    pub(super) fn installed(
        &mut self,
        label: &'static str,
        app: App,
        installation: InstallationNo,
    ) {
        self.add(label, app, Chain::Installation(installation), None);
    }

    /// A grant of a person in some groups, and its token.
    pub async fn granted(&mut self, label: &'static str, app: App, i: usize, groups: &[usize]) {
        let (person, contexts) =
            (self.person(i), groups.iter().map(|g| self.context(*g)).collect::<Vec<_>>());
        let (grant, _) = self.world.grant(app, person, &contexts).await;
        self.add(label, app, Chain::Grant(grant), Some(person));
    }

    async fn other_installations(&mut self) {
        let chief = self.chief;
        let narrow = self.world.install(chief, community::group(1)).await;
        let keep =
            !self.classes(&["member.name", "group.description", "post.media", "comment.create"]);
        let admin = self.person(0);
        self.world.commit(move |s, _, _| flows::admin::narrow(s, admin, narrow, keep)).await;
        self.installed("installation, narrowed", chief, narrow);
        self.opt_in(1, narrow, &[]).await;
        let ended = self.world.install(chief, community::group(3)).await;
        self.installed("installation, disabled", chief, ended);
        self.opt_in(2, ended, &[]).await;
        self.world.commit(move |s, _, _| flows::admin::disable(s, admin, ended)).await;
        let lapsed = self.world.install(chief, community::group(4)).await;
        self.installed("installation, lapsed", chief, lapsed);
        self.opt_in(2, lapsed, &[]).await;
        let now = self.world.store.now();
        self.add_until(
            "token, expired",
            chief,
            Chain::Installation(self.installation),
            None,
            Timestamp(now.0 - 1),
        );
        let second = self.world.app("Other").await;
        let beside = self.world.install(second, community::group(0)).await;
        self.installed("second app", second, beside);
        for i in [2, 3, 6, 10] {
            self.opt_in(i, beside, &[]).await;
        }
        self.granted("second app, person", second, 3, &[0]).await;
        let bare = self.world.app("Bare").await;
        self.granted("not installed, person", bare, 2, &[0]).await;
    }

    /// What each person stands for.
    async fn people_choose(&mut self) {
        let (one, all) = (self.installation, ClassMask::ALL);
        for i in [0, 1, 2, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19] {
            self.opt_in(i, one, &[]).await;
        }
        self.opt_in(3, one, &["member.id", "member.name"]).await;
        self.opt_in(4, one, &["member.picture"]).await;
        self.opt_in(5, one, &["post.mentions", "post.tags", "reaction.person"]).await;
        self.opt_in(20, one, &["member.role"]).await;
        let (six, here) = (self.person(6), self.context(0));
        self.world.opt_out(six, one).await;
        let settings = [
            (8, SettingScope::AllApps, all),
            (9, SettingScope::Context(here), all),
            (10, SettingScope::App(self.chief.no), all),
            (11, SettingScope::AllApps, self.classes(&["member.name", "profile.name"])),
            (
                17,
                SettingScope::AllGroups,
                self.classes(&["member.id", "post.mentions", "post.media"]),
            ),
            (19, SettingScope::Context(here), self.classes(&["post.content", "member.picture"])),
        ];
        for (i, scope, blocked) in settings {
            self.world.set(self.person(i), scope, blocked).await;
        }
    }

    async fn grants(&mut self) {
        let chief = self.chief;
        self.granted("person, full", chief, 2, &[0, 1]).await;
        self.granted("person, never asked", chief, 7, &[0]).await;
        self.granted("person, no apps", chief, 8, &[0]).await;
        self.granted("person, erased", chief, 15, &[0]).await;
        self.granted("person, no groups", chief, 3, &[]).await;
        self.granted("grant, ended", chief, 3, &[0]).await;
        let (Chain::Grant(grant), three) = (self.key("grant, ended").chain, self.person(3)) else {
            unreachable!()
        };
        self.world.commit(move |s, _, _| flows::person::end_grant(s, three, grant)).await;
        let few = self.classes(&[
            "post.content",
            "group.name",
            "member.name",
            "profile.name",
            "post.create",
        ]);
        self.raw_grant("grant, few classes", 5, |made| made.classes = few).await;
        let past = Timestamp(self.world.store.now().0 - 1);
        self.raw_grant("grant, over", 4, |made| made.expires_at = past).await;
    }

    /// A grant of everything in the first group for a day, but for what is said otherwise.
    pub(super) async fn raw_grant(
        &mut self,
        label: &'static str,
        i: usize,
        otherwise: impl FnOnce(&mut ledger::GrantMade),
    ) {
        let (app, person) = (self.chief, self.person(i));
        let mut made = ledger::GrantMade {
            grant: self.world.store.state().next_grant(),
            app: app.no,
            person,
            classes: ClassMask::ALL,
            contexts: vec![self.context(0)],
            expires_at: self.world.store.now().plus(Millis::days(1)),
            why: ledger::Why::by(Actor::Person(person)),
            ends: None,
            once: None,
            purposes: None,
        };
        otherwise(&mut made);
        let grant = made.grant;
        self.happen(Event::GrantMade(made)).await;
        self.add(label, app, Chain::Grant(grant), Some(person));
    }

    /// As it stands in the log, whoever may decide it.
    pub async fn happen(&self, event: Event) {
        self.world.commit(move |_, _, _| Ok::<_, ()>(Commit::event(event.clone(), ()))).await;
    }

    async fn people_go(&mut self) {
        let platform = std::sync::Arc::clone(&self.world.platform);
        platform.leave(community::group(0), community::person(12)).await.unwrap();
        platform.leave(community::group(0), community::person(13)).await.unwrap();
        platform.join(community::group(0), community::person(13)).await.unwrap();
        platform.delete_person(community::person(14)).await.unwrap();
        platform.leave(community::group(4), community::person(LEAVER)).await.unwrap();
        // Erased for the gate, while the platform still has all of it.
        self.facts(1, vec![Fact::PersonGone(self.person(15))]).await;
    }

    /// An app enabled in the first group, a few members in, with both kinds of token.
    pub(super) async fn ready(&mut self, name: &str, labels: [&'static str; 2]) -> App {
        let app = self.world.app(name).await;
        let installation = self.world.install(app, community::group(0)).await;
        for i in [0, 2, 3] {
            self.opt_in(i, installation, &[]).await;
        }
        self.installed(labels[0], app, installation);
        self.granted(labels[1], app, 2, &[0]).await;
        app
    }

    async fn ended_apps(&mut self) {
        let incident = Some(model::EndingReason::Incident);
        let said = || Said { reason: incident, ..Said::by(Actor::Operator) };
        let app = self.ready("Suspended", ["app suspended", "app suspended, person"]).await;
        let by = said();
        self.world
            .commit(move |s, _, env| {
                flows::staff::set_app_status(s, env, &by, app.no, AppStatus::Suspended)
            })
            .await;
        let app = self.ready("Left", ["partner suspended", "partner suspended, person"]).await;
        let by = said();
        self.world
            .commit(move |s, _, env| {
                flows::staff::set_partner_status(s, env, &by, app.partner, PartnerStatus::Suspended)
            })
            .await;
        let app = self.ready("Cut", ["cut off", "cut off, person"]).await;
        let by = said();
        self.world
            .commit(move |s, _, env| flows::staff::cut_off(s, env, &by, CutOffSubject::App(app.no)))
            .await;
        let (chain, acting) = (self.key("cut off").chain, None);
        self.add("cut off, then a new token", app, chain, acting);
        let app = self.ready("Keyless", ["credential ended", "credential ended, person"]).await;
        let by = said();
        self.world
            .commit(move |s, _, env| flows::staff::end_credential(s, env, &by, app.credential))
            .await;
        let app = self.ready("Lean", ["agreement lean", "agreement lean, person"]).await;
        let without = [
            "member.name",
            "post.media",
            "group.name",
            "profile.email",
            "post.create",
            "reaction.person",
        ];
        let (without, later) =
            (self.classes(&without), self.world.store.now().plus(Millis::days(1)));
        self.agree_again(app, !without, later).await;
        let app = self.ready("Over", ["agreement over", "agreement over, person"]).await;
        let past = Timestamp(self.world.store.now().0 - 1);
        self.agree_again(app, ClassMask::ALL, past).await;
        let app = self.ready("None", ["agreements ended", "agreements ended, person"]).await;
        self.end_agreements(app).await;
    }

    async fn end_agreements(&self, app: App) {
        let ended = self.world.store.state().app(app.no).unwrap().agreements.clone();
        for agreement in ended {
            let by = Said::by(Actor::Operator);
            self.world
                .commit(move |s, _, env| flows::staff::end_agreement(s, env, &by, agreement))
                .await;
        }
    }

    async fn agree_again(&self, app: App, only: ClassMask, until: Timestamp) {
        self.end_agreements(app).await;
        for name in ["groups", "login"] {
            let (program, classes, purposes) = {
                let state = self.world.store.state();
                let (catalog, program) =
                    (state.catalog().unwrap(), state.program_named(name).unwrap());
                let all = catalog.operations.iter().filter(|one| one.program == program);
                let classes = all
                    .clone()
                    .fold(ClassMask::NONE, |mask, one| mask | one.classes | one.requires);
                (program, classes & only, all.map(|one| one.purpose).collect())
            };
            let required = ClassMask::NONE;
            let new = NewAgreement {
                terms: flows::staff::Terms::default(),
                app: app.no,
                program,
                classes,
                required,
                purposes,
                from: Timestamp(0),
                until,
            };
            let by = Said::by(Actor::Operator);
            self.world
                .commit(move |s, _, env| flows::staff::make_agreement(s, env, &by, &new))
                .await;
        }
    }
}

/// A mask of classes by name.
pub fn classes(world: &World, names: &[&str]) -> ClassMask {
    let state = world.store.state();
    let catalog = state.catalog().unwrap();
    let number = |name: &&str| {
        catalog
            .classes
            .iter()
            .find(|class| class.name == **name)
            .unwrap_or_else(|| panic!("a class `{name}`"))
            .number
    };
    names.iter().map(number).collect()
}

/// Every group.
pub fn groups() -> impl Iterator<Item = usize> {
    0..GROUPS
}
