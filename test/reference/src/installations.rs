//! Installations: an app enabled in a context, standing while an admin stands behind it.

use crate::history::{History, Step};
use ledger::{Event, Fact, InstallationMade};
use model::{AppNo, ClassNo, ContextNo, InstallationNo, PersonNo, Position};
use std::collections::BTreeSet;

impl<'a> History<'a> {
    /// The event that made the installation.
    pub(crate) fn installation(self, number: InstallationNo) -> Option<&'a InstallationMade> {
        self.events().find_map(|event| match event {
            Event::InstallationMade(made) if made.installation == number => Some(made),
            _ => None,
        })
    }

    /// Made, not ended, its context alive, and somebody stands behind it.
    pub(crate) fn installation_stands(self, number: InstallationNo) -> bool {
        let Some(made) = self.installation(number) else { return false };
        let ended = self.events().any(|event| {
            matches!(event, Event::InstallationEnded(ended) if ended.installation == number)
        });
        !ended && self.context_is_alive(made.context) && !self.living_backers(made).is_empty()
    }

    /// Who stands behind the installation.
    pub(crate) fn living_backers(self, made: &InstallationMade) -> Vec<PersonNo> {
        let (backers, _) = self.backers(made);
        backers.into_iter().filter(|backer| !self.is_erased(*backer)).collect()
    }

    /// The installations of an app that stand in a context.
    pub(crate) fn standing_in(self, app: AppNo, context: ContextNo) -> Vec<InstallationNo> {
        self.events()
            .filter_map(|event| match event {
                Event::InstallationMade(made) if made.app == app && made.context == context => {
                    Some(made.installation)
                }
                _ => None,
            })
            .filter(|number| self.installation_stands(*number))
            .collect()
    }

    /// What the admin allowed, less what admins took away since.
    pub(crate) fn installation_allows(self, number: InstallationNo, class: ClassNo) -> bool {
        let mut allowed = false;
        for event in self.events() {
            match event {
                Event::InstallationMade(made) if made.installation == number => {
                    allowed = made.classes.has(class);
                }
                Event::InstallationNarrowed(narrowed) if narrowed.installation == number => {
                    allowed = allowed && narrowed.classes.has(class);
                }
                _ => {}
            }
        }
        allowed
    }

    /// Position up to which the lapse of the installation killed its tokens, if it ever lapsed.
    pub(crate) fn lapsed_at(self, number: InstallationNo) -> Option<Position> {
        self.backers(self.installation(number)?).1
    }

    /// Who stands behind the installation, and when the last of them was last lost, if that ended it. Losing role or
    /// membership takes a backer away for good; only backing it again brings them back.
    fn backers(self, made: &InstallationMade) -> (BTreeSet<PersonNo>, Option<Position>) {
        let mut backers = BTreeSet::new();
        let mut lapsed_at = None;
        let mut over = false;
        for (position, step) in self.steps() {
            match step {
                Step::Done(Event::InstallationMade(event))
                    if event.installation == made.installation =>
                {
                    backers.insert(event.backer);
                }
                Step::Done(Event::InstallationBacked(event))
                    if event.installation == made.installation =>
                {
                    // Whom erasure took was the last one too: such an installation is confirmed anew, its tokens are not.
                    if backers.is_empty() {
                        lapsed_at = Some(position);
                    }
                    backers.insert(event.backer);
                }
                Step::Told(
                    Fact::AdminGone(person, context) | Fact::MemberGone(person, context),
                ) if context == made.context => {
                    let lost = backers.remove(&person);
                    if lost && backers.is_empty() && !over {
                        lapsed_at = Some(position);
                    }
                }
                Step::Done(Event::InstallationEnded(event))
                    if event.installation == made.installation =>
                {
                    over = true;
                }
                Step::Told(Fact::PersonGone(person)) => {
                    backers.remove(&person);
                }
                _ => {}
            }
        }
        (backers, lapsed_at)
    }

    /// The context was told of and is not gone.
    pub(crate) fn context_is_alive(self, context: ContextNo) -> bool {
        let told = self.facts().any(|fact| matches!(fact, Fact::Context(c, _) if c == context));
        let gone = self.facts().any(|fact| fact == Fact::ContextGone(context));
        told && !gone
    }
}
