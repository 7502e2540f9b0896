//! Seeded actors, virtual time, replicas and faults over the sequencing protocol.
//!
//! Three processes share one simulated [`store`](crate::store). Each has its replica, its state behind a lock, a queue, a lease and
//! a clock of its own. Readers ask the upstream, decide on their process's state, perhaps in the middle of a commit, and
//! submit; enders and wideners submit what they want; answers reach a simulated socket after a while. Commits fail, are
//! lost, or are lost and kept all the same; processes pause, crash, restart from the log or from a snapshot, are cut off from the store, lag, get stuck
//! between commit and listing, and their clocks disagree. At the end an old copy of the store is restored. Time is virtual and chance is seeded: a
//! seed names a run.
//!
//! In scope: `sequence`, and `consent` as far as it decides. Out of scope: threads, SQL, sockets; drift of a clock within a
//! lease; a pause between the check of the lease and the socket, which no protocol can see.
//!
//! # What is checked
//!
//! After every step, by [`invariants`] from the store's bytes and from outside:
//! 1. What is handed over has its entry, with exactly its nodes and masks.
//! 2. When a call that ended something has returned, no earlier answer that it took something away from is handed over,
//!    on any replica; requests that began afterwards are decided after it; nothing that is gone is shown. What is no end
//!    takes nothing away.
//! 3. Every disclosure is decided again at its position and time, and names the policy in force.
//! 4. Positions are dense, times monotone, the head is the tree over the entries, replicas agree with the fold: at
//!    every batch what can be read of state, at some the bytes of the snapshot.
//! 5. A commit with unknown outcome releases nothing; what was acknowledged is there at the end.
//! 6. Endings stand first in a batch. Only answers that an event may have changed are waited for; where several events
//!    fell into one batch this is not told apart.
//!
//! # Whether it would notice
//!
//! Each of these wrong edits, alone, in a copy, was caught by the rule beside it, most within a second, some only after 60 seeds:
//!
//! | wrong edit | caught by |
//! |---|---|
//! | a touched permit is not decided again | a decision recomputes |
//! | a permit holds without a look at later events | a decision recomputes |
//! | of two events that cancel each other the first is not waited for | ended means ended |
//! | a lease that began anew covers earlier answers; no margin for skew | ended means ended |
//! | the instant at which a decision ends is ignored | a decision recomputes |
//! | the instant from which a decision holds is ignored | a decision recomputes |
//! | a permit holds after the state was loaded again | a decision recomputes |
//! | the leaf keeps the policy of the optimistic decision | a disclosure names the policy in force |
//! | a permit's revision is taken after the upstream was asked | what is gone is not shown |
//! | the drain ignores what must be read again | ended means ended |
//! | the drain ignores what must be decided again | ended means ended |
//! | an ender does not wait for its own process's answers | ended means ended |
//! | an ender does not wait for leases, or for one position too few | ended means ended |
//! | the releaser ignores its lease | ended means ended |
//! | a head that is behind or other is accepted; its epoch is ignored | a restored store is refused |
//! | own disclosures do not move the state on | only the store and the clock fail |
//! | the state is not loaded again after an unknown outcome | only the store and the clock fail |
//! | an unknown outcome is taken for success | recorded before released |
//! | entry time follows the clock back | only the store and the clock fail |
//! | memberships of the same batch are not seen | who opts in is a member |
//! | recent events lack the replica's own, or those of others | a disclosure names the policy in force |
//! | endings keep their place in the queue | endings stand first in a batch |
//!
//! Found by the short tests in `tests/it/found.rs` alone, as the simulation never gets there: permits older than the
//! recent events (more than 4,096 in the life of one permit), a job tried again without its state being loaded again,
//! an event that cannot follow.

mod intent;
pub mod invariants;
mod process;
mod rng;
mod rules;
mod run;
pub mod store;
mod world;

pub use run::{Counts, Simulation};
