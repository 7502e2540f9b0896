//! What time alone does to a decision.

use crate::chain::{authorize, decide};
use crate::history::Entry;
use consent::Request;
use ledger::{Event, Node};
use model::{Timestamp, limits};
use std::collections::BTreeSet;

/// The first instant after `now` and before `ends` at which a decision made at `now` is another one though nothing happened.
///
/// Looks at every instant that an event or the request names, and at the one after it: nothing else can make a difference.
#[must_use]
pub fn changes_before(
    events: &[Entry],
    request: &Request,
    nodes: &[Node],
    now: Timestamp,
    ends: Timestamp,
) -> Option<Timestamp> {
    let allowed = authorize(events, request, now);
    let outcomes = decide(events, request, nodes, now);
    instants(events, request).into_iter().filter(|instant| now < *instant && *instant < ends).find(
        |instant| {
            authorize(events, request, *instant) != allowed
                || decide(events, request, nodes, *instant) != outcomes
        },
    )
}

fn instants(events: &[Entry], request: &Request) -> BTreeSet<Timestamp> {
    let mut named = vec![request.facts_up_to.plus(limits::FACT_AGE_MAX)];
    for (_, _, event) in events {
        match event {
            Event::AgreementMade(made) => named.extend([made.from, made.until]),
            Event::CertificationMade(made) => named.extend([made.from, made.until]),
            Event::GrantMade(made) => named.push(made.expires_at),
            Event::CredentialMade(made) => named.push(made.expires_at),
            _ => {}
        }
    }
    named.into_iter().flat_map(|at| [at, Timestamp(at.0.saturating_add(1))]).collect()
}
