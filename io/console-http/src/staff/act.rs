//! Suspending, reinstating, closing, ending, cutting off: one page that says what it would affect and asks for the reason.

use super::forms::{choice, refused};
use super::reach::affected;
use super::view::Choice;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page_with, redirect, sentence};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::State;
use flows::Said;
use flows::staff as flow;
use http::StatusCode;
use ledger::CutOffSubject;
use model::{
    AgreementNo, AppNo, AppStatus, CertificationNo, CredentialNo, EndingReason, Env, PartnerNo,
    PartnerStatus, PersonNo, Position, ProgramNo, ProgramStatus, Severity, StaffNo, StaffRole,
};
use sequence::Commit;
use std::sync::Arc;
use store::Urgency;

/// What staff can end or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Partner(PartnerNo, PartnerStatus),
    App(AppNo, AppStatus),
    Program(ProgramNo, ProgramStatus),
    /// Without a role the page asks for it.
    Role(StaffNo, Option<StaffRole>),
    EndStaff(StaffNo),
    /// By the suspension's position.
    Lift(Position),
    EndException(ProgramNo, AppNo),
    RemoveTester(AppNo, PersonNo),
    EndCredential(CredentialNo),
    EndAgreement(AgreementNo),
    EndCertification(CertificationNo),
    CutOff(CutOffSubject),
}

/// How much of a kind is affected.
pub(crate) struct Affected {
    pub(crate) number: String,
    pub(crate) text: &'static str,
}

#[derive(Template)]
#[template(path = "staff_act.html")]
pub(crate) struct ActPage {
    pub(crate) shell: Shell,
    pub(crate) wrong: String,
    pub(crate) text: &'static str,
    pub(crate) affected: Vec<Affected>,
    pub(crate) what: String,
    pub(crate) on: String,
    pub(crate) to: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) reasons: Vec<Choice>,
    pub(crate) severities: Vec<Choice>,
    pub(crate) note: String,
    pub(crate) submit: &'static str,
    pub(crate) needs_reason: bool,
    pub(crate) is_ending: bool,
    pub(crate) back: String,
}

fn subject(text: &str) -> Option<CutOffSubject> {
    if text == "platform" {
        return Some(CutOffSubject::Platform);
    }
    if let Some(key) = text.strip_prefix("key_") {
        return key.parse().ok().map(CutOffSubject::Key);
    }
    if let Some((person, app)) = text.split_once('+') {
        return Some(CutOffSubject::PersonApp(person.parse().ok()?, app.parse().ok()?));
    }
    let known = text.parse().ok().map(CutOffSubject::Partner);
    known
        .or_else(|| text.parse().ok().map(CutOffSubject::App))
        .or_else(|| text.parse().ok().map(CutOffSubject::Installation))
        .or_else(|| text.parse().ok().map(CutOffSubject::Context))
        .or_else(|| text.parse().ok().map(CutOffSubject::Person))
        .or_else(|| text.parse().ok().map(CutOffSubject::Grant))
        .or_else(|| text.parse().ok().map(CutOffSubject::Credential))
}

/// A subject of a cut-off as it is typed.
pub(super) fn subject_text(subject: CutOffSubject) -> String {
    match subject {
        CutOffSubject::Platform => "platform".to_owned(),
        CutOffSubject::Key(key) => format!("key_{key}"),
        CutOffSubject::Partner(no) => no.to_string(),
        CutOffSubject::App(no) => no.to_string(),
        CutOffSubject::Installation(no) => no.to_string(),
        CutOffSubject::Context(no) => no.to_string(),
        CutOffSubject::Person(no) => no.to_string(),
        CutOffSubject::PersonApp(person, app) => format!("{person}+{app}"),
        CutOffSubject::Grant(no) => no.to_string(),
        CutOffSubject::Credential(no) => no.to_string(),
    }
}

