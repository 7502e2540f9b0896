//! Apps in a world: registered, agreed, installed, with tokens.

use crate::world::World;
use flows::Said;
use flows::staff::{NewAgreement, NewApp};
use model::{
    Actor, AppNo, Chain, ClassMask, ContextNo, CredentialNo, GrantNo, IdentifierKind,
    InstallationNo, Millis, PartnerNo, PersonNo, Position, PurposeNo, Timestamp, limits,
};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::AccessToken;
use platform::GroupId;

/// A registered app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct App {
    /// Its number.
    pub no: AppNo,
    /// Whose.
    pub partner: PartnerNo,
    /// Its credential.
    pub credential: CredentialNo,
}

impl World {
    /// Registers a partner with one confidential app that may have everything in both programs.
    pub async fn app(&self, name: &str) -> App {
        let (said, legal) = (Said::by(Actor::Operator), format!("{name} Ltd"));
        let partner = self
            .commit(move |s, _, env| flows::staff::make_partner(s, env, &said, &legal))
            .await
            .reply;
        let said = Said::by(Actor::Operator);
        let new = NewApp {
            partner,
            name: name.to_owned(),
            public: false,
            redirects: Vec::new(),
            reviewed: model::ClassMask::ALL,
        };
        let no =
            self.commit(move |s, _, env| flows::staff::make_app(s, env, &said, &new)).await.reply;
        let (said, until) = (Said::by(Actor::Operator), self.store.now().plus(Millis::days(365)));
        let credential = self
            .commit(move |s, _, env| {
                flows::staff::make_credential(s, env, &said, no, [7; 32], until)
            })
            .await
            .reply;
        for program in ["groups", "login"] {
            self.agree(no, program, until).await;
        }
        App { no, partner, credential }
    }

    /// The first app of a world that was woken.
    #[must_use]
    pub fn known_app(&self) -> Option<App> {
        let state = self.store.state();
        let (no, app) = state.apps().next()?;
        Some(App { no, partner: app.partner, credential: *app.credentials.first()? })
    }

    /// Agrees with an app's partner that it may have everything in a program.
    pub async fn agree(&self, app: AppNo, program: &str, until: Timestamp) {
        let (program, classes, purposes) = {
            let state = self.store.state();
            let catalog = state.catalog().expect("a catalog");
            let program = state.program_named(program).expect("a program");
            let operations = || catalog.operations.iter().filter(|one| one.program == program);
            let classes =
                operations().fold(ClassMask::NONE, |mask, one| mask | one.classes | one.requires);
            let purposes: Vec<PurposeNo> = operations().map(|one| one.purpose).collect();
            (program, classes, purposes)
        };
        let said = Said::by(Actor::Operator);
        let new = NewAgreement {
            terms: flows::staff::Terms::default(),
            app,
            program,
            classes,
            required: ClassMask::NONE,
            purposes,
            from: Timestamp(0),
            until,
        };
        self.commit(move |s, _, env| flows::staff::make_agreement(s, env, &said, &new)).await;
    }

    /// The first admin of a group.
    #[must_use]
    pub fn admin(&self, group: GroupId) -> PersonNo {
        let context = self.context(group);
        *self.store.state().context(context).expect("a context").admins().first().expect("an admin")
    }

    /// Has the group's first admin enable an app there, with everything that it may have.
    pub async fn install(&self, app: App, group: GroupId) -> InstallationNo {
        let (admin, context, now) = (self.admin(group), self.context(group), self.store.now());
        self.commit(move |s, _, _| {
            flows::admin::enable(s, now, admin, app.no, &[context], ClassMask::ALL)
        })
        .await
        .reply
        .first()
        .copied()
        .expect("an installation")
    }

    /// An installation token, as the token endpoint would seal it.
    #[must_use]
    pub fn installation_token(&self, app: App, installation: InstallationNo) -> String {
        self.seal(app, Chain::Installation(installation))
    }

    /// Grants an app everything in these groups, in a person's name, and gives a token of the grant.
    pub async fn grant(
        &self,
        app: App,
        person: PersonNo,
        contexts: &[ContextNo],
    ) -> (GrantNo, String) {
        let mut contexts = contexts.to_vec();
        contexts.sort_unstable();
        let until = self.store.now().plus(limits::GRANT_LIFETIME_DEFAULT);
        let grant = self
            .commit(move |state, _, _| {
                let grant = state.next_grant();
                let event = ledger::GrantMade {
                    grant,
                    app: app.no,
                    person,
                    classes: ClassMask::ALL,
                    contexts: contexts.clone(),
                    expires_at: until,
                    why: ledger::Why::by(Actor::Person(person)),
                    ends: None,
                    once: None,
                    purposes: None,
                };
                Ok::<_, ()>(sequence::Commit::event(ledger::Event::GrantMade(event), grant))
            })
            .await
            .reply;
        (grant, self.seal(app, Chain::Grant(grant)))
    }

    /// A token of a chain, as the token endpoint would seal it.
    #[must_use]
    pub fn seal(&self, app: App, chain: Chain) -> String {
        let issue: Position = self.store.state().issue_number();
        let token = AccessToken {
            chain,
            app: app.no,
            credential: app.credential,
            issue,
            expires_at: self.store.now().plus(limits::ACCESS_TOKEN_LIFETIME),
            family: None,
            serial: [1; 8],
        };
        self.keyring.tokens().seal(&token).expose().clone()
    }

    /// What a group is called for an app.
    #[must_use]
    pub fn group_name(&self, app: App, group: GroupId) -> String {
        let key = PairwiseKey::derive(self.keyring.pairwise(), app.no);
        key.seal(IdentifierKind::Group, self.context(group).0.into()).to_string()
    }
}
