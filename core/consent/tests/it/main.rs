//! `consent` against the slow model in `test/reference`, over random histories.
//!
//! A history is some two hundred events of a small world (`world`, `happenings`, `documents`); after each of the later ones,
//! random requests with random nodes (`asks`) are decided by both, and all that a decision says is compared (`compare`).
//!
//! `BAILMENT_SEED` and `BAILMENT_CASES` choose other or more cases; without a seed it is the day's.
//!
//! That the comparison bites was tried with mistakes made on purpose in a copy of `consent`. Each of these was caught:
//!
//! | in | mistakes |
//! |---|---|
//! | people | settings not looked at; a setting on one app holds in groups only; one on all groups forgotten; erasure forgotten; only the first of several people asked |
//! | leaving | opt-ins survive it; grants keep the group |
//! | installations | backers stay without their role; becoming admin again revives; a lapse kills no tokens; a lapse by erasure kills none; an erased backer counts; a gone context is alive; a token reaches other groups |
//! | time | a grant is good at its expiry; an agreement at its end; a window opens one late; a certification never ends; facts are believed a millisecond longer; a grant's end is not in `ends`; a decision without nodes never ends |
//! | tokens and rules | a token issued at the cut-off lives; an ended credential forgotten; a closed program goes on; purpose ignored; a policy keeps the catalog's needs; relations count for an installation token; a part about others takes over that the record's people are friends |
//! | nodes | presence ignored; a node within a hidden one shown; a member list forgets the installation |
//! | rules version 2: requests | a suspension of many forgotten; lifting one lifts all; an experiment or an exception never ends, or cannot be ended; a sunset forgotten; an activation revives a version; every version stays served; a kept version not narrowed by the new one; nobody is idle; signing in, or changing a grant, is no activity; purposes of a grant forgotten, or none taken for all |
//! | classes | nothing goes unused; unused counted from an agreement's first day alone, or to the beginning of a day; use does not keep; review forgotten; no sandbox; a tester who acts, or stands behind an installation, does not count; reviews, testers, sandboxes stay; ends of classes forgotten; what is for one time lasts, what is not is spent; a new grant is spent already |
//! | what ended unused | a policy that leaves draws no line, for grants or for classes; use under one agreement brings the class back for another; a line forgotten when days of use begin anew |
//! | people | friends and beyond forgotten, or held too widely; an old version forgets what the new one calls beyond; everybody is in the experiment; the cap of the past; who comes while it is full not counted; an ended agreement, or no experiment, lets people in; an opt-in does not; not-tester forgotten; a member list forgets experiment and review |
//! | their ends and touches | sunset, experiment, exception, idleness, unused, end of a class not in `ends`; version, suspension, exception, tester, review, sandbox, spent, a crowded family touch nothing; marks repeated |
//! | `touches` | an opt-out, a setting, a lost admin, a narrowing touch nothing; an erasure touches only whom nodes name |

#[cfg(test)]
mod aims;
#[cfg(test)]
mod around;
#[cfg(test)]
mod asks;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod covered;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod happenings;
#[cfg(test)]
mod seldom;
#[cfg(test)]
mod small;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod time;
#[cfg(test)]
mod world;

use asks::Ask;
use compare::{Answer, Next, Tally};
use ledger::Event;
use model::{Reason, Timestamp};
use reference::Budget;
use world::World;

/// Events after the beginning of a history, and requests after each of them.
const STEPS: u64 = 90;
const ASKS: u64 = 6;

fn history(budget: Budget) -> Tally {
    let mut tally = Tally::default();
    let mut seed = budget.seed;
    while tally.cases < budget.cases {
        let mut world = World::new(seed);
        seed = dice::Dice::new(seed).next();
        for _ in 0..STEPS {
            step(&mut world, &mut tally);
        }
    }
    tally
}

fn step(world: &mut World, tally: &mut Tally) {
    let asks: Vec<_> = (0..ASKS).map(|_| world.ask()).collect();
    let mut made = Vec::new();
    for ask in &asks {
        let (answer, ends) = compare::decision(world, ask, tally);
        compare::time(world, ask, &answer, ends, tally);
        made.push((answer, ends));
    }
    for ask in asks.iter().take(1) {
        compare::members(world, ask, tally);
    }
    for (ask, made) in asks.iter().zip(&made) {
        suppose(world, ask, made, tally);
    }
    let mut marks = Vec::new();
    for (ask, made) in asks.iter().zip(&made) {
        let left = use_it(world, ask, &made.0);
        if ask.now == world.time && !left.is_empty() && world.dice.percent(50) {
            marks = left;
        }
    }
    let mut marks = marks.into_iter();
    tally.marks += marks.len() as u64;
    let event = marks.next().unwrap_or_else(|| world.next_event());
    let before = world.state.clone();
    world.happen(event.clone());
    for (ask, made) in asks.iter().zip(&made) {
        let edge = world.dice.pick(&world.instants).copied();
        let next = Next { before: &before, event: &event, after: &world.state };
        next.check(ask, made, edge, tally);
    }
    for mark in marks {
        world.happen(mark);
    }
}

/// What the use of an answer leaves behind.
fn use_it(world: &World, ask: &Ask, made: &Answer) -> Vec<Event> {
    let used = compare::union(made);
    let marks = consent::marks_of_use(&world.state, &ask.request, used, ask.now);
    let expected = reference::marks_of_use(&world.events, &ask.request, used, ask.now);
    assert_eq!(marks, expected, "marks of {used:?}: {ask:#?}");
    marks
}

/// What if something happened just then that is aimed at this very decision?
fn suppose(world: &mut World, ask: &Ask, made: &(Answer, Timestamp), tally: &mut Tally) {
    if !compare::releases(&made.0) {
        return;
    }
    if let Some(event) = aims::aimed(world, ask) {
        let after = world.supposing(&event);
        let edge = world.dice.pick(&world.instants).copied();
        Next { before: &world.state, event: &event, after: &after }.check(ask, made, edge, tally);
    }
}

#[test]
fn decisions_are_those_of_the_reference() {
    let budget = Budget::from_environment(100_000);
    println!("BAILMENT_SEED={} BAILMENT_CASES={}", budget.seed, budget.cases);
    let mut all = Tally::default();
    for share in budget.in_parallel(24, history) {
        all.add(&share);
    }
    println!("{all:#?}");
    assert!(all.cases >= budget.cases, "fewer cases than asked for");
    if budget.cases >= 10_000 {
        is_not_vacuous(&all);
    }
}

/// Every reason occurs, and enough is released, changed and ended to compare.
fn is_not_vacuous(all: &Tally) {
    for reason in Reason::ALL {
        let count = all.withheld.get(reason).or_else(|| all.refused.get(reason));
        // Small counts are the gate's to withhold: deciding sees no values.
        assert!(count.is_some() || *reason == Reason::TooFew, "`{reason}` never occurred");
    }
    assert!(all.served * 100 >= all.cases * 40, "few requests are served");
    assert!(all.releasing * 100 >= all.served * 25, "little is released");
    assert!(all.marks * 300 >= all.cases, "hardly any use leaves a mark");
    assert!(all.changed * 20 >= all.cases, "few events change anything");
    assert!(all.ended * 20 >= all.cases, "time changes hardly anything");
}
