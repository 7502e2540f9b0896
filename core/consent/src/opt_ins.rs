//! Who opted in to what in a context: 8 bytes each.

use crate::masks::{Interned, MaskId, Masks};
use model::{ClassMask, PersonNo};
use std::collections::BTreeMap;
use std::hint::select_unpredictable;

/// Above this many opt-ins a context keeps them in pieces instead of one array: an insertion in the middle of an array
/// moves everything behind it.
const SMALL_MAX: usize = 4_096;
/// A piece that grows beyond this is cut in half.
const PIECE_MAX: usize = 2_048;
/// How full pieces are when all are made at once: some may come without another cut.
const PIECE_USUAL: usize = 1_792;
/// Stands for a mask that is kept in [`OptIns::wide`], because all short numbers are taken.
const WIDE: u16 = u16::MAX;

/// Opt-ins of a context (ordinal of the installation, person, mask number), sorted.
#[derive(Debug, Clone)]
pub(crate) struct OptIns {
    store: Store,
    /// Masks that have no short number; nearly always empty.
    wide: Option<Box<Wide>>,
}

/// Masks in full, by key. Behind a pointer, because every context has room for one and hardly any uses it.
#[derive(Debug, Clone, Default)]
struct Wide(BTreeMap<u64, ClassMask>);

#[derive(Debug, Clone)]
enum Store {
    Small(Vec<u64>),
    Large(Box<Pieces>),
}

/// A sorted sequence in pieces, none of them empty.
#[derive(Debug, Clone, Default)]
struct Pieces {
    /// The key of each piece's first entry.
    firsts: Vec<u64>,
    pieces: Vec<Vec<u64>>,
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

impl Pieces {
    fn of(entries: &[u64]) -> Self {
        let pieces: Vec<Vec<u64>> = entries.chunks(PIECE_USUAL).map(<[u64]>::to_vec).collect();
        let firsts = pieces.iter().filter_map(|piece| piece.first()).map(|first| first >> 16);
        Self { firsts: firsts.collect(), pieces }
    }

    /// The piece in which this key is, or belongs.
    #[inline]
    fn piece(&self, key: u64) -> usize {
        // The first piece that begins above the key, less one.
        lower_bound(&self.firsts, key + 1).saturating_sub(1)
    }

    #[inline]
    fn get(&self, key: u64) -> &[u64] {
        self.pieces.get(self.piece(key)).map(Vec::as_slice).unwrap_or_default()
    }

    fn find(&self, key: u64) -> Option<u16> {
        find(self.get(key), key)
    }

    fn insert(&mut self, key: u64, number: u16) {
        let index = self.piece(key);
        let Some(piece) = self.pieces.get_mut(index) else {
            *self = Self::of(&[pack(key, number)]);
            return;
        };
        insert(piece, key, number);
        if piece.len() > PIECE_MAX {
            let tail = piece.split_off(piece.len() / 2);
            piece.shrink_to_fit();
            let first = tail.first().map_or(key, |first| first >> 16);
            self.pieces.insert(index + 1, tail);
            self.firsts.insert(index + 1, first);
        }
        self.note_first(index);
    }

    fn remove(&mut self, key: u64) {
        let index = self.piece(key);
        let Some(piece) = self.pieces.get_mut(index) else { return };
        remove(piece, key);
        if piece.is_empty() {
            self.pieces.remove(index);
            self.firsts.remove(index);
        } else {
            self.note_first(index);
        }
    }

    fn note_first(&mut self, index: usize) {
        let first = self.pieces.get(index).and_then(|piece| piece.first());
        if let (Some(place), Some(first)) = (self.firsts.get_mut(index), first) {
            *place = first >> 16;
        }
    }
}

fn find(entries: &[u64], key: u64) -> Option<u16> {
    let at = lower_bound(entries, key << 16);
    entries.get(at).filter(|packed| *packed >> 16 == key).map(|packed| mask_of(*packed))
}

fn insert(entries: &mut Vec<u64>, key: u64, number: u16) {
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
}

fn remove(entries: &mut Vec<u64>, key: u64) {
    let at = lower_bound(entries, key << 16);
    if entries.get(at).is_some_and(|packed| packed >> 16 == key) {
        entries.remove(at);
        if entries.len() * 2 < entries.capacity() {
            entries.shrink_to(entries.len() + entries.len() / 8);
        }
    }
}

impl OptIns {
    /// Opt-ins from ascending keys (ordinal, then person) and masks that are not empty; `None` if they are not ascending.
    pub(crate) fn from_sorted(entries: &[(u16, PersonNo, Interned)]) -> Option<Self> {
        let mut packed = Vec::with_capacity(entries.len());
        let mut wide: Option<Box<Wide>> = None;
        for (ordinal, person, Interned { mask, id }) in entries {
            let key = key(*ordinal, *person);
            if packed.last().is_some_and(|last| last >> 16 >= key) || mask.is_empty() {
                return None;
            }
            let number = id.map_or(WIDE, |id| id.0);
            if number == WIDE {
                wide.get_or_insert_default().0.insert(key, *mask);
            }
            packed.push(pack(key, number));
        }
        let store = if packed.len() > SMALL_MAX {
            Store::Large(Box::new(Pieces::of(&packed)))
        } else {
            Store::Small(packed)
        };
        Some(Self { store, wide })
    }

    fn find(&self, key: u64) -> Option<u16> {
        match &self.store {
            Store::Small(entries) => find(entries, key),
            Store::Large(pieces) => pieces.find(key),
        }
    }

    fn full(&self, key: u64, number: u16, masks: &Masks) -> ClassMask {
        if number == WIDE {
            self.wide.as_ref().and_then(|wide| wide.0.get(&key)).copied().unwrap_or_default()
        } else {
            masks.mask(MaskId(number))
        }
    }

