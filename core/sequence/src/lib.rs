//! Sequenced decisions: the protocol by which permits and events enter the log.
//!
//! In scope: what happens between taking the append lock and the commit, for one replica of many; which earlier answers an
//! ending changes; leases. Out of scope: threads, SQL, sockets. `io/store` runs it over SQLite, `test/sim` over a
//! simulated store with three replicas.

mod commit;
mod drain;
mod lease;
mod permit;
mod recent;
mod replica;

pub use commit::{
    AccountOf, Commit, Membership, NameOf, NewObject, Session, VaultWrite, is_ending, may_end,
};
pub use drain::{Answer, changed_by};
pub use lease::{Lease, may_release, may_return};
pub use permit::{Basis, Permit, PermitJob, Settled};
pub use recent::surplus;
pub use replica::{
    Appended, BatchError, Clock, Head, Job, LogStore, Lookup, Prepared, Recent, Replica, Shared,
    StoreError, Tail, details_in,
};
