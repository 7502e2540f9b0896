//! The closed vocabularies. A new variant must stop the build wherever it matters.

use crate::{GrantNo, InstallationNo, PersonNo, StaffNo};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $code),+ }

        impl $name {
            /// Every variant, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in the log; never reused.
            #[must_use]
            pub const fn code(self) -> u8 { self as u8 }

            /// The variant with this code.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The word in JSON, on the command line and in documents.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The variant for this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u8(self.code())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_code(d.u8()?).ok_or_else(|| minicbor::decode::Error::message(concat!("unknown ", stringify!($name))))
            }
        }
    };
}

codes!(
    /// What a class can need beyond an agreement and the token's own authority (docs/catalog.md).
    Need {
        /// An installation stands in the record's context and allows the class.
        Installation = 0 "installation",
        /// The certification of class and purpose has not run out.
        Certification = 1 "certification",
        /// The record is published.
        Published = 2 "published",
        /// Everyone it is about opted in, for this app, context and class.
        OptIn = 3 "opt-in",
        /// It is about the acting person alone.
        OwnData = 4 "self",
        /// Everyone it is about is a friend of the acting person.
        Friend = 5 "friend",
        /// The acting person takes part in the context.
        Participant = 6 "participant",
    }
);

codes!(
    /// The first link of the chain that failed, in the order of the chain. Codes below 100 concern the request
    /// and are told exactly; codes from 100 stem from a person and a partner hears `person`.
    Reason {
        /// The partner is not active.
        Partner = 1 "partner",
        /// The app is not active.
        App = 2 "app",
        /// The credential or token was cut off.
        CutOff = 3 "cut-off",
        /// The program is not live for this app.
        Program = 4 "program",
        /// The API version has ended.
        Version = 5 "version",
        /// Catalog or rules in force do not know the class.
        UnknownClass = 6 "unknown-class",
        /// No agreement covers class and purpose now.
        Agreement = 7 "agreement",
        /// No certification covers class and purpose now.
        Certification = 8 "certification",
        /// No installation of the app stands in the context.
        Installation = 9 "installation",
        /// The admin did not allow the class.
        InstallationClass = 10 "installation-class",
        /// The acting person's grant has ended.
        Grant = 11 "grant",
        /// The grant does not cover the class.
        GrantClass = 12 "grant-class",
        /// The grant does not cover the group.
        GrantContext = 13 "grant-context",
        /// The platform's facts are too old to be believed.
        FactsStale = 14 "facts-stale",
        /// The record is not published.
        Unpublished = 15 "unpublished",
        /// The record has no resolvable context where the class needs one.
        NoContext = 16 "no-context",
        /// A derived number is below its minimum.
        TooFew = 17 "too-few",
        /// Not about the acting person.
        NotSelf = 18 "not-self",
        /// The acting person takes no part in the context.
        NotParticipant = 19 "not-participant",
        /// The acting person has not used the app for too long.
        Idle = 20 "idle",
        /// The grant was given for another purpose.
        GrantPurpose = 21 "grant-purpose",
        /// The grant's time for the class has run out, or its one use is over.
        GrantClassEnded = 22 "grant-class-ended",
        /// The app has not used the class for too long.
        Unused = 23 "unused",
        /// The class of this app is not reviewed, and this is no sandbox.
        Review = 24 "review",
        /// Whom it is about cannot be told.
        Unresolvable = 100 "unresolvable",
        /// Nobody the state knows.
        UnknownPerson = 101 "unknown-person",
        /// Erased.
        Erased = 102 "erased",
        /// The person wants no apps at all.
        SettingAllApps = 103 "setting-all-apps",
        /// The person wants no app to see them through this group.
        SettingContext = 104 "setting-group",
        /// The person refused this app everywhere.
        SettingApp = 105 "setting-app",
        /// Opted out, left, or never asked.
        NoOptIn = 106 "no-opt-in",
        /// Not a friend of the acting person.
        NotFriend = 107 "not-friend",
        /// The class of this app is not reviewed, and the person does not test it.
        NotTester = 108 "not-tester",
        /// The program is an experiment, and the person is not in it.
        NotInExperiment = 109 "not-in-experiment",
        /// The person wants no app to see them through friends.
        SettingFriends = 110 "setting-friends",
        /// The person wants nothing beyond the feature.
        SettingBeyond = 111 "setting-beyond",
    }
);

