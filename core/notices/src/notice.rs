//! A notice: to whom, what, by which facts.

use crate::kind::{Kind, Reader};
use minicbor::{Decode, Encode};
use model::{
    AgreementNo, ApiVersion, AppNo, CaseNo, CertificationNo, ClassMask, ContextNo, CredentialNo,
    EndingReason, InstallationNo, PartnerNo, PersonNo, Position, ProgramNo, Severity, Timestamp,
};
use std::fmt;
use std::str::FromStr;

/// Number of a notice in the queue; never reused. Written `ntc_7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeNo(pub u64);

/// A text that is no number of a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form `ntc_NUMBER`")]
pub struct NoticeNoError;

impl fmt::Display for NoticeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ntc_{}", self.0)
    }
}

impl FromStr for NoticeNo {
    type Err = NoticeNoError;

    fn from_str(text: &str) -> Result<Self, NoticeNoError> {
        let no = text.strip_prefix("ntc_").and_then(|digits| digits.parse().ok());
        // `+7` and `007` parse as integers; an id has one spelling only.
        no.map(Self).filter(|no| no.to_string() == text).ok_or(NoticeNoError)
    }
}

/// One reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// Somebody of the platform.
    Person(PersonNo),
    /// A partner.
    Partner(PartnerNo),
    /// All staff together: what one of them has read is read.
    Staff,
}

impl Recipient {
    /// What kind of reader it is.
    #[must_use]
    pub const fn reader(self) -> Reader {
        match self {
            Self::Person(_) => Reader::Person,
            Self::Partner(_) => Reader::Partner,
            Self::Staff => Reader::Staff,
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Partner(partner) => partner.fmt(f),
            Self::Staff => f.write_str("staff"),
        }
    }
}

/// A way out beside the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    /// E-mail to the reader.
    Email = 1,
    /// A webhook to the platform.
    Webhook = 2,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Email, Self::Webhook];

    /// The code in the database; never reused.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The channel with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// The word in JSON, in texts and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Webhook => "webhook",
        }
    }
}

/// Whom a notice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// One reader.
    One(Recipient),
    /// Everybody in a context but one: a group has many members, and only the platform's facts know them.
    Members {
        /// Where.
        context: ContextNo,
        /// Who need not be told: they did it.
        but: Option<PersonNo>,
    },
}

/// The numbers that a text needs. What does not matter for a kind is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Details {
    /// Which app.
    #[n(0)]
    pub app: Option<AppNo>,
    /// Which partner.
    #[n(1)]
    pub partner: Option<PartnerNo>,
    /// Where. Never told to a partner: it may know the installation, not the group behind it.
    #[n(2)]
    pub context: Option<ContextNo>,
    /// Which installation.
    #[n(3)]
    pub installation: Option<InstallationNo>,
    /// Which agreement.
    #[n(4)]
    pub agreement: Option<AgreementNo>,
    /// Which certification.
    #[n(5)]
    pub certification: Option<CertificationNo>,
    /// Which credential.
    #[n(6)]
    pub credential: Option<CredentialNo>,
    /// Which program.
    #[n(7)]
    pub program: Option<ProgramNo>,
    /// Which classes.
    #[n(8)]
    pub classes: Option<ClassMask>,
    /// Until when.
    #[n(9)]
    pub until: Option<Timestamp>,
    /// How many days before that this is told; zero: it is over.
    #[n(10)]
    pub days: Option<u32>,
    /// Code of the status from now on, in the vocabulary of the kind.
    #[n(11)]
    pub status: Option<u8>,
    /// Why.
    #[n(12)]
    pub reason: Option<EndingReason>,
    /// The entry of the log that it is about.
    #[n(13)]
    pub position: Option<Position>,
    /// Number of another notice.
    #[n(14)]
    pub notice: Option<u64>,
    /// Code of a channel.
    #[n(15)]
    pub channel: Option<u8>,
    /// Which API version.
    #[n(16)]
    pub version: Option<ApiVersion>,
    /// Which case.
    #[n(17)]
    pub case: Option<CaseNo>,
    /// How many.
    #[n(18)]
    pub count: Option<u32>,
    /// What was found, in a word of the interface.
    #[n(19)]
    pub finding: Option<String>,
    /// From when on.
    #[n(20)]
    pub since: Option<Timestamp>,
}

