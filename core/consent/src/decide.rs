//! The decision: two masks over data classes meet for each node of an answer.

use crate::people::Word;
use crate::registry::{Agreement, Certification, Grant, Installation};
use crate::rules::ProgramRules;
use crate::state::State;
use ledger::{About, Node, RecordFacts, SettingScope};
use model::{
    ApiVersion, AppNo, AppStatus, Chain, ClassMask, ContextKind, ContextNo, CredentialNo,
    InstallationNo, OperationNo, PartnerStatus, PersonNo, Position, ProgramNo, ProgramStatus,
    Publication, PurposeNo, Reason, Relation, Timestamp, limits,
};

/// People of a page that are looked up together.
const PEOPLE_AT_ONCE: usize = 64;

/// A partner's request as far as it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which app.
    pub app: AppNo,
    /// Credential that asked for the token; none for public clients.
    pub credential: Option<CredentialNo>,
    /// Whose authority the token carries.
    pub chain: Chain,
    /// Issue number of the token.
    pub issue: Position,
    /// Signing key of the token.
    pub key: u8,
    /// Refresh family that the token came from, if from one.
    pub family: Option<Position>,
    /// The acting person: the grant's; none for an installation token.
    pub acting: Option<PersonNo>,
    /// Operation.
    pub operation: OperationNo,
    /// Its program.
    pub program: ProgramNo,
    /// Its purpose.
    pub purpose: PurposeNo,
    /// Action classes that it needs, in `context`.
    pub requires: ClassMask,
    /// The context that the path names, if any.
    pub context: Option<ContextNo>,
    /// API version.
    pub version: ApiVersion,
    /// Up to when the platform's facts are complete.
    pub facts_up_to: Timestamp,
}

/// What may leave, node by node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is released of each node.
    pub released: Vec<ClassMask>,
    /// First instant at which time alone could change the decision. A refusal names none: nobody acts on it later.
    pub ends: Timestamp,
    /// What was asked and withheld, by reason, over all nodes that were not dropped whole.
    pub withheld: Vec<(Reason, ClassMask)>,
}

/// Where a reason goes when a class fails; nowhere when only masks are wanted.
pub(crate) trait Trace {
    fn failed(&mut self, reason: Reason, classes: ClassMask);
}

/// Masks only.
pub(crate) struct Silent;

impl Trace for Silent {
    #[inline]
    fn failed(&mut self, _: Reason, _: ClassMask) {}
}

impl Trace for Vec<(Reason, ClassMask)> {
    fn failed(&mut self, reason: Reason, classes: ClassMask) {
        match self.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, mask)) => *mask = *mask | classes,
            None => self.push((reason, classes)),
        }
    }
}

/// Classes still allowed, and where those go that fail.
struct Sieve<'t, T> {
    left: ClassMask,
    trace: &'t mut T,
}

impl<T: Trace> Sieve<'_, T> {
    #[inline]
    fn demand(&mut self, reason: Reason, allowed: ClassMask) {
        let failed = self.left.without(allowed);
        if !failed.is_empty() {
            self.trace.failed(reason, failed);
            self.left = self.left & allowed;
        }
    }
}

/// Whose data may leave at all, told once a request.
#[derive(Debug, Clone, Copy)]
pub struct Authority {
    rules: ProgramRules,
}

