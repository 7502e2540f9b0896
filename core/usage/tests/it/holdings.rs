//! Holdings against asking the gate itself, for every chain, everybody, everywhere.

use crate::world::{CLASSES, Needs, PROGRAMS, PURPOSES, World, why};
use consent::{Request, State, decide};
use ledger::{
    About, ClassEnd, Event, Fact, Facts, GrantMade, InstallationEnded, InstallationMade, Node,
    OptIn, PolicyActivated, RecordFacts, SandboxChanged, SettingChanged, SettingScope, TesterAdded,
};
use model::{
    AppNo, Chain, ClassMask, ClassNo, ContextKind, ContextNo, Millis, ObjectKind, ObjectNo,
    PersonNo, ProgramNo, Publication, PurposeNo, Relation, SourceNo, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use usage::{ByApp, Census, Holdings, Progress, Standing, Survey, holdings};

const PEOPLE: u32 = 7;
const CONTEXTS: u32 = 4;
const NEEDS: [Needs; 3] = [
    [
        &["installation"],
        &["installation"],
        &["opt-in"],
        &["self"],
        &["installation", "opt-in"],
        &["installation", "participant"],
    ],
    [
        &[],
        &["installation", "published"],
        &["opt-in"],
        &["self", "installation"],
        &["certification"],
        &[],
    ],
    [
        &["installation"],
        &["participant"],
        &["installation", "certification"],
        &["self", "opt-in"],
        &["installation"],
        &["opt-in"],
    ],
];

struct Members(BTreeSet<(PersonNo, ContextNo)>);

fn populate(world: &mut World) -> Members {
    let mut facts: Vec<Fact> = (0..PEOPLE).map(|no| Fact::Person(PersonNo(no))).collect();
    let mut members = BTreeSet::new();
    for context in (0..CONTEXTS).map(ContextNo) {
        let kind = if context.0 == 3 { ContextKind::Conversation } else { ContextKind::Group };
        facts.push(Fact::Context(context, kind));
        facts.push(Fact::Admin(PersonNo(0), context));
        members.insert((PersonNo(0), context));
        for person in (1..PEOPLE).map(PersonNo) {
            if world.dice.below(2) == 0 {
                facts.push(Fact::Member(person, context));
                members.insert((person, context));
            }
        }
    }
    world.happen(Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts }));
    Members(members)
}

fn live(world: &mut World, members: &Members) {
    for context in (0..CONTEXTS).map(ContextNo) {
        if world.dice.below(4) == 0 {
            continue;
        }
        let installation = world.state.next_installation();
        let (app, classes) = (AppNo(1 + world.dice.below(2) as u32), world.dice.mask());
        let backer = PersonNo(0);
        let made = InstallationMade { installation, app, context, classes, backer, why: why() };
        world.happen(Event::InstallationMade(made));
        for (person, _) in members.0.iter().filter(|(_, at)| *at == context) {
            if world.dice.below(2) == 0 {
                let (person, classes) = (*person, world.dice.mask());
                world.happen(Event::OptIn(OptIn {
                    person,
                    installation,
                    app,
                    classes,
                    why: why(),
                }));
            }
        }
        if world.dice.below(8) == 0 {
            world.happen(Event::InstallationEnded(InstallationEnded {
                installation,
                app,
                why: why(),
            }));
        }
    }
    for person in (0..PEOPLE).map(PersonNo) {
        if world.dice.below(3) == 0 {
            let (grant, app) = (world.state.next_grant(), AppNo(1 + world.dice.below(2) as u32));
            let mine = members.0.iter().filter(|(who, _)| *who == person).map(|(_, at)| *at);
            let contexts: Vec<ContextNo> = mine.filter(|_| world.dice.below(3) > 0).collect();
            let classes = world.dice.mask();
            let expires_at = Timestamp(world.now.0 + world.dice.below(3));
            let made = GrantMade {
                grant,
                app,
                person,
                classes,
                contexts,
                expires_at,
                ends: (world.dice.below(3) == 0).then(|| {
                    let until = Timestamp(world.now.0 + world.dice.below(2));
                    vec![ClassEnd { classes: world.dice.mask(), until }]
                }),
                once: None,
                purposes: (world.dice.below(3) == 0).then(|| vec![PurposeNo(0)]),
                why: why(),
            };
            world.happen(Event::GrantMade(made));
        }
        if world.dice.below(3) == 0 {
            let context = ContextNo(world.dice.below(CONTEXTS.into()) as u32);
            let scopes = [
                SettingScope::AllApps,
                SettingScope::App(AppNo(1)),
                SettingScope::Context(context),
                SettingScope::AllGroups,
                SettingScope::Friends,
                SettingScope::Beyond,
            ];
            let scope = scopes[world.dice.below(6) as usize];
            let blocked = world.dice.mask();
            world.happen(Event::SettingChanged(SettingChanged {
                person,
                scope,
                blocked,
                why: why(),
            }));
        }
    }
    if world.dice.below(3) == 0 {
        let facts = vec![Fact::PersonGone(PersonNo(1 + world.dice.below(6) as u32))];
        world.happen(Event::Facts(Facts { source: SourceNo(1), up_to: 2, facts }));
    }
    if world.dice.below(4) == 0 {
        let facts = vec![Fact::AdminGone(PersonNo(0), ContextNo(world.dice.below(4) as u32))];
        world.happen(Event::Facts(Facts { source: SourceNo(1), up_to: 3, facts }));
    }
}

