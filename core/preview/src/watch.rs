//! A policy that is watched beside the one in force: what it would have done to every answer since.

use crate::effect::{Effects, Sums};
use consent::{FoldError, Request, State, authorize, decide, marks_of_use};
use ledger::{DisclosurePayload, Entry, Event, Payload, PolicyActivated, Why};
use model::{Actor, ClassMask, Position, Timestamp};

/// What a watched policy would have done so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Where it began to be watched.
    pub since: Position,
    /// When.
    pub since_at: Timestamp,
    /// The first entry that was not looked at yet.
    pub next: Position,
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

/// A second fold of the log, in which the watched policy is in force instead of whichever is. It follows the log entry
/// by entry, so each answer is decided at its own place and instant.
///
/// Takes the memory of a second state while it lasts.
pub struct Watch {
    state: State,
    since: Position,
    since_at: Timestamp,
    sums: Sums,
    disclosures: u64,
    cut: u64,
    withholding: u64,
    widening: u64,
    unreadable: u64,
}

impl Watch {
    /// Begins to watch a policy document: `state` is the fold up to and with the event that says so.
    ///
    /// # Errors
    /// The document does not parse.
    pub fn new(mut state: State, since: Position, document: &[u8]) -> Result<Self, FoldError> {
        let why = Why::by(Actor::System);
        let adopted = PolicyActivated { document: document.to_vec(), why };
        state.suppose(&Event::PolicyActivated(adopted))?;
        Ok(Self {
            since,
            since_at: state.time(),
            state,
            sums: Sums::default(),
            disclosures: 0,
            cut: 0,
            withholding: 0,
            widening: 0,
            unreadable: 0,
        })
    }

    /// The entry that comes next.
    #[must_use]
    pub const fn next(&self) -> Position {
        self.state.next()
    }

    /// Where the policy began to be watched.
    #[must_use]
    pub const fn since(&self) -> Position {
        self.since
    }

    /// Takes the next entry in.
    ///
    /// # Errors
    /// It is not the next one, or cannot follow.
    pub fn entry(&mut self, position: Position, entry: &Entry) -> Result<(), FoldError> {
        let (time, leaf) = (entry.leaf.time, &entry.leaf);
        match &entry.payload {
            Payload::Disclosure(payload) => {
                if let Some(request) = Request::of_disclosure(leaf, payload) {
                    self.disclosure(&request, payload, time)?;
                } else {
                    self.unreadable(leaf.kind);
                }
                self.state.skip_to(Position(position.0 + 1), time)
            }
            // It holds whatever else comes into force. The day's marks of use are made here too, for the classes that it asks
            // about; those of the log are for the classes of the policy in force, and do no harm.
            Payload::Control(Event::PolicyActivated(_)) => {
                self.state.skip_to(Position(position.0 + 1), time)
            }
            Payload::Control(_) => self.state.apply(position, time, &entry.payload),
            Payload::Refusals(_) | Payload::WritePermitted(_) | Payload::WriteOutcome(_) => {
                self.state.skip_to(Position(position.0 + 1), time)
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
        self.unreadable(kind);
        self.state.skip_to(Position(position.0 + 1), time)
    }

    const fn unreadable(&mut self, kind: u16) {
        if kind == ledger::kind::DISCLOSURE {
            self.disclosures += 1;
            self.unreadable += 1;
        }
    }

    fn disclosure(
        &mut self,
        request: &Request,
        payload: &DisclosurePayload,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        self.disclosures += 1;
        self.cut += u64::from(authorize(&self.state, request, at).is_err());
        let released = decide(&self.state, request, &payload.nodes, at).released;
        let effect = self.sums.answer(request.app, &payload.nodes, &payload.released, &released);
        self.withholding += effect.lost.disclosures;
        self.widening += effect.gained.disclosures;
        // What it would have released counts as used: a class that it watches goes dark for want of use alone.
        let used = released.iter().fold(request.requires, |mask: ClassMask, one| mask | *one);
        for mark in marks_of_use(&self.state, request, used, at) {
            if let Event::ClassesUsed(_) = &mark {
                self.state.suppose(&mark)?;
            }
        }
        Ok(())
    }

    /// What was found so far.
    #[must_use]
    pub fn report(&self) -> Watched {
        Watched {
            since: self.since,
            since_at: self.since_at,
            next: self.next(),
            disclosures: self.disclosures,
            withholding: self.withholding,
            cut: self.cut,
            widening: self.widening,
            unreadable: self.unreadable,
            effects: self.sums.finish(),
        }
    }
}
