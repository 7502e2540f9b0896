//! What an event makes due.

use crate::conduct;
use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use crate::time::{self, Window};
#[cfg(doc)]
use crate::walk::Walk;
use crate::{obligation, unused};
use consent::{App, Installation, State};
use ledger::{Event, Fact, Facts, InstallationBacked, InstallationMade, Why};
use model::{
    Actor, AppNo, ClassMask, ContextNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo,
    Position, ProgramNo, Severity, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// The notices that the event at a position makes due. `state` is the fold with the event and, unless [`needs_history`] says
/// otherwise, may be later: what matters of it does not change, or is told as it stands now.
///
/// Kinds of events without a notice are the norm. Whom else an exception or an erasure concerns is found by a [`Walk`].
#[must_use]
pub fn of_event(at: Position, time: Timestamp, event: &Event, state: &State) -> Vec<Notice> {
    match event {
        Event::InstallationMade(event) => app_enabled(at, event, state),
        Event::InstallationBacked(event) => taken_up_again(at, event, state),
        Event::InstallationEnded(event) => {
            let details = Details { reason: event.why.reason, ..Details::default() };
            let told =
                Told { kind: Kind::InstallationEnded, severity: Severity::Medium, at, details };
            told.of(event.installation, event.why.by, state)
        }
        Event::InstallationNarrowed(event) => {
            let details = Details { classes: Some(event.classes), ..Details::default() };
            let told =
                Told { kind: Kind::InstallationNarrowed, severity: Severity::Low, at, details };
            told.of(event.installation, event.why.by, state)
        }
        Event::Facts(event) => lapses(at, event, state),
        Event::AppStatusChanged(event) => {
            let details = Details {
                app: Some(event.app),
                status: Some(event.status.code()),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::AppStatusChanged, at, details)
        }
        Event::ProgramStatusChanged(event) => {
            let details = Details {
                program: Some(event.program),
                status: Some(event.status.code()),
                ..because(at, &event.why)
            };
            program_changed(at, time, (event.program, &details), state)
        }
        Event::PolicyActivated(event) => {
            let mut due = rule_changed(&because(at, &event.why), at, state);
            due.extend(unused::of_policy(state, time));
            due
        }
        Event::CredentialEnded(_) | Event::AgreementEnded(_) | Event::CertificationEnded(_) => {
            ended_early(at, event, state)
        }
        Event::AgreementMade(_) | Event::CertificationMade(_) => born_late(time, event, state),
        Event::VersionChanged(_)
        | Event::ExceptionMade(_)
        | Event::ExceptionEnded(_)
        | Event::ReportIssued(_) => with_a_term(at, event, state),
        Event::AppsSuspended(event) => {
            let apps = event.apps.as_slice().iter().filter_map(|app| state.app(*app));
            one_a_partner(Kind::AppsSuspended, apps, &because(at, &event.why), at)
        }
        Event::SuspensionLifted(event) => {
            let apps = state.apps().map(|(_, app)| app);
            let named = apps.filter(|app| app.is_named_by(event.suspension));
            one_a_partner(Kind::SuspensionLifted, named, &because(at, &event.why), at)
        }
        _ => conduct::of_conduct(at, event, state),
    }
}

/// What holds until an instant, or was to.
fn with_a_term(at: Position, event: &Event, state: &State) -> Vec<Notice> {
    match event {
        Event::VersionChanged(event) => {
            let details = Details {
                version: Some(event.version),
                since: event.deprecated_at,
                until: event.sunset,
                ..because(at, &event.why)
            };
            let notice =
                |partner| partner_notice(partner, Kind::VersionChanged, at, details.clone());
            partners_with_apps(state).map(notice).collect()
        }
        Event::ExceptionMade(event) => {
            let details = Details {
                app: Some(event.app),
                program: Some(event.program),
                until: Some(event.until),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::ExceptionMade, at, details)
        }
        Event::ExceptionEnded(event) => {
            let details = Details {
                app: Some(event.app),
                program: Some(event.program),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::ExceptionEnded, at, details)
        }
        Event::ReportIssued(event) => {
            let details =
                Details { app: Some(event.app), until: Some(event.due), ..because(at, &event.why) };
            to_partner_of(state, event.app, Kind::ReportIssued, at, details)
        }
        _ => Vec::new(),
    }
}

/// What somebody ended before its time.
fn ended_early(at: Position, event: &Event, state: &State) -> Vec<Notice> {
    match event {
        Event::CredentialEnded(event) => {
            let details = Details {
                app: Some(event.app),
                credential: Some(event.credential),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::CredentialEnded, at, details)
        }
        Event::AgreementEnded(event) => {
            let found = state.agreement(event.agreement);
            let details = Details {
                app: Some(event.app),
                agreement: Some(event.agreement),
                program: found.map(|one| one.program),
                classes: found.map(|one| one.classes),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::AgreementEnded, at, details)
        }
        Event::CertificationEnded(event) => {
            let found = state.certification(event.certification);
            let details = Details {
                app: Some(event.app),
                certification: Some(event.certification),
                classes: found.map(|one| one.classes),
                ..because(at, &event.why)
            };
            to_partner_of(state, event.app, Kind::CertificationEnded, at, details)
        }
        _ => Vec::new(),
    }
}

/// Partners that have an app and are not out for good.
pub(crate) fn partners_with_apps(state: &State) -> impl Iterator<Item = PartnerNo> {
    let partners = state.partners().filter(|(_, partner)| {
        !partner.apps.is_empty()
            && matches!(partner.status, PartnerStatus::Active | PartnerStatus::Suspended)
    });
    partners.map(|(no, _)| no)
}

/// One notice a partner, however many of its apps a mass action named.
fn one_a_partner<'a>(
    kind: Kind,
    apps: impl Iterator<Item = &'a App>,
    details: &Details,
    at: Position,
) -> Vec<Notice> {
    let mut of: BTreeMap<PartnerNo, u32> = BTreeMap::new();
    for app in apps {
        *of.entry(app.partner).or_default() += 1;
    }
    let notice = |(partner, count)| {
        let details = Details { partner: Some(partner), count: Some(count), ..details.clone() };
        partner_notice(partner, kind, at, details)
    };
    of.into_iter().map(notice).collect()
}

