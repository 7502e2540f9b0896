//! The closed vocabulary of notices.

/// Who reads a text: the same news is worded, and sometimes told, differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// Somebody of the platform, admin or not.
    Person,
    /// A partner.
    Partner,
    /// The platform's staff.
    Staff,
}

impl Reader {
    /// The word in JSON and in the names of texts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Partner => "partner",
            Self::Staff => "staff",
        }
    }
}

/// One line a kind: what it is, its code in the database (never reused), its word, and who reads it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $word:literal [$($reader:ident),+]),+ $(,)?) => {
        /// What a notice is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Kind { $($(#[$doc])* $variant = $code),+ }

        impl Kind {
            /// Every kind, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in the database; never reused.
            #[must_use]
            pub const fn code(self) -> u16 { self as u16 }

            /// The kind with this code.
            #[must_use]
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The word in JSON, in webhooks and in the names of texts.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Who is ever told this: each has a text in every language.
            #[must_use]
            pub const fn readers(self) -> &'static [Reader] {
                match self { $(Self::$variant => &[$(Reader::$reader),+]),+ }
            }
        }
    };
}

kinds! {
    /// An app was enabled in a group, or had lapsed there and is again: its members are told.
    AppEnabled = 1 "app-enabled" [Person],
    /// No admin stands behind an installation any more: the remaining admins and the partner are told.
    InstallationLapsed = 2 "installation-lapsed" [Person, Partner],
    /// An app was disabled in a group: the other admins and the partner are told.
    InstallationEnded = 3 "installation-ended" [Person, Partner],
    /// An agreement ends soon.
    AgreementEnding = 4 "agreement-ending" [Partner],
    /// An agreement has ended.
    AgreementEnded = 5 "agreement-ended" [Partner],
    /// A certification runs out soon, and no other takes its place.
    CertificationEnding = 6 "certification-ending" [Partner],
    /// A certification has run out or was withdrawn.
    CertificationEnded = 7 "certification-ended" [Partner],
    /// A credential expires soon, and no other takes its place.
    CredentialEnding = 8 "credential-ending" [Partner],
    /// A credential has expired or was ended.
    CredentialEnded = 9 "credential-ended" [Partner],
    /// An app's status changed.
    AppStatusChanged = 10 "app-status-changed" [Partner],
    /// A partner's status changed.
    PartnerStatusChanged = 11 "partner-status-changed" [Partner],
    /// The status of a program that a partner has an agreement in changed.
    ProgramStatusChanged = 12 "program-status-changed" [Partner],
    /// Another rule is in force.
    RuleChanged = 13 "rule-changed" [Partner, Staff],
    /// A notice could not be delivered, in spite of many attempts.
    DeliveryFailed = 14 "delivery-failed" [Staff],
    /// An API version was announced to be deprecated or to end, its end was moved, or both were called off.
    VersionChanged = 15 "version-changed" [Partner],
    /// An API version ends soon.
    VersionEnding = 16 "version-ending" [Partner],
    /// An API version has ended.
    VersionEnded = 17 "version-ended" [Partner],
    /// An experimental program ends soon.
    ProgramEnding = 18 "program-ending" [Partner],
    /// An experimental program has ended.
    ProgramEnded = 19 "program-ended" [Partner],
    /// An app goes on in a closed program, until an instant.
    ExceptionMade = 20 "exception-made" [Person, Partner],
    /// Such an exception ends soon.
    ExceptionEnding = 21 "exception-ending" [Partner],
    /// Such an exception has ended.
    ExceptionEnded = 22 "exception-ended" [Partner],
    /// A partner must acknowledge what its app holds and uses.
    ReportIssued = 23 "report-issued" [Partner],
    /// A report is still not acknowledged, and its term is near.
    ReportDue = 24 "report-due" [Partner],
    /// The term of a report has passed: the app is restricted.
    AppRestricted = 25 "app-restricted" [Partner],
    /// Classes that an app does not use end soon.
    ClassesUnused = 26 "classes-unused" [Partner],
    /// Classes have ended because the app did not use them.
    ClassesUnusedEnded = 27 "classes-unused-ended" [Partner],
    /// A case about an app was opened.
    CaseOpened = 28 "case-opened" [Partner],
    /// A case was decided.
    CaseDecided = 29 "case-decided" [Partner],
    /// A partner appealed.
    CaseAppealed = 30 "case-appealed" [Staff],
    /// An appeal was decided.
    AppealDecided = 31 "appeal-decided" [Partner],
    /// Something that should not be was noticed.
    FindingRaised = 32 "finding-raised" [Staff],
    /// A person reported an app.
    AppReported = 33 "app-reported" [Staff],
    /// Apps of a partner were suspended in a mass action.
    AppsSuspended = 34 "apps-suspended" [Partner],
    /// A mass action was lifted, for exactly the apps that it named.
    SuspensionLifted = 35 "suspension-lifted" [Partner],
    /// An admin took classes away from an app in a group: the other admins and the partner are told.
    InstallationNarrowed = 36 "installation-narrowed" [Person, Partner],
    /// What was received under an agreement must be anonymised soon.
    AnonymiseDue = 37 "anonymise-due" [Partner, Staff],
    /// What was received under an agreement must be anonymised by now.
    AnonymiseTerm = 38 "anonymise-term" [Partner, Staff],
    /// What was last received under an agreement that is over may not be kept much longer.
    RetentionDue = 39 "retention-due" [Partner, Staff],
    /// Nothing of certain classes that was received under an agreement may be kept any more.
    RetentionTerm = 40 "retention-term" [Partner, Staff],
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_kind_is_found_by_its_code_and_has_a_word_of_its_own() {
        let mut words = BTreeSet::new();
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
            assert!(words.insert(kind.word()), "{kind} is there twice");
        }
        assert_eq!(Kind::from_code(0), None);
    }
}
