//! Taking facts in: one batch at a time, whoever brings it.

use super::numbers::{Numbered, number};
use super::resync::{Place, unfinished, unnamed};
use super::wire::{Accepted, FactBatchJson, Mode, Parsed, Told};
use consent::State;
use flows::platform::{Batch, Named, Refusal, conclude, take_in, take_standing};
use ledger::Fact;
use model::{Env, PersonNo, Position, SourceNo, Timestamp, limits};
use sequence::{Commit, Lookup, StoreError};
use std::sync::Arc;
use store::{Done, Failure, Store, Urgency};
use tokio::sync::Mutex;
use tracing::Instrument as _;

/// The one source that this installation listens to.
pub const SOURCE: &str = "platform";
const SOURCE_NO: SourceNo = SourceNo(1);

/// Why nothing of a batch was taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsProblem {
    /// A value is not what it must be.
    #[error("`{pointer}` {problem}")]
    Malformed {
        /// JSON pointer.
        pointer: String,
        /// What is wrong.
        problem: String,
    },
    /// Nobody knows this source.
    #[error("the source is not `{SOURCE}`")]
    UnknownSource,
    /// Facts, or parts of a snapshot, are missing.
    #[error("facts from {expected} on are missing")]
    Gap {
        /// The number that comes next.
        expected: u64,
    },
    /// Too many at once.
    #[error("a batch has at most {} facts", limits::FACTS_BATCH_MAX)]
    TooMany,
    /// Try again later; nothing, or not all of it, was taken in, and telling it again is harmless.
    #[error(transparent)]
    Unavailable(#[from] Failure),
}

impl From<StoreError> for FactsProblem {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(Failure::from(error))
    }
}

impl From<Refusal> for FactsProblem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Gap { expected } => Self::Gap { expected },
            Refusal::TooMany => Self::TooMany,
        }
    }
}

/// A snapshot under way.
struct Gathering {
    sequence: u64,
    next_part: u32,
    named: Arc<Named>,
}

/// Where the source is with its snapshots.
#[derive(Default)]
struct Turn {
    gathering: Option<Gathering>,
    /// Sequence and last part of the snapshot that was concluded last, and where that stands: who hung up before the answer
    /// came, and presents the part again, is told so.
    concluded: Option<(u64, u32, Position)>,
}

/// Where facts go, from another process or from this one. One for each store: parts of a snapshot are gathered here.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    turn: Arc<Mutex<Turn>>,
}

/// What was taken in, and where it stands in the log.
pub(super) struct Taken {
    pub(super) accepted: Accepted,
    pub(super) position: Option<Position>,
}

