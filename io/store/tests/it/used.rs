//! The index's counts of use against a count of the log itself, and after the file was made anew.

use super::Told;
use consent::State;
use ledger::{
    About, DisclosurePayload, Entry, Event, Leaf, Node, Payload, PolicyActivated, RecordFacts, Why,
    WritePermitted,
};
use model::{
    Actor, AppNo, Chain, ClassMask, ContextNo, Env, GrantNo, InstallationNo, ObjectKind, ObjectNo,
    PersonNo, Position, ProgramNo, Publication, PurposeNo, Relation, Timestamp,
};
use rusqlite::Connection;
use sequence::{Commit, Lookup};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{General, Options, Store, Through, Urgency};
use usage::DAY_MS;

/// Numbers that look like none; the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % end
    }
}

fn disclosure(dice: &mut Dice) -> Entry {
    let acting = (dice.below(3) > 0).then(|| PersonNo(dice.below(4) as u32));
    let mut nodes = Vec::new();
    let mut released = Vec::new();
    for _ in 0..=dice.below(5) {
        let context = (dice.below(4) > 0).then(|| ContextNo(dice.below(3) as u32));
        let record = RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(dice.below(50)),
            context,
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        };
        let about = if dice.below(4) == 0 {
            About::Nobody
        } else {
            let people: BTreeSet<_> =
                (0..=dice.below(2)).map(|_| PersonNo(dice.below(6) as u32)).collect();
            About::People(people.into_iter().collect())
        };
        let (presence, asked) = (ClassMask::NONE, ClassMask(0b1111));
        nodes.push(Node { within: None, record: Some(record), about, presence, asked });
        released.push(ClassMask(u128::from(dice.below(16))));
    }
    let payload = DisclosurePayload {
        acting,
        network: None,
        facts_up_to: Timestamp(0),
        context: None,
        permit: (dice.below(4) == 0).then_some(Position(0)),
        nodes,
        released,
    };
    let payload = Payload::Disclosure(payload);
    let mut leaf = request(dice, payload.leaf());
    match acting {
        Some(_) => leaf.grant = Some(GrantNo(0)),
        None => leaf.installation = Some(InstallationNo(0)),
    }
    Entry { leaf, payload }
}

fn request(dice: &mut Dice, mut leaf: Leaf) -> Leaf {
    leaf.app = Some(AppNo(1 + dice.below(2) as u32));
    leaf.program = Some(ProgramNo(dice.below(2) as u16));
    leaf.purpose = Some(PurposeNo(dice.below(2) as u16));
    leaf.classes = (dice.below(3) == 0).then_some(ClassMask(1 << 7));
    leaf
}

fn write(dice: &mut Dice) -> Entry {
    let payload = Payload::WritePermitted(WritePermitted {
        acting: Some(PersonNo(1)),
        context: None,
        network: None,
        idempotency: None,
        facts_up_to: Timestamp(0),
        object: None,
    });
    Entry { leaf: request(dice, payload.leaf()), payload }
}

fn open(directory: &Path, clock: &Arc<Told>) -> Store {
    let clock = Arc::clone(clock) as _;
    Store::open(directory, Options { clock, reserve_bytes: 1 << 12 }).unwrap()
}

async fn fill(store: &Store, clock: &Told, dice: &mut Dice) {
    for _ in 0..120 {
        clock.now.fetch_add(dice.below(DAY_MS / 3), Ordering::SeqCst);
        let entry = if dice.below(5) == 0 { write(dice) } else { disclosure(dice) };
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
            Ok(Commit::entry(entry.clone(), ()))
        };
        store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
        if dice.below(10) == 0 {
            store.update_index().unwrap();
        }
    }
}

