//! Every instant looked at.

use crate::world::{CLASSES, Needs, PARTNERS, PROGRAMS, PURPOSES, TICK, World, why};
use consent::{Request, decide};
use ledger::{
    About, Event, Fact, Facts, GrantMade, Node, PartnerStatusChanged, ProgramStatusChanged,
    RecordFacts,
};
use model::{
    AppNo, AppStatus, Chain, ClassMask, ClassNo, GrantNo, ObjectKind, ObjectNo, PartnerNo,
    PartnerStatus, PersonNo, Position, ProgramNo, ProgramStatus, Publication, PurposeNo, Reason,
    Relation, SourceNo, Timestamp,
};
use std::collections::BTreeSet;
use usage::{DAY_MS, Feature, Lane, UsedDay, available, missing, timelines};

const NEEDS: Needs = [&[], &[], &["certification"], &[], &["certification"], &[]];

fn features() -> impl Iterator<Item = Feature> {
    (0..PROGRAMS).flat_map(|program| {
        (0..PURPOSES).map(move |purpose| Feature {
            program: ProgramNo(program),
            purpose: PurposeNo(purpose),
        })
    })
}

fn classes() -> impl Iterator<Item = ClassNo> {
    (0..CLASSES).filter_map(ClassNo::new)
}

/// Whether a class was available at an instant, from the list of what happened and nothing else.
fn is_available(
    world: &World,
    app: AppNo,
    feature: Feature,
    class: ClassNo,
    at: Timestamp,
) -> bool {
    let partner = PartnerNo(app.0.div_ceil(2));
    let (mut partner_ok, mut app_ok, mut program_ok) = (false, false, false);
    let mut rule = Some(class.number() == 2 || class.number() == 4);
    let (mut agreed, mut certified) = (Vec::new(), Vec::new());
    for one in world.events.iter().filter(|one| one.time <= at) {
        match &one.event {
            Event::PartnerMade(e) if e.partner == partner => partner_ok = true,
            Event::PartnerStatusChanged(e) if e.partner == partner => {
                partner_ok = e.status == PartnerStatus::Active;
            }
            Event::AppMade(e) if e.app == app => app_ok = true,
            Event::AppStatusChanged(e) if e.app == app => app_ok = e.status == AppStatus::Active,
            Event::ProgramStatusChanged(e) if e.program == feature.program => {
                program_ok = matches!(e.status, ProgramStatus::Live | ProgramStatus::Restricted);
            }
            Event::PolicyActivated(e) if feature.program == ProgramNo(0) => {
                let document: serde_json::Value = serde_json::from_slice(&e.document).unwrap();
                let said = &document["programs"]["p0"]["classes"][format!("c{}", class.number())];
                rule = match said {
                    serde_json::Value::Null => Some(class.number() == 2 || class.number() == 4),
                    serde_json::Value::String(_) => None,
                    needs => Some(!needs.as_array().unwrap().is_empty()),
                };
            }
            Event::AgreementMade(e)
                if e.app == app
                    && e.program == feature.program
                    && e.purposes.contains(&feature.purpose)
                    && e.classes.has(class) =>
            {
                agreed.push((e.agreement, e.from, e.until));
            }
            Event::AgreementEnded(e) => agreed.retain(|(no, ..)| *no != e.agreement),
            Event::CertificationMade(e)
                if e.app == app && e.purpose == feature.purpose && e.classes.has(class) =>
            {
                certified.push((e.certification, e.from, e.until));
            }
            Event::CertificationEnded(e) => certified.retain(|(no, ..)| *no != e.certification),
            _ => {}
        }
    }
    let is_agreed = agreed.iter().any(|(_, from, until)| *from <= at && at < *until);
    let is_certified = certified.iter().any(|(_, from, until)| *from <= at && at < *until);
    let needs_certification = match rule {
        None => return false,
        Some(needs) => needs,
    };
    partner_ok && app_ok && program_ok && is_agreed && (!needs_certification || is_certified)
}

fn history(seed: u64) -> World {
    let mut world = World::new(seed, &NEEDS);
    for _ in 0..70 {
        world.now = Timestamp(world.now.0 + TICK * world.dice.below(3));
        let event = world.register_event();
        world.happen(event);
    }
    world.now = Timestamp(world.now.0 + 3 * TICK);
    world
}

fn of_all(world: &World, used: &[UsedDay]) -> Vec<Lane> {
    let partners: BTreeSet<PartnerNo> = (1..=PARTNERS).map(PartnerNo).collect();
    timelines(&world.events, &partners, used, world.now).unwrap()
}

