//! Reviews: who sees an app before it is reviewed, what of it was, and where everything can be tried.
//!
//! Testing opens nobody's data by itself: a tester's grants, opt-ins and settings count as everybody's.

use super::agreement::known_classes;
use super::identity::{look_up, may_look_up};
use super::{Act, Refusal, may};
use crate::Said;
use consent::{App, State};
use ledger::{Event, ReviewPassed, ReviewWithdrawn, SandboxChanged, TesterAdded, TesterRemoved};
use model::{AppNo, AppStatus, ClassMask, ContextNo, Env, PersonNo};
use sequence::Commit;

/// Testers of one app.
pub const TESTERS_MAX: usize = 100;

fn living(state: &State, app: AppNo) -> Result<&App, Refusal> {
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if found.status == AppStatus::Removed {
        return Err(Refusal::Conflict("the app is removed".to_owned()));
    }
    Ok(found)
}

fn event(env: &Env, said: &Said, event: impl FnOnce(ledger::Why) -> Event) -> Commit<()> {
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(event(why), ());
    commit.writes.extend(notes);
    commit
}

/// Lets a person test what of an app is not reviewed.
///
/// # Errors
/// App or person is unknown, the app removed, or it has as many testers as it may have.
pub fn add_tester(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    person: PersonNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let found = living(state, app)?;
    if !state.is_person(person) {
        return Err(Refusal::Unknown("person"));
    }
    if found.review.as_ref().is_some_and(|review| review.has_tester(person)) {
        return Ok(Commit::nothing(()));
    }
    has_room(state, found)?;
    Ok(event(env, said, |why| Event::TesterAdded(TesterAdded { app, person, why })))
}

fn has_room(state: &State, app: &App) -> Result<(), Refusal> {
    let all = app.review.iter().flat_map(|review| &review.testers);
    // Who was erased tests nothing any more, and takes nobody's place.
    if all.filter(|tester| state.is_person(**tester)).count() < TESTERS_MAX {
        return Ok(());
    }
    Err(Refusal::Conflict(format!("the app has {TESTERS_MAX} testers, which is the most")))
}

/// The same for whoever signs in with a login, if anybody does. Whose number that is, is told with the answer, and entered with
/// it as the look-up that it is. That nobody does is told last: nothing else tells a login from none without an entry.
///
/// # Errors
/// As [`add_tester`] and [`look_up`], or nobody signs in so.
pub fn add_tester_looked_up(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    person: Option<PersonNo>,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    may_look_up(state, said)?;
    has_room(state, living(state, app)?)?;
    let person = person.filter(|person| state.is_person(*person)).ok_or_else(|| {
        let problem = "is not the login of a person".to_owned();
        Refusal::Invalid { field: "login", problem }
    })?;
    let mut commit = look_up(state, env, said, person)?;
    let added = add_tester(state, env, said, app, person)?;
    commit.events.extend(added.events);
    commit.writes.extend(added.writes);
    Ok(commit)
}

/// Ends that a person tests an app.
///
/// # Errors
/// The app is unknown, or the person does not test it.
pub fn remove_tester(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    person: PersonNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if !found.review.as_ref().is_some_and(|review| review.has_tester(person)) {
        return Err(Refusal::Unknown("tester"));
    }
    Ok(event(env, said, |why| Event::TesterRemoved(TesterRemoved { app, person, why })))
}

/// Makes a context a sandbox, in which nothing needs a review, or an ordinary one again.
///
/// # Errors
/// The context is unknown or gone.
pub fn set_sandbox(
    state: &State,
    env: &Env,
    said: &Said,
    context: ContextNo,
    sandbox: bool,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let live = state.context(context).is_some_and(consent::ContextState::is_live);
    if sandbox && !live {
        return Err(Refusal::Unknown("group"));
    }
    if state.is_sandbox(context) == sandbox {
        return Ok(Commit::nothing(()));
    }
    Ok(event(env, said, |why| Event::SandboxChanged(SandboxChanged { context, sandbox, why })))
}

/// Reviews classes of an app: it may see them beyond its testers.
///
/// # Errors
/// The app is unknown or removed, or a class is none of the catalog in force.
pub fn pass_review(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    classes: ClassMask,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let found = living(state, app)?;
    known_classes(state, "classes", classes)?;
    if found.reviewed().covers(classes) {
        return Ok(Commit::nothing(()));
    }
    Ok(event(env, said, |why| Event::ReviewPassed(ReviewPassed { app, classes, why })))
}

/// Takes a review back: only testers show to the app in these classes from now on.
///
/// # Errors
/// The app is unknown.
pub fn withdraw_review(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    classes: ClassMask,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if (found.reviewed() & classes).is_empty() {
        return Ok(Commit::nothing(()));
    }
    Ok(event(env, said, |why| Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why })))
}
