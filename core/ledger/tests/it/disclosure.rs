//! Disclosures: whatever can be decided reads back, and a usual page is small.

use crate::samples::{self, SALT, TIME};
use ledger::*;
use model::*;
use proptest::prelude::*;
use smallvec::SmallVec;

fn record() -> impl Strategy<Value = RecordFacts> {
    let kind = proptest::sample::select(ObjectKind::ALL);
    let publication = proptest::sample::select(Publication::ALL);
    let object = prop_oneof![0..50u64, any::<u64>()];
    let context = proptest::option::of(prop_oneof![0..3u32, any::<u32>()]);
    let time = proptest::option::of(prop_oneof![
        Just(0),
        1_700_000_000_000..1_700_000_100_000u64,
        any::<u64>()
    ]);
    (kind, object, context, publication, time, any::<u8>()).prop_map(
        |(kind, object, context, publication, time, relation)| RecordFacts {
            kind,
            object: ObjectNo(object),
            context: context.map(ContextNo),
            publication,
            time: time.map(Timestamp),
            relation: Relation(relation),
        },
    )
}

fn about() -> impl Strategy<Value = About> {
    let person = prop_oneof![0..5u32, any::<u32>()];
    prop_oneof![
        Just(About::Nobody),
        Just(About::Unresolvable),
        proptest::collection::btree_set(person, 1..5).prop_map(|people| About::People(
            people.into_iter().map(PersonNo).collect::<SmallVec<_>>()
        )),
    ]
}

fn mask() -> impl Strategy<Value = ClassMask> {
    prop_oneof![0..8u128, any::<u128>()].prop_map(ClassMask)
}

fn rows() -> impl Strategy<Value = Vec<(Node, ClassMask)>> {
    let row =
        (any::<Option<u32>>(), proptest::option::of(record()), about(), mask(), mask(), mask());
    proptest::collection::vec(row, 0..20).prop_map(|rows| {
        let node = |(row, (within, record, about, presence, asked, kept)): (
            u32,
            (Option<u32>, _, _, _, _, ClassMask),
        )| {
            let within = within.and_then(|within| within.checked_rem(row));
            (Node { within, record, about, presence, asked }, kept & asked)
        };
        (0u32..).zip(rows).map(node).collect()
    })
}

