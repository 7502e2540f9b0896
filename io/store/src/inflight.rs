//! Answers that are durable and perhaps not handed to the socket yet: whom an ender waits for.

use model::{Millis, Position};
use parking_lot::Mutex;
use sequence::Answer;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// Tells, of answers and the positions up to which each was held against events already, which ones later events change, and
/// up to which position it looked.
pub(crate) type Judge<'a> = dyn Fn(&[(&Answer, Position)]) -> (Vec<bool>, Position) + Sync + 'a;

struct Flying {
    answer: Answer,
    /// Events up to this position are known not to change it.
    held_to: AtomicU64,
    connection: u64,
    to: Arc<dyn Handover>,
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
        is_changed: &Judge<'_>,
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

    fn changed(&self, is_changed: &Judge<'_>, ended_at: Position, own: Option<u64>) -> Vec<u64> {
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
        let held = |flying: &Flying| Position(flying.held_to.load(Ordering::SeqCst));
        let answers: Vec<(&Answer, Position)> =
            earlier.iter().map(|(_, flying)| (&flying.answer, held(flying))).collect();
        let (changed, up_to) = is_changed(&answers);
        let mut waiting = Vec::new();
        for ((id, flying), changed) in earlier.iter().zip(changed) {
            if changed {
                waiting.push(*id);
            } else {
                // A slow reader is not held against the same events by every ender, however many come.
                flying.held_to.fetch_max(up_to.0, Ordering::SeqCst);
            }
        }
        waiting
    }

    /// Breaks answers off. They stay among those on their way until it is done: another ender that misses one there
    /// may return.
    fn reset(&self, ids: &[u64]) -> usize {
        let left: Vec<Arc<Flying>> = {
            let answers = self.answers.lock();
            ids.iter().filter_map(|id| answers.get(id).map(Arc::clone)).collect()
        };
        for flying in &left {
            flying.to.reset();
        }
        let mut answers = self.answers.lock();
        for id in ids {
            answers.remove(id);
        }
        drop(answers);
        self.landed.notify_waiters();
        left.len()
    }
}

impl Ticket {
    /// Puts the answer among those on their way. Called by the appending thread, before any later batch.
    pub(crate) fn fly(&self, answer: Answer) {
        let held_to = AtomicU64::new(answer.position.0);
        let (connection, to) = (self.connection, Arc::clone(&self.to));
        let flying = Flying { answer, held_to, connection, to };
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AppNo, Chain, ClassMask, InstallationNo, OperationNo, ProgramNo};
    use model::{PurposeNo, Timestamp};
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc;

    fn answer() -> Answer {
        let request = consent::Request {
            app: AppNo(1),
            credential: None,
            family: None,
            chain: Chain::Installation(InstallationNo(1)),
            issue: Position(1),
            key: 0,
            acting: None,
            operation: OperationNo(1),
            program: ProgramNo(1),
            purpose: PurposeNo(1),
            requires: ClassMask::NONE,
            context: None,
            version: "2026-11-01".parse().unwrap(),
            facts_up_to: Timestamp(0),
        };
        Answer {
            position: Position(1),
            request: Arc::new(request),
            nodes: Arc::default(),
            released: Arc::default(),
        }
    }

    /// Takes its time to be reset, and lets another answer land while it does.
    struct Stubborn {
        lands: Mutex<Option<Ticket>>,
        returned: Mutex<mpsc::Receiver<()>>,
        is_reset: AtomicBool,
    }

    impl Handover for Stubborn {
        fn reset(&self) {
            drop(self.lands.lock().take());
            let _ = self.returned.lock().recv_timeout(Duration::from_millis(200));
            self.is_reset.store(true, Ordering::SeqCst);
        }
    }

    struct Landing;

    impl Handover for Landing {
        fn reset(&self) {}
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_ender_returns_before_what_another_one_resets_is_reset() {
        let all = Arc::new(InFlight::default());
        let lands = all.ticket(2, Arc::new(Landing));
        lands.fly(answer());
        let (tell, returned) = mpsc::channel();
        let to = Arc::new(Stubborn {
            lands: Mutex::new(Some(lands)),
            returned: Mutex::new(returned),
            is_reset: AtomicBool::new(false),
        });
        let stays = all.ticket(1, Arc::clone(&to) as _);
        stays.fly(answer());
        let first = Arc::clone(&all);
        let first = tokio::spawn(async move {
            first.drain(&|list| (vec![true; list.len()], Position(8)), Position(9), Some(2)).await
        });
        // The second comes later, and so is waiting yet when the first one's time is over.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let reset =
            all.drain(&|list| (vec![true; list.len()], Position(8)), Position(9), None).await;
        let was_reset = to.is_reset.load(Ordering::SeqCst);
        let _ = tell.send(());
        assert!(was_reset, "returned while the answer was on its way");
        assert_eq!((first.await.unwrap(), reset), (1, 0));
    }
}
