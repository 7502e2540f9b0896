//! A watched change held against a world in which it was made.

use crate::dice::Dice;
use crate::recorded::{Recorded, recorded};
use crate::world::World;
use consent::{Request, State, authorize, decide};
use ledger::{
    AgreementEnded, AgreementMade, Assigned, AuditedAgreement, AuditedCatalog, AuditedChange,
    AuditedProgram, CatalogActivated, Entry, Event, ExceptionMade, Payload, PolicyActivated,
    ProgramStatusChanged, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, PersonNo, Position, ProgramNo, ProgramStatus, Timestamp,
};
use preview::{Watch, Watched};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was put on the log, in order: events and answers.
enum Happened {
    Event(Event),
    Answer(Recorded),
}

type History = Vec<(Timestamp, Happened)>;

const fn why() -> Why {
    Why::by(Actor::Operator)
}

/// A history with answers in it from some point on, each decided under what is in force at its place.
fn history(world: &mut World) -> History {
    let mut happened = Vec::new();
    for _ in 0..50 {
        for _ in 0..3 {
            let mut ask = world.ask();
            ask.now = world.time;
            if authorize(&world.state, &ask.request, ask.now).is_ok() {
                happened.push((world.time, Happened::Answer(recorded(&world.state, &ask))));
            }
        }
        let event = world.next_event();
        world.happen(event.clone());
        happened.push((world.time, Happened::Event(event)));
    }
    happened
}

fn entry_of(time: Timestamp, one: &Happened) -> Entry {
    match one {
        Happened::Event(event) => {
            let payload = Payload::Control(event.clone());
            let mut leaf = payload.leaf();
            leaf.time = time;
            Entry { leaf, payload }
        }
        Happened::Answer(one) => {
            let leaf = ledger::Leaf { time, ..one.leaf.clone() };
            Entry { leaf, payload: Payload::Disclosure(one.payload.clone()) }
        }
    }
}

fn watch(begin: &State, happened: &History, change: &AuditedChange) -> Watched {
    let change = Arc::new(change.clone());
    let mut watch = Watch::new(begin.clone(), begin.next(), change).unwrap();
    let mut log = begin.clone();
    for (index, (time, one)) in happened.iter().enumerate() {
        let at = Position(begin.next().0 + index as u64);
        let entry = entry_of(*time, one);
        // An event may say its own position (what lifts a suspension does): it stands as many places later as answers stand
        // before it. Such a log could not be folded at all, and is not compared.
        if log.clone().apply(at, *time, &entry.payload).is_err() {
            break;
        }
        log.apply(at, *time, &entry.payload).unwrap();
        let over = watch.is_over();
        assert!(over || watch.next() == at);
        watch.entry(at, &entry).unwrap();
    }
    watch.report()
}

/// The change made, the obvious way: as the event that would stand in the log.
fn made(state: &mut State, change: &AuditedChange) {
    let events = match change {
        AuditedChange::Policy(policy) => {
            let document = policy.document.clone();
            vec![Event::PolicyActivated(PolicyActivated { document, why: why() })]
        }
        AuditedChange::Catalog(AuditedCatalog { document, keeps }) => {
            vec![activated(state, document.clone(), keeps.clone())]
        }
        AuditedChange::Agreement(one) => {
            let mut events = vec![agreed(one, AgreementNo(900_000))];
            events.extend(one.replaces.map(|agreement| ended(one.app, agreement)));
            events
        }
        AuditedChange::AgreementEnd(agreement) => {
            vec![ended(state.agreement(*agreement).unwrap().app, *agreement)]
        }
        AuditedChange::Program(stage) => {
            let AuditedProgram { program, status, until, cap, .. } = *stage;
            let exceptions = stage.exceptions.iter().flatten();
            let exceptions = exceptions.map(|one| {
                let (app, until) = (one.app, one.until);
                Event::ExceptionMade(ExceptionMade { program, app, until, why: why() })
            });
            let changed = ProgramStatusChanged { program, status, until, cap, why: why() };
            exceptions.chain([Event::ProgramStatusChanged(changed)]).collect()
        }
    };
    for event in events {
        state.suppose(&event).unwrap();
    }
}