/// Two numbers as they are typed: `prg_1+app_3`.
fn pair<A: std::str::FromStr, B: std::str::FromStr>(text: &str) -> Option<(A, B)> {
    let (first, second) = text.split_once('+')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

impl Act {
    fn parse(fields: &Fields) -> Result<Self, Halt> {
        let to = fields.text("to");
        let wrong = || Halt::Bad("There is no such thing to do.".to_owned());
        Ok(match fields.text("do") {
            "partner-status" => {
                Self::Partner(fields.one("on")?, PartnerStatus::from_word(to).ok_or_else(wrong)?)
            }
            "app-status" => {
                Self::App(fields.one("on")?, AppStatus::from_word(to).ok_or_else(wrong)?)
            }
            "program-status" => {
                Self::Program(fields.one("on")?, ProgramStatus::from_word(to).ok_or_else(wrong)?)
            }
            "staff-role" => Self::Role(fields.one("on")?, StaffRole::from_word(to)),
            "lift-suspension" => Self::Lift(fields.one("on")?),
            "end-exception" => {
                let (program, app) = pair(fields.text("on")).ok_or_else(wrong)?;
                Self::EndException(program, app)
            }
            "remove-tester" => {
                let (app, person) = pair(fields.text("on")).ok_or_else(wrong)?;
                Self::RemoveTester(app, person)
            }
            "end-staff" => Self::EndStaff(fields.one("on")?),
            "end-credential" => Self::EndCredential(fields.one("on")?),
            "end-agreement" => Self::EndAgreement(fields.one("on")?),
            "end-certification" => Self::EndCertification(fields.one("on")?),
            "cut-off" => {
                let known = subject(fields.text("on"));
                Self::CutOff(known.ok_or_else(|| {
                    Halt::Bad("That is no id whose tokens could be cut off.".to_owned())
                })?)
            }
            _ => return Err(wrong()),
        })
    }

    /// Whether it must be said why: of what ends something, and of what gives it back.
    const fn needs_reason(self) -> bool {
        self.is_ending() || matches!(self, Self::Partner(..) | Self::App(..) | Self::Lift(_))
    }

    const fn is_ending(self) -> bool {
        match self {
            Self::Partner(_, status) => !matches!(status, PartnerStatus::Active),
            Self::App(_, status) => !matches!(status, AppStatus::Active),
            Self::Program(_, status) => !matches!(status, ProgramStatus::Live),
            Self::Role(..) | Self::Lift(_) => false,
            Self::EndException(..)
            | Self::RemoveTester(..)
            | Self::EndStaff(_)
            | Self::EndCredential(_)
            | Self::EndAgreement(_)
            | Self::EndCertification(_)
            | Self::CutOff(_) => true,
        }
    }

    fn title(self, console: &Console) -> String {
        let store = console.store();
        match self {
            Self::Partner(no, status) => format!("{} {}?", verb(status), names::partner(store, no)),
            Self::App(no, AppStatus::Active) => format!("Reinstate {}?", names::app(store, no)),
            Self::App(no, AppStatus::Suspended) => format!("Suspend {}?", names::app(store, no)),
            Self::App(no, AppStatus::Removed) => format!("Remove {}?", names::app(store, no)),
            Self::Program(no, status) => {
                let verb = program_verb(status);
                format!("{verb} {}?", super::agreements::program_title(store, no))
            }
            Self::Lift(at) => format!("Reinstate the apps of the suspension at {}?", at.0),
            Self::EndException(program, app) => {
                let program = super::agreements::program_title(store, program);
                format!("End the exception of {} in {program}?", names::app(store, app))
            }
            Self::RemoveTester(app, no) => {
                format!("End that {no} tests {}?", names::app(store, app))
            }
            Self::Role(no, _) => format!("Change the role of {}?", names::staff(store, no)),
            Self::EndStaff(no) => format!("End {}'s being staff?", names::staff(store, no)),
            Self::EndCredential(no) => format!("End the credential {no}?"),
            Self::EndAgreement(no) => format!("End the agreement {no}?"),
            Self::EndCertification(no) => format!("End the certification {no}?"),
            Self::CutOff(CutOffSubject::Platform) => {
                "Cut off every token of the platform?".to_owned()
            }
            Self::CutOff(CutOffSubject::Partner(no)) => {
                format!("Cut off tokens of {}?", names::partner(store, no))
            }
            Self::CutOff(CutOffSubject::App(no)) => {
                format!("Cut off tokens of {}?", names::app(store, no))
            }
            Self::CutOff(other) => format!("Cut off tokens of {}?", subject_text(other)),
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Partner(_, PartnerStatus::Active) | Self::App(_, AppStatus::Active) => {
                "It may receive again what agreements, admins and people allow. Tokens that expired meanwhile stay dead."
            }
            Self::Partner(_, PartnerStatus::Suspended) | Self::App(_, AppStatus::Suspended) => {
                "It holds on the next request. Nothing is given any more, until it is reinstated; withdrawing and deleting still work."
            }
            Self::Partner(_, PartnerStatus::Revoked | PartnerStatus::Surrendered)
            | Self::App(_, AppStatus::Removed) => {
                "It holds on the next request and is final: nothing brings it back."
            }
            Self::Program(_, ProgramStatus::Live) => {
                "It holds on the next request, for every app with an agreement. It has no end by itself any more."
            }
            Self::Program(_, ProgramStatus::Restricted) => {
                "It holds on the next request: what exists goes on, and nobody can allow anything new."
            }
            Self::Program(
                _,
                ProgramStatus::Draft | ProgramStatus::Experimental | ProgramStatus::Closed,
            ) => "It holds on the next request, for every app, token and version. Closed is final.",
            Self::Lift(_) => {
                "Exactly the apps of this suspension may receive again. Those suspended otherwise stay so."
            }
            Self::EndException(..) => {
                "The app loses on the next request what only this exception let go on. No other can be made later."
            }
            Self::RemoveTester(..) => {
                "The app sees on the next request nothing of them that is not reviewed."
            }
            Self::Role(..) => "It holds from their next request on.",
            Self::EndStaff(_) => {
                "Their session ends with it. For good: they would be made staff anew."
            }
            Self::EndCredential(_) => {
                "Every token that was asked for with it is dead on the next request."
            }
            Self::EndAgreement(_) => {
                "The app loses on the next request what only this agreement covers."
            }
            Self::EndCertification(_) => {
                "The app loses on the next request the classes that need this certification."
            }
            Self::CutOff(_) => {
                "Every token issued so far is dead on the next request. New ones can be asked for as before."
            }
        }
    }

    const fn submit(self) -> &'static str {
        match self {
            Self::Partner(_, PartnerStatus::Active) | Self::App(_, AppStatus::Active) => {
                "Reinstate"
            }
            Self::Partner(_, PartnerStatus::Suspended) | Self::App(_, AppStatus::Suspended) => {
                "Suspend"
            }
            Self::Partner(_, PartnerStatus::Revoked) => "Revoke",
            Self::Partner(_, PartnerStatus::Surrendered) => "Enter the surrender",
            Self::App(_, AppStatus::Removed) => "Remove",
            Self::Program(_, status) => program_verb(status),
            Self::Lift(_) => "Reinstate them",
            Self::Role(..) => "Change the role",
            Self::EndException(..)
            | Self::RemoveTester(..)
            | Self::EndStaff(_)
            | Self::EndCredential(_)
            | Self::EndAgreement(_)
            | Self::EndCertification(_) => "End it",
            Self::CutOff(_) => "Cut off",
        }
    }

    fn back(self, console: &Console) -> String {
        let app = |app: Option<AppNo>| {
            app.map_or_else(|| "/staff/apps".to_owned(), |app| format!("/staff/apps/{app}"))
        };
        let state = console.store().state();
        match self {
            Self::Partner(no, _) | Self::CutOff(CutOffSubject::Partner(no)) => {
                format!("/staff/partners/{no}")
            }
            Self::App(no, _) | Self::CutOff(CutOffSubject::App(no)) => app(Some(no)),
            Self::Program(no, _) | Self::EndException(no, _) => format!("/staff/programs/{no}"),
            Self::RemoveTester(no, _) => app(Some(no)),
            Self::Lift(_) => "/staff/suspensions".to_owned(),
            Self::Role(..) | Self::EndStaff(_) => "/staff/members".to_owned(),
            Self::EndCredential(no) => app(state.credential(no).map(|one| one.app)),
            Self::EndAgreement(no) => format!("/staff/agreements/{no}"),
            Self::EndCertification(no) => app(state.certification(no).map(|one| one.app)),
            Self::CutOff(_) => "/staff/cut-off".to_owned(),
        }
    }

    /// The flow that does it.
    fn commit(
        self,
        state: &consent::State,
        env: &Env,
        said: &Said,
    ) -> Result<Commit<()>, flow::Refusal> {
        match self {
            Self::Partner(no, status) => flow::set_partner_status(state, env, said, no, status),
            Self::App(no, status) => flow::set_app_status(state, env, said, no, status),
            Self::Program(no, status) => flow::set_program_status(state, env, said, no, status),
            Self::Role(no, Some(role)) => flow::change_role(state, env, said, no, role),
            Self::Role(_, None) => Err(flow::Refusal::Invalid {
                field: "to",
                problem: "must be one of the roles".to_owned(),
            }),
            Self::Lift(at) => flow::lift(state, env, said, at),
            Self::EndException(program, app) => flow::end_exception(state, env, said, program, app),
            Self::RemoveTester(app, person) => flow::remove_tester(state, env, said, app, person),
            Self::EndStaff(no) => flow::end_staff(state, env, said, no),
            Self::EndCredential(no) => flow::end_credential(state, env, said, no),
            Self::EndAgreement(no) => flow::end_agreement(state, env, said, no),
            Self::EndCertification(no) => flow::end_certification(state, env, said, no),
            Self::CutOff(subject) => flow::cut_off(state, env, said, subject),
        }
    }

    /// Whether it touches something of an app.
    pub(super) fn touches_app(self, state: &consent::State, app: AppNo) -> bool {
        let partner_of = |no| state.app(app).is_some_and(|one| one.partner == no);
        let program_of = |no: ProgramNo| {
            let numbers = state.app(app).map(|one| one.agreements.as_slice()).unwrap_or_default();
            numbers
                .iter()
                .filter_map(|one| state.agreement(*one))
                .any(|one| one.program == no && !one.ended)
        };
        match self {
            Self::Partner(no, _) | Self::CutOff(CutOffSubject::Partner(no)) => partner_of(no),
            Self::App(no, _)
            | Self::CutOff(CutOffSubject::App(no) | CutOffSubject::PersonApp(_, no)) => no == app,
            Self::Program(no, _) => program_of(no),
            Self::EndException(no, of) => of == app && program_of(no),
            Self::RemoveTester(of, _) => of == app,
            Self::Role(..) | Self::EndStaff(_) => false,
            Self::Lift(at) => state.app(app).is_some_and(|one| one.is_named_by(at)),
            Self::EndCredential(no) | Self::CutOff(CutOffSubject::Credential(no)) => {
                state.credential(no).is_some_and(|one| one.app == app)
            }
            Self::EndAgreement(no) => state.agreement(no).is_some_and(|one| one.app == app),
            Self::EndCertification(no) => state.certification(no).is_some_and(|one| one.app == app),
            Self::CutOff(CutOffSubject::Installation(no)) => {
                state.installation(no).is_some_and(|one| one.app == app)
            }
            Self::CutOff(CutOffSubject::Grant(no)) => {
                state.grant(no).is_some_and(|one| one.app == app)
            }
            Self::CutOff(
                CutOffSubject::Platform
                | CutOffSubject::Key(_)
                | CutOffSubject::Context(_)
                | CutOffSubject::Person(_),
            ) => true,
        }
    }
}

