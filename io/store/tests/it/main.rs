//! The store against the real database and a real disk.

#[cfg(test)]
mod backups;
#[cfg(test)]
mod commits;
#[cfg(test)]
mod erased;
#[cfg(test)]
mod files;
#[cfg(test)]
mod index;
#[cfg(test)]
mod log;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod used;

#[cfg(test)]
use consent::State;
#[cfg(test)]
use ledger::{Event, PartnerMade, Why};
#[cfg(test)]
use model::{Actor, Env, PartnerNo, Timestamp};
#[cfg(test)]
use parking_lot::Mutex;
#[cfg(test)]
use sequence::{Clock, Commit, Lookup};
#[cfg(test)]
use std::convert::Infallible;
#[cfg(test)]
use std::path::Path;
#[cfg(test)]
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(test)]
use store::{Options, Store};

/// A clock that does as it is told.
#[cfg(test)]
struct Told {
    now: AtomicU64,
    trusted: AtomicBool,
    seeds: Mutex<u64>,
}

#[cfg(test)]
impl Told {
    fn at(now: u64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicU64::new(now),
            trusted: AtomicBool::new(true),
            seeds: Mutex::new(0),
        })
    }
}

#[cfg(test)]
impl Clock for Told {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        let mut seeds = self.seeds.lock();
        *seeds += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&seeds.to_be_bytes());
        seed
    }

    fn is_trusted(&self) -> bool {
        self.trusted.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
fn open(directory: &Path) -> Store {
    Store::open(directory, Options { reserve_bytes: 1 << 12, ..Options::default() })
        .expect("a store")
}

/// An event that anything can follow.
#[cfg(test)]
fn partner(state: &State, _: &dyn Lookup, _: &Env) -> Result<Commit<PartnerNo>, Infallible> {
    let partner = state.next_partner();
    let why = Why::by(Actor::Operator);
    Ok(Commit::event(Event::PartnerMade(PartnerMade { partner, why, details: None }), partner))
}
