//! Cases about apps: opened, documented, decided, appealed against.
//!
//! What the partner reads of a case are the notes that are shown, and the note of each decision.

use super::{Act, Refusal, because, may, reinstating_because};
use crate::Said;
use consent::{Appeal, Case, State};
use ledger::{
    AppStatusChanged, AppealDecided, CaseClosed, CaseNoted, CaseOpened, Event, Leaf, Why,
};
use model::{AppNo, AppStatus, CaseKind, CaseNo, CaseOutcome, Env, PartnerStatus, Position};
use sequence::Commit;

/// What a case begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCase {
    /// About which app.
    pub app: AppNo,
    /// What it begins with.
    pub kind: CaseKind,
    /// Position of the report or finding, where it begins with one.
    pub begins_with: Option<Position>,
}

/// Who reads a note of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Staff alone.
    Staff,
    /// The partner, too.
    PartnerToo,
}

/// An entry of the log that a note attaches to its case, as its leaf tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attached {
    at: Position,
    kind: u16,
    app: Option<AppNo>,
}

impl Attached {
    /// Kinds of what people report and what controls find.
    const KINDS: [u16; 2] = [105, 106];

    /// The entry at a position.
    #[must_use]
    pub const fn of(at: Position, leaf: &Leaf) -> Self {
        Self { at, kind: leaf.kind, app: leaf.app }
    }

    /// Whether it is a report or finding about the app. A finding may be about no app at all.
    fn is_about(&self, app: AppNo) -> bool {
        Self::KINDS.contains(&self.kind) && self.app.is_none_or(|of| of == app)
    }
}

/// A note on a case: it says something, attaches something, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewNote {
    /// On which case.
    pub case: CaseNo,
    /// Who reads it.
    pub readers: Readers,
    /// The report or finding that it attaches.
    pub attached: Option<Attached>,
}

/// How an appeal is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It stays as it was decided.
    Rejected,
    /// The partner was right; the app's status is left as it is.
    Upheld,
    /// The partner was right, and the app is active again.
    UpheldAndReinstated,
}

/// Opens a case. Its note is staff's own.
///
/// # Errors
/// The app is unknown, or what it begins with does not go with its kind.
pub fn open_case(
    state: &State,
    env: &Env,
    said: &Said,
    new: NewCase,
) -> Result<Commit<CaseNo>, Refusal> {
    may(state, said.by, Act::Review)?;
    state.app(new.app).ok_or(Refusal::Unknown("app"))?;
    let names_one = new.begins_with.is_some();
    if names_one == (new.kind == CaseKind::Inquiry)
        || new.begins_with.is_some_and(|at| at >= state.next())
    {
        let problem = "must be the report or finding that it begins with; an inquiry has none";
        return Err(Refusal::Invalid { field: "begins_with", problem: problem.to_owned() });
    }
    let case = state.next_case();
    let (why, notes) = said.split(env);
    let event = CaseOpened { case, app: new.app, kind: new.kind, finding: new.begins_with, why };
    let mut commit = Commit::event(Event::CaseOpened(event), case);
    commit.writes.extend(notes);
    Ok(commit)
}

fn found(state: &State, case: CaseNo) -> Result<&Case, Refusal> {
    state.case(case).ok_or(Refusal::Unknown("case"))
}

/// Adds evidence or a remark.
///
/// # Errors
/// There is no such case, nothing is said or attached, or what is attached is no report or finding about the case's app.
pub fn note_case(
    state: &State,
    env: &Env,
    said: &Said,
    new: NewNote,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let NewNote { case, readers, attached } = new;
    let app = found(state, case)?.app;
    if attached.is_some_and(|attached| !attached.is_about(app)) {
        let problem = "is no report or finding about this app".to_owned();
        return Err(Refusal::Invalid { field: "attached", problem });
    }
    let (why, notes) = said.split(env);
    let shown = readers == Readers::PartnerToo;
    // What is attached is staff's to read: a note that the partner reads has words.
    if why.note.is_none() && (shown || attached.is_none()) {
        let problem = "must say something".to_owned();
        return Err(Refusal::Invalid { field: "because.note", problem });
    }
    let attached = attached.map(|attached| attached.at);
    let event = CaseNoted { case, app, shown, attached, why };
    let mut commit = Commit::event(Event::CaseNoted(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Decides a case. Where the outcome says that the app is suspended or removed, that happens with it.
///
/// # Errors
/// There is no such case, it is decided already, the actor may not suspend, or suspends or removes without a reason.
pub fn close_case(
    state: &State,
    env: &Env,
    said: &Said,
    case: CaseNo,
    outcome: CaseOutcome,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let one = found(state, case)?;
    if one.outcome.is_some() {
        return Err(Refusal::Conflict("the case is decided already".to_owned()));
    }
    let status = match outcome {
        CaseOutcome::Unfounded | CaseOutcome::Warned => None,
        CaseOutcome::Suspended => Some(AppStatus::Suspended),
        CaseOutcome::Removed => Some(AppStatus::Removed),
    };
    if status.is_some() {
        may(state, said.by, Act::Respond)?;
        because(said)?;
    }
    let (why, notes) = said.split(env);
    let mut events =
        vec![Event::CaseClosed(CaseClosed { case, app: one.app, outcome, why: why.clone() })];
    events.extend(status.and_then(|status| towards(state, one.app, status, why)));
    let mut commit = Commit::events(events, ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// The event that brings an app to a status, unless it has it, or is beyond it for good.
fn towards(state: &State, app: AppNo, status: AppStatus, why: Why) -> Option<Event> {
    let now = state.app(app)?.status;
    let changes = now != status && now != AppStatus::Removed;
    changes.then_some(Event::AppStatusChanged(AppStatusChanged { app, status, why }))
}

/// Decides an appeal.
///
/// # Errors
/// Nobody appealed, it is decided already, or the app cannot be active again: removed is final; or it is to be, without a reason.
pub fn decide_appeal(
    state: &State,
    env: &Env,
    said: &Said,
    case: CaseNo,
    verdict: Verdict,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let one = found(state, case)?;
    if one.appeal != Appeal::Open {
        return Err(Refusal::Conflict("no appeal against this case is open".to_owned()));
    }
    let app = one.app;
    let (why, notes) = said.split(env);
    let upheld = verdict != Verdict::Rejected;
    let mut events =
        vec![Event::AppealDecided(AppealDecided { case, app, upheld, why: why.clone() })];
    if verdict == Verdict::UpheldAndReinstated {
        may(state, said.by, Act::Respond)?;
        reinstating_because(said)?;
        let status = state.app(app).map(|app| app.status);
        if status == Some(AppStatus::Removed) || !has_active_partner(state, app) {
            let problem = "the app or its partner is out for good, or the partner is suspended";
            return Err(Refusal::Conflict(problem.to_owned()));
        }
        events.extend(towards(state, app, AppStatus::Active, why));
    }
    let mut commit = Commit::events(events, ());
    commit.writes.extend(notes);
    Ok(commit)
}

fn has_active_partner(state: &State, app: AppNo) -> bool {
    let partner = state.app(app).and_then(|app| state.partner(app.partner));
    partner.is_some_and(|partner| partner.status == PartnerStatus::Active)
}
