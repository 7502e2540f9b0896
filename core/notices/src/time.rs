//! What the clock makes due: an end that comes near, and its arrival.

use crate::event::{partners_in, partners_with_apps};
use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use crate::{obligation, unused};
use consent::{Agreement, App, Certification, Credential, State};
use model::{
    AgreementNo, AppNo, AppStatus, CertificationNo, CredentialNo, Millis, PartnerNo, PartnerStatus,
    Position, ProgramStatus, Severity, Timestamp,
};

/// Days before an end at which it is told; zero is the end itself. Nearest first.
pub const DAYS_BEFORE: [u32; 4] = [0, 1, 7, 30];

/// A stretch of time: instants after `after`, up to and with `up_to`. Windows that follow each other cover every instant once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Exclusive.
    pub after: Timestamp,
    /// Inclusive.
    pub up_to: Timestamp,
}

impl Window {
    pub(crate) const fn has(self, at: Timestamp) -> bool {
        self.after.0 < at.0 && at.0 <= self.up_to.0
    }

    /// Of the marks before an end that lie in the window, the one nearest to the end: what else passed is old news. Something
    /// short-lived is not announced longer before its end than it lasts.
    pub(crate) fn passed(self, from: Option<Timestamp>, until: Timestamp) -> Option<u32> {
        DAYS_BEFORE.into_iter().find(|days| {
            let before = Millis::days(u64::from(*days));
            let lasts = from.is_none_or(|from| until.since(from) > before);
            let at = Timestamp(until.0.saturating_sub(before.0));
            until != Timestamp::NEVER && lasts && self.has(at)
        })
    }
}

/// The notices whose instant lies in the window, as things stand.
#[must_use]
pub fn of_window(state: &State, window: Window) -> Vec<Notice> {
    let mut due = Vec::new();
    for (_, app) in state.apps() {
        let agreements =
            || app.agreements.iter().filter_map(|no| Some((*no, state.agreement(*no)?)));
        due.extend(agreements().flat_map(|one| obligation::of_agreement(one, app.partner, window)));
        if !hears(state, app) {
            continue;
        }
        due.extend(agreements().filter_map(|(no, one)| agreement(state, no, one, window)));
        for no in &app.certifications {
            let found = state.certification(*no).map(|one| (*no, one));
            due.extend(found.and_then(|(no, one)| certification(state, no, one, window)));
        }
        for no in &app.credentials {
            let found = state.credential(*no).map(|one| (*no, one));
            due.extend(found.and_then(|(no, one)| credential(state, no, one, window)));
        }
    }
    due.extend(versions(state, window));
    due.extend(programs(state, window));
    due.extend(unused::of_window(state, window));
    due.extend(reports(state, window));
    due
}

/// Whether an app's partner is told what ends: who is out for good is not told that more does. What it must do with what it has
/// received, it is told all the same.
pub(crate) fn hears(state: &State, app: &App) -> bool {
    let status = state.partner(app.partner).map(|partner| partner.status);
    matches!(status, Some(PartnerStatus::Active | PartnerStatus::Suspended))
        && app.status != AppStatus::Removed
}

/// What an end that comes near, or is there, is told as.
pub(crate) fn ending(
    kinds: (Kind, Kind),
    (partner, subject): (PartnerNo, Subject),
    days: u32,
    details: Details,
) -> Notice {
    let (kind, severity) = match days {
        0 => (kinds.1, Severity::High),
        1..=7 => (kinds.0, Severity::High),
        _ => (kinds.0, Severity::Medium),
    };
    let details = Details { days: Some(days), ..details };
    Notice {
        audience: Audience::One(Recipient::Partner(partner)),
        kind,
        subject,
        details,
        severity,
    }
}

fn partner_of(state: &State, app: AppNo) -> Option<PartnerNo> {
    state.app(app).map(|app| app.partner)
}

/// An agreement's notice, unless another of the same app covers as much for longer.
pub(crate) fn agreement(
    state: &State,
    no: AgreementNo,
    one: &Agreement,
    window: Window,
) -> Option<Notice> {
    let days = window.passed(Some(one.from), one.until).filter(|_| !one.ended)?;
    let app = state.app(one.app)?;
    let is_followed = app.agreements.iter().filter_map(|no| state.agreement(*no)).any(|other| {
        !other.ended
            && other.until > one.until
            && other.from <= one.until
            && other.program == one.program
            && one.purposes.iter().all(|purpose| other.purposes.contains(purpose))
            && other.classes.covers(one.classes)
    });
    let details = Details {
        app: Some(one.app),
        agreement: Some(no),
        program: Some(one.program),
        classes: Some(one.classes),
        until: Some(one.until),
        ..Details::default()
    };
    let kinds = (Kind::AgreementEnding, Kind::AgreementEnded);
    let subject = Subject::Agreement(no, days, one.until);
    (!is_followed).then(|| ending(kinds, (app.partner, subject), days, details))
}

/// A certification's notice, unless another of the same app covers as much for longer.
pub(crate) fn certification(
    state: &State,
    no: CertificationNo,
    one: &Certification,
    window: Window,
) -> Option<Notice> {
    let days = window.passed(Some(one.from), one.until).filter(|_| !one.ended)?;
    let app = state.app(one.app)?;
    let others = app.certifications.iter().filter_map(|no| state.certification(*no));
    let is_followed = others.into_iter().any(|other| {
        !other.ended
            && other.until > one.until
            && other.from <= one.until
            && other.purpose == one.purpose
            && other.classes.covers(one.classes)
    });
    let details = Details {
        app: Some(one.app),
        certification: Some(no),
        classes: Some(one.classes),
        until: Some(one.until),
        ..Details::default()
    };
    let kinds = (Kind::CertificationEnding, Kind::CertificationEnded);
    let subject = Subject::Certification(no, days, one.until);
    (!is_followed).then(|| ending(kinds, (app.partner, subject), days, details))
}

