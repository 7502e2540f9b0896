//! Reviews: what of an app may be seen by others than those who test it.

use crate::history::History;
use ledger::Event;
use model::{AppNo, ClassNo, ContextNo, InstallationNo, PersonNo};

impl History<'_> {
    /// Reviewed from the start (an app that says nothing of it: everything), or since, and not taken back.
    pub(crate) fn is_reviewed(self, app: AppNo, class: ClassNo) -> bool {
        let mut reviewed = false;
        for event in self.events() {
            match event {
                Event::AppMade(made) if made.app == app => {
                    reviewed = made.reviewed.is_none_or(|classes| classes.has(class));
                }
                Event::ReviewPassed(passed) if passed.app == app => {
                    reviewed = reviewed || passed.classes.has(class);
                }
                Event::ReviewWithdrawn(withdrawn) if withdrawn.app == app => {
                    reviewed = reviewed && !withdrawn.classes.has(class);
                }
                _ => {}
            }
        }
        reviewed
    }

    /// The person tests the app.
    pub(crate) fn tests(self, person: PersonNo, app: AppNo) -> bool {
        let mut tests = false;
        for event in self.events() {
            match event {
                Event::TesterAdded(added) if added.app == app && added.person == person => {
                    tests = true;
                }
                Event::TesterRemoved(removed) if removed.app == app && removed.person == person => {
                    tests = false;
                }
                _ => {}
            }
        }
        tests
    }

    /// Somebody who stands behind the installation tests the app.
    pub(crate) fn is_backed_by_a_tester(self, number: InstallationNo, app: AppNo) -> bool {
        let backers = self.installation(number).map(|made| self.living_backers(made));
        backers.into_iter().flatten().any(|backer| self.tests(backer, app))
    }

    /// The context is a sandbox.
    pub(crate) fn is_sandbox(self, context: ContextNo) -> bool {
        let last = self.events().rev().find_map(|event| match event {
            Event::SandboxChanged(changed) if changed.context == context => Some(changed.sandbox),
            _ => None,
        });
        last.unwrap_or(false)
    }
}
