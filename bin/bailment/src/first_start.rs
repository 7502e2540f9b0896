//! What a new directory gets: the built-in catalog, a policy, live programs, one staff account.

use crate::cli::Result;
use crate::wire::{Parts, unguessable};
use flows::{Said, account, staff};
use model::{Actor, ProgramStatus, StaffRole};
use sequence::AccountOf;
use store::{Store, Urgency};

/// Login of the first staff account.
const LOGIN: &str = "staff";

/// An account, and the password that is told once.
pub(crate) struct FirstAccount {
    pub(crate) login: &'static str,
    pub(crate) password: String,
}

/// Prepares a directory whose log adopts no catalog yet; does nothing in any other.
///
/// # Errors
/// The store cannot be written.
pub(crate) async fn prepare(parts: &Parts, policy: &'static str) -> Result<Option<FirstAccount>> {
    let store = &parts.store;
    if store.state().catalog().is_some() {
        return Ok(None);
    }
    let said = Said::by(Actor::Operator);
    let by = said.clone();
    let activate = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        staff::activate_catalog(state, env, &by, platform::CATALOG_JSON.as_bytes())
    };
    store.commit(Urgency::Ordinary, None, activate).await??;
    let programs: Vec<_> = store.state().programs().map(|(no, _)| no).collect();
    for program in programs {
        let by = said.clone();
        let open = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            staff::set_program_status(state, env, &by, program, ProgramStatus::Live)
        };
        store.commit(Urgency::Ordinary, None, open).await??;
    }
    // Last: until there is a policy, nothing is released.
    let by = said.clone();
    let rule = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        staff::activate_policy(state, env, &by, policy.as_bytes())
    };
    store.commit(Urgency::Ordinary, None, rule).await??;
    staff_account(store, said).await.map(Some)
}

async fn staff_account(store: &Store, said: Said) -> Result<FirstAccount> {
    let make = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        staff::make_staff(state, env, &said, "First staff account", StaffRole::Admin)
    };
    let made = store.commit(Urgency::Ordinary, None, make).await??;
    let password: String = unguessable()?.chars().take(20).collect();
    set_password(store, AccountOf::Staff(made.reply), LOGIN.to_owned(), password.clone()).await?;
    Ok(FirstAccount { login: LOGIN, password })
}

/// Sets login and password of an account.
///
/// # Errors
/// Nobody is there to have it, or login or password cannot be one.
pub(crate) async fn set_password(
    store: &Store,
    of: AccountOf,
    login: String,
    password: String,
) -> Result<()> {
    let hashed = edge::passwords::hash(password).await?;
    let set = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        account::set_password(state, env, of, &login, &hashed)
    };
    store.commit(Urgency::Ordinary, None, set).await??;
    Ok(())
}