/// Bytes that are no details.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("details of a notice cannot be read: {0}")]
pub struct DetailsError(String);

impl Details {
    /// The bytes in the database.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory cannot fail, and none of the fields refuses to be written.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them back.
    ///
    /// # Errors
    /// They are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, DetailsError> {
        minicbor::decode(bytes).map_err(|error| DetailsError(error.to_string()))
    }
}

/// What a key names beside the kind: the subject, and what tells this time from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An entry of the log.
    Entry(Position),
    /// Something of an installation, at an entry.
    Installation(InstallationNo, Position),
    /// The end of an installation through the erasure of its last backer.
    Backer(InstallationNo, PersonNo),
    /// The end of an installation with its context.
    Context(InstallationNo),
    /// So many days before an agreement's end, or before the term of an obligation in it.
    Agreement(AgreementNo, u32, Timestamp),
    /// So many days before a certification's end.
    Certification(CertificationNo, u32, Timestamp),
    /// So many days before a credential's end.
    Credential(CredentialNo, u32, Timestamp),
    /// So many days before a version's end.
    Version(ApiVersion, u32, Timestamp),
    /// So many days before a program's end.
    Program(ProgramNo, u32, Timestamp),
    /// So many days before the end of an app's exception in a program.
    Exception(ProgramNo, AppNo, u32, Timestamp),
    /// So many days before the term of the report at an entry.
    Report(Position, u32),
    /// So many days before classes of an app end unused.
    Unused(AppNo, u32, Timestamp),
    /// Deliveries on this channel that failed on this day (UTC, since the epoch): one notice for all of them.
    Failing(Channel, u64),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(at) => write!(f, "{}", at.0),
            Self::Installation(no, at) => write!(f, "{no}:{}", at.0),
            Self::Backer(no, person) => write!(f, "{no}:{person}"),
            Self::Context(no) => write!(f, "{no}:context"),
            Self::Agreement(no, days, until) => write!(f, "{no}:{days}:{}", until.0),
            Self::Certification(no, days, until) => write!(f, "{no}:{days}:{}", until.0),
            Self::Credential(no, days, until) => write!(f, "{no}:{days}:{}", until.0),
            Self::Version(version, days, until) => write!(f, "{version}:{days}:{}", until.0),
            Self::Program(no, days, until) => write!(f, "{no}:{days}:{}", until.0),
            Self::Exception(no, app, days, until) => write!(f, "{no}:{app}:{days}:{}", until.0),
            Self::Report(at, days) => write!(f, "{}:{days}", at.0),
            Self::Unused(app, days, until) => write!(f, "{app}:{days}:{}", until.0),
            Self::Failing(channel, day) => write!(f, "{}:{day}", channel.word()),
        }
    }
}

/// News for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// For whom.
    pub audience: Audience,
    /// What about.
    pub kind: Kind,
    /// What tells it from every other notice of this kind to the same reader.
    pub subject: Subject,
    /// The facts.
    pub details: Details,
    /// How urgent.
    pub severity: Severity,
}

impl Notice {
    /// The key by which the same reader never gets it twice.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!("ntc_7".parse(), Ok(NoticeNo(7)));
        for bad in ["", "7", "ntc_", "ntc_07", "ntc_+7", "ntc_-1", "per_7"] {
            assert_eq!(bad.parse::<NoticeNo>(), Err(NoticeNoError), "{bad}");
        }
    }

    #[test]
    fn details_read_back_and_leave_room_for_more() {
        let details = Details {
            app: Some(AppNo(3)),
            classes: Some(ClassMask(5 << 100)),
            until: Some(Timestamp::NEVER),
            reason: Some(EndingReason::Malware),
            ..Details::default()
        };
        assert_eq!(Details::decode(&details.encode()), Ok(details));
        // A map with a key of a later version.
        assert_eq!(Details::decode(&[0xa1, 0x18, 0x63, 0x07]), Ok(Details::default()));
        assert!(Details::decode(&[0x07]).is_err());
    }
}
