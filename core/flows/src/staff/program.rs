//! A program's life: draft, experimental, live, restricted, closed.

use super::{Act, Refusal, may};
use crate::Said;
use consent::{Program, State};
use ledger::{Event, ExceptionEnded, ExceptionMade, ProgramStatusChanged};
use model::{AppNo, Env, ProgramNo, ProgramStatus, Timestamp};
use sequence::{Commit, VaultWrite};
use std::collections::BTreeSet;

/// Apps that one closing can make exceptions for: each is a deal that people are shown.
pub const EXCEPTIONS_MAX: usize = 100;

/// Where a program goes next in its life, with what belongs to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Open until an instant, perhaps for so many people only.
    Experiment {
        /// End, exclusive.
        until: Timestamp,
        /// How many people it may reach; absent: as many as come.
        cap: Option<u32>,
    },
    /// Open.
    Live,
    /// What exists goes on; nothing new begins.
    Restricted,
    /// Over, but for these apps.
    Closed {
        /// Who goes on, until when, and why.
        exceptions: Vec<NewException>,
    },
}

/// An app that goes on in a program that is being closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewException {
    /// Which app.
    pub app: AppNo,
    /// End, exclusive.
    pub until: Timestamp,
    /// Why, in words that every person concerned reads. Whoever closes the program approves it with that.
    pub reason: String,
}

impl Stage {
    /// The status that a program has in it.
    #[must_use]
    pub const fn status(&self) -> ProgramStatus {
        match self {
            Self::Experiment { .. } => ProgramStatus::Experimental,
            Self::Live => ProgramStatus::Live,
            Self::Restricted => ProgramStatus::Restricted,
            Self::Closed { .. } => ProgramStatus::Closed,
        }
    }

    /// The stage of a status that needs no more said.
    ///
    /// # Errors
    /// An experiment needs an end; a draft is only what a program begins as.
    pub fn plain(status: ProgramStatus) -> Result<Self, Refusal> {
        match status {
            ProgramStatus::Live => Ok(Self::Live),
            ProgramStatus::Restricted => Ok(Self::Restricted),
            ProgramStatus::Closed => Ok(Self::Closed { exceptions: Vec::new() }),
            ProgramStatus::Experimental => Err(Refusal::Invalid {
                field: "until",
                problem: "is missing: an experiment has an end".to_owned(),
            }),
            ProgramStatus::Draft => {
                Err(Refusal::Conflict("a program is a draft only until it is opened".to_owned()))
            }
        }
    }
}

/// Changes a program's status to one that needs no more said; see [`move_program`].
///
/// # Errors
/// Those of [`Stage::plain`] and [`move_program`].
pub fn set_program_status(
    state: &State,
    env: &Env,
    said: &Said,
    program: ProgramNo,
    status: ProgramStatus,
) -> Result<Commit<()>, Refusal> {
    move_program(state, env, said, program, &Stage::plain(status)?)
}

/// Moves a program on in its life. An experiment is opened before its end or not at all. Closed is final: every access through it has ended but for the exceptions named then,
/// and none can be named later, for that would bring back what had ended.
///
/// # Errors
/// The program is unknown or closed, or the stage does not come after the one it is in, or what is said with it cannot be.
pub fn move_program(
    state: &State,
    env: &Env,
    said: &Said,
    program: ProgramNo,
    stage: &Stage,
) -> Result<Commit<()>, Refusal> {
    let act = match stage {
        Stage::Restricted | Stage::Closed { .. } => Act::Respond,
        Stage::Experiment { .. } | Stage::Live => Act::Rule,
    };
    may(state, said.by, act)?;
    let found = state.program(program).ok_or(Refusal::Unknown("program"))?;
    if stands_so(found, stage) {
        return Ok(Commit::nothing(()));
    }
    follows(found, stage, env.now)?;
    let (until, cap) = match stage {
        Stage::Experiment { until, cap } => (Some(*until), *cap),
        Stage::Live | Stage::Restricted | Stage::Closed { .. } => (None, None),
    };
    let (why, mut writes) = said.split(env);
    let changed = ProgramStatusChanged { program, status: stage.status(), why, until, cap };
    // An exception stands from the position on at which the program closes: whoever it is for is never cut off in between.
    let mut events = Vec::new();
    if let Stage::Closed { exceptions } = stage {
        for one in checked(state, env.now, exceptions)? {
            let (event, notes) = exception(env, said, program, one);
            events.push(event);
            writes.extend(notes);
        }
    }
    events.push(Event::ProgramStatusChanged(changed));
    let mut commit = Commit::events(events, ());
    commit.writes = writes;
    Ok(commit)
}

