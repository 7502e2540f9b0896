//! A change that is watched before it is made, in JSON.

use crate::view;
use catalog::Numbering;
use consent::Policy;
use ledger::{AuditedAgreement, AuditedCatalog, AuditedChange, AuditedPolicy, AuditedProgram};
use serde::Serialize;
use utoipa::ToSchema;

/// A change that is watched.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum ChangeView {
    /// Another policy in force.
    Policy {
        /// Its name.
        policy: String,
        title: String,
        /// SHA-256 of its canonical bytes.
        document_sha256: String,
    },
    /// Another catalog in force.
    Catalog {
        /// Its version.
        version: String,
        title: String,
        /// SHA-256 of its canonical bytes.
        document_sha256: String,
        /// Versions before it that would be served on beside it.
        keep: Vec<String>,
    },
    /// Another agreement.
    Agreement {
        app: String,
        program: String,
        classes: Vec<String>,
        purposes: Vec<String>,
        from: Option<String>,
        until: Option<String>,
        /// The agreement in whose place it would stand.
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// The early end of an agreement.
    AgreementEnd {
        /// Which.
        agreement: String,
    },
    /// Another stage of a program.
    Program {
        program: String,
        /// `experimental`, `live`, `restricted` or `closed`.
        status: String,
        /// When an experiment would end.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// How many people it may reach.
        #[serde(skip_serializing_if = "Option::is_none")]
        cap: Option<u32>,
        /// Apps that would go on in a closed program.
        exceptions: Vec<ExceptionView>,
    },
}

/// An app that would go on in a closed program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExceptionView {
    app: String,
    until: Option<String>,
}

impl ChangeView {
    pub(crate) fn of(change: &AuditedChange, names: &Numbering) -> Self {
        match change {
            AuditedChange::Policy(policy) => of_policy(policy),
            AuditedChange::Catalog(catalog) => of_catalog(catalog),
            AuditedChange::Agreement(agreement) => of_agreement(agreement, names),
            AuditedChange::AgreementEnd(no) => Self::AgreementEnd { agreement: no.to_string() },
            AuditedChange::Program(stage) => of_program(stage, names),
        }
    }
}

fn of_policy(audited: &AuditedPolicy) -> ChangeView {
    let policy = Policy::parse(&audited.document).ok();
    let text = |pick: fn(&Policy) -> &str| policy.as_ref().map_or("", pick).to_owned();
    ChangeView::Policy {
        policy: text(Policy::name),
        title: text(Policy::title),
        document_sha256: view::hex(&ledger::digest(&audited.document)),
    }
}

fn of_catalog(audited: &AuditedCatalog) -> ChangeView {
    let document: serde_json::Value = serde_json::from_slice(&audited.document).unwrap_or_default();
    let text = |pointer: &str| {
        document.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    ChangeView::Catalog {
        version: text("/info/version"),
        title: text("/info/title"),
        document_sha256: view::hex(&ledger::digest(&audited.document)),
        keep: audited.keeps.iter().flatten().map(ToString::to_string).collect(),
    }
}

fn of_agreement(audited: &AuditedAgreement, names: &Numbering) -> ChangeView {
    ChangeView::Agreement {
        app: audited.app.to_string(),
        program: view::program(names, audited.program),
        classes: view::classes(names, audited.classes),
        purposes: audited.purposes.iter().map(|no| view::purpose(names, *no)).collect(),
        from: view::instant(audited.from),
        until: view::instant(audited.until),
        replaces: audited.replaces.map(|no| no.to_string()),
    }
}

fn of_program(audited: &AuditedProgram, names: &Numbering) -> ChangeView {
    let exceptions = audited.exceptions.iter().flatten();
    ChangeView::Program {
        program: view::program(names, audited.program),
        status: audited.status.word().to_owned(),
        until: audited.until.and_then(view::instant),
        cap: audited.cap,
        exceptions: exceptions
            .map(|one| ExceptionView { app: one.app.to_string(), until: view::instant(one.until) })
            .collect(),
    }
}
