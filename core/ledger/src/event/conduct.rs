//! Events of conduct: reports, cases, findings, probes, what partners were told. None of them changes what may leave,
//! but a report that is not acknowledged.

use super::{Named, Why, names};
use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{AppNo, CaseKind, CaseNo, CaseOutcome, Condition, PersonNo, Position, Timestamp};

/// A case about an app was opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaseOpened {
    /// Its number.
    #[n(0)]
    pub case: CaseNo,
    /// About which app.
    #[n(1)]
    pub app: AppNo,
    /// What it began with.
    #[n(2)]
    pub kind: CaseKind,
    /// Position of the finding that it began with.
    #[n(3)]
    pub finding: Option<Position>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CaseOpened { app: app });

/// Evidence or a remark was added to a case: `why` holds its digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaseNoted {
    /// Which case.
    #[n(0)]
    pub case: CaseNo,
    /// About which app.
    #[n(1)]
    pub app: AppNo,
    /// Whether the partner may read it.
    #[n(2)]
    pub shown: bool,
    /// Position of the report or finding that it attaches.
    #[n(3)]
    pub attached: Option<Position>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CaseNoted { app: app });

/// A case was decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaseClosed {
    /// Which case.
    #[n(0)]
    pub case: CaseNo,
    /// About which app.
    #[n(1)]
    pub app: AppNo,
    /// How.
    #[n(2)]
    pub outcome: CaseOutcome,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CaseClosed { app: app });

/// The partner appealed against how a case was decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaseAppealed {
    /// Which case.
    #[n(0)]
    pub case: CaseNo,
    /// About which app.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CaseAppealed { app: app });

/// An appeal was decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppealDecided {
    /// Which case.
    #[n(0)]
    pub case: CaseNo,
    /// About which app.
    #[n(1)]
    pub app: AppNo,
    /// Whether the partner was right.
    #[n(2)]
    pub upheld: bool,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(AppealDecided { app: app });

/// A person reported an app.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppReported {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(AppReported { app: app });

/// Something that should not be was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FindingRaised {
    /// About which app, if about one.
    #[n(0)]
    pub app: Option<AppNo>,
    /// What, in a word of the interface: `probe-passed`, `upstream-type`.
    #[n(1)]
    pub finding: String,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for FindingRaised {
    fn name(&self, leaf: &mut Leaf) {
        leaf.app = self.app;
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// Staff looked up who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IdentityLookedUp {
    /// Who was looked up.
    #[n(0)]
    pub person: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(IdentityLookedUp {});

/// Credentials that must fail were tried over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProbesRun {
    /// How many were tried.
    #[n(0)]
    pub tried: u32,
    /// Conditions whose probe got something; none: all is well.
    #[n(1)]
    pub passed: Vec<Condition>,
    /// Conditions whose probe could not be tried.
    #[n(2)]
    pub untried: Vec<Condition>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for ProbesRun {
    fn name(&self, leaf: &mut Leaf) {
        leaf.count = Some(self.tried);
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// A partner was told what an app of its holds and uses, and must acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReportIssued {
    /// About which app.
    #[n(0)]
    pub app: AppNo,
    /// From then on the app is restricted unless it is acknowledged.
    #[n(1)]
    pub due: Timestamp,
    /// SHA-256 of the report.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub report: [u8; 32],
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for ReportIssued {
    fn name(&self, leaf: &mut Leaf) {
        leaf.app = Some(self.app);
        leaf.document = Some(self.report);
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// The partner acknowledged a report.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReportAcknowledged {
    /// About which app.
    #[n(0)]
    pub app: AppNo,
    /// Position of the report.
    #[n(1)]
    pub report: Position,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ReportAcknowledged { app: app });