fn stands_so(found: &Program, stage: &Stage) -> bool {
    match stage {
        Stage::Experiment { until, cap } => {
            found.status == ProgramStatus::Experimental
                && found.until == Some(*until)
                && found.cap == *cap
        }
        Stage::Closed { exceptions } => {
            found.status == ProgramStatus::Closed && exceptions.is_empty()
        }
        Stage::Live | Stage::Restricted => found.status == stage.status(),
    }
}

fn is_over(found: &Program, now: Timestamp) -> bool {
    found.until.is_some_and(|until| until <= now)
}

/// Whether a stage can come next.
fn follows(found: &Program, stage: &Stage, now: Timestamp) -> Result<(), Refusal> {
    let conflict = |text: &str| Err(Refusal::Conflict(text.to_owned()));
    match (found.status, stage) {
        (ProgramStatus::Closed, _) => conflict("the program is closed, which is final"),
        (ProgramStatus::Live | ProgramStatus::Restricted, Stage::Experiment { .. }) => {
            conflict("an experiment comes before a program is live, not after it")
        }
        (ProgramStatus::Draft, Stage::Restricted) => {
            conflict("nothing of a draft exists that could go on: open it first")
        }
        (ProgramStatus::Experimental, Stage::Closed { exceptions }) if is_over(found, now) => {
            if exceptions.is_empty() {
                return Ok(());
            }
            conflict("the experiment is over, for every app: close the program without exceptions")
        }
        // Whatever people and admins allowed for the experiment would begin to count again.
        (ProgramStatus::Experimental, _) if is_over(found, now) => conflict(
            "the experiment is over, and what ended with it stays so: close the program, and begin another",
        ),
        (ProgramStatus::Draft | ProgramStatus::Experimental, Stage::Experiment { until, cap }) => {
            let invalid =
                |field, problem: &str| Err(Refusal::Invalid { field, problem: problem.to_owned() });
            if *until <= now {
                return invalid("until", "must be in the future");
            }
            if *cap == Some(0) {
                return invalid("cap", "must let in at least one person");
            }
            Ok(())
        }
        (
            ProgramStatus::Draft
            | ProgramStatus::Experimental
            | ProgramStatus::Live
            | ProgramStatus::Restricted,
            Stage::Live | Stage::Restricted | Stage::Closed { .. },
        ) => Ok(()),
    }
}

/// Exceptions that can be made: for known apps, each once, with an end to come and a reason that people can read.
fn checked<'e>(
    state: &State,
    now: Timestamp,
    exceptions: &'e [NewException],
) -> Result<impl Iterator<Item = &'e NewException>, Refusal> {
    let invalid =
        |problem: &str| Err(Refusal::Invalid { field: "exceptions", problem: problem.to_owned() });
    if exceptions.len() > EXCEPTIONS_MAX {
        return invalid(&format!("has more than {EXCEPTIONS_MAX} entries"));
    }
    let mut apps = BTreeSet::new();
    for one in exceptions {
        state.app(one.app).ok_or(Refusal::Unknown("app"))?;
        if !apps.insert(one.app) {
            return invalid("names an app twice");
        }
        if one.until <= now || one.until == Timestamp::NEVER {
            return invalid("needs an end in the future for each app");
        }
        if one.reason.trim().is_empty() {
            return invalid("needs a reason for each app, which the people concerned read");
        }
    }
    Ok(exceptions.iter())
}

fn exception(
    env: &Env,
    said: &Said,
    program: ProgramNo,
    one: &NewException,
) -> (Event, Vec<VaultWrite>) {
    let reason = Said { note: Some(one.reason.clone()), ..said.clone() };
    let (why, notes) = reason.split(env);
    (Event::ExceptionMade(ExceptionMade { program, app: one.app, until: one.until, why }), notes)
}

/// Ends an exception before its time.
///
/// # Errors
/// The program is unknown, or it makes no exception for this app.
pub fn end_exception(
    state: &State,
    env: &Env,
    said: &Said,
    program: ProgramNo,
    app: AppNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.program(program).ok_or(Refusal::Unknown("program"))?;
    if !found.exceptions.contains_key(&app) {
        return Err(Refusal::Unknown("exception"));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::ExceptionEnded(ExceptionEnded { program, app, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
