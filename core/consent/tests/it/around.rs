//! Random events of the rules around the gate: reviews, versions, suspensions of many, exceptions, use, reports, cases.

use crate::documents::{self, VERSIONS};
use crate::happenings;
use crate::world::{HOUR, World};
use ledger::{
    AppChanged, AppList, AppReported, AppealDecided, AppsSuspended, AuditedAgreement,
    AuditedCatalog, AuditedChange, AuditedException, AuditedPolicy, AuditedProgram, CaseAppealed,
    CaseClosed, CaseNoted, CaseOpened, ChangeAudited, ClassEnd, ClassesUsed, CodeRedeemed, Event,
    ExceptionEnded, ExceptionMade, FamilyEnded, FindingRaised, GrantSpent, IdentityLookedUp,
    PartnerChanged, ProbesRun, ProgramStatusChanged, RefreshRotated, ReportAcknowledged,
    ReportIssued, ReviewPassed, ReviewWithdrawn, SandboxChanged, StaffEnded, StaffMade,
    StaffRoleChanged, SuspensionLifted, TesterAdded, TesterRemoved, VersionChanged, Why,
};
use model::{
    Actor, AppNo, CaseKind, CaseNo, CaseOutcome, ClassMask, Condition, ContextNo, GrantNo, Millis,
    PartnerNo, PersonNo, Position, ProgramNo, ProgramStatus, PurposeNo, StaffNo, StaffRole,
    Timestamp,
};

const fn staff() -> Why {
    Why::by(Actor::Operator)
}

/// The event of this kind (of four hundred), if the world has what it takes.
pub fn make(world: &mut World, kind: u64) -> Option<Event> {
    match kind {
        0..=39 => Some(version(world)),
        40..=49 => Some(audited(world)),
        50..=64 => Some(suspended(world)),
        65..=99 => lifted(world),
        100..=139 => exception(world),
        140..=149 => exception_ended(world),
        150..=179 => used(world),
        180..=199 => spent(world),
        200..=239 => code(world),
        240..=249 => rotated(world),
        250..=259 => family_ended(world),
        260..=299 => Some(tester(world)),
        300..=324 => Some(sandbox(world)),
        325..=359 => Some(review(world)),
        360..=379 => Some(conduct(world)),
        _ => Some(told(world)),
    }
}

fn made_app(world: &mut World) -> AppNo {
    let apps = world.apps.clone();
    world.dice.pick(&apps).copied().unwrap_or(AppNo(0))
}

fn some_program(world: &mut World) -> Option<ProgramNo> {
    let all: Vec<ProgramNo> = world.state.numbering().programs.values().copied().collect();
    world.dice.pick(&all).copied()
}

fn version(world: &mut World) -> Event {
    let version = VERSIONS[world.dice.below(VERSIONS.len() as u64) as usize].parse().unwrap();
    let sunset = match world.dice.below(10) {
        0 => Some(world.time),
        1..=4 => Some(world.later()),
        _ => None,
    };
    let deprecated_at = world.dice.percent(50).then_some(world.time);
    Event::VersionChanged(VersionChanged { version, deprecated_at, sunset, why: staff() })
}

fn audited(world: &mut World) -> Event {
    let change = if world.dice.percent(70) { weighed(world) } else { None };
    Event::ChangeAudited(ChangeAudited { change, why: staff() })
}