/// Whether the request may be served at all: partner, app, token, program, and the actions it needs.
///
/// # Errors
/// The first link that fails.
pub fn authorize(state: &State, request: &Request, now: Timestamp) -> Result<Authority, Reason> {
    let app = state.app(request.app).ok_or(Reason::App)?;
    let partner = state.partner(app.partner).ok_or(Reason::Partner)?;
    if partner.status != PartnerStatus::Active {
        return Err(Reason::Partner);
    }
    if app.status != AppStatus::Active {
        return Err(Reason::App);
    }
    if state.is_cut_off(request.app, request.credential, request.chain, request.issue, request.key)
    {
        return Err(Reason::CutOff);
    }
    match state.program(request.program).map(|program| program.status) {
        // Restricted admits what exists; new installations and grants are refused where they are made.
        Some(ProgramStatus::Live | ProgramStatus::Restricted) => {}
        Some(ProgramStatus::Draft | ProgramStatus::Closed) | None => return Err(Reason::Program),
    }
    if state.catalog().is_none_or(|catalog| catalog.version != request.version) {
        return Err(Reason::Version);
    }
    match request.chain {
        Chain::Grant(no) => {
            let grant =
                state.grant(no).filter(|grant| grant.app == request.app).ok_or(Reason::Grant)?;
            let lives = |id: Position| grant.families.iter().any(|family| family.id == id);
            let family_ended = request.family.is_some_and(|id| !lives(id));
            if family_ended || !stands(state, grant, now) || request.acting != Some(grant.person) {
                return Err(Reason::Grant);
            }
        }
        Chain::Installation(no) => {
            let installation = state.installation(no).filter(|one| one.app == request.app);
            let installation = installation.ok_or(Reason::Installation)?;
            if !state.is_standing(installation) || request.acting.is_some() {
                return Err(Reason::Installation);
            }
        }
    }
    let authority = Authority { rules: state.rules().program(request.program) };
    if !request.requires.is_empty() {
        let mut failed = Vec::new();
        let mask = request_mask(state, request, &authority, request.context, now, &mut failed);
        let mut sieve = Sieve { left: mask.classes, trace: &mut failed };
        // No record speaks for an action: what only a record or a person can say does not hold (invariant 4).
        let no_record = (None, Relation::NONE);
        record_side(&authority.rules, no_record, &About::Nobody, request.acting, &mut sieve);
        sieve.demand(Reason::Unresolvable, !authority.rules.personal);
        let allowed = sieve.left;
        if !allowed.covers(request.requires) {
            let first =
                failed.iter().find(|(_, classes)| !(*classes & request.requires).is_empty());
            return Err(first.map_or(Reason::UnknownClass, |(reason, _)| *reason));
        }
    }
    Ok(authority)
}

fn stands(state: &State, grant: &Grant, now: Timestamp) -> bool {
    !grant.ended && now < grant.expires_at && state.is_person(grant.person)
}

impl State {
    /// Whether a token is dead by a cut-off or by its credential's end: whether its issue number is at or below a
    /// cut-off of any of its subjects. `credential` is none for what no credential asked for (public clients, codes).
    #[must_use]
    pub fn is_cut_off(
        &self,
        app_no: AppNo,
        credential: Option<CredentialNo>,
        chain: Chain,
        issue: Position,
        key: u8,
    ) -> bool {
        let registry = &self.registry;
        let app = registry.apps.get(&app_no);
        let partner = app.and_then(|app| registry.partners.get(&app.partner));
        let asked_by = credential.and_then(|no| registry.credentials.get(&no));
        let mut cuts = [
            registry.cut_offs.platform,
            registry.cut_offs.keys.get(&key).copied(),
            app.and_then(|app| app.cut_off),
            partner.and_then(|partner| partner.cut_off),
            asked_by.and_then(|credential| credential.cut_off),
            None,
            None,
            None,
        ];
        let own = match chain {
            Chain::Grant(no) => {
                let grant = registry.grant(no);
                let person = grant.and_then(|grant| self.people.state(grant.person));
                let in_app =
                    person.and_then(|p| p.cut_off_apps.iter().find(|(app, _)| *app == app_no));
                [
                    grant.and_then(|grant| grant.cut_off),
                    person.and_then(|p| p.cut_off),
                    in_app.map(|(_, at)| *at),
                ]
            }
            Chain::Installation(no) => {
                let installation = registry.installation(no);
                let context = installation.and_then(|i| registry.cut_offs.contexts.get(&i.context));
                [installation.and_then(|i| i.cut_off), context.copied(), None]
            }
        };
        if let Some(last) = cuts.last_chunk_mut() {
            *last = own;
        }
        let ended =
            credential.is_some() && asked_by.is_none_or(|one| one.ended || one.app != app_no);
        ended || cuts.iter().flatten().any(|cut| issue <= *cut)
    }
}

