//! The format is frozen: what is spelt today reads and spells the same for ever.
//!
//! A failure here means that every log written so far could no longer be verified. `UPDATE_EXPECT=1` writes new files;
//! that is right for a new kind of entry and wrong for every existing file.

use crate::samples::{self, SALT, TIME};
use expect_test::expect_file;
use ledger::{Leaf, Payload, SealedEntry};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn spelt(sealed: &SealedEntry) -> String {
    let SealedEntry { leaf, payload, salt, hash, .. } = sealed;
    let line = |name: &str, bytes: &[u8]| format!("{name} {}\n", hex(bytes));
    line("leaf", leaf) + &line("payload", payload) + &line("salt", salt) + &line("hash", hash)
}

fn read(text: &str) -> SealedEntry {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        unhex(line.unwrap().trim())
    };
    let leaf = field("leaf ");
    let decoded = Leaf::decode(&leaf).unwrap();
    SealedEntry {
        kind: decoded.kind,
        time: decoded.time,
        leaf,
        payload: field("payload "),
        salt: field("salt ").try_into().unwrap(),
        hash: field("hash ").try_into().unwrap(),
    }
}

#[test]
fn every_kind_of_entry_is_spelt_as_it_always_was() {
    for (name, entry) in samples::entries() {
        let file = expect_file![format!("../golden/{name}.txt")];
        let sealed = entry.clone().seal(TIME, SALT);
        file.assert_eq(&spelt(&sealed));

        let kept = read(&file.data());
        assert_eq!(kept, sealed, "{name}");
        let opened = kept.open().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(opened.payload, entry.payload, "{name}");
        assert_eq!(opened.clone().seal(TIME, SALT), kept, "{name}");
        let hash = Sha256::new().chain_update([0]).chain_update(&kept.leaf).finalize();
        assert_eq!(kept.hash, <[u8; 32]>::from(hash), "{name}");
    }
}

/// Version 1 is closed: of its files none is added, none is gone, and each says that it is of that version.
#[test]
#[expect(clippy::disallowed_methods, reason = "the vectors are files")]
fn every_vector_is_of_the_rules_version_that_its_folder_says() {
    let mut names: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for (name, entry) in samples::entries() {
        let (rules, file) = name.strip_prefix("rules-2/").map_or((1, &*name), |file| (2, file));
        assert_eq!(entry.leaf.rules, rules, "{name}");
        let sealed = Leaf::decode(&entry.seal(TIME, SALT).leaf).unwrap();
        assert_eq!(sealed.rules, rules, "{name}");
        assert!(names.entry(rules).or_default().insert(format!("{file}.txt")), "{name} twice");
    }
    for (rules, folder) in [(1, "tests/golden"), (2, "tests/golden/rules-2")] {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let files = files.filter(|entry| entry.file_type().unwrap().is_file());
        let files: BTreeSet<String> =
            files.map(|entry| entry.file_name().into_string().unwrap()).collect();
        assert_eq!(files, names[&rules]);
    }
    assert_eq!(names[&1].len(), 48, "version 1 has its vectors already");
}

#[test]
fn the_golden_vectors_cover_every_kind() {
    let kinds: BTreeSet<u16> =
        samples::entries().iter().map(|(_, entry)| entry.payload.kind()).collect();
    // What a variant of `Event` answers to: a new one must come with a vector. Kinds are few, so all are tried.
    let known: BTreeSet<u16> = (0..=u16::MAX)
        .filter(|kind| {
            !matches!(Payload::decode(*kind, &[]), Err(ledger::DecodeError::UnknownKind(_)))
        })
        .filter(|kind| *kind < ledger::kind::CONTROL_FIRST || is_event(*kind))
        .collect();
    assert_eq!(kinds, known);
}

/// Whether an event has this kind: an enum that knows the tag complains of something else than the tag.
fn is_event(kind: u16) -> bool {
    let mut bytes = Vec::new();
    minicbor::Encoder::new(&mut bytes).array(2).unwrap().u16(kind).unwrap();
    let error = minicbor::decode::<ledger::Event>(&bytes).unwrap_err();
    !error.is_unknown_variant()
}

#[test]
fn a_control_events_leaf_says_nothing_of_people_and_contexts() {
    // The same events about other people and another context have the same leaves, but for the commitment.
    let one = samples::events(12, 31);
    let other = samples::events(70_000, 80_000);
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one.leaf(), other.leaf(), "{}", one.word());
    }
    assert!(one.iter().zip(&other).any(|(one, other)| one != other));
}
