//! People: known, erased, their settings, their opt-ins.

use crate::history::{History, Step};
use ledger::{Event, Fact, SettingScope};
use model::{ClassNo, ContextKind, ContextNo, InstallationNo, PersonNo};

impl History<'_> {
    /// The platform told of the person.
    pub(crate) fn is_known(self, person: PersonNo) -> bool {
        self.facts().any(|fact| fact == Fact::Person(person))
    }

    /// The platform told that the person is gone, for good.
    pub(crate) fn is_erased(self, person: PersonNo) -> bool {
        self.facts().any(|fact| fact == Fact::PersonGone(person))
    }

    /// What the person last chose in this scope blocks the class.
    pub(crate) fn blocks(self, person: PersonNo, scope: SettingScope, class: ClassNo) -> bool {
        self.events()
            .rev()
            .find_map(|event| match event {
                Event::SettingChanged(changed)
                    if changed.person == person && changed.scope == scope =>
                {
                    Some(changed.blocked.has(class))
                }
                _ => None,
            })
            .unwrap_or(false)
    }

    /// The person allowed the class to this installation, did not take it back, and did not leave the context since.
    pub(crate) fn opted_in(
        self,
        person: PersonNo,
        installation: InstallationNo,
        context: ContextNo,
        class: ClassNo,
    ) -> bool {
        let mut allowed = false;
        for (_, step) in self.steps() {
            match step {
                Step::Done(Event::OptIn(event))
                    if event.person == person && event.installation == installation =>
                {
                    allowed = allowed || event.classes.has(class);
                }
                Step::Done(Event::OptOut(event))
                    if event.person == person && event.installation == installation =>
                {
                    allowed = allowed && !event.classes.has(class);
                }
                Step::Told(Fact::MemberGone(who, left)) if who == person && left == context => {
                    allowed = false;
                }
                _ => {}
            }
        }
        allowed
    }

    /// The context is a group.
    pub(crate) fn is_group(self, context: ContextNo) -> bool {
        self.facts().any(|fact| fact == Fact::Context(context, ContextKind::Group))
    }
}
