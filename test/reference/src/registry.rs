//! Partners, apps, credentials, programs, agreements, certifications.

use crate::history::History;
use ledger::Event;
use model::{
    AppNo, AppStatus, ClassNo, CredentialNo, PartnerNo, PartnerStatus, ProgramNo, ProgramStatus,
    PurposeNo, Timestamp,
};

impl History<'_> {
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

    /// An app is active from its registration until its status says otherwise.
    pub(crate) fn app_is_active(self, app: AppNo) -> bool {
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

    /// A program is a draft until staff open it; restricted ones go on for what exists.
    pub(crate) fn program_is_alive(self, program: ProgramNo) -> bool {
        let last = self.events().rev().find_map(|event| match event {
            Event::ProgramStatusChanged(changed) if changed.program == program => {
                Some(changed.status)
            }
            _ => None,
        });
        matches!(last, Some(ProgramStatus::Live | ProgramStatus::Restricted))
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
        self.events().any(|event| match event {
            Event::AgreementMade(made) => {
                made.app == app
                    && made.program == program
                    && made.purposes.contains(&purpose)
                    && made.classes.has(class)
                    && made.from <= now
                    && now < made.until
                    && !self.events().any(|later| {
                        matches!(later, Event::AgreementEnded(ended) if ended.agreement == made.agreement)
                    })
            }
            _ => false,
        })
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
