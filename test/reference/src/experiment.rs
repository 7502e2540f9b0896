//! Experiments: programs that reach only so many people.

use crate::history::History;
use ledger::Event;
use model::{AppNo, PersonNo, ProgramNo, ProgramStatus};

impl History<'_> {
    /// The program is no experiment with a cap, or the person is among the first so many who came to it.
    pub(crate) fn is_reached(self, person: PersonNo, program: ProgramNo) -> bool {
        let Some(last) = self.program_as_last_changed(program) else { return true };
        match (last.status, last.cap) {
            (ProgramStatus::Experimental, Some(cap)) => {
                self.participants(program).iter().take(cap as usize).any(|one| *one == person)
            }
            _ => true,
        }
    }

    /// Everybody who, while the program was an experiment, authorized an app or opted in to one that had an agreement
    /// for it that nobody had ended; in the order in which they came.
    fn participants(self, program: ProgramNo) -> Vec<PersonNo> {
        let mut people = Vec::new();
        for (place, event) in self.events().enumerate() {
            let (person, app) = match event {
                Event::GrantMade(made) => (made.person, made.app),
                Event::OptIn(made) => (made.person, made.app),
                _ => continue,
            };
            let then = History(self.0.get(..place).unwrap_or_default());
            if then.is_experiment(program)
                && then.has_agreement(app, program)
                && !people.contains(&person)
            {
                people.push(person);
            }
        }
        people
    }

    fn is_experiment(self, program: ProgramNo) -> bool {
        let last = self.program_as_last_changed(program);
        last.is_some_and(|changed| changed.status == ProgramStatus::Experimental)
    }

    /// An agreement for the program was made and not ended by anybody, whatever its time.
    fn has_agreement(self, app: AppNo, program: ProgramNo) -> bool {
        self.events().any(|event| match event {
            Event::AgreementMade(made) => {
                made.app == app && made.program == program && !self.agreement_ended(made.agreement)
            }
            _ => false,
        })
    }
}
