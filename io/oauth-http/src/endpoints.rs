//! The endpoints: read, ask the flow, answer.

use crate::answer::{Refused, json, response};
use crate::client::{identify, identify_once};
use crate::form::{self, Form};
use crate::server::Shared;
use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use flows::oauth::token::{Exchanged, Refusal};
use flows::oauth::{installations as list, introspect as asked, revoke as end, token as issue};
use http::{HeaderMap, StatusCode};
use model::{Env, InstallationNo};
use oauth::client_auth::ClientAuth;
use oauth::introspect::IntrospectRequest;
use oauth::metadata::paths;
use oauth::revoke::{RevokeRequest, done};
use oauth::token::{TokenError, TokenRequest};
use sequence::Lookup;
use serde::Serialize;
use std::sync::Arc;
use store::{Failure, Urgency};

/// `POST /oauth/token`
pub(crate) async fn token(State(shared): State<Shared>, request: Request) -> Response {
    exchange(&shared, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn exchange(shared: &Shared, request: Request) -> Result<Response, Refused> {
    let uri = request.uri().clone();
    let Form { body, authorization, own } = form::read(request).await?;
    let request = TokenRequest::parse_at(uri.query(), &body, authorization.as_deref())?;
    identify_once(shared, &request.client, Urgency::Ordinary).await?;
    let (server, asked) = (Arc::clone(&shared.server), request.clone());
    let flow = move |state: &consent::State, _: &dyn Lookup, env: &Env| {
        issue::exchange(&asked, &server.lend(), state, env)
    };
    let mut outcome = shared.store.commit(Urgency::Ordinary, own, flow).await;
    if let Err(Failure::Full) = outcome {
        // What a code or token presented twice ends must end also when there is no room for anything else.
        let server = Arc::clone(&shared.server);
        let flow = move |state: &consent::State, _: &dyn Lookup, env: &Env| {
            issue::exchange_ending(&request, &server.lend(), state, env)
        };
        outcome = shared.store.commit(Urgency::Ending, own, flow).await;
    }
    match outcome {
        Err(failure) => Err(Refused::unavailable(&failure)),
        Ok(Err(refusal)) => Err(refused(refusal)),
        Ok(Ok(done)) => match done.reply {
            Exchanged::Issued(tokens) => Ok(response(tokens.answer())),
            Exchanged::Refused(refusal) => {
                tracing::info!("{refusal}: what was issued by it has ended");
                Err(refused(refusal))
            }
        },
    }
}

fn refused(refusal: Refusal) -> Refused {
    tracing::debug!("no token: {refusal}");
    refusal.error().map_or(Refused::Later, Refused::Standard)
}

/// `POST /oauth/revoke`
pub(crate) async fn revoke(State(shared): State<Shared>, request: Request) -> Response {
    end_token(&shared, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn end_token(shared: &Shared, request: Request) -> Result<Response, Refused> {
    let Form { body, authorization, own } = form::read(request).await?;
    let request = RevokeRequest::parse(&body, authorization.as_deref())?;
    identify_once(shared, &request.client, Urgency::Ending).await?;
    let server = Arc::clone(&shared.server);
    let flow = move |state: &consent::State, _: &dyn Lookup, env: &Env| {
        end::revoke(&request, &server.lend(), state, env.now)
    };
    //= rfc7009#2.1
    //# The invalidation takes place immediately, and the token cannot be used again after the
    //# revocation.
    match shared.store.commit(Urgency::Ending, own, flow).await {
        Err(failure) => Err(Refused::unavailable(&failure)),
        Ok(Err(refusal)) => Err(refusal.error().into()),
        Ok(Ok(_)) => Ok(response(done())),
    }
}

/// `POST /oauth/introspect`
pub(crate) async fn introspect(State(shared): State<Shared>, request: Request) -> Response {
    tell(&shared, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn tell(shared: &Shared, request: Request) -> Result<Response, Refused> {
    let Form { body, authorization, .. } = form::read(request).await?;
    let request = IntrospectRequest::parse(&body, authorization.as_deref())?;
    identify_once(shared, &request.client, Urgency::Ordinary).await?;
    let now = shared.store.now();
    let server = &shared.server;
    let told = asked::introspect(&request, &server.lend(), &shared.store.state(), now);
    let told = told.map_err(|refusal| refusal.error())?;
    Ok(response(told.answer(&server.issuer)))
}

/// `GET /oauth/installations`
pub(crate) async fn installations(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    tell_installations(&shared, query.as_deref(), &headers)
        .unwrap_or_else(IntoResponse::into_response)
}

fn tell_installations(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let authorization = form::authorization(headers)?;
    let auth = ClientAuth::from_header(authorization.as_deref())?;
    let client = identify(shared, &auth)?;
    let from = from(query).ok_or(TokenError::Malformed("from"))?;
    let page = list::list(&shared.server.lend(), &shared.store.state(), client.app, from);
    let token_endpoint = shared.server.issuer.url(paths::TOKEN);
    let body = Installations {
        installations: page
            .items
            .iter()
            .map(|one| Installation {
                id: one.installation.to_string(),
                group: one.group.map(|group| group.to_string()),
                classes: one.classes.names().map(str::to_owned).collect(),
                status: one.status.word(),
                token_endpoint: format!("{token_endpoint}?installation={}", one.installation),
            })
            .collect(),
        next: page.next.map(|next| next.to_string()),
    };
    Ok(json(StatusCode::OK, serde_json::to_string(&body).unwrap_or_default()))
}

/// `from=ins_7`, the only parameter; none: from the first.
fn from(query: Option<&str>) -> Option<InstallationNo> {
    match query.filter(|query| !query.is_empty()) {
        None => Some(InstallationNo(0)),
        Some(query) => query.strip_prefix("from=")?.parse().ok(),
    }
}

#[derive(Serialize)]
struct Installations {
    installations: Vec<Installation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Installation {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    classes: Vec<String>,
    status: &'static str,
    /// Where a library that knows no parameters of ours gets, and renews, tokens for this one.
    token_endpoint: String,
}
