//! The upstream over HTTP, for a platform that is a process of its own.
//!
//! Every request needs the shared secret as a bearer token. `/platform/…` are the platform's own
//! changes, used by the demo and by tests; everything else is the API that the gate calls.

use std::{future::Future, io, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;

use crate::{
    ChangeError, FactsOutcome, InProcess, Outcome, PersonId, Platform, UpstreamRequest,
    UpstreamResponse,
    api::{BODY_BYTES_MAX, JSON_TYPE, PROBLEM_TYPE, Problem},
    store::{PostState, StoreError},
};

/// Header that names the acting person.
pub const ACTOR_HEADER: &str = "x-acting-person";
/// Header of a write's idempotency key.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// What every request needs.
struct Shared {
    platform: Arc<Platform>,
    upstream: InProcess,
    secret: [u8; 32],
}

/// Makes the router over a platform; `secret` is what callers send as bearer token.
pub fn router(platform: Arc<Platform>, secret: &str) -> Router {
    let upstream = platform.upstream();
    // Digests have one length, so comparing them says nothing about the secret's.
    let secret = Sha256::digest(secret.as_bytes()).into();
    Router::new().fallback(handle).with_state(Arc::new(Shared { platform, upstream, secret }))
}

/// Serves the upstream on a listener until `stop` is ready.
///
/// # Errors
/// [`io::Error`] of the listener.
pub async fn serve_http(
    listener: TcpListener,
    platform: Arc<Platform>,
    secret: &str,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(platform, secret)).with_graceful_shutdown(stop).await
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !is_authorized(&shared, request.headers()) {
        let mut response = render(unauthorized());
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return response;
    }
    render(answer(&shared, request).await.unwrap_or_else(Problem::into_response))
}

async fn answer(shared: &Shared, request: Request) -> Result<UpstreamResponse, Problem> {
    let (parts, body) = request.into_parts();
    let body =
        to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Problem::TooLarge(BODY_BYTES_MAX))?;
    let path = parts.uri.path();
    if let Some(path) = path.strip_prefix("/platform/") {
        return change(&shared.platform, &parts.method, path, &body).await;
    }
    let request = UpstreamRequest {
        path: path.to_owned(),
        query: parts.uri.query().map(str::to_owned),
        actor: text(&parts.headers, ACTOR_HEADER)?
            .map(str::parse)
            .transpose()
            .map_err(|_| Problem::Invalid(format!("`{ACTOR_HEADER}` is not a person's id")))?,
        idempotency_key: text(&parts.headers, IDEMPOTENCY_HEADER)?.map(str::to_owned),
        body: (!body.is_empty()).then_some(body),
        method: parts.method,
    };
    let answer = shared.upstream.call(request).await;
    answer.map_err(|error| Problem::Store(StoreError::Unavailable(error.to_string())))
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let value = headers.get(name).map(HeaderValue::to_str).transpose();
    value.map_err(|_| Problem::Invalid(format!("`{name}` is not plain text")))
}

fn is_authorized(shared: &Shared, headers: &HeaderMap) -> bool {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    token.is_some_and(|token| Sha256::digest(token.as_bytes()).ct_eq(&shared.secret).into())
}

fn unauthorized() -> UpstreamResponse {
    let body = concat!(
        r#"{"type":"urn:bailment:platform:unauthorized","title":"Unauthorized","#,
        r#""status":401,"detail":"the shared secret is missing or wrong"}"#
    );
    UpstreamResponse {
        status: StatusCode::UNAUTHORIZED,
        content_type: PROBLEM_TYPE,
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn render(answer: UpstreamResponse) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    let content_type = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Answer to a change.
#[derive(Serialize)]
struct Changed {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    facts_pending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts_up_to: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewState {
    state: PostState,
}

/// Makes one of the platform's own changes.
async fn change(
    platform: &Platform,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<UpstreamResponse, Problem> {
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8())
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::NotFound("path"))?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["people"]) => made(platform.create_person(parse(body)?).await),
        ("POST", ["groups"]) => made(platform.create_group(parse(body)?).await),
        ("DELETE", ["people", who]) => done(platform.delete_person(id(who)?).await),
        ("DELETE", ["groups", group]) => done(platform.delete_group(id(group)?).await),
        ("DELETE", ["posts", post]) => done(platform.delete_post(id(post)?).await),
        ("PUT", ["posts", post, "state"]) => {
            let NewState { state } = parse(body)?;
            done(platform.set_post_state(id(post)?, state).await)
        }
        ("DELETE", ["comments", comment]) => done(platform.delete_comment(id(comment)?).await),
        ("PUT", ["groups", group, "members", who]) => {
            done(platform.join(id(group)?, id(who)?).await)
        }
        ("DELETE", ["groups", group, "members", who]) => {
            done(platform.leave(id(group)?, id(who)?).await)
        }
        ("PUT", ["groups", group, "admins", who]) => {
            done(platform.promote(id(group)?, id(who)?).await)
        }
        ("DELETE", ["groups", group, "admins", who]) => {
            done(platform.demote(id(group)?, id(who)?).await)
        }
        ("PUT", ["people", one, "friends", two]) => {
            done(platform.befriend(id::<PersonId>(one)?, id(two)?).await)
        }
        ("DELETE", ["people", one, "friends", two]) => {
            done(platform.unfriend(id::<PersonId>(one)?, id(two)?).await)
        }
        _ => Err(Problem::NotFound("path")),
    }
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::NotFound("object"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|_| Problem::Invalid("the body is not as described".to_owned()))
}

fn made<T: ToString>(
    outcome: Result<Outcome<T>, ChangeError>,
) -> Result<UpstreamResponse, Problem> {
    let outcome = outcome.map_err(refused)?;
    changed(StatusCode::CREATED, Some(outcome.value.to_string()), outcome.facts)
}

fn done(outcome: Result<Outcome<()>, ChangeError>) -> Result<UpstreamResponse, Problem> {
    changed(StatusCode::OK, None, outcome.map_err(refused)?.facts)
}

fn refused(error: ChangeError) -> Problem {
    match error {
        ChangeError::NotFound(what) => Problem::NotFound(what),
        ChangeError::Invalid(why) => Problem::Invalid(why.to_owned()),
        ChangeError::Store(error) => Problem::Store(error),
    }
}

fn changed(
    status: StatusCode,
    id: Option<String>,
    facts: FactsOutcome,
) -> Result<UpstreamResponse, Problem> {
    let (facts_pending, facts_up_to) = match facts {
        FactsOutcome::None => (false, None),
        FactsOutcome::Accepted { up_to } => (false, Some(up_to)),
        FactsOutcome::Pending { up_to } => (true, Some(up_to)),
    };
    let body = serde_json::to_vec(&Changed { id, facts_pending, facts_up_to });
    let body = Bytes::from(body.map_err(StoreError::from)?);
    Ok(UpstreamResponse { status, content_type: JSON_TYPE, body })
}
