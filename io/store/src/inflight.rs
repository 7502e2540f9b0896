//! Answers that are durable and perhaps not handed to the socket yet: whom an ender waits for.

use model::{Millis, Position};
use parking_lot::Mutex;
use sequence::Answer;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// The connection that an answer goes to.
pub trait Handover: Send + Sync {
    /// Breaks the connection off, so that nothing more of the answer arrives.
    fn reset(&self);
}

/// All answers on their way.
#[derive(Default)]
pub struct InFlight {
    next: AtomicU64,
    answers: Mutex<BTreeMap<u64, Arc<Flying>>>,
    landed: Notify,
}

struct Flying {
    answer: Answer,
    connection: u64,
    to: Arc<dyn Handover>,
    reset: AtomicBool,
}

/// One answer's place among those on their way, from before its entry until the last byte is with the socket.
pub struct Ticket {
    id: u64,
    connection: u64,
    to: Arc<dyn Handover>,
    all: Arc<InFlight>,
}

impl InFlight {
    /// A ticket for an answer that will go to this connection.
    #[must_use]
    pub fn ticket(self: &Arc<Self>, connection: u64, to: Arc<dyn Handover>) -> Ticket {
        Ticket {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            connection,
            to,
            all: Arc::clone(self),
        }
    }

    /// How many answers are on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.lock().len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until every answer below `ended_at` that `is_changed` names has left, then resets those that have not.
    /// Never waits for `own`, the ender's own connection. Returns how many were reset.
    pub async fn drain(
        &self,
        is_changed: &(dyn Fn(&[&Answer]) -> Vec<bool> + Sync),
        ended_at: Position,
        own: Option<u64>,
    ) -> usize {
        let deadline = tokio::time::Instant::now() + duration(model::limits::DRAIN_MAX);
        let mut waiting: Vec<u64> = self.changed(is_changed, ended_at, own);
        while !waiting.is_empty() {
            let landed = self.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            {
                let answers = self.answers.lock();
                waiting.retain(|id| answers.contains_key(id));
            }
            if waiting.is_empty() {
                break;
            }
            if tokio::time::timeout_at(deadline, landed).await.is_err() {
                return self.reset(&waiting);
            }
        }
        0
    }

    fn changed(
        &self,
        is_changed: &(dyn Fn(&[&Answer]) -> Vec<bool> + Sync),
        ended_at: Position,
        own: Option<u64>,
    ) -> Vec<u64> {
        let earlier: Vec<(u64, Arc<Flying>)> = self
            .answers
            .lock()
            .iter()
            .filter(|(_, flying)| {
                flying.answer.position < ended_at && Some(flying.connection) != own
            })
            .map(|(id, flying)| (*id, Arc::clone(flying)))
            .collect();
        if earlier.is_empty() {
            return Vec::new();
        }
        let answers: Vec<&Answer> = earlier.iter().map(|(_, flying)| &flying.answer).collect();
        let changed = is_changed(&answers);
        earlier
            .iter()
            .zip(changed)
            .filter(|(_, changed)| *changed)
            .map(|((id, _), _)| *id)
            .collect()
    }

    fn reset(&self, ids: &[u64]) -> usize {
        let mut count = 0;
        let left: Vec<Arc<Flying>> = {
            let mut answers = self.answers.lock();
            ids.iter().filter_map(|id| answers.remove(id)).collect()
        };
        for flying in left {
            flying.reset.store(true, Ordering::SeqCst);
            flying.to.reset();
            count += 1;
        }
        count
    }
}

impl Ticket {
    /// Puts the answer among those on their way. Called by the appending thread, before any later batch.
    pub(crate) fn fly(&self, answer: Answer) {
        let flying = Flying {
            answer,
            connection: self.connection,
            to: Arc::clone(&self.to),
            reset: AtomicBool::new(false),
        };
        self.all.answers.lock().insert(self.id, Arc::new(flying));
    }
}

impl Drop for Ticket {
    /// The answer was handed over, or will never be.
    fn drop(&mut self) {
        if self.all.answers.lock().remove(&self.id).is_some() {
            self.all.landed.notify_waiters();
        }
    }
}

const fn duration(length: Millis) -> Duration {
    Duration::from_millis(length.0)
}