/// Everything that the index says, as text to compare.
fn said(store: &Store) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut used, mut shown, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for app in [AppNo(1), AppNo(2)] {
        used.extend(store.used(app, 0).unwrap().iter().map(|one| {
            let (program, purpose) = (one.feature.program.0, one.feature.purpose.0);
            let (class, first, last) = (one.class.number(), one.first_at.0, one.last_at.0);
            let (day, answers, records) = (one.day, one.disclosures, one.records);
            format!("{app} {program} {purpose} {class} {day}: {answers} {records} {first} {last}")
        }));
        shown.extend(
            store
                .shown(app, 0)
                .unwrap()
                .iter()
                .map(|one| format!("{app} {} {}: {}", one.class.number(), one.day, one.people)),
        );
        places.extend(
            store.places(app).unwrap().iter().map(|one| {
                format!("{app} {}: {} {}", one.context.0, one.disclosures, one.last_at.0)
            }),
        );
    }
    used.sort();
    shown.sort();
    (used, shown, places)
}

/// The same, entry by entry, class by class.
fn counted(store: &Store) -> (Vec<String>, Vec<String>, Vec<String>) {
    type Key = (AppNo, u16, u16, u8, u64);
    let mut used: BTreeMap<Key, (u64, u64, Vec<u64>)> = BTreeMap::new();
    let mut shown: BTreeMap<(AppNo, u8, u64), BTreeSet<PersonNo>> = BTreeMap::new();
    let mut places: BTreeMap<(AppNo, ContextNo), Vec<u64>> = BTreeMap::new();
    for stored in store.entries(Position(0), usize::MAX >> 1).unwrap() {
        let entry = stored.open().unwrap().unwrap();
        let (app, day) = (entry.leaf.app.unwrap(), stored.time.0 / DAY_MS);
        let key = |class| {
            let leaf = &entry.leaf;
            (app, leaf.program.unwrap().0, leaf.purpose.unwrap().0, class, day)
        };
        let mut carried: BTreeMap<u8, u64> = BTreeMap::new();
        let mut here: BTreeSet<ContextNo> = BTreeSet::new();
        let mut answers_write = false;
        if let Payload::Disclosure(payload) = &entry.payload {
            answers_write = payload.permit.is_some();
            for (node, mask) in payload.nodes.iter().zip(&payload.released) {
                for class in 0..8u8 {
                    if mask.0 >> class & 1 == 0 {
                        continue;
                    }
                    *carried.entry(class).or_default() += 1;
                    here.extend(node.record.as_ref().and_then(|record| record.context));
                    if let About::People(people) = &node.about {
                        shown.entry((app, class, day)).or_default().extend(people.iter().copied());
                    }
                }
            }
        }
        if entry.leaf.classes.is_some() && !answers_write {
            carried.insert(7, 0);
        }
        for (class, records) in carried {
            let row = used.entry(key(class)).or_default();
            (row.0, row.1) = (row.0 + 1, row.1 + records);
            row.2.push(stored.time.0);
        }
        for context in here {
            places.entry((app, context)).or_default().push(stored.time.0);
        }
    }
    let mut used: Vec<String> = used
        .into_iter()
        .map(|((app, program, purpose, class, day), (answers, records, times))| {
            let (first, last) = (times[0], times[times.len() - 1]);
            format!("{app} {program} {purpose} {class} {day}: {answers} {records} {first} {last}")
        })
        .collect();
    let mut shown: Vec<String> = shown
        .into_iter()
        .map(|((app, class, day), people)| format!("{app} {class} {day}: {}", people.len()))
        .collect();
    let places = places
        .into_iter()
        .map(|((app, context), at)| {
            format!("{app} {}: {} {}", context.0, at.len(), at[at.len() - 1])
        })
        .collect();
    used.sort();
    shown.sort();
    (used, shown, places)
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_counted_as_the_log_tells_it_and_again_when_an_older_index_is_opened() {
    for seed in 0..3 {
        let directory = tempfile::tempdir().unwrap();
        let clock = Told::at(20_000 * DAY_MS);
        let store = open(directory.path(), &clock);
        fill(&store, &clock, &mut Dice(seed)).await;
        let wanted = counted(&store);
        assert!(wanted.0.len() > 50 && wanted.1.len() > 20 && wanted.2.len() == 6, "{wanted:?}");
        assert_eq!(said(&store), wanted, "seed {seed}");
        drop(store);
        // The index as the first version left it: full, and without any count.
        for old in ["index.db", "index.db-wal", "index.db-shm"] {
            let _ = std::fs::remove_file(directory.path().join(old));
        }
        let connection = Connection::open(directory.path().join("index.db")).unwrap();
        connection.execute_batch(include_str!("../../src/schema/1-index.sql")).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute_batch(
                "INSERT INTO seen VALUES (1, 1, 1, 1, zeroblob(16), 1, 0, 0, 0);
                 INSERT INTO concerns VALUES (1, 5); UPDATE done SET next = 100;",
            )
            .unwrap();
        drop(connection);
        let store = open(directory.path(), &clock);
        assert_eq!(said(&store), wanted, "seed {seed}, made anew");
        assert!(store.seen_by(PersonNo(1), 1_000).unwrap().iter().all(|one| one.day >= 20_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_tells_through_whose_authority_somebody_was_seen() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Told::at(20_000 * DAY_MS);
    let store = open(directory.path(), &clock);
    let mut dice = Dice(7);
    fill(&store, &clock, &mut dice).await;
    let mut met = Through::default();
    for person in (0..6).map(PersonNo) {
        let whole = store.seen_by(person, 1_000).unwrap();
        let pages = (0..=whole.len()).step_by(3);
        let paged = pages.flat_map(|passed| store.seen_from(person, passed, 3).unwrap());
        assert!(whole.len() > 3 && paged.eq(whole.iter().cloned()), "page by page");
        for seen in whole {
            let entries = store.entries(seen.first, (seen.last.0 - seen.first.0 + 1) as usize);
            let mut wanted = Through::default();
            for stored in entries.unwrap() {
                let entry = stored.open().unwrap().unwrap();
                let Payload::Disclosure(payload) = &entry.payload else { continue };
                let nodes = payload.nodes.iter().zip(&payload.released);
                let about = nodes.filter(|(node, mask)| {
                    let context = node.record.as_ref().and_then(|record| record.context);
                    let here = context == seen.context && !mask.is_empty();
                    here && matches!(&node.about, About::People(people) if people.contains(&person))
                });
                if about.count() > 0 && entry.leaf.app == Some(seen.app) {
                    wanted = wanted.and(match payload.acting {
                        None => Through::INSTALLATION,
                        Some(acting) if acting == person => Through::OWN_GRANT,
                        Some(_) => Through::OTHERS_GRANT,
                    });
                }
            }
            assert_eq!(seen.through, wanted, "{seen:?}");
            met = met.and(wanted);
        }
    }
    for one in [Through::INSTALLATION, Through::OWN_GRANT, Through::OTHERS_GRANT] {
        assert!(met.has(one), "the dice never threw it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_is_told_apart_from_what_people_decide() {
    let directory = tempfile::tempdir().unwrap();
    let store = super::open(directory.path());
    store.commit(Urgency::Ordinary, None, super::partner).await.unwrap().unwrap();
    let policy = Event::PolicyActivated(PolicyActivated {
        document: br#"{"policy":"p","programs":{},"title":""}"#.to_vec(),
        why: Why::by(Actor::Operator),
    });
    let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
        Ok(Commit::event(policy.clone(), ()))
    };
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    let kinds = |partner: Option<u32>| -> Vec<u16> {
        let partners = partner.map(model::PartnerNo).into_iter().collect();
        let events = store.register_events(&partners, &BTreeSet::new(), General::Too).unwrap();
        events.iter().map(|one| one.event.kind()).collect()
    };
    assert_eq!(kinds(Some(1)), [20, 17]);
    assert_eq!(kinds(Some(2)), [17]);
    assert_eq!(kinds(None), [17]);
    assert_eq!(store.life(Chain::Installation(InstallationNo(0))).unwrap(), None);
}
