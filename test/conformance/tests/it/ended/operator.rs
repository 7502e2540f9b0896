//! Endings by staff, asked for over the staff API as a responder would, so that how the API takes them is under test too.

use super::kind::Kind;
use super::lane::Lane;
use ledger::CutOffSubject;
use model::AgreementNo;
use serde_json::{Value, json};

/// What the operator says who gives no reason.
pub fn operator() -> flows::Said {
    flows::Said::by(model::Actor::Operator)
}

/// What the operator says of an ending that needs a reason.
pub fn for_a_reason() -> flows::Said {
    flows::Said { reason: Some(model::EndingReason::Incident), ..operator() }
}

impl Lane {
    /// Ends it and says where that stands.
    pub async fn end_as_staff(&self) -> u64 {
        let (path, body) = self.asked();
        self.world.operate(&path, &body).await
    }

    fn asked(&self) -> (String, Value) {
        let app = self.app();
        match self.kind {
            Kind::RuleChange => ("/policies".to_owned(), document(conformance::POLICY_AFTER)),
            Kind::CatalogActivated => ("/catalogs".to_owned(), document(&nameless())),
            Kind::AppSuspended => (
                format!("/apps/{}/status", app.no),
                json!({ "status": "suspended", "because": { "reason": "incident" } }),
            ),
            Kind::PartnerSuspended => (
                format!("/partners/{}/status", app.partner),
                json!({ "status": "suspended", "because": { "reason": "incident" } }),
            ),
            Kind::SuspendedWithOthers => {
                // Those of other lanes go on.
                let select = [format!("apps:{}", app.no)];
                let because = json!({ "reason": "incident", "severity": "high" });
                let wish = json!({ "select": select, "break_glass": true, "because": because });
                ("/suspensions".to_owned(), wish)
            }
            Kind::ProgramClosed | Kind::ExperimentClosed => {
                (format!("/programs/{}/status", self.program()), json!({ "status": "closed" }))
            }
            Kind::ExceptionEnded => {
                (format!("/programs/{}/exceptions/{}/end", self.program(), app.no), json!({}))
            }
            Kind::TesterRemoved => {
                (format!("/apps/{}/testers/{}/end", app.no, self.tester()), json!({}))
            }
            Kind::ReviewWithdrawn => (format!("/apps/{}/review/withdraw", app.no), json!({})),
            Kind::CertificationEnded => {
                (format!("/certifications/{}/end", self.certification()), json!({}))
            }
            Kind::AgreementEnded => (format!("/agreements/{}/end", self.agreement()), json!({})),
            Kind::CredentialEnded => (format!("/credentials/{}/end", app.credential), json!({})),
            Kind::CutOffApp
            | Kind::CutOffPartner
            | Kind::CutOffInstallation
            | Kind::CutOffGrant
            | Kind::CutOffPlatform => {
                ("/cut-offs".to_owned(), json!({ "subject": subject(self.subject()) }))
            }
            other => panic!("{other:?} is nothing that staff end"),
        }
    }

    /// The agreement of the program that stands.
    fn agreement(&self) -> AgreementNo {
        let state = self.world.store.state();
        let program = state.program_named("groups").expect("a program");
        let numbers = &state.app(self.app().no).expect("an app").agreements;
        let stands = |no: &&AgreementNo| {
            state.agreement(**no).is_some_and(|one| one.program == program && !one.ended)
        };
        *numbers.iter().find(stands).expect("an agreement")
    }

    fn subject(&self) -> CutOffSubject {
        match self.kind {
            Kind::CutOffApp => CutOffSubject::App(self.app().no),
            Kind::CutOffPartner => CutOffSubject::Partner(self.app().partner),
            Kind::CutOffInstallation => CutOffSubject::Installation(self.installation()),
            Kind::CutOffGrant => CutOffSubject::Grant(self.current_grant()),
            _ => CutOffSubject::Platform,
        }
    }
}

fn document(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).expect("json");
    json!({ "document": document })
}

fn subject(of: CutOffSubject) -> String {
    match of {
        CutOffSubject::App(no) => no.to_string(),
        CutOffSubject::Partner(no) => no.to_string(),
        CutOffSubject::Installation(no) => no.to_string(),
        CutOffSubject::Grant(no) => no.to_string(),
        _ => "platform".to_owned(),
    }
}

/// The built-in catalog, in which a person beside something has no name.
fn nameless() -> String {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).expect("json");
    for schema in ["PersonCard", "PersonRef"] {
        let properties = &mut document["components"]["schemas"][schema]["properties"];
        properties.as_object_mut().expect("properties").remove("name").expect("a name");
    }
    document.to_string()
}
