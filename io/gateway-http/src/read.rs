//! Reads: note the state, ask the upstream, decide, record, release.

use crate::incoming::Incoming;
use crate::names::{Names, Numbers};
use crate::refuse::{self, Refused};
use crate::{Parts, answer, upstream};
use axum::response::Response;
use catalog::{Catalog, Method, Operation, Segment};
use consent::Decision;
use edge::{Connection, Problem};
use gate::{Above, Answer, DisclosureParts, FieldSelection, Paging, Resume, Surroundings};
use http::StatusCode;
use ledger::{About, Node, RecordFacts};
use model::{
    ClassMask, ClassNo, ContextNo, ObjectKind, ObjectNo, Position, Publication, Reason, Relation,
    Timestamp, limits,
};
use outbound::Asked;
use sequence::{Basis, NewObject, Permit};
use std::borrow::Cow;
use std::sync::Arc;
use store::{Disclosed, Ticket};

/// Turns at the log before a request is told to come again. The third decides under the lock; only an upstream whose
/// records change all the time needs more.
const TURNS_MAX: u32 = limits::PERMIT_TRIES_MAX + 5;
/// Upstream pages read for one page of the gate.
const PAGES_MAX: usize = 40;
/// One item beyond those wanted, so that a full page is known to have a successor, and one for each so many wanted: a few
/// that nothing leaves of (drafts) would else cost a second question.
const ITEMS_MORE: usize = 1;
const ITEMS_SPARE: usize = 8;

/// Serves a read.
pub(crate) async fn serve(
    gate: &Parts,
    incoming: Incoming,
    connection: Arc<Connection>,
) -> Result<Response, Refused> {
    may_ask(gate, &incoming).map_err(|problem| incoming.refused(problem))?;
    let ask = |from: &Resume, page: usize| {
        let mut query = incoming.query.clone();
        if is_paged(&incoming.operation) {
            query.push(("limit".to_owned(), items_asked(incoming.limit, page).to_string()));
            query.extend(from.cursor.clone().map(|cursor| ("cursor".to_owned(), cursor)));
        }
        let path = upstream::with_query(&incoming.path, &query);
        Asked { actor: incoming.actor_external.clone(), ..Asked::get(path) }
    };
    disclose(gate, &incoming, connection, StatusCode::OK, Source::Ask(&ask)).await
}

/// Items asked of the upstream for its n-th page: ever more, so that a small page tells no sooner than a large one that
/// many items in a row were passed over.
fn items_asked(limit: usize, page: usize) -> usize {
    let doublings = u32::try_from(page).unwrap_or(u32::MAX);
    let more = 2_usize.saturating_pow(doublings);
    (limit + ITEMS_MORE + limit / ITEMS_SPARE).saturating_mul(more).min(limits::PAGE_ITEMS_MAX)
}

fn is_paged(operation: &Operation) -> bool {
    operation.parameters.iter().any(|parameter| parameter.cursor)
}

/// Whether the request can lead to anything, as far as it says nothing about a person: told before the upstream is
/// asked, exactly and in constant time for every group.
pub(crate) fn may_ask(gate: &Parts, incoming: &Incoming) -> Result<(), Problem> {
    may_ask_at(gate, incoming, incoming.now)
}

fn may_ask_at(gate: &Parts, incoming: &Incoming, now: Timestamp) -> Result<(), Problem> {
    let request = incoming.decides(gate);
    let state = gate.store.state();
    let told = |reason| refuse::reason(reason, &gate.resource);
    consent::authorize(&state, &request, now).map_err(told)?;
    if incoming.context.is_none() {
        return Ok(());
    }
    let probe = probe(incoming, incoming.context);
    let decision = consent::decide(&state, &request, &[probe], now);
    // One class is enough that only people can refuse, or that nobody does: what else is withheld, the answer tells.
    let is_open = decision.released.iter().any(|mask| !mask.is_empty())
        || decision.withheld.iter().any(|(reason, _)| reason.is_personal());
    let first = decision.withheld.iter().map(|(reason, _)| *reason).next().filter(|_| !is_open);
    first.map_or(Ok(()), |reason| Err(told(reason)))
}

/// A record that any published one in a context is like, as far as it is not about people.
fn probe(incoming: &Incoming, context: Option<ContextNo>) -> Node {
    let record = RecordFacts {
        kind: ObjectKind::Group,
        object: ObjectNo(0),
        context,
        publication: Publication::Published,
        time: None,
        relation: Relation(Relation::FRIEND.0 | Relation::PARTICIPANT.0),
    };
    Node {
        within: None,
        record: Some(record),
        about: About::Nobody,
        presence: ClassMask::NONE,
        asked: incoming.operation.classes,
    }
}

