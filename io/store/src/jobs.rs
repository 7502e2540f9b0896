//! What the appending thread is asked for, and how the askers hear of it.

use crate::inflight::Ticket;
use crate::open::SharedParts;
use consent::State;
use gate::Durable;
use ledger::Event;
use model::{ClassMask, Env, Position, Timestamp};
use sequence::{
    Answer, Appended, BatchError, Commit, Job, Lookup, NewObject, PermitJob, Prepared, Recent,
    Settled, StoreError,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Whether a flow takes something away. Such flows go first and may use the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It ends something.
    Ending,
    /// It does not.
    Ordinary,
}

/// Why nothing came of a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Try again later; nothing was written, or nobody knows, and nothing was released.
    #[error("the log can take nothing now: {0}")]
    Unavailable(String),
    /// Too little space is left for anything but endings.
    #[error("the log has no room for disclosures")]
    Full,
    /// The answer is larger or stranger than the log can record: it must not be released.
    #[error("the answer cannot be recorded: {0}")]
    Unrecordable(String),
    /// Somebody must look: the log is not what it was, or cannot be folded.
    #[error("the log is corrupt: {0}")]
    Corrupt(String),
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Store(StoreError::Full) => Self::Full,
            BatchError::Store(StoreError::Corrupt(text)) => Self::Corrupt(text),
            BatchError::Store(other) => Self::Unavailable(other.to_string()),
            BatchError::ClockBehind(_) => Self::Unavailable(error.to_string()),
            BatchError::OtherLog | BatchError::Fold(_) | BatchError::Refused(..) => {
                Self::Corrupt(error.to_string())
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(BatchError::Store(error))
    }
}

/// A commit that is durable.
#[derive(Debug)]
pub struct Done<R> {
    /// What the flow answers.
    pub reply: R,
    /// Position of its last entry, marks of use not counted; of the last entry of the log if it wrote none.
    pub position: Position,
    /// Entry time.
    pub time: Timestamp,
    /// Its control events.
    pub events: Vec<Event>,
}

/// How a permit's turn ended.
pub enum Disclosed {
    /// It is durable, as decided: release it.
    Durable {
        /// The proof.
        durable: Durable,
        /// Keep until the last byte is handed over.
        ticket: Ticket,
        /// What may leave, where that was decided under the lock.
        instead: Option<Vec<ClassMask>>,
    },
    /// Decide again; ask the upstream again first where so said.
    GoBack {
        /// Whether what the upstream said may have changed.
        reread: bool,
        /// The ticket, to be used again.
        ticket: Ticket,
    },
}

/// A job that can tell its asker.
pub(crate) trait Asked: Job + Send {
    /// Called once, when the batch is durable or failed; before any later batch begins.
    fn finish(self: Box<Self>, shared: &SharedParts, outcome: Result<Appended, Failure>);
    /// The job itself, as the protocol wants it.
    fn job(&mut self) -> &mut dyn Job;
}

/// A flow: decided under the lock.
pub(crate) struct FlowJob<F, R, E> {
    flow: F,
    urgency: Urgency,
    result: Option<Result<R, E>>,
    /// Marks of use, which stand behind everything else of the commit.
    marks: u64,
    tell: oneshot::Sender<Result<Result<Done<R>, E>, Failure>>,
}

impl<F, R, E> FlowJob<F, R, E> {
    pub(crate) const fn new(
        urgency: Urgency,
        flow: F,
        tell: oneshot::Sender<Result<Result<Done<R>, E>, Failure>>,
    ) -> Self {
        Self { flow, urgency, result: None, marks: 0, tell }
    }
}

