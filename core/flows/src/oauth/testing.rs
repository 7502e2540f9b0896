//! A small world for tests of these flows: one partner, a confidential and a public app, two groups, two people.

use super::Server;
use super::authorize::{self, Choice};
use super::token::{self, Exchanged, Refusal};
use consent::{Policy, State};
use ledger::{
    AgreementMade, AppMade, Assigned, CatalogActivated, CredentialMade, Event, Fact, Facts,
    PartnerMade, Payload, PolicyActivated, ProgramStatusChanged, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, CredentialNo, Env, Millis,
    PartnerNo, PersonNo, ProgramStatus, PurposeNo, Secret, SourceNo, Timestamp,
};
use oauth::client_auth::{SecretDigest, secret_text};
use oauth::resource::{Issuer, ResourceUri};
use oauth::sealed::{KeyId, TokenKeys};
use oauth::token::{TokenRequest, TokenResponse};
use sequence::{Commit, Lookup, NameOf};
use std::collections::BTreeSet;

pub(crate) const CONFIDENTIAL: AppNo = AppNo(1);
pub(crate) const PUBLIC: AppNo = AppNo(2);
pub(crate) const CREDENTIAL: CredentialNo = CredentialNo(1);
/// Admin of the first group.
pub(crate) const ADA: PersonNo = PersonNo(0);
/// Member of the first group.
pub(crate) const BOB: PersonNo = PersonNo(1);
pub(crate) const GROUP: ContextNo = ContextNo(0);
/// A group that neither belongs to.
pub(crate) const ELSEWHERE: ContextNo = ContextNo(1);
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const REDIRECT: &str = "https://app.example/back";

const CATALOG: &str = r#"{"openapi": "3.1.0", "info": {"title": "Small", "version": "2026-11-01"}, "x-bailment": 1,
    "x-programs": {"groups": {"title": "Groups"}},
    "x-purposes": {"group-management": {"title": "Managing groups"}},
    "x-data-classes": {
        "group.name": {"title": "Name", "text": "Name", "sensitivity": 0, "about": "nobody", "needs": ["installation"]},
        "post.content": {"title": "Posts", "text": "Posts", "sensitivity": 2, "needs": ["installation"]},
        "member.name": {"title": "Names", "text": "Names", "sensitivity": 2, "needs": ["installation", "opt-in"]},
        "secret.class": {"title": "None", "text": "Covered by nothing", "sensitivity": 2, "needs": []}},
    "paths": {"/groups": {"get": {"operationId": "groups", "x-program": "groups", "x-purpose": "group-management",
        "responses": {"204": {"description": "Nothing."}}}}}}"#;

pub(crate) struct World {
    pub state: State,
    pub now: Timestamp,
    pub members: BTreeSet<(PersonNo, ContextNo)>,
    issuer: Issuer,
    resource: ResourceUri,
    keys: TokenKeys,
    pairwise: Secret<[u8; 32]>,
    seeds: u8,
}

impl Lookup for World {
    fn is_member(&self, person: PersonNo, context: ContextNo) -> bool {
        self.members.contains(&(person, context))
    }

    fn details(&self, _: NameOf) -> Option<[u8; 32]> {
        None
    }
}

pub(crate) fn why() -> Why {
    Why::by(Actor::Operator)
}

impl World {
    pub fn new() -> Self {
        let mut world = Self {
            state: State::default(),
            now: Timestamp(1_795_262_400_000),
            members: [(ADA, GROUP), (BOB, GROUP)].into(),
            issuer: Issuer::parse("https://id.example").unwrap(),
            resource: ResourceUri::parse("https://api.example/v1").unwrap(),
            keys: TokenKeys::new(KeyId(1), [(1, Secret::new([1; 32]))].into()).unwrap(),
            pairwise: Secret::new([2; 32]),
            seeds: 0,
        };
        world.documents();
        world.registry();
        let facts = vec![
            Fact::Person(ADA),
            Fact::Person(BOB),
            Fact::Context(GROUP, ContextKind::Group),
            Fact::Context(ELSEWHERE, ContextKind::Group),
            Fact::Admin(ADA, GROUP),
        ];
        world.facts(facts);
        world
    }

    fn documents(&mut self) {
        let document = catalog::Document::parse(CATALOG.as_bytes()).unwrap();
        let new = document.new_names(self.state.numbering()).unwrap();
        let assigned = |names: Vec<(&String, u32)>| {
            let mut list: Vec<_> = names
                .into_iter()
                .map(|(name, number)| Assigned { name: name.clone(), number })
                .collect();
            list.sort_by_key(|one| one.number);
            list
        };
        self.happen(Event::CatalogActivated(CatalogActivated {
            document: document.canonical(),
            classes: assigned(new.classes.iter().map(|(n, c)| (n, c.number().into())).collect()),
            operations: assigned(new.operations.iter().map(|(n, c)| (n, c.0.into())).collect()),
            purposes: assigned(new.purposes.iter().map(|(n, c)| (n, c.0.into())).collect()),
            programs: assigned(new.programs.iter().map(|(n, c)| (n, c.0.into())).collect()),
            why: why(),
            keeps: None,
        }));
        let policy =
            r#"{"policy": "all", "title": "All", "programs": {"groups": {"classes": {}}}}"#;
        let document = Policy::parse(policy.as_bytes()).unwrap().canonical();
        self.happen(Event::PolicyActivated(PolicyActivated { document, why: why() }));
    }