/// What the request itself stands in the way of, whatever records there are: told of a page without items, so that the
/// words are the same where there are none and where all are withheld.
fn requests_own(
    gate: &Parts,
    incoming: &Incoming,
    context: Option<ContextNo>,
) -> Vec<(ClassNo, &'static str)> {
    let request = incoming.decides(gate);
    let state = gate.store.state();
    let decision = consent::decide(&state, &request, &[probe(incoming, context)], incoming.now);
    let own = |(reason, _): &(Reason, ClassMask)| reason.is_requests_own();
    gate::words(&decision.withheld.into_iter().filter(own).collect::<Vec<_>>())
}

/// Where answers come from.
pub(crate) enum Source<'a> {
    /// The upstream is asked, again for every turn and page.
    Ask(&'a (dyn Fn(&Resume, usize) -> Asked + Sync)),
    /// A write's answer, which cannot be asked for again.
    Given(Given),
}

/// What came of a write.
pub(crate) struct Given {
    /// The upstream's answer.
    pub(crate) bytes: Vec<u8>,
    /// Where the write was permitted.
    pub(crate) permitted_at: Position,
    /// What was noted before the upstream was asked for anything.
    pub(crate) basis: Basis,
    /// What was written below.
    pub(crate) above: Option<Above>,
}

struct Prepared {
    answer: Answer,
    decision: Decision,
    objects: Vec<NewObject>,
    basis: Basis,
    request: Arc<consent::Request>,
    /// What it stands below, decided with it.
    above: Option<Above>,
}

/// Decides, records and releases, in as many turns as it takes.
pub(crate) async fn disclose(
    gate: &Parts,
    incoming: &Incoming,
    connection: Arc<Connection>,
    status: StatusCode,
    source: Source<'_>,
) -> Result<Response, Refused> {
    let anew = || gate.store.in_flight().ticket(connection.id, Arc::clone(&connection) as _);
    let mut ticket = anew();
    let mut incoming = Cow::Borrowed(incoming);
    for tries in 0..TURNS_MAX {
        if tries > 0 {
            // What ends by time may have ended since: at the old instant it would stand in every turn, and fall in each again.
            incoming.to_mut().now = gate.store.now();
        }
        let incoming = &*incoming;
        let prepared = prepare(gate, incoming, &source).await?;
        tell_ending(gate, incoming, &source, &prepared.decision.released)?;
        let nodes = prepared.answer.shared_nodes();
        let permit = Permit {
            request: prepared.request,
            nodes,
            decision: prepared.decision,
            load: prepared.basis.load,
            revision: prepared.basis.revision,
            decided_at: incoming.now,
            tries,
            request_id: incoming.id.0,
            network: Some(incoming.network.clone()),
            write: match &source {
                Source::Given(given) => Some(given.permitted_at),
                Source::Ask(_) => None,
            },
        };
        let decision = permit.decision.clone();
        let turn = gate.store.disclose(permit, prepared.objects, ticket).await;
        match turn.map_err(|failure| incoming.refused(Problem::unavailable(&failure)))? {
            // What cannot be asked for again stays as old as it is.
            Disclosed::GoBack { reread: true, .. } if matches!(source, Source::Given(_)) => break,
            Disclosed::GoBack { ticket: again, .. } => ticket = again,
            Disclosed::Durable { durable, ticket: again, instead } => {
                let decision = match instead {
                    None => decision,
                    // Perhaps the chain ended, or what it stands below went: an answer without anything would say that there is
                    // nothing. What it is now is decided anew, from the beginning; and since nothing of this one will leave, no
                    // ending waits for it: with the ticket that it took, the next one would be broken off for its sake.
                    Some(released) if matches!(source, Source::Ask(_)) && is_nothing(&released) => {
                        tell_ending(gate, incoming, &source, &released)?;
                        drop(again);
                        ticket = anew();
                        continue;
                    }
                    Some(released) => Decision { released, ..decision },
                };
                tell_ending(gate, incoming, &source, &decision.released)?;
                let names = names(gate, incoming);
                let disclosure = gate::release(&prepared.answer, &decision, &names, durable);
                let mut parts = disclosure.into_parts();
                if parts.is_blank {
                    let above = prepared.above.and_then(|above| above.record().context);
                    let own = requests_own(gate, incoming, incoming.context.or(above));
                    let is_new = |class| parts.withheld.iter().all(|(told, _)| *told != class);
                    let new: Vec<_> = own.into_iter().filter(|(class, _)| is_new(*class)).collect();
                    parts.withheld.extend(new);
                }
                return respond(gate, incoming, (parts, decision, status), connection, again);
            }
        }
    }
    Err(incoming.refused(changing()))
}