impl Intake {
    /// An intake of this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, turn: Arc::default() }
    }

    /// Takes a batch in. When it returns, every later request is decided by it, and no earlier answer that it changes
    /// is on its way any more. The same batch again changes nothing.
    ///
    /// # Errors
    /// [`FactsProblem`].
    pub async fn accept(&self, batch: FactBatchJson) -> Result<Accepted, FactsProblem> {
        self.take(batch, None).await.map(|taken| taken.accepted)
    }

    /// Number of the last fact taken in.
    #[must_use]
    pub fn up_to(&self) -> u64 {
        self.store.state().source_up_to(SOURCE_NO)
    }

    /// Whoever brings it waits for its turn. From then on it is taken to its end, also when they hang up: what was half
    /// taken, and which parts of a snapshot came, is not forgotten with them.
    pub(super) async fn take(
        &self,
        batch: FactBatchJson,
        own: Option<u64>,
    ) -> Result<Taken, FactsProblem> {
        if batch.source != SOURCE {
            return Err(FactsProblem::UnknownSource);
        }
        if batch.facts.len() > limits::FACTS_BATCH_MAX {
            return Err(FactsProblem::TooMany);
        }
        let malformed = |(pointer, problem)| FactsProblem::Malformed { pointer, problem };
        let Parsed { mode, complete, .. } = batch.parse().map_err(malformed)?;
        let mut turn = Arc::clone(&self.turn).lock_owned().await;
        let intake = self.clone();
        let taking = async move {
            let position = match mode {
                Mode::Changes { after } => {
                    *turn = Turn::default();
                    intake.changes(batch, after, own).await?
                }
                Mode::Snapshot { sequence, part, last } => {
                    intake.snapshot(&mut turn, batch, (sequence, part, last), own).await?
                }
            };
            let up_to = intake.up_to();
            // A mark for facts that are not here yet says nothing about those that are.
            if let Some((sequence, at)) = complete
                && sequence <= up_to
                && turn.gathering.is_none()
            {
                intake.store.mark_facts(at);
            }
            Ok(Taken { accepted: Accepted { up_to }, position })
        };
        tokio::spawn(taking.in_current_span()).await.map_err(broken_off)?
    }

    async fn changes(
        &self,
        batch: FactBatchJson,
        after: u64,
        own: Option<u64>,
    ) -> Result<Option<Position>, FactsProblem> {
        let known = self.up_to();
        if after > known {
            return Err(FactsProblem::Gap { expected: known.saturating_add(1) });
        }
        if batch.facts.is_empty() {
            return Ok(None);
        }
        // What is known already is passed over, but an erasure that a crash cut short is made good.
        let skip = usize::try_from(known - after).unwrap_or(usize::MAX).min(batch.facts.len());
        let store = self.store.clone();
        let (numbered, unfinished) = blocking(move || prepare(&store, &batch, skip)).await??;
        self.erase(unfinished).await?;
        let Numbered { facts, objects } = numbered;
        if facts.is_empty() {
            return Ok(None);
        }
        let gone = gone(facts.iter().flatten());
        let urgency = urgency(facts.iter().flatten());
        let first = known.saturating_add(1);
        let rows = objects.clone();
        let flow = move |state: &State, _: &dyn Lookup, _: &Env| {
            let batch = Batch { source: SOURCE_NO, first, facts: facts.clone() };
            take_in(state, &batch).map(|commit| {
                rows.iter()
                    .cloned()
                    .fold(commit, |commit, row| commit.with(sequence::VaultWrite::Object(row)))
            })
        };
        let done = self.store.commit(urgency, own, flow).await??;
        self.store.objects_kept(&objects);
        self.erase(gone).await?;
        Ok(Some(done.position))
    }

    /// A part of a snapshot. The part that came last may come again: whoever brought it may not have heard the answer.
    async fn snapshot(
        &self,
        turn: &mut Turn,
        batch: FactBatchJson,
        (sequence, part, last): (u64, u32, bool),
        own: Option<u64>,
    ) -> Result<Option<Position>, FactsProblem> {
        if part == 0 {
            let named = Arc::default();
            *turn = Turn {
                gathering: Some(Gathering { sequence, next_part: 0, named }),
                ..Turn::default()
            };
        }
        if let (Some((concluded, its_last, position)), true) = (turn.concluded, last)
            && (concluded, its_last) == (sequence, part)
        {
            return Ok(Some(position));
        }
        let fits = |under_way: &&mut Gathering| {
            let next = under_way.next_part;
            under_way.sequence == sequence && (part == next || part.checked_add(1) == Some(next))
        };
        let Some(under_way) = turn.gathering.as_mut().filter(fits) else {
            *turn = Turn::default();
            return Err(FactsProblem::Gap { expected: self.up_to().saturating_add(1) });
        };
        self.part(under_way, batch, own).await?;
        under_way.next_part = part.saturating_add(1);
        if !last {
            return Ok(None);
        }
        // Until it is concluded the snapshot stays as it is, so that its last part can come again.
        let position = self.finish(sequence, &under_way.named, own).await?;
        *turn = Turn { gathering: None, concluded: Some((sequence, part, position)) };
        Ok(Some(position))
    }

    async fn part(
        &self,
        under_way: &mut Gathering,
        batch: FactBatchJson,
        own: Option<u64>,
    ) -> Result<(), FactsProblem> {
        let store = self.store.clone();
        let (Numbered { facts, objects }, _) =
            blocking(move || prepare(&store, &batch, 0)).await??;
        let facts: Vec<Fact> = facts.into_iter().flatten().collect();
        let named = Arc::make_mut(&mut under_way.named);
        facts.iter().for_each(|fact| named.note(fact));
        let gone = gone(facts.iter());
        let (urgency, rows) = (urgency(facts.iter()), objects.clone());
        let flow = move |state: &State, lookup: &dyn Lookup, _: &Env| {
            take_standing(state, lookup, SOURCE_NO, &facts).map(|commit| {
                rows.iter()
                    .cloned()
                    .fold(commit, |commit, row| commit.with(sequence::VaultWrite::Object(row)))
            })
        };
        self.store.commit(urgency, own, flow).await??;
        self.store.objects_kept(&objects);
        self.erase(gone).await
    }

    /// Ends what was not named, in batches. The source's number moves with the last of them, so that a crash before it tells
    /// the snapshot again. Nobody else's facts come in between: the turn is held.
    async fn finish(
        &self,
        sequence: u64,
        named: &Arc<Named>,
        own: Option<u64>,
    ) -> Result<Position, FactsProblem> {
        let (known, mut facts, mut place) = (self.up_to(), Vec::new(), Place::START);
        let position = loop {
            let (store, named) = (self.store.clone(), Arc::clone(named));
            let compare = move || unnamed(&store, &named, place, limits::FACTS_BATCH_MAX);
            let (found, next) = blocking(compare).await??;
            facts.extend(found);
            place = next;
            while facts.len() > limits::FACTS_BATCH_MAX {
                let rest = facts.split_off(limits::FACTS_BATCH_MAX);
                self.end(known, std::mem::replace(&mut facts, rest), own).await?;
            }
            if place == Place::Done {
                break self.end(sequence, facts, own).await?;
            }
        };
        let store = self.store.clone();
        let unfinished = blocking(move || unfinished(&store)).await??;
        self.erase(unfinished).await?;
        Ok(position)
    }

    async fn end(
        &self,
        up_to: u64,
        facts: Vec<Fact>,
        own: Option<u64>,
    ) -> Result<Position, FactsProblem> {
        let gone = gone(facts.iter());
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<Commit<usize>, Refusal> {
            conclude(SOURCE_NO, up_to, facts.clone())
        };
        let Done { position, .. } = self.store.commit(Urgency::Ending, own, flow).await??;
        self.erase(gone).await?;
        Ok(position)
    }

    async fn erase(&self, people: Vec<PersonNo>) -> Result<(), FactsProblem> {
        if people.is_empty() {
            return Ok(());
        }
        let store = self.store.clone();
        blocking(move || people.into_iter().try_for_each(|person| store.erase_person(person)))
            .await??;
        Ok(())
    }

    pub(super) fn facts_up_to(&self) -> Timestamp {
        self.store.facts_up_to()
    }
}