const fn program_verb(status: ProgramStatus) -> &'static str {
    match status {
        ProgramStatus::Live => "Open",
        ProgramStatus::Restricted => "Restrict",
        ProgramStatus::Closed => "Close",
        ProgramStatus::Draft | ProgramStatus::Experimental => "Change",
    }
}

const fn verb(status: PartnerStatus) -> &'static str {
    match status {
        PartnerStatus::Active => "Reinstate",
        PartnerStatus::Suspended => "Suspend",
        PartnerStatus::Revoked => "Revoke",
        PartnerStatus::Surrendered => "Enter a surrender of",
    }
}

/// What closing a program touches now.
pub(super) async fn affected_by_closing(
    console: &Console,
    program: ProgramNo,
) -> Result<Vec<Affected>, Halt> {
    affected(console, Act::Program(program, ProgramStatus::Closed)).await
}

async fn show(
    console: &Console,
    staff: &Staff,
    act: Act,
    fields: &Fields,
    wrong: String,
) -> Answer {
    let back = act.back(console);
    let here = match act {
        Act::Partner(..) => "/staff/partners",
        Act::Program(..) | Act::EndException(..) => "/staff/programs",
        Act::EndAgreement(_) => "/staff/agreements",
        Act::CutOff(_) => "/staff/cut-off",
        Act::Lift(_) => "/staff/suspensions",
        Act::Role(..) | Act::EndStaff(_) => "/staff/members",
        Act::App(..) | Act::RemoveTester(..) | Act::EndCredential(_) | Act::EndCertification(_) => {
            "/staff/apps"
        }
    };
    let choices = match act {
        Act::Role(no, _) => {
            let now = console.store().state().staff_role(no);
            let all = StaffRole::ALL.iter().filter(|one| Some(**one) != now);
            let label = |one: &StaffRole| format!("{one}: {}", super::members::meaning(*one));
            all.map(|one| choice(one.word(), label(one), fields.text("to"))).collect()
        }
        _ => Vec::new(),
    };
    let page = ActPage {
        shell: staff.shell(console, &act.title(console), here).narrow(),
        text: match act {
            Act::EndCertification(no) => super::certified::ending(&console.store().state(), no),
            other => other.text(),
        },
        affected: affected(console, act).await?,
        what: fields.text("do").to_owned(),
        on: fields.text("on").to_owned(),
        to: fields.text("to").to_owned(),
        choices,
        reasons: reason_choices(fields),
        severities: choices_of_severity(fields),
        note: fields.text("note").to_owned(),
        submit: act.submit(),
        needs_reason: act.needs_reason(),
        is_ending: act.is_ending(),
        back,
        wrong,
    };
    let status =
        if page.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &page, None))
}

