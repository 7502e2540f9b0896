//! A page of 1,000 people × 20 classes: how long deciding takes, and how long the Cedar engine takes for the same.

use crate::cedar::Cedar;
use crate::community::{CLASSES, Community, Installed, NOW};
use crate::machine::{Spread, spread, time};
use anyhow::{Result, ensure};
use consent::{Request, State, decide, decide_people, explain};
use ledger::{About, Node, RecordFacts};
use model::*;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

const PEOPLE: u32 = 1_000_000;
const PAGE: u32 = 1_000;
/// Groups of one page each.
const GROUPS: u32 = 400;
/// Members of the one large group.
const LARGE: u32 = 100_000;

/// A page of a group and the request for it.
pub struct Page {
    pub request: Request,
    pub context: ContextNo,
    pub people: Vec<PersonNo>,
}

/// A group in which half of the members opted in and a tenth has a setting.
fn group(
    community: &mut Community,
    number: u32,
    members: u32,
) -> Result<(Installed, Vec<PersonNo>)> {
    let context = community.group(number)?;
    let (app, other) = (AppNo(1 + number % 3), AppNo(4 + number % 3));
    let installed = community.install(app, context)?;
    // Another app's opt-ins lie beside those that are asked for.
    let other = community.install(other, context)?;
    let members: Vec<PersonNo> = community.members(members).collect();
    for person in &members {
        if community.dice.below(100) < 50 {
            community.opt_in(*person, installed)?;
        }
        if community.dice.below(100) < 50 {
            community.opt_in(*person, other)?;
        }
        if community.dice.below(100) < 10 {
            community.set(*person, app, context)?;
        }
    }
    Ok((installed, members))
}

fn page(community: &Community, installed: Installed, people: &[PersonNo]) -> Result<Page> {
    let request = community.request(installed)?;
    Ok(Page { request, context: installed.context, people: people.to_vec() })
}

fn run(state: &State, page: &Page, masks: &mut Vec<ClassMask>) -> Duration {
    masks.clear();
    let (took, ended) =
        time(|| decide_people(state, &page.request, page.context, &page.people, NOW, masks));
    assert!(black_box(ended).is_ok());
    took
}

fn nodes(page: &Page) -> Vec<Node> {
    let node = |(person, number): (&PersonNo, u64)| Node {
        within: None,
        record: Some(RecordFacts {
            kind: ObjectKind::Member,
            object: ObjectNo(number),
            context: Some(page.context),
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        }),
        about: About::People([*person].into_iter().collect()),
        presence: ClassMask::NONE,
        asked: ClassMask((1 << CLASSES) - 1),
    };
    page.people.iter().zip(1u64..).map(node).collect()
}

/// Everything about deciding, as Markdown.
pub fn report() -> Result<String> {
    let mut community = Community::new(7, 6, PEOPLE)?;
    let mut pages = Vec::new();
    for number in 0..GROUPS {
        let (installed, members) = group(&mut community, number, PAGE)?;
        pages.push(page(&community, installed, &members)?);
    }
    let (installed, members) = group(&mut community, GROUPS, LARGE)?;
    let large = page(&community, installed, &members[..PAGE as usize])?;
    let state = &community.state;
    let first = &pages[0];
    let mut masks = Vec::with_capacity(PAGE as usize);

    let (released, with_setting, opted) = contents(state, first, &installed_of(first))?;
    let warm = warm_of(state, first, &mut masks);
    let warm_large = warm_of(state, &large, &mut masks);
    let few = in_turn(state, &pages[..5], &mut masks);
    let around = in_turn(state, &pages, &mut masks);
    let cold = cold(state, &pages, &mut masks);
    let nodes = nodes(first);
    let reasons = turns(400, || {
        black_box(decide(state, &first.request, &nodes, NOW));
    });
    let explained = turns(40, || {
        black_box(explain(state, &first.request, &nodes, NOW)).ok();
    });
    agree(state, first, &nodes, &mut masks)?;

    let mut text = String::from("\n## Deciding a page of 1,000 people × 20 classes\n\n");
    writeln!(
        text,
        "One core. {PEOPLE} people in state; of the page's {PAGE}, {with_setting} have settings and {opted} opted in; {released} of {} \
         values are released. Another app's opt-ins lie in the same groups.\n",
        PAGE * u32::from(CLASSES)
    )?;
    text.push_str("| what | median | 10 % – 90 % |\n|---|---|---|\n");
    let rows = [
        ("masks only, warm: 5 pages of 5 groups in turn (target: at most 15 µs a page)", few),
        ("masks only, warm: the same page again and again", warm),
        (&format!("masks only, warm: the same page of a group of {LARGE} members"), warm_large),
        (&format!("masks only: {GROUPS} pages of {GROUPS} groups in turn"), around),
        ("masks only, cold: 256 MiB of other memory read before each page", cold),
        ("with reasons: `decide` on 1,000 nodes with their record facts", reasons),
        ("`explain`: chain or failed link of each of the 20,000 values", explained),
    ];
    for (what, spread) in rows {
        writeln!(text, "| {what} | {spread} |")?;
    }
    text.push_str(&against_cedar(&community, &pages[..5])?);
    Ok(text)
}

