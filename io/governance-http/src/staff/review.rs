//! Reviews of apps, their testers, and sandboxes.

use super::said::{Because, Ending};
use super::table::{get, post, put};
use crate::api::{Api, unreadable};
use crate::input::{Asked, id, invalid};
use crate::names;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view;
use consent::State;
use edge::Problem;
use flows::staff::Act;
use model::{AppNo, ClassMask, ContextNo, Env, PersonNo};
use sequence::{AccountOf, Lookup};
use serde::{Deserialize, Serialize};
use store::{SessionOf, Urgency};
use utoipa::ToSchema;

/// The table of what is here.
pub(super) fn operations() -> Vec<Operation> {
    let of_app = |operation: Operation| operation.gives::<ReviewView>(200).refuses(&[409]);
    vec![
        get("/apps/{app}/review", ("show-review", "Shows what of an app is reviewed."), show)
            .gives::<ReviewView>(200),
        of_app(
            post(
                "/apps/{app}/review",
                ("pass-review", "Reviews classes: the app may see them beyond its testers."),
                pass,
            )
            .asks(Act::Review)
            .takes::<Passed>(),
        ),
        of_app(
            post(
                "/apps/{app}/review/withdraw",
                ("withdraw-review", "Takes a review back, for some classes or all."),
                withdraw,
            )
            .asks(Act::Review)
            .takes::<Withdrawn>(),
        ),
        of_app(
            post(
                "/apps/{app}/testers",
                ("add-tester", "Lets a person test what of an app is not reviewed."),
                add_tester,
            )
            .asks(Act::Review)
            .takes::<NewTester>(),
        ),
        of_app(
            post(
                "/apps/{app}/testers/{person}/end",
                ("remove-tester", "Ends that a person tests an app."),
                remove_tester,
            )
            .asks(Act::Review)
            .takes::<Ending>(),
        ),
        get(
            "/sandboxes",
            ("list-sandboxes", "Lists groups in which nothing needs a review."),
            list,
        )
        .gives::<SandboxesView>(200),
        put(
            "/sandboxes/{group}",
            ("set-sandbox", "Makes a group a sandbox, or an ordinary one again."),
            set_sandbox,
        )
        .asks(Act::Review)
        .takes::<Sandbox>(),
    ]
}

/// What of an app is reviewed from the start.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Reviewed {
    /// `all` or `none`.
    Word(String),
    /// Names of classes.
    Classes(Vec<String>),
}

impl Default for Reviewed {
    fn default() -> Self {
        Self::Classes(Vec::new())
    }
}

impl Reviewed {
    pub(super) fn mask(&self, api: &Api) -> Result<ClassMask, Problem> {
        match self {
            Self::Word(word) if word == "all" => Ok(ClassMask::ALL),
            Self::Word(word) if word == "none" => Ok(ClassMask::NONE),
            Self::Word(_) => Err(invalid("reviewed", "is neither `all`, `none` nor a list")),
            Self::Classes(list) => {
                names::classes(api.store().state().numbering(), "reviewed", list)
            }
        }
    }
}

/// How far an app is reviewed.
#[derive(Serialize, ToSchema)]
pub(super) struct ReviewView {
    app: String,
    /// Nothing of it needs a review, classes of later catalogs neither.
    everything: bool,
    /// Classes that it may see beyond its testers.
    reviewed: Vec<String>,
    /// Classes that an agreement of now gives it and that are not reviewed.
    waiting: Vec<String>,
    /// Who tests the rest.
    testers: Vec<String>,
    /// How many can.
    testers_max: usize,
}

/// Classes that were reviewed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Passed {
    classes: Vec<String>,
    #[serde(default)]
    because: Because,
}

/// Classes whose review is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Withdrawn {
    /// All, those of later catalogs too, unless said.
    classes: Option<Vec<String>>,
    #[serde(default)]
    because: Because,
}