/// The request's side for one context.
#[derive(Debug, Clone, Copy)]
struct RequestMask {
    classes: ClassMask,
    ends: Timestamp,
}

fn request_mask<T: Trace>(
    state: &State,
    request: &Request,
    authority: &Authority,
    context: Option<ContextNo>,
    now: Timestamp,
    trace: &mut T,
) -> RequestMask {
    let rules = &authority.rules;
    let mut sieve = Sieve { left: ClassMask::ALL, trace };
    let mut ends = Timestamp::NEVER;
    sieve.demand(Reason::UnknownClass, rules.known);
    let app = state.app(request.app);
    let agreements = app.map(|app| app.agreements.as_slice()).unwrap_or_default();
    let agreed = agreements
        .iter()
        .filter_map(|no| state.agreement(*no))
        .fold(ClassMask::NONE, |mask, agreement| {
            mask | agreed_classes(agreement, request, now, &mut ends)
        });
    sieve.demand(Reason::Agreement, agreed);
    let certifications = app.map(|app| app.certifications.as_slice()).unwrap_or_default();
    let certified = certifications
        .iter()
        .filter_map(|no| state.certification(*no))
        .fold(ClassMask::NONE, |mask, one| mask | certified_classes(one, request, now, &mut ends));
    sieve.demand(Reason::Certification, !rules.certification | certified);
    installation_link(state, request, rules, context, &mut sieve);
    if let Chain::Grant(no) = request.chain {
        match state.grant(no).filter(|grant| stands(state, grant, now)) {
            None => sieve.demand(Reason::Grant, ClassMask::NONE),
            Some(grant) => {
                ends = ends.min(grant.expires_at);
                sieve.demand(Reason::GrantClass, grant.classes);
                if context.is_some_and(|context| grant.contexts.binary_search(&context).is_err()) {
                    sieve.demand(Reason::GrantContext, rules.own_data);
                }
            }
        }
    }
    let stale_at = request.facts_up_to.plus(limits::FACT_AGE_MAX);
    if now > stale_at {
        sieve.demand(
            Reason::FactsStale,
            !(rules.installation | rules.opt_in | rules.participant | rules.friend),
        );
    } else {
        ends = ends.min(Timestamp(stale_at.0.saturating_add(1)));
    }
    RequestMask { classes: sieve.left, ends }
}

fn installation_link<T: Trace>(
    state: &State,
    request: &Request,
    rules: &ProgramRules,
    context: Option<ContextNo>,
    sieve: &mut Sieve<'_, T>,
) {
    // An installation token is never wider than its installation: every class needs it then.
    let needing = match request.chain {
        Chain::Grant(_) => rules.installation | rules.opt_in,
        Chain::Installation(_) => ClassMask::ALL,
    };
    let Some(context) = context else {
        sieve.demand(Reason::NoContext, !needing);
        return;
    };
    let standing = standing_installation(state, request, context);
    match standing {
        None => sieve.demand(Reason::Installation, !needing),
        Some((_, installation)) => {
            sieve.demand(Reason::InstallationClass, !needing | installation.classes)
        }
    }
}

/// The installation that stands in this context for this request.
fn standing_installation<'s>(
    state: &'s State,
    request: &Request,
    context: ContextNo,
) -> Option<(InstallationNo, &'s Installation)> {
    let found = match request.chain {
        Chain::Grant(_) => state.installed(request.app, context),
        Chain::Installation(no) => state
            .installation(no)
            .filter(|one| one.context == context && one.app == request.app)
            .map(|one| (no, one)),
    };
    found.filter(|(_, installation)| state.is_standing(installation))
}

