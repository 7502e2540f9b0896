//! A set of people by number: numbers are dense, so a bit each, and nothing for stretches in which nobody is.

use model::PersonNo;

/// Words of a stretch. A large platform has a crowd for each class of each app, most of them of some hundred people anywhere: a
/// stretch must cost little where one person is in it, and the list of stretches little where none is.
const STRETCH: usize = 64;

/// Distinct people, to be counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    stretches: Vec<Option<Box<[u64; STRETCH]>>>,
    len: u64,
}

impl Crowd {
    pub(crate) fn insert(&mut self, person: PersonNo) {
        let (word, bit) = (person.index() / 64, person.0 % 64);
        let (stretch, word) = (word / STRETCH, word % STRETCH);
        if stretch >= self.stretches.len() {
            self.stretches.resize(stretch + 1, None);
        }
        let Some(stretch) = self.stretches.get_mut(stretch) else { return };
        let words = stretch.get_or_insert_with(|| Box::new([0; STRETCH]));
        if let Some(word) = words.get_mut(word) {
            let before = *word;
            *word |= 1 << bit;
            self.len += u64::from(before != *word);
        }
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nobody_counts_twice() {
        let mut crowd = Crowd::default();
        let people = [5, 64, 5, 0, 1_000, 64, 63, 4_095, 4_096, 9_000_000, 4_095, 9_000_000];
        for person in people {
            crowd.insert(PersonNo(person));
        }
        assert_eq!(crowd.len(), BTreeSet::from(people).len() as u64);
    }
}