/// A person who is to test an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTester {
    /// Their number; or `login`.
    person: Option<String>,
    /// What they sign in with; or `person`. That is looking them up: a matter of that role, with a reason, and an entry.
    login: Option<String>,
    #[serde(default)]
    because: Because,
}

/// Groups in which nothing needs a review.
#[derive(Serialize, ToSchema)]
struct SandboxesView {
    groups: Vec<String>,
}

/// Whether a group is a sandbox.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sandbox {
    sandbox: bool,
    #[serde(default)]
    because: Because,
}

fn review(api: &Api, no: AppNo) -> Result<ReviewView, Problem> {
    let now = api.store().now();
    let state = api.store().state();
    let found = state
        .app(no)
        .ok_or_else(|| Problem::new(404, "not-found", "there is no app of this number"))?;
    let (names, reviewed) = (state.numbering(), found.reviewed());
    let agreements = found.agreements.iter().filter_map(|no| state.agreement(*no));
    let agreed = agreements
        .filter(|agreement| agreement.is_standing(now))
        .fold(ClassMask::NONE, |all, agreement| all | agreement.classes);
    let testers = found.review.iter().flat_map(|review| &review.testers);
    Ok(ReviewView {
        app: no.to_string(),
        everything: reviewed == ClassMask::ALL,
        reviewed: view::classes(names, reviewed),
        waiting: view::classes(names, agreed.without(reviewed)),
        testers: testers.map(ToString::to_string).collect(),
        testers_max: flows::staff::TESTERS_MAX,
    })
}

async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&review(&api, asked.number("app")?)?)
}

async fn pass(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: Passed = asked.json()?;
    let classes = names::classes(api.store().state().numbering(), "classes", &wish.classes)?;
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::pass_review(state, env, &said, no, classes)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &review(&api, no)?)
}

async fn withdraw(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: Withdrawn = asked.json()?;
    let classes = match &wish.classes {
        None => ClassMask::ALL,
        Some(list) => names::classes(api.store().state().numbering(), "classes", list)?,
    };
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::withdraw_review(state, env, &said, no, classes)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::changed(done.position, &review(&api, no)?)
}

/// How a wish names somebody.
#[derive(Clone, Copy)]
enum Named {
    /// By number.
    Number(PersonNo),
    /// By a login, which may be nobody's.
    Login(Option<PersonNo>),
}

fn tester(api: &Api, wish: &NewTester) -> Result<Named, Problem> {
    match (&wish.person, &wish.login) {
        (Some(number), None) => id("person", number).map(Named::Number),
        (None, Some(login)) => {
            let account = api.store().account(SessionOf::People, login).map_err(unreadable)?;
            Ok(Named::Login(account.and_then(|account| match account.of {
                AccountOf::Person(person) => Some(person),
                AccountOf::Staff(_) => None,
            })))
        }
        _ => Err(invalid("person", "or `login` must be given, and not both")),
    }
}

async fn add_tester(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: NewTester = asked.json()?;
    let named = tester(&api, &wish)?;
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| match named {
        Named::Number(person) => flows::staff::add_tester(state, env, &said, no, person),
        Named::Login(person) => flows::staff::add_tester_looked_up(state, env, &said, no, person),
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &review(&api, no)?)
}

async fn remove_tester(api: Api, asked: Asked) -> Answer {
    let (no, person): (AppNo, PersonNo) = (asked.number("app")?, asked.number("person")?);
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::remove_tester(state, env, &said, no, person)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::changed(done.position, &review(&api, no)?)
}

async fn list(api: Api, _: Asked) -> Answer {
    let state = api.store().state();
    reply::ok(&SandboxesView { groups: state.sandboxes().map(|no| no.to_string()).collect() })
}

async fn set_sandbox(api: Api, asked: Asked) -> Answer {
    let no: ContextNo = asked.number("group")?;
    let wish: Sandbox = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let urgency = if wish.sandbox { Urgency::Ordinary } else { Urgency::Ending };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::set_sandbox(state, env, &said, no, wish.sandbox)
    };
    let done = api.commit(&asked, urgency, flow).await?;
    reply::done(done.position)
}
