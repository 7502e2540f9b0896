//! People, their friendships and the groups they found and join.

use rand::{RngExt, seq::index};

use super::{
    GROUP_MEDIAN, Generator, PAST_MS, PRESENT_MS, members_of_rank,
    places::{BROWSERS, CITIES, EMPLOYERS, FIRST_NAMES, GROUP_KINDS, LAST_NAMES, SCHOOLS, TOPICS},
};
use crate::{
    GroupId, MediaId,
    store::{BulkForum, BulkPerson, ForumKind, Role, StoreError},
};

/// A group while its content is made.
pub(super) struct Circle {
    pub(super) id: GroupId,
    pub(super) topic: &'static str,
    pub(super) created_at: i64,
    /// Positions of its members.
    pub(super) members: Vec<usize>,
}

impl Generator<'_> {
    pub(super) fn people(&mut self) -> Result<(), StoreError> {
        for position in 0..self.size.people {
            self.one_person(position)?;
        }
        Ok(())
    }

    fn one_person(&mut self, position: usize) -> Result<(), StoreError> {
        let (first, gender) = {
            let index = self.rng.random_range(0..FIRST_NAMES.len());
            FIRST_NAMES.get(index).copied().unwrap_or(("Kim", "other"))
        };
        let last = self.pick(&LAST_NAMES);
        let (city, language) = {
            let index = self.rng.random_range(0..CITIES.len());
            CITIES.get(index).copied().unwrap_or(("Geneva", "fr"))
        };
        let id = self.person_at(position);
        let picture = MediaId::new(self.next.media);
        self.next.media += 1;
        let handle = format!("{}.{}", plain(first), plain(last));
        let languages = match language {
            "en" => "[\"en\"]".to_owned(),
            other => format!("[\"{other}\",\"en\"]"),
        };
        let year = self.rng.random_range(1950..2008);
        let birthday = format!(
            "{year}-{:02}-{:02}",
            self.rng.random_range(1..13),
            self.rng.random_range(1..29)
        );
        let studies = format!(
            "[{{\"name\":\"{}\",\"year\":{}}}]",
            self.pick(&SCHOOLS),
            year + 22 // the usual age at the end of studies
        );
        let work = format!(
            "[{{\"name\":\"{}\",\"from\":{}}}]",
            self.pick(&EMPLOYERS),
            self.rng.random_range(2012..2026)
        );
        let interests = format!("[\"{}\",\"{}\"]", self.pick(&TOPICS), self.pick(&TOPICS));
        // Addresses of the ranges for documentation (RFC 5737) belong to nobody.
        let location_ip = format!(
            "{}.{}",
            self.pick(&["192.0.2", "198.51.100", "203.0.113"]),
            self.rng.random_range(1..255)
        );
        let browser_used = self.pick(&BROWSERS);
        let created_at = PRESENT_MS - PAST_MS + self.rng.random_range(0..PAST_MS / 3);
        self.bulk.person(&BulkPerson {
            id,
            picture,
            first_name: first,
            last_name: last,
            gender,
            birthday: &birthday,
            created_at,
            city,
            emails: &format!("[\"{handle}.{id}@example.org\"]"),
            languages: &languages,
            studies: &studies,
            work: &work,
            interests: &interests,
            location_ip: &location_ip,
            browser_used,
        })?;
        self.names.push(format!("{first} {last}"));
        self.made.people += 1;
        Ok(())
    }

    /// Befriends people, mostly those who came at about the same time.
    pub(super) fn friendships(&mut self) -> Result<(), StoreError> {
        let people = self.size.people;
        if people < 2 {
            return Ok(());
        }
        for position in 0..people {
            // Each friendship counts for two people, so half the mean is begun by each.
            for _ in 0..self.rng.random_range(0..=self.size.friends_mean) {
                let distance = match self.chance(70) {
                    true => self.rng.random_range(1..=people.min(50)),
                    false => self.rng.random_range(1..=people),
                };
                let other = (position + distance) % people;
                let since = self.moment_after(PRESENT_MS - PAST_MS / 2);
                let (one, two) = (self.person_at(position), self.person_at(other));
                if one != two && self.bulk.friends(one, two, since)? {
                    self.made.friendships += 1;
                }
            }
        }
        Ok(())
    }

    /// Makes the group of a rank, its members and what they say.
    pub(super) fn group(&mut self, rank: usize) -> Result<(), StoreError> {
        let count = members_of_rank(rank, self.size);
        if count == 0 {
            return Ok(());
        }
        let members = index::sample(&mut self.rng, self.size.people, count).into_vec();
        let topic = self.pick(&TOPICS);
        let kind = self.pick(&GROUP_KINDS);
        let (city, _) = {
            let index = self.rng.random_range(0..CITIES.len());
            CITIES.get(index).copied().unwrap_or(("Geneva", "fr"))
        };
        let name = kind.replace("{topic}", &capital(topic)).replace("{city}", city);
        let description = format!("For everyone in and around {city} who cares about {topic}.");
        let created_at = PRESENT_MS - PAST_MS / 2 + self.rng.random_range(0..PAST_MS / 4);
        let offset = i64::try_from(rank).unwrap_or(i64::MAX);
        let id = GroupId::new(self.made.first_group.saturating_add(offset));
        let forum = BulkForum {
            id,
            kind: ForumKind::Group,
            name: &name,
            description: &description,
            created_at,
        };
        self.bulk.forum(&forum)?;
        self.made.groups += 1;
        // One admin for every hundred members, and a second one in all but the small groups.
        let admins = 1 + usize::from(count >= GROUP_MEDIAN) + count / 100;
        for (order, position) in members.iter().enumerate() {
            let (role, joined_at) = match (order, order < admins) {
                (0, _) => (Role::Admin, created_at),
                (_, true) => (Role::Admin, self.moment_after(created_at)),
                (_, false) => (Role::Member, self.moment_after(created_at)),
            };
            self.bulk.member(id, self.person_at(*position), role, joined_at)?;
            self.made.memberships += 1;
        }
        self.talk(&Circle { id, topic, created_at, members })
    }
}

/// A name's ASCII letters in lower case, for an address.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
