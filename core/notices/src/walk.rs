//! Whom an exception or an erasure concerns beyond the partner: found by looking at every installation and every grant.
//!
//! There are millions of both. So one walk serves all such events of a part of the log, and it is made in steps: whoever lends
//! the state takes it back in between. Numbers are dense and never removed; what begins meanwhile is later than the events.

use crate::event::{Told, because};
use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use consent::{Grant, Installation, State};
use ledger::{Event, Fact};
use model::{AppNo, ContextNo, GrantNo, InstallationNo, PersonNo, Position, Severity, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An exception, and whom it concerns: everybody in the groups where the app is enabled, with one notice a group, and whoever
/// gave it access themselves. Opting in takes being in such a group.
#[derive(Debug)]
struct Exception {
    at: Position,
    time: Timestamp,
    app: AppNo,
    details: Details,
    contexts: BTreeSet<ContextNo>,
    people: BTreeSet<PersonNo>,
}

/// A walk over installations and grants.
#[derive(Debug)]
pub struct Walk {
    exceptions: Vec<Exception>,
    /// Who was erased, and by which event.
    erased: BTreeMap<PersonNo, Position>,
    lapses: Vec<Notice>,
    next_installation: u32,
    next_grant: u32,
}

impl Walk {
    /// The walk that these events need; none where nothing has to be looked for, which is the norm.
    pub fn of<'e>(
        events: impl IntoIterator<Item = (Position, Timestamp, &'e Event)>,
    ) -> Option<Self> {
        let mut walk = Self {
            exceptions: Vec::new(),
            erased: BTreeMap::new(),
            lapses: Vec::new(),
            next_installation: 0,
            next_grant: 0,
        };
        for (at, time, event) in events {
            match event {
                Event::ExceptionMade(made) => walk.exceptions.push(Exception {
                    at,
                    time,
                    app: made.app,
                    details: Details {
                        app: Some(made.app),
                        program: Some(made.program),
                        until: Some(made.until),
                        ..because(at, &made.why)
                    },
                    contexts: BTreeSet::new(),
                    people: BTreeSet::new(),
                }),
                Event::Facts(told) => {
                    walk.erased.extend(told.facts.iter().filter_map(|fact| match fact {
                        Fact::PersonGone(person) => Some((*person, at)),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
        let needed = !walk.exceptions.is_empty() || !walk.erased.is_empty();
        needed.then_some(walk)
    }

    /// Looks at so many more installations and grants; what was found, when there is nothing left to look at.
    pub fn step(&mut self, state: &State, most: u32) -> Option<Vec<Notice>> {
        let installations = state.next_installation().0;
        let end = self.next_installation.saturating_add(most).min(installations);
        let mut left = most.saturating_sub(end.saturating_sub(self.next_installation));
        for no in (self.next_installation..end).map(InstallationNo) {
            if let Some(one) = state.installation(no).filter(|one| !one.ended) {
                self.installation(state, no, one);
            }
        }
        self.next_installation = self.next_installation.max(end);
        // An erasure reaches grants by itself.
        let grants = if self.exceptions.is_empty() { 0 } else { state.next_grant().0 };
        let end = self.next_grant.saturating_add(left).min(grants);
        left = left.saturating_sub(end.saturating_sub(self.next_grant));
        for one in (self.next_grant..end).filter_map(|no| state.grant(GrantNo(no))) {
            self.grant(state, one);
        }
        self.next_grant = self.next_grant.max(end);
        // With something left to look with, all was looked at.
        (left > 0).then(|| self.found(state))
    }

    fn installation(&mut self, state: &State, no: InstallationNo, one: &Installation) {
        for exception in self.exceptions.iter_mut().filter(|exception| exception.app == one.app) {
            exception.contexts.insert(one.context);
        }
        // Erasing somebody reaches no installation by itself; one whose backers are all erased stands no more.
        let erased = one.backers().iter().filter_map(|who| Some((self.erased.get(who)?, *who)));
        let nobody = one.backers().iter().all(|backer| !state.is_person(*backer));
        if let (Some((at, last)), true) = (erased.max(), nobody) {
            let (kind, severity) = (Kind::InstallationLapsed, Severity::High);
            let told = Told { kind, severity, at: *at, details: Details::default() };
            let subject = Subject::Backer(no, last);
            self.lapses.extend(told.to_admins_and_partner((no, one), subject, None, state));
        }
    }

    fn grant(&mut self, state: &State, one: &Grant) {
        if one.ended || !state.is_person(one.person) {
            return;
        }
        let ends_at = state.ends_at(one);
        for exception in self.exceptions.iter_mut().filter(|exception| exception.app == one.app) {
            if exception.time < ends_at {
                exception.people.insert(one.person);
            }
        }
    }

    fn found(&mut self, state: &State) -> Vec<Notice> {
        let mut due = std::mem::take(&mut self.lapses);
        for exception in std::mem::take(&mut self.exceptions) {
            let notice = |audience, details| Notice {
                audience,
                kind: Kind::ExceptionMade,
                subject: Subject::Entry(exception.at),
                details,
                severity: Severity::Medium,
            };
            let is_live = |no: &ContextNo| state.context(*no).is_some_and(|one| one.is_live());
            let contexts = exception.contexts.into_iter().filter(is_live);
            due.extend(contexts.map(|context| {
                let details = Details { context: Some(context), ..exception.details.clone() };
                notice(Audience::Members { context, but: None }, details)
            }));
            due.extend(exception.people.into_iter().map(|person| {
                notice(Audience::One(Recipient::Person(person)), exception.details.clone())
            }));
        }
        due
    }
}
