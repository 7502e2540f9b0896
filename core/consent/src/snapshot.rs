//! The snapshot of state: one spelling in bytes for one state, so that start-up does not fold the log from its beginning.
//!
//! `"BAILMENT"`, the format's version, the rules version, then state in the order of [`State::encode_snapshot`], then
//! SHA-256 of all before it. Integers are LEB128; catalog and policy are their documents and compiled again. What
//! follows from something else (ordinals, a person's grants, rules) is not written, so it cannot disagree. A snapshot
//! is a cache: with another version, or damaged, the log is folded anew.

mod bytes;
mod records;
mod versions;

use crate::context::ContextState;
use crate::masks::{Interned, Masks};
use crate::opt_ins::OptIns;
use crate::people::{People, PersonState, Setting};
use crate::policy::Policy;
use crate::state::State;
use bytes::{MaskTable, Reader, Writer};
use catalog::{Document, Numbering};
use ledger::SettingScope;
use model::{
    AppNo, ClassMask, ClassNo, ContextKind, ContextNo, OperationNo, PersonNo, Position, ProgramNo,
    PurposeNo, SourceNo, StaffNo, StaffRole,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"BAILMENT";
const VERSION: u8 = 8;
const HASH_BYTES: usize = 32;

/// A snapshot that cannot be used; the log can be folded instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not a snapshot, cut off, or changed.
    #[error("snapshot is damaged")]
    Damaged,
    /// Made in another format or under other rules.
    #[error("snapshot has format {format} and rules {rules}, which this version does not read")]
    Version {
        /// Version of the format.
        format: u8,
        /// Rules version.
        rules: u16,
    },
    /// The bytes are those that were written, and make no state.
    #[error("snapshot has a wrong {0}")]
    Malformed(&'static str),
    /// Its catalog or policy does not compile any more.
    #[error("document of the snapshot cannot be adopted: {0}")]
    Document(String),
}

type Result<T> = std::result::Result<T, SnapshotError>;

impl State {
    /// The state in its one spelling: equal states, equal bytes, whatever the order in which memory was used.
    #[must_use]
    pub fn encode_snapshot(&self) -> Vec<u8> {
        let mut head = MAGIC.to_vec();
        head.push(VERSION);
        head.extend(ledger::RULES_VERSION.to_le_bytes());
        let mut w = Writer::new(head, MaskTable::of(self.masks_in_use()));
        w.uint(self.next);
        w.uint(self.revision);
        w.uint(self.time);
        write_names(&mut w, &self.numbering.classes, |no| no.number().into());
        write_names(&mut w, &self.numbering.operations, |no| no.0.into());
        write_names(&mut w, &self.numbering.purposes, |no| no.0.into());
        write_names(&mut w, &self.numbering.programs, |no| no.0.into());
        w.position(self.catalog_at);
        w.bytes(&self.catalog_document);
        w.position(self.policy_at);
        w.bytes(&self.policy_document);
        versions::write(&mut w, self);
        records::write(&mut w, &self.registry);
        self.write_people(&mut w);
        self.write_contexts(&mut w);
        w.list(&self.sources, |w, (source, up_to)| {
            w.uint(source.0);
            w.uint(*up_to);
        });
        w.list(&self.staff, |w, (staff, current)| {
            w.uint(staff.0);
            w.option(*current, |w, role| w.uint(role.code()));
        });
        let hash = Sha256::digest(&w.bytes);
        w.bytes.extend(hash);
        w.bytes
    }

    /// Reads a state back, with no more memory than it needs.
    ///
    /// # Errors
    /// Anything but what [`State::encode_snapshot`] made in this version.
    pub fn decode_snapshot(bytes: &[u8]) -> Result<Self> {
        let (said, hash) = bytes
            .split_last_chunk::<HASH_BYTES>()
            .filter(|(said, _)| said.starts_with(MAGIC))
            .ok_or(SnapshotError::Damaged)?;
        if Sha256::digest(said).as_slice() != hash {
            return Err(SnapshotError::Damaged);
        }
        let Some([format, low, high, body @ ..]) = said.get(MAGIC.len()..) else {
            return Err(SnapshotError::Damaged);
        };
        let rules = u16::from_le_bytes([*low, *high]);
        if (*format, rules) != (VERSION, ledger::RULES_VERSION) {
            return Err(SnapshotError::Version { format: *format, rules });
        }
        let mut state = Self::default();
        let mut r = Reader::new(body)?;
        state.next = r.uint()?;
        state.revision = r.uint()?;
        state.time = r.uint()?;
        state.numbering = read_numbering(&mut r)?;
        state.read_documents(&mut r)?;
        versions::read(&mut r, &mut state)?;
        state.registry = records::read(&mut r)?;
        state.read_people(&mut r)?;
        state.read_contexts(&mut r)?;
        state.sources = r.list(|r| Ok((SourceNo(r.small()?), r.uint()?)))?.into_iter().collect();
        let role = |r: &mut Reader<'_>| r.option(|r| r.code(StaffRole::from_code));
        state.staff = r.list(|r| Ok((StaffNo(r.small()?), role(r)?)))?.into_iter().collect();
        r.end()?;
        state.join_rules();
        Ok(state)
    }

    fn masks_in_use(&self) -> BTreeSet<ClassMask> {
        let registry = &self.registry;
        let mut masks: BTreeSet<ClassMask> = BTreeSet::new();
        masks.extend(registry.agreements.values().flat_map(|one| [one.classes, one.required]));
        masks.extend(registry.certifications.values().map(|one| one.classes));
        masks.extend(registry.installations.iter().map(|one| one.classes));
        masks.extend(registry.grants.iter().map(|one| one.classes));
        masks.extend(registry.apps.values().filter_map(|one| Some(one.review.as_ref()?.classes)));
        let retention = registry.agreements.values().flat_map(|one| &one.retention);
        masks.extend(retention.map(|one| one.classes));
        for terms in registry.grants.iter().filter_map(|one| one.terms.as_deref()) {
            masks.extend([terms.once, terms.spent]);
            masks.extend(terms.ends.iter().map(|end| end.classes));
        }
        let people = self.people.iter().filter_map(|(_, _, own)| own);
        masks.extend(people.flat_map(PersonState::settings).map(|setting| setting.blocked));
        let mut last = ClassMask::NONE;
        for context in self.contexts.iter().flatten() {
            for (_, _, mask) in context.opt_ins.iter(&self.masks) {
                if mask != last {
                    masks.insert(mask);
                    last = mask;
                }
            }
        }
        masks
    }

    fn read_documents(&mut self, r: &mut Reader<'_>) -> Result<()> {
        self.catalog_at = r.position()?;
        let document = r.bytes()?;
        if self.catalog_at.is_some() {
            let wrong = |mistakes| SnapshotError::Document(format!("{mistakes:?}"));
            let parsed = Document::parse(document).map_err(wrong)?;
            self.catalog = Some(Arc::new(parsed.compile(&self.numbering).map_err(wrong)?));
            self.catalog_document = Arc::new(document.to_vec());
        }
        self.policy_at = r.position()?;
        let document = r.bytes()?;
        if self.policy_at.is_some() {
            let policy = Policy::parse(document)
                .map_err(|mistakes| SnapshotError::Document(format!("{mistakes:?}")))?;
            self.policy = Some(Arc::new(policy));
            self.policy_document = Arc::new(document.to_vec());
        }
        Ok(())
    }

    fn write_people(&self, w: &mut Writer) {
        w.uint(self.people.len() as u64);
        w.bits(self.people.iter().map(|(_, word, _)| word.is_known()));
        w.bits(self.people.iter().map(|(_, word, _)| word.is_erased()));
        // Grants follow from the grants themselves; somebody of whom nothing else is kept is left out.
        let own: Vec<(PersonNo, &PersonState)> = self
            .people
            .iter()
            .filter_map(|(person, _, own)| own.map(|own| (person, own)))
            .filter(|(_, own)| own.has_choices())
            .collect();
        w.list(own, |w, (person, own)| {
            w.uint(person.0);
            w.list(&own.settings, |w, setting| {
                write_scope(w, setting.scope);
                w.mask(setting.blocked);
            });
            w.position(own.cut_off);
            w.list(&own.cut_off_apps, |w, (app, at)| {
                w.uint(app.0);
                w.uint(at.0);
            });
        });
    }

    fn read_people(&mut self, r: &mut Reader<'_>) -> Result<()> {
        let people: u32 = r.small()?;
        let known = r.bits(people as usize)?;
        let erased = r.bits(people as usize)?;
        let own = r.list(|r| {
            let person = PersonNo(r.small()?);
            let settings = r.list(|r| Ok(Setting { scope: read_scope(r)?, blocked: r.mask()? }))?;
            let cut_off = r.position()?;
            let cut_off_apps = r.list(|r| Ok((AppNo(r.small()?), Position(r.uint()?))))?;
            Ok((person, PersonState { settings, grants: Vec::new(), cut_off, cut_off_apps }))
        })?;
        let owners = records::grants_of_people(&self.registry).map(|(person, _)| person);
        let owners: BTreeSet<PersonNo> = own.iter().map(|(no, _)| *no).chain(owners).collect();
        if owners.last().is_some_and(|last| last.0 >= people) {
            return Err(SnapshotError::Malformed("person"));
        }
        self.people = People::with_len(people as usize, owners.len());
        for ((known, erased), number) in known.zip(erased).zip(0u32..) {
            match (known, erased) {
                (_, true) => self.people.erase(PersonNo(number)),
                (true, false) => self.people.know(PersonNo(number)),
                (false, false) => {}
            }
        }
        for (person, state) in own {
            *self.people.state_mut(person).ok_or(SnapshotError::Malformed("person"))? = state;
        }
        for (person, grant) in records::grants_of_people(&self.registry) {
            let own = self.people.state_mut(person).ok_or(SnapshotError::Malformed("person"))?;
            own.grants.reserve_exact(1);
            own.grants.push(grant);
        }
        Ok(())
    }

    fn write_contexts(&self, w: &mut Writer) {
        w.uint(self.contexts.len() as u64);
        w.bits(self.contexts.iter().map(Option::is_some));
        for context in self.contexts.iter().flatten() {
            w.uint(context.kind.map_or(0, |kind| kind.code() + 1));
            w.bool(context.gone);
            w.list(&context.admins, |w, person| w.uint(person.0));
            w.uint(context.opt_ins.len() as u64);
            let mut last = 0u64;
            for (ordinal, person, mask) in context.opt_ins.iter(&self.masks) {
                let key = u64::from(ordinal) << 32 | u64::from(person.0);
                w.uint(key.wrapping_sub(last));
                w.mask(mask);
                last = key;
            }
        }
    }

    fn read_contexts(&mut self, r: &mut Reader<'_>) -> Result<()> {
        let count: u32 = r.small()?;
        let present = r.bits(count as usize)?;
        self.contexts = Vec::with_capacity(count as usize);
        let mut scratch = Vec::new();
        for present in present {
            let context = if present {
                Some(Box::new(read_context(r, &mut scratch, &mut self.masks)?))
            } else {
                None
            };
            self.contexts.push(context);
        }
        for (no, installation) in records::installations_of_contexts(&mut self.registry) {
            let context = self.contexts.get_mut(installation.context.index());
            let context = context.and_then(Option::as_deref_mut);
            let context = context.ok_or(SnapshotError::Malformed("context"))?;
            installation.ordinal = u16::try_from(context.installations.len())
                .map_err(|_| SnapshotError::Malformed("ordinal"))?;
            context.installations.push(no);
        }
        Ok(())
    }
}

fn read_context(
    r: &mut Reader<'_>,
    scratch: &mut Vec<(u16, PersonNo, Interned)>,
    masks: &mut Masks,
) -> Result<ContextState> {
    let kind = match r.small::<u8>()?.checked_sub(1) {
        None => None,
        Some(code) => Some(ContextKind::from_code(code).ok_or(SnapshotError::Malformed("kind"))?),
    };
    let gone = r.bool()?;
    let admins = r.count()?;
    let admins = (0..admins).map(|_| r.small().map(PersonNo)).collect::<Result<_>>()?;
    scratch.clear();
    let mut key = 0u64;
    for _ in 0..r.count()? {
        key = key.wrapping_add(r.uint()?);
        let ordinal = u16::try_from(key >> 32).map_err(|_| SnapshotError::Malformed("ordinal"))?;
        scratch.push((ordinal, PersonNo(key as u32), r.interned(masks)?));
    }
    let opt_ins = OptIns::from_sorted(scratch).ok_or(SnapshotError::Malformed("opt-in"))?;
    Ok(ContextState { kind, gone, admins, installations: Default::default(), opt_ins })
}

fn write_names<T>(w: &mut Writer, names: &BTreeMap<String, T>, number: impl Fn(&T) -> u64) {
    w.list(names, |w, (name, no)| {
        w.bytes(name.as_bytes());
        w.uint(number(no));
    });
}

fn read_numbering(r: &mut Reader<'_>) -> Result<Numbering> {
    let class = |r: &mut Reader<'_>| r.code(ClassNo::new);
    Ok(Numbering {
        classes: r.list(|r| Ok((r.text()?, class(r)?)))?.into_iter().collect(),
        operations: r.list(|r| Ok((r.text()?, OperationNo(r.small()?))))?.into_iter().collect(),
        purposes: r.list(|r| Ok((r.text()?, PurposeNo(r.small()?))))?.into_iter().collect(),
        programs: r.list(|r| Ok((r.text()?, ProgramNo(r.small()?))))?.into_iter().collect(),
    })
}

fn write_scope(w: &mut Writer, scope: SettingScope) {
    let (code, number) = match scope {
        SettingScope::AllApps => (0u8, None),
        SettingScope::Context(context) => (1, Some(context.0)),
        SettingScope::App(app) => (2, Some(app.0)),
        SettingScope::AllGroups => (3, None),
        SettingScope::Friends => (4, None),
        SettingScope::Beyond => (5, None),
    };
    w.uint(code);
    if let Some(number) = number {
        w.uint(number);
    }
}

fn read_scope(r: &mut Reader<'_>) -> Result<SettingScope> {
    Ok(match r.small::<u8>()? {
        0 => SettingScope::AllApps,
        1 => SettingScope::Context(ContextNo(r.small()?)),
        2 => SettingScope::App(AppNo(r.small()?)),
        3 => SettingScope::AllGroups,
        4 => SettingScope::Friends,
        5 => SettingScope::Beyond,
        _ => return Err(SnapshotError::Malformed("scope")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Event, Fact, Facts, InstallationMade, OptIn, Payload, SettingChanged, Why};
    use model::{Actor, InstallationNo, Timestamp};

    #[test]
    fn masks_of_settings_do_not_use_up_the_numbers_of_opt_ins() {
        let mut state = State::default();
        let mut happen = |event| {
            state.apply(state.next(), Timestamp(1), &Payload::Control(event)).unwrap();
        };
        let (person, context, app) = (PersonNo(1), ContextNo(0), AppNo(1));
        let why = || Why::by(Actor::Operator);
        let facts = vec![Fact::Person(person), Fact::Context(context, ContextKind::Group)];
        happen(Event::Facts(Facts { source: SourceNo(1), up_to: 2, facts }));
        let (installation, classes) = (InstallationNo(0), ClassMask::ALL);
        let made =
            InstallationMade { installation, app, context, classes, backer: person, why: why() };
        happen(Event::InstallationMade(made));
        for n in 1..=70_000u32 {
            happen(Event::SettingChanged(SettingChanged {
                person: PersonNo(n),
                scope: SettingScope::AllApps,
                blocked: ClassMask(n.into()),
                why: why(),
            }));
        }
        happen(Event::OptIn(OptIn { person, installation, app, classes, why: why() }));
        let again = State::decode_snapshot(&state.encode_snapshot()).unwrap();
        assert_eq!(again.opted_in(person, installation), classes);
        let opt_ins = |state: &State| format!("{:?}", state.context(context).unwrap().opt_ins);
        assert_eq!(opt_ins(&again), opt_ins(&state), "the same opt-ins, kept another way");
    }
}