/// A change that somebody weighs: of each kind there is, if the world has what it takes.
pub fn weighed(world: &mut World) -> Option<AuditedChange> {
    Some(match world.dice.below(5) {
        0 => match documents::policy(&mut world.dice) {
            Event::PolicyActivated(one) => {
                AuditedChange::Policy(AuditedPolicy { document: one.document })
            }
            _ => return None,
        },
        1 => match happenings::make(world, 0) {
            Some(Event::CatalogActivated(one)) => {
                let (document, keeps) = (one.document, one.keeps);
                AuditedChange::Catalog(AuditedCatalog { document, keeps })
            }
            _ => return None,
        },
        2 => match happenings::make(world, 85) {
            Some(Event::AgreementMade(one)) => {
                let standing = world.state.app(one.app).map(|app| app.agreements.clone());
                let replaces = world.dice.pick(&standing.unwrap_or_default()).copied();
                AuditedChange::Agreement(AuditedAgreement {
                    app: one.app,
                    program: one.program,
                    classes: one.classes,
                    purposes: one.purposes,
                    from: one.from,
                    until: one.until,
                    replaces: replaces.filter(|_| world.dice.percent(70)),
                })
            }
            _ => return None,
        },
        3 => match happenings::make(world, 125) {
            Some(Event::AgreementEnded(one)) => AuditedChange::AgreementEnd(one.agreement),
            _ => return None,
        },
        _ => match happenings::make(world, 67) {
            Some(Event::ProgramStatusChanged(one)) => {
                let closed = one.status == ProgramStatus::Closed;
                let exceptions = (closed && world.dice.percent(50)).then(|| {
                    let (app, until) = (made_app(world), world.later());
                    vec![AuditedException { app, until }]
                });
                let ProgramStatusChanged { program, status, until, cap, .. } = one;
                let stage = AuditedProgram { program, status, until, cap, exceptions };
                let restricted = AuditedProgram {
                    status: ProgramStatus::Restricted,
                    until: None,
                    cap: None,
                    exceptions: None,
                    ..stage.clone()
                };
                // Random stages are rarely this one.
                AuditedChange::Program(if world.dice.percent(40) { restricted } else { stage })
            }
            _ => return None,
        },
    })
}

fn suspended(world: &mut World) -> Event {
    let mut apps = world.apps.clone();
    apps.retain(|_| world.dice.percent(30));
    let selection = Some("category:quiz".to_owned());
    Event::AppsSuspended(AppsSuspended { apps: AppList::new(apps), selection, why: staff() })
}

fn lifted(world: &mut World) -> Option<Event> {
    let all = world.suspensions.clone();
    let suspension = *world.dice.pick(&all)?;
    Some(Event::SuspensionLifted(SuspensionLifted { suspension, why: staff() }))
}

/// Mostly of a program that is closed: elsewhere it waits for that.
fn exception(world: &mut World) -> Option<Event> {
    let (any, app) = (some_program(world)?, made_app(world));
    let closed = world.state.programs().find(|(_, one)| one.status == ProgramStatus::Closed);
    let closed = closed.map(|(program, _)| program).filter(|_| world.dice.percent(80));
    let until = if world.dice.percent(50) {
        let soon = Timestamp(world.time.0 + 1 + world.dice.below(30 * HOUR));
        world.instants.push(soon);
        soon
    } else {
        world.later()
    };
    let program = closed.unwrap_or(any);
    Some(Event::ExceptionMade(ExceptionMade { program, app, until, why: staff() }))
}

fn exception_ended(world: &mut World) -> Option<Event> {
    let (program, app) = (some_program(world)?, made_app(world));
    Some(Event::ExceptionEnded(ExceptionEnded { program, app, why: staff() }))
}

fn used(world: &mut World) -> Option<Event> {
    let app = made_app(world);
    let all = world.most_classes();
    let classes = world.dice.some_of(all, 50);
    let day = world.time.day() - world.dice.up_to(3);
    Some(Event::ClassesUsed(ClassesUsed { app, classes, day }))
}

fn some_grant(world: &mut World) -> Option<(GrantNo, AppNo)> {
    let standing: Vec<_> =
        world.grants.iter().filter(|one| !one.ended).map(|one| (one.number, one.app)).collect();
    world.dice.pick(&standing).copied()
}

fn spent(world: &mut World) -> Option<Event> {
    let (grant, app) = some_grant(world)?;
    let all = world.most_classes();
    let classes = world.dice.some_of(all, 50);
    Some(Event::GrantSpent(GrantSpent { grant, app, classes }))
}

