//! A set of people by number: numbers are dense, so a bit each.

use model::PersonNo;

/// Distinct people, to be counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    bits: Vec<u64>,
    len: u64,
}

impl Crowd {
    pub(crate) fn insert(&mut self, person: PersonNo) {
        let (word, bit) = (person.index() / 64, person.0 % 64);
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(word) {
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

    #[test]
    fn nobody_counts_twice() {
        let mut crowd = Crowd::default();
        for person in [5, 64, 5, 0, 1_000, 64, 63] {
            crowd.insert(PersonNo(person));
        }
        assert_eq!(crowd.len(), 5);
    }
}