impl Reason {
    /// Whether it stems from a person and must look like every other such reason to a partner.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        self.code() >= 100
    }

    /// The word a partner may read (invariant 9).
    #[must_use]
    pub const fn partner_word(self) -> &'static str {
        if self.is_personal() { "person" } else { self.word() }
    }

    /// Whether it is one of app, token or rules, and none of what was asked for or of whom it is about: it stands in the way
    /// whatever records there are, and is told where there are none, in the words that are told where all are withheld.
    #[must_use]
    pub const fn is_requests_own(self) -> bool {
        match self {
            Self::Partner
            | Self::App
            | Self::CutOff
            | Self::Program
            | Self::Version
            | Self::UnknownClass
            | Self::Agreement
            | Self::Certification
            | Self::Unused
            | Self::Review
            | Self::Installation
            | Self::InstallationClass
            | Self::Grant
            | Self::Idle
            | Self::GrantPurpose
            | Self::GrantClass
            | Self::GrantClassEnded
            | Self::GrantContext
            | Self::FactsStale => true,
            Self::Unpublished
            | Self::NoContext
            | Self::TooFew
            | Self::NotSelf
            | Self::NotParticipant
            | Self::Unresolvable
            | Self::UnknownPerson
            | Self::Erased
            | Self::SettingAllApps
            | Self::SettingContext
            | Self::SettingApp
            | Self::SettingFriends
            | Self::SettingBeyond
            | Self::NoOptIn
            | Self::NotInExperiment
            | Self::NotTester
            | Self::NotFriend => false,
        }
    }
}

codes!(
    /// A partner's status (Consumer Data Right register).
    PartnerStatus {
        /// May receive.
        Active = 0 "active",
        /// No disclosure, no new consent; withdrawing and deleting still work.
        Suspended = 1 "suspended",
        /// Ended by the platform.
        Revoked = 2 "revoked",
        /// Ended by the partner.
        Surrendered = 3 "surrendered",
    }
);

codes!(
    /// An app's status.
    AppStatus {
        /// May receive.
        Active = 0 "active",
        /// No disclosure, no new consent.
        Suspended = 1 "suspended",
        /// Ended for good.
        Removed = 2 "removed",
    }
);

codes!(
    /// A program's status.
    ProgramStatus {
        /// Not open yet.
        Draft = 0 "draft",
        /// Open.
        Live = 1 "live",
        /// Existing installations and grants only.
        Restricted = 2 "restricted",
        /// Over: every access through it has ended.
        Closed = 3 "closed",
        /// Open until an instant, for so many people.
        Experimental = 4 "experimental",
    }
);

codes!(
    /// What kind of context data stands in.
    ContextKind {
        /// No context.
        None = 0 "none",
        /// A group.
        Group = 1 "group",
        /// A conversation.
        Conversation = 2 "conversation",
    }
);

codes!(
    /// What kind of thing a record is.
    ObjectKind {
        /// A person's profile.
        Person = 1 "person",
        /// A group.
        Group = 2 "group",
        /// A post.
        Post = 3 "post",
        /// A comment.
        Comment = 4 "comment",
        /// A photo or video.
        Media = 5 "media",
        /// Somebody's membership.
        Member = 6 "member",
    }
);

codes!(
    /// What an id in an answer names; each is translated pairwise.
    IdentifierKind {
        /// A person.
        Person = 1 "person",
        /// A group.
        Group = 2 "group",
        /// A post.
        Post = 3 "post",
        /// A comment.
        Comment = 4 "comment",
        /// A photo or video.
        Media = 5 "media",
    }
);

codes!(
    /// A record's publication state as the upstream tells it.
    Publication {
        /// Published.
        Published = 0 "published",
        /// A draft.
        Draft = 1 "draft",
        /// Uploaded, never posted.
        Unposted = 2 "unposted",
        /// Deleted.
        Deleted = 3 "deleted",
        /// The record did not say, or said something unknown: treated as not published.
        Unknown = 4 "unknown",
    }
);

codes!(
    /// Why staff ended or changed something.
    EndingReason {
        /// Data was taken improperly.
        DataTakenImproperly = 1 "data-taken-improperly",
        /// Data was not anonymised as promised.
        NotAnonymised = 2 "not-anonymised",
        /// Malware.
        Malware = 3 "malware",
        /// Breach of terms.
        Terms = 4 "terms",
        /// The partner's own wish.
        OwnWish = 5 "own-wish",
        /// An incident.
        Incident = 6 "incident",
        /// Another reason, in the note.
        Other = 7 "other",
    }
);