/// Reviews, sandboxes, experiments.
fn around(world: &mut World, many: u64) {
    for _ in 0..many {
        let app = AppNo(1 + world.dice.below(2) as u32);
        let event = match world.dice.below(3) {
            0 => {
                let person = PersonNo(world.dice.below(PEOPLE.into()) as u32);
                Event::TesterAdded(TesterAdded { app, person, why: why() })
            }
            1 => {
                let context = ContextNo(world.dice.below(CONTEXTS.into()) as u32);
                Event::SandboxChanged(SandboxChanged { context, sandbox: true, why: why() })
            }
            _ => world.rules_event(),
        };
        world.happen(event);
    }
}

struct Asking<'a> {
    state: &'a State,
    now: Timestamp,
    app: AppNo,
}

impl Asking<'_> {
    /// What a chain lets out of one record, over every feature.
    fn yields(
        &self,
        chain: Chain,
        acting: Option<PersonNo>,
        context: Option<ContextNo>,
        about: &About,
    ) -> ClassMask {
        let catalog = self.state.catalog().unwrap();
        let mut all = ClassMask::NONE;
        for program in (0..PROGRAMS).map(ProgramNo) {
            for purpose in (0..PURPOSES).map(PurposeNo) {
                let mut list = catalog.operations.iter();
                let operation =
                    list.find(|one| one.program == program && one.purpose == purpose).unwrap();
                let request = Request {
                    app: self.app,
                    credential: None,
                    chain,
                    issue: self.state.issue_number(),
                    key: 0,
                    family: None,
                    acting,
                    operation: operation.number,
                    program,
                    purpose,
                    requires: ClassMask::NONE,
                    context,
                    version: catalog.version,
                    facts_up_to: self.now,
                };
                let node = Node {
                    within: None,
                    record: Some(RecordFacts {
                        kind: ObjectKind::Post,
                        object: ObjectNo(0),
                        context,
                        publication: Publication::Published,
                        time: None,
                        relation: Relation::PARTICIPANT,
                    }),
                    about: about.clone(),
                    presence: ClassMask::NONE,
                    asked: ClassMask((1 << CLASSES) - 1),
                };
                all = all | decide(self.state, &request, &[node], self.now).released[0];
            }
        }
        all
    }
}

/// People about whom each class could leave; and chains that yield the class that is about nobody.
fn asked_for(
    world: &World,
    app: AppNo,
    members: &Members,
) -> (BTreeMap<ClassNo, BTreeSet<PersonNo>>, u64, u64) {
    let asking = Asking { state: &world.state, now: world.now, app };
    let mut reached: BTreeMap<ClassNo, BTreeSet<PersonNo>> = BTreeMap::new();
    let mut meet = |person: PersonNo, classes: ClassMask| {
        for class in classes.without(ClassMask(1)).iter() {
            reached.entry(class).or_default().insert(person);
        }
    };
    let only = |person: PersonNo| About::People(std::iter::once(person).collect());
    let (mut installations, mut grants) = (0, 0);
    for (no, one) in world.state.installations().filter(|(_, one)| one.app == app) {
        let chain = Chain::Installation(no);
        for (person, context) in members.0.iter().filter(|(_, at)| *at == one.context) {
            meet(*person, asking.yields(chain, None, Some(*context), &only(*person)));
        }
        let name = asking.yields(chain, None, Some(one.context), &About::Nobody);
        installations += u64::from(!(name & ClassMask(1)).is_empty());
    }
    for (no, grant) in world.state.grants().filter(|(_, one)| one.app == app) {
        let (chain, acting) = (Chain::Grant(no), Some(grant.person));
        meet(grant.person, asking.yields(chain, acting, None, &only(grant.person)));
        let mut name = asking.yields(chain, acting, None, &About::Nobody);
        for context in &grant.contexts {
            for (person, _) in members.0.iter().filter(|(_, at)| at == context) {
                meet(*person, asking.yields(chain, acting, Some(*context), &only(*person)));
            }
            name = name | asking.yields(chain, acting, Some(*context), &About::Nobody);
        }
        grants += u64::from(!(name & ClassMask(1)).is_empty());
    }
    (reached, installations, grants)
}