/// Whether notices of the event at a position can be told apart only with the state right after it, because the state at hand
/// is later and hides what happened in between. `since` is the first position that was not looked at yet.
#[must_use]
pub fn needs_history(since: Position, at: Position, event: &Event, state: &State) -> bool {
    match event {
        Event::Facts(event) => gone(event).any(|(_, context)| {
            let mut installations = installations_in(state, context);
            installations.any(|(_, one)| one.cut_off().is_some_and(|cut_off| cut_off >= since))
        }),
        Event::InstallationBacked(event) => {
            let cut_off = state.installation(event.installation).and_then(Installation::cut_off);
            cut_off.is_some_and(|cut_off| cut_off > at)
        }
        _ => false,
    }
}

pub(crate) fn because(at: Position, why: &Why) -> Details {
    Details { reason: why.reason, position: Some(at), ..Details::default() }
}

pub(crate) fn partner_notice(
    partner: PartnerNo,
    kind: Kind,
    at: Position,
    details: Details,
) -> Notice {
    Notice {
        audience: Audience::One(Recipient::Partner(partner)),
        kind,
        subject: Subject::Entry(at),
        details,
        severity: Severity::High,
    }
}

pub(crate) fn to_partner_of(
    state: &State,
    app: AppNo,
    kind: Kind,
    at: Position,
    details: Details,
) -> Vec<Notice> {
    let partner = state.app(app).map(|app| app.partner);
    partner.map(|partner| partner_notice(partner, kind, at, details)).into_iter().collect()
}

/// Everybody in the group hears of an app that an admin enabled there, but the admin.
fn app_enabled(at: Position, event: &InstallationMade, state: &State) -> Vec<Notice> {
    let (what, place) = ((event.app, event.classes), (event.context, event.backer));
    vec![to_members((at, event.installation), what, place, state)]
}

/// The same of one that had lapsed and that somebody stands behind again. A second admin behind what stands is no news.
fn taken_up_again(at: Position, event: &InstallationBacked, state: &State) -> Vec<Notice> {
    // The fold cuts the old tokens off exactly where there was nobody before.
    let found = state.installation(event.installation).filter(|one| one.cut_off() == Some(at));
    let told = |one: &Installation| {
        let (what, place) = ((one.app, one.classes), (one.context, event.backer));
        to_members((at, event.installation), what, place, state)
    };
    found.map(told).into_iter().collect()
}

fn to_members(
    (at, installation): (Position, InstallationNo),
    (app, classes): (AppNo, ClassMask),
    (context, backer): (ContextNo, PersonNo),
    state: &State,
) -> Notice {
    let details = Details {
        app: Some(app),
        partner: state.app(app).map(|app| app.partner),
        context: Some(context),
        installation: Some(installation),
        classes: Some(classes),
        position: Some(at),
        ..Details::default()
    };
    Notice {
        audience: Audience::Members { context, but: Some(backer) },
        kind: Kind::AppEnabled,
        subject: Subject::Installation(installation, at),
        details,
        severity: Severity::Low,
    }
}

/// News of an installation.
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) severity: Severity,
    pub(crate) at: Position,
    pub(crate) details: Details,
}

impl Told {
    /// To the other admins than whoever did it, and to the partner.
    fn of(&self, no: InstallationNo, by: Actor, state: &State) -> Vec<Notice> {
        let Some(one) = state.installation(no) else { return Vec::new() };
        let actor = match by {
            Actor::Person(person) => Some(person),
            Actor::System | Actor::Platform | Actor::Staff(_) | Actor::Operator | Actor::App => {
                None
            }
        };
        self.to_admins_and_partner((no, one), Subject::Installation(no, self.at), actor, state)
    }