/// A credential's notice, unless the app has another for longer.
pub(crate) fn credential(
    state: &State,
    no: CredentialNo,
    one: &Credential,
    window: Window,
) -> Option<Notice> {
    let days = window.passed(None, one.expires_at).filter(|_| !one.ended)?;
    let app = state.app(one.app)?;
    let is_followed = app
        .credentials
        .iter()
        .filter_map(|no| state.credential(*no))
        .any(|other| !other.ended && other.expires_at > one.expires_at);
    let details = Details {
        app: Some(one.app),
        credential: Some(no),
        until: Some(one.expires_at),
        ..Details::default()
    };
    let kinds = (Kind::CredentialEnding, Kind::CredentialEnded);
    let subject = Subject::Credential(no, days, one.expires_at);
    let partner = partner_of(state, one.app)?;
    (!is_followed).then(|| ending(kinds, (partner, subject), days, details))
}

/// Whoever has an app hears of a version: which one a partner calls is in no state.
fn versions(state: &State, window: Window) -> Vec<Notice> {
    let ends = state.versions().filter_map(|version| {
        let until = state.version_terms(version).sunset?;
        Some((version, until, window.passed(None, until)?))
    });
    let kinds = (Kind::VersionEnding, Kind::VersionEnded);
    let notice = |(version, until, days)| {
        let details = Details { version: Some(version), until: Some(until), ..Details::default() };
        let subject = Subject::Version(version, days, until);
        partners_with_apps(state)
            .map(move |partner| ending(kinds, (partner, subject), days, details.clone()))
    };
    ends.flat_map(notice).collect()
}

/// The end of an experiment, to whoever has an agreement in it; the end of an exception, to whose it is.
fn programs(state: &State, window: Window) -> Vec<Notice> {
    let mut due = Vec::new();
    for (no, program) in state.programs() {
        let is_experiment = program.status == ProgramStatus::Experimental;
        let until = program.until.filter(|_| is_experiment);
        if let Some((until, days)) =
            until.and_then(|until| Some((until, window.passed(None, until)?)))
        {
            let kinds = (Kind::ProgramEnding, Kind::ProgramEnded);
            let details = Details { program: Some(no), until: Some(until), ..Details::default() };
            let subject = Subject::Program(no, days, until);
            let notice = |partner| ending(kinds, (partner, subject), days, details.clone());
            due.extend(partners_in(state, no, until).into_iter().map(notice));
        }
        for (app, until) in &program.exceptions {
            let Some(days) = window.passed(None, *until) else { continue };
            let Some(partner) = partner_of(state, *app) else { continue };
            let kinds = (Kind::ExceptionEnding, Kind::ExceptionEnded);
            let details = Details {
                app: Some(*app),
                program: Some(no),
                until: Some(*until),
                ..Details::default()
            };
            let subject = Subject::Exception(no, *app, days, *until);
            due.push(ending(kinds, (partner, subject), days, details));
        }
    }
    due
}

/// Reports that are open: a week and a day before their term, and when it has passed. A month before is when they are made.
fn reports(state: &State, window: Window) -> Vec<Notice> {
    let open = state.apps().filter_map(|(no, app)| Some((no, app, app.report?)));
    let notice = |(no, app, (at, due)): (AppNo, &App, (Position, Timestamp))| {
        let days = window.passed(None, due).filter(|days| *days < 30)?;
        let details =
            Details { app: Some(no), until: Some(due), position: Some(at), ..Details::default() };
        let kinds = (Kind::ReportDue, Kind::AppRestricted);
        Some(ending(kinds, (app.partner, Subject::Report(at, days)), days, details))
    };
    open.filter_map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn passed(from: u64, until: u64, after: u64, up_to: u64) -> Option<u32> {
        let day = |days: u64| Timestamp(days * DAY);
        let window = Window { after: day(after), up_to: day(up_to) };
        window.passed(Some(day(from)), day(until))
    }

    #[test]
    fn each_mark_before_an_end_is_passed_in_one_window_only() {
        for (day, expected) in [
            (69, None),
            (70, Some(30)),
            (71, None),
            (93, Some(7)),
            (99, Some(1)),
            (100, Some(0)),
            (101, None),
        ] {
            assert_eq!(passed(0, 100, day - 1, day), expected, "day {day}");
        }
    }

    #[test]
    fn after_a_long_sleep_only_the_nearest_mark_is_told() {
        assert_eq!(passed(0, 100, 10, 95), Some(7));
        assert_eq!(passed(0, 100, 10, 400), Some(0));
    }

    #[test]
    fn what_lasts_a_week_is_not_announced_a_month_before() {
        assert_eq!(passed(93, 100, 0, 94), None);
        assert_eq!(passed(93, 100, 94, 99), Some(1));
    }

    #[test]
    fn what_never_ends_is_never_announced() {
        let window = Window { after: Timestamp(0), up_to: Timestamp::NEVER };
        assert_eq!(window.passed(None, Timestamp::NEVER), None);
    }
}