pub(super) fn reason_choices(fields: &Fields) -> Vec<Choice> {
    let reasons = EndingReason::ALL.iter();
    reasons.map(|one| choice(one.word(), reason_text(*one), fields.text("reason"))).collect()
}

pub(super) fn choices_of_severity(fields: &Fields) -> Vec<Choice> {
    let label = |one: &Severity| sentence(one.word()).replace('.', "");
    let severities = Severity::ALL.iter();
    severities.map(|one| choice(one.word(), label(one), fields.text("severity"))).collect()
}

/// A reason in words.
pub(super) fn reason_text(reason: EndingReason) -> String {
    let text = match reason {
        EndingReason::DataTakenImproperly => "Data was taken improperly",
        EndingReason::NotAnonymised => "Data was not anonymised as promised",
        EndingReason::Malware => "Malware",
        EndingReason::Terms => "Breach of terms",
        EndingReason::OwnWish => "The partner's own wish",
        EndingReason::Incident => "An incident",
        EndingReason::Other => "Another reason, see the note",
    };
    text.to_owned()
}

/// `GET /staff/act`
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let act = Act::parse(&query)?;
    show(&console, &staff, act, &query, String::new()).await
}

/// What staff said about why; the name of what is missing where an ending needs it.
pub(super) fn said(
    staff: &Staff,
    fields: &Fields,
    needs_reason: bool,
) -> Result<Said, &'static str> {
    let reason = EndingReason::from_word(fields.text("reason"));
    let severity = Severity::from_word(fields.text("severity"));
    if needs_reason && reason.is_none() {
        return Err("Choose a reason.");
    }
    if needs_reason && severity.is_none() {
        return Err("Choose how grave it is.");
    }
    let note = Some(fields.text("note").to_owned());
    Ok(Said { by: staff.actor(), reason, severity, note })
}