#[test]
fn whom_an_app_reaches_is_whom_the_gate_would_give_it() {
    let (mut people, mut chains) = (0, 0);
    for seed in 0..400 {
        let mut world = World::new(seed, &NEEDS[(seed % 3) as usize]);
        for _ in 0..25 {
            let event = world.register_event();
            world.happen(event);
        }
        let members = populate(&mut world);
        // Who takes part in an experiment is told by what happens while it is one.
        world.cap = (seed % 2 == 0).then_some(2);
        around(&mut world, seed % 4);
        live(&mut world, &members);
        around(&mut world, seed % 3);
        let list: Vec<_> = members.0.iter().copied().collect();
        for app in [AppNo(1), AppNo(2)] {
            let held = holdings(&world.state, app, world.now, &list).unwrap();
            let (wanted, installations, grants) = asked_for(&world, app, &members);
            for one in &held.classes {
                let reached = wanted.get(&one.class).map_or(0, BTreeSet::len) as u64;
                assert_eq!(one.people, reached, "seed {seed} {app} {:?}", one.class);
                if one.class == ClassNo::new(0).unwrap() {
                    let told = (one.installations, one.grants);
                    assert_eq!(told, (installations, grants), "seed {seed} {app}");
                }
                people += reached;
                chains += one.installations + one.grants;
            }
            for class in wanted.keys() {
                assert!(held.classes.iter().any(|one| one.class == *class), "seed {seed}");
            }
            let everyone: BTreeSet<_> = wanted.values().flatten().collect();
            assert_eq!(held.people, everyone.len() as u64, "seed {seed} {app}");
        }
    }
    assert!(people > 500 && chains > 500, "{people} {chains}");
}

#[test]
fn steps_find_what_one_go_finds() {
    let mut world = World::new(5, &NEEDS[0]);
    world.agree(AppNo(1), ClassMask(0b11_1111), Timestamp::NEVER);
    let members = populate(&mut world);
    live(&mut world, &members);
    let list: Vec<_> = members.0.iter().copied().collect();
    let whole = holdings(&world.state, AppNo(1), world.now, &list).unwrap();
    let mut survey = Survey::begin(&world.state, AppNo(1), world.now).unwrap();
    let mut steps = 0;
    while let Progress::More(done, of) = survey.step(&world.state, 1) {
        assert!(done <= of);
        steps += 1;
    }
    assert!(steps > 4);
    let there = survey.contexts();
    for (person, context) in list.iter().filter(|(_, at)| there.contains(at)) {
        survey.member(&world.state, *person, *context);
    }
    assert_eq!(survey.finish(), whole);
}

/// Everything that some apps hold, by one pass for all of them, or by several if it may not keep so many numbers.
fn in_passes(
    state: &State,
    (now, list): (Timestamp, &[(PersonNo, ContextNo)]),
    (apps, most): (&BTreeSet<AppNo>, usize),
) -> (BTreeMap<AppNo, Holdings>, usize) {
    let (mut found, mut passes) = (BTreeMap::new(), 0);
    let mut due = apps.clone();
    while let Some(first) = due.first().copied() {
        passes += 1;
        let mut pass = ByApp::begin(&due, most);
        while let Progress::More(done, of) = pass.step(state, 1 + most as u32 % 3) {
            assert!(done < of);
        }
        let owned = pass.finish();
        assert_eq!(owned.first().map(|(app, _)| *app), Some(first), "each pass gets on");
        for (app, own) in owned {
            assert!(due.remove(&app), "{app} was asked for, and once");
            let Some(mut survey) = Survey::among(state, app, own, now) else { continue };
            while survey.step(state, 2) != Progress::Done {}
            let there = survey.contexts();
            for (person, context) in list.iter().filter(|(_, at)| there.contains(at)) {
                survey.member(state, *person, *context);
            }
            found.insert(app, survey.finish());
        }
    }
    (found, passes)
}

