//! However the log is cut into parts, the notices are the same.

use crate::world::{ADA, APP, BEN, GROUP, World, told, why};
use consent::State;
use ledger::{CutOff, CutOffSubject, Event, Fact, InstallationEnded, Payload};
use model::{ContextKind, ContextNo, InstallationNo, PersonNo};
use proptest::prelude::*;
use std::collections::BTreeMap;

const OTHER: ContextNo = ContextNo(2);
const CAL: PersonNo = PersonNo(3);

#[derive(Debug, Clone)]
enum Step {
    Enable(ContextNo, PersonNo),
    Back(u32, PersonNo),
    End(u32),
    CutOff(u32),
    Facts(Vec<Fact>),
}

fn people() -> impl Strategy<Value = PersonNo> {
    prop_oneof![Just(ADA), Just(BEN), Just(CAL)]
}

fn contexts() -> impl Strategy<Value = ContextNo> {
    prop_oneof![Just(GROUP), Just(OTHER)]
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        4 => (people(), contexts()).prop_map(|(who, at)| Fact::Admin(who, at)),
        4 => (people(), contexts()).prop_map(|(who, at)| Fact::AdminGone(who, at)),
        2 => (people(), contexts()).prop_map(|(who, at)| Fact::MemberGone(who, at)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (contexts(), people()).prop_map(|(at, who)| Step::Enable(at, who)),
        4 => (0u32..4, people()).prop_map(|(no, who)| Step::Back(no, who)),
        1 => (0u32..4).prop_map(Step::End),
        2 => (0u32..4).prop_map(Step::CutOff),
        6 => proptest::collection::vec(fact(), 1..3).prop_map(Step::Facts),
    ]
}

fn play(steps: &[Step]) -> World {
    let mut world = World::new();
    world.facts(vec![Fact::Person(CAL), Fact::Context(OTHER, ContextKind::Group)]);
    for step in steps {
        let known = |no: u32| world.state.installation(InstallationNo(no)).is_some();
        match step {
            Step::Enable(context, backer) => drop(world.enable_in(*context, *backer)),
            Step::Back(no, backer) if known(*no) => drop(world.back(InstallationNo(*no), *backer)),
            Step::End(no) if known(*no) => {
                let installation = InstallationNo(*no);
                let ended = InstallationEnded { installation, app: APP, why: why() };
                world.happen(Event::InstallationEnded(ended));
            }
            Step::CutOff(no) if known(*no) => {
                let subject = CutOffSubject::Installation(InstallationNo(*no));
                world.happen(Event::CutOff(CutOff { subject, why: why() }));
            }
            Step::Facts(facts) => drop(world.facts(facts.clone())),
            Step::Back(..) | Step::End(_) | Step::CutOff(_) => {}
        }
    }
    world
}

/// Notices by key and reader, as a queue keeps them that refuses what it has.
type Queue = BTreeMap<(String, String), u64>;

fn put(queue: &mut Queue, due: Vec<notices::Notice>) {
    for notice in due {
        let key = (format!("{:?}", notice.audience), notice.key());
        *queue.entry(key).or_default() += 1;
    }
}

/// Goes through the log in parts of these lengths.
fn by_parts(world: &World, lengths: &[usize]) -> Queue {
    let (mut queue, mut at, mut before) = (Queue::new(), 0, State::default());
    let mut lengths = lengths.iter().copied().cycle();
    while at < world.log.len() {
        let end = (at + lengths.next().unwrap_or(1)).min(world.log.len());
        let part = &world.log[at..end];
        let mut after = before.clone();
        for (position, time, event) in part {
            after.apply(*position, *time, &Payload::Control(event.clone())).unwrap();
        }
        put(&mut queue, told(&before, part, &after).0);
        (at, before) = (end, after);
    }
    queue
}

fn of_kind<'q>(queue: &'q Queue, kind: &str) -> Vec<&'q (String, String)> {
    queue.keys().filter(|(_, key)| key.starts_with(kind)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_lapse_and_its_end_are_told_however_the_log_is_cut(
        steps in proptest::collection::vec(step(), 1..40),
        lengths in proptest::collection::vec(1usize..12, 1..5),
    ) {
        let world = play(&steps);
        let one_by_one = by_parts(&world, &[1]);
        let in_parts = by_parts(&world, &lengths);
        for kind in ["installation-lapsed", "app-enabled"] {
            prop_assert_eq!(of_kind(&one_by_one, kind), of_kind(&in_parts, kind));
        }
        prop_assert!(one_by_one.values().chain(in_parts.values()).all(|times| *times == 1));
    }
}
