//! What actors want to end or widen, and the job that turns it into events at its turn under the lock.

use crate::rng::Rng;
use crate::rules::Rule;
use crate::world::{self, APPS, CONTEXTS, PEOPLE, POLICIES, PROGRAM, Upstream, class, why};
use consent::{Request, State};
use ledger::{
    About, AgreementEnded, AppStatusChanged, CertificationEnded, CutOff, CutOffSubject, Event,
    Fact, Facts, GrantEnded, InstallationBacked, InstallationEnded, InstallationMade,
    InstallationNarrowed, Node, OptIn, OptOut, PartnerStatusChanged, ProgramStatusChanged,
    SettingChanged, SettingScope,
};
use model::{
    AgreementNo, AppNo, AppStatus, CertificationNo, Chain, ClassMask, ContextNo, CredentialNo, Env,
    GrantNo, InstallationNo, ObjectKind, ObjectNo, PartnerNo, PartnerStatus, PersonNo,
    ProgramStatus,
};
use sequence::{Job, Lookup, Prepared, Recent, VaultWrite};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    OptOut(PersonNo, InstallationNo, ClassMask),
    OptIn(PersonNo, InstallationNo, ClassMask),
    Setting(PersonNo, SettingScope, ClassMask),
    Grant(PersonNo, AppNo, u64),
    GrantEnded(GrantNo),
    App(AppNo, AppStatus),
    Partner(PartnerNo, PartnerStatus),
    Program(ProgramStatus),
    Enable(AppNo, ContextNo),
    Disable(InstallationNo),
    Narrow(InstallationNo, ClassMask),
    Back(InstallationNo),
    Admin(PersonNo, ContextNo),
    AdminGone(PersonNo, ContextNo),
    Member(PersonNo, ContextNo),
    MemberGone(PersonNo, ContextNo),
    PersonGone(PersonNo),
    ObjectGone(ObjectNo),
    CutOff(CutOffSubject),
    Policy(usize),
    Catalog(u64),
    Agreement(AppNo, u64, u64),
    AgreementEnded(AgreementNo),
    Certification(AppNo, u64),
    CertificationEnded(CertificationNo),
    Rule(Rule),
    /// An authorization of which some classes are for one time, and one ends early.
    GrantOnce(PersonNo, AppNo, u64),
    /// Two that belong together: one call, two events.
    Both(Box<Intent>, Box<Intent>),
}

impl Intent {
    /// Something to want, mostly an end.
    pub(crate) fn any(rng: &mut Rng, now: u64, upstream: &Upstream) -> Self {
        let person = PersonNo(rng.small(PEOPLE));
        let context = ContextNo(rng.small(CONTEXTS));
        let app = AppNo(1 + rng.small(APPS));
        let installation = InstallationNo(rng.small(APPS * CONTEXTS + 4));
        let grant = GrantNo(rng.small(PEOPLE + 6));
        let classes =
            rng.pick(&[class::EVERY, class::MEMBER_NAME, class::POST_AUTHOR, class::POST_CONTENT]);
        let classes = classes.unwrap_or(class::EVERY);
        match rng.below(84) {
            64..=77 => Self::Rule(Rule::any(rng, now)),
            78..=83 => Self::GrantOnce(person, app, now + rng.between(500, 200_000)),
            0..=8 => Self::OptOut(person, installation, classes),
            9..=18 => Self::OptIn(person, installation, classes),
            19..=24 => {
                let scope = Self::scope(rng, app, context);
                Self::Setting(person, scope, if rng.one_in(2) { classes } else { ClassMask::NONE })
            }
            25..=28 => Self::Grant(person, app, now + rng.between(500, 200_000)),
            29 => Self::GrantEnded(grant),
            30 if rng.one_in(2) => Self::App(app, AppStatus::Suspended),
            30..=33 => Self::App(app, AppStatus::Active),
            34 if rng.one_in(3) => {
                Self::Partner(PartnerNo(1 + rng.small(2)), PartnerStatus::Suspended)
            }
            34..=37 => Self::Partner(PartnerNo(1 + rng.small(2)), PartnerStatus::Active),
            38 if rng.one_in(6) => Self::Program(ProgramStatus::Closed),
            38..=40 => Self::Program(ProgramStatus::Live),
            41 => Self::Disable(installation),
            42..=43 => Self::Enable(app, context),
            44 => Self::Narrow(installation, class::EVERY.without(classes)),
            45..=46 => Self::Back(installation),
            47 => Self::AdminGone(person, context),
            48 => Self::Admin(person, context),
            49 => Self::MemberGone(person, context),
            50 => Self::Member(person, context),
            51 if rng.one_in(6) => Self::PersonGone(person),
            51..=54 => Self::ObjectGone(upstream.any_post(rng)),
            55 => Self::CutOff(Self::subject(rng, person, app, installation, grant, context)),
            56..=57 => Self::Policy(usize::try_from(rng.below(POLICIES as u64)).unwrap_or(0)),
            58 if rng.one_in(4) => Self::Catalog(now),
            59..=60 => {
                let from = now + rng.below(3_000);
                Self::Agreement(app, from, from + rng.between(1, 60_000))
            }
            61 => Self::Certification(app, now + rng.below(3_000)),
            62 if rng.one_in(2) => Self::AgreementEnded(AgreementNo(1 + rng.small(APPS))),
            62 => Self::CertificationEnded(CertificationNo(1 + rng.small(APPS))),
            _ => Self::Both(
                Box::new(Self::OptOut(person, installation, classes)),
                Box::new(Self::Setting(person, SettingScope::App(app), classes)),
            ),
        }
    }

