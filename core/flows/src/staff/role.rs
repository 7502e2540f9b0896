//! Who of the staff may do what: one table, and the one question that every flow of staff asks first.

use super::Refusal;
use consent::State;
use model::{Actor, StaffRole};

/// What staff can be about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Read the register, usage, documents in force.
    Read,
    /// Read the log, notes, and why something was decided.
    ReadLog,
    /// Review apps and work on cases.
    Review,
    /// Suspend, reinstate, cut off, end.
    Respond,
    /// Look up who a person is.
    LookUp,
    /// Register partners and apps, make agreements, certifications and credentials, change details.
    Register,
    /// Adopt catalogs and policies, open programs, announce versions.
    Rule,
    /// Make staff, and say what they may do.
    Appoint,
}

impl Act {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Read,
        Self::ReadLog,
        Self::Review,
        Self::Respond,
        Self::LookUp,
        Self::Register,
        Self::Rule,
        Self::Appoint,
    ];

    /// The act as a word of the interface.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadLog => "read-log",
            Self::Review => "review",
            Self::Respond => "respond",
            Self::LookUp => "look-up",
            Self::Register => "register",
            Self::Rule => "rule",
            Self::Appoint => "appoint",
        }
    }
}

/// The table: whether a role may do this.
#[must_use]
pub const fn allows(role: StaffRole, act: Act) -> bool {
    match role {
        StaffRole::Viewer => matches!(act, Act::Read),
        StaffRole::Reviewer => matches!(act, Act::Read | Act::Review),
        StaffRole::Responder => {
            matches!(act, Act::Read | Act::ReadLog | Act::Review | Act::Respond | Act::LookUp)
        }
        StaffRole::Admin => true,
        StaffRole::Auditor => matches!(act, Act::Read | Act::ReadLog),
    }
}

/// Whether somebody may do this now. Whoever runs the command line on the machine holds the store itself, and may.
///
/// # Errors
/// [`Refusal::NotStaff`] or [`Refusal::RoleNotAllowed`].
pub fn may(state: &State, by: Actor, act: Act) -> Result<(), Refusal> {
    let role = match by {
        Actor::Operator => return Ok(()),
        Actor::Staff(staff) => state.staff_role(staff).ok_or(Refusal::NotStaff)?,
        Actor::System | Actor::Platform | Actor::Person(_) | Actor::App => {
            return Err(Refusal::NotStaff);
        }
    };
    if allows(role, act) { Ok(()) } else { Err(Refusal::RoleNotAllowed { role, act }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_roles_is_this_one() {
        let line = |role: StaffRole| {
            let acts = Act::ALL.iter().filter(|act| allows(role, **act)).map(|act| act.word());
            format!("{role}: {}", acts.collect::<Vec<_>>().join(" "))
        };
        let table: Vec<String> = StaffRole::ALL.iter().map(|role| line(*role)).collect();
        expect_test::expect![[r#"
            viewer: read
            reviewer: read review
            responder: read read-log review respond look-up
            admin: read read-log review respond look-up register rule appoint
            auditor: read read-log"#]]
        .assert_eq(&table.join("\n"));
    }
}
