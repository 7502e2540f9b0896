//! What is tried: each condition, and where there is more than one way to bring it about, each of them.

use model::Condition;

/// Suspended by an event that names many apps; the app's own status stays what it was.
const ONE_OF_MANY: &str = "suspended, as one of many";
/// Suspended by its partner's status; the app's own stays what it was.
const WITH_PARTNER: &str = "suspended, with its partner";

/// One chain that is broken in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trial {
    /// A condition, brought about in the plainest way.
    Of(Condition),
    /// Suspended in a suspension of many apps.
    OneOfMany,
    /// Suspended with its partner, which it alone belongs to.
    WithPartner,
}

impl Trial {
    /// Every trial.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Condition::ALL.iter().copied().map(Self::Of).chain([Self::OneOfMany, Self::WithPartner])
    }

    /// What it is about.
    pub(crate) const fn condition(self) -> Condition {
        match self {
            Self::Of(condition) => condition,
            Self::OneOfMany | Self::WithPartner => Condition::Suspended,
        }
    }

    /// What its app is called after, and what it is kept under.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Of(condition) => condition.word(),
            Self::OneOfMany => ONE_OF_MANY,
            Self::WithPartner => WITH_PARTNER,
        }
    }

    /// The trial of this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|trial| trial.word() == word)
    }

    /// Whether it goes through the subject's grant wherever it can; the others go through the installation while the
    /// program that shows members is open.
    pub(crate) const fn by_grant(self) -> bool {
        match self.condition() {
            Condition::GrantExpiry
            | Condition::ProgramClosed
            | Condition::GrantEnded
            | Condition::Idle => true,
            Condition::Suspended
            | Condition::OptIn
            | Condition::Lapsed
            | Condition::Certification
            | Condition::Version
            | Condition::Setting
            | Condition::CutOff
            | Condition::Agreement
            | Condition::Unused
            | Condition::Review
            | Condition::TokenExpiry
            | Condition::Credential => false,
        }
    }

    /// Whether there is nothing to break without an installation at which the subject is shown.
    pub(crate) const fn needs_members(self) -> bool {
        matches!(self.condition(), Condition::OptIn | Condition::Lapsed | Condition::Unused)
    }

    /// Whether what is broken must also keep the app from a new token.
    pub(crate) const fn ends_tokens(self) -> bool {
        match self.condition() {
            Condition::GrantExpiry
            | Condition::GrantEnded
            | Condition::Suspended
            | Condition::Lapsed
            | Condition::Agreement => true,
            // What a token gives is less or nothing, and it is given; or other tokens are given (the cut-off). Secrets have
            // a trial of their own.
            Condition::ProgramClosed
            | Condition::OptIn
            | Condition::Certification
            | Condition::Idle
            | Condition::Version
            | Condition::Setting
            | Condition::CutOff
            | Condition::Unused
            | Condition::Review
            | Condition::TokenExpiry
            | Condition::Credential => false,
        }
    }
}
