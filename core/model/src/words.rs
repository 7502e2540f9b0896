//! Reasons in plain words, for the pages and answers that staff and people read. What a partner hears is the gate's own matter:
//! of whatever stems from a person it hears one word.

use crate::Reason;

impl Reason {
    /// The link that failed, as a clause: "the certification has run out". Each reason has words of its own.
    #[must_use]
    pub const fn plain(self) -> &'static str {
        match self {
            Self::Partner => "the partner is not active",
            Self::App => "the app is not active, or is suspended together with others",
            Self::CutOff => "the credential or token was cut off",
            Self::Program => "the program is not open to this app",
            Self::Version => "this API version has ended",
            Self::UnknownClass => "catalog or policy withhold it",
            Self::Agreement => "no agreement covers it",
            Self::Certification => "the certification has run out",
            Self::Installation => {
                "the app is not enabled in the group, or no admin stands behind it"
            }
            Self::InstallationClass => "the admin did not allow it",
            Self::Grant => "the person's access for the app has ended",
            Self::GrantClass => "the person did not allow it to the app",
            Self::GrantContext => "the person did not allow this group to the app",
            Self::FactsStale => "the platform's facts are too old to be believed",
            Self::Unpublished => "the record is not published",
            Self::NoContext => "it belongs to no group, and may leave through groups only",
            Self::TooFew => "there are too few to hide among",
            Self::NotSelf => "it is not about the person who acts",
            Self::NotParticipant => "the person who acts takes no part there",
            Self::Idle => "the person has not used the app for too long",
            Self::GrantPurpose => "the person allowed another purpose",
            Self::GrantClassEnded => "the person's time for it has run out, or its one use is over",
            Self::Unused => "the app has not used it for too long",
            Self::Review => "it is not reviewed for this app yet",
            Self::Unresolvable => "whom it is about cannot be told",
            Self::UnknownPerson => "whom it is about is not known",
            Self::Erased => "whom it was about is erased",
            Self::SettingAllApps => "the person wants no apps at all",
            Self::SettingContext => "the person wants no apps through this group",
            Self::SettingApp => "the person blocked the app",
            Self::NoOptIn => "the person has not opted in",
            Self::NotFriend => "it is about nobody who is a friend of the person who acts",
            Self::NotTester => {
                "it is not reviewed for this app yet, and the person does not test it"
            }
            Self::NotInExperiment => "the program is an experiment, and the person is not in it",
            Self::SettingFriends => "the person wants no apps through friends",
            Self::SettingBeyond => "the person wants nothing beyond the feature",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_words_of_its_own() {
        let words: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.plain()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert!(words.iter().all(|words| !words.contains('-') && !words.ends_with('.')));
    }
}