impl<F, R, E> Job for FlowJob<F, R, E>
where
    F: FnMut(&State, &dyn Lookup, &Env) -> Result<Commit<R>, E>,
{
    fn is_ending(&self) -> bool {
        self.urgency == Urgency::Ending
    }

    fn prepare(
        &mut self,
        state: &State,
        lookup: &dyn Lookup,
        env: &Env,
        _: Recent<'_>,
    ) -> Prepared {
        match (self.flow)(state, lookup, env) {
            Ok(Commit { events, entries, marks, writes, reply }) => {
                self.result = Some(Ok(reply));
                self.marks = marks.len() as u64;
                let salt = |index| {
                    env.random(&format!("entry salt {index}"))
                        .first_chunk()
                        .copied()
                        .unwrap_or_default()
                };
                let entries = entries
                    .into_iter()
                    .zip(0..)
                    .map(|(entry, index): (_, u32)| entry.prepare(salt(index)));
                Prepared::control(events, entries.collect(), writes).marked(marks)
            }
            Err(refusal) => {
                self.result = Some(Err(refusal));
                Prepared::nothing()
            }
        }
    }
}

impl<F, R, E> Asked for FlowJob<F, R, E>
where
    F: FnMut(&State, &dyn Lookup, &Env) -> Result<Commit<R>, E> + Send,
    R: Send,
    E: Send,
{
    fn job(&mut self) -> &mut dyn Job {
        self
    }

    fn finish(self: Box<Self>, _: &SharedParts, outcome: Result<Appended, Failure>) {
        let answer = match (outcome, self.result) {
            (Err(failure), _) => Err(failure),
            (Ok(_), None) => Err(Failure::Unavailable("the flow had no turn".to_owned())),
            (Ok(_), Some(Err(refusal))) => Ok(Err(refusal)),
            (Ok(appended), Some(Ok(reply))) => {
                let behind = appended.first.0 + appended.count;
                let position = Position(behind.saturating_sub(self.marks + 1));
                Ok(Ok(Done { reply, position, time: appended.time, events: appended.events }))
            }
        };
        // An asker that went away has no use for the answer; what was appended stays appended.
        let _ = self.tell.send(answer);
    }
}

/// A disclosure: decided before, held against the head under the lock.
pub(crate) struct DiscloseJob {
    pub(crate) permit: PermitJob,
    pub(crate) objects: Vec<NewObject>,
    pub(crate) ticket: Ticket,
    pub(crate) tell: oneshot::Sender<Result<Disclosed, Failure>>,
}

impl Job for DiscloseJob {
    fn is_ending(&self) -> bool {
        false
    }

    fn prepare(
        &mut self,
        state: &State,
        lookup: &dyn Lookup,
        env: &Env,
        recent: Recent<'_>,
    ) -> Prepared {
        self.permit.prepare(state, lookup, env, recent)
    }
}

impl Asked for DiscloseJob {
    fn job(&mut self) -> &mut dyn Job {
        self
    }

    fn finish(self: Box<Self>, shared: &SharedParts, outcome: Result<Appended, Failure>) {
        let Self { permit, objects, ticket, tell } = *self;
        let answer = match outcome {
            Err(failure) => Err(failure),
            Ok(appended) => match permit.settled {
                None => Err(Failure::Unavailable("the permit had no turn".to_owned())),
                Some(Settled::GoBack(touch)) => {
                    Ok(Disclosed::GoBack { reread: touch == consent::Touch::Reread, ticket })
                }
                Some(Settled::Holds) => {
                    Ok(land(shared, &permit, &objects, ticket, &appended, None))
                }
                Some(Settled::Instead(ref masks)) => {
                    let masks = masks.clone();
                    Ok(land(shared, &permit, &objects, ticket, &appended, Some(masks)))
                }
            },
        };
        let _ = tell.send(answer);
    }
}

fn land(
    shared: &SharedParts,
    permit: &PermitJob,
    objects: &[NewObject],
    ticket: Ticket,
    appended: &Appended,
    instead: Option<Vec<ClassMask>>,
) -> Disclosed {
    crate::open::Store::objects_written(shared, objects);
    let permit = permit.permit();
    ticket.fly(Answer {
        position: appended.first,
        request: Arc::clone(&permit.request),
        nodes: Arc::clone(&permit.nodes),
        released: Arc::new(permit.decision.released.clone()),
    });
    #[expect(clippy::disallowed_methods, reason = "the one caller: the entry is durable here")]
    let durable = Durable::witnessed(appended.first, appended.time);
    Disclosed::Durable { durable, ticket, instead }
}
