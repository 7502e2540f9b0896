//! Grants: a person's authorization of an app.

use crate::history::{History, Step};
use ledger::{Event, Fact, GrantMade};
use model::{ContextNo, GrantNo, Position};

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
