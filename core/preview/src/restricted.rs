//! What would not have begun had a program been restricted.
//!
//! A restriction takes nothing away from what stands, and no link of a decision asks for it: flows refuse what is new. So a
//! watched one is told by what has begun since and would not have. What another open program covers would have begun all the
//! same, and nothing is taken for refused that may have been allowed.

use crate::watch::WouldBe;
use consent::{Agreement, Program, ProgramRules, State};
use ledger::{Event, GrantMade, InstallationMade, OptIn};
use model::{AppNo, ClassMask, PersonNo, ProgramNo, ProgramStatus, Timestamp};

/// The event with no more in it than would have been allowed; none where everything would have stayed as it was. What is new
/// and would not have been allowed at all keeps its number, and stands for nothing.
pub(crate) fn restricted(
    state: &State,
    program: ProgramNo,
    event: &Event,
    now: Timestamp,
) -> WouldBe {
    let open = Open { state, program, now };
    match event {
        Event::InstallationMade(made) => {
            let offered = open.to_all(made.app, |rules, one| one.classes.without(rules.own_data));
            let classes = made.classes & offered;
            let made = InstallationMade { classes, ..made.clone() };
            WouldBe::otherwise(Event::InstallationMade(made))
        }
        Event::OptIn(made) => {
            let needing = |rules: ProgramRules, one: &Agreement| one.classes & rules.opt_in;
            let classes = made.classes & open.to(made.person, made.app, needing);
            WouldBe::otherwise(Event::OptIn(OptIn { classes, ..made.clone() }))
        }
        Event::GrantMade(made) => {
            // A consent that asks for a class too many is refused as a whole.
            let covered = open.to(made.person, made.app, |_, one| one.classes);
            if covered.covers(made.classes) {
                WouldBe::So
            } else if state.grant(made.grant).is_some() {
                WouldBe::Not
            } else {
                let made = GrantMade { classes: ClassMask::NONE, ..made.clone() };
                WouldBe::otherwise(Event::GrantMade(made))
            }
        }
        _ => WouldBe::So,
    }
}

/// Every program but the restricted one, as far as it is open to what is new.
struct Open<'s> {
    state: &'s State,
    program: ProgramNo,
    now: Timestamp,
}

impl Open<'_> {
    fn to_all(&self, app: AppNo, of: impl Fn(ProgramRules, &Agreement) -> ClassMask) -> ClassMask {
        self.covered(app, |program| !program.is_full(), of)
    }

    fn to(
        &self,
        person: PersonNo,
        app: AppNo,
        of: impl Fn(ProgramRules, &Agreement) -> ClassMask,
    ) -> ClassMask {
        self.covered(app, |program| !program.is_full() || program.reaches(person), of)
    }

    fn covered(
        &self,
        app: AppNo,
        has_room: impl Fn(&Program) -> bool,
        of: impl Fn(ProgramRules, &Agreement) -> ClassMask,
    ) -> ClassMask {
        let agreements = self.state.app(app).into_iter().flat_map(|app| &app.agreements);
        let agreements = agreements.filter_map(|no| self.state.agreement(*no));
        let open = agreements.filter(|one| {
            one.program != self.program
                && one.is_standing(self.now)
                && self.state.program(one.program).is_some_and(|program| {
                    matches!(program.status, ProgramStatus::Live | ProgramStatus::Experimental)
                        && program.open_until(app).is_some_and(|until| self.now < until)
                        && has_room(program)
                })
        });
        open.fold(ClassMask::NONE, |mask, one| {
            mask | of(self.state.rules().program(one.program), one)
        })
    }
}
