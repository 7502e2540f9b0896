//! Sums by number in bounded memory: how many exactly, and the most affected by name.

use crate::effect::{Affected, Effect};
use model::{AppNo, ClassMask, ContextNo, PersonNo};
use std::collections::BTreeMap;

/// Numbers for which a sum of its own is kept; beyond them only how many there are is counted. Some ten megabytes.
const KEPT_MAX: usize = 65_536;
/// Of these the most affected are named.
const NAMED_MAX: usize = 100;

/// Numbers given densely from 0 or 1 on.
pub(crate) trait Number: Copy + Ord {
    fn index(self) -> usize;
}

impl Number for AppNo {
    fn index(self) -> usize {
        self.0 as usize
    }
}
impl Number for ContextNo {
    fn index(self) -> usize {
        self.0 as usize
    }
}
impl Number for PersonNo {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of dense numbers, a bit each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (index % 64);
        }
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many are in either.
    fn with(&self, other: &Self) -> u64 {
        let longer = self.0.len().max(other.0.len());
        let at = |bits: &Self, index| bits.0.get(index).copied().unwrap_or(0);
        (0..longer).map(|i| u64::from((at(self, i) | at(other, i)).count_ones())).sum()
    }
}

/// Effects by number.
#[derive(Debug, Clone)]
pub(crate) struct Table<K> {
    losing: Bits,
    gaining: Bits,
    kept: BTreeMap<K, Effect>,
    left_out: bool,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self {
            losing: Bits::default(),
            gaining: Bits::default(),
            kept: BTreeMap::new(),
            left_out: false,
        }
    }
}

impl<K: Number> Table<K> {
    pub(crate) fn add(&mut self, number: K, effect: &Effect) {
        if !effect.lost_classes.is_empty() {
            self.losing.insert(number.index());
        }
        if !effect.gained_classes.is_empty() {
            self.gaining.insert(number.index());
        }
        if let Some(known) = self.kept.get_mut(&number) {
            known.add(effect);
        } else if self.kept.len() < KEPT_MAX {
            self.kept.insert(number, *effect);
        } else {
            self.left_out = true;
        }
    }

    pub(crate) fn finish(&self) -> Affected<K> {
        let mut most: Vec<(K, Effect)> = self.kept.iter().map(|(no, one)| (*no, *one)).collect();
        most.sort_by_key(|(no, one)| {
            (std::cmp::Reverse(one.lost.disclosures + one.gained.disclosures), *no)
        });
        most.truncate(NAMED_MAX);
        Affected {
            all: self.losing.with(&self.gaining),
            losing: self.losing.len(),
            gaining: self.gaining.len(),
            most,
            of_all: !self.left_out,
        }
    }
}

/// Changes of one answer, by number: added up so that the answer counts once for each.
pub(crate) fn by_number<K: Copy + Ord>(
    mut changes: Vec<(K, ClassMask, ClassMask)>,
) -> Vec<(K, Effect)> {
    changes.sort_unstable_by_key(|(number, ..)| *number);
    let mut effects: Vec<(K, Effect)> = Vec::new();
    for (number, lost, gained) in changes {
        match effects.last_mut().filter(|(last, _)| *last == number) {
            Some((_, effect)) => effect.node(lost, gained),
            None => {
                let mut effect = Effect::default();
                effect.node(lost, gained);
                effects.push((number, effect));
            }
        }
    }
    effects
}
