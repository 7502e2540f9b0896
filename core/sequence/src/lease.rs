//! Leases: how an ender knows that no other replica still releases what it ended.

use model::{Position, Timestamp, limits};

/// A replica's promise: until `until` it may release answers; it has taken in everything below `seen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The head when the lease began; a lease that ran out begins anew. What was appended before is never released under
    /// it: an ender that came between may have returned without waiting for it.
    pub since: Position,
    /// First position not yet taken in, all earlier answers that those entries change being gone.
    pub seen: Position,
    /// End, exclusive, on the store's clock.
    pub until: Timestamp,
}

/// Whether an ender at `ended_at` may return: each other replica has confirmed the position, or lost its lease, at
/// which it resets its own answers. Leases are read after the end is durable, `now` is the store's clock. An ender that
/// found it ended already waits for the last position of the log that it saw: whoever ended it may be waiting yet.
#[must_use]
pub fn may_return(ended_at: Position, others: &[Lease], now: Timestamp) -> bool {
    others.iter().all(|lease| lease.seen > ended_at || lease.until <= now)
}

/// Whether a replica may hand the answer at `position` over. Judged at the last moment before the socket. `now` is the
/// replica's own clock, which may be behind the store's by [`limits::CLOCK_SKEW_MAX`].
#[must_use]
pub fn may_release(own: Lease, position: Position, now: Timestamp) -> bool {
    own.since <= position && now.plus(limits::CLOCK_SKEW_MAX) < own.until
}
