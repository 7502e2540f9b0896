//! Events aimed at a decision: such as may well change it. Chance alone seldom meets its people and places.

use crate::around;
use crate::asks::Ask;
use crate::world::{Installed, World};
use ledger::{
    About, AgreementEnded, AppList, AppStatusChanged, AppsSuspended, CertificationEnded,
    ClassesUsed, CodeRedeemed, CredentialEnded, CutOff, CutOffSubject, Event, ExceptionEnded,
    ExceptionMade, Fact, Facts, FamilyEnded, GrantEnded, GrantMade, GrantSpent, InstallationBacked,
    InstallationEnded, InstallationNarrowed, OptIn, OptOut, PartnerStatusChanged,
    ProgramStatusChanged, ReviewWithdrawn, SandboxChanged, SettingChanged, SettingScope,
    SuspensionLifted, TesterRemoved, VersionChanged, Why,
};
use model::{
    Actor, AgreementNo, AppNo, AppStatus, CertificationNo, Chain, ClassMask, ContextNo, PartnerNo,
    PartnerStatus, PersonNo, Position, ProgramStatus, SourceNo, Timestamp,
};

const fn why() -> Why {
    Why::by(Actor::Operator)
}

/// Whom and what a decision is about.
struct Aim {
    app: AppNo,
    person: PersonNo,
    context: ContextNo,
    classes: ClassMask,
}

pub fn aimed(world: &mut World, ask: &Ask) -> Option<Event> {
    let mut people: Vec<PersonNo> = ask.request.acting.into_iter().collect();
    let mut contexts: Vec<ContextNo> = ask.request.context.into_iter().collect();
    for node in &ask.nodes {
        if let About::People(about) = &node.about {
            people.extend(about.iter().copied());
        }
        contexts.extend(node.record.as_ref().and_then(|record| record.context));
    }
    // Only who is about can choose anything; facts are told of whoever was told of.
    people.retain(|person| world.people.contains(person));
    contexts.retain(|context| world.contexts.contains(context));
    let aim = Aim {
        app: ask.request.app,
        person: *world.dice.pick(&people)?,
        context: *world.dice.pick(&contexts)?,
        classes: world.most_classes(),
    };
    match world.dice.below(12) {
        10 | 11 => by_rules(world, ask, &aim),
        0..=2 => by_person(world, &aim),
        3..=4 => by_fact(world, &aim),
        5..=6 => by_admin(world, &aim),
        7 => by_grant(world, ask, &aim),
        8 => Some(by_cut_off(world, ask, &aim)),
        _ => by_staff(world, ask, &aim),
    }
}

/// The app's installation in the context, lapsed or not.
fn here<'w>(world: &'w World, aim: &Aim) -> Option<&'w Installed> {
    let mut all = world.installations.iter();
    all.find(|one| one.app == aim.app && one.context == aim.context && !one.ended)
}

fn by_person(world: &mut World, aim: &Aim) -> Option<Event> {
    let Aim { app, person, context, classes } = *aim;
    let scope = match world.dice.below(8) {
        6 => SettingScope::Friends,
        7 => SettingScope::Beyond,
        0 => SettingScope::AllApps,
        1 => SettingScope::App(app),
        2 => SettingScope::Context(context),
        3 => SettingScope::AllGroups,
        4 => {
            let installation = here(world, aim)?.number;
            return Some(Event::OptIn(OptIn { person, installation, app, classes, why: why() }));
        }
        _ => {
            let installation = here(world, aim)?.number;
            return Some(Event::OptOut(OptOut { person, installation, app, classes, why: why() }));
        }
    };
    let chance = if world.dice.percent(70) { 100 } else { 0 };
    let blocked = world.dice.some_of(classes, chance);
    Some(Event::SettingChanged(SettingChanged { person, scope, blocked, why: why() }))
}

fn by_fact(world: &mut World, aim: &Aim) -> Option<Event> {
    let backers: Vec<PersonNo> =
        here(world, aim).into_iter().flat_map(|one| one.backers.iter().copied()).collect();
    let backer = world.dice.pick(&backers).copied().unwrap_or(aim.person);
    let fact = match world.dice.below(7) {
        0 => Fact::MemberGone(aim.person, aim.context),
        1 => Fact::MemberGone(backer, aim.context),
        2 => Fact::AdminGone(backer, aim.context),
        3 => Fact::PersonGone(aim.person),
        4 => Fact::PersonGone(backer),
        5 => Fact::ContextGone(aim.context),
        _ => Fact::Person(world.anybody()),
    };
    let facts = Facts { source: SourceNo(0), up_to: world.facts + 1, facts: vec![fact] };
    Some(Event::Facts(facts))
}

fn by_admin(world: &mut World, aim: &Aim) -> Option<Event> {
    let (installation, app, allowed) =
        here(world, aim).map(|one| (one.number, one.app, one.classes))?;
    let admins = world.admins.iter().filter(|(_, context)| *context == aim.context);
    let admins: Vec<PersonNo> =
        admins.map(|(person, _)| *person).filter(|person| world.people.contains(person)).collect();
    Some(match (world.dice.below(3), world.dice.pick(&admins).copied()) {
        (0, Some(backer)) => {
            Event::InstallationBacked(InstallationBacked { installation, app, backer, why: why() })
        }
        (1, _) => {
            let ended = InstallationEnded { installation, app, why: why() };
            Event::InstallationEnded(ended)
        }
        _ => {
            let classes = world.dice.some_of(allowed, 60);
            let narrowed = InstallationNarrowed { installation, app, classes, why: why() };
            Event::InstallationNarrowed(narrowed)
        }
    })
}

