//! Suspending many apps at once: what it would reach, a second person, one event; and lifting exactly that again.

use super::selection::Selection;
use super::{Act, Refusal, because, explained, may, reinstating_because};
use crate::Said;
use consent::State;
use ledger::{AppList, AppsSuspended, Event, SuspensionLifted};
use model::{
    Actor, AppNo, ContextNo, EndingReason, Env, GrantNo, InstallationNo, Millis, PersonNo,
    Position, Severity, StaffNo, Timestamp,
};
use sequence::Commit;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A proposal that nobody confirmed is over after this.
pub const PROPOSAL_LIFETIME: Millis = Millis::days(1);

/// What a suspension would reach now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preview {
    /// Apps.
    pub apps: usize,
    /// Their installations that are not ended.
    pub installations: usize,
    /// Grants of people for them that have not ended.
    pub grants: usize,
    /// Different people in reach: members of contexts in which one of the apps stands installed, and whoever has such a grant
    /// or an opt-in at such an installation. What they have switched off for themselves is not asked: never too few.
    pub people: usize,
}

/// Counts what a suspension would reach, a piece at a time: who counts borrows the state for so long only, and changes go
/// on in between.
#[derive(Debug)]
pub struct Counting {
    apps: AppList,
    now: Timestamp,
    next: u64,
    seen: Bits,
    installed: Bits,
    preview: Preview,
}

/// Numbers, a bit each: they are dense.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    /// Puts a number in; whether it was not yet.
    fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(word) = self.0.get_mut(word) else { return false };
        let before = *word;
        *word |= bit;
        before != *word
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let bits = |word: u64| (0u32..64).filter(move |bit| word & (1 << bit) != 0);
        self.0.iter().zip(0u32..).flat_map(move |(word, at)| bits(*word).map(move |b| at * 64 + b))
    }
}

impl Counting {
    /// Begins.
    #[must_use]
    pub fn new(apps: AppList, now: Timestamp) -> Self {
        let preview = Preview { apps: apps.as_slice().len(), ..Preview::default() };
        let (seen, installed) = (Bits::default(), Bits::default());
        Self { apps, now, next: 0, seen, installed, preview }
    }

    /// Looks at so many more things; whether nothing is left but the members of [`Counting::contexts`].
    pub fn step(&mut self, state: &State, things_max: u64) -> bool {
        let (installations, grants) =
            (u64::from(state.next_installation().0), u64::from(state.next_grant().0));
        let contexts = state.contexts_len() as u64;
        let total = installations + grants + contexts;
        let end = total.min(self.next + things_max);
        for at in self.next..end {
            // What began meanwhile moves the borders by as much: one thing more or less is no lie about millions.
            if at < installations {
                self.installation(state, InstallationNo(narrow(at)));
            } else if at < installations + grants {
                self.grant(state, GrantNo(narrow(at - installations)));
            } else {
                self.context(state, ContextNo(narrow(at - installations - grants)));
            }
        }
        self.next = end;
        end == total
    }

    /// Contexts in which one of the apps stands installed.
    #[must_use]
    pub fn contexts(&self) -> Vec<ContextNo> {
        self.installed.iter().map(ContextNo).collect()
    }

    /// They are members of one of these contexts.
    pub fn members(&mut self, state: &State, people: &[PersonNo]) {
        people.iter().filter(|one| state.is_person(**one)).for_each(|one| self.see(*one));
    }

    /// What was counted.
    #[must_use]
    pub const fn finish(&self) -> Preview {
        self.preview
    }

    /// How much was looked at, and how much there is.
    #[must_use]
    pub fn progress(&self, state: &State) -> (u64, u64) {
        let total = u64::from(state.next_installation().0)
            + u64::from(state.next_grant().0)
            + state.contexts_len() as u64;
        (self.next, total)
    }

    fn installation(&mut self, state: &State, no: InstallationNo) {
        let found = state.installation(no).filter(|one| !one.ended);
        if let Some(one) = found.filter(|one| self.apps.contains(one.app)) {
            self.preview.installations += 1;
            if state.is_standing(one) {
                self.installed.insert(one.context.index());
            }
        }
    }

    fn grant(&mut self, state: &State, no: GrantNo) {
        let Some(one) = state.grant(no) else { return };
        if !one.ended && self.now < state.ends_at(one) && self.apps.contains(one.app) {
            self.preview.grants += 1;
            self.see(one.person);
        }
    }

    fn context(&mut self, state: &State, no: ContextNo) {
        let is_meant = |app: AppNo| self.apps.contains(app);
        let installations = state.context(no).map(|one| one.installations()).unwrap_or_default();
        let any = installations.iter().filter_map(|no| state.installation(*no));
        if !any.into_iter().any(|one| !one.ended && is_meant(one.app)) {
            return;
        }
        for (installation, person, classes) in state.opt_ins(no) {
            let found = state.installation(installation).filter(|one| !one.ended);
            if !classes.is_empty() && found.is_some_and(|one| self.apps.contains(one.app)) {
                self.see(person);
            }
        }
    }

