//! Names of places, organisations and tags, and what people's profiles say with them.

use std::{collections::HashMap, path::Path};

use serde::Serialize;

use super::{
    Import, ImportError, Layout,
    rows::{Row, RowError, reject},
};
use crate::{
    MediaId, PersonId,
    store::{BulkPerson, StoreError},
};

/// Profile pictures of imported people have the person's number above all others of the data.
const PICTURE_BASE: i64 = 1 << 52;

/// Names by the numbers that rows use.
#[derive(Default)]
pub(super) struct Names {
    places: HashMap<i64, String>,
    organisations: HashMap<i64, String>,
    tags: HashMap<i64, String>,
}

impl Names {
    /// Name of a tag.
    pub(super) fn tag(&self, id: i64) -> Result<String, RowError> {
        find(&self.tags, id, "tag")
    }
}

fn find(names: &HashMap<i64, String>, id: i64, what: &str) -> Result<String, RowError> {
    match names.get(&id) {
        Some(name) => Ok(name.clone()),
        None => reject(format!("unknown {what} `{id}`")),
    }
}

/// Somewhere to have studied.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Study {
    name: String,
    year: i64,
}

/// Somewhere to work.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Job {
    name: String,
    from: i64,
}

/// What a profile says beyond the person's own row.
#[derive(Debug, Clone, Default)]
pub(super) struct Details {
    pub(super) city: String,
    pub(super) emails: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) studies: Vec<Study>,
    pub(super) work: Vec<Job>,
    pub(super) interests: Vec<String>,
}

/// Details of everyone, gathered from their files.
pub(super) type AllDetails = HashMap<i64, Details>;

/// The columns of a person that both the data set and the update stream have, in their order.
pub(super) struct PersonRow<'a> {
    pub(super) id: i64,
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    pub(super) gender: &'a str,
    pub(super) birthday: String,
    pub(super) created_at: i64,
    pub(super) location_ip: &'a str,
    pub(super) browser_used: &'a str,
}

impl<'a> PersonRow<'a> {
    /// Reads a person whose id stands in a column.
    pub(super) fn read(row: &Row<'a>, first: usize) -> Result<Self, RowError> {
        Ok(Self {
            id: row.id(first)?,
            first_name: row.text(first + 1)?,
            last_name: row.text(first + 2)?,
            gender: row.text(first + 3)?,
            birthday: row.day(first + 4)?,
            created_at: row.moment(first + 5)?,
            location_ip: row.text(first + 6)?,
            browser_used: row.text(first + 7)?,
        })
    }
}

/// The parts of a `;`-list.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(';').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl Details {
    /// Adds interests by tag numbers.
    pub(super) fn interest(&mut self, names: &Names, tag: i64) -> Result<(), RowError> {
        self.interests.push(names.tag(tag)?);
        Ok(())
    }

    /// Adds a place of study.
    pub(super) fn study(&mut self, names: &Names, at: i64, year: i64) -> Result<(), RowError> {
        let name = find(&names.organisations, at, "organisation")?;
        self.studies.push(Study { name, year });
        Ok(())
    }

    /// Adds an employer.
    pub(super) fn job(&mut self, names: &Names, at: i64, from: i64) -> Result<(), RowError> {
        let name = find(&names.organisations, at, "organisation")?;
        self.work.push(Job { name, from });
        Ok(())
    }

    /// Sets the city.
    pub(super) fn live_in(&mut self, names: &Names, place: i64) -> Result<(), RowError> {
        self.city = find(&names.places, place, "place")?;
        Ok(())
    }
}

impl Import<'_> {
    /// Reads the names that rows use by number.
    pub(super) fn names(&mut self, layout: &Layout) -> Result<Names, ImportError> {
        let mut names = Names::default();
        for (file, column, into) in [
            ("place_0_0.csv", 1, &mut names.places),
            ("organisation_0_0.csv", 2, &mut names.organisations),
            ("tag_0_0.csv", 1, &mut names.tags),
        ] {
            self.each(&layout.fixed.join(file), |_, row| {
                into.insert(row.id(0)?, row.text(column)?.replace('_', " "));
                Ok(())
            })?;
        }
        Ok(names)
    }

    /// Gathers profiles from the files beside the people's own.
    pub(super) fn details(
        &mut self,
        dynamic: &Path,
        names: &Names,
    ) -> Result<AllDetails, ImportError> {
        let mut all = AllDetails::new();
        self.each(&dynamic.join("person_isLocatedIn_place_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().live_in(names, row.id(1)?)
        })?;
        self.each(&dynamic.join("person_hasInterest_tag_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().interest(names, row.id(1)?)
        })?;
        self.each(&dynamic.join("person_studyAt_organisation_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().study(names, row.id(1)?, row.id(2)?)
        })?;
        self.each(&dynamic.join("person_workAt_organisation_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().job(names, row.id(1)?, row.id(2)?)
        })?;
        self.each(&dynamic.join("person_email_emailaddress_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().emails.push(row.text(1)?.to_owned());
            Ok(())
        })?;
        self.each(&dynamic.join("person_speaks_language_0_0.csv"), |_, row| {
            all.entry(row.id(0)?).or_default().languages.push(row.text(1)?.to_owned());
            Ok(())
        })?;
        Ok(all)
    }

    /// Adds a person with what their profile says.
    pub(super) fn add_person(
        &mut self,
        person: &PersonRow<'_>,
        details: &Details,
    ) -> Result<(), RowError> {
        if !self.people.insert(person.id) {
            return reject(format!("person `{}` is there already", person.id));
        }
        self.bulk.person(&BulkPerson {
            id: PersonId::new(person.id),
            picture: MediaId::new(PICTURE_BASE.saturating_add(person.id)),
            first_name: person.first_name,
            last_name: person.last_name,
            gender: person.gender,
            birthday: &person.birthday,
            created_at: person.created_at,
            city: &details.city,
            emails: &json(&details.emails)?,
            languages: &json(&details.languages)?,
            studies: &json(&details.studies)?,
            work: &json(&details.work)?,
            interests: &json(&details.interests)?,
            location_ip: person.location_ip,
            browser_used: person.browser_used,
        })?;
        self.summary.people += 1;
        Ok(())
    }
}

fn json<T: Serialize>(list: &[T]) -> Result<String, StoreError> {
    Ok(serde_json::to_string(list)?)
}