#[test]
fn a_class_is_in_a_span_exactly_while_it_is_available() {
    let mut spans = 0;
    for seed in 0..8 {
        let world = history(seed);
        let lanes = of_all(&world, &[]);
        spans += lanes.iter().map(|lane| lane.spans.len()).sum::<usize>();
        for app in (1..=4).map(AppNo) {
            for feature in features() {
                for class in classes() {
                    let lane = lanes
                        .iter()
                        .find(|lane| (lane.app, lane.feature, lane.class) == (app, feature, class));
                    let mut at = world.events[0].time;
                    while at <= world.now {
                        let inside = lane.is_some_and(|lane| {
                            lane.spans.iter().any(|span| {
                                span.from <= at && span.until.is_none_or(|until| at < until)
                            })
                        });
                        let wanted = is_available(&world, app, feature, class, at);
                        assert_eq!(
                            inside, wanted,
                            "seed {seed} {app} {feature:?} {class:?} {at:?}"
                        );
                        at = Timestamp(at.0 + TICK);
                    }
                    let missing = missing(&world.state, app, feature, class, world.now);
                    let now = available(&world.state, app, world.now).has(feature, class);
                    assert_eq!(
                        missing.is_none(),
                        now,
                        "seed {seed}: the reason and the fact differ"
                    );
                }
            }
        }
    }
    assert!(spans > 250, "only {spans} spans");
}

#[test]
fn a_span_was_used_when_a_day_of_use_meets_it() {
    let (mut used_spans, mut unused) = (0, 0);
    for seed in 100..130 {
        let mut world = history(seed);
        let first = world.events[0].time.0 / DAY_MS;
        let mut used = Vec::new();
        for _ in 0..300 {
            let day = first + world.dice.below(world.now.0 / DAY_MS - first + 1);
            let a = day * DAY_MS + world.dice.below(DAY_MS);
            let b = a + world.dice.below((day + 1) * DAY_MS - a);
            used.push(UsedDay {
                app: AppNo(1 + world.dice.below(4) as u32),
                feature: features().nth(world.dice.below(4) as usize).unwrap(),
                class: ClassNo::new(world.dice.below(CLASSES.into()) as u8).unwrap(),
                day,
                disclosures: 1 + world.dice.below(9),
                records: 1,
                first_at: Timestamp(a),
                last_at: Timestamp(b),
            });
        }
        for lane in of_all(&world, &used) {
            for span in &lane.spans {
                // An answer may leave in the very millisecond of the event that ends it.
                let by_event = span.ended.is_some_and(|ended| ended.by.is_some());
                let until = span.until.map_or(world.now.0, |until| until.0 - u64::from(!by_event));
                let mut answers = 0;
                for day in &used {
                    let same =
                        (day.app, day.feature, day.class) == (lane.app, lane.feature, lane.class);
                    let apart = day.last_at < span.from || day.first_at.0 > until;
                    answers += if same && !apart { day.disclosures } else { 0 };
                }
                assert_eq!(
                    span.used.map_or(0, |one| one.disclosures),
                    answers,
                    "seed {seed} {lane:?}"
                );
                if let Some(one) = span.used {
                    assert!(span.from <= one.first_at && one.first_at <= one.last_at);
                    assert!(one.last_at.0 <= until && one.days > 0);
                    used_spans += 1;
                } else {
                    unused += 1;
                }
            }
        }
    }
    assert!(used_spans > 200 && unused > 200, "{used_spans} used, {unused} unused");
}

/// Timelines must not drift from what decides: a grant that allows everything lets out what is available, no more, no less.
#[test]
fn what_is_available_is_what_a_boundless_grant_yields() {
    let (mut released, mut withheld) = (0, 0);
    for seed in 200..260 {
        let mut world = history(seed);
        for _ in 0..world.dice.below(12) {
            world.now = Timestamp(world.now.0 + TICK * world.dice.below(2));
            let event = world.rules_event();
            world.happen(event);
        }
        let person = PersonNo(1);
        let facts = Facts { source: SourceNo(1), up_to: 1, facts: vec![Fact::Person(person)] };
        world.happen(Event::Facts(facts));
        for app in (1..=4).map(AppNo) {
            let grant = world.state.next_grant();
            let (all, contexts, expires_at) = (ClassMask::ALL, Vec::new(), Timestamp::NEVER);
            let made = GrantMade {
                grant,
                app,
                person,
                classes: all,
                contexts,
                expires_at,
                ends: None,
                once: None,
                purposes: None,
                why: why(),
            };
            world.happen(Event::GrantMade(made));
            let now = available(&world.state, app, world.now);
            for feature in features() {
                let asked: ClassMask = classes_of(app, feature, grant, &world);
                for class in classes() {
                    assert_eq!(
                        asked.has(class),
                        now.has(feature, class),
                        "seed {seed} {feature:?}"
                    );
                    if asked.has(class) {
                        released += 1
                    } else {
                        withheld += 1
                    }
                    let missing = missing(&world.state, app, feature, class, world.now);
                    assert_eq!(missing.is_none(), asked.has(class), "seed {seed} {missing:?}");
                }
            }
        }
    }
    assert!(released > 60 && withheld > 300, "{released} {withheld}");
}