fn agreed_classes(
    agreement: &Agreement,
    request: &Request,
    now: Timestamp,
    ends: &mut Timestamp,
) -> ClassMask {
    let concerns =
        agreement.program == request.program && agreement.purposes.contains(&request.purpose);
    if agreement.ended || !concerns {
        return ClassMask::NONE;
    }
    window(agreement.from, agreement.until, now, ends, agreement.classes)
}

fn certified_classes(
    one: &Certification,
    request: &Request,
    now: Timestamp,
    ends: &mut Timestamp,
) -> ClassMask {
    if one.ended || one.purpose != request.purpose {
        return ClassMask::NONE;
    }
    window(one.from, one.until, now, ends, one.classes)
}

fn window(
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
    ends: &mut Timestamp,
    classes: ClassMask,
) -> ClassMask {
    if now < from {
        *ends = (*ends).min(from);
        ClassMask::NONE
    } else if now < until {
        *ends = (*ends).min(until);
        classes
    } else {
        ClassMask::NONE
    }
}

/// What the person's side needs to know of a context, looked up once.
struct Surroundings<'s> {
    context: Option<(ContextNo, bool)>,
    opt_ins: Option<crate::opt_ins::View<'s>>,
}

impl<'s> Surroundings<'s> {
    fn of(state: &'s State, request: &Request, context: Option<ContextNo>) -> Self {
        let installation = context.and_then(|no| standing_installation(state, request, no));
        let known = context.and_then(|no| state.context(no).map(|context| (no, context)));
        Self {
            opt_ins: known
                .zip(installation)
                .map(|((_, context), (_, one))| context.opt_ins.of(one.ordinal)),
            context: context
                .map(|no| (no, known.is_some_and(|(_, c)| c.kind() == Some(ContextKind::Group)))),
        }
    }
}

/// The person's side: what of `asked` this person lets this app have in these surroundings.
#[inline]
fn person_mask<T: Trace>(
    state: &State,
    request: &Request,
    rules: &ProgramRules,
    around: &Surroundings<'_>,
    person: PersonNo,
    sieve: &mut Sieve<'_, T>,
) {
    let word = state.people.word(person);
    if !word.is_plain() {
        unusual_person(state, request, rules, around, word, sieve);
    }
    sieve.demand(Reason::NoOptIn, opted(state, rules, around, person));
}

/// Classes that need no opt-in of this person, or have it.
#[inline]
fn opted(
    state: &State,
    rules: &ProgramRules,
    around: &Surroundings<'_>,
    person: PersonNo,
) -> ClassMask {
    let view = around.opt_ins.as_ref();
    !rules.opt_in | view.map_or(ClassMask::NONE, |view| view.mask(person, &state.masks))
}

/// Somebody unknown, erased, or with something of their own to look at.
#[cold]
fn unusual_person<T: Trace>(
    state: &State,
    request: &Request,
    rules: &ProgramRules,
    around: &Surroundings<'_>,
    word: Word,
    sieve: &mut Sieve<'_, T>,
) {
    if !word.is_known() {
        sieve.demand(Reason::UnknownPerson, !rules.personal);
    }
    if word.is_erased() {
        sieve.demand(Reason::Erased, !rules.personal);
    }
    let Some(person) = state.people.more(word) else { return };
    for setting in person.blocks(request.app, around.context) {
        let reason = match setting.scope {
            SettingScope::AllApps => Reason::SettingAllApps,
            SettingScope::Context(_) | SettingScope::AllGroups | SettingScope::Friends => {
                Reason::SettingContext
            }
            SettingScope::App(_) => Reason::SettingApp,
        };
        sieve.demand(reason, !(rules.personal & setting.blocked));
    }
}

/// What a record says of the acting person, as far as it holds for a node of it. A friend it names is everyone whom the record
/// itself is about: nobody else whom a part of it is about.
fn relation_of(node: &Node, begins: &Node) -> Relation {
    let relation = begins.record.as_ref().map_or(Relation::NONE, |record| record.relation);
    let is_of_these = match (&node.about, &begins.about) {
        _ if node.record.is_some() => true,
        (About::Nobody, _) => true,
        (About::People(some), About::People(these)) => some.iter().all(|one| these.contains(one)),
        (About::People(_) | About::Unresolvable, _) => false,
    };
    if is_of_these { relation } else { Relation(relation.0 & !Relation::FRIEND.0) }
}

