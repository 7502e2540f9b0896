//! For admins: apps in my groups.

mod change;
mod enable;
mod list;
mod manage;

pub(crate) use change::{confirm, disable, narrow};
pub(crate) use enable::{choose, enable};
pub(crate) use list::list;
pub(crate) use manage::{disable_page, manage};

#[cfg(test)]
pub(crate) use {
    enable::{ChoosePage, EnablePage, OfferLine, PreviewPage, TargetLine},
    list::{GroupCard, GroupsPage, InstalledLine},
    manage::{DisablePage, ManagePage},
};

use crate::names::Groups;
use crate::page::Halt;
use crate::parts::Console;
use consent::State;
use flows::admin::Refusal;
use model::{ContextNo, PersonNo};
use store::Store;

/// The groups that a person is an admin of now.
fn administered(state: &State, person: PersonNo, memberships: &[ContextNo]) -> Vec<ContextNo> {
    let is_admin = |context: &&ContextNo| {
        state.context(**context).is_some_and(|one| one.is_live() && one.has_admin(person))
    };
    memberships.iter().filter(is_admin).copied().collect()
}

/// The same, read from the store.
fn own_groups(console: &Console, person: PersonNo) -> Result<Vec<ContextNo>, Halt> {
    let memberships = console.store().memberships(person)?;
    Ok(administered(&console.store().state(), person, &memberships))
}

fn refused(refusal: &Refusal) -> Halt {
    match refusal {
        Refusal::Unknown => Halt::NotFound,
        other => Halt::Refused(crate::page::sentence(&other.to_string())),
    }
}

/// How an installation is, in a word and its colour.
fn status(state: &State, installation: &consent::Installation) -> (&'static str, &'static str) {
    if installation.ended {
        ("Disabled", "off")
    } else if state.is_standing(installation) {
        ("Standing", "good")
    } else {
        ("Lapsed", "warn")
    }
}

fn joined(list: &[String]) -> String {
    if list.is_empty() { "nobody".to_owned() } else { list.join(", ") }
}

fn group_name(groups: &Groups, store: &Store, context: ContextNo) -> String {
    groups.name(store, context)
}