    /// An end that concerns an answer which is on its way.
    pub(crate) fn against(
        rng: &mut Rng,
        now: u64,
        request: &Request,
        nodes: &[Node],
    ) -> Option<Self> {
        let people: Vec<PersonNo> = nodes
            .iter()
            .filter_map(|node| match &node.about {
                About::People(people) => people.first().copied(),
                About::Nobody | About::Unresolvable => None,
            })
            .collect();
        let posts: Vec<ObjectNo> = nodes
            .iter()
            .filter_map(|node| node.record.as_ref())
            .filter(|record| record.kind == ObjectKind::Post)
            .map(|record| record.object)
            .collect();
        let person = rng.pick(&people)?;
        let context = request.context?;
        match rng.below(20) {
            16..=18 => Some(Self::Rule(Rule::about(rng, now, (request.app, person, context)))),
            19 => {
                let scope =
                    if rng.one_in(2) { SettingScope::Beyond } else { SettingScope::Friends };
                Some(Self::Setting(person, scope, class::EVERY))
            }
            0..=1 => rng.pick(&posts).map(Self::ObjectGone),
            2 => Some(Self::MemberGone(person, context)),
            3..=5 => {
                let scope = Self::scope(rng, request.app, context);
                Some(Self::Setting(person, scope, class::EVERY))
            }
            6 => Some(Self::Setting(person, SettingScope::App(request.app), ClassMask::NONE)),
            // Taken and given back at once: whoever had it in between had it taken.
            7 => {
                let scope = SettingScope::App(request.app);
                let set = |blocked| Box::new(Self::Setting(person, scope, blocked));
                Some(Self::Both(set(class::EVERY), set(ClassMask::NONE)))
            }
            8..=12 => {
                let installation = (request.app.0.saturating_sub(1)) * CONTEXTS + context.0;
                let no = InstallationNo(installation);
                Some(if rng.one_in(3) {
                    Self::OptIn(person, no, class::EVERY)
                } else {
                    Self::OptOut(person, no, class::EVERY)
                })
            }
            13 => request
                .acting
                .map(|acting| Self::CutOff(CutOffSubject::PersonApp(acting, request.app))),
            14 => match request.chain {
                Chain::Grant(no) => Some(Self::CutOff(CutOffSubject::Grant(no))),
                Chain::Installation(no) => Some(Self::CutOff(CutOffSubject::Installation(no))),
            },
            _ => Some(Self::AdminGone(person, context)),
        }
    }

    fn scope(rng: &mut Rng, app: AppNo, context: ContextNo) -> SettingScope {
        match rng.below(6) {
            4 => SettingScope::Friends,
            5 => SettingScope::Beyond,
            0 => SettingScope::AllApps,
            1 => SettingScope::Context(context),
            2 => SettingScope::App(app),
            _ => SettingScope::AllGroups,
        }
    }

    fn subject(
        rng: &mut Rng,
        person: PersonNo,
        app: AppNo,
        installation: InstallationNo,
        grant: GrantNo,
        context: ContextNo,
    ) -> CutOffSubject {
        match rng.below(10) {
            0 => CutOffSubject::Platform,
            1 => CutOffSubject::Key(u8::try_from(rng.below(2)).unwrap_or(0)),
            2 => CutOffSubject::Partner(PartnerNo(1 + rng.small(2))),
            3 => CutOffSubject::App(app),
            4 => CutOffSubject::Installation(installation),
            5 => CutOffSubject::Context(context),
            6 => CutOffSubject::Person(person),
            7 => CutOffSubject::PersonApp(person, app),
            8 => CutOffSubject::Grant(grant),
            _ => CutOffSubject::Credential(CredentialNo(app.0)),
        }
    }

