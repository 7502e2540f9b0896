//! Events that give and take reach: cut-offs, installations, grants, opt-ins, settings.

use super::{CutOffSubject, Named, SettingScope, Why, names};
use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{
    AppNo, ClassMask, ContextNo, GrantNo, InstallationNo, PersonNo, Position, PurposeNo, Timestamp,
};

/// Every token of a subject issued so far is dead.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CutOff {
    /// Whose tokens.
    #[n(0)]
    pub subject: CutOffSubject,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for CutOff {
    fn name(&self, leaf: &mut Leaf) {
        self.subject.name(leaf);
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// An admin enabled an app in a context.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationMade {
    /// Its number.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Where.
    #[n(2)]
    pub context: ContextNo,
    /// What the admin allowed.
    #[n(3)]
    pub classes: ClassMask,
    /// The admin who stands behind it.
    #[n(4)]
    pub backer: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(InstallationMade { installation: installation, app: app, classes: classes });

/// An admin stands behind an installation from now on; a lapsed one stands again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationBacked {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// The admin.
    #[n(2)]
    pub backer: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(InstallationBacked { installation: installation, app: app });

/// An admin took classes away from an installation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationNarrowed {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// What stays allowed.
    #[n(2)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(InstallationNarrowed { installation: installation, app: app, classes: classes });

/// An app was disabled in a context.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationEnded {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(InstallationEnded { installation: installation, app: app });

/// A person authorized an app, or changed an authorization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantMade {
    /// Its number; that of the standing grant of this person and app, if there is one.
    #[n(0)]
    pub grant: GrantNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who.
    #[n(2)]
    pub person: PersonNo,
    /// What.
    #[n(3)]
    pub classes: ClassMask,
    /// In which groups, ascending.
    #[n(4)]
    pub contexts: Vec<ContextNo>,
    /// Until when, exclusive.
    #[n(5)]
    pub expires_at: Timestamp,
    /// Classes that end before the grant does.
    #[n(6)]
    pub ends: Option<Vec<ClassEnd>>,
    /// Classes that one answer may use, and none after it.
    #[n(7)]
    pub once: Option<ClassMask>,
    /// For what, ascending; absent: for what the agreement names.
    #[n(8)]
    pub purposes: Option<Vec<PurposeNo>>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(GrantMade { grant: grant, app: app, classes: classes });

/// An authorization code was redeemed; a refresh family begins.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CodeRedeemed {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// By which app.
    #[n(1)]
    pub app: AppNo,
    /// Issue number of the code, which names the family.
    #[n(2)]
    pub code: Position,
}

names!(CodeRedeemed { grant: grant, app: app, issue: code } by nobody);

/// A refresh token was rotated.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RefreshRotated {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// By which app.
    #[n(1)]
    pub app: AppNo,
    /// Which family.
    #[n(2)]
    pub family: Position,
    /// Number of the successor.
    #[n(3)]
    pub counter: u32,
}

names!(RefreshRotated { grant: grant, app: app, issue: family } by nobody);

/// A refresh family ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FamilyEnded {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Which family.
    #[n(2)]
    pub family: Position,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(FamilyEnded { grant: grant, app: app, issue: family });

/// A grant ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantEnded {
    /// Which.
    #[n(0)]
    pub grant: GrantNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(GrantEnded { grant: grant, app: app });

/// A person allowed an app, in a context, classes about them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OptIn {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// The app in the context.
    #[n(1)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(2)]
    pub app: AppNo,
    /// Added to what stands.
    #[n(3)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

// No installation: beside its group's number, a handful of choices are somebody's.
names!(OptIn { app: app, classes: classes });

/// A person took that back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OptOut {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// The app in the context.
    #[n(1)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(2)]
    pub app: AppNo,
    /// Taken from what stands.
    #[n(3)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

// No installation: beside its group's number, a handful of choices are somebody's.
names!(OptOut { app: app, classes: classes });

/// A person set or lifted a standing choice.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SettingChanged {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// For what.
    #[n(1)]
    pub scope: SettingScope,
    /// Classes blocked in this scope from now on; none lifts it.
    #[n(2)]
    pub blocked: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for SettingChanged {
    fn name(&self, leaf: &mut Leaf) {
        leaf.classes = Some(self.blocked);
        if let SettingScope::App(app) = self.scope {
            leaf.app = Some(app);
        }
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// When classes of a grant end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClassEnd {
    /// Which classes.
    #[n(0)]
    pub classes: ClassMask,
    /// Until when, exclusive.
    #[n(1)]
    pub until: Timestamp,
}

/// A class was used by an app on a day, the first time on that day. Follows the disclosure that used it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClassesUsed {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// Which classes.
    #[n(1)]
    pub classes: ClassMask,
    /// Whole days since 1970-01-01 (UTC).
    #[n(2)]
    pub day: u32,
}

names!(ClassesUsed { app: app, classes: classes } by nobody);

/// What a person allowed for one time was used. Follows the disclosure that used it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantSpent {
    /// Which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Which classes.
    #[n(2)]
    pub classes: ClassMask,
}

names!(GrantSpent { grant: grant, app: app, classes: classes } by nobody);
