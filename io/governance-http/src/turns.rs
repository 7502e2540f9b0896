//! Whose turn it is to have something counted. A count goes on when whoever asked hangs up, so it holds its turn itself.

use edge::Problem;
use http::header;
use model::PartnerNo;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts for partners at a time: they wait for each other and hold up nobody else.
const PARTNERS_AT_ONCE: usize = 1;
/// What a partner is told to wait that asks while it is being answered.
const PARTNER_WAITS_SECONDS: &str = "2";
/// How long somebody waits for a place, and what they are told to wait then.
const SLOT_WAIT: Duration = Duration::from_secs(20);
const SLOT_AGAIN_SECONDS: &str = "10";

/// A place among those that count, once there is one.
///
/// # Errors
/// 503: there is none for long.
pub(crate) async fn slot(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    slot_within(of, SLOT_WAIT).await
}

async fn slot_within(of: &Arc<Semaphore>, wait: Duration) -> Result<OwnedSemaphorePermit, Problem> {
    let busy = |_| Problem::new(503, "log-unavailable", "nothing can be counted at present");
    let waiting = tokio::time::timeout(wait, Arc::clone(of).acquire_owned()).await;
    waiting.map_err(|_| late())?.map_err(busy)
}

fn late() -> Problem {
    let detail = "others that take long are being answered";
    Problem::new(503, "log-unavailable", detail).header(header::RETRY_AFTER, SLOT_AGAIN_SECONDS)
}

/// The partners' turns.
pub(crate) struct Turns {
    slots: Arc<Semaphore>,
    /// Partners that something is counted for at present, or that wait for it.
    taken: Arc<Mutex<BTreeSet<PartnerNo>>>,
}

/// A partner's turn, until it is dropped.
pub(crate) struct Turn {
    partner: PartnerNo,
    taken: Arc<Mutex<BTreeSet<PartnerNo>>>,
    slot: Option<OwnedSemaphorePermit>,
}

fn locked(taken: &Mutex<BTreeSet<PartnerNo>>) -> MutexGuard<'_, BTreeSet<PartnerNo>> {
    // Nothing that could panic is done while it is held.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.slot.take());
        locked(&self.taken).remove(&self.partner);
    }
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(PARTNERS_AT_ONCE)), taken: Arc::default() }
    }

    /// Waits for a partner's turn to have something counted: one request of a partner at a time, and of all partners few.
    ///
    /// # Errors
    /// 429: another request of the partner's waits, or is being answered; 503: other partners' take too long.
    pub(crate) async fn take(&self, partner: PartnerNo) -> Result<Turn, Problem> {
        let mut turn = self.alone(partner)?;
        turn.slot = Some(slot(&self.slots).await?);
        Ok(turn)
    }

    /// A partner's turn to read a page: it waits for no other partner.
    ///
    /// # Errors
    /// 429: another request of the partner's waits, or is being answered.
    pub(crate) fn alone(&self, partner: PartnerNo) -> Result<Turn, Problem> {
        if !locked(&self.taken).insert(partner) {
            let detail = "another request of yours that takes long is being answered";
            return Err(Problem::new(429, "too-many-at-once", detail)
                .header(header::RETRY_AFTER, PARTNER_WAITS_SECONDS));
        }
        // From here on: dropped, it gives back the turn, also where nobody waits for it any more.
        Ok(Turn { partner, taken: Arc::clone(&self.taken), slot: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    #[tokio::test]
    async fn a_partner_has_one_turn_at_a_time_and_waits_for_nobody_but_partners() {
        let turns = Turns::new();
        let first = turns.take(PartnerNo(1)).await.unwrap();
        let refused = turns.take(PartnerNo(1)).await.err().unwrap().into_response();
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (429, &"2".parse().unwrap())
        );
        let second = tokio::time::timeout(Duration::from_millis(1), turns.take(PartnerNo(2))).await;
        assert!(second.is_err(), "another partner waits");
        drop(first);
        let second = turns.take(PartnerNo(2)).await.unwrap();
        drop(second);
        assert!(turns.take(PartnerNo(1)).await.is_ok());
    }

    #[tokio::test]
    async fn a_page_waits_for_nobody_and_a_count_not_for_ever() {
        let turns = Turns::new();
        let first = turns.take(PartnerNo(1)).await.unwrap();
        assert!(turns.alone(PartnerNo(1)).is_err(), "a partner has one turn");
        drop(turns.alone(PartnerNo(2)).unwrap());
        let refused = slot_within(&turns.slots, Duration::from_millis(1)).await;
        let refused = refused.err().unwrap().into_response();
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (503, &"10".parse().unwrap())
        );
        drop(first);
        assert!(turns.take(PartnerNo(2)).await.is_ok());
    }
}