fn record_side<T: Trace>(
    rules: &ProgramRules,
    (record, relation): (Option<&RecordFacts>, Relation),
    about: &About,
    acting: Option<PersonNo>,
    sieve: &mut Sieve<'_, T>,
) {
    let publication = record.map_or(Publication::Unknown, |record| record.publication);
    if publication != Publication::Published {
        sieve.demand(Reason::Unpublished, !rules.published);
    }
    // Relations are the acting person's: for an installation token nobody's count, whatever the upstream says.
    let relation = if acting.is_some() { relation } else { Relation::NONE };
    if !relation.has(Relation::PARTICIPANT) {
        sieve.demand(Reason::NotParticipant, !rules.participant);
    }
    let is_own = match (about, acting) {
        (About::People(people), Some(acting)) => people.as_slice() == [acting],
        (About::Nobody, Some(_)) => true,
        (About::People(_) | About::Nobody, None) | (About::Unresolvable, _) => false,
    };
    if !is_own {
        sieve.demand(Reason::NotSelf, !rules.own_data);
    }
    if !relation.has(Relation::FRIEND) {
        sieve.demand(Reason::NotFriend, !rules.friend);
    }
}

/// Decides every node of an answer.
///
/// Pure: the same state, request, nodes and instant give the same decision. `nodes` must list parents first, as
/// [`ledger::Node`] says; a node that stands within a later or missing one is withheld.
#[must_use]
pub fn decide(state: &State, request: &Request, nodes: &[Node], now: Timestamp) -> Decision {
    let mut withheld: Vec<(Reason, ClassMask)> = Vec::new();
    let Ok(authority) = authorize(state, request, now) else {
        return Decision {
            released: vec![ClassMask::NONE; nodes.len()],
            ends: Timestamp::NEVER,
            withheld,
        };
    };
    let mut pass = Pass::new(state, request, &authority, now);
    let mut released = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut failed = Vec::new();
        let mask = pass.node(node, &mut failed);
        // What was dropped whole must not show in any list of reasons (invariant 9).
        if pass.shows_last() {
            for (reason, classes) in failed {
                let asked = classes & node.asked;
                if !asked.is_empty() {
                    withheld.failed(reason, asked);
                }
            }
        }
        released.push(mask);
    }
    Decision { released, ends: pass.ends, withheld }
}

/// A context, the request's side in it and what that failed, and what the people's side needs.
type InContext<'a> = (Option<ContextNo>, RequestMask, Vec<(Reason, ClassMask)>, Surroundings<'a>);

