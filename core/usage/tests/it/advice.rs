//! Advice, pair by pair.

use crate::world::{CLASSES, Needs, PROGRAMS, PURPOSES, TICK, World};
use model::{AppNo, ClassMask, ClassNo, ContextNo, ProgramNo, PurposeNo, Timestamp};
use std::collections::BTreeSet;
use usage::{
    ADVICE_DAYS, DAY_MS, Feature, Holdings, UsedDay, UsedPlace, Verdict, advise, holdings,
};

const NEEDS: Needs = [&[], &[], &[], &[], &[], &[]];

type Pair = (u16, u16, u8);

fn used(world: &mut World, app: AppNo, many: u64) -> Vec<UsedDay> {
    let day = world.now.0 / DAY_MS;
    (0..many)
        .map(|_| {
            let ago = world.dice.below(2 * ADVICE_DAYS);
            UsedDay {
                app: if world.dice.below(5) == 0 { AppNo(9) } else { app },
                feature: Feature {
                    program: ProgramNo(world.dice.below(PROGRAMS.into()) as u16),
                    purpose: PurposeNo(world.dice.below(PURPOSES.into()) as u16),
                },
                class: ClassNo::new(world.dice.below(CLASSES.into()) as u8).unwrap(),
                day: day - ago,
                disclosures: 1,
                records: 1,
                first_at: Timestamp((day - ago) * DAY_MS),
                last_at: Timestamp((day - ago) * DAY_MS + 5),
            }
        })
        .collect()
}

fn world(seed: u64) -> World {
    let mut world = World::new(seed, &NEEDS);
    for _ in 0..30 {
        world.now = Timestamp(world.now.0 + TICK * world.dice.below(3));
        let event = world.register_event();
        world.happen(event);
    }
    world
}

/// Pairs that an agreement lets the app have, and which of them it used lately.
fn product(classes: ClassMask, program: ProgramNo, purposes: &[PurposeNo]) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for purpose in purposes {
        for class in classes.iter() {
            pairs.insert((program.0, purpose.0, class.number()));
        }
    }
    pairs
}

#[test]
fn the_smallest_agreements_cover_what_was_used_and_nothing_else() {
    let (mut ends, mut keeps, mut narrows) = (0, 0, 0);
    for seed in 0..300 {
        let mut world = world(seed);
        let app = AppNo(1);
        let many = world.dice.below(30);
        let used = used(&mut world, app, many);
        let held = holdings(&world.state, app, world.now, &[]).unwrap();
        let advice = advise(&world.state, &held, &used, &[]);
        let since = world.now.0.saturating_sub(ADVICE_DAYS * DAY_MS);
        let mut real = BTreeSet::new();
        for one in used.iter().filter(|one| one.app == app && one.last_at.0 >= since) {
            real.insert((one.feature.program.0, one.feature.purpose.0, one.class.number()));
        }
        let mut agreed_and_used = BTreeSet::new();
        for (no, one) in world.state.agreements() {
            if one.app != app || !one.is_standing(world.now) {
                assert!(advice.agreements.iter().all(|told| told.agreement != no));
                continue;
            }
            let covered = product(one.classes, one.program, &one.purposes);
            let needed: BTreeSet<Pair> = covered.intersection(&real).copied().collect();
            let told = advice.agreements.iter().find(|told| told.agreement == no).unwrap();
            match &told.verdict {
                Verdict::End => {
                    assert!(needed.is_empty(), "seed {seed} {no}");
                    ends += 1;
                }
                Verdict::Keep => {
                    assert_eq!(needed, covered, "seed {seed} {no}");
                    keeps += 1;
                }
                Verdict::Narrow { classes, purposes, uneven } => {
                    assert!(!needed.is_empty() && needed != covered, "seed {seed} {no}");
                    let stay: Vec<_> =
                        one.purposes.iter().filter(|no| !purposes.contains(no)).copied().collect();
                    let left = product(one.classes.without(*classes), one.program, &stay);
                    assert!(left.is_superset(&needed), "seed {seed} {no}: it takes what is used");
                    assert_eq!(left == needed, !uneven, "seed {seed} {no}");
                    for class in left.iter().map(|(.., class)| *class) {
                        assert!(needed.iter().any(|(.., used)| *used == class));
                    }
                    narrows += 1;
                }
            }
            agreed_and_used.extend(needed);
        }
        let mut proposed = BTreeSet::new();
        for one in &advice.smallest {
            let pairs = product(one.classes, one.program, &one.purposes);
            assert!(!pairs.is_empty() && proposed.is_disjoint(&pairs), "seed {seed}");
            proposed.extend(pairs);
        }
        assert_eq!(proposed, agreed_and_used, "seed {seed}");
        assert_eq!(advise(&world.state, &held, &used, &[]), advice, "not the same twice");
    }
    assert!(ends > 50 && keeps > 5 && narrows > 50, "{ends} {keeps} {narrows}");
}

#[test]
fn an_installation_is_unused_when_nothing_was_read_there_lately() {
    let world = World::new(1, &NEEDS);
    let ago = |days: u64| Timestamp(world.now.0 - days * DAY_MS);
    let number = model::InstallationNo;
    let held = Holdings {
        standing: (0..4).map(|n| (number(n), ContextNo(n + 10))).collect(),
        ..holdings(&world.state, AppNo(1), world.now, &[]).unwrap()
    };
    let place = |context, days| UsedPlace {
        context: ContextNo(context),
        last_at: ago(days),
        disclosures: 1,
    };
    let places = [place(10, 90), place(11, 91), place(12, 0)];
    let advice = advise(&world.state, &held, &[], &places);
    let unused: Vec<_> =
        advice.unused_installations.iter().map(|one| (one.installation.0, one.last_at)).collect();
    assert_eq!(unused, [(1, Some(ago(91))), (3, None)]);
}

#[test]
fn what_began_lately_is_called_young() {
    let mut world = World::new(2, &NEEDS);
    world.agree(AppNo(1), ClassMask(0b11), Timestamp::NEVER);
    world.now = Timestamp(world.now.0 + 89 * DAY_MS);
    let young = |world: &World| {
        let held = holdings(&world.state, AppNo(1), world.now, &[]).unwrap();
        let advice = advise(&world.state, &held, &[], &[]);
        (advice.agreements[0].young, advice.agreements[0].verdict.clone())
    };
    assert_eq!(young(&world), (true, Verdict::End));
    world.now = Timestamp(world.now.0 + DAY_MS);
    assert_eq!(young(&world), (false, Verdict::End));
}

#[test]
fn an_agreement_that_counts_from_long_ago_is_young_from_when_it_was_made() {
    let mut world = World::new(3, &NEEDS);
    let no = world.agree(AppNo(1), ClassMask(0b11), Timestamp::NEVER);
    let made = world.events.iter().find_map(|one| match &one.event {
        ledger::Event::AgreementMade(made) if made.agreement == no => Some(made.clone()),
        _ => None,
    });
    let backdated = ledger::AgreementMade {
        agreement: world.state.next_agreement(),
        from: Timestamp(world.now.0 - 300 * DAY_MS),
        ..made.unwrap()
    };
    world.happen(ledger::Event::AgreementMade(backdated));
    let held = holdings(&world.state, AppNo(1), world.now, &[]).unwrap();
    let advice = advise(&world.state, &held, &[], &[]);
    assert_eq!(advice.agreements.iter().map(|one| one.young).collect::<Vec<_>>(), [true, true]);
}
