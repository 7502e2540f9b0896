//! A believable community from a seed: the same seed and size make the same rows everywhere.
//!
//! Group sizes follow Zipf's law with a median of twelve members, in whole numbers only, so that
//! no machine's rounding changes them. Rows are streamed into the store.

mod people;
mod places;
mod talk;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    PersonId,
    store::{Bulk, Store, StoreError},
};

/// Median number of members of a group.
const GROUP_MEDIAN: usize = 12;
/// The community's present: 2026-11-01T00:00:00Z. A generated community does not ask the clock.
pub const PRESENT_MS: i64 = 1_793_491_200_000;
/// How far back the community goes: three years.
const PAST_MS: i64 = 3 * 365 * 86_400_000;

/// What a community grows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

/// How large a community is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// People.
    pub people: usize,
    /// Groups.
    pub groups: usize,
    /// Friends that a person has on average.
    pub friends_mean: usize,
    /// Posts in a group for every ten of its members.
    pub posts_per_ten_members: usize,
    /// Most posts in one group.
    pub posts_per_group_max: usize,
}

impl Size {
    /// A community of this many people in its usual proportions: a group for every eight.
    #[must_use]
    pub const fn of(people: usize) -> Self {
        Self {
            people,
            groups: people.div_ceil(8),
            friends_mean: 8,
            posts_per_ten_members: 10,
            posts_per_group_max: 500,
        }
    }
}

/// What was generated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Generated {
    /// Number of the first person; the others follow.
    pub first_person: i64,
    /// Number of the first group, the largest; the others follow in falling size.
    pub first_group: i64,
    /// People.
    pub people: u64,
    /// Groups.
    pub groups: u64,
    /// Memberships, admins included.
    pub memberships: u64,
    /// Friendships.
    pub friendships: u64,
    /// Posts in every state.
    pub posts: u64,
    /// Comments.
    pub comments: u64,
    /// Reactions.
    pub reactions: u64,
    /// Mentions.
    pub mentions: u64,
    /// Photos and videos.
    pub media: u64,
    /// People tagged in photos.
    pub tags: u64,
}

/// First free numbers of what is generated.
struct Next {
    post: i64,
    comment: i64,
    media: i64,
}

/// A community in the making.
struct Generator<'a> {
    bulk: Bulk<'a>,
    rng: ChaCha8Rng,
    size: Size,
    next: Next,
    made: Generated,
    /// Names by position; the number is the first person's plus the position.
    names: Vec<String>,
}

/// Generates a community into a store.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn generate(store: &Store, seed: Seed, size: Size) -> Result<Generated, StoreError> {
    let bulk = store.bulk()?;
    let made = Generated {
        first_person: bulk.first_free("person")?,
        first_group: bulk.first_free("forum")?,
        ..Generated::default()
    };
    let next = Next {
        post: bulk.first_free("post")?,
        comment: bulk.first_free("comment")?,
        media: bulk.first_free("media")?,
    };
    let rng = ChaCha8Rng::seed_from_u64(seed.0);
    let mut generator = Generator { bulk, rng, size, next, made, names: Vec::new() };
    generator.people()?;
    generator.friendships()?;
    for rank in 0..size.groups {
        generator.group(rank)?;
    }
    let Generator { bulk, made, .. } = generator;
    bulk.finish()?;
    Ok(made)
}

/// Members of the group of a rank, from 0: Zipf's law through the median in the middle.
fn members_of_rank(rank: usize, size: Size) -> usize {
    let middle = size.groups.div_ceil(2).max(1);
    let members = GROUP_MEDIAN * middle / (rank + 1);
    members.clamp(3.min(size.people), (size.people * 2 / 5).max(3).min(size.people))
}

impl Generator<'_> {
    /// One of a list.
    fn pick<'t>(&mut self, list: &[&'t str]) -> &'t str {
        let index = self.rng.random_range(0..list.len().max(1));
        list.get(index).copied().unwrap_or_default()
    }

    /// True `percent` times of a hundred.
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// A moment between one and the present.
    fn moment_after(&mut self, from: i64) -> i64 {
        self.rng.random_range(from.min(PRESENT_MS - 1)..PRESENT_MS)
    }

    /// The person at a position.
    fn person_at(&self, position: usize) -> PersonId {
        let offset = i64::try_from(position).unwrap_or(i64::MAX);
        PersonId::new(self.made.first_person.saturating_add(offset))
    }

    /// The name of the person at a position.
    fn name_at(&self, position: usize) -> String {
        self.names.get(position).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_group_has_a_dozen_members() {
        for people in [200, 2_000, 100_000] {
            let size = Size::of(people);
            let mut members: Vec<_> =
                (0..size.groups).map(|rank| members_of_rank(rank, size)).collect();
            members.sort_unstable();
            let median = members[members.len() / 2];
            assert!((10..=14).contains(&median), "{median} of {people}");
            assert!(*members.last().unwrap() >= people / 8, "the largest is large");
        }
    }
}
