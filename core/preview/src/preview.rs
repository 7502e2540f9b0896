//! Recent requests, decided again with a change and without it.

use crate::change::{NotPreviewable, is_previewable};
use crate::effect::{Effects, Sums};
use crate::reach::{Chains, Progress, Reach, Survey};
use consent::{Request, State, authorize, decide};
use ledger::{DisclosurePayload, Event, Leaf, Payload};
use model::{Chain, Reason, Timestamp};

/// How far back the requests go that are decided again.
pub const DAYS: u64 = 30;

/// How many answers were looked at, and what became of them. `all` is the sum of the next four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disclosures {
    /// Every one of the time looked at.
    pub all: u64,
    /// Would be served today, with the change, without it, or both ways.
    pub compared: u64,
    /// Through a grant or installation that has ended since: nobody could ask so today, changed or not.
    pub ended: u64,
    /// Refused today for another reason, changed or not: the app is suspended, the program closed, the version gone.
    pub refused: u64,
    /// Whose content the log does not hold any more.
    pub unreadable: u64,
    /// Of those compared: served without the change, and not at all with it.
    pub cut: u64,
    /// Of those compared: not served without the change, and served with it.
    pub opened: u64,
    /// Of those compared: from which something would be missing.
    pub losing: u64,
    /// Of those compared: which would carry more.
    pub gaining: u64,
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The instant of which it speaks.
    pub now: Timestamp,
    /// The first instant looked at.
    pub since: Timestamp,
    /// Answers looked at.
    pub disclosures: Disclosures,
    /// What they would lose and gain.
    pub effects: Effects,
    /// What installations and grants could read, used or not.
    pub reach: Reach,
}

/// A preview in the making: two states, the one that is and the one that would be.
///
/// Takes the memory of both: the changed one is a whole copy.
pub struct Preview {
    now: Timestamp,
    before: State,
    after: State,
    counts: Disclosures,
    sums: Sums,
    used: Chains,
    survey: Survey,
}

impl Preview {
    /// Begins a preview of events that happen to a state at an instant, in their order.
    ///
    /// # Errors
    /// An event changes no rule, or cannot follow.
    pub fn new(state: State, events: &[Event], now: Timestamp) -> Result<Self, NotPreviewable> {
        let now = now.max(state.time());
        let mut after = state.clone();
        for event in events {
            if !is_previewable(event) {
                return Err(NotPreviewable::Kind(event.word()));
            }
            after.apply(after.next(), now, &Payload::Control(event.clone()))?;
        }
        let survey = Survey::new(&state, &after, now);
        Ok(Self {
            now,
            before: state,
            after,
            counts: Disclosures::default(),
            sums: Sums::default(),
            used: Chains::default(),
            survey,
        })
    }

    /// The instant of which it speaks.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The first instant whose disclosures belong to it.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        Timestamp(self.now.0.saturating_sub(DAYS * 86_400_000))
    }

    /// Takes a disclosure in; without a payload, what the log still says of it.
    pub fn disclosure(&mut self, leaf: &Leaf, payload: Option<&DisclosurePayload>) {
        self.counts.all += 1;
        let found = payload.and_then(|one| Some((Request::of_disclosure(leaf, one)?, one)));
        let Some((request, payload)) = found else {
            self.counts.unreadable += 1;
            return;
        };
        self.used.insert(request.chain);
        let request = self.today(request);
        let (before, after) = (
            authorize(&self.before, &request, self.now).err(),
            authorize(&self.after, &request, self.now).err(),
        );
        match (before, after) {
            (Some(before), Some(_)) if is_of_chain(before) => self.counts.ended += 1,
            (Some(_), Some(_)) => self.counts.refused += 1,
            (None, Some(_)) => {
                self.counts.cut += 1;
                self.compare(&request, payload);
            }
            (Some(_), None) => {
                self.counts.opened += 1;
                self.compare(&request, payload);
            }
            (None, None) => self.compare(&request, payload),
        }
    }

    /// The same request, had it come just now: its chain with a token made today, and facts that are complete. Tokens live
    /// for an hour; what they stand for is what a change is about.
    fn today(&self, request: Request) -> Request {
        Request {
            credential: None,
            family: None,
            issue: self.before.issue_number(),
            facts_up_to: self.now,
            ..request
        }
    }

    fn compare(&mut self, request: &Request, payload: &DisclosurePayload) {
        self.counts.compared += 1;
        let before = decide(&self.before, request, &payload.nodes, self.now).released;
        let after = decide(&self.after, request, &payload.nodes, self.now).released;
        let effect = self.sums.answer(request.app, &payload.nodes, &before, &after);
        self.counts.losing += effect.lost.disclosures;
        self.counts.gaining += effect.gained.disclosures;
    }

    /// Looks at some more installations and grants: at most so many.
    pub fn step(&mut self, most: usize) -> Progress {
        self.survey.step(&self.before, &self.after, &self.used, most)
    }

    /// What was found so far.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            now: self.now,
            since: self.since(),
            disclosures: self.counts,
            effects: self.sums.finish(),
            reach: self.survey.finish(),
        }
    }
}

/// Whether the grant or the installation itself is what fails.
const fn is_of_chain(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::CutOff | Reason::Grant | Reason::Idle | Reason::GrantPurpose | Reason::Installation
    )
}

impl Chains {
    pub(crate) fn insert(&mut self, chain: Chain) {
        match chain {
            Chain::Grant(no) => self.grants.insert(no.index()),
            Chain::Installation(no) => self.installations.insert(no.index()),
        }
    }
}