    /// What the platform does itself before it tells: the fact follows the change.
    pub(crate) fn at_upstream(&self, upstream: &mut Upstream) {
        match self {
            Self::ObjectGone(object) => upstream.delete(*object),
            Self::MemberGone(person, context) => upstream.leave(*person, *context),
            Self::Member(person, context) | Self::Admin(person, context) => {
                upstream.join(*person, *context);
            }
            _ => {}
        }
    }

    /// Whether its call must not return before what it ended has ended everywhere.
    pub(crate) fn is_ending(&self) -> bool {
        match self {
            Self::OptIn(..)
            | Self::Enable(..)
            | Self::Back(_)
            | Self::Agreement(..)
            | Self::Certification(..)
            | Self::App(_, AppStatus::Active)
            | Self::Partner(_, PartnerStatus::Active)
            | Self::Program(ProgramStatus::Live) => false,
            Self::Both(one, other) => one.is_ending() || other.is_ending(),
            Self::Rule(rule) => rule.is_ending(),
            _ => true,
        }
    }

    /// The events that it comes to against the state at the head.
    fn events(&self, state: &State, lookup: &dyn Lookup, env: &Env) -> Vec<Event> {
        let fact = |fact: Fact| {
            let up_to = state.source_up_to(world::SOURCE) + 1;
            Some(Event::Facts(Facts { source: world::SOURCE, up_to, facts: vec![fact] }))
        };
        let installation = |no: InstallationNo| state.installation(no);
        let standing = |no: InstallationNo| installation(no).filter(|one| !one.ended);
        let event = match self {
            Self::Both(one, other) => {
                let mut events = one.events(state, lookup, env);
                events.extend(other.events(state, lookup, env));
                return events;
            }
            Self::Rule(rule) => return rule.events(state),
            Self::OptOut(person, no, classes) => installation(*no)
                .filter(|_| !(state.opted_in(*person, *no) & *classes).is_empty())
                .map(|one| Event::OptOut(opt_out(*person, *no, one.app, *classes))),
            Self::OptIn(person, no, classes) => standing(*no)
                .filter(|one| lookup.is_member(*person, one.context) && state.is_person(*person))
                .map(|one| Event::OptIn(opt_in(*person, *no, one.app, *classes))),
            Self::Setting(person, scope, blocked) => {
                Some(Event::SettingChanged(setting(*person, *scope, *blocked)))
            }
            Self::Grant(person, app, until) | Self::GrantOnce(person, app, until)
                if state.is_person(*person) =>
            {
                let standing = state.grants().find(|(_, grant)| {
                    grant.person == *person && grant.app == *app && !grant.ended
                });
                let no = standing.map_or(state.next_grant(), |(no, _)| no);
                let once = matches!(self, Self::GrantOnce(..));
                Some(if once {
                    world::grant_once(no, *app, *person, *until)
                } else {
                    world::grant_made(no, *app, *person, *until)
                })
            }
            Self::Grant(..) | Self::GrantOnce(..) => None,
            Self::GrantEnded(grant) => state.grant(*grant).filter(|one| !one.ended).map(|one| {
                Event::GrantEnded(GrantEnded { grant: *grant, app: one.app, why: why() })
            }),
            Self::App(..) | Self::Partner(..) | Self::Program(_) => self.status(state),
            Self::Enable(app, context) => enable(state, *app, *context),
            Self::Disable(no) => standing(*no).map(|one| disabled(*no, one.app)),
            Self::Narrow(no, classes) => standing(*no).map(|one| {
                Event::InstallationNarrowed(InstallationNarrowed {
                    installation: *no,
                    app: one.app,
                    classes: *classes,
                    why: why(),
                })
            }),
            Self::Back(no) => back(state, *no),
            Self::Admin(person, context) => fact(Fact::Admin(*person, *context)),
            Self::AdminGone(person, context) => fact(Fact::AdminGone(*person, *context)),
            Self::Member(person, context) => fact(Fact::Member(*person, *context)),
            Self::MemberGone(person, context) => fact(Fact::MemberGone(*person, *context)),
            Self::PersonGone(person) => fact(Fact::PersonGone(*person)),
            Self::ObjectGone(object) => fact(Fact::ObjectGone(*object)),
            Self::CutOff(subject) => Some(Event::CutOff(CutOff { subject: *subject, why: why() })),
            Self::Policy(index) => Some(world::policy_activated(*index)),
            Self::Catalog(variant) => world::catalog_activated(*variant, state.numbering()),
            Self::Agreement(..)
            | Self::AgreementEnded(_)
            | Self::Certification(..)
            | Self::CertificationEnded(_) => self.terms(state, env),
        };
        event.into_iter().collect()
    }

