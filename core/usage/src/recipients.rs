//! Recipients of one person's data: who may read, who did read, what ended.

use crate::available::{features_of, versions};
use crate::kept::Register;
use crate::{Happened, Seen, Through};
use consent::{Grant, PersonState, Request, State, decide};
use ledger::{About, Event, Node, RecordFacts, SettingScope, Why};
use model::{
    AppNo, AppStatus, Chain, ClassMask, ContextNo, GrantNo, InstallationNo, ObjectKind, ObjectNo,
    PartnerNo, PartnerStatus, PersonNo, Position, ProgramNo, Publication, Relation, Timestamp,
};
use std::collections::BTreeMap;

/// Through what an app may read somebody now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayRead {
    /// The installation, or the person's own grant.
    pub chain: Chain,
    /// Where: an installation's group, or every group of a grant.
    pub contexts: Vec<ContextNo>,
    /// Whether it stands. What lapsed is listed as long as the person's opt-in is kept there, to be taken back.
    pub stands: bool,
    /// It ended with the app or its partner: nothing can come of it any more, and it is listed for what was allowed.
    pub is_over: bool,
    /// What could leave about the person now.
    pub classes: ClassMask,
    /// What the person allowed there; of an installation the opt-in, of a grant its classes.
    pub chosen: ClassMask,
    /// When that ends by itself.
    pub until: Option<Timestamp>,
}

/// What an app did read of somebody in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DidRead {
    /// Where.
    pub context: Option<ContextNo>,
    /// Classes, over all days.
    pub classes: ClassMask,
    /// Through whose authority.
    pub through: Through,
    /// Days on which.
    pub days: u64,
    /// Answers in which.
    pub times: u64,
    /// The first day, in days since the epoch (UTC).
    pub first_day: u64,
    /// First of the answers.
    pub first: Position,
    /// Last of the answers.
    pub last: Position,
    /// When that left.
    pub last_at: Timestamp,
}

/// What took an app's reach away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The grant was withdrawn or ended.
    GrantEnded(GrantNo),
    /// The grant came to its end by itself.
    GrantExpired(GrantNo),
    /// The grant ended because the person did nothing with it.
    GrantIdle(GrantNo),
    /// An admin disabled the app in a group.
    Disabled(InstallationNo, ContextNo),
    /// No admin stands behind the app in a group.
    Lapsed(InstallationNo, ContextNo),
    /// The person took an opt-in back.
    OptedOut(InstallationNo),
    /// The person blocked the app.
    Blocked,
    /// The app's status changed.
    App(AppStatus),
    /// Its partner's status changed.
    Partner(PartnerStatus),
    /// It was suspended together with others.
    Suspended,
    /// A program that it has an agreement for was closed.
    Program(ProgramNo),
    /// An experiment that it has an agreement for came to its end.
    Experiment(ProgramNo),
    /// Such a program is closed, and the app goes on in it all the same, until an instant.
    Excepted(ProgramNo, Timestamp),
    /// It went on in a closed program by an exception, which has ended.
    ExceptionEnded(ProgramNo),
}

/// Something that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// What.
    pub cause: Cause,
    /// When; none where nobody noted it.
    pub at: Option<Timestamp>,
    /// The entry, where an event did it.
    pub position: Option<Position>,
    /// Who and why, where somebody did it.
    pub why: Option<Why>,
}

/// An app that may read, did read, or could once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Which app.
    pub app: AppNo,
    /// Whose.
    pub partner: Option<PartnerNo>,
    /// What it may read, and through what.
    pub may: Vec<MayRead>,
    /// What it did read, the latest first.
    pub did: Vec<DidRead>,
    /// What ended, the latest first.
    pub ended: Vec<Over>,
}

/// What the caller read for it.
pub struct Past<'a> {
    /// Groups and conversations that the person is in.
    pub memberships: &'a [ContextNo],
    /// Every row of the index about the person.
    pub seen: &'a [Seen],
    /// Control events that concern the person, oldest first.
    pub events: &'a [Happened],
    /// Control events about the status of apps, partners and programs, suspensions of many apps and exceptions, oldest first.
    pub register: &'a [Happened],
    /// The event that ended a chain, or lapsed it.
    pub ends: &'a BTreeMap<Chain, Happened>,
}

/// Chains that a person may ask about: installations of their groups and own grants, ended ones too.
#[must_use]
pub fn chains_of(state: &State, person: PersonNo, memberships: &[ContextNo]) -> Vec<Chain> {
    let contexts = memberships.iter().filter_map(|no| state.context(*no));
    let installations = contexts.flat_map(|one| one.installations().iter().copied());
    let grants = state.person(person).map(PersonState::grants).unwrap_or_default();
    installations.map(Chain::Installation).chain(grants.iter().copied().map(Chain::Grant)).collect()
}

