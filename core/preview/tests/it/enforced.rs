//! Previews held against what the change does.

use crate::asks::Ask;
use crate::dice::Dice;
use crate::recorded::{anew, folded, recorded, with_bodies};
use crate::world::World;
use consent::{Request, State, authorize, decide};
use ledger::{About, Event, Node};
use model::{AppNo, Chain, ClassMask, ClassNo, ContextNo, PersonNo, Timestamp};
use preview::{Affected, Amount, Effect, Preview, Progress, Reaching, Report, is_previewable};
use reference::Budget;
use std::collections::{BTreeMap, BTreeSet};

/// Events after the beginning of a history, and answers in between.
const STEPS: u64 = 60;

/// One direction, added up the obvious way: (answer, node) pairs.
type Pairs = BTreeSet<(usize, usize)>;

#[derive(Default)]
struct Side {
    lost: Pairs,
    gained: Pairs,
    lost_classes: ClassMask,
    gained_classes: ClassMask,
}

impl Side {
    fn add(&mut self, at: (usize, usize), lost: ClassMask, gained: ClassMask) {
        if !lost.is_empty() {
            self.lost.insert(at);
        }
        if !gained.is_empty() {
            self.gained.insert(at);
        }
        self.lost_classes = self.lost_classes | lost;
        self.gained_classes = self.gained_classes | gained;
    }

    fn effect(&self) -> Effect {
        let amount = |pairs: &Pairs| Amount {
            disclosures: pairs.iter().map(|(answer, _)| answer).collect::<BTreeSet<_>>().len()
                as u64,
            nodes: pairs.len() as u64,
        };
        Effect {
            lost: amount(&self.lost),
            gained: amount(&self.gained),
            lost_classes: self.lost_classes,
            gained_classes: self.gained_classes,
        }
    }
}

#[derive(Default)]
struct Sums {
    total: Side,
    classes: BTreeMap<ClassNo, (Side, BTreeSet<PersonNo>, BTreeSet<PersonNo>)>,
    apps: BTreeMap<AppNo, Side>,
    contexts: BTreeMap<ContextNo, Side>,
    people: BTreeMap<PersonNo, Side>,
    served: [u64; 4],
}

fn context_of(nodes: &[Node], mut index: usize) -> Option<ContextNo> {
    loop {
        match (&nodes[index].record, nodes[index].within) {
            (Some(record), _) => return record.context,
            (None, Some(within)) => index = within as usize,
            (None, None) => return None,
        }
    }
}

impl Sums {
    fn answer(
        &mut self,
        answer: usize,
        (request, nodes): (&Request, &[Node]),
        states: (&State, &State),
        now: Timestamp,
    ) {
        let served = |state| usize::from(authorize(state, request, now).is_ok());
        self.served[2 * served(states.0) + served(states.1)] += 1;
        let before = decide(states.0, request, nodes, now).released;
        let after = decide(states.1, request, nodes, now).released;
        for (index, node) in nodes.iter().enumerate() {
            let at = (answer, index);
            let (lost, gained) =
                (before[index].without(after[index]), after[index].without(before[index]));
            if lost.is_empty() && gained.is_empty() {
                continue;
            }
            self.total.add(at, lost, gained);
            self.apps.entry(request.app).or_default().add(at, lost, gained);
            if let Some(context) = context_of(nodes, index) {
                self.contexts.entry(context).or_default().add(at, lost, gained);
            }
            let people = match &node.about {
                About::People(people) => people.to_vec(),
                About::Nobody | About::Unresolvable => Vec::new(),
            };
            for person in &people {
                self.people.entry(*person).or_default().add(at, lost, gained);
            }
            for class in (lost | gained).iter() {
                let only = ClassMask::of(class);
                let (side, losing, gaining) = self.classes.entry(class).or_default();
                side.add(at, lost & only, gained & only);
                if lost.has(class) {
                    losing.extend(&people);
                } else {
                    gaining.extend(&people);
                }
            }
        }
    }

