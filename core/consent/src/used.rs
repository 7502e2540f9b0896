//! What use changes: events that follow the entry that used something, in the same commit.

use crate::decide::Request;
use crate::state::State;
use ledger::{ClassesUsed, Event, GrantSpent};
use model::{Chain, ClassMask, Timestamp};

/// Marks of a request's use of classes at an instant, under the state that permitted it.
///
/// A class that ends when an app does not use it is marked once a day; what a grant allowed for one time, once.
#[must_use]
pub fn marks_of_use(
    state: &State,
    request: &Request,
    used: ClassMask,
    now: Timestamp,
) -> Vec<Event> {
    let mut marks = Vec::new();
    let watched = state.rules_of(request.version).map(crate::Rules::watched).unwrap_or_default();
    let watched = used & watched;
    if !watched.is_empty()
        && let Some(app) = state.app(request.app)
    {
        let day = now.day();
        let classes = watched
            .iter()
            .filter(|class| app.used(*class).is_none_or(|last| last < day))
            .fold(ClassMask::NONE, |mask, class| mask | ClassMask::of(class));
        if !classes.is_empty() {
            marks.push(Event::ClassesUsed(ClassesUsed { app: request.app, classes, day }));
        }
    }
    if let Chain::Grant(grant) = request.chain
        && let Some(terms) = state.grant(grant).and_then(|grant| grant.terms.as_deref())
    {
        let classes = used & terms.once.without(terms.spent);
        if !classes.is_empty() {
            marks.push(Event::GrantSpent(GrantSpent { grant, app: request.app, classes }));
        }
    }
    marks
}