    fn registry(&mut self) {
        let program = self.state.program_named("groups").unwrap();
        self.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
            program,
            status: ProgramStatus::Live,
            why: why(),
            until: None,
            cap: None,
        }));
        self.happen(Event::PartnerMade(PartnerMade {
            partner: PartnerNo(1),
            why: why(),
            details: None,
        }));
        for (app, public) in [(CONFIDENTIAL, false), (PUBLIC, true)] {
            let redirects = vec![REDIRECT.to_owned()];
            let partner = PartnerNo(1);
            self.happen(Event::AppMade(AppMade {
                app,
                partner,
                public,
                redirects,
                why: why(),
                details: None,
                category: None,
                reviewed: None,
            }));
            let purposes: Vec<PurposeNo> =
                self.state.numbering().purposes.values().copied().collect();
            self.happen(Event::AgreementMade(AgreementMade {
                agreement: AgreementNo(app.0),
                app,
                program,
                classes: self.classes("group.name post.content member.name"),
                required: self.classes("group.name post.content"),
                purposes,
                from: Timestamp(0),
                until: Timestamp::NEVER,
                why: why(),
                retention: None,
                anonymise_by: None,
                terms: None,
            }));
        }
        self.happen(Event::CredentialMade(CredentialMade {
            credential: CREDENTIAL,
            app: CONFIDENTIAL,
            digest: *SecretDigest::of(&[9; 32]).as_bytes(),
            expires_at: Timestamp::NEVER,
            why: why(),
            key: None,
        }));
    }

    pub fn facts(&mut self, facts: Vec<Fact>) {
        let up_to = self.state.next().0;
        self.happen(Event::Facts(Facts { source: SourceNo(1), up_to, facts }));
    }

    pub fn happen(&mut self, event: Event) {
        self.now = self.now.plus(Millis(1));
        let at = self.state.next();
        self.state
            .apply(at, self.now, &Payload::Control(event.clone()))
            .unwrap_or_else(|error| panic!("{error}: {event:?}"));
    }

    pub fn commit<R>(&mut self, commit: Commit<R>) -> R {
        commit.events.into_iter().for_each(|event| self.happen(event));
        commit.reply
    }

    pub fn classes(&self, names: &str) -> ClassMask {
        super::terms::classes(&self.state, &names.parse().unwrap()).unwrap()
    }

    pub fn server(&self) -> Server<'_> {
        Server {
            issuer: &self.issuer,
            resource: &self.resource,
            keys: &self.keys,
            pairwise: &self.pairwise,
        }
    }

    pub fn env(&mut self) -> Env {
        self.seeds = self.seeds.wrapping_add(1);
        Env::new(self.now, [self.seeds; 32])
    }

    pub fn query(app: AppNo, more: &str) -> String {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        format!(
            "response_type=code&client_id={app}&code_challenge={challenge}&code_challenge_method=S256{more}"
        )
    }

    pub fn choice(&self, person: PersonNo) -> Choice {
        Choice {
            person,
            classes: self.classes("group.name post.content"),
            contexts: vec![GROUP],
            install: Vec::new(),
            duration: None,
            once: ClassMask::NONE,
        }
    }

    pub fn give(
        &mut self,
        query: &str,
        choice: &Choice,
    ) -> Result<Secret<String>, authorize::GiveRefusal> {
        let env = self.env();
        let request = authorize::read(query, &self.state)?;
        let commit = authorize::give(&request, choice, &self.server(), &self.state, self, &env)?;
        Ok(self.commit(commit))
    }

    /// A person authorizes an app; the code.
    pub fn code(&mut self, app: AppNo, person: PersonNo) -> String {
        let choice = self.choice(person);
        let url = self.give(&Self::query(app, "&state=s"), &choice).unwrap();
        let url = url::Url::parse(url.expose()).unwrap();
        url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    pub fn client(app: AppNo) -> String {
        if app == PUBLIC {
            return format!("client_id={app}");
        }
        format!("client_id={app}&client_secret={}", secret_text(&[9; 32]).expose())
    }

    pub fn exchange(&mut self, app: AppNo, body: &str) -> Result<Box<TokenResponse>, Refusal> {
        let body = format!("{}&{body}", Self::client(app));
        self.exchange_raw(&body)
    }

    pub fn exchange_raw(&mut self, body: &str) -> Result<Box<TokenResponse>, Refusal> {
        let request = TokenRequest::parse(body, None).ok().unwrap();
        let env = self.env();
        let commit = token::exchange(&request, &self.server(), &self.state, &env)?;
        match self.commit(commit) {
            Exchanged::Issued(response) => Ok(response),
            Exchanged::Refused(refusal) => Err(refusal),
        }
    }

    pub fn redeem(&mut self, app: AppNo, code: &str) -> Result<Box<TokenResponse>, Refusal> {
        self.exchange(
            app,
            &format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}"),
        )
    }

    pub fn refresh(&mut self, app: AppNo, token: &str) -> Result<Box<TokenResponse>, Refusal> {
        self.exchange(app, &format!("grant_type=refresh_token&refresh_token={token}"))
    }

    pub fn opens(
        &self,
        token: &Secret<String>,
    ) -> Result<super::access::Caller, super::access::Refusal> {
        super::access::authenticate(&self.state, &self.keys, token, self.now)
    }
}

pub(crate) fn refresh_of(response: &TokenResponse) -> String {
    response.refresh_token.as_ref().unwrap().expose().clone()
}
