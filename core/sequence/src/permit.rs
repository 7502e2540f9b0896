//! A permit: an optimistic decision that is appended if it still holds.

use crate::commit::{NewObject, VaultWrite};
use crate::replica::{Job, Lookup, Prepared, Recent};
use consent::{Decision, Request, State, Touch, decide, marks_of_use, touches};
use ledger::{DecodeError, DisclosurePayload, Entry, Leaf, Node, Payload, PreparedEntry};
use model::{Chain, ClassMask, ContextKind, Env, Position, Timestamp, limits};
use std::sync::Arc;

/// What a request takes note of, under one lock, before it asks the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// [`Replica::load`](crate::Replica::load).
    pub load: u64,
    /// [`State::revision`]. What the upstream says may be older than any event from here on.
    pub revision: Position,
}

/// A decision made against one state, with what is needed to hold it against a later one.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The request.
    pub request: Arc<Request>,
    /// The nodes decided.
    pub nodes: Arc<Vec<Node>>,
    /// The decision.
    pub decision: Decision,
    /// Number of the load of state that it was made against.
    pub load: u64,
    /// [`State::revision`] before the upstream was asked.
    pub revision: Position,
    /// The instant that it was decided for; perhaps of a clock that runs ahead of the log's.
    pub decided_at: Timestamp,
    /// How often it already went back.
    pub tries: u32,
    /// Request id.
    pub request_id: [u8; 16],
    /// Truncated source network.
    pub network: Option<Vec<u8>>,
    /// Of the answer to a write: where that was permitted.
    pub write: Option<Position>,
}

impl Permit {
    /// Decides against a state.
    #[must_use]
    pub fn decide(
        state: &State,
        basis: Basis,
        request: Arc<Request>,
        nodes: Arc<Vec<Node>>,
        now: Timestamp,
    ) -> Self {
        let decision = decide(state, &request, &nodes, now);
        Self {
            request,
            nodes,
            decision,
            load: basis.load,
            revision: basis.revision.min(state.revision()),
            decided_at: now,
            tries: 0,
            request_id: [0; 16],
            network: None,
            write: None,
        }
    }

    /// The entry that records the disclosure.
    ///
    /// # Errors
    /// The answer has no spelling that reads back: too many nodes, for example. It must not be released.
    pub fn entry(&self, state: &State) -> Result<Entry, DecodeError> {
        let payload = DisclosurePayload {
            acting: self.request.acting,
            network: self.network.clone(),
            facts_up_to: self.request.facts_up_to,
            context: self.request.context,
            permit: self.write,
            nodes: self.nodes.as_ref().clone(),
            released: self.decision.released.clone(),
        };
        payload.check()?;
        let request = &self.request;
        let (grant, installation) = match request.chain {
            Chain::Grant(grant) => (Some(grant), None),
            Chain::Installation(installation) => (None, Some(installation)),
        };
        let context = self
            .nodes
            .iter()
            .filter_map(|node| node.record.as_ref())
            .find_map(|record| record.context);
        let kind = context.and_then(|no| state.context(no)).and_then(consent::ContextState::kind);
        let leaf = Leaf {
            partner: state.app(request.app).map(|app| app.partner),
            app: Some(request.app),
            credential: request.credential,
            grant,
            installation,
            issue: Some(request.issue),
            key: Some(request.key),
            family: request.family,
            operation: Some(request.operation),
            version: Some(request.version),
            purpose: Some(request.purpose),
            program: Some(request.program),
            policy: state.policy_at(),
            request: Some(self.request_id),
            classes: Some(request.requires).filter(|classes| !classes.is_empty()),
            context: Some(kind.unwrap_or(ContextKind::None)),
            ..payload.leaf()
        };
        Ok(Entry { leaf, payload: Payload::Disclosure(payload) })
    }
}

/// How a permit's turn under the lock ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It holds as decided and was appended.
    Holds,
    /// It holds no more: decide again, after asking the upstream again where so said.
    GoBack(Touch),
    /// Decided under the lock after too many tries: what is released is this.
    Instead(Vec<ClassMask>),
}