/// Numbers of the new facts, and people among the known ones whose erasure is unfinished.
fn prepare(
    store: &Store,
    batch: &FactBatchJson,
    skip: usize,
) -> Result<(Numbered, Vec<PersonNo>), FactsProblem> {
    let malformed = |(pointer, problem)| FactsProblem::Malformed { pointer, problem };
    let parsed = batch.parse().map_err(malformed)?;
    let mut unfinished = Vec::new();
    for told in parsed.told.iter().take(skip) {
        if let Told::PersonGone(id) = told
            && let Some(person) = store.person_number(id)?
            && !store.state().is_person(person)
        {
            unfinished.push(person);
        }
    }
    let numbered = number(store, parsed.told.get(skip..).unwrap_or_default())?;
    Ok((numbered, unfinished))
}

fn gone<'a>(facts: impl Iterator<Item = &'a Fact>) -> Vec<PersonNo> {
    facts
        .filter_map(|fact| match fact {
            Fact::PersonGone(person) => Some(*person),
            _ => None,
        })
        .collect()
}

/// Beginnings do not touch the space that is kept for endings.
fn urgency<'a>(mut facts: impl Iterator<Item = &'a Fact>) -> Urgency {
    let ends = facts.any(|fact| match fact {
        Fact::PersonGone(_)
        | Fact::ContextGone(_)
        | Fact::MemberGone(..)
        | Fact::AdminGone(..)
        | Fact::FriendGone(..)
        | Fact::ObjectGone(_) => true,
        Fact::Person(_)
        | Fact::Context(..)
        | Fact::Member(..)
        | Fact::Admin(..)
        | Fact::Friend(..) => false,
    });
    if ends { Urgency::Ending } else { Urgency::Ordinary }
}

/// Runs on a thread that may wait for the disk.
async fn blocking<R: Send + 'static>(
    run: impl FnOnce() -> R + Send + 'static,
) -> Result<R, FactsProblem> {
    tokio::task::spawn_blocking(run).await.map_err(broken_off)
}

fn broken_off(error: tokio::task::JoinError) -> FactsProblem {
    FactsProblem::Unavailable(Failure::Unavailable(error.to_string()))
}