/// One walk over the nodes of an answer.
pub(crate) struct Pass<'a> {
    state: &'a State,
    request: &'a Request,
    authority: &'a Authority,
    now: Timestamp,
    /// First instant at which time alone could change any mask used so far.
    pub(crate) ends: Timestamp,
    contexts: Vec<InContext<'a>>,
    /// For each node: whether it shows, and the node at which its record begins.
    shown: Vec<bool>,
    records: Vec<Option<&'a Node>>,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        state: &'a State,
        request: &'a Request,
        authority: &'a Authority,
        now: Timestamp,
    ) -> Self {
        let mut pass = Self {
            state,
            request,
            authority,
            now,
            ends: Timestamp::NEVER,
            contexts: Vec::new(),
            shown: Vec::new(),
            records: Vec::new(),
        };
        // Grant and actions end by time too where the answer has no node: a write is permitted before there is an answer.
        pass.context(request.context);
        pass
    }

    fn shows_last(&self) -> bool {
        self.shown.last().copied().unwrap_or(false)
    }

    fn context(&mut self, context: Option<ContextNo>) -> usize {
        if let Some(index) = self.contexts.iter().position(|(known, ..)| *known == context) {
            return index;
        }
        let mut failed = Vec::new();
        let mask =
            request_mask(self.state, self.request, self.authority, context, self.now, &mut failed);
        self.ends = self.ends.min(mask.ends);
        let around = Surroundings::of(self.state, self.request, context);
        self.contexts.push((context, mask, failed, around));
        self.contexts.len() - 1
    }

    /// What is released of the next node; reasons go to `failed`.
    pub(crate) fn node(
        &mut self,
        node: &'a Node,
        failed: &mut Vec<(Reason, ClassMask)>,
    ) -> ClassMask {
        let parent = node.within.map(|within| within as usize);
        let inside = match parent {
            None => true,
            Some(parent) => self.shown.get(parent).copied().unwrap_or(false),
        };
        let begins = match &node.record {
            Some(_) => Some(node),
            None => parent.and_then(|parent| self.records.get(parent).copied().flatten()),
        };
        let record = begins.and_then(|begins| begins.record.as_ref());
        let relation = begins.map_or(Relation::NONE, |begins| relation_of(node, begins));
        let index = self.context(record.and_then(|record| record.context));
        let mask = match self.contexts.get(index) {
            Some((_, mask, reasons, around)) => {
                failed.extend(reasons.iter().copied());
                let mut sieve = Sieve { left: mask.classes, trace: failed };
                record_side(
                    &self.authority.rules,
                    (record, relation),
                    &node.about,
                    self.request.acting,
                    &mut sieve,
                );
                self.people(node, around, &mut sieve);
                sieve.left
            }
            None => ClassMask::NONE,
        };
        let shows = inside && mask.covers(node.presence);
        self.shown.push(shows);
        self.records.push(begins);
        if shows { mask & node.asked } else { ClassMask::NONE }
    }

    fn people<T: Trace>(&self, node: &Node, around: &Surroundings<'_>, sieve: &mut Sieve<'_, T>) {
        let rules = &self.authority.rules;
        match &node.about {
            About::Nobody | About::Unresolvable => {
                sieve.demand(Reason::Unresolvable, !rules.personal)
            }
            About::People(people) => {
                for person in people {
                    person_mask(self.state, self.request, rules, around, *person, sieve);
                }
            }
        }
    }
}

/// Masks of many people in one context, for classes asked of each alike: the shape of a member list. Only masks.
///
/// Appends one mask a person to `masks`; equal to [`decide`] on published records about one person each.
pub fn decide_people(
    state: &State,
    request: &Request,
    context: ContextNo,
    people: &[PersonNo],
    now: Timestamp,
    masks: &mut Vec<ClassMask>,
) -> Result<Timestamp, Reason> {
    let authority = authorize(state, request, now)?;
    let rules = &authority.rules;
    let request_side = request_mask(state, request, &authority, Some(context), now, &mut Silent);
    let around = Surroundings::of(state, request, Some(context));
    let base = request_side.classes.without(rules.participant | rules.friend);
    masks.reserve(people.len());
    for some in people.chunks(PEOPLE_AT_ONCE) {
        // In steps, each a loop without branches that depend on the person: so that what is not in the cache is fetched
        // for many people at once, not for one after the other.
        let mut words = [Word::UNKNOWN; PEOPLE_AT_ONCE];
        for (word, person) in words.iter_mut().zip(some) {
            *word = state.people.word(*person);
        }
        let done = masks.len();
        masks.extend(some.iter().map(|person| {
            let own =
                if request.acting == Some(*person) { ClassMask::ALL } else { !rules.own_data };
            base & own & opted(state, rules, &around, *person)
        }));
        for (mask, word) in masks.iter_mut().skip(done).zip(words) {
            if !word.is_plain() {
                let mut sieve = Sieve { left: *mask, trace: &mut Silent };
                unusual_person(state, request, rules, &around, word, &mut sieve);
                *mask = sieve.left;
            }
        }
    }
    Ok(request_side.ends)
}