/// A permit waiting for its turn.
#[derive(Debug)]
pub struct PermitJob {
    permit: Permit,
    prepared: Option<PreparedEntry>,
    salt: ledger::Salt,
    objects: Vec<NewObject>,
    /// How it ended, once it had its turn.
    pub settled: Option<Settled>,
}

impl PermitJob {
    /// Spells the payload out ahead of the lock, as it does not depend on position or time.
    ///
    /// # Errors
    /// The answer cannot be recorded so that it reads back, and must not be released.
    pub fn new(
        permit: Permit,
        objects: Vec<NewObject>,
        state: &State,
        salt: ledger::Salt,
    ) -> Result<Self, DecodeError> {
        let prepared = Some(permit.entry(state)?.prepare(salt));
        Ok(Self { permit, prepared, salt, objects, settled: None })
    }

    /// The permit itself.
    #[must_use]
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }

    fn append(&mut self, state: &State, env: &Env) -> Prepared {
        let rows = std::mem::take(&mut self.objects).into_iter().map(VaultWrite::Object).collect();
        let Permit { request, decision, .. } = &self.permit;
        let used = decision.released.iter().fold(ClassMask::NONE, |mask, one| mask | *one);
        let marks = marks_of_use(state, request, used, env.now);
        Prepared::of(self.prepared.take()).with(rows).marked(marks)
    }

    /// Spells the entry out anew, under the lock.
    fn renew(&mut self, state: &State, env: &Env, settled: Settled) -> Prepared {
        match self.permit.entry(state) {
            Ok(entry) => {
                self.prepared = Some(entry.prepare(self.salt));
                self.settled = Some(settled);
                self.append(state, env)
            }
            // The same nodes were recordable with the masks of before.
            Err(_) => {
                self.settled = Some(Settled::GoBack(Touch::Reread));
                Prepared::nothing()
            }
        }
    }

    /// Whether and how a later event means that the permit must be looked at again.
    fn touch(&self, state: &State, env: &Env, recent: Recent<'_>) -> Touch {
        // A decision holds from the instant it was made for until `ends`. The log's time can be before that instant.
        let held = self.permit.decided_at..self.permit.decision.ends;
        let due = if held.contains(&env.now) { Touch::No } else { Touch::Decide };
        if state.revision() <= self.permit.revision {
            return due;
        }
        // `recent` reaches back a bounded way; a permit older than it is decided again without looking.
        let covered =
            recent.events.first().is_some_and(|(first, _)| *first <= self.permit.revision);
        if !covered {
            return Touch::Reread;
        }
        recent
            .events
            .iter()
            .filter(|(position, _)| *position >= self.permit.revision)
            .map(|(_, event)| touches(state, &self.permit.request, &self.permit.nodes, event))
            .fold(due, Touch::max)
    }
}

impl Job for PermitJob {
    fn is_ending(&self) -> bool {
        false
    }

    fn prepare(
        &mut self,
        state: &State,
        _: &dyn Lookup,
        env: &Env,
        recent: Recent<'_>,
    ) -> Prepared {
        // What it was decided on may be events that never came to be, or it was in a batch that failed.
        if self.permit.load != recent.load || self.prepared.is_none() {
            self.settled = Some(Settled::GoBack(Touch::Reread));
            return Prepared::nothing();
        }
        let touch = self.touch(state, env, recent);
        if touch == Touch::No {
            self.settled = Some(Settled::Holds);
            return self.append(state, env);
        }
        if touch == Touch::Reread {
            // The nodes themselves may be wrong: no number of tries makes up for asking the upstream.
            self.settled = Some(Settled::GoBack(touch));
            return Prepared::nothing();
        }
        let again = decide(state, &self.permit.request, &self.permit.nodes, env.now);
        if again.released == self.permit.decision.released
            && again.withheld == self.permit.decision.withheld
        {
            // The same under another policy, which the leaf names.
            return self.renew(state, env, Settled::Holds);
        }
        if self.permit.tries < limits::PERMIT_TRIES_MAX {
            self.settled = Some(Settled::GoBack(touch));
            return Prepared::nothing();
        }
        let instead = Settled::Instead(again.released.clone());
        self.permit.decision = again;
        self.renew(state, env, instead)
    }
}
