//! Bytes that nobody sealed: refused, without a panic and without memory that they did not pay for.

use crate::disclosure::payload;
use crate::samples::{self, SALT, TIME};
use ledger::*;
use minicbor::Encoder;
use model::limits;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn no_changed_byte_and_no_truncation_of_any_entry_opens() {
    for (name, entry) in samples::entries() {
        let sealed = entry.seal(TIME, SALT);
        let refused = |changed: SealedEntry| {
            assert!(changed.open().is_err(), "{name}: {changed:02x?}");
        };
        // The leaf with its index and hash made to fit again: then it is another leaf, and the tree knows.
        let rehashed = |changed: SealedEntry| {
            let Ok(leaf) = Leaf::decode(&changed.leaf) else { return };
            let hash = Sha256::new().chain_update([0]).chain_update(&changed.leaf).finalize();
            let (kind, time, hash) = (leaf.kind, leaf.time, hash.into());
            let opened = SealedEntry { kind, time, hash, ..changed }.open();
            assert_ne!(hash, sealed.hash);
            if let Ok(entry) = opened {
                assert_eq!(entry.payload.encode(), sealed.payload, "{name}: another payload");
                assert_ne!(entry.leaf.encode(), sealed.leaf, "{name}: two spellings");
            }
        };
        for at in 0..sealed.payload.len() {
            for flip in 1..=255u8 {
                let mut changed = sealed.clone();
                changed.payload[at] ^= flip;
                refused(changed);
            }
            let payload = sealed.payload[..at].to_vec();
            assert!(
                SealedEntry { payload, ..sealed.clone() }.open().is_err(),
                "{name} cut at {at}"
            );
        }
        for at in 0..sealed.leaf.len() {
            for flip in 1..=255u8 {
                let mut changed = sealed.clone();
                changed.leaf[at] ^= flip;
                refused(changed.clone());
                rehashed(changed);
            }
            let leaf = sealed.leaf[..at].to_vec();
            assert!(SealedEntry { leaf, ..sealed.clone() }.open().is_err(), "{name} cut at {at}");
        }
        for at in 0..SALT.len() {
            let mut changed = sealed.clone();
            changed.salt[at] ^= 1;
            assert_eq!(changed.open(), Err(DecodeError::WrongCommitment));
        }
    }
}

/// Without the commitment in the way: a payload that decodes has one spelling, and says something else.
#[test]
fn a_changed_payload_is_another_payload_or_none() {
    for (name, entry) in samples::entries() {
        let (kind, bytes) = (entry.payload.kind(), entry.payload.encode());
        for at in 0..bytes.len() {
            for flip in 1..=255u8 {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                if let Ok(other) = Payload::decode(kind, &changed) {
                    assert_eq!(other.encode(), changed, "{name}: two spellings");
                    assert_ne!(other, entry.payload, "{name}: one meaning, two spellings");
                }
            }
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Payload::decode(kind, &longer), Err(DecodeError::NotCanonical), "{name}");
    }
}

#[test]
fn a_leaf_that_says_other_than_its_payload_does_not_open() {
    let entry = samples::disclosure_entry(samples::disclosure());
    let changes: [fn(&mut Leaf); 6] = [
        |leaf| leaf.count = Some(1),
        |leaf| leaf.people = Some(0),
        |leaf| leaf.withheld = None,
        |leaf| leaf.histogram = Some(Vec::new()),
        |leaf| leaf.classes = Some(model::ClassMask::NONE),
        |leaf| leaf.document = Some([0; 32]),
    ];
    for change in changes {
        let mut entry = entry.clone();
        change(&mut entry.leaf);
        assert_eq!(entry.seal(TIME, SALT).open(), Err(DecodeError::LeafMismatch));
    }
    for event in samples::events(12, 31) {
        let Some(classes) = event.leaf().classes else { continue };
        let leaf = Leaf { classes: Some(!classes), ..event.leaf() };
        let sealed = Entry { leaf, payload: Payload::Control(event) }.seal(TIME, SALT);
        assert_eq!(sealed.open(), Err(DecodeError::LeafMismatch));
    }
}