pub(crate) fn changing() -> Problem {
    let problem = Problem::new(
        503,
        "changing",
        "what was asked for changes faster than it can be read; ask again",
    );
    problem.header(http::header::RETRY_AFTER, "1")
}

/// Where nothing is released: a chain that ended while the upstream was asked is told like one that had ended before,
/// and not as a page without items.
fn tell_ending(
    gate: &Parts,
    incoming: &Incoming,
    source: &Source<'_>,
    released: &[ClassMask],
) -> Result<(), Refused> {
    match source {
        Source::Ask(_) if is_nothing(released) => {
            // At the instant that nothing was released for: what ends by time may have ended since it came in.
            let now = gate.store.now();
            may_ask_at(gate, incoming, now).map_err(|problem| incoming.refused(problem))
        }
        // What a write did is done, and its answer says so.
        Source::Ask(_) | Source::Given(_) => Ok(()),
    }
}

fn is_nothing(released: &[ClassMask]) -> bool {
    released.iter().all(|mask| mask.is_empty())
}

pub(crate) fn names<'g>(gate: &'g Parts, incoming: &Incoming) -> Names<'g> {
    let understood = (incoming.version, incoming.catalog_at);
    Names::new(gate, incoming.caller, incoming.operation.number, understood, incoming.now)
}

fn respond(
    gate: &Parts,
    incoming: &Incoming,
    (parts, decision, status): (DisclosureParts, Decision, StatusCode),
    connection: Arc<Connection>,
    ticket: Ticket,
) -> Result<Response, Refused> {
    metrics::counter!("bailment_disclosures_total", "operation" => incoming.operation.name.clone())
        .increment(1);
    // What a write did is done, whatever may be shown of it.
    if parts.is_empty && !incoming.is_write() {
        // Nothing of it may leave. Only what concerns the request itself is told; the rest looks like absence.
        let reason =
            decision.withheld.iter().map(|(reason, _)| *reason).find(|reason| is_told(*reason));
        let problem =
            reason.map_or_else(refuse::not_found, |reason| refuse::reason(reason, &gate.resource));
        return Err(incoming.refused(problem));
    }
    Ok(answer::disclosure(parts, &incoming.catalog, status, connection, ticket))
}

/// Whether a reason is about the request and not about the record: told even where nothing leaves.
const fn is_told(reason: Reason) -> bool {
    reason.is_requests_own() && !matches!(reason, Reason::UnknownClass)
}

async fn prepare(
    gate: &Parts,
    incoming: &Incoming,
    source: &Source<'_>,
) -> Result<Prepared, Refused> {
    // Noted before the upstream is asked: whatever happens from here on is held against the answer.
    let basis = match source {
        Source::Given(given) => given.basis,
        Source::Ask(_) => gate.store.basis(),
    };
    is_understood(gate, incoming)?;
    // Asked for anew in each turn, like what is below it, and decided with it: its endings are endings of this answer.
    let above = match source {
        Source::Given(given) => given.above.clone(),
        Source::Ask(_) => above(gate, incoming).await?,
    };
    let request = Arc::new(incoming.decides(gate));
    let numbers = Numbers::new(&gate.store);
    let unusable = |_| incoming.refused(refuse::upstream(502));
    let mut from = incoming.from.clone();
    let mut answer: Option<Answer> = None;
    let mut decided = None;
    for page in 0..PAGES_MAX {
        let bytes = match source {
            Source::Given(given) => given.bytes.clone(),
            Source::Ask(ask) => fetch(gate, incoming, ask(&from, page)).await?,
        };
        let surroundings =
            Surroundings { context: incoming.context_external.clone(), from: from.clone() };
        let draft = gate::read(
            &incoming.catalog,
            &incoming.operation,
            bytes,
            &incoming.fields,
            &surroundings,
        );
        let draft = draft.map_err(|error| {
            tracing::warn!(operation = %incoming.operation.name, %error, "the upstream's answer cannot be used");
            unusable(error)
        })?;
        gate.mismatches.note(&incoming.operation.name, draft.mismatches());
        let resolved = draft.resolve(&numbers);
        match (&mut answer, &above) {
            (None, None) => answer = Some(resolved),
            (None, Some(above)) => answer = Some(resolved.below(above)),
            (Some(answer), _) => answer.append(resolved),
        }
        let Some(whole) = &mut answer else { break };
        let decision = consent::decide(&gate.store.state(), &request, whole.nodes(), incoming.now);
        match whole.paging(&decision.released, incoming.limit) {
            Paging::Fetch(next) if matches!(source, Source::Ask(_)) => from = next,
            // Nodes were cut off, and with them perhaps the only ones of a reason.
            Paging::Cut => break,
            Paging::Complete | Paging::Fetch(_) => {
                decided = Some(decision);
                break;
            }
        }
    }
    let Some(answer) = answer else { return Err(incoming.refused(refuse::upstream(502))) };
    // What cannot be looked up cannot be decided.
    let objects =
        numbers.finish().map_err(|error| incoming.refused(Problem::unavailable(&error.into())))?;
    let decision = decided.unwrap_or_else(|| {
        consent::decide(&gate.store.state(), &request, answer.nodes(), incoming.now)
    });
    if let Some(above) = above.as_ref().filter(|_| is_nothing(&decision.released)) {
        still_shows(gate, incoming, &request, above)?;
    }
    Ok(Prepared { answer, decision, objects, basis, request, above })
}

