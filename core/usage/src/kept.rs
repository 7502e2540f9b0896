//! What keeps an app, or a part of what it does, from everybody now: statuses, suspensions of many apps, programs that are over.

use crate::Happened;
use crate::recipients::{Cause, Over};
use consent::{Program, State};
use ledger::Event;
use model::{
    AppNo, AppStatus, PartnerNo, PartnerStatus, Position, ProgramNo, ProgramStatus, Timestamp,
};
use std::collections::BTreeSet;

/// Whose, and what the register says of it.
pub(crate) struct Register<'a> {
    pub(crate) state: &'a State,
    pub(crate) app: AppNo,
    pub(crate) partner: Option<PartnerNo>,
    /// Oldest first.
    pub(crate) events: &'a [Happened],
}

impl Register<'_> {
    /// Everything that stands in the way of the app now, and since when; and the exceptions by which it goes on.
    pub(crate) fn kept(&self, now: Timestamp) -> Vec<Over> {
        let mut list = self.statuses();
        list.extend(self.suspensions());
        let app = self.state.app(self.app);
        let agreements = app.into_iter().flat_map(|app| &app.agreements);
        let standing = agreements.filter_map(|no| self.state.agreement(*no)).filter(|a| !a.ended);
        let programs: BTreeSet<ProgramNo> = standing.map(|one| one.program).collect();
        for no in programs {
            let program = self.state.program(no);
            list.extend(program.and_then(|program| self.program(no, program, now)));
        }
        list
    }

    fn last(&self, is: impl Fn(&Event) -> bool) -> Option<&Happened> {
        self.events.iter().rev().find(|one| is(&one.event))
    }

    fn statuses(&self) -> Vec<Over> {
        let mut list = Vec::new();
        let status = self.state.app(self.app).map(|one| one.status);
        if let Some(status) = status.filter(|status| *status != AppStatus::Active) {
            let by = self.last(|e| matches!(e, Event::AppStatusChanged(e) if e.app == self.app));
            list.push(done(Cause::App(status), by));
        }
        let partner = self.partner.and_then(|no| Some((no, self.state.partner(no)?.status)));
        if let Some((no, status)) = partner.filter(|(_, s)| *s != PartnerStatus::Active) {
            let by = self.last(|e| matches!(e, Event::PartnerStatusChanged(e) if e.partner == no));
            list.push(done(Cause::Partner(status), by));
        }
        list
    }

    /// Suspensions of many apps that name this one and are not lifted.
    fn suspensions(&self) -> Vec<Over> {
        let standing: BTreeSet<Position> =
            self.state.suspensions().filter(|(_, one)| !one.lifted).map(|(at, _)| at).collect();
        let names = |one: &&Happened| match &one.event {
            Event::AppsSuspended(event) => {
                standing.contains(&one.position) && event.apps.contains(self.app)
            }
            _ => false,
        };
        self.events.iter().filter(names).map(|one| done(Cause::Suspended, Some(one))).collect()
    }

    fn program(&self, no: ProgramNo, program: &Program, now: Timestamp) -> Option<Over> {
        let by_time = |cause, at| Over { cause, at: Some(at), position: None, why: None };
        match (program.status, program.exceptions.get(&self.app)) {
            (ProgramStatus::Experimental, _) => {
                let until = program.until.filter(|until| *until <= now)?;
                Some(by_time(Cause::Experiment(no), until))
            }
            (ProgramStatus::Closed, Some(until)) if now < *until => {
                let made = self.last(|event| {
                    matches!(event, Event::ExceptionMade(e) if (e.program, e.app) == (no, self.app))
                });
                Some(done(Cause::Excepted(no, *until), made))
            }
            (ProgramStatus::Closed, Some(until)) => {
                Some(by_time(Cause::ExceptionEnded(no), *until))
            }
            (ProgramStatus::Closed, None) => {
                // An exception that somebody ended is what ended it, unless the program was closed anew since.
                let last = self.last(|event| match event {
                    Event::ExceptionEnded(e) => (e.program, e.app) == (no, self.app),
                    Event::ProgramStatusChanged(e) => e.program == no,
                    _ => false,
                });
                let excepted =
                    last.is_some_and(|one| matches!(one.event, Event::ExceptionEnded(_)));
                let cause = if excepted { Cause::ExceptionEnded(no) } else { Cause::Program(no) };
                Some(done(cause, last))
            }
            _ => None,
        }
    }
}

fn done(cause: Cause, by: Option<&Happened>) -> Over {
    Over {
        cause,
        at: by.map(|one| one.time),
        position: by.map(|one| one.position),
        why: by.and_then(|one| one.event.why().cloned()),
    }
}
