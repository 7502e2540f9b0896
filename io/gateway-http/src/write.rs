//! Writes: two decisions. A permit that is durable before the upstream is called, and a disclosure for its answer.

use crate::incoming::Incoming;
use crate::refuse::{self, Refused};
use crate::{Parts, answer, read};
use axum::body::Body;
use axum::response::Response;
use edge::{Connection, Problem};
use flows::write::{Attempt, Refusal};
use gate::{Above, BodyMistake, BodyProblem};
use http::{HeaderMap, Method, StatusCode, header};
use ledger::WriteOutcomeKind;
use model::{ObjectNo, Position};
use outbound::Asked;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::Urgency;

/// Serves a write.
pub(crate) async fn serve(
    gate: &Parts,
    mut incoming: Incoming,
    body: Body,
    connection: Arc<Connection>,
) -> Result<Response, Refused> {
    let body = checked(gate, &incoming, body).await?;
    // Noted before anything is asked of the upstream: whatever happens from here on is held against the answer.
    let basis = gate.store.basis();
    let above = read::above(gate, &incoming).await?;
    // What is written below a record is written where that record stands.
    if let Some(above) = &above {
        incoming.context = incoming.context.or(above.record().context);
    }
    let permitted_at = permit(gate, &incoming, above.as_ref()).await?;
    let asked = Asked {
        method: method(&incoming),
        path: crate::upstream::with_query(&incoming.path, &incoming.query),
        body,
        idempotency_key: incoming.idempotency_key.as_deref().map(|key| own_key(&incoming, key)),
        actor: incoming.actor_external.clone(),
    };
    let Ok(content) = gate.upstream.ask(asked).await else {
        record(gate, &incoming, permitted_at, WriteOutcomeKind::Unknown).await;
        let detail = "nobody knows whether it was written; repeat it with the same idempotency key";
        return Err(incoming.refused(Problem::new(504, "write-outcome-unknown", detail)));
    };
    if !content.status.is_success() {
        record(gate, &incoming, permitted_at, WriteOutcomeKind::Refused).await;
        return Err(incoming.refused(refused_by_upstream(content.status)));
    }
    let status = StatusCode::from_u16(incoming.operation.status).unwrap_or(StatusCode::OK);
    if incoming.operation.response.is_none() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        answer::at(&mut response, permitted_at);
        return Ok(response);
    }
    let bytes = Vec::from(content.body);
    let source = read::Source::Given(read::Given { bytes, permitted_at, basis, above });
    let answered = read::disclose(gate, &incoming, connection, status, source).await;
    if answered.is_err() {
        record(gate, &incoming, permitted_at, WriteOutcomeKind::Withheld).await;
    }
    answered
}

fn method(incoming: &Incoming) -> Method {
    match incoming.operation.method {
        catalog::Method::Get => Method::GET,
        catalog::Method::Post => Method::POST,
        catalog::Method::Put => Method::PUT,
        catalog::Method::Patch => Method::PATCH,
        catalog::Method::Delete => Method::DELETE,
    }
}

/// Two apps may choose the same key; the upstream must not take one's attempt for the other's.
fn own_key(incoming: &Incoming, key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(incoming.caller.app.0.to_be_bytes());
    hash.update(crate::names::chain_word(incoming.caller.chain).as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn checked(
    gate: &Parts,
    incoming: &Incoming,
    body: Body,
) -> Result<Option<bytes::Bytes>, Refused> {
    let bytes_max = crate::body::bytes_max(&incoming.catalog, &incoming.operation);
    let bytes =
        edge::read_body(body, bytes_max).await.map_err(|problem| incoming.refused(problem))?;
    if !bytes.is_empty() && !is_json(&incoming.headers) {
        let detail = "the request body must be application/json";
        return Err(incoming.refused(Problem::new(415, "media-type-unsupported", detail)));
    }
    let names = read::names(gate, incoming);
    match gate::check_body(&incoming.catalog, &incoming.operation, &bytes, &names) {
        Ok(body) => Ok(body.map(bytes::Bytes::from)),
        Err(mistakes) => Err(incoming.refused(body_problem(&mistakes))),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let text =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn body_problem(mistakes: &[BodyMistake]) -> Problem {
    let is_syntax =
        mistakes.iter().any(|mistake| matches!(mistake.problem, BodyProblem::NotJson(_)));
    let errors: Vec<serde_json::Value> = mistakes
        .iter()
        .map(|mistake| serde_json::json!({ "pointer": mistake.pointer, "detail": mistake.problem.to_string() }))
        .collect();
    let (status, slug) = if is_syntax { (400, "body-malformed") } else { (422, "body-invalid") };
    Problem::new(status, slug, "the request body is not what the operation takes")
        .with("errors", errors)
}

async fn permit(
    gate: &Parts,
    incoming: &Incoming,
    above: Option<&Above>,
) -> Result<Position, Refused> {
    let request = incoming.decides(gate);
    let attempt = Attempt {
        catalog: incoming.catalog_at,
        request_id: incoming.id.0,
        network: Some(incoming.network.clone()),
        idempotency: incoming
            .idempotency_key
            .as_deref()
            .map(|key| Sha256::digest(key.as_bytes()).into()),
        object: incoming.object.as_ref().map(|(_, number, _)| ObjectNo(*number)),
        above: above.map(Above::probe),
    };
    gate.store.ready().map_err(|failure| incoming.refused(Problem::unavailable(&failure)))?;
    let committed = gate
        .store
        .commit(Urgency::Ordinary, None, move |state, _, env| {
            flows::write::permit(state, env, &request, &attempt)
        })
        .await;
    match committed {
        Err(failure) => Err(incoming.refused(Problem::unavailable(&failure))),
        Ok(Err(Refusal::Reason(reason))) => {
            Err(incoming.refused(refuse::reason(reason, &gate.resource)))
        }
        Ok(Err(Refusal::CatalogChanged)) => Err(incoming.refused(read::changing())),
        Ok(Err(Refusal::Absent)) => Err(incoming.refused(refuse::not_found())),
        Ok(Ok(done)) => Ok(done.position),
    }
}

/// Records an end that no disclosure records. If that fails, the permit stands alone, which says: unknown.
async fn record(
    gate: &Parts,
    incoming: &Incoming,
    permitted_at: Position,
    outcome: WriteOutcomeKind,
) {
    let request = incoming.decides(gate);
    let recorded = gate
        .store
        .commit(Urgency::Ordinary, None, move |state, _, _| {
            Ok::<_, std::convert::Infallible>(flows::write::outcome(
                state,
                &request,
                permitted_at,
                outcome,
            ))
        })
        .await;
    if let Err(failure) = recorded {
        tracing::warn!(%failure, "the end of a write could not be recorded");
    }
}

fn refused_by_upstream(status: StatusCode) -> Problem {
    match status.as_u16() {
        403 => Problem::new(
            403,
            "platform-refused",
            "the platform does not let this person write here",
        ),
        404 | 410 => refuse::not_found(),
        409 => Problem::new(
            409,
            "platform-conflict",
            "the platform has a different attempt under this key",
        ),
        413 => Problem::new(413, "body-too-large", "the platform takes no body of this size"),
        400..=499 => Problem::new(422, "platform-refused", "the platform does not take this"),
        _ => refuse::upstream(502),
    }
}