fn activated(state: &State, document: Vec<u8>, keeps: Option<Vec<model::ApiVersion>>) -> Event {
    let new = catalog::Document::parse(&document).unwrap().new_names(state.numbering()).unwrap();
    let of = |names: BTreeMap<String, u32>| -> Vec<Assigned> {
        names.into_iter().map(|(name, number)| Assigned { name, number }).collect()
    };
    Event::CatalogActivated(CatalogActivated {
        document,
        classes: of(new.classes.into_iter().map(|(k, no)| (k, no.number().into())).collect()),
        operations: of(new.operations.into_iter().map(|(k, no)| (k, no.0.into())).collect()),
        purposes: of(new.purposes.into_iter().map(|(k, no)| (k, no.0.into())).collect()),
        programs: of(new.programs.into_iter().map(|(k, no)| (k, no.0.into())).collect()),
        keeps,
        why: why(),
    })
}

fn agreed(one: &AuditedAgreement, agreement: AgreementNo) -> Event {
    Event::AgreementMade(AgreementMade {
        agreement,
        app: one.app,
        program: one.program,
        classes: one.classes,
        required: ClassMask::NONE,
        purposes: one.purposes.clone(),
        from: one.from,
        until: one.until,
        why: why(),
        retention: None,
        anonymise_by: None,
        terms: None,
    })
}

fn ended(app: AppNo, agreement: AgreementNo) -> Event {
    Event::AgreementEnded(AgreementEnded { agreement, app, why: why() })
}

/// Whether an event really changes what a change is about.
fn is_same(state: &State, change: &AuditedChange, event: &Event) -> bool {
    let about = |no: AgreementNo| state.agreement(no).map(|one| (one.app, one.program)).unwrap();
    let changed = match event {
        Event::AgreementMade(one) => Some((one.app, one.program)),
        Event::AgreementEnded(one) => Some(about(one.agreement)),
        _ => None,
    };
    match change {
        AuditedChange::Policy(_) => false,
        AuditedChange::Catalog(_) => matches!(event, Event::CatalogActivated(_)),
        AuditedChange::Agreement(one) => changed == Some((one.app, one.program)),
        AuditedChange::AgreementEnd(no) => changed == Some(about(*no)),
        AuditedChange::Program(stage) => {
            matches!(event, Event::ProgramStatusChanged(one) if one.program == stage.program)
        }
    }
}

/// What flows would have let an app be allowed anew with a program restricted: classes of agreements in other open ones.
fn elsewhere(
    state: &State,
    (app, person): (AppNo, Option<PersonNo>),
    (restricted, now): (ProgramNo, Timestamp),
    of: impl Fn(ProgramNo) -> ClassMask,
) -> ClassMask {
    let mut all = ClassMask::NONE;
    for (_, one) in state.agreements() {
        let program = state.program(one.program).unwrap();
        let open = match program.status {
            ProgramStatus::Live => true,
            ProgramStatus::Experimental => {
                let room = !program.is_full() || person.is_some_and(|no| program.reaches(no));
                room && program.until.is_none_or(|until| now < until)
            }
            _ => false,
        };
        let stands = !one.ended && one.from <= now && now < one.until;
        if one.app == app && one.program != restricted && open && stands {
            all = all | (one.classes & of(one.program));
        }
    }
    all
}

/// An event as it would have happened under a restriction.
fn under(state: &State, restricted: ProgramNo, event: &Event, now: Timestamp) -> Option<Event> {
    let at = (restricted, now);
    let mut event = event.clone();
    match &mut event {
        Event::InstallationMade(one) => {
            let own = |program| ClassMask::ALL.without(state.rules().program(program).own_data);
            one.classes = one.classes & elsewhere(state, (one.app, None), at, own);
        }
        Event::OptIn(one) => {
            let needing = |program| state.rules().program(program).opt_in;
            let open = elsewhere(state, (one.app, Some(one.person)), at, needing);
            one.classes = one.classes & open;
        }
        Event::GrantMade(one) => {
            let open = elsewhere(state, (one.app, Some(one.person)), at, |_| ClassMask::ALL);
            if !one.classes.without(open).is_empty() {
                if state.grants().any(|(no, _)| no == one.grant) {
                    return None;
                }
                one.classes = ClassMask::NONE;
            }
        }
        _ => {}
    }
    Some(event)
}

/// Answers, those losing something, gaining something, cut; nodes losing, gaining.
type Sums = [u64; 6];

