//! One simulated store that all replicas share: entries, head, memberships, leases; and what goes wrong with it.

use ledger::{Entry, Event, Fact, Frontier, Payload, SealedEntry};
use model::{ContextNo, Millis, PersonNo, Position, Timestamp};
use sequence::{Head, Lease, LogStore, Lookup, NameOf, StoreError, Tail, VaultWrite, details_in};
use std::collections::{BTreeMap, BTreeSet};

/// How long a lease lasts.
pub const LEASE: Millis = Millis::seconds(5);

/// What becomes of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It succeeds.
    None,
    /// The lock cannot be had.
    NoLock,
    /// It fails, and everybody knows.
    Failed,
    /// It failed, and nobody knows.
    Lost,
    /// It succeeded, and nobody knows.
    LostButKept,
}

/// The store.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// What is durable.
    pub entries: Vec<SealedEntry>,
    /// The head.
    pub head: Head,
    /// Membership, written with the facts.
    pub members: BTreeSet<(PersonNo, ContextNo)>,
    /// Leases by replica.
    pub leases: BTreeMap<usize, Lease>,
    /// The newest snapshot of state.
    pub snapshot: Option<Vec<u8>>,
}

impl Store {
    /// An entry, read back from its bytes.
    #[must_use]
    pub fn entry(&self, position: Position) -> Option<Entry> {
        self.entries.get(usize::try_from(position.0).ok()?)?.open().ok()
    }

    /// Grants a lease, or prolongs the one that still runs.
    pub fn renew(&mut self, replica: usize, seen: Position, now: Timestamp) -> Lease {
        let until = now.plus(LEASE);
        let lease = match self.leases.get(&replica) {
            Some(old) if now < old.until => Lease { seen, until, ..*old },
            // A lease that begins covers only what is appended from here on.
            Some(_) | None => Lease { since: self.head.next(), seen, until },
        };
        self.leases.insert(replica, lease);
        lease
    }

    /// Leases of all but one.
    #[must_use]
    pub fn leases_of_others(&self, replica: usize) -> Vec<Lease> {
        self.leases.iter().filter(|(no, _)| **no != replica).map(|(_, lease)| *lease).collect()
    }

    /// An old copy is restored: everything from `to` on is gone.
    pub fn roll_back(&mut self, to: usize) {
        self.entries.truncate(to);
        let mut frontier = Frontier::default();
        self.entries.iter().for_each(|entry| frontier.push(entry.hash));
        let time = self.entry(Position(frontier.size().saturating_sub(1)));
        let epoch = self.head.epoch + 1;
        self.head = Head { time: time.map_or(0, |entry| entry.leaf.time.0), frontier, epoch };
        self.members.clear();
        let entries: Vec<_> = self.entries.clone();
        entries.iter().filter_map(|entry| entry.open().ok()).for_each(|entry| self.note(&entry));
        self.leases.clear();
        self.snapshot = None;
    }

    /// Keeps the memberships that an entry changes.
    fn note(&mut self, entry: &Entry) {
        let Payload::Control(Event::Facts(facts)) = &entry.payload else { return };
        for fact in &facts.facts {
            match *fact {
                Fact::Member(person, context) | Fact::Admin(person, context) => {
                    self.members.insert((person, context));
                }
                Fact::MemberGone(person, context) => {
                    self.members.remove(&(person, context));
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, entries: &[SealedEntry], head: &Head) {
        for sealed in entries {
            if let Ok(entry) = sealed.open() {
                self.note(&entry);
            }
            self.entries.push(sealed.clone());
        }
        self.head = head.clone();
    }
}

/// One replica's way to the store for one batch, with the fault that it will meet.
pub struct Connection<'a> {
    /// The store.
    pub store: &'a mut Store,
    /// What happens to the commit.
    pub fault: Fault,
    /// Runs while the commit is under way: what other threads of the process do meanwhile.
    pub meanwhile: &'a mut dyn FnMut(),
}

impl Lookup for Connection<'_> {
    fn is_member(&self, person: PersonNo, context: ContextNo) -> bool {
        self.store.members.contains(&(person, context))
    }

    fn details(&self, of: NameOf) -> Option<[u8; 32]> {
        self.store.entries.iter().rev().find_map(|sealed| match sealed.open().ok()?.payload {
            Payload::Control(event) => details_in(&event, of),
            _ => None,
        })
    }
}

impl LogStore for Connection<'_> {
    type Write = VaultWrite;

    fn lock(&mut self) -> Result<Head, StoreError> {
        match self.fault {
            Fault::NoLock => Err(StoreError::Unavailable("no lock".to_owned())),
            _ => Ok(self.store.head.clone()),
        }
    }

    fn tail(&mut self, from: Position) -> Result<Vec<Tail>, StoreError> {
        let mut tails = Vec::new();
        for position in (from.0..self.store.head.next().0).map(Position) {
            let entry = self.store.entry(position);
            let entry = entry.ok_or_else(|| StoreError::Corrupt(format!("entry {position}")))?;
            let time = entry.leaf.time;
            match entry.payload {
                Payload::Control(event) => {
                    tails.push(Tail::Control(position, time, Box::new(event)));
                }
                _ => tails.push(Tail::Passed(Position(position.0 + 1), time)),
            }
        }
        Ok(tails)
    }

    fn append(
        &mut self,
        entries: &[SealedEntry],
        _: Vec<VaultWrite>,
        head: &Head,
    ) -> Result<(), StoreError> {
        (self.meanwhile)();
        match self.fault {
            Fault::None | Fault::NoLock => {
                self.store.keep(entries, head);
                Ok(())
            }
            Fault::Failed => Err(StoreError::Unavailable("disk".to_owned())),
            Fault::Lost => Err(StoreError::Unknown("connection lost".to_owned())),
            Fault::LostButKept => {
                self.store.keep(entries, head);
                Err(StoreError::Unknown("connection lost".to_owned()))
            }
        }
    }

    fn unlock(&mut self) {}
}