fn installed_of(page: &Page) -> InstallationNo {
    match page.request.chain {
        Chain::Installation(no) => no,
        Chain::Grant(_) => InstallationNo(u32::MAX),
    }
}

/// Values released, people with a setting, people who opted in.
fn contents(state: &State, page: &Page, no: &InstallationNo) -> Result<(u32, usize, usize)> {
    let mut masks = Vec::new();
    run(state, page, &mut masks);
    let released: u32 = masks.iter().map(|mask| mask.len()).sum();
    let settings = |p: &&PersonNo| state.person(**p).is_some_and(|own| !own.settings().is_empty());
    let with_setting = page.people.iter().filter(settings).count();
    let opted = page.people.iter().filter(|p| !state.opted_in(**p, *no).is_empty()).count();
    ensure!(released > 0 && with_setting > 0 && opted > 0, "the page decides nothing");
    Ok((released, with_setting, opted))
}

/// Different people each time, so that the processor cannot learn the answers by heart.
fn in_turn(state: &State, pages: &[Page], masks: &mut Vec<ClassMask>) -> Spread {
    let turns = pages.iter().cycle().take(4_000).map(|page| run(state, page, masks));
    spread(turns.skip(pages.len()).collect())
}

fn warm_of(state: &State, page: &Page, masks: &mut Vec<ClassMask>) -> Spread {
    for _ in 0..200 {
        run(state, page, masks);
    }
    spread((0..5_000).map(|_| run(state, page, masks)).collect())
}

fn turns(count: usize, mut once: impl FnMut()) -> Spread {
    for _ in 0..count / 10 {
        once();
    }
    spread((0..count).map(|_| time(&mut once).0).collect())
}

/// Reads far more memory than any cache holds before each page.
fn cold(state: &State, pages: &[Page], masks: &mut Vec<ClassMask>) -> Spread {
    let other = vec![1u64; 32 << 20];
    let once = |page| {
        black_box(other.iter().step_by(8).sum::<u64>());
        run(state, page, masks)
    };
    spread(pages.iter().take(100).map(once).collect())
}

/// The quick way for pages and the way for nodes release the same.
fn agree(state: &State, page: &Page, nodes: &[Node], masks: &mut Vec<ClassMask>) -> Result<()> {
    run(state, page, masks);
    let all = ClassMask((1 << CLASSES) - 1);
    let decision = decide(state, &page.request, nodes, NOW);
    ensure!(masks.iter().map(|mask| *mask & all).eq(decision.released), "decisions differ");
    Ok(())
}

fn against_cedar(community: &Community, pages: &[Page]) -> Result<String> {
    let state = &community.state;
    let engines: Vec<Cedar> =
        pages.iter().map(|page| Cedar::of(state, page)).collect::<Result<_>>()?;
    let (mut ours, mut warm, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut allowed = 0u64;
    for _round in 0..3 {
        let (mut our_time, mut their_time) = (Duration::ZERO, Duration::ZERO);
        for _pass in 0..100 {
            let mut masks = Vec::with_capacity(PAGE as usize);
            warm.push(pages.iter().map(|page| run(state, page, &mut masks)).sum());
        }
        for (page, engine) in pages.iter().zip(&engines) {
            let mut masks = Vec::with_capacity(page.people.len());
            our_time += run(state, page, &mut masks);
            let (took, answers) = time(|| engine.decide());
            their_time += took;
            let mut answers = answers.into_iter();
            for (mask, person) in masks.iter().zip(&page.people) {
                for class in (0..CLASSES).filter_map(ClassNo::new) {
                    let answer = answers.next();
                    ensure!(answer == Some(mask.has(class)), "cedar differs on {person} {class:?}");
                    allowed += u64::from(mask.has(class));
                }
            }
        }
        ours.push(our_time);
        theirs.push(their_time);
    }
    let (ours, warm, theirs) = (spread(ours), spread(warm), spread(theirs));
    let triples = pages.len() * PAGE as usize * usize::from(CLASSES);
    let each = |spread: &Spread| spread.median.as_nanos() as f64 / triples as f64;
    let row = |what: &str, spread: &Spread| {
        let all = spread.median.as_secs_f64() * 1e6;
        let ratio = each(&theirs) / each(spread);
        format!("| {what} | {all:.1} µs | {:.2} ns | {ratio:.0}× |\n", each(spread))
    };
    let mut text = String::from("\n## The same decisions by cedar-policy\n\n");
    writeln!(
        text,
        "{triples} (person, class, group) triples, 3 interleaved rounds in one process, all answers \
         equal ({} of {triples} allowed). Cedar's policies, entities and requests are parsed and \
         built before the clock starts, as is Bailment's state.\n",
        allowed / 3
    )?;
    text.push_str("| engine | all triples, median | each | Cedar's time over this |\n");
    text.push_str("|---|---|---|---|\n");
    text.push_str(&row("Bailment, pass after pass", &warm));
    text.push_str(&row("Bailment, the pass after Cedar used the caches", &ours));
    text.push_str(&row(&format!("cedar-policy {}", crate::cedar::VERSION), &theirs));
    Ok(text)
}