codes!(
    /// What a staff member may do.
    StaffRole {
        /// Read.
        Viewer = 0 "viewer",
        /// Also review apps and work on cases.
        Reviewer = 1 "reviewer",
        /// Also end and suspend, and look up who somebody is.
        Responder = 2 "responder",
        /// Everything.
        Admin = 3 "admin",
        /// Read everything, change nothing.
        Auditor = 4 "auditor",
    }
);

codes!(
    /// What a case began with.
    CaseKind {
        /// A person's report.
        Report = 0 "report",
        /// A finding.
        Finding = 1 "finding",
        /// Staff's own inquiry.
        Inquiry = 2 "inquiry",
    }
);

codes!(
    /// How a case was decided.
    CaseOutcome {
        /// Nothing was wrong.
        Unfounded = 0 "unfounded",
        /// The partner was warned.
        Warned = 1 "warned",
        /// The app was suspended.
        Suspended = 2 "suspended",
        /// The app was removed.
        Removed = 3 "removed",
    }
);

codes!(
    /// Conditions that a standing probe holds: each has a credential that fails for this condition alone.
    Condition {
        /// The grant's time has run out.
        GrantExpiry = 0 "grant-expiry",
        /// The program is closed.
        ProgramClosed = 1 "program-closed",
        /// The grant was ended.
        GrantEnded = 2 "grant-ended",
        /// The app or partner is suspended.
        Suspended = 3 "suspended",
        /// The person opted out.
        OptIn = 4 "opt-in",
        /// No admin stands behind the installation any more.
        Lapsed = 5 "lapsed",
        /// The certification has run out.
        Certification = 6 "certification",
        /// The person has not used the app for too long.
        Idle = 7 "idle",
        /// The API version has ended.
        Version = 8 "version",
        /// A setting of the person's.
        Setting = 9 "setting",
        /// The token was cut off.
        CutOff = 10 "cut-off",
        /// The agreement has run out.
        Agreement = 11 "agreement",
        /// The app has not used the class for too long.
        Unused = 12 "unused",
        /// The app is not reviewed.
        Review = 13 "review",
        /// The access token's time has run out.
        TokenExpiry = 14 "token-expiry",
        /// The client's secret was ended, has run out, or is wrong.
        Credential = 15 "credential",
    }
);

codes!(
    /// How grave a reason is.
    Severity {
        /// For the record.
        Low = 1 "low",
        /// To be dealt with.
        Medium = 2 "medium",
        /// Harm is likely.
        High = 3 "high",
    }
);

/// Bits of relation between a record and the acting person, carried from the upstream.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Relation(#[n(0)] pub u8);

impl Relation {
    /// Nothing is known.
    pub const NONE: Self = Self(0);
    /// Everyone the record is about is a friend of the acting person.
    pub const FRIEND: Self = Self(1);
    /// The acting person takes part in the context.
    pub const PARTICIPANT: Self = Self(2);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whose authority a token carries.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
pub enum Chain {
    /// A person's grant.
    #[n(0)]
    Grant(#[n(0)] GrantNo),
    /// An installation: the app acts for itself within it.
    #[n(1)]
    Installation(#[n(0)] InstallationNo),
}

/// Who caused an event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
pub enum Actor {
    /// Bailment itself, following a rule.
    #[n(0)]
    System,
    /// The platform, by a fact.
    #[n(1)]
    Platform,
    /// A person, for themselves or as an admin.
    #[n(2)]
    Person(#[n(0)] PersonNo),
    /// A staff member.
    #[n(3)]
    Staff(#[n(0)] StaffNo),
    /// Whoever runs the command line on the machine itself.
    #[n(4)]
    Operator,
    /// The app itself (token endpoint).
    #[n(5)]
    App,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            assert_eq!(Reason::from_word(reason.word()), Some(*reason));
        }
        assert_eq!(Reason::NoOptIn.partner_word(), Reason::Erased.partner_word());
    }

    #[test]
    fn what_stems_from_a_person_is_never_the_requests_own() {
        for reason in Reason::ALL {
            assert!(!(reason.is_personal() && reason.is_requests_own()), "{reason}");
        }
    }
}
