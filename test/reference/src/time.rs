//! What time alone does to a decision.

use crate::chain::{authorize, decide};
use crate::history::Entry;
use crate::idleness::DAY;
use consent::Request;
use ledger::{Event, Node};
use model::{Timestamp, limits};
use serde_json::Value;
use std::collections::BTreeSet;

/// The first instant after `now` and before `ends` at which a decision made at `now` is another one though nothing happened.
///
/// Looks at every instant that an event or the request names, at those that a policy counts from them, and at the one after
/// each: nothing else can make a difference.
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
    let policies = events.iter().filter_map(|(_, _, event)| match event {
        Event::PolicyActivated(adopted) => Some(adopted.document.as_slice()),
        _ => None,
    });
    let lengths: BTreeSet<u64> = policies.flat_map(lengths).collect();
    let after = |begins: Timestamp| lengths.iter().map(move |length| Timestamp(begins.0 + length));
    for (_, at, event) in events {
        match event {
            Event::AgreementMade(made) => {
                named.extend([made.from, made.until]);
                named.extend(after(made.from.max(*at)));
            }
            Event::ClassesUsed(used) => {
                named.extend(after(Timestamp((u64::from(used.day) + 1) * DAY)));
            }
            Event::CodeRedeemed(_) => named.extend(after(*at)),
            Event::ProgramStatusChanged(changed) => named.extend(changed.until),
            Event::ExceptionMade(made) => named.push(made.until),
            Event::VersionChanged(changed) => named.extend(changed.sunset),
            Event::CertificationMade(made) => named.extend([made.from, made.until]),
            Event::GrantMade(made) => {
                named.push(made.expires_at);
                named.extend(made.ends.iter().flatten().map(|end| end.until));
                named.extend(after(*at));
            }
            Event::CredentialMade(made) => named.push(made.expires_at),
            _ => {}
        }
    }
    named.into_iter().flat_map(|at| [at, Timestamp(at.0.saturating_add(1))]).collect()
}

/// Every length of time that a policy names, whatever for.
fn lengths(policy: &[u8]) -> Vec<u64> {
    let document: Value = serde_json::from_slice(policy).unwrap_or_default();
    let expiry = document.get("expiry");
    let idle = expiry.and_then(|expiry| expiry.get("idle_days"));
    let classes = expiry.and_then(|expiry| expiry.get("classes")?.as_object());
    let unused = classes.into_iter().flat_map(|classes| classes.values());
    let unused = unused.filter_map(|class| class.get("unused_days"));
    idle.into_iter().chain(unused).filter_map(Value::as_u64).map(|days| days * DAY).collect()
}
