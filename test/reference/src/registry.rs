//! Partners, apps, credentials, programs, agreements, certifications.

use crate::history::History;
use ledger::{Event, ProgramStatusChanged};
use model::{
    AgreementNo, AppNo, AppStatus, ClassNo, CredentialNo, PartnerNo, PartnerStatus, ProgramNo,
    ProgramStatus, PurposeNo, Timestamp,
};

impl<'a> History<'a> {
    /// Whose app it is; `None` if nobody registered it.
    pub(crate) fn partner_of(self, app: AppNo) -> Option<PartnerNo> {
        self.events().find_map(|event| match event {
            Event::AppMade(made) if made.app == app => Some(made.partner),
            _ => None,
        })
    }

    /// A partner is active from its registration until its status says otherwise.
    pub(crate) fn partner_is_active(self, partner: PartnerNo) -> bool {
        let mut active = false;
        for event in self.events() {
            match event {
                Event::PartnerMade(made) if made.partner == partner => active = true,
                Event::PartnerStatusChanged(changed) if changed.partner == partner => {
                    active = changed.status == PartnerStatus::Active;
                }
                _ => {}
            }
        }
        active
    }

    /// An app is active from its registration until its status says otherwise, and while no suspension of many apps that
    /// names it stands.
    pub(crate) fn app_is_active(self, app: AppNo) -> bool {
        self.app_status_is_active(app) && !self.is_suspended_with_others(app)
    }

    /// Some suspension of many apps names the app and nobody lifted that one.
    fn is_suspended_with_others(self, app: AppNo) -> bool {
        self.0.iter().any(|(position, _, event)| match event {
            Event::AppsSuspended(suspended) => {
                suspended.apps.as_slice().contains(&app)
                    && !self.events().any(|later| {
                        matches!(later, Event::SuspensionLifted(lifted) if lifted.suspension == *position)
                    })
            }
            _ => false,
        })
    }

    fn app_status_is_active(self, app: AppNo) -> bool {
        let mut active = false;
        for event in self.events() {
            match event {
                Event::AppMade(made) if made.app == app => active = true,
                Event::AppStatusChanged(changed) if changed.app == app => {
                    active = changed.status == AppStatus::Active;
                }
                _ => {}
            }
        }
        active
    }

    /// The credential is this app's and nobody ended it.
    pub(crate) fn credential_stands(self, credential: CredentialNo, app: AppNo) -> bool {
        let made = self.events().any(|event| {
            matches!(event, Event::CredentialMade(made) if made.credential == credential && made.app == app)
        });
        let ended = self.events().any(|event| {
            matches!(event, Event::CredentialEnded(ended) if ended.credential == credential)
        });
        made && !ended
    }

    /// A program is a draft until staff open it; restricted ones go on for what exists, an experiment goes on until its
    /// end, and a closed one for apps with an exception.
    pub(crate) fn program_is_alive(self, program: ProgramNo, app: AppNo, now: Timestamp) -> bool {
        let Some(last) = self.program_as_last_changed(program) else { return false };
        match last.status {
            ProgramStatus::Live | ProgramStatus::Restricted => true,
            ProgramStatus::Experimental => last.until.is_none_or(|until| now < until),
            ProgramStatus::Closed => self.has_exception(program, app, now),
            ProgramStatus::Draft => false,
        }
    }

    /// What the last change of the program's status says.
    pub(crate) fn program_as_last_changed(
        self,
        program: ProgramNo,
    ) -> Option<&'a ProgramStatusChanged> {
        self.events().rev().find_map(|event| match event {
            Event::ProgramStatusChanged(changed) if changed.program == program => Some(changed),
            _ => None,
        })
    }

    /// The last exception made for program and app was not ended since, and its time has not come.
    fn has_exception(self, program: ProgramNo, app: AppNo, now: Timestamp) -> bool {
        let mut stands_until = None;
        for event in self.events() {
            match event {
                Event::ExceptionMade(made) if made.program == program && made.app == app => {
                    stands_until = Some(made.until);
                }
                Event::ExceptionEnded(ended) if ended.program == program && ended.app == app => {
                    stands_until = None;
                }
                _ => {}
            }
        }
        stands_until.is_some_and(|until| now < until)
    }

    /// Some agreement of the app covers program, purpose and class at this instant.
    pub(crate) fn agreed(
        self,
        app: AppNo,
        program: ProgramNo,
        purpose: PurposeNo,
        class: ClassNo,
        now: Timestamp,
    ) -> bool {
        !self.agreements(app, program, purpose, class, now).is_empty()
    }

    /// When each agreement that covers program, purpose and class at this instant began: its first instant, or when it
    /// was made if that came later.
    pub(crate) fn agreements(
        self,
        app: AppNo,
        program: ProgramNo,
        purpose: PurposeNo,
        class: ClassNo,
        now: Timestamp,
    ) -> Vec<Timestamp> {
        let mut began = Vec::new();
        for (_, at, event) in self.0 {
            if let Event::AgreementMade(made) = event
                && made.app == app
                && made.program == program
                && made.purposes.contains(&purpose)
                && made.classes.has(class)
                && made.from <= now
                && now < made.until
                && !self.agreement_ended(made.agreement)
            {
                began.push(made.from.max(*at));
            }
        }
        began
    }

    pub(crate) fn agreement_ended(self, agreement: AgreementNo) -> bool {
        self.events().any(
            |event| matches!(event, Event::AgreementEnded(ended) if ended.agreement == agreement),
        )
    }

    /// Some certification of the app covers purpose and class at this instant.
    pub(crate) fn certified(
        self,
        app: AppNo,
        purpose: PurposeNo,
        class: ClassNo,
        now: Timestamp,
    ) -> bool {
        self.events().any(|event| match event {
            Event::CertificationMade(made) => {
                made.app == app
                    && made.purpose == purpose
                    && made.classes.has(class)
                    && made.from <= now
                    && now < made.until
                    && !self.events().any(|later| {
                        matches!(later, Event::CertificationEnded(ended) if ended.certification == made.certification)
                    })
            }
            _ => false,
        })
    }
}
