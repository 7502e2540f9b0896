//! Following a catalog's paths through an answer: to people, ids, times and states.

use crate::draft::DraftAbout;
use crate::json::{Tag, Tape};
use crate::references::References;
use catalog::{Path, Step};
use model::IdentifierKind;
use model::limits::RECORD_PEOPLE_MAX;
use smallvec::SmallVec;

/// Where a path to one value leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A step is not there, or null.
    Missing,
    /// Something else stands where a step should.
    Wrong,
    /// Here.
    At(u32),
}

/// Follows the path to one value.
pub(crate) fn follow(tape: &Tape<'_>, path: &Path, from: u32) -> End {
    let mut at = if path.absolute { 0 } else { from };
    for step in &path.steps {
        let Step::Name(name) = step else { return End::Wrong };
        match tape.slot(at).map(|slot| slot.tag) {
            Some(Tag::Object) => match tape.member(at, name) {
                Some(value) => at = value,
                None => return End::Missing,
            },
            Some(Tag::Null) => return End::Missing,
            _ => return End::Wrong,
        }
    }
    match tape.slot(at) {
        Some(slot) if slot.tag != Tag::Null => End::At(at),
        _ => End::Missing,
    }
}

/// The search for everybody that something is about.
pub(crate) struct Search<'w, 't> {
    pub(crate) tape: &'w Tape<'t>,
    pub(crate) references: &'w mut References<'t>,
    /// Places that may still be visited.
    pub(crate) visits: &'w mut usize,
    people: SmallVec<[u32; 2]>,
}

/// Somebody it is about cannot be told, or there are too many.
struct Broken;

impl<'w, 't> Search<'w, 't> {
    pub(crate) fn new(
        tape: &'w Tape<'t>,
        references: &'w mut References<'t>,
        visits: &'w mut usize,
    ) -> Self {
        Self { tape, references, visits, people: SmallVec::new() }
    }

    /// Everybody at the ends of all paths together. One end that is no id makes the whole unresolvable: whoever
    /// is missing from the set would not be asked.
    pub(crate) fn people(mut self, paths: &[Path], from: u32) -> DraftAbout {
        for path in paths {
            let start = if path.absolute { 0 } else { from };
            if self.walk(&path.steps, start).is_err() {
                return DraftAbout::Unresolvable;
            }
        }
        self.people.sort_unstable();
        self.people.dedup();
        if self.people.is_empty() || self.people.len() > RECORD_PEOPLE_MAX {
            return DraftAbout::Unresolvable;
        }
        DraftAbout::People(self.people)
    }

    // The recursion is bounded: a path has few steps, and the tape limits nesting.
    fn walk(&mut self, steps: &[Step], at: u32) -> Result<(), Broken> {
        *self.visits = self.visits.checked_sub(1).ok_or(Broken)?;
        let tape = self.tape;
        let slot = tape.slot(at).ok_or(Broken)?;
        let Some((step, rest)) = steps.split_first() else {
            let person =
                self.references.intern(tape, IdentifierKind::Person, slot).ok_or(Broken)?;
            // Most people stand beside others of the same name: a list of ten thousand is sorted once.
            if self.people.last() != Some(&person) {
                self.people.push(person);
            }
            return if self.people.len() > 2 * RECORD_PEOPLE_MAX { Err(Broken) } else { Ok(()) };
        };
        match (step, slot.tag) {
            (Step::Name(name), Tag::Object) => match tape.member(at, name) {
                Some(value) if !is_null(tape, value) => self.walk(rest, value),
                Some(_) | None => absent(rest),
            },
            (Step::All, Tag::Array) => {
                tape.elements(at).try_for_each(|element| self.walk(rest, element))
            }
            (Step::All, Tag::Object) => {
                tape.entries(at).try_for_each(|(_, value)| self.walk(rest, value))
            }
            _ => Err(Broken),
        }
    }
}

fn is_null(tape: &Tape<'_>, at: u32) -> bool {
    tape.slot(at).is_none_or(|slot| slot.tag == Tag::Null)
}

/// A list that is not there names nobody; an id that is not there leaves open whom it would name.
fn absent(rest: &[Step]) -> Result<(), Broken> {
    if rest.contains(&Step::All) { Ok(()) } else { Err(Broken) }
}