/// Now and then to the grant that has most families already, so that the oldest is crowded out.
fn code(world: &mut World) -> Option<Event> {
    let fullest =
        world.grants.iter().filter(|one| !one.ended).max_by_key(|one| {
            world.state.grant(one.number).map_or(0, |grant| grant.families.len())
        });
    let fullest = fullest.map(|one| (one.number, one.app))?;
    let some = some_grant(world)?;
    let (grant, app) = if world.dice.percent(60) { fullest } else { some };
    let code = Position(world.events.len() as u64);
    Some(Event::CodeRedeemed(CodeRedeemed { grant, app, code }))
}

fn living_family(world: &mut World) -> Option<(GrantNo, AppNo, Position, u32)> {
    let (grant, app) = some_grant(world)?;
    let families = world.state.grant(grant)?.families.clone();
    let family = world.dice.pick(&families)?;
    Some((grant, app, family.id, family.counter))
}

fn rotated(world: &mut World) -> Option<Event> {
    let (grant, app, family, counter) = living_family(world)?;
    Some(Event::RefreshRotated(RefreshRotated { grant, app, family, counter: counter + 1 }))
}

fn family_ended(world: &mut World) -> Option<Event> {
    let (grant, app, family, _) = living_family(world)?;
    Some(Event::FamilyEnded(FamilyEnded { grant, app, family, why: staff() }))
}

fn tester(world: &mut World) -> Event {
    let (app, person) = (made_app(world), world.anybody());
    if world.dice.percent(70) {
        Event::TesterAdded(TesterAdded { app, person, why: staff() })
    } else {
        Event::TesterRemoved(TesterRemoved { app, person, why: staff() })
    }
}

fn sandbox(world: &mut World) -> Event {
    let context = world.some_context().unwrap_or(ContextNo(0));
    let sandbox = world.dice.percent(50);
    Event::SandboxChanged(SandboxChanged { context, sandbox, why: staff() })
}

fn review(world: &mut World) -> Event {
    let (app, all) = (made_app(world), world.most_classes());
    if world.dice.percent(65) {
        Event::ReviewPassed(ReviewPassed { app, classes: all, why: staff() })
    } else {
        let classes = world.dice.some_of(all, 30);
        Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why: staff() })
    }
}

/// What decides nothing.
fn conduct(world: &mut World) -> Event {
    let (app, why) = (made_app(world), staff());
    let case = CaseNo(world.dice.up_to(world.cases.max(1)));
    let opened = world.cases > 0;
    match world.dice.below(9) {
        1 if opened => {
            let attached = Some(Position(0));
            Event::CaseNoted(CaseNoted { case, app, shown: world.dice.percent(50), attached, why })
        }
        2 if opened => {
            Event::CaseClosed(CaseClosed { case, app, outcome: CaseOutcome::Removed, why })
        }
        3 if opened => Event::CaseAppealed(CaseAppealed { case, app, why }),
        4 if opened => Event::AppealDecided(AppealDecided { case, app, upheld: true, why }),
        5 => Event::AppReported(AppReported { person: world.anybody(), app, why }),
        6 => {
            let finding = "probe-passed".to_owned();
            Event::FindingRaised(FindingRaised { app: Some(app), finding, why })
        }
        7 => {
            let (passed, untried) = (vec![Condition::GrantExpiry], Vec::new());
            Event::ProbesRun(ProbesRun { tried: 3, passed, untried, why })
        }
        8 => {
            // Due or not: a report decides nothing.
            let due = Timestamp(world.time.0 + world.dice.below(HOUR));
            Event::ReportIssued(ReportIssued { app, due, report: [7; 32], why })
        }
        _ => {
            let case = CaseNo(world.cases);
            Event::CaseOpened(CaseOpened { case, app, kind: CaseKind::Inquiry, finding: None, why })
        }
    }
}