    /// A status that is not the one already.
    fn status(&self, state: &State) -> Option<Event> {
        match self {
            Self::App(app, status) => {
                state.app(*app).filter(|one| one.status != *status).map(|_| {
                    Event::AppStatusChanged(AppStatusChanged {
                        app: *app,
                        status: *status,
                        why: why(),
                    })
                })
            }
            Self::Partner(partner, status) => {
                state.partner(*partner).filter(|one| one.status != *status).map(|_| {
                    Event::PartnerStatusChanged(PartnerStatusChanged {
                        partner: *partner,
                        status: *status,
                        why: why(),
                    })
                })
            }
            Self::Program(status) => {
                state.program(PROGRAM).filter(|one| one.status != *status).map(|_| {
                    Event::ProgramStatusChanged(ProgramStatusChanged {
                        program: PROGRAM,
                        status: *status,
                        why: why(),
                        until: None,
                        cap: None,
                    })
                })
            }
            _ => None,
        }
    }

    /// Agreements and certifications.
    fn terms(&self, state: &State, env: &Env) -> Option<Event> {
        match self {
            Self::Agreement(app, from, until) => {
                Some(world::agreement_made(state.next_agreement(), *app, *from, *until))
            }
            Self::AgreementEnded(no) => {
                state.agreement(*no).filter(|one| one.is_standing(env.now)).map(|one| {
                    Event::AgreementEnded(AgreementEnded {
                        agreement: *no,
                        app: one.app,
                        why: why(),
                    })
                })
            }
            Self::Certification(app, from) => {
                Some(world::certification_made(state.next_certification(), *app, *from))
            }
            Self::CertificationEnded(no) => {
                state.certification(*no).filter(|one| !one.ended).map(|one| {
                    Event::CertificationEnded(CertificationEnded {
                        certification: *no,
                        app: one.app,
                        why: why(),
                    })
                })
            }
            _ => None,
        }
    }
}

fn opt_out(
    person: PersonNo,
    installation: InstallationNo,
    app: AppNo,
    classes: ClassMask,
) -> OptOut {
    OptOut { person, installation, app, classes, why: why() }
}

fn opt_in(person: PersonNo, installation: InstallationNo, app: AppNo, classes: ClassMask) -> OptIn {
    OptIn { person, installation, app, classes, why: why() }
}

fn setting(person: PersonNo, scope: SettingScope, blocked: ClassMask) -> SettingChanged {
    SettingChanged { person, scope, blocked, why: why() }
}

fn enable(state: &State, app: AppNo, context: ContextNo) -> Option<Event> {
    let known = state.context(context).filter(|known| known.is_live())?;
    let backer = *known.admins().first()?;
    if state.installed(app, context).is_some() || !state.is_person(backer) {
        return None;
    }
    Some(Event::InstallationMade(InstallationMade {
        installation: state.next_installation(),
        app,
        context,
        classes: class::EVERY,
        backer,
        why: why(),
    }))
}

fn disabled(installation: InstallationNo, app: AppNo) -> Event {
    Event::InstallationEnded(InstallationEnded { installation, app, why: why() })
}

fn back(state: &State, no: InstallationNo) -> Option<Event> {
    let installation = state.installation(no).filter(|one| !one.ended)?;
    let admins = state.context(installation.context)?.admins();
    let backer = *admins.iter().find(|admin| !installation.backers().contains(admin))?;
    Some(Event::InstallationBacked(InstallationBacked {
        installation: no,
        app: installation.app,
        backer,
        why: why(),
    }))
}

/// An intent at its turn.
#[derive(Debug)]
pub(crate) struct EventJob {
    pub(crate) intent: Intent,
}

impl Job for EventJob {
    fn is_ending(&self) -> bool {
        self.intent.is_ending()
    }

    fn prepare(
        &mut self,
        state: &State,
        lookup: &dyn Lookup,
        env: &Env,
        _: Recent<'_>,
    ) -> Prepared<VaultWrite> {
        let events = self.intent.events(state, lookup, env);
        Prepared::control(events, Vec::new(), Vec::new())
    }
}