    fn is(&self, report: &Report) {
        let effects = &report.effects;
        assert_eq!(effects.total, self.total.effect());
        listed(&effects.apps, &self.apps);
        listed(&effects.contexts, &self.contexts);
        listed(&effects.people, &self.people);
        let classes: Vec<_> = effects
            .classes
            .iter()
            .map(|(no, of)| (*no, of.lost, of.gained, of.people_losing, of.people_gaining))
            .collect();
        let expected: Vec<_> = self
            .classes
            .iter()
            .map(|(no, (side, losing, gaining))| {
                let effect = side.effect();
                (*no, effect.lost, effect.gained, losing.len() as u64, gaining.len() as u64)
            })
            .collect();
        assert_eq!(classes, expected);
        let counts = &report.disclosures;
        let [neither, opened, cut, both] = self.served;
        assert_eq!(counts.ended + counts.refused, neither);
        assert_eq!((counts.opened, counts.cut), (opened, cut));
        assert_eq!(counts.compared, both + opened + cut);
        assert_eq!(counts.all, counts.compared + counts.ended + counts.refused);
        assert_eq!(counts.losing, effects.total.lost.disclosures);
        assert_eq!(counts.gaining, effects.total.gained.disclosures);
    }
}

fn listed<K: Copy + Ord + std::fmt::Debug>(found: &Affected<K>, expected: &BTreeMap<K, Side>) {
    assert!(found.of_all);
    let mut most = found.most.clone();
    most.sort_by_key(|(no, _)| *no);
    let all: Vec<(K, Effect)> = expected.iter().map(|(no, side)| (*no, side.effect())).collect();
    assert_eq!(most, all);
    assert_eq!(found.all, all.len() as u64);
    let count =
        |of: fn(&Effect) -> ClassMask| all.iter().filter(|(_, e)| !of(e).is_empty()).count();
    assert_eq!(found.losing, count(|e| e.lost_classes) as u64);
    assert_eq!(found.gaining, count(|e| e.gained_classes) as u64);
}

/// Every class that a chain can be answered with, for every operation of every version, in every context: no app is left out.
fn reach_of(state: &State, chain: Chain, now: Timestamp) -> ClassMask {
    let (app, acting, contexts) = match chain {
        Chain::Grant(no) => {
            let grant = state.grant(no).unwrap();
            let contexts: Vec<_> = grant.contexts.iter().copied().map(Some).chain([None]).collect();
            (grant.app, Some(grant.person), contexts)
        }
        Chain::Installation(no) => {
            let one = state.installation(no).unwrap();
            (one.app, None, vec![Some(one.context)])
        }
    };
    let mut all = ClassMask::NONE;
    for version in state.versions() {
        for operation in &state.catalog_of(version).unwrap().operations {
            for context in &contexts {
                let request = Request {
                    app,
                    credential: None,
                    chain,
                    issue: state.next(),
                    key: 0,
                    family: None,
                    acting,
                    operation: operation.number,
                    program: operation.program,
                    purpose: operation.purpose,
                    requires: ClassMask::NONE,
                    context: *context,
                    version,
                    facts_up_to: now,
                };
                let carried = operation.classes | operation.requires;
                all = all | (consent::reach(state, &request, now) & carried);
            }
        }
    }
    all
}

fn reach_is(
    report: &Report,
    states: (&State, &State),
    used: &BTreeSet<Chain>,
    now: Timestamp,
) -> u64 {
    let (mut installations, mut grants) = (Reaching::default(), Reaching::default());
    let all = (states.0.installations().map(|(no, _)| Chain::Installation(no)))
        .chain(states.0.grants().map(|(no, _)| Chain::Grant(no)));
    for chain in all {
        let (before, after) = (reach_of(states.0, chain, now), reach_of(states.1, chain, now));
        let sum = match chain {
            Chain::Grant(_) => &mut grants,
            Chain::Installation(_) => &mut installations,
        };
        let unused = u64::from(!used.contains(&chain));
        if !before.without(after).is_empty() {
            sum.losing += 1;
            sum.losing_unused += unused;
        }
        if !after.without(before).is_empty() {
            sum.gaining += 1;
            sum.gaining_unused += unused;
        }
    }
    assert_eq!(report.reach.installations, installations);
    assert_eq!(report.reach.grants, grants);
    installations.losing + installations.gaining + grants.losing + grants.gaining
}

#[derive(Default, Debug)]
struct Tally {
    previews: u64,
    losing: u64,
    gaining: u64,
    cut: u64,
    opened: u64,
    ended: u64,
    refused: u64,
    reaching: u64,
    kinds: BTreeMap<&'static str, u64>,
}