fn by_grant(world: &mut World, ask: &Ask, aim: &Aim) -> Option<Event> {
    let Chain::Grant(grant) = ask.request.chain else { return None };
    let person = ask.request.acting?;
    match world.dice.below(10) {
        0 => {
            let (app, classes) = (aim.app, aim.classes);
            return Some(Event::GrantSpent(GrantSpent { grant, app, classes }));
        }
        1 => {
            let code = Position(world.events.len() as u64);
            return Some(Event::CodeRedeemed(CodeRedeemed { grant, app: aim.app, code }));
        }
        2 => {
            let (family, app) = (ask.request.family?, aim.app);
            return Some(Event::FamilyEnded(FamilyEnded { grant, app, family, why: why() }));
        }
        _ => {}
    }
    if world.dice.percent(30) {
        return Some(Event::GrantEnded(GrantEnded { grant, app: aim.app, why: why() }));
    }
    let expires_at = Timestamp(world.time.0 + 1 + world.dice.below(2_000_000_000));
    let contexts = if world.dice.percent(60) { vec![aim.context] } else { Vec::new() };
    let (app, classes) = (aim.app, aim.classes);
    let (ends, once, purposes) = around::terms(world);
    let made = GrantMade {
        grant,
        app,
        person,
        classes,
        contexts,
        expires_at,
        why: why(),
        ends,
        once,
        purposes,
    };
    Some(Event::GrantMade(made))
}

fn by_cut_off(world: &mut World, ask: &Ask, aim: &Aim) -> Event {
    let chain = match ask.request.chain {
        Chain::Grant(grant) => CutOffSubject::Grant(grant),
        Chain::Installation(installation) => CutOffSubject::Installation(installation),
    };
    let subject = match (world.dice.below(8), ask.request.credential) {
        (0, _) => CutOffSubject::Platform,
        (1, _) => CutOffSubject::Key(ask.request.key),
        (2, _) => CutOffSubject::App(aim.app),
        (3, _) => CutOffSubject::Context(aim.context),
        (4, _) => CutOffSubject::Person(aim.person),
        (5, _) => CutOffSubject::PersonApp(aim.person, aim.app),
        (6, Some(credential)) => CutOffSubject::Credential(credential),
        _ => chain,
    };
    Event::CutOff(CutOff { subject, why: why() })
}

fn by_staff(world: &mut World, ask: &Ask, aim: &Aim) -> Option<Event> {
    let app = aim.app;
    let number = |apps: &[AppNo], at: u64| {
        let own: Vec<usize> = (0..apps.len()).filter(|no| apps[*no] == app).collect();
        own.get(at as usize % own.len().max(1)).map(|no| u32::try_from(*no).unwrap())
    };
    let at = world.dice.below(100);
    match world.dice.below(6) {
        0 => {
            let agreement = AgreementNo(number(&world.agreements, at)?);
            Some(Event::AgreementEnded(AgreementEnded { agreement, app, why: why() }))
        }
        1 => {
            let certification = CertificationNo(number(&world.certifications, at)?);
            Some(Event::CertificationEnded(CertificationEnded { certification, app, why: why() }))
        }
        2 => {
            let credential = ask.request.credential?;
            Some(Event::CredentialEnded(CredentialEnded { credential, app, why: why() }))
        }
        3 => {
            let status = AppStatus::Suspended;
            Some(Event::AppStatusChanged(AppStatusChanged { app, status, why: why() }))
        }
        4 => {
            let (partner, status) = (PartnerNo(app.0 % 3), PartnerStatus::Suspended);
            Some(Event::PartnerStatusChanged(PartnerStatusChanged { partner, status, why: why() }))
        }
        _ => {
            let (program, status) = (ask.request.program, ProgramStatus::Closed);
            Some(Event::ProgramStatusChanged(ProgramStatusChanged {
                program,
                status,
                why: why(),
                until: None,
                cap: None,
            }))
        }
    }
}

/// Versions, suspensions of many, exceptions, reviews, testers, sandboxes, experiments, use.
fn by_rules(world: &mut World, ask: &Ask, aim: &Aim) -> Option<Event> {
    let Aim { app, person, context, classes } = *aim;
    let (program, version, why) = (ask.request.program, ask.request.version, why());
    let known = world.state.numbering().programs.values().any(|one| *one == program);
    Some(match world.dice.below(10) {
        0 => {
            let sunset = world.dice.percent(80).then_some(world.time);
            Event::VersionChanged(VersionChanged { version, deprecated_at: None, sunset, why })
        }
        1 => {
            let apps = AppList::new(vec![app]);
            Event::AppsSuspended(AppsSuspended { apps, selection: None, why })
        }
        2 => {
            let suspension = *world.dice.pick(&world.suspensions.clone())?;
            Event::SuspensionLifted(SuspensionLifted { suspension, why })
        }
        3 if known => Event::ExceptionEnded(ExceptionEnded { program, app, why }),
        4 if known => {
            let until = Timestamp(world.time.0 + world.dice.below(2_000_000_000));
            Event::ExceptionMade(ExceptionMade { program, app, until, why })
        }
        5 => Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why }),
        6 => Event::TesterRemoved(TesterRemoved { app, person, why }),
        7 => {
            Event::SandboxChanged(SandboxChanged { context, sandbox: world.dice.percent(30), why })
        }
        8 if known => {
            let cap = Some(world.dice.up_to(4));
            let status = ProgramStatus::Experimental;
            let changed = ProgramStatusChanged { program, status, why, until: None, cap };
            Event::ProgramStatusChanged(changed)
        }
        _ => {
            let day = world.time.day();
            Event::ClassesUsed(ClassesUsed { app, classes, day })
        }
    })
}
