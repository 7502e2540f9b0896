//! Events of the rules around apps: versions, suspensions of many apps, exceptions.

use super::{Named, Why, names};
use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{ApiVersion, AppNo, Position, ProgramNo, Timestamp};

/// An API version was announced to end, or its end was moved.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VersionChanged {
    /// Which.
    #[n(0)]
    pub version: ApiVersion,
    /// Since when it is deprecated (RFC 9745).
    #[n(1)]
    pub deprecated_at: Option<Timestamp>,
    /// When it ends, exclusive (RFC 8594).
    #[n(2)]
    pub sunset: Option<Timestamp>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(VersionChanged { version: version });

/// App numbers, ascending, none twice. Encoded as the differences to the number before, the first to 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppList(Vec<AppNo>);

impl AppList {
    /// These apps, in order and each once.
    #[must_use]
    pub fn new(mut apps: Vec<AppNo>) -> Self {
        apps.sort_unstable();
        apps.dedup();
        Self(apps)
    }

    /// The apps, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[AppNo] {
        &self.0
    }

    /// Whether it names this app.
    #[must_use]
    pub fn contains(&self, app: AppNo) -> bool {
        self.0.binary_search(&app).is_ok()
    }
}

impl<C> Encode<C> for AppList {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(self.0.len() as u64)?;
        let mut last = 0;
        for app in &self.0 {
            e.u32(app.0 - last)?;
            last = app.0;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for AppList {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wrong = minicbor::decode::Error::message;
        let count = d.array()?.ok_or_else(|| wrong("indefinite list of apps"))?;
        let mut apps = Vec::new();
        let mut last = 0u32;
        for place in 0..count {
            let step = d.u32()?;
            if step == 0 && place > 0 {
                return Err(wrong("an app stands twice"));
            }
            last = last.checked_add(step).ok_or_else(|| wrong("app number too large"))?;
            apps.push(AppNo(last));
        }
        Ok(Self(apps))
    }
}

/// Many apps were suspended at once. Their own status stays what it was; each is suspended while any such event that
/// names it is not lifted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppsSuspended {
    /// Which.
    #[n(0)]
    pub apps: AppList,
    /// What they were selected by, in words of the interface: `category:quiz`.
    #[n(1)]
    pub selection: Option<String>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for AppsSuspended {
    fn name(&self, leaf: &mut Leaf) {
        leaf.count = u32::try_from(self.apps.as_slice().len()).ok();
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// A suspension of many apps was lifted, for exactly those that it named.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SuspensionLifted {
    /// Position of the suspension.
    #[n(0)]
    pub suspension: Position,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(SuspensionLifted {});

/// An app goes on in a program that is closed, until an instant. `why` says who approved it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExceptionMade {
    /// Which program.
    #[n(0)]
    pub program: ProgramNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// End, exclusive.
    #[n(2)]
    pub until: Timestamp,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ExceptionMade { program: program, app: app });

/// An exception ended early.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExceptionEnded {
    /// Which program.
    #[n(0)]
    pub program: ProgramNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ExceptionEnded { program: program, app: app });