/// What decides nothing either.
fn told(world: &mut World) -> Event {
    let (app, why, number) = (made_app(world), staff(), StaffNo(world.dice.up_to(3)));
    match world.dice.below(7) {
        0 => Event::StaffMade(StaffMade { staff: number, role: None, why }),
        1 if world.state.is_staff(number) => {
            let role = StaffRole::Auditor;
            Event::StaffRoleChanged(StaffRoleChanged { staff: number, role, why })
        }
        2 => Event::StaffEnded(StaffEnded { staff: number, why }),
        3 => Event::IdentityLookedUp(IdentityLookedUp { person: world.anybody(), why }),
        4 => {
            let report = world.state.app(app).and_then(|app| app.report);
            let report = report.map_or(Position(0), |(report, _)| report);
            Event::ReportAcknowledged(ReportAcknowledged { app, report, why })
        }
        5 => {
            let partner = PartnerNo(0);
            Event::PartnerChanged(PartnerChanged { partner, details: [3; 32], why })
        }
        _ => {
            let (details, category) = (Some([4; 32]), Some("quiz".to_owned()));
            Event::AppChanged(AppChanged { app, redirects: Vec::new(), details, category, why })
        }
    }
}

/// What a grant may say beyond the usual: ends of classes, classes for one time, purposes.
pub type Terms = (Option<Vec<ClassEnd>>, Option<ClassMask>, Option<Vec<PurposeNo>>);

pub fn terms(world: &mut World) -> Terms {
    let all = world.most_classes();
    let ends = world.dice.percent(25).then(|| {
        (0..=world.dice.below(3))
            .map(|_| ClassEnd { classes: world.dice.some_of(all, 30), until: world.later() })
            .collect()
    });
    let once = world.dice.percent(20).then(|| world.dice.some_of(all, 30));
    let purposes = world.dice.percent(20).then(|| {
        let mut purposes: Vec<PurposeNo> =
            world.state.numbering().purposes.values().copied().collect();
        purposes.retain(|_| world.dice.percent(60));
        purposes
    });
    (ends, once, purposes)
}

/// Instants at which the policy in force ends something for want of use, if this was the last use.
pub fn remember(world: &mut World, position: Position, event: &Event) {
    match event {
        Event::AppsSuspended(_) => world.suspensions.push(position),
        Event::CaseOpened(_) => world.cases += 1,
        Event::GrantMade(_) | Event::CodeRedeemed(_) => {
            let at = world.time;
            let idle = world.state.rules().idle;
            world.instants.extend(idle.map(|length| at.plus(length)));
        }
        Event::AgreementMade(made) => dark(world, made.from.max(world.time)),
        Event::ClassesUsed(used) => dark(world, Timestamp::end_of_day(used.day)),
        // What was in use goes on from then under the new policy.
        Event::PolicyActivated(_) => {
            let made: Vec<Timestamp> = world
                .state
                .grants()
                .map(|(_, grant)| grant.active_at)
                .chain(world.state.rules().idle.map(|_| world.time))
                .collect();
            let idle = world.state.rules().idle.unwrap_or(Millis::days(1));
            world.instants.extend(made.into_iter().map(|at| at.plus(idle)));
        }
        _ => {}
    }
}

fn dark(world: &mut World, last: Timestamp) {
    let lengths: Vec<Millis> =
        world.state.rules().unused().iter().map(|(_, length)| *length).collect();
    if let Some(length) = world.dice.pick(&lengths) {
        world.instants.push(last.plus(*length));
    }
}

/// Somebody to test an app from the start, and some apps that go on should their program close.
pub fn testers_and_exceptions(world: &mut World) {
    for _ in 0..6 {
        let (app, person) = (made_app(world), PersonNo(1 + world.dice.up_to(7)));
        world.happen(Event::TesterAdded(TesterAdded { app, person, why: staff() }));
        if let Some(event) = exception(world) {
            world.happen(event);
        }
    }
}