/// Heads of arrays and byte strings that claim four billion items and more, at every place of a real payload.
#[test]
fn a_length_that_the_bytes_do_not_pay_for_is_refused() {
    for (name, entry) in samples::entries() {
        let (kind, bytes) = (entry.payload.kind(), entry.payload.encode());
        for at in 0..bytes.len() {
            for major in [0x80u8, 0x40, 0x60, 0xa0] {
                for (info, length) in [
                    (0x1a, &[0xff; 4][..]),
                    (0x1b, &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
                ] {
                    let head = [major | info];
                    let forged = [&bytes[..at], &head, length, &bytes[at..]].concat();
                    assert!(Payload::decode(kind, &forged).is_err(), "{name} at {at}");
                }
            }
        }
    }
}

/// `[28, [{0: LIST, 15: {0: [4, []]}}]]`
fn suspended(list: &[u8]) -> Result<Payload, DecodeError> {
    let head = [0x82, 0x18, 28, 0x81, 0xa2, 0x00];
    let tail = [0x0f, 0xa1, 0x00, 0x82, 0x04, 0x80];
    Payload::decode(28, &[&head, list, &tail].concat())
}

fn apps(list: &[u8]) -> Option<Vec<u32>> {
    match suspended(list) {
        Ok(Payload::Control(Event::AppsSuspended(event))) => {
            Some(event.apps.as_slice().iter().map(|app| app.0).collect())
        }
        Ok(other) => panic!("{other:?}"),
        Err(_) => None,
    }
}

#[test]
fn a_list_of_apps_has_one_spelling_and_names_none_twice() {
    assert_eq!(apps(&[0x80]), Some(vec![]));
    assert_eq!(apps(&[0x81, 0x00]), Some(vec![0]));
    assert_eq!(apps(&[0x83, 0x02, 0x01, 0x18, 0x20]), Some(vec![2, 3, 35]));
    let last = [0x82, 0x01, 0x1a, 0xff, 0xff, 0xff, 0xfe];
    assert_eq!(apps(&last), Some(vec![1, u32::MAX]));

    assert_eq!(apps(&[0x82, 0x02, 0x00]), None, "twice");
    assert_eq!(apps(&[0x82, 0x00, 0x00]), None, "the first one twice");
    let beyond = [0x82, 0x02, 0x1a, 0xff, 0xff, 0xff, 0xfe];
    assert_eq!(apps(&beyond), None, "beyond the last number");
    assert_eq!(apps(&[0x81, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0]), None, "no such number");
    assert_eq!(apps(&[0x82, 0x02, 0x20]), None, "descending");
    assert_eq!(apps(&[0x81, 0x18, 0x02]), None, "not the shortest number");
    assert_eq!(apps(&[0x98, 0x01, 0x02]), None, "not the shortest length");
    assert_eq!(apps(&[0x9f, 0x02, 0xff]), None, "indefinite");
    assert_eq!(apps(&[0x82, 0x02]), None, "too short");
}

/// Room for what these claim cannot be had, so whoever makes it first does not come back from this test.
#[test]
fn a_list_of_apps_makes_no_room_for_what_it_only_claims() {
    for count in [1u64 << 40, 1 << 60, 1 << 62, u64::MAX] {
        let list = [&[0x9b][..], &count.to_be_bytes(), &[0x01; 40]].concat();
        assert_eq!(apps(&list), None);
    }
}

#[test]
fn a_leaf_that_names_another_version_than_its_event_does_not_open() {
    let event = samples::events(12, 31)
        .into_iter()
        .find(|event| matches!(event, Event::VersionChanged(_)))
        .unwrap();
    for version in ["2027-01-01".parse().ok(), None] {
        let leaf = Leaf { version, ..event.leaf() };
        let sealed = Entry { leaf, payload: Payload::Control(event.clone()) }.seal(TIME, SALT);
        assert_eq!(sealed.open(), Err(DecodeError::LeafMismatch));
    }
}

#[test]
fn a_payload_of_too_many_nodes_is_refused() {
    let nodes = limits::DISCLOSURE_NODES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.map(16).unwrap().u8(2).unwrap().u8(0).unwrap();
    e.u8(5).unwrap().array(1).unwrap().array(4).unwrap();
    e.bytes(&[]).unwrap().bytes(&[]).unwrap().u8(0).unwrap().u8(0).unwrap();
    e.u8(6).unwrap().array(1).unwrap().bytes(&[]).unwrap();
    e.u8(7).unwrap().array(0).unwrap().u8(8).unwrap().array(0).unwrap();
    e.u8(9).unwrap().array(nodes).unwrap();
    for _ in 0..nodes {
        e.u8(0).unwrap();
    }
    for column in 10..=19u8 {
        e.u8(column).unwrap().u8(0).unwrap();
    }
    let wanted = Err(DecodeError::Column("template"));
    assert_eq!(Payload::decode(kind::DISCLOSURE, &bytes), wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn arbitrary_bytes_never_panic(kind in prop_oneof![0..130u16, any::<u16>()], bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(payload) = Payload::decode(kind, &bytes) {
            prop_assert_eq!(payload.encode(), bytes.clone());
        }
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes);
        }
    }

    #[test]
    fn a_list_of_apps_reads_back(apps in proptest::collection::vec(prop_oneof![0..300u32, any::<u32>()], 0..200)) {
        let list = AppList::new(apps.iter().copied().map(model::AppNo).collect());
        let bytes = minicbor::to_vec(&list).unwrap();
        prop_assert_eq!(&minicbor::decode::<AppList>(&bytes).unwrap(), &list);
        let wanted: std::collections::BTreeSet<u32> = apps.iter().copied().collect();
        prop_assert!(list.as_slice().iter().map(|app| app.0).eq(wanted.iter().copied()));
        for app in apps.iter().flat_map(|app| [*app, app.wrapping_add(1)]) {
            prop_assert_eq!(list.contains(model::AppNo(app)), wanted.contains(&app));
        }
    }

    #[test]
    fn spliced_payloads_never_panic(one in payload(), other in payload(), cut in any::<prop::sample::Index>(), from in any::<prop::sample::Index>()) {
        let (one, other) = (one.encode(), other.encode());
        let bytes = [&one[..cut.index(one.len())], &other[from.index(other.len())..]].concat();
        if let Ok(payload) = Payload::decode(kind::DISCLOSURE, &bytes) {
            prop_assert_eq!(payload.encode(), bytes);
        }
    }
}