/// The app of a chain.
#[must_use]
pub fn app_of(state: &State, chain: Chain) -> Option<AppNo> {
    match chain {
        Chain::Grant(no) => state.grant(no).map(|one| one.app),
        Chain::Installation(no) => state.installation(no).map(|one| one.app),
    }
}

/// Every recipient: those that may read first, then by what they read last.
#[must_use]
pub fn recipients(
    state: &State,
    person: PersonNo,
    past: &Past<'_>,
    now: Timestamp,
) -> Vec<Recipient> {
    let mut found: BTreeMap<AppNo, Recipient> = BTreeMap::new();
    let chains = chains_of(state, person, past.memberships);
    let apps = chains.iter().filter_map(|chain| app_of(state, *chain));
    for app in apps.chain(past.seen.iter().map(|one| one.app)) {
        found.entry(app).or_insert_with(|| Recipient {
            app,
            partner: state.app(app).map(|app| app.partner),
            may: Vec::new(),
            did: Vec::new(),
            ended: Vec::new(),
        });
    }
    for chain in chains {
        let Some(one) = app_of(state, chain).and_then(|app| found.get_mut(&app)) else { continue };
        let may = may_read(state, chain, person, now);
        if may.as_ref().is_none_or(|may| !may.stands) {
            one.ended.extend(over(state, chain, past, now));
        }
        one.may.extend(may);
    }
    for (app, one) in &mut found {
        one.did = did_read(*app, past.seen);
        one.ended.extend(taken_back(state, *app, past.events));
        let register = Register { state, app: *app, partner: one.partner, events: past.register };
        one.ended.extend(register.kept(now));
        one.ended.sort_by_key(|over| std::cmp::Reverse((over.at, over.position)));
    }
    let mut list: Vec<Recipient> = found.into_values().collect();
    let reads = |one: &Recipient| one.may.iter().any(|may| !may.classes.is_empty());
    let last = |one: &Recipient| one.did.first().map(|did| did.last);
    list.sort_by_key(|one| (!reads(one), std::cmp::Reverse(last(one)), one.app));
    list
}

/// What a chain lets an app have about somebody now; none where there is nothing of the person's behind it any more.
fn may_read(state: &State, chain: Chain, person: PersonNo, now: Timestamp) -> Option<MayRead> {
    match chain {
        Chain::Installation(no) => {
            let found = state.installation(no).filter(|one| !one.ended)?;
            let is_over = state.is_over(found.app);
            let stands = state.is_standing(found) && !is_over;
            let chosen = state.opted_in(person, no);
            if !stands && chosen.is_empty() {
                return None;
            }
            let classes = yields(state, (chain, None), found.app, person, Some(found.context), now);
            let contexts = vec![found.context];
            Some(MayRead { chain, contexts, stands, is_over, classes, chosen, until: None })
        }
        Chain::Grant(no) => {
            let lasts = |one: &&Grant| now < state.ends_at(one);
            let grant = state.grant(no).filter(|one| !one.ended).filter(lasts)?;
            let is_over = state.is_over(grant.app);
            let places = std::iter::once(None).chain(grant.contexts.iter().copied().map(Some));
            let acting = (chain, Some(grant.person));
            let classes = places.fold(ClassMask::NONE, |mask, context| {
                mask | yields(state, acting, grant.app, person, context, now)
            });
            Some(MayRead {
                chain,
                contexts: grant.contexts.clone(),
                stands: !is_over,
                is_over,
                classes,
                chosen: grant.classes,
                until: Some(state.ends_at(grant)),
            })
        }
    }
}

/// What a chain lets out of a published record about somebody, for any feature: the gate itself is asked. Facts count as fresh,
/// for a platform that is a minute late changes nobody's rights.
fn yields(
    state: &State,
    (chain, acting): (Chain, Option<PersonNo>),
    app: AppNo,
    person: PersonNo,
    context: Option<ContextNo>,
    now: Timestamp,
) -> ClassMask {
    let mut all = ClassMask::NONE;
    for (catalog, rules) in versions(state, now) {
        for (feature, carried) in features_of(catalog) {
            let mut operations = catalog.operations.iter();
            let operation = operations
                .find(|one| one.program == feature.program && one.purpose == feature.purpose);
            let Some(operation) = operation else { continue };
            let request = Request {
                app,
                credential: None,
                chain,
                issue: state.issue_number(),
                key: 0,
                family: None,
                acting,
                operation: operation.number,
                program: feature.program,
                purpose: feature.purpose,
                requires: ClassMask::NONE,
                context,
                version: catalog.version,
                facts_up_to: now,
            };
            let carries = if acting.is_some() { carried.any } else { carried.without_person };
            let asked = carries & rules.program(feature.program).personal;
            let decided = decide(state, &request, &[about(person, context, asked)], now);
            all = all | decided.released.first().copied().unwrap_or_default();
        }
    }
    all
}

