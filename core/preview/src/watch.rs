//! A change that is watched before it is made: what it would have done to every answer since.

use crate::effect::{Effects, Sums};
use crate::restricted::restricted;
use consent::{FoldError, Request, State, authorize, decide, marks_of_use};
use ledger::{AuditedChange, DisclosurePayload, Entry, Event, Payload};
use model::{ClassMask, Position, ProgramStatus, Timestamp};
use std::sync::Arc;

/// What a watched change would have done so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Which change.
    pub change: Arc<AuditedChange>,
    /// Where it began to be watched.
    pub since: Position,
    /// When.
    pub since_at: Timestamp,
    /// The first entry that was not looked at yet.
    pub next: Position,
    /// The entry that really changed what it is about, and when: nothing after it was looked at.
    pub over: Option<(Position, Timestamp)>,
    /// Answers that left since.
    pub disclosures: u64,
    /// Of these: from which it would have withheld something.
    pub withholding: u64,
    /// Of these: not served at all.
    pub cut: u64,
    /// Of these: which it would have let carry more.
    pub widening: u64,
    /// Whose content the log does not hold any more.
    pub unreadable: u64,
    /// What they would have lost and gained.
    pub effects: Effects,
}

/// A second fold of the log, in which the watched change was made where it began to be watched. It follows the log entry by
/// entry, so each answer is decided at its own place and instant, and whatever else ends ends in it too. It is over at the
/// event that really changes what the watched change is about ([`State::overtakes`]); a policy stays in force in it instead.
///
/// Takes the memory of a second state until it is over.
pub struct Watch {
    stage: Stage,
    change: Arc<AuditedChange>,
    since: Position,
    since_at: Timestamp,
    counts: Counts,
}

enum Stage {
    Follows(Box<State>),
    Over(Position, Timestamp),
}

#[derive(Default)]
struct Counts {
    sums: Sums,
    disclosures: u64,
    cut: u64,
    withholding: u64,
    widening: u64,
    unreadable: u64,
}

impl Watch {
    /// Begins to watch a change: `state` is the fold up to and with the event that says so.
    ///
    /// # Errors
    /// The change cannot be made there.
    pub fn new(
        mut state: State,
        since: Position,
        change: Arc<AuditedChange>,
    ) -> Result<Self, FoldError> {
        let since_at = state.time();
        for event in state.events_of(&change)? {
            state.suppose(&event)?;
        }
        let stage = Stage::Follows(Box::new(state));
        Ok(Self { stage, change, since, since_at, counts: Counts::default() })
    }

    /// The entry that comes next.
    #[must_use]
    pub fn next(&self) -> Position {
        match &self.stage {
            Stage::Follows(state) => state.next(),
            Stage::Over(at, _) => Position(at.0 + 1),
        }
    }

    /// Where the change began to be watched.
    #[must_use]
    pub const fn since(&self) -> Position {
        self.since
    }

    /// Whether there is nothing left to hold the change against: no entry is looked at any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(..))
    }

    /// Takes the next entry in.
    ///
    /// # Errors
    /// It is not the next one, or cannot follow.
    pub fn entry(&mut self, position: Position, entry: &Entry) -> Result<(), FoldError> {
        let Stage::Follows(state) = &mut self.stage else { return Ok(()) };
        let (time, leaf) = (entry.leaf.time, &entry.leaf);
        let after = Position(position.0 + 1);
        match &entry.payload {
            Payload::Disclosure(payload) => {
                match Request::of_disclosure(leaf, payload) {
                    Some(request) => self.counts.disclosure(state, &request, payload, time)?,
                    None => self.counts.unreadable(leaf.kind),
                }
                state.skip_to(after, time)
            }
            Payload::Control(event) if state.overtakes(event, &self.change) => {
                self.stage = Stage::Over(position, time);
                Ok(())
            }
            Payload::Control(event) => match would_be(state, &self.change, event, time) {
                WouldBe::So => state.apply(position, time, &entry.payload),
                WouldBe::Otherwise(payload) => state.apply(position, time, &payload),
                WouldBe::Not => state.skip_to(after, time),
            },
            Payload::Refusals(_) | Payload::WritePermitted(_) | Payload::WriteOutcome(_) => {
                state.skip_to(after, time)
            }
        }
    }

    /// Passes over an entry whose content is gone.
    ///
    /// # Errors
    /// It is not the next one.
    pub fn skip(
        &mut self,
        position: Position,
        kind: u16,
        time: Timestamp,
    ) -> Result<(), FoldError> {
        let Stage::Follows(state) = &mut self.stage else { return Ok(()) };
        self.counts.unreadable(kind);
        state.skip_to(Position(position.0 + 1), time)
    }

    /// What was found so far.
    #[must_use]
    pub fn report(&self) -> Watched {
        let Counts { sums, disclosures, cut, withholding, widening, unreadable } = &self.counts;
        Watched {
            change: Arc::clone(&self.change),
            since: self.since,
            since_at: self.since_at,
            next: self.next(),
            over: match self.stage {
                Stage::Follows(_) => None,
                Stage::Over(at, time) => Some((at, time)),
            },
            disclosures: *disclosures,
            withholding: *withholding,
            cut: *cut,
            widening: *widening,
            unreadable: *unreadable,
            effects: sums.finish(),
        }
    }
}

/// How an event would have happened had a change been made.
pub(crate) enum WouldBe {
    /// As it did.
    So,
    /// Like this.
    Otherwise(Box<Payload>),
    /// Not at all.
    Not,
}

impl WouldBe {
    pub(crate) fn otherwise(event: Event) -> Self {
        Self::Otherwise(Box::new(Payload::Control(event)))
    }
}

fn would_be(state: &State, change: &AuditedChange, event: &Event, now: Timestamp) -> WouldBe {
    match (change, event) {
        // The watched one holds whatever else comes into force. The day's marks of use are made here too, for the classes
        // that it asks about; those of the log are for the classes of the policy in force, and do no harm.
        (AuditedChange::Policy(_), Event::PolicyActivated(_)) => WouldBe::Not,
        (AuditedChange::Program(stage), event) if stage.status == ProgramStatus::Restricted => {
            restricted(state, stage.program, event, now)
        }
        _ => WouldBe::So,
    }
}

impl Counts {
    const fn unreadable(&mut self, kind: u16) {
        if kind == ledger::kind::DISCLOSURE {
            self.disclosures += 1;
            self.unreadable += 1;
        }
    }

    fn disclosure(
        &mut self,
        state: &mut State,
        request: &Request,
        payload: &DisclosurePayload,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        self.disclosures += 1;
        self.cut += u64::from(authorize(state, request, at).is_err());
        let released = decide(state, request, &payload.nodes, at).released;
        let effect = self.sums.answer(request.app, &payload.nodes, &payload.released, &released);
        self.withholding += effect.lost.disclosures;
        self.widening += effect.gained.disclosures;
        // What it would have released counts as used: a class that it watches goes dark for want of use alone.
        let used = released.iter().fold(request.requires, |mask: ClassMask, one| mask | *one);
        for mark in marks_of_use(state, request, used, at) {
            if let Event::ClassesUsed(_) = &mark {
                state.suppose(&mark)?;
            }
        }
        Ok(())
    }
}
