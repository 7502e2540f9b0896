//! What ends for want of use, and that it stays so.
//!
//! Nothing happens at the instant of such an end: it is a comparison at decision time. So when a policy changes how long
//! something may go unused, what had ended under the old one must be told from what had not. Each policy that leaves draws
//! a line: whatever was last used at or before it had ended. Lines only ever move up, so one instant for grants and one a
//! class say it for everything that there is, and a policy change costs no walk over grants and agreements.

use crate::registry::{App, Grant};
use crate::rules::Rules;
use crate::state::State;
use model::{ClassMask, ClassNo, Millis, Timestamp};
use std::collections::BTreeMap;

/// What had ended for want of use under policies of the past: all that was last used at or before these instants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) grants: Option<Timestamp>,
    pub(crate) classes: BTreeMap<ClassNo, Timestamp>,
}

/// An app's use of a class, as far as it was never interrupted for so long that the class had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Streak {
    /// Agreements that began earlier had ended for want of use when it began, and it is none of theirs: the class of one
    /// agreement does not come back because the app uses it under another.
    pub(crate) reaches: Timestamp,
    /// Its last day (whole days since 1970-01-01, UTC).
    pub(crate) last_day: u32,
}

/// What was last used at this instant has just ended, if things may go unused for so long.
fn ended_by(now: Timestamp, length: Option<Millis>) -> Option<Timestamp> {
    now.0.checked_sub(length?.0).map(Timestamp)
}

impl State {
    /// When a grant ends if its person does nothing with it any more, or the beginning of time if it did.
    #[must_use]
    pub fn idle_at(&self, grant: &Grant) -> Timestamp {
        if self.lines.grants.is_some_and(|line| grant.active_at <= line) {
            return Timestamp(0);
        }
        self.rules.idle.map_or(Timestamp::NEVER, |idle| grant.active_at.plus(idle))
    }

    /// When a grant ends if nothing happens any more: by its own end, or because its person does nothing with it.
    #[must_use]
    pub fn ends_at(&self, grant: &Grant) -> Timestamp {
        grant.expires_at.min(self.idle_at(grant))
    }

    /// When a class ends under an agreement of an app that began (came into force, and was made) at an instant, if the app
    /// does not use it any more; or the beginning of time if it did under an earlier policy.
    #[must_use]
    pub fn unused_at(
        &self,
        rules: &Rules,
        app: &App,
        class: ClassNo,
        began: Timestamp,
    ) -> Timestamp {
        let used = app.used.get(&class).filter(|streak| streak.reaches <= began);
        let used = used.map(|streak| Timestamp::end_of_day(streak.last_day));
        let last = used.map_or(began, |used| used.max(began));
        if self.lines.classes.get(&class).is_some_and(|line| last <= *line) {
            return Timestamp(0);
        }
        rules.unused_after(class).map_or(Timestamp::NEVER, |length| last.plus(length))
    }

    /// Classes that end for apps that do not use them, or ended for some under an earlier policy.
    #[must_use]
    pub fn endable(&self, rules: &Rules) -> ClassMask {
        let earlier = self.lines.classes.keys().copied().map(ClassMask::of);
        earlier.fold(rules.watched(), |mask, class| mask | class)
    }

    /// The policy in force is about to leave: what ended under it stays ended.
    pub(crate) fn draw_lines(&mut self, now: Timestamp) {
        let Some(policy) = &self.policy else { return };
        let days = |days: Option<u32>| days.map(|days| Millis::days(days.into()));
        let expiry = policy.expiry();
        self.lines.grants = self.lines.grants.max(ended_by(now, days(expiry.idle_days)));
        for (name, said) in &expiry.classes {
            // Of a class that the catalog has dropped too: it may come back.
            let Some(class) = self.numbering.classes.get(name) else { continue };
            if let Some(line) = ended_by(now, days(said.unused_days)) {
                let known = self.lines.classes.entry(*class).or_insert(line);
                *known = line.max(*known);
            }
        }
    }

    /// What was last used at or before this instant has ended now, whether an earlier policy said so or the one in force.
    pub(crate) fn line_of(&self, class: ClassNo, now: Timestamp) -> Option<Timestamp> {
        let policy = self.policy.as_ref().map(|policy| policy.expiry());
        let mut said = policy.into_iter().flat_map(|expiry| &expiry.classes);
        let days = said
            .find(|(name, _)| self.numbering.classes.get(*name) == Some(&class))
            .and_then(|(_, said)| said.unused_days);
        let length = days.map(|days| Millis::days(days.into()));
        self.lines.classes.get(&class).copied().max(ended_by(now, length))
    }
}

impl Streak {
    /// The streak after one more use, `line` being what had ended by then.
    pub(crate) fn after(known: Option<Self>, line: Option<Timestamp>, day: u32) -> Self {
        let had_ended =
            |known: &Self| line.is_some_and(|line| Timestamp::end_of_day(known.last_day) <= line);
        match known {
            Some(known) if !had_ended(&known) => {
                Self { last_day: known.last_day.max(day), ..known }
            }
            Some(_) | None => {
                let reaches = line.map_or(Timestamp(0), |line| line.plus(Millis(1)));
                Self { reaches, last_day: known.map_or(day, |known| known.last_day.max(day)) }
            }
        }
    }
}
