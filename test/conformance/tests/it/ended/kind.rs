//! The kinds of ending, and what each of them takes.

/// A kind of ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    RuleChange,
    OptOut,
    SettingAllApps,
    SettingApp,
    SettingGroup,
    GrantEnded,
    Disabled,
    Demoted,
    MemberGone,
    PostDeleted,
    AppSuspended,
    PartnerSuspended,
    ProgramClosed,
    CutOffPlatform,
    CutOffPartner,
    CutOffApp,
    CutOffInstallation,
    CutOffGrant,
    /// Many apps suspended at once, lifted again.
    SuspendedWithOthers,
    /// The app's exception in a closed program.
    ExceptionEnded,
    /// An experiment, closed and opened again.
    ExperimentClosed,
    /// The end of the API version, moved to now and away again.
    SunsetNow,
    /// The person tests the app no more, which is not reviewed.
    TesterRemoved,
    ReviewWithdrawn,
    /// The person wants nothing beyond the feature, which the purpose of every operation is.
    SettingBeyond,
    /// "Not through groups".
    SettingAllGroups,
    /// "Not through friends", where posts stand in no group.
    SettingFriends,
    /// The partner's statement, which names need.
    CertificationEnded,
    /// That of the program; made anew, it revives what stands.
    AgreementEnded,
    CredentialEnded,
    /// The group's admin takes names away.
    InstallationNarrowed,
    /// Another catalog, in which a person beside something has no name.
    CatalogActivated,
    /// The grant made anew, without what people write and their names.
    GrantNarrowed,
}

/// What must be so in the world of a kind, and is no matter to the others in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// The purpose of every operation goes beyond the feature.
    Beyond,
    /// Names need a certification; every lane's app has one.
    Certification,
    /// Posts stand in no group and need nobody's consent but the acting person's.
    PostsOfNoGroup,
}

/// Whose tokens show what the ending takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    Both,
    /// What the installation shows goes on.
    Grant,
    /// Of what the grant shows, posts that are asked for one by one.
    GrantToPosts,
}

/// What an answer shows, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows(pub u8);

impl Shows {
    pub const NOTHING: Self = Self(0);
    /// Any 200 to an installation token.
    pub const INSTALLATION: Self = Self(1);
    /// Any 200 to a person's token.
    pub const PERSON: Self = Self(2);
    /// Any 200 to a link to media.
    pub const LINK: Self = Self(4);
    /// The name of the lane's person.
    pub const NAME: Self = Self(8);
    /// The text of the generation's post.
    pub const TEXT: Self = Self(16);
    const APP: Self = Self(Self::INSTALLATION.0 | Self::PERSON.0 | Self::LINK.0);
    const THROUGH_INSTALLATION: Self = Self(Self::INSTALLATION.0 | Self::LINK.0);

    pub const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What may show only between giving and ending.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub what: Shows,
    /// From where on.
    pub since: Since,
    /// Whether what was given in a round shows in that round alone.
    pub revives: Revives,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Given,
    Named,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revives {
    Never,
    WhenGivenAgain,
}

const fn rule(what: Shows, since: Since, revives: Revives) -> Rule {
    Rule { what, since, revives }
}

impl Kind {
    /// What must be so in its world for there to be something to end.
    pub const fn needs(self) -> Needs {
        match self {
            Self::SettingBeyond => Needs::Beyond,
            Self::CertificationEnded => Needs::Certification,
            Self::SettingFriends => Needs::PostsOfNoGroup,
            _ => Needs::Nothing,
        }
    }

    /// Whose tokens show what it takes.
    pub const fn through(self) -> Through {
        match self {
            Self::GrantNarrowed => Through::Grant,
            Self::SettingFriends => Through::GrantToPosts,
            _ => Through::Both,
        }
    }