fn classes_of(app: AppNo, feature: Feature, grant: GrantNo, world: &World) -> ClassMask {
    let catalog = world.state.catalog().unwrap();
    let operation = catalog
        .operations
        .iter()
        .find(|one| one.program == feature.program && one.purpose == feature.purpose)
        .unwrap();
    let request = Request {
        app,
        credential: None,
        chain: Chain::Grant(grant),
        issue: world.state.issue_number(),
        key: 0,
        family: None,
        acting: Some(PersonNo(1)),
        operation: operation.number,
        program: feature.program,
        purpose: feature.purpose,
        requires: ClassMask::NONE,
        context: None,
        version: catalog.version,
        facts_up_to: world.now,
    };
    let node = Node {
        within: None,
        record: Some(RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(0),
            context: None,
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        }),
        about: About::People(std::iter::once(PersonNo(1)).collect()),
        presence: ClassMask::NONE,
        asked: ClassMask::ALL,
    };
    let decision = decide(&world.state, &request, &[node], world.now);
    let known: ClassMask = classes().collect();
    decision.released[0] & known
}

#[test]
fn a_span_says_what_ended_it() {
    let mut world = World::new(0, &NEEDS);
    let ticks = |n: u64| Timestamp((1_000 + n) * TICK);
    let class = ClassNo::new(1).unwrap();
    world.agree(AppNo(1), ClassMask::of(class), ticks(10));
    let set = |world: &mut World, at: u64, status| -> Position {
        world.now = ticks(at);
        world.happen(Event::PartnerStatusChanged(PartnerStatusChanged {
            partner: PartnerNo(1),
            status,
            why: why(),
        }))
    };
    let suspended = set(&mut world, 2, PartnerStatus::Suspended);
    set(&mut world, 4, PartnerStatus::Active);
    world.now = ticks(6);
    let closed = world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program: ProgramNo(0),
        status: ProgramStatus::Closed,
        until: None,
        cap: None,
        why: why(),
    }));
    world.now = ticks(7);
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program: ProgramNo(0),
        status: ProgramStatus::Live,
        until: None,
        cap: None,
        why: why(),
    }));
    world.now = ticks(20);
    let lanes = timelines(&world.events, &BTreeSet::from([PartnerNo(1)]), &[], world.now).unwrap();
    assert_eq!(lanes.len(), 2, "one for each purpose");
    let spans: Vec<_> = lanes[0]
        .spans
        .iter()
        .map(|span| {
            let ended = span.ended.unwrap();
            ((span.from.0, span.until.unwrap().0), (ended.link, ended.by))
        })
        .collect();
    let at = |n: u64| ticks(n).0;
    let wanted = [
        ((at(0), at(2)), (Reason::Partner, Some(suspended))),
        ((at(4), at(6)), (Reason::Program, Some(closed))),
        ((at(7), at(10)), (Reason::Agreement, None)),
    ];
    assert_eq!(spans, wanted);
    assert_eq!(timelines(&world.events, &BTreeSet::new(), &[], world.now).unwrap(), []);
}

/// Every span of a replay that knows one partner is one of the replay of them all; and where it ends, state says the same.
#[test]
fn a_timeline_ends_where_state_says_whatever_happens() {
    let mut spans = 0;
    for seed in 300..340 {
        let mut world = history(seed);
        for _ in 0..40 {
            world.now = Timestamp(world.now.0 + TICK * world.dice.below(2));
            let event =
                if world.dice.below(2) == 0 { world.rules_event() } else { world.register_event() };
            world.happen(event);
        }
        world.now = Timestamp(world.now.0 + TICK);
        let all = of_all(&world, &[]);
        for app in (1..=4).map(AppNo) {
            let now = available(&world.state, app, world.now);
            for feature in features() {
                for class in classes() {
                    let lane = all
                        .iter()
                        .find(|lane| (lane.app, lane.feature, lane.class) == (app, feature, class));
                    let open =
                        lane.and_then(|lane| lane.spans.last()).map(|span| span.until.is_none());
                    assert_eq!(
                        open == Some(true),
                        now.has(feature, class),
                        "seed {seed} {app} {feature:?}"
                    );
                }
            }
        }
        for partner in (1..=PARTNERS).map(PartnerNo) {
            let own: Vec<_> = world
                .events
                .iter()
                .filter(|one| {
                    let leaf = one.event.leaf();
                    let app = leaf.app.is_none_or(|app| app.0.div_ceil(2) == partner.0);
                    leaf.partner.is_none_or(|named| named == partner) && app
                })
                .cloned()
                .collect();
            let alone = timelines(&own, &BTreeSet::from([partner]), &[], world.now).unwrap();
            let of_partner = all.iter().filter(|lane| lane.app.0.div_ceil(2) == partner.0);
            let of_partner: Vec<Lane> = of_partner.cloned().collect();
            assert_eq!(alone, of_partner, "seed {seed}");
            spans += alone.iter().map(|lane| lane.spans.len()).sum::<usize>();
        }
    }
    assert!(spans > 500, "{spans}");
}
