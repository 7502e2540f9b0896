//! A state and what is read back from its snapshot are the same state, now and after everything that follows.

use crate::world::World;
use consent::{SnapshotError, State};
use ledger::Payload;
use model::{ClassMask, Position};
use reference::Budget;

/// Folds a history, now and then going on from a snapshot of its own; what comes out must be what the world folded
/// without one.
fn history(seed: u64) -> usize {
    let mut world = World::new(seed);
    let mut shadow = State::decode_snapshot(&world.state.encode_snapshot()).unwrap();
    let mut longest = 0;
    for step in 0..160u64 {
        let event = world.next_event();
        let position = world.state.next();
        world.happen(event.clone());
        shadow.skip_to(position, world.state.time()).unwrap();
        shadow.apply(position, world.state.time(), &Payload::Control(event)).unwrap();
        if (seed ^ step).is_multiple_of(7) {
            let bytes = shadow.encode_snapshot();
            assert_eq!(bytes, world.state.encode_snapshot(), "seed {seed}, step {step}");
            shadow = State::decode_snapshot(&bytes).unwrap();
            assert_eq!(shadow.encode_snapshot(), bytes, "seed {seed}, step {step}");
            longest = longest.max(bytes.len());
        }
    }
    for (no, installation) in world.state.installations() {
        assert_eq!(shadow.installation(no), Some(installation));
    }
    for (no, grant) in world.state.grants() {
        assert_eq!(shadow.grant(no), Some(grant));
        assert_eq!(shadow.person(grant.person), world.state.person(grant.person));
    }
    assert_eq!(shadow.rules(), world.state.rules());
    assert_eq!(shadow.catalog(), world.state.catalog());
    longest
}

#[test]
fn a_fold_that_goes_on_from_a_snapshot_ends_where_the_whole_fold_ends() {
    let budget = Budget::from_environment(100_000);
    println!("BAILMENT_SEED={}", budget.seed);
    let longest =
        (0..budget.cases / 1_000).map(|n| history(budget.seed.wrapping_add(n))).max().unwrap();
    assert!(longest > 1_000, "nothing was in the snapshots");
}

#[test]
fn a_snapshot_that_is_cut_or_changed_is_refused() {
    let mut world = World::new(11);
    for _ in 0..120 {
        let event = world.next_event();
        world.happen(event);
    }
    let bytes = world.state.encode_snapshot();
    for at in 0..bytes.len() {
        assert!(State::decode_snapshot(&bytes[..at]).is_err(), "cut at {at}");
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert_eq!(State::decode_snapshot(&changed).err(), Some(SnapshotError::Damaged), "{at}");
    }
}

/// With the hash made to fit, so that the reader itself must refuse or read.
#[test]
fn a_forged_snapshot_never_panics_and_reads_as_what_it_says() {
    use sha2::{Digest, Sha256};
    let mut world = World::new(12);
    for _ in 0..120 {
        let event = world.next_event();
        world.happen(event);
    }
    let bytes = world.state.encode_snapshot();
    let body = &bytes[..bytes.len() - 32];
    let forged = |body: &[u8]| {
        let sealed = [body, Sha256::digest(body).as_slice()].concat();
        State::decode_snapshot(&sealed).map(|state| state.encode_snapshot().len())
    };
    for at in 0..body.len() {
        let _ = forged(&body[..at]);
        for byte in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut changed = body.to_vec();
            changed[at] = byte;
            let _ = forged(&changed);
        }
    }
    let mut other = body.to_vec();
    other[8] = 9;
    assert_eq!(forged(&other), Err(SnapshotError::Version { format: 9, rules: 2 }));
}

#[test]
fn the_order_in_which_memory_was_used_does_not_show() {
    // Opt-ins of one history and of the same one with a detour through other masks: equal state, equal bytes.
    let mut world = World::new(13);
    while world.state.installations().all(|(_, one)| one.ended) {
        let event = world.next_event();
        world.happen(event);
    }
    let why = world.why(model::PersonNo(1));
    let (installation, app) =
        world.state.installations().find(|(_, one)| !one.ended).map(|(no, i)| (no, i.app)).unwrap();
    let opt_in = |person: u32, classes: u128| {
        Payload::Control(ledger::Event::OptIn(ledger::OptIn {
            person: model::PersonNo(person),
            installation,
            app,
            classes: ClassMask(classes),
            why: why.clone(),
        }))
    };
    let opt_out = |person: u32| {
        Payload::Control(ledger::Event::OptOut(ledger::OptOut {
            person: model::PersonNo(person),
            installation,
            app,
            classes: ClassMask::ALL,
            why: why.clone(),
        }))
    };
    let fold = |payloads: &[Payload]| {
        let mut state = world.state.clone();
        let (next, time) = (state.next().0, state.time());
        for (payload, at) in payloads.iter().zip(next..) {
            state.apply(Position(at), time, payload).unwrap();
        }
        // Both end at the same position and revision, so that only what stands can differ.
        for at in next + payloads.len() as u64..next + 6 {
            state.apply(Position(at), time, &opt_out(7)).unwrap();
        }
        state.encode_snapshot()
    };
    let straight = fold(&[opt_in(1, 3), opt_in(2, 5)]);
    let detour = fold(&[opt_in(3, 1 << 90), opt_in(2, 5), opt_out(3), opt_in(1, 1), opt_in(1, 2)]);
    assert_eq!(straight, detour);
}