/// The same beside the real state: a second one in which the change was made at the beginning.
fn slowly(begin: &State, happened: &History, change: &AuditedChange) -> (Sums, Option<Position>) {
    let mut sums = [0; 6];
    let mut real = begin.clone();
    let mut supposed = begin.clone();
    made(&mut supposed, change);
    for (index, (time, one)) in happened.iter().enumerate() {
        let place = Position(begin.next().0 + index as u64);
        let after = Position(place.0 + 1);
        match one {
            Happened::Event(event) => {
                let before = real.clone();
                if real.apply(place, *time, &Payload::Control(event.clone())).is_err() {
                    return (sums, None);
                }
                if is_same(&before, change, event) {
                    return (sums, Some(place));
                }
                let event = match (change, event) {
                    // What comes into force in between ends nothing in it for want of use.
                    (AuditedChange::Policy(_), Event::PolicyActivated(_)) => None,
                    (AuditedChange::Program(stage), event)
                        if stage.status == ProgramStatus::Restricted =>
                    {
                        under(&supposed, stage.program, event, *time)
                    }
                    _ => Some(event.clone()),
                };
                match event {
                    Some(event) => supposed.apply(place, *time, &Payload::Control(event)).unwrap(),
                    None => supposed.skip_to(after, *time).unwrap(),
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
                sums[3] += u64::from(authorize(&supposed, &request, *time).is_err());
                sums[4] += nodes[0] as u64;
                sums[5] += nodes[1] as u64;
                // What would have left there counts as used there; what was allowed for one time was used up by what did leave.
                let used = then.iter().fold(request.requires, |mask, one| mask | *one);
                for mark in consent::marks_of_use(&supposed, &request, used, *time) {
                    if matches!(mark, Event::ClassesUsed(_)) {
                        supposed.suppose(&mark).unwrap();
                    }
                }
                real.skip_to(after, *time).unwrap();
                supposed.skip_to(after, *time).unwrap();
            }
        }
    }
    (sums, None)
}

#[derive(Debug, Default)]
struct Tally {
    worlds: u64,
    over: u64,
    sums: Sums,
}

#[test]
fn a_watched_change_is_as_if_it_were_made() {
    let mut dice = Dice::new(20_261_122);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for _ in 0..500 {
        let seed = dice.next();
        let mut world = World::new(seed);
        let Some(change) = crate::around::weighed(&mut world) else { continue };
        let begin = world.state.clone();
        let happened = history(&mut world);
        let found = watch(&begin, &happened, &change);
        let sums = [
            found.disclosures,
            found.withholding,
            found.widening,
            found.cut,
            found.effects.total.lost.nodes,
            found.effects.total.gained.nodes,
        ];
        let over = found.over.map(|(at, _)| at);
        assert_eq!((sums, over), slowly(&begin, &happened, &change), "world {seed} {change:?}");
        let mut kind = change.word().to_owned();
        if let AuditedChange::Program(stage) = &change {
            kind += &format!(" {}", stage.status);
        }
        let tally = tallies.entry(kind).or_default();
        tally.worlds += 1;
        tally.over += u64::from(over.is_some());
        for (sum, one) in tally.sums.iter_mut().zip(sums) {
            *sum += one;
        }
    }
    println!("{tallies:#?}");
    for kind in ["policy", "catalog", "agreement", "agreement-end"] {
        let Tally { sums: [answers, losing, ..], over, .. } = &tallies[kind];
        assert!(*answers > 300 && *losing > 10, "{kind}: {answers} {losing}");
        assert!((kind == "policy") == (*over == 0), "{kind}: {over} over");
    }
    for kind in ["policy", "catalog", "agreement", "program live"] {
        assert!(tallies[kind].sums[2] > 5, "{kind} widens nothing");
    }
    for kind in ["catalog", "program closed"] {
        assert!(tallies[kind].sums[3] > 20, "{kind} cuts nothing");
    }
    for kind in ["program closed", "program restricted"] {
        assert!(tallies[kind].sums[1] > 10, "{kind} withholds nothing");
    }
}

/// What the watch is told leaves the state of the log as it is: the same answers, but for the word that something is watched.
#[test]
fn a_watched_change_decides_nothing() {
    let mut dice = Dice::new(20_261_123);
    let mut answers = 0;
    for _ in 0..60 {
        let mut world = World::new(dice.next());
        let Some(change) = crate::around::weighed(&mut world) else { continue };
        let event =
            Event::ChangeAudited(ledger::ChangeAudited { change: Some(change), why: why() });
        let watched = world.supposing(&event);
        for _ in 0..20 {
            let ask = world.ask();
            let before = decide(&world.state, &ask.request, &ask.nodes, ask.now);
            let after = decide(&watched, &ask.request, &ask.nodes, ask.now);
            assert_eq!(before, after);
            answers += u64::from(before.released.iter().any(|mask| !mask.is_empty()));
        }
    }
    assert!(answers > 50, "{answers}");
}
