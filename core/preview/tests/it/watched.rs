//! A watched policy held against a world in which it is in force.

use crate::dice::Dice;
use crate::documents;
use crate::recorded::{Recorded, recorded};
use crate::world::World;
use consent::{Request, State, decide};
use ledger::{Entry, Event, Payload, PolicyActivated};
use model::{ClassMask, Position, Timestamp};
use preview::{Watch, Watched};

/// What was put on the log, in order: events and answers.
enum Happened {
    Event(Event),
    Answer(Recorded),
}

/// A history with answers in it from some point on, each decided under the policy in force at its place.
fn history(seed: u64) -> (State, Vec<(Timestamp, Happened)>, Vec<u8>) {
    let mut world = World::new(seed);
    let Event::PolicyActivated(PolicyActivated { document, .. }) =
        documents::policy(&mut world.dice)
    else {
        unreachable!()
    };
    let begin = world.state.clone();
    let mut happened = Vec::new();
    for _ in 0..50 {
        for _ in 0..3 {
            let mut ask = world.ask();
            ask.now = world.time;
            if consent::authorize(&world.state, &ask.request, ask.now).is_ok() {
                happened.push((world.time, Happened::Answer(recorded(&world.state, &ask))));
            }
        }
        let event = world.next_event();
        world.happen(event.clone());
        happened.push((world.time, Happened::Event(event)));
    }
    (begin, happened, document)
}

fn watch(begin: &State, happened: &[(Timestamp, Happened)], document: &[u8]) -> Watched {
    let mut watch = Watch::new(begin.clone(), begin.next(), document).unwrap();
    let mut log = begin.clone();
    for (time, one) in happened {
        let at = watch.next();
        let entry = match one {
            Happened::Event(event) => {
                let payload = Payload::Control(event.clone());
                let mut leaf = payload.leaf();
                leaf.time = *time;
                Entry { leaf, payload }
            }
            Happened::Answer(one) => {
                let leaf = ledger::Leaf { time: *time, ..one.leaf.clone() };
                Entry { leaf, payload: Payload::Disclosure(one.payload.clone()) }
            }
        };
        // An event may say its own position (what lifts a suspension does): it stands as many places later as answers stand
        // before it. Such a log could not be folded at all, and is not compared.
        if log.clone().apply(at, *time, &entry.payload).is_err() {
            break;
        }
        log.apply(at, *time, &entry.payload).unwrap();
        watch.entry(at, &entry).unwrap();
    }
    watch.report()
}

/// The same beside the real state: a second one in which the watched policy is in force from the beginning, and no other
/// comes into force.
fn slowly(begin: &State, happened: &[(Timestamp, Happened)], document: &[u8]) -> [u64; 5] {
    let adopted = |state: &mut State| {
        let why = ledger::Why::by(model::Actor::Operator);
        state
            .suppose(&Event::PolicyActivated(PolicyActivated { document: document.to_vec(), why }))
            .unwrap();
    };
    let mut sums = [0; 5];
    let mut real = begin.clone();
    let mut supposed = begin.clone();
    adopted(&mut supposed);
    for (index, (time, one)) in happened.iter().enumerate() {
        let place = Position(begin.next().0 + index as u64);
        match one {
            Happened::Event(event) => {
                if real.apply(place, *time, &Payload::Control(event.clone())).is_err() {
                    return sums;
                }
                // What comes into force in between ends nothing in it for want of use.
                if let Event::PolicyActivated(_) = event {
                    supposed.skip_to(Position(place.0 + 1), *time).unwrap();
                } else {
                    supposed.apply(place, *time, &Payload::Control(event.clone())).unwrap();
                }
            }
            Happened::Answer(answer) => {
                let request = Request::of_disclosure(&answer.leaf, &answer.payload).unwrap();
                let then = decide(&supposed, &request, &answer.payload.nodes, *time).released;
                let now = &answer.payload.released;
                let lost = |(b, a): (&ClassMask, &ClassMask)| !b.without(*a).is_empty();
                let nodes = [
                    now.iter().zip(&then).filter(|p| lost(*p)).count(),
                    then.iter().zip(now).filter(|p| lost(*p)).count(),
                ];
                sums[0] += 1;
                sums[1] += u64::from(nodes[0] > 0);
                sums[2] += u64::from(nodes[1] > 0);
                sums[3] += nodes[0] as u64;
                sums[4] += nodes[1] as u64;
                real.skip_to(Position(place.0 + 1), *time).unwrap();
                supposed.skip_to(Position(place.0 + 1), *time).unwrap();
            }
        }
    }
    sums
}

#[test]
fn a_watched_policy_is_as_if_it_were_in_force() {
    let mut dice = Dice::new(20_261_122);
    let (mut answers, mut withholding, mut widening) = (0, 0, 0);
    for _ in 0..120 {
        let seed = dice.next();
        let (begin, happened, document) = history(seed);
        // Days of use are counted by the watch itself: they are not in the state that this compares with.
        let parsed: serde_json::Value = serde_json::from_slice(&document).unwrap();
        if parsed["expiry"]["classes"].to_string().contains("unused_days") {
            continue;
        }
        let found = watch(&begin, &happened, &document);
        let sums = [
            found.disclosures,
            found.withholding,
            found.widening,
            found.effects.total.lost.nodes,
            found.effects.total.gained.nodes,
        ];
        assert_eq!(sums, slowly(&begin, &happened, &document), "world {seed}");
        answers += found.disclosures;
        withholding += found.withholding;
        widening += found.widening;
    }
    assert!(
        answers > 1_000 && withholding * 20 > answers && widening * 20 > answers,
        "{answers} {withholding} {widening}"
    );
}