/// Any disclosure that can be decided.
pub fn payload() -> impl Strategy<Value = DisclosurePayload> {
    let network = proptest::option::of(prop_oneof![
        proptest::collection::vec(any::<u8>(), 3),
        proptest::collection::vec(any::<u8>(), 6)
    ]);
    let (number, position) = (any::<Option<u32>>(), any::<Option<u64>>());
    (number, network, any::<u64>(), any::<Option<u32>>(), position, rows()).prop_map(
        |(acting, network, facts, context, permit, rows)| {
            let (nodes, released) = rows.into_iter().unzip();
            DisclosurePayload {
                acting: acting.map(PersonNo),
                network,
                facts_up_to: Timestamp(facts),
                context: context.map(ContextNo),
                permit: permit.map(Position),
                nodes,
                released,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_decided_reads_back_in_the_same_spelling(payload in payload()) {
        prop_assert_eq!(payload.check(), Ok(()));
        let sealed = samples::disclosure_entry(payload.clone()).seal(TIME, SALT);
        let opened = sealed.open().unwrap();
        prop_assert_eq!(&opened.payload, &Payload::Disclosure(payload));
        prop_assert_eq!(opened.seal(TIME, SALT), sealed);
    }

    #[test]
    fn a_leaf_counts_what_the_payload_lists(payload in payload()) {
        let leaf = payload.leaf();
        let mut people = std::collections::BTreeSet::new();
        let mut records = Vec::new();
        let mut of = Vec::new();
        for (index, (node, mask)) in payload.nodes.iter().zip(&payload.released).enumerate() {
            let record = match (&node.record, node.within) {
                (Some(_), _) => { records.push((index, true)); Some(records.len() - 1) }
                (None, Some(within)) => of[within as usize],
                (None, None) => None,
            };
            of.push(record);
            if !mask.is_empty() {
                if let Some(record) = record { records[record].1 = false; }
                if let About::People(about) = &node.about { people.extend(about.iter().copied()); }
            }
        }
        prop_assert_eq!(leaf.count, Some(records.len() as u32));
        prop_assert_eq!(leaf.withheld, Some(records.iter().filter(|(_, empty)| *empty).count() as u32));
        prop_assert_eq!(leaf.people, Some(people.len() as u32));
        let histogram = leaf.histogram.unwrap();
        prop_assert!(histogram.is_sorted_by(|a, b| a.classes < b.classes));
        let shown = payload.released.iter().filter(|mask| !mask.is_empty()).count() as u32;
        prop_assert_eq!(histogram.iter().map(|one| one.nodes).sum::<u32>(), shown);
    }
}

#[test]
fn what_could_not_be_read_back_is_refused_before_it_is_written() {
    let good = samples::disclosure();
    let wrong = |change: &dyn Fn(&mut DisclosurePayload), column| {
        let mut payload = good.clone();
        change(&mut payload);
        assert_eq!(payload.check(), Err(DecodeError::Column(column)));
        let sealed = samples::disclosure_entry(payload.clone()).seal(TIME, SALT);
        let same = sealed.open().is_ok_and(|entry| entry.payload == Payload::Disclosure(payload));
        assert!(!same, "{column} read back");
    };
    let people = |people: &[u32]| About::People(people.iter().copied().map(PersonNo).collect());
    wrong(&|p| p.nodes[1].within = Some(1), "within");
    wrong(&|p| p.nodes[1].within = Some(4), "within");
    wrong(&|p| p.nodes[1].about = people(&[]), "about-count");
    wrong(&|p| p.nodes[1].about = people(&[5, 4]), "about");
    wrong(&|p| p.nodes[1].about = people(&[5, 5]), "about");
    wrong(&|p| p.network = Some(vec![192, 0, 2, 1]), "network");
    wrong(&|p| p.released[1] = ClassMask(0b1111_1110), "released");
    wrong(&|p| p.released.push(ClassMask::NONE), "released");
}

/// 25 posts of one group: text, author, one or two media and some mentions each; a third of the authors opted in.
fn page() -> DisclosurePayload {
    let (content, name, picture, video, mention) =
        (ClassMask(1), ClassMask(1 << 1), ClassMask(1 << 2), ClassMask(1 << 3), ClassMask(1 << 4));
    let mut nodes = Vec::new();
    let mut released = Vec::new();
    let mut add = |node: Node, mask| {
        nodes.push(node);
        released.push(mask);
        (nodes.len() - 1) as u32
    };
    for post in 0u32..25 {
        // Authors repeat within a group, and person numbers are random.
        let author = |n: u32| PersonNo((n % 17 + 1).wrapping_mul(2_654_435_761) >> 12);
        let about = || About::People(SmallVec::from_slice(&[author(post * 7)]));
        let facts = |kind, object: u64| RecordFacts {
            kind,
            object: ObjectNo(object),
            context: Some(ContextNo(48_211)),
            publication: Publication::Published,
            time: Some(Timestamp(TIME.0 - u64::from(post) * 7_654_321)),
            relation: Relation::PARTICIPANT,
        };
        let id = 9_000_000 - u64::from(post) * 137;
        let top = add(
            Node {
                within: None,
                record: Some(facts(ObjectKind::Post, id)),
                about: about(),
                presence: content,
                asked: content,
            },
            content,
        );
        let shown = if post % 3 == 0 { name | picture } else { ClassMask::NONE };
        add(
            Node {
                within: Some(top),
                record: None,
                about: about(),
                presence: ClassMask::NONE,
                asked: name | picture,
            },
            shown,
        );
        for medium in 0..u64::from(1 + post % 2) {
            let record = Some(facts(ObjectKind::Media, 500_000 + id * 2 + medium));
            let node =
                Node { within: Some(top), record, about: about(), presence: video, asked: video };
            add(node, video);
        }
        if post % 4 == 0 {
            let person = About::People(SmallVec::from_slice(&[author(post * 5 + 3)]));
            let node = Node {
                within: Some(top),
                record: None,
                about: person,
                presence: mention,
                asked: mention,
            };
            add(node, ClassMask::NONE);
        }
    }
    DisclosurePayload {
        acting: Some(PersonNo(811_123)),
        network: Some(vec![198, 51, 100]),
        facts_up_to: Timestamp(TIME.0 - 40),
        context: Some(ContextNo(48_211)),
        permit: None,
        nodes,
        released,
    }
}

#[test]
fn a_usual_page_of_25_posts_is_small() {
    let entry = samples::disclosure_entry(page());
    let nodes = page().nodes.len();
    let sealed = entry.seal(TIME, SALT);
    println!(
        "25 posts, {nodes} nodes: leaf {} bytes, payload {} bytes",
        sealed.leaf.len(),
        sealed.payload.len()
    );
    assert!(sealed.leaf.len() <= 300, "{}", sealed.leaf.len());
    assert!(sealed.payload.len() <= 1_500, "{}", sealed.payload.len());
}