fn about(person: PersonNo, context: Option<ContextNo>, asked: ClassMask) -> Node {
    Node {
        within: None,
        record: Some(RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(0),
            context,
            publication: Publication::Published,
            time: None,
            relation: Relation::PARTICIPANT,
        }),
        about: About::People(std::iter::once(person).collect()),
        presence: ClassMask::NONE,
        asked,
    }
}

fn did_read(app: AppNo, seen: &[Seen]) -> Vec<DidRead> {
    let mut places: BTreeMap<Option<ContextNo>, (DidRead, u64)> = BTreeMap::new();
    let mut rows: Vec<&Seen> = seen.iter().filter(|one| one.app == app).collect();
    rows.sort_by_key(|one| one.first);
    for row in rows {
        let (did, last_day) = places.entry(row.context).or_insert((
            DidRead {
                context: row.context,
                classes: ClassMask::NONE,
                through: Through::default(),
                days: 0,
                times: 0,
                first_day: row.day,
                first: row.first,
                last: row.last,
                last_at: row.last_at,
            },
            u64::MAX,
        ));
        did.classes = did.classes | row.classes;
        did.through = did.through.and(row.through);
        did.times += row.times;
        did.days += u64::from(*last_day != row.day);
        *last_day = row.day;
        (did.last, did.last_at) = (row.last, row.last_at);
    }
    let mut list: Vec<DidRead> = places.into_values().map(|(did, _)| did).collect();
    list.sort_by_key(|did| std::cmp::Reverse(did.last));
    list
}

/// Why a chain does not stand.
fn over(state: &State, chain: Chain, past: &Past<'_>, now: Timestamp) -> Option<Over> {
    let ended_by = past.ends.get(&chain);
    let by_event = |cause: Cause| Over {
        cause,
        at: ended_by.map(|one| one.time),
        position: ended_by.map(|one| one.position),
        why: ended_by.and_then(|one| one.event.why().cloned()),
    };
    match chain {
        Chain::Grant(no) => {
            let grant = state.grant(no)?;
            if grant.ended {
                return Some(by_event(Cause::GrantEnded(no)));
            }
            let idle_at = state.idle_at(grant);
            let (cause, at) = if grant.expires_at <= idle_at {
                (Cause::GrantExpired(no), Some(grant.expires_at))
            } else {
                // Under a policy that is gone nobody keeps when.
                (Cause::GrantIdle(no), Some(idle_at).filter(|at| at.0 > 0))
            };
            let is_over = state.ends_at(grant) <= now;
            is_over.then_some(Over { cause, at, position: None, why: None })
        }
        Chain::Installation(no) => {
            let found = state.installation(no)?;
            let cause = if found.ended {
                Cause::Disabled(no, found.context)
            } else if state.is_standing(found) {
                // It ended with the app or its partner, which the register tells.
                return None;
            } else {
                Cause::Lapsed(no, found.context)
            };
            Some(by_event(cause))
        }
    }
}

/// What the person took back: opt-ins of which nothing stands, and blocks that stand.
fn taken_back(state: &State, app: AppNo, events: &[Happened]) -> Vec<Over> {
    let mut list: BTreeMap<Option<InstallationNo>, Over> = BTreeMap::new();
    for one in events {
        let mut end = |key: Option<InstallationNo>, cause: Cause| {
            let why = one.event.why().cloned();
            list.insert(key, Over { cause, at: Some(one.time), position: Some(one.position), why });
        };
        match &one.event {
            Event::OptOut(event) if event.app == app => {
                let nothing_left = state.opted_in(event.person, event.installation).is_empty();
                if nothing_left {
                    end(Some(event.installation), Cause::OptedOut(event.installation));
                }
            }
            Event::SettingChanged(event) if event.scope == SettingScope::App(app) => {
                if event.blocked.is_empty() {
                    list.remove(&None);
                } else {
                    end(None, Cause::Blocked);
                }
            }
            _ => {}
        }
    }
    list.into_values().collect()
}
