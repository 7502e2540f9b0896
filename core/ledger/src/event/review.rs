//! Events of review: who sees an app before it is reviewed, and what of it was.

use super::{Named, Why, names};
use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{AppNo, ClassMask, ContextNo, PersonNo};

/// A person tests an app that is not reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TesterAdded {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// Who.
    #[n(1)]
    pub person: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(TesterAdded { app: app });

/// A person tests an app no more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TesterRemoved {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// Who.
    #[n(1)]
    pub person: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(TesterRemoved { app: app });

/// A context became a sandbox, open to every app that is not reviewed, or is none any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SandboxChanged {
    /// Which context.
    #[n(0)]
    pub context: ContextNo,
    /// Whether it is one from now on.
    #[n(1)]
    pub sandbox: bool,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(SandboxChanged {});

/// Classes of an app were reviewed: it may see them beyond its testers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReviewPassed {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// Added to what was reviewed.
    #[n(1)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ReviewPassed { app: app, classes: classes });

/// A review was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReviewWithdrawn {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// Taken from what was reviewed.
    #[n(1)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ReviewWithdrawn { app: app, classes: classes });
