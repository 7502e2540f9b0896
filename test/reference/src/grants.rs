//! Grants: a person's authorization of an app.

use crate::history::{History, Step};
use ledger::{Event, Fact, GrantMade};
use model::{ContextNo, GrantNo};

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