    /// What this person opted in to at the installation with this ordinal.
    pub(crate) fn mask(&self, ordinal: u16, person: PersonNo, masks: &Masks) -> ClassMask {
        let key = key(ordinal, person);
        self.find(key).map_or(ClassMask::NONE, |number| self.full(key, number, masks))
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
                let entries = Entries::One(entries.get(from..to).unwrap_or_default());
                View { all: self, ordinal, entries }
            }
            Store::Large(pieces) => View { all: self, ordinal, entries: Entries::Pieces(pieces) },
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
            wide.0.remove(&key);
        }
        if mask.is_empty() {
            self.remove(key);
            return;
        }
        let number = masks.intern(mask).map_or(WIDE, |id| id.0);
        if number == WIDE {
            self.wide.get_or_insert_default().0.insert(key, mask);
        }
        self.insert(key, number);
    }

    fn insert(&mut self, key: u64, number: u16) {
        match &mut self.store {
            Store::Small(entries) => {
                insert(entries, key, number);
                if entries.len() > SMALL_MAX {
                    self.store = Store::Large(Box::new(Pieces::of(entries)));
                }
            }
            Store::Large(pieces) => pieces.insert(key, number),
        }
    }

    fn remove(&mut self, key: u64) {
        match &mut self.store {
            Store::Small(entries) => remove(entries, key),
            Store::Large(pieces) => pieces.remove(key),
        }
    }

    /// How many opt-ins there are.
    pub(crate) fn len(&self) -> usize {
        match &self.store {
            Store::Small(entries) => entries.len(),
            Store::Large(pieces) => pieces.pieces.iter().map(Vec::len).sum(),
        }
    }

    fn packed(&self) -> impl Iterator<Item = u64> + '_ {
        let (small, large): (&[u64], &[Vec<u64>]) = match &self.store {
            Store::Small(entries) => (entries, &[]),
            Store::Large(pieces) => (&[], &pieces.pieces),
        };
        small.iter().chain(large.iter().flatten()).copied()
    }

    /// Every opt-in, ascending: ordinal, person, mask.
    pub(crate) fn iter<'a>(
        &'a self,
        masks: &'a Masks,
    ) -> impl Iterator<Item = (u16, PersonNo, ClassMask)> + 'a {
        self.packed().map(move |packed| {
            let key = packed >> 16;
            let (ordinal, person) = ((key >> 32) as u16, PersonNo((key & 0xffff_ffff) as u32));
            (ordinal, person, self.full(key, mask_of(packed), masks))
        })
    }
}

/// The opt-ins of one installation.
pub(crate) struct View<'a> {
    all: &'a OptIns,
    ordinal: u16,
    entries: Entries<'a>,
}

enum Entries<'a> {
    /// All of the installation.
    One(&'a [u64]),
    /// All of the context, in pieces.
    Pieces(&'a Pieces),
}

impl View<'_> {
    /// What this person opted in to.
    ///
    /// Whether somebody opted in is a coin toss; nothing here branches on it.
    #[inline]
    pub(crate) fn mask(&self, person: PersonNo, masks: &Masks) -> ClassMask {
        let key = key(self.ordinal, person);
        let entries = match self.entries {
            Entries::One(entries) => entries,
            Entries::Pieces(pieces) => pieces.get(key),
        };
        let at = lower_bound(entries, key << 16);
        let packed = entries.get(at).copied().unwrap_or(0);
        let number = select_unpredictable(packed >> 16 == key, mask_of(packed), MaskId::NONE.0);
        if number == WIDE {
            return self.all.mask(self.ordinal, person, masks);
        }
        masks.mask(MaskId(number))
    }
}

/// Index of the first entry not below `key`. The standard search has no branch that depends on the data: a page of a
/// thousand people makes ten thousand comparisons, and a mispredicted branch costs more than all of one search.
#[inline]
fn lower_bound(entries: &[u64], key: u64) -> usize {
    entries.partition_point(|entry| *entry < key)
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
            proptest::prop_assert_eq!(opt_ins.len(), all.len());
            let entries: Vec<_> = opt_ins.iter(&masks).collect();
            let interned: Vec<_> =
                entries.iter().map(|(o, p, mask)| (*o, *p, Interned { mask: *mask, id: masks.intern(*mask) })).collect();
            let again = OptIns::from_sorted(&interned).unwrap();
            proptest::prop_assert!(again.iter(&masks).eq(entries.into_iter()));
            proptest::prop_assert_eq!(all, model.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_large_context_grows_and_shrinks_piece_by_piece() {
        let mut masks = Masks::default();
        let mut opt_ins = OptIns::default();
        let people = 40_000u32;
        // A multiplicative order that meets every piece again and again.
        let order = |n: u32| PersonNo(n.wrapping_mul(7_919) % people);
        for n in 0..people {
            opt_ins.set(3, order(n), ClassMask(1 + u128::from(n % 5)), &mut masks);
        }
        assert_eq!(opt_ins.len(), 40_000);
        for n in 0..people {
            let mask = opt_ins.of(3).mask(order(n), &masks);
            assert_eq!(mask, ClassMask(1 + u128::from(n % 5)));
            assert_eq!(opt_ins.mask(2, order(n), &masks), ClassMask::NONE);
        }
        for n in 0..people {
            opt_ins.set(3, order(n), ClassMask::NONE, &mut masks);
            assert_eq!(opt_ins.mask(3, order(n), &masks), ClassMask::NONE);
        }
        assert_eq!((opt_ins.len(), opt_ins.iter(&masks).count()), (0, 0));
        opt_ins.set(3, PersonNo(1), ClassMask(1), &mut masks);
        assert_eq!(opt_ins.mask(3, PersonNo(1), &masks), ClassMask(1));
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
