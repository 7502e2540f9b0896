//! How the rules around the gate change state: reviews, suspensions of many, exceptions, experiments, versions, cases.

use super::FoldError;
use crate::disuse::Streak;
use crate::registry::{App, Appeal, Case, Review, Suspension};
use crate::state::State;
use ledger::{AppsSuspended, CaseOpened, Event, ReportIssued};
use model::{AppNo, CaseNo, ClassMask, PersonNo, Position, ProgramStatus, Timestamp};
use std::sync::Arc;

impl State {
    pub(super) fn fold_rules(
        &mut self,
        at: Position,
        time: Timestamp,
        event: &Event,
    ) -> Result<(), FoldError> {
        match event {
            Event::VersionChanged(event) => {
                let terms = self.version_terms.entry(event.version).or_default();
                terms.deprecated_at = event.deprecated_at;
                terms.sunset = event.sunset;
            }
            Event::ChangeAudited(event) => {
                self.audited = event.change.clone().map(|change| (at, Arc::new(change)));
            }
            Event::AppsSuspended(event) => return self.apps_suspended(at, event),
            Event::SuspensionLifted(event) => {
                let suspension = self.registry.suspensions.get_mut(&event.suspension);
                suspension.ok_or(FoldError::Number("suspension"))?.lifted = true;
            }
            Event::ExceptionMade(event) => {
                let program = self.registry.programs.get_mut(&event.program);
                let program = program.ok_or(FoldError::Number("program"))?;
                program.exceptions.insert(event.app, event.until);
            }
            Event::ExceptionEnded(event) => {
                let program = self.registry.programs.get_mut(&event.program);
                program.ok_or(FoldError::Number("program"))?.exceptions.remove(&event.app);
            }
            Event::ClassesUsed(event) => {
                for class in event.classes.iter() {
                    let line = self.line_of(class, time);
                    let app = self.app_mut(event.app)?;
                    let streak = Streak::after(app.used.get(&class).copied(), line, event.day);
                    app.used.insert(class, streak);
                }
            }
            Event::GrantSpent(event) => {
                if let Some(terms) = &mut self.grant_mut(event.grant)?.terms {
                    terms.spent = terms.spent | event.classes;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn apps_suspended(&mut self, at: Position, event: &AppsSuspended) -> Result<(), FoldError> {
        let apps = event.apps.as_slice();
        if apps.iter().any(|app| !self.registry.apps.contains_key(app)) {
            return Err(FoldError::Number("app"));
        }
        for app in apps {
            self.app_mut(*app)?.suspensions.push(at);
        }
        let apps = u32::try_from(apps.len()).unwrap_or(u32::MAX);
        self.registry.suspensions.insert(at, Suspension { apps, lifted: false });
        Ok(())
    }

    pub(super) fn fold_review(&mut self, event: &Event) -> Result<(), FoldError> {
        match event {
            Event::TesterAdded(event) => {
                let review = reviewed(self.app_mut(event.app)?);
                if let Err(place) = review.testers.binary_search(&event.person) {
                    review.testers.insert(place, event.person);
                }
            }
            Event::TesterRemoved(event) => {
                let review = reviewed(self.app_mut(event.app)?);
                review.testers.retain(|person| *person != event.person);
            }
            Event::SandboxChanged(event) => {
                if event.sandbox {
                    self.registry.sandboxes.insert(event.context);
                } else {
                    self.registry.sandboxes.remove(&event.context);
                }
            }
            Event::ReviewPassed(event) => {
                let review = reviewed(self.app_mut(event.app)?);
                review.classes = review.classes | event.classes;
            }
            Event::ReviewWithdrawn(event) => {
                let review = reviewed(self.app_mut(event.app)?);
                review.classes = review.classes.without(event.classes);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn fold_conduct(
        &mut self,
        at: Position,
        time: Timestamp,
        event: &Event,
    ) -> Result<(), FoldError> {
        match event {
            Event::CaseOpened(event) => self.case_opened(time, event)?,
            Event::CaseClosed(event) => {
                self.case_mut(event.case)?.outcome = Some(event.outcome);
            }
            Event::CaseAppealed(event) => self.case_mut(event.case)?.appeal = Appeal::Open,
            Event::AppealDecided(event) => {
                self.case_mut(event.case)?.appeal =
                    if event.upheld { Appeal::Upheld } else { Appeal::Rejected };
            }
            Event::ReportIssued(event) => self.report_issued(at, event)?,
            Event::ReportAcknowledged(event) => {
                let app = self.app_mut(event.app)?;
                if app.report.is_some_and(|(report, _)| report == event.report) {
                    app.report = None;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn case_opened(&mut self, time: Timestamp, event: &CaseOpened) -> Result<(), FoldError> {
        self.app_mut(event.app)?;
        let case = Case {
            app: event.app,
            kind: event.kind,
            opened_at: time,
            outcome: None,
            appeal: Appeal::None,
        };
        super::fresh(self.registry.cases.insert(event.case, case), "case")
    }

    fn case_mut(&mut self, case: CaseNo) -> Result<&mut Case, FoldError> {
        self.registry.cases.get_mut(&case).ok_or(FoldError::Number("case"))
    }

    /// A new report does not give the partner more time for the one before.
    fn report_issued(&mut self, at: Position, event: &ReportIssued) -> Result<(), FoldError> {
        let app = self.app_mut(event.app)?;
        let due = app.report.map_or(event.due, |(_, due)| due.min(event.due));
        app.report = Some((at, due));
        Ok(())
    }

    /// Whoever authorizes an app, or opts in to one, comes to the experiments that it takes part in. Whether there is
    /// room is asked when it is decided: the cap may change.
    pub(super) fn join_experiments(&mut self, person: PersonNo, app: AppNo) {
        let Some(app) = self.registry.apps.get(&app) else { return };
        for agreement in &app.agreements {
            let Some(agreement) = self.registry.agreements.get(agreement) else { continue };
            let Some(program) = self.registry.programs.get_mut(&agreement.program) else {
                continue;
            };
            if program.status == ProgramStatus::Experimental && !agreement.ended {
                program.join(person);
            }
        }
    }
}

/// What is kept of an app's review from the first event about it on: until then everything is reviewed.
fn reviewed(app: &mut App) -> &mut Review {
    app.review
        .get_or_insert_with(|| Box::new(Review { classes: ClassMask::ALL, testers: Vec::new() }))
}