    pub(crate) fn to_admins_and_partner(
        &self,
        (no, one): (InstallationNo, &Installation),
        subject: Subject,
        but: Option<PersonNo>,
        state: &State,
    ) -> Vec<Notice> {
        let details = Details {
            app: Some(one.app),
            installation: Some(no),
            classes: self.details.classes.or(Some(one.classes)),
            position: Some(self.at),
            ..self.details.clone()
        };
        let notice = |recipient, details| Notice {
            audience: Audience::One(recipient),
            kind: self.kind,
            subject,
            details,
            severity: self.severity,
        };
        let admins = state.context(one.context).filter(|context| context.is_live());
        let admins = admins.map(|context| context.admins()).unwrap_or_default();
        let for_admins = Details { context: Some(one.context), ..details.clone() };
        let to_admins = admins
            .iter()
            .filter(|admin| Some(**admin) != but && state.is_person(**admin))
            .map(|admin| notice(Recipient::Person(*admin), for_admins.clone()));
        let partner = state.app(one.app).map(|app| app.partner);
        let to_partner =
            partner.map(|partner| notice(Recipient::Partner(partner), details.clone()));
        to_admins.chain(to_partner).collect()
    }
}

fn installations_in(
    state: &State,
    context: ContextNo,
) -> impl Iterator<Item = (InstallationNo, &Installation)> {
    let numbers = state.context(context).map(|one| one.installations()).unwrap_or_default();
    numbers.iter().filter_map(|no| Some((*no, state.installation(*no)?)))
}

/// Who stopped being an admin of what.
fn gone(event: &Facts) -> impl Iterator<Item = (PersonNo, ContextNo)> {
    event.facts.iter().filter_map(|fact| match *fact {
        Fact::AdminGone(person, context) | Fact::MemberGone(person, context) => {
            Some((person, context))
        }
        _ => None,
    })
}

/// Installations that lost their last backer with these facts.
fn lapses(at: Position, event: &Facts, state: &State) -> Vec<Notice> {
    let details = Details::default();
    let told = Told { kind: Kind::InstallationLapsed, severity: Severity::High, at, details };
    let mut due = Vec::new();
    let contexts: BTreeSet<ContextNo> = gone(event).map(|(_, context)| context).collect();
    for context in contexts {
        // The fold cuts tokens off exactly where the last backer goes.
        let lapsed = installations_in(state, context)
            .filter(|(_, one)| !one.ended && one.backers().is_empty() && one.cut_off() == Some(at));
        for (no, one) in lapsed {
            let subject = Subject::Installation(no, at);
            due.extend(told.to_admins_and_partner((no, one), subject, None, state));
        }
    }
    for fact in &event.facts {
        let Fact::ContextGone(context) = *fact else { continue };
        let stood = installations_in(state, context)
            .filter(|(_, one)| !one.ended && !one.backers().is_empty());
        for (no, one) in stood {
            due.extend(told.to_admins_and_partner((no, one), Subject::Context(no), None, state));
        }
    }
    due
}

/// Partners with an agreement in the program that has not run out at an instant.
pub(crate) fn partners_in(state: &State, program: ProgramNo, at: Timestamp) -> BTreeSet<PartnerNo> {
    let concerned = state
        .agreements()
        .filter(|(_, one)| one.program == program && !one.ended && at < one.until);
    concerned.filter_map(|(_, one)| state.app(one.app).map(|app| app.partner)).collect()
}

fn program_changed(
    at: Position,
    time: Timestamp,
    (program, details): (ProgramNo, &Details),
    state: &State,
) -> Vec<Notice> {
    let notice = |partner| partner_notice(partner, Kind::ProgramStatusChanged, at, details.clone());
    partners_in(state, program, time).into_iter().map(notice).collect()
}

/// Every partner with an app, and staff.
fn rule_changed(details: &Details, at: Position, state: &State) -> Vec<Notice> {
    let notice = |recipient| Notice {
        audience: Audience::One(recipient),
        kind: Kind::RuleChanged,
        subject: Subject::Entry(at),
        details: details.clone(),
        severity: Severity::Medium,
    };
    let to_partners = partners_with_apps(state).map(|no| notice(Recipient::Partner(no)));
    to_partners.chain([notice(Recipient::Staff)]).collect()
}

/// What begins so short before its end that a mark has passed already.
fn born_late(time: Timestamp, event: &Event, state: &State) -> Vec<Notice> {
    let window = Window { after: Timestamp(0), up_to: time };
    let mut due: Vec<Notice> = match event {
        Event::AgreementMade(event) => {
            let no = event.agreement;
            let found = state.agreement(no).and_then(|one| Some((one, state.app(one.app)?)));
            let told = |(one, app): (_, &App)| {
                let mut due = obligation::of_agreement((no, one), app.partner, window);
                due.extend(time::agreement(state, no, one, window));
                due
            };
            found.into_iter().flat_map(told).collect()
        }
        Event::CertificationMade(event) => {
            let found = state.certification(event.certification);
            let told = |one| time::certification(state, event.certification, one, window);
            found.and_then(told).into_iter().collect()
        }
        _ => Vec::new(),
    };
    // What was over before it was entered is no news.
    due.retain(|notice| notice.details.days != Some(0));
    due
}
