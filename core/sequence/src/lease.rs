//! Leases: how an ender knows that no other replica still releases what it ended.

use model::{Position, Timestamp};

/// A replica's promise: until `until` it may release answers; it has taken in everything below `seen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// First position not yet taken in, all earlier answers that those entries change being gone.
    pub seen: Position,
    /// End, exclusive, on the store's clock.
    pub until: Timestamp,
}

/// Whether an ender at `ended_at` may return: each other replica has confirmed the position, or lost its lease, at
/// which it resets its own answers.
#[must_use]
pub fn may_return(ended_at: Position, others: &[Lease], now: Timestamp) -> bool {
    others.iter().all(|lease| lease.seen > ended_at || lease.until <= now)
}

/// Whether a replica may hand an answer over. Judged at the last moment before the socket.
#[must_use]
pub fn may_release(own: Lease, now: Timestamp) -> bool {
    now < own.until
}
