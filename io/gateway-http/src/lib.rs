//! The partner's API: the gate over HTTP.
//!
//! In scope: from a partner's request to the upstream's question, and from the answer to what may leave of it, in the order that
//! the invariants demand: note the state, ask the upstream, decide, record, release. Out of scope: deciding
//! (`consent`), walking answers (`gate`), the log (`store`), tokens (`oauth`).

mod answer;
mod body;
mod description;
mod incoming;
mod media;
mod mismatches;
mod names;
mod read;
mod refusals;
mod refuse;
mod route;
mod upstream;
mod version;
mod write;

pub use mismatches::Mismatches;
pub use refusals::Refusals;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use edge::{Connection, RequestId};
use keyring::Keyring;
use oauth::resource::{Issuer, ResourceUri};
use outbound::Asking;
use std::sync::Arc;
use store::Store;

/// What the gateway stands on.
pub struct Parts {
    /// Log and vault.
    pub store: Store,
    /// Keys of tokens, links, cursors and pairwise ids.
    pub keyring: Arc<Keyring>,
    /// The platform.
    pub upstream: Asking,
    /// Who issues tokens; links to media begin with it.
    pub issuer: Issuer,
    /// The API as a protected resource, `ISSUER/v1`.
    pub resource: ResourceUri,
    /// Where refused requests are counted; see [`Refusals::run`].
    pub refusals: Arc<Refusals>,
    /// Where the upstream's answers differed from the catalog; see [`Mismatches::run`].
    pub mismatches: Arc<Mismatches>,
}

type Gate = Arc<Parts>;

/// The routes below `/v1`.
pub fn router(parts: Parts) -> Router {
    let known = Arc::new(description::Description::default());
    Router::new()
        .route("/v1/openapi.json", get(move |gate, uri| described(gate, uri, known)))
        .route("/v1/versions", get(versions))
        .route("/v1/media/{link}", any(media))
        .route("/v1/{*path}", any(operation))
        // The resource's own URL answers as whatever is below it does: clients that know nothing else begin here.
        .route("/v1", any(operation))
        .route("/v1/", any(operation))
        .with_state(Arc::new(parts))
        .layer(edge::cross_origin::open())
        .merge(edge::problem_types::router())
}

/// The partner's description of the API, in the version that is asked for.
async fn described(
    State(gate): State<Gate>,
    uri: http::Uri,
    known: Arc<description::Description>,
) -> Response {
    let (served, document) = match version::described(&gate, uri.query()) {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let described = known.of(&served, &document, &gate.issuer);
    let mut response = Response::new(Body::from(described));
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    served.told.tell(response.headers_mut(), &gate.issuer);
    response
}

/// The versions that are served.
async fn versions(State(gate): State<Gate>) -> Response {
    version::list(&gate)
}

async fn operation(State(gate): State<Gate>, request: Request) -> Response {
    let id = RequestId::fresh();
    let connection = connection(&request);
    let wanted = request.headers().get(version::VERSION).cloned();
    let (incoming, body) = match incoming::Incoming::read(&gate, id, &connection, request) {
        Ok(read) => read,
        Err(refused) => {
            // An id that names nothing looks like one of something that may not be seen, in every header.
            let mut response = finish(&gate, id, Err(refused));
            if let Some(told) = version::told(&gate, wanted) {
                told.tell(response.headers_mut(), &gate.issuer);
            }
            return response;
        }
    };
    let told = incoming.told;
    let answered = match incoming.is_write() {
        true => write::serve(&gate, incoming, body, connection).await,
        false => read::serve(&gate, incoming, connection).await,
    };
    let mut response = finish(&gate, id, answered);
    told.tell(response.headers_mut(), &gate.issuer);
    response
}

async fn media(State(gate): State<Gate>, request: Request) -> Response {
    let id = RequestId::fresh();
    let connection = connection(&request);
    let answered = media::serve(&gate, id, request, connection).await;
    finish(&gate, id, answered)
}

fn connection(request: &Request) -> Arc<Connection> {
    request.extensions().get::<Arc<Connection>>().map_or_else(Connection::detached, Arc::clone)
}

/// Counts what was refused, and names the request in whatever is answered.
fn finish(gate: &Parts, id: RequestId, answered: Result<Response, refuse::Refused>) -> Response {
    let mut response = match answered {
        Ok(response) => response,
        Err(refused) => {
            gate.refusals.count(refused.app, refused.operation, refused.problem.slug());
            metrics::counter!("bailment_refused_total", "problem" => refused.problem.slug())
                .increment(1);
            refused.problem.into_response()
        }
    };
    answer::name(&mut response, id);
    response
}
