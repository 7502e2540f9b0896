//! Grants: a person's authorization of an app.

use crate::history::{History, Step};
use ledger::{Event, Fact, GrantMade};
use model::{ClassNo, ContextNo, GrantNo, Position, Timestamp};

impl<'a> History<'a> {
    /// The grant as the person last authorized or changed it.
    pub(crate) fn grant(self, number: GrantNo) -> Option<&'a GrantMade> {
        self.events().rev().find_map(|event| match event {
            Event::GrantMade(made) if made.grant == number => Some(made),
            _ => None,
        })
    }

    /// Somebody ended the grant.
    pub(crate) fn grant_ended(self, number: GrantNo) -> bool {
        self.events()
            .any(|event| matches!(event, Event::GrantEnded(ended) if ended.grant == number))
    }

    /// An end that the person set for the class has come, or its one use is over.
    pub(crate) fn grant_class_ended(self, number: GrantNo, class: ClassNo, now: Timestamp) -> bool {
        let Some(made) = self.grant(number) else { return false };
        let is_over =
            made.ends.iter().flatten().any(|end| end.classes.has(class) && now >= end.until);
        let for_one_time = made.once.is_some_and(|classes| classes.has(class));
        is_over || (for_one_time && self.is_spent(number, class))
    }

    /// The person allowed the class for one time, which was not yet.
    pub(crate) fn is_for_one_time(self, number: GrantNo, class: ClassNo) -> bool {
        let once = self.grant(number).and_then(|made| made.once);
        once.is_some_and(|once| once.has(class)) && !self.is_spent(number, class)
    }

    /// A disclosure since the grant was last made used the class.
    fn is_spent(self, number: GrantNo, class: ClassNo) -> bool {
        let mut spent = false;
        for event in self.events() {
            match event {
                Event::GrantMade(made) if made.grant == number => spent = false,
                Event::GrantSpent(used) if used.grant == number => {
                    spent = spent || used.classes.has(class);
                }
                _ => {}
            }
        }
        spent
    }

    /// The refresh family lives: begun by its code, not ended, and not crowded out by twenty younger ones.
    pub(crate) fn family_lives(self, number: GrantNo, family: Position) -> bool {
        let mut living: Vec<Position> = Vec::new();
        for event in self.events() {
            match event {
                Event::CodeRedeemed(code) if code.grant == number => {
                    living.push(code.code);
                    if living.len() > 20 {
                        living.remove(0);
                    }
                }
                Event::FamilyEnded(ended) if ended.grant == number => {
                    living.retain(|one| *one != ended.family);
                }
                _ => {}
            }
        }
        living.contains(&family)
    }

    /// The person named the context, and has not left it since.
    pub(crate) fn grant_names(self, number: GrantNo, context: ContextNo) -> bool {
        let mut named = false;
        let mut whose = None;
        for (_, step) in self.steps() {
            match step {
                Step::Done(Event::GrantMade(made)) if made.grant == number => {
                    named = made.contexts.contains(&context);
                    whose = Some(made.person);
                }
                Step::Told(Fact::MemberGone(person, left))
                    if whose == Some(person) && left == context =>
                {
                    named = false;
                }
                _ => {}
            }
        }
        named
    }
}