/// A change of rules, now and then two at once.
fn change(world: &mut World) -> Vec<Event> {
    let mut events = Vec::new();
    while events.is_empty() {
        let kind = match world.dice.below(8) {
            // These are rare where everything may happen, and matter most.
            0 => world.dice.below(9),
            1 | 2 => 9 + world.dice.below(9),
            3 => 67 + world.dice.below(18),
            4 => 85 + world.dice.below(115),
            5 => 1300 + world.dice.below(60),
            _ => world.dice.below(1400),
        };
        events.extend(crate::happenings::make(world, kind).filter(is_previewable));
    }
    if world.dice.percent(20) {
        let then = world.supposing(&events[0]);
        let before = std::mem::replace(&mut world.state, then);
        let second = loop {
            let kind = 9 + world.dice.below(9);
            if let Some(event) = crate::happenings::make(world, kind) {
                break event;
            }
        };
        world.state = before;
        events.push(second);
    }
    events
}

fn one(seed: u64, tally: &mut Tally) {
    let mut world = World::new(seed);
    let mut asks: Vec<Ask> = Vec::new();
    let mut taken = Vec::new();
    for _ in 0..STEPS {
        for _ in 0..3 {
            let ask = world.ask();
            taken.push(recorded(&world.state, &ask));
            asks.push(Ask { nodes: taken.last().unwrap().payload.nodes.clone(), ..ask });
        }
        let event = world.next_event();
        world.happen(event);
    }
    let now = Timestamp(world.time.0 + world.dice.below(3_000_000));
    let events: Vec<Event> = change(&mut world).iter().map(with_bodies).collect();
    let before = folded(&world, &[], now);
    let mut preview = Preview::new(before.clone(), &events, now).unwrap();
    taken.iter().for_each(|one| preview.disclosure(&one.leaf, Some(&one.payload)));
    while preview.step(7) != Progress::Done {}
    let report = preview.report();

    let after = folded(&world, &events, now);
    let mut sums = Sums::default();
    let mut used = BTreeSet::new();
    for (index, ask) in asks.iter().enumerate() {
        let request = anew(ask, before.next(), now);
        used.insert(request.chain);
        sums.answer(index, (&request, &ask.nodes), (&before, &after), now);
    }
    sums.is(&report);
    tally.reaching += u64::from(reach_is(&report, (&before, &after), &used, now) > 0);
    let counts = &report.disclosures;
    tally.previews += 1;
    tally.losing += u64::from(counts.losing > 0);
    tally.gaining += u64::from(counts.gaining > 0);
    tally.cut += counts.cut;
    tally.opened += counts.opened;
    tally.ended += counts.ended;
    tally.refused += counts.refused;
    for event in &events {
        *tally.kinds.entry(event.word()).or_default() += 1;
    }
}

#[test]
fn the_numbers_of_a_preview_are_what_the_change_does() {
    let budget = Budget::from_environment(40_000);
    println!("BAILMENT_SEED={} BAILMENT_CASES={}", budget.seed, budget.cases);
    let mut tally = Tally::default();
    let mut dice = Dice::new(budget.seed);
    // A case is an answer decided again.
    for _ in 0..budget.cases / (STEPS * 3) {
        let seed = dice.next();
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(seed, &mut tally)))
            .unwrap_or_else(|_| panic!("world {seed}"));
    }
    println!("{tally:#?}");
    if budget.cases >= 20_000 {
        let share = |part: u64| part * 100 / tally.previews;
        assert!(share(tally.losing) >= 25, "few changes take anything");
        assert!(share(tally.gaining) >= 20, "few changes give anything");
        assert!(share(tally.reaching) >= 30, "few changes reach chains");
        let rare = [tally.cut, tally.opened, tally.ended, tally.refused];
        assert!(rare.iter().all(|count| *count > 0), "{rare:?}");
        assert!(tally.kinds.len() >= 10, "few kinds of changes");
    }
}

#[test]
fn what_people_decide_for_themselves_is_not_tried_out() {
    let world = World::new(7);
    let event = world.events.iter().find(|(.., event)| matches!(event, Event::OptIn(_)));
    let event = event.map(|(.., event)| event.clone()).unwrap();
    let refused = Preview::new(world.state.clone(), &[event], world.time).err().unwrap();
    assert_eq!(refused.to_string(), "`opt-in` changes no rule");
}

#[test]
fn a_disclosure_whose_content_is_gone_is_counted_apart() {
    let mut world = World::new(7);
    let ask = world.ask();
    let one = recorded(&world.state, &ask);
    let mut preview = Preview::new(world.state.clone(), &[], world.time).unwrap();
    preview.disclosure(&one.leaf, None);
    let counts = preview.report().disclosures;
    assert_eq!((counts.all, counts.unreadable, counts.compared), (1, 1, 0));
}
