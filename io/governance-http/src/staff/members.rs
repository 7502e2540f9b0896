//! Staff themselves, and their accounts.

use super::said::{Because, Ending};
use crate::api::{Api, unreadable};
use crate::input::{Asked, invalid};
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::view::Page;
use consent::State;
use edge::{Problem, passwords};
use flows::staff::Act;
use model::{Actor, Env, StaffNo, StaffRole};
use sequence::{AccountOf, Lookup, NameOf};
use serde::{Deserialize, Serialize};
use store::{SessionOf, Urgency};
use utoipa::ToSchema;

/// A staff member.
#[derive(Serialize, ToSchema)]
pub(super) struct StaffView {
    staff: String,
    name: Option<String>,
    /// What they type to sign in, if they can.
    login: Option<String>,
    /// `viewer`, `reviewer`, `responder`, `admin` or `auditor`; absent for who is staff no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// Not ended.
    current: bool,
}

/// Somebody to become staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStaff {
    name: String,
    /// `viewer`, `reviewer`, `responder`, `admin` or `auditor`; admin unless said.
    role: Option<String>,
    #[serde(default)]
    because: Because,
}

/// What somebody may do from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    /// `viewer`, `reviewer`, `responder`, `admin` or `auditor`.
    role: String,
    #[serde(default)]
    because: Because,
}

fn role(text: &str) -> Result<StaffRole, Problem> {
    StaffRole::from_word(text).ok_or_else(|| invalid("role", "is none of the known words"))
}

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    login: String,
    /// Eight characters at least.
    password: String,
}

fn view(api: &Api, no: StaffNo) -> Result<StaffView, Problem> {
    let role = api.store().state().staff_role(no);
    Ok(StaffView {
        staff: no.to_string(),
        name: api.store().name(NameOf::Staff(no)).map_err(unreadable)?,
        login: api.store().login(AccountOf::Staff(no)).map_err(unreadable)?,
        role: role.map(StaffRole::word),
        current: role.is_some(),
    })
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<StaffNo>("after")?);
    let (first, end) =
        (after.map_or(1, |no| no.0.saturating_add(1)), api.store().state().next_staff().0);
    let numbers: Vec<StaffNo> = (first..end).map(StaffNo).take(limit + 1).collect();
    let next = numbers.get(limit).and(numbers.get(limit.saturating_sub(1)));
    let items =
        numbers.iter().take(limit).map(|no| view(&api, *no)).collect::<Result<Vec<_>, _>>()?;
    reply::ok(&Page { items, next: next.map(ToString::to_string) })
}

pub(super) async fn make(api: Api, asked: Asked) -> Answer {
    let NewStaff { name, role: wanted, because } = asked.json()?;
    let role = wanted.as_deref().map_or(Ok(StaffRole::Admin), role)?;
    let said = because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::make_staff(state, env, &said, &name, role)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &view(&api, done.reply)?)
}

pub(super) async fn set_role(api: Api, asked: Asked) -> Answer {
    let no: StaffNo = asked.number("staff")?;
    let NewRole { role: wanted, because } = asked.json()?;
    let (role, said) = (role(&wanted)?, because.said(asked.staff()?)?);
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::change_role(state, env, &said, no, role)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

pub(super) async fn end(api: Api, asked: Asked) -> Answer {
    let no: StaffNo = asked.number("staff")?;
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_staff(state, env, &said, no)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

pub(super) async fn set_account(api: Api, asked: Asked) -> Answer {
    let no: StaffNo = asked.number("staff")?;
    let of = AccountOf::Staff(no);
    let by = asked.staff()?;
    if by != Actor::Staff(no) {
        flows::staff::may(&api.store().state(), by, Act::Appoint).map_err(Refused::problem)?;
    }
    // A colleague's password would be a colleague's name under one's own deeds.
    let has_account = api.store().login(of).map_err(unreadable)?.is_some();
    let allowed = match by {
        Actor::Operator => true,
        Actor::Staff(own) => own == no || !has_account,
        Actor::System | Actor::Platform | Actor::Person(_) | Actor::App => false,
    };
    if !allowed {
        let detail = "only they themselves or the operator change an account that exists";
        return Err(Problem::new(403, "not-own-account", detail));
    }
    let NewAccount { login, password } = asked.json()?;
    let _one_at_a_time = api.accounts.lock().await;
    let taken = api.store().account(SessionOf::Staff, &login).map_err(unreadable)?;
    if taken.is_some_and(|account| account.of != of) {
        return Err(Problem::new(409, "conflict", "the login belongs to somebody else"));
    }
    let hashed =
        passwords::hash(password).await.map_err(|error| invalid("password", &error.to_string()))?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::account::set_password(state, env, of, &login, &hashed)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