    /// What the ending takes; all of it must be gone behind its position.
    pub const fn rules(self) -> &'static [Rule] {
        const NAME: &[Rule] = &[rule(Shows::NAME, Since::Given, Revives::WhenGivenAgain)];
        const ALL: &[Rule] = &[rule(Shows::APP, Since::Given, Revives::WhenGivenAgain)];
        const TOKENS: &[Rule] = &[rule(Shows::APP, Since::Given, Revives::Never)];
        const INSTALLED: &[Rule] =
            &[rule(Shows::THROUGH_INSTALLATION, Since::Given, Revives::Never)];
        const LAPSED: &[Rule] = &[
            rule(Shows::THROUGH_INSTALLATION, Since::Given, Revives::Never),
            // The member's own grant reaches the group through the installation.
            rule(Shows::TEXT, Since::Given, Revives::WhenGivenAgain),
        ];
        const DISABLED: &[Rule] = &[
            rule(Shows::THROUGH_INSTALLATION, Since::Given, Revives::Never),
            rule(Shows::TEXT, Since::Given, Revives::WhenGivenAgain),
            rule(Shows::NAME, Since::Named, Revives::WhenGivenAgain),
        ];
        const OF_PERSON: &[Rule] = &[
            rule(Shows::NAME, Since::Given, Revives::WhenGivenAgain),
            rule(Shows::TEXT, Since::Given, Revives::WhenGivenAgain),
        ];
        const NAMED: &[Rule] = &[rule(Shows::NAME, Since::Named, Revives::WhenGivenAgain)];
        const OF_PERSON_AND_LINK: &[Rule] = &[
            rule(Shows::NAME, Since::Given, Revives::WhenGivenAgain),
            rule(Shows::TEXT, Since::Given, Revives::WhenGivenAgain),
            rule(Shows::LINK, Since::Given, Revives::WhenGivenAgain),
        ];
        const GRANT: &[Rule] = &[rule(Shows::PERSON, Since::Given, Revives::Never)];
        const POST: &[Rule] = &[
            rule(Shows::TEXT, Since::Given, Revives::Never),
            rule(Shows::LINK, Since::Given, Revives::Never),
        ];
        match self {
            Self::RuleChange
            | Self::OptOut
            | Self::SettingAllApps
            | Self::SettingApp
            | Self::SettingGroup
            | Self::SettingAllGroups
            | Self::CertificationEnded
            | Self::CatalogActivated
            | Self::MemberGone => NAME,
            Self::InstallationNarrowed => NAMED,
            Self::AgreementEnded | Self::GrantNarrowed => OF_PERSON_AND_LINK,
            Self::GrantEnded | Self::CutOffGrant => GRANT,
            Self::Disabled => DISABLED,
            Self::Demoted => LAPSED,
            Self::PostDeleted => POST,
            // Of the bytes behind a link the platform says in which group they stand, whatever the catalog says of posts.
            Self::SettingFriends
            | Self::TesterRemoved
            | Self::ReviewWithdrawn
            | Self::SettingBeyond => OF_PERSON,
            Self::AppSuspended
            | Self::PartnerSuspended
            | Self::ProgramClosed
            | Self::SuspendedWithOthers
            | Self::ExceptionEnded
            | Self::ExperimentClosed
            | Self::SunsetNow => ALL,
            Self::CutOffPlatform
            | Self::CutOffPartner
            | Self::CutOffApp
            | Self::CredentialEnded => TOKENS,
            Self::CutOffInstallation => INSTALLED,
        }
    }

    /// What readers must have seen before it is worth ending.
    pub const fn mark(self) -> Shows {
        match self {
            Self::RuleChange
            | Self::OptOut
            | Self::SettingAllApps
            | Self::SettingApp
            | Self::SettingGroup
            | Self::MemberGone
            | Self::TesterRemoved
            | Self::ReviewWithdrawn
            | Self::SettingBeyond
            | Self::SettingAllGroups
            | Self::SettingFriends
            | Self::CertificationEnded
            | Self::AgreementEnded
            | Self::InstallationNarrowed
            | Self::CatalogActivated
            | Self::Disabled => Shows::NAME,
            Self::GrantEnded | Self::CutOffGrant => Shows::PERSON,
            Self::PostDeleted | Self::GrantNarrowed => Shows::TEXT,
            Self::Demoted | Self::CutOffInstallation => Shows::THROUGH_INSTALLATION,
            Self::AppSuspended
            | Self::PartnerSuspended
            | Self::ProgramClosed
            | Self::SuspendedWithOthers
            | Self::ExceptionEnded
            | Self::ExperimentClosed
            | Self::SunsetNow
            | Self::CutOffPlatform
            | Self::CutOffPartner
            | Self::CutOffApp
            | Self::CredentialEnded => Shows::APP,
        }
    }
}
