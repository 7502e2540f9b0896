//! Suspending many apps, as every surface of staff does it: finding the apps, counting what it would reach, and the second
//! person who confirms. How it is worded is the surface's.

use flows::staff::{
    Counting, Preview, Proposed, Refusal, Selection, SuspensionWish, confirm as confirmed,
};
use model::{Position, StaffNo};
use sequence::StoreError;
use store::{Failure, Proposal, Store, Urgency};
use tokio::sync::Semaphore;

/// Things looked at before the state is given back: a millisecond or so.
const STEP: u64 = 50_000;

/// Memberships read at a time, and looked at under one lock.
const MEMBERS: usize = 2_000;

/// Counts at a time, whichever surface asks: it is one machine that counts, and somebody in an emergency waits for nothing but
/// their like.
static COUNTS: Semaphore = Semaphore::const_new(4);

/// The selection that these parts mean.
///
/// # Errors
/// A part is none, or names what there is not.
pub fn selection(store: &Store, select: &[String]) -> Result<Selection, Refusal> {
    let texts = select.iter().map(String::as_str);
    // A finding that cannot be read names no app.
    let about = |at: Position| store.app_of_finding(at).ok().flatten();
    Selection::parse(&store.state(), texts, about)
}

/// Counts a step at a time: changes go on in between. The turn is the count's own, for it goes on when whoever asked hangs
/// up.
///
/// # Errors
/// The program is ending, or the store cannot be read.
pub async fn counted(store: &Store, mut counting: Counting) -> Result<Preview, Failure> {
    let stopped = || Failure::Unavailable("counting was stopped".to_owned());
    let turn = COUNTS.acquire().await.map_err(|_| stopped())?;
    let store = store.clone();
    let task = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        while !counting.step(&store.state(), STEP) {
            std::thread::yield_now();
        }
        members(&store, &mut counting)?;
        Ok(counting.finish())
    });
    task.await.map_err(|_| stopped())?.map_err(|error: StoreError| Failure::from(error))
}

/// Adds who is in groups and conversations that the apps reach, page by page: each member of small ones waits for others, so
/// that the lock is taken seldom.
fn members(store: &Store, counting: &mut Counting) -> Result<(), StoreError> {
    let mut page = Vec::new();
    for context in counting.contexts() {
        let mut after = None;
        loop {
            let found = store.members_from(context, after, MEMBERS)?;
            let is_all = found.len() < MEMBERS;
            after = found.last().copied();
            page.extend(found);
            if page.len() >= MEMBERS {
                counting.members(&store.state(), &page);
                page.clear();
            }
            if is_all {
                break;
            }
        }
    }
    counting.members(&store.state(), &page);
    Ok(())
}

/// What came of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The apps are suspended, by the entry at this position.
    Done(Position),
    /// They are not; the proposal waits on.
    Refused(Refusal),
    /// There is no such proposal any more.
    Gone,
}

/// Confirms a proposal for the second person, who saw the apps with this digest.
///
/// # Errors
/// The log takes nothing now; the proposal waits on.
pub async fn confirm(
    store: &Store,
    proposal: &Proposal,
    (second, connection): (StaffNo, Option<u64>),
    result: [u8; 32],
) -> Result<Confirmed, Failure> {
    let Some(proposed) = Proposed::read(&proposal.text) else { return Ok(Confirmed::Gone) };
    let wish = match selection(store, &proposed.select) {
        Ok(selection) => SuspensionWish { said: proposed.said(proposal.by), selection },
        Err(refusal) => return Ok(Confirmed::Refused(refusal)),
    };
    // Taken before it is done: of two who confirm at once, one does it.
    if !store.take_proposal(proposal.number).map_err(Failure::from)? {
        return Ok(Confirmed::Gone);
    }
    let done = store
        .commit(Urgency::Ending, connection, move |state, _, env| {
            confirmed(state, env, &wish, second, result)
        })
        .await;
    match done {
        Ok(Ok(done)) => Ok(Confirmed::Done(done.position)),
        Ok(Err(refusal)) => {
            store.put_back(proposal);
            Ok(Confirmed::Refused(refusal))
        }
        Err(failure) => {
            store.put_back(proposal);
            Err(failure)
        }
    }
}
