//! A context: its admins, its installations, and who opted in to them.

use crate::masks::{MaskId, Masks};
use model::{ClassMask, ContextKind, InstallationNo, PersonNo};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// Above this many opt-ins a context keeps them in a tree instead of one sorted array: an insertion in the middle of
/// an array moves everything behind it.
const SMALL_MAX: usize = 4_096;
/// Stands for a mask that is kept in [`OptIns::wide`], because all short numbers are taken.
const WIDE: u16 = u16::MAX;

/// What state knows of a group or conversation.
#[derive(Debug, Clone, Default)]
pub struct ContextState {
    pub(crate) kind: Option<ContextKind>,
    pub(crate) gone: bool,
    pub(crate) admins: SmallVec<[PersonNo; 2]>,
    /// Every installation that there ever was, in order: the index is the ordinal in `opt_ins`.
    pub(crate) installations: SmallVec<[InstallationNo; 2]>,
    pub(crate) opt_ins: OptIns,
}

impl ContextState {
    /// What kind of context; `None` if the platform never said that it exists.
    #[must_use]
    pub const fn kind(&self) -> Option<ContextKind> {
        self.kind
    }

    /// Whether it exists and is not gone.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.kind.is_some() && !self.gone
    }

    /// Current admins, ascending.
    #[must_use]
    pub fn admins(&self) -> &[PersonNo] {
        &self.admins
    }

    /// Whether this person is an admin now.
    #[must_use]
    pub fn has_admin(&self, person: PersonNo) -> bool {
        self.admins.binary_search(&person).is_ok()
    }

    /// Every installation that there ever was here, oldest first.
    #[must_use]
    pub fn installations(&self) -> &[InstallationNo] {
        &self.installations
    }

    pub(crate) fn add_admin(&mut self, person: PersonNo) {
        if let Err(at) = self.admins.binary_search(&person) {
            self.admins.insert(at, person);
        }
    }

    pub(crate) fn drop_admin(&mut self, person: PersonNo) {
        if let Ok(at) = self.admins.binary_search(&person) {
            self.admins.remove(at);
        }
    }
}

/// Opt-ins of a context: 8 bytes each (ordinal of the installation, person, mask number), sorted.
#[derive(Debug, Clone)]
pub(crate) struct OptIns {
    store: Store,
    /// Masks that have no short number; nearly always empty.
    wide: Option<Box<BTreeMap<u64, ClassMask>>>,
}

#[derive(Debug, Clone)]
enum Store {
    Small(Vec<u64>),
    Large(BTreeMap<u64, u16>),
}

impl Default for OptIns {
    fn default() -> Self {
        Self { store: Store::Small(Vec::new()), wide: None }
    }
}

const fn key(ordinal: u16, person: PersonNo) -> u64 {
    (ordinal as u64) << 32 | person.0 as u64
}

const fn pack(key: u64, mask: u16) -> u64 {
    key << 16 | mask as u64
}

const fn mask_of(packed: u64) -> u16 {
    (packed & 0xffff) as u16
}

impl OptIns {
    fn find(&self, key: u64) -> Option<u16> {
        match &self.store {
            Store::Small(entries) => {
                let at = lower_bound(entries, key << 16);
                entries.get(at).filter(|packed| *packed >> 16 == key).map(|packed| mask_of(*packed))
            }
            Store::Large(entries) => entries.get(&key).copied(),
        }
    }

    /// What this person opted in to at the installation with this ordinal.
    pub(crate) fn mask(&self, ordinal: u16, person: PersonNo, masks: &Masks) -> ClassMask {
        let key = key(ordinal, person);
        match self.find(key) {
            None => ClassMask::NONE,
            Some(WIDE) => {
                self.wide.as_ref().and_then(|wide| wide.get(&key)).copied().unwrap_or_default()
            }
            Some(number) => masks.mask(MaskId(number)),
        }
    }