/// A catalog that comes later sends the permit back, and then the request is to be understood anew: what this one lets
/// out is not what the catalog of its version lets out now, if that is served still.
fn is_understood(gate: &Parts, incoming: &Incoming) -> Result<(), Refused> {
    let is_served =
        |now: &Arc<Catalog>| Arc::ptr_eq(now, &incoming.catalog) || **now == *incoming.catalog;
    match gate.store.state().catalog_of(incoming.version).is_some_and(is_served) {
        true => Ok(()),
        false => Err(incoming.refused(changing())),
    }
}

/// It may have gone while what is below it was asked for: an empty page would say that nothing is below it.
fn still_shows(
    gate: &Parts,
    incoming: &Incoming,
    request: &consent::Request,
    above: &Above,
) -> Result<(), Refused> {
    let decision = consent::decide(&gate.store.state(), request, &[above.probe()], incoming.now);
    match is_nothing(&decision.released) {
        true => Err(incoming.refused(refuse::not_found())),
        false => Ok(()),
    }
}

/// Asks the upstream; what it does not have is absent.
pub(crate) async fn fetch(
    gate: &Parts,
    incoming: &Incoming,
    asked: Asked,
) -> Result<Vec<u8>, Refused> {
    let content =
        gate.upstream.ask(asked).await.map_err(|_| incoming.refused(refuse::upstream(504)))?;
    match content.status.as_u16() {
        200..=299 => Ok(Vec::from(content.body)),
        404 | 410 => Err(incoming.refused(refuse::not_found())),
        status => {
            tracing::warn!(operation = %incoming.operation.name, status, "the upstream refuses");
            Err(incoming.refused(refuse::upstream(502)))
        }
    }
}

/// For a path below an object (comments of a post): the object itself must show to this app, else what is below is
/// absent like the object.
pub(crate) async fn above(gate: &Parts, incoming: &Incoming) -> Result<Option<Above>, Refused> {
    let Some((_, _, external)) = &incoming.object else { return Ok(None) };
    let Some((parent, path)) = parent(&incoming.catalog, &incoming.operation, external) else {
        return Ok(None);
    };
    let asked = Asked { actor: incoming.actor_external.clone(), ..Asked::get(path) };
    let bytes = fetch(gate, incoming, asked).await?;
    let draft = gate::read(
        &incoming.catalog,
        parent,
        bytes,
        &FieldSelection::ALL,
        &Surroundings::default(),
    );
    let draft = draft.map_err(|_| incoming.refused(refuse::upstream(502)))?;
    let numbers = Numbers::new(&gate.store);
    let answer = draft.resolve(&numbers);
    numbers.finish().map_err(|error| incoming.refused(Problem::unavailable(&error.into())))?;
    let request = consent::Request {
        operation: parent.number,
        requires: ClassMask::NONE,
        ..incoming.decides(gate)
    };
    let decision = consent::decide(&gate.store.state(), &request, answer.nodes(), incoming.now);
    if let Some(above) = Above::shown(&answer, &decision.released) {
        return Ok(Some(above));
    }
    let told = decision.withheld.iter().map(|(reason, _)| *reason).find(|reason| is_told(*reason));
    let problem =
        told.map_or_else(refuse::not_found, |reason| refuse::reason(reason, &gate.resource));
    Err(incoming.refused(problem))
}

/// The read of the object that an operation's path stands below, with its path at the upstream.
fn parent<'c>(
    catalog: &'c Catalog,
    operation: &Operation,
    external: &str,
) -> Option<(&'c Operation, String)> {
    let end =
        operation.path.iter().rposition(|segment| matches!(segment, Segment::Parameter(_)))? + 1;
    let above = operation.path.get(..end).filter(|_| end < operation.path.len())?;
    let parent =
        catalog.operations.iter().find(|one| one.method == Method::Get && one.path == above)?;
    let name = parent.path.iter().rev().find_map(|segment| match segment {
        Segment::Parameter(name) => Some(name.clone()),
        Segment::Literal(_) => None,
    })?;
    let path = upstream::path(&parent.upstream, &[(name, external.to_owned())].into())?;
    Some((parent, path))
}