#[test]
fn one_pass_for_many_apps_finds_what_a_count_of_each_finds() {
    let (mut chains, mut most_passes) = (0, 0);
    for seed in 0..200 {
        let mut world = World::new(seed, &NEEDS[(seed % 3) as usize]);
        for _ in 0..25 {
            let event = world.register_event();
            world.happen(event);
        }
        let members = populate(&mut world);
        around(&mut world, seed % 4);
        live(&mut world, &members);
        live(&mut world, &members);
        around(&mut world, seed % 3);
        let list: Vec<_> = members.0.iter().copied().collect();
        let (state, now) = (&world.state, world.now);
        // App 3 has nothing, and there is no app 9.
        let apps: BTreeSet<AppNo> = match seed % 3 {
            0 => [1, 2, 3, 9].map(AppNo).into(),
            1 => [2, 3].map(AppNo).into(),
            _ => [1].map(AppNo).into(),
        };
        let alone: BTreeMap<AppNo, Holdings> = apps
            .iter()
            .filter_map(|app| Some((*app, holdings(state, *app, now, &list)?)))
            .collect();
        for most in [usize::MAX, 6, 0] {
            let (together, passes) = in_passes(state, (now, &list), (&apps, most));
            assert_eq!(together, alone, "seed {seed}, {most} numbers at most");
            assert!(most < 7 || passes == 1);
            most_passes = most_passes.max(passes);
        }
        chains += alone.values().map(|one| one.grants + one.standing.len() as u64).sum::<u64>();
    }
    assert!(chains > 500 && most_passes >= 2, "{chains} {most_passes}");
}

#[test]
fn a_pass_keeps_no_more_numbers_than_it_may() {
    let mut world = World::new(5, &NEEDS[0]);
    populate(&mut world);
    for no in 0..40 {
        let Event::GrantMade(made) = for_ever(&world.state, PersonNo(no % PEOPLE)) else {
            unreachable!()
        };
        let app = AppNo(1 + no % 4);
        world.happen(Event::GrantMade(GrantMade { app, ..made }));
    }
    let apps: BTreeSet<AppNo> = [1, 2, 3, 4].map(AppNo).into();
    for (most, kept) in [(40, 4), (39, 3), (30, 3), (29, 2), (10, 1), (3, 1)] {
        let mut pass = ByApp::begin(&apps, most);
        while pass.step(&world.state, 7) != Progress::Done {}
        let found: Vec<AppNo> = pass.finish().into_iter().map(|(app, _)| app).collect();
        assert_eq!(found, (1..=kept).map(AppNo).collect::<Vec<_>>(), "{most}");
    }
}

#[test]
fn a_census_in_pieces_is_a_recount_app_by_app() {
    let (mut seen, mut idle) = (Standing::default(), 0);
    for seed in 0..60 {
        let mut world = World::new(seed, &NEEDS[0]);
        let members = populate(&mut world);
        live(&mut world, &members);
        live(&mut world, &members);
        let mut now = world.now;
        if seed % 2 == 1 {
            world.happen(idle_after_a_day());
            // Two that are for ever, of whom the first goes idle before the second.
            for person in [PersonNo(1), PersonNo(2)] {
                world.now = world.now.plus(Millis::days(1));
                let grant = for_ever(&world.state, person);
                world.happen(grant);
            }
            now = world.now;
        }
        let state = &world.state;
        idle += state
            .grants()
            .filter(|(_, one)| !one.ended && now < one.expires_at && state.idle_at(one) <= now)
            .count();
        let recount = |of: Option<AppNo>| {
            let is_meant = |app: AppNo| of.is_none_or(|of| of == app);
            let here = || state.installations().filter(|(_, one)| is_meant(one.app) && !one.ended);
            let standing = here().filter(|(_, one)| state.is_standing(one)).count();
            let lapsed = here().count() - standing;
            let grants = state.grants().filter(|(_, one)| is_meant(one.app) && !one.ended);
            let grants = grants.filter(|(_, one)| now < state.ends_at(one)).count();
            Standing {
                installations: standing as u64,
                lapsed: lapsed as u64,
                grants: grants as u64,
            }
        };
        let mut census = Census::begin(now);
        while census.step(state, 1 + seed as u32 % 3) != Progress::Done {}
        assert_eq!(census.all(), recount(None), "seed {seed}");
        for app in (0..6).map(AppNo) {
            assert_eq!(census.of(app), recount(Some(app)), "seed {seed} {app}");
        }
        seen.installations += census.all().installations;
        seen.lapsed += census.all().lapsed;
        seen.grants += census.all().grants;
    }
    assert!(seen.installations > 50 && seen.lapsed > 10 && seen.grants > 50, "{seen:?}");
    assert!(idle > 20, "{idle} grants went idle before their end");
}

fn for_ever(state: &State, person: PersonNo) -> Event {
    Event::GrantMade(GrantMade {
        grant: state.next_grant(),
        app: AppNo(1),
        person,
        classes: ClassMask(1),
        contexts: Vec::new(),
        expires_at: Timestamp::NEVER,
        ends: None,
        once: None,
        purposes: None,
        why: why(),
    })
}

fn idle_after_a_day() -> Event {
    let document =
        br#"{"policy": "idle", "title": "", "programs": {}, "expiry": {"idle_days": 1}}"#;
    let document = consent::Policy::parse(document).unwrap().canonical();
    Event::PolicyActivated(PolicyActivated { document, why: why() })
}