    fn see(&mut self, person: PersonNo) {
        self.preview.people += usize::from(self.seen.insert(person.index()));
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What is to be suspended, and why.
#[derive(Debug, Clone)]
pub struct SuspensionWish {
    /// Who says so, and why.
    pub said: Said,
    /// Which apps.
    pub selection: Selection,
}

/// Whether somebody may propose it now.
///
/// # Errors
/// Their role does not allow it, no reason is given, or no app is meant.
pub fn may_propose(
    state: &State,
    now: Timestamp,
    wish: &SuspensionWish,
) -> Result<AppList, Refusal> {
    may(state, wish.said.by, Act::Respond)?;
    because(&wish.said)?;
    let apps = wish.selection.apps(state, now);
    if apps.as_slice().is_empty() {
        return Err(nothing_meant());
    }
    Ok(apps)
}

fn nothing_meant() -> Refusal {
    Refusal::Conflict("the selection means no app at present".to_owned())
}

/// What a proposal says, as it is kept until somebody confirms it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// The parts of the selection, as they were written.
    pub select: Vec<String>,
    /// Why.
    pub reason: Option<EndingReason>,
    /// How grave.
    pub severity: Option<Severity>,
    /// In words.
    pub note: Option<String>,
    /// What it would have reached when it was proposed.
    pub preview: Preview,
    /// Which apps that was, as a digest.
    pub result: [u8; 32],
}

impl Proposed {
    /// As JSON.
    #[must_use]
    pub fn text(&self) -> String {
        let Preview { apps, installations, grants, people } = self.preview;
        json!({
            "select": self.select, "reason": self.reason.map(EndingReason::word),
            "severity": self.severity.map(Severity::word), "note": self.note,
            "apps": apps, "installations": installations, "grants": grants, "people": people,
            "result": self.result,
        })
        .to_string()
    }

    /// Reads what [`Proposed::text`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let word = |field: &str| value.get(field).and_then(Value::as_str);
        let count = |field: &str| usize::try_from(value.get(field)?.as_u64()?).ok();
        let texts =
            value.get("select")?.as_array()?.iter().map(|one| one.as_str().map(str::to_owned));
        let bytes = value.get("result")?.as_array()?.iter();
        let bytes = bytes.map(|one| one.as_u64().and_then(|byte| u8::try_from(byte).ok()));
        Some(Self {
            select: texts.collect::<Option<_>>()?,
            reason: word("reason").and_then(EndingReason::from_word),
            severity: word("severity").and_then(Severity::from_word),
            note: word("note").map(str::to_owned),
            preview: Preview {
                apps: count("apps")?,
                installations: count("installations")?,
                grants: count("grants")?,
                people: count("people")?,
            },
            result: bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()?,
        })
    }

    /// Who proposed it, and why, as it goes into the event.
    #[must_use]
    pub fn said(&self, by: Option<StaffNo>) -> Said {
        Said {
            by: by.map_or(Actor::Operator, Actor::Staff),
            reason: self.reason,
            severity: self.severity,
            note: self.note.clone(),
        }
    }
}

/// Which apps a selection means, as a digest: who confirms says by it what they saw.
#[must_use]
pub fn result_of(apps: &AppList) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"bailment selection 1");
    for app in apps.as_slice() {
        hash.update(app.0.to_be_bytes());
    }
    hash.finalize().into()
}

/// Confirms what somebody else proposed: one event for all of them.
///
/// # Errors
/// The second person is the first, or may not; the first may no more; or the selection means other apps by now than
/// those that the second person saw (`result`).
pub fn confirm(
    state: &State,
    env: &Env,
    wish: &SuspensionWish,
    second: StaffNo,
    result: [u8; 32],
) -> Result<Commit<AppList>, Refusal> {
    may(state, Actor::Staff(second), Act::Respond)?;
    if wish.said.by == Actor::Staff(second) {
        return Err(Refusal::NotSecond);
    }
    let apps = may_propose(state, env.now, wish)?;
    if result_of(&apps) != result {
        return Err(Refusal::ResultChanged);
    }
    Ok(suspended(env, wish, apps, Some(Actor::Staff(second))))
}

/// Suspends without a second person: for the operator alone, and marked in the entry for all time. Nobody else saw it: the entry
/// must say why.
///
/// # Errors
/// Anybody else asks, why or how grave is not said, or no app is meant.
pub fn suspend_alone(
    state: &State,
    env: &Env,
    wish: &SuspensionWish,
) -> Result<Commit<AppList>, Refusal> {
    if wish.said.by != Actor::Operator {
        return Err(Refusal::NotOperator);
    }
    explained(&wish.said)?;
    let apps = may_propose(state, env.now, wish)?;
    Ok(suspended(env, wish, apps, None))
}

fn suspended(
    env: &Env,
    wish: &SuspensionWish,
    apps: AppList,
    confirmed_by: Option<Actor>,
) -> Commit<AppList> {
    let (mut why, notes) = wish.said.split(env);
    why.broke_glass = confirmed_by.is_none().then_some(true);
    why.confirmed_by = confirmed_by;
    let selection = Some(wish.selection.to_string());
    let event = AppsSuspended { apps: apps.clone(), selection, why };
    let mut commit = Commit::event(Event::AppsSuspended(event), apps);
    commit.writes.extend(notes);
    commit
}

/// Lifts a suspension of many, for exactly the apps that it named. Those suspended otherwise stay suspended.
///
/// # Errors
/// The actor may not or names no reason, or no such suspension stands there.
pub fn lift(
    state: &State,
    env: &Env,
    said: &Said,
    suspension: Position,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.suspensions().find(|(at, _)| *at == suspension);
    let (_, found) = found.ok_or(Refusal::Unknown("suspension"))?;
    if found.lifted {
        return Ok(Commit::nothing(()));
    }
    reinstating_because(said)?;
    let (why, notes) = said.split(env);
    let mut commit =
        Commit::event(Event::SuspensionLifted(SuspensionLifted { suspension, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