    /// A view of one installation's opt-ins for deciding a whole page.
    pub(crate) fn of(&self, ordinal: u16) -> View<'_> {
        match &self.store {
            Store::Small(entries) => {
                let from = lower_bound(entries, key(ordinal, PersonNo(0)) << 16);
                let to = match ordinal.checked_add(1) {
                    Some(next) => lower_bound(entries, key(next, PersonNo(0)) << 16),
                    None => entries.len(),
                };
                View { all: self, ordinal, range: entries.get(from..to) }
            }
            Store::Large(_) => View { all: self, ordinal, range: None },
        }
    }

    /// Replaces what this person opted in to; nothing removes the entry.
    pub(crate) fn set(
        &mut self,
        ordinal: u16,
        person: PersonNo,
        mask: ClassMask,
        masks: &mut Masks,
    ) {
        let key = key(ordinal, person);
        if let Some(wide) = &mut self.wide {
            wide.remove(&key);
        }
        if mask.is_empty() {
            self.remove(key);
            return;
        }
        let number = masks.intern(mask).map_or(WIDE, |id| id.0);
        if number == WIDE {
            self.wide.get_or_insert_default().insert(key, mask);
        }
        self.insert(key, number);
    }

    fn insert(&mut self, key: u64, number: u16) {
        match &mut self.store {
            Store::Small(entries) => {
                let at = lower_bound(entries, key << 16);
                match entries.get_mut(at).filter(|packed| **packed >> 16 == key) {
                    Some(packed) => *packed = pack(key, number),
                    None => {
                        if entries.len() == entries.capacity() {
                            // Doubling would waste half of a table whose entries are counted in bytes.
                            entries.reserve_exact(1 + entries.len() / 8);
                        }
                        entries.insert(at, pack(key, number));
                    }
                }
                if entries.len() > SMALL_MAX {
                    self.store = Store::Large(
                        entries.iter().map(|packed| (packed >> 16, mask_of(*packed))).collect(),
                    );
                }
            }
            Store::Large(entries) => {
                entries.insert(key, number);
            }
        }
    }

    fn remove(&mut self, key: u64) {
        match &mut self.store {
            Store::Small(entries) => {
                let at = lower_bound(entries, key << 16);
                if entries.get(at).is_some_and(|packed| packed >> 16 == key) {
                    entries.remove(at);
                }
            }
            Store::Large(entries) => {
                entries.remove(&key);
            }
        }
    }

    /// Every opt-in: ordinal, person, mask.
    pub(crate) fn iter<'a>(
        &'a self,
        masks: &'a Masks,
    ) -> impl Iterator<Item = (u16, PersonNo, ClassMask)> + 'a {
        let keys: Box<dyn Iterator<Item = u64> + 'a> = match &self.store {
            Store::Small(entries) => Box::new(entries.iter().map(|packed| packed >> 16)),
            Store::Large(entries) => Box::new(entries.keys().copied()),
        };
        keys.map(move |key| {
            let (ordinal, person) = ((key >> 32) as u16, PersonNo((key & 0xffff_ffff) as u32));
            (ordinal, person, self.mask(ordinal, person, masks))
        })
    }
}

/// The opt-ins of one installation.
pub(crate) struct View<'a> {
    all: &'a OptIns,
    ordinal: u16,
    range: Option<&'a [u64]>,
}

impl View<'_> {
    /// What this person opted in to.
    #[inline]
    pub(crate) fn mask(&self, person: PersonNo, masks: &Masks) -> ClassMask {
        let Some(entries) = self.range else { return self.all.mask(self.ordinal, person, masks) };
        let key = key(self.ordinal, person);
        let at = lower_bound(entries, key << 16);
        match entries.get(at) {
            Some(packed) if packed >> 16 == key && mask_of(*packed) != WIDE => {
                masks.mask(MaskId(mask_of(*packed)))
            }
            Some(packed) if packed >> 16 == key => self.all.mask(self.ordinal, person, masks),
            Some(_) | None => ClassMask::NONE,
        }
    }
}

/// Index of the first entry not below `key`, without a branch that depends on the data: a page of a thousand people
/// makes ten thousand comparisons, and a mispredicted branch costs more than all of one search.
#[inline]
fn lower_bound(entries: &[u64], key: u64) -> usize {
    let mut base = 0usize;
    let mut size = entries.len();
    while size > 1 {
        let half = size / 2;
        let probe = entries.get(base + half - 1).copied().unwrap_or(u64::MAX);
        base += if probe < key { half } else { 0 };
        size -= half;
    }
    base + usize::from(size == 1 && entries.get(base).is_some_and(|entry| *entry < key))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn opt_ins_behave_like_a_map(ops in proptest::collection::vec((0u16..3, 0u32..9_000, 0u128..6), 0..400), big: bool) {
            let mut masks = Masks::default();
            let mut opt_ins = OptIns::default();
            let mut model = std::collections::BTreeMap::new();
            if big {
                for person in 0..5_000 {
                    opt_ins.set(1, PersonNo(person * 2), ClassMask(1), &mut masks);
                    model.insert((1, person * 2), ClassMask(1));
                }
            }
            for (ordinal, person, mask) in ops {
                opt_ins.set(ordinal, PersonNo(person), ClassMask(mask), &mut masks);
                if mask == 0 { model.remove(&(ordinal, person)); } else { model.insert((ordinal, person), ClassMask(mask)); }
                let wanted = model.get(&(ordinal, person)).copied().unwrap_or_default();
                proptest::prop_assert_eq!(opt_ins.of(ordinal).mask(PersonNo(person), &masks), wanted);
            }
            let all: Vec<_> = opt_ins.iter(&masks).map(|(o, p, m)| ((o, p.0), m)).collect();
            proptest::prop_assert_eq!(all, model.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn lower_bound_is_partition_point(mut entries in proptest::collection::vec(0u64..50, 0..40), key in 0u64..52) {
            entries.sort_unstable();
            proptest::prop_assert_eq!(lower_bound(&entries, key), entries.partition_point(|e| *e < key));
        }
    }

    #[test]
    fn a_mask_without_a_short_number_is_kept_in_full() {
        let mut masks = Masks::default();
        let mut opt_ins = OptIns::default();
        for n in 1..=66_000u128 {
            opt_ins.set(0, PersonNo(n as u32), ClassMask(n), &mut masks);
        }
        for n in [1u128, 65_535, 65_536, 66_000] {
            assert_eq!(opt_ins.mask(0, PersonNo(n as u32), &masks), ClassMask(n));
        }
        opt_ins.set(0, PersonNo(66_000), ClassMask::NONE, &mut masks);
        assert_eq!(opt_ins.mask(0, PersonNo(66_000), &masks), ClassMask::NONE);
    }
}
