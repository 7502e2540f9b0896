//! Refusals of flows as problems, exhaustively.

use edge::Problem;

/// A refusal that a client may read.
pub(crate) trait Refused {
    fn problem(self) -> Problem;
}

impl Refused for Problem {
    fn problem(self) -> Problem {
        self
    }
}

impl Refused for std::convert::Infallible {
    fn problem(self) -> Problem {
        match self {}
    }
}

impl Refused for flows::staff::Refusal {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::NotStaff => Problem::new(403, "not-staff", detail),
            Self::RoleNotAllowed { role, act } => Problem::new(403, "role-not-allowed", detail)
                .with("role", role.word())
                .with("act", act.word()),
            Self::NotOperator => Problem::new(403, "not-operator", detail),
            Self::NotSecond => Problem::new(403, "not-second-person", detail),
            Self::ResultChanged => Problem::new(409, "result-changed", detail),
            Self::Unknown(what) => Problem::new(404, "not-found", detail).with("what", what),
            Self::Invalid { field, .. } => {
                Problem::new(422, "invalid-value", detail).with("field", field)
            }
            Self::Conflict(_) | Self::Edited => Problem::new(409, "conflict", detail),
            Self::Document(mistakes) => {
                let mistakes: Vec<serde_json::Value> = mistakes
                    .into_iter()
                    .map(|(pointer, problem)| serde_json::json!({"pointer": pointer, "problem": problem}))
                    .collect();
                Problem::new(422, "document-mistakes", detail).with("mistakes", mistakes)
            }
        }
    }
}

impl Refused for flows::admin::Refusal {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::Unknown => Problem::new(404, "not-found", detail),
            Self::NotAdmin => Problem::new(403, "not-admin", detail),
            Self::AppNotActive => Problem::new(409, "app-not-active", detail),
            Self::Restricted => Problem::new(409, "app-restricted", detail),
            Self::NoAgreement => Problem::new(409, "no-agreement", detail),
            Self::RequiredMissing => Problem::new(422, "required-missing", detail),
            Self::TooMany => Problem::new(422, "too-many", detail),
        }
    }
}

impl Refused for flows::partner::Refusal {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::Unknown(what) => Problem::new(404, "not-found", detail).with("what", what),
            Self::Invalid { field, .. } => {
                Problem::new(422, "invalid-value", detail).with("field", field)
            }
            Self::Conflict(_) => Problem::new(409, "conflict", detail),
        }
    }
}

impl Refused for flows::person::Refusal {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::Unknown => Problem::new(404, "not-found", detail),
            Self::NotMember => Problem::new(403, "not-member", detail),
            Self::AppNotActive => Problem::new(409, "app-not-active", detail),
            Self::Restricted => Problem::new(409, "app-restricted", detail),
            Self::NotStanding => Problem::new(409, "not-standing", detail),
            Self::NothingToAllow => Problem::new(422, "nothing-to-allow", detail),
        }
    }
}

impl Refused for flows::account::Refusal {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::Nobody => Problem::new(404, "not-found", detail),
            Self::Login => Problem::new(422, "invalid-value", detail).with("field", "login"),
        }
    }
}