/// `POST /staff/act`
pub(crate) async fn act(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let StaffForm { staff, fields } = form;
    let act = Act::parse(&fields)?;
    let said = match said(&staff, &fields, act.is_ending()) {
        Ok(said) => said,
        Err(missing) => return show(&console, &staff, act, &fields, missing.to_owned()).await,
    };
    let urgency = if act.is_ending() { Urgency::Ending } else { Urgency::Ordinary };
    let done = console
        .store()
        .commit(urgency, staff.own, move |state, _, env| act.commit(state, env, &said))
        .await?;
    match done {
        Ok(_) => Ok(redirect(&format!("{}?done=done", act.back(&console)))),
        Err(flow::Refusal::Unknown(_)) => Err(Halt::NotFound),
        Err(refusal) => show(&console, &staff, act, &fields, refused(&refusal)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back() {
        for text in [
            "platform",
            "key_3",
            "ptn_1",
            "app_2",
            "ins_3",
            "ctx_4",
            "per_5",
            "per_5+app_2",
            "grt_6",
            "crd_7",
        ] {
            assert_eq!(subject(text).map(subject_text).as_deref(), Some(text));
        }
        for wrong in ["", "app", "key_", "key_999", "per_1+", "obj_1", "app_01"] {
            assert_eq!(subject(wrong), None, "{wrong}");
        }
    }
}
