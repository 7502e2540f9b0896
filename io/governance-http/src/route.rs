//! From the table to a router.

use crate::access::Access;
use crate::access::{Who, admit, hear_gpc};
use crate::api::{Api, Parts};
use crate::input::Asked;
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::{admin, facts, me, notices, openapi, partner, staff};
use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use edge::{Connection, Problem, read_body};
use http::{HeaderValue, Method, StatusCode, header};
use std::sync::Arc;
use teller::Language;

/// The APIs.
pub fn router(parts: Parts) -> Router {
    let api = Api::new(parts);
    let router = [
        ("Bailment for people", "/me/v1", [me::operations(), notices::for_people()].concat()),
        ("Bailment for admins", "/admin/v1", admin::operations()),
        ("Bailment for staff", "/staff/v1", [staff::operations(), notices::for_staff()].concat()),
        (
            "Bailment for partners",
            "/partner/v1",
            [partner::operations(), notices::for_partners()].concat(),
        ),
        ("Bailment for the platform's facts", "/facts/v1", facts::operations()),
    ]
    .into_iter()
    .fold(Router::new(), |router, (title, base, operations)| {
        serve(router, &api, title, (base, operations))
    });
    router
        .fallback(|| async {
            finish(Problem::new(404, "not-found", "there is no such resource").into_response())
        })
        .method_not_allowed_fallback(|| async {
            let problem =
                Problem::new(405, "method-not-allowed", "the resource has no such method");
            finish(problem.into_response())
        })
}

fn serve(
    router: Router,
    api: &Api,
    title: &str,
    (base, operations): (&str, Vec<Operation>),
) -> Router {
    let document = Arc::new(openapi::document(title, base, &operations, api.parts.transport));
    let described = axum::routing::get(move || {
        let document = Arc::clone(&document);
        async move { finish(answer(reply::ok(&*document))) }
    });
    let router = router.route(&format!("{base}/openapi.json"), described);
    operations.into_iter().fold(router, |router, operation| {
        let (filter, path) = (filter(&operation.method), format!("{base}{}", operation.path));
        let (api, operation) = (api.clone(), Arc::new(operation));
        let handler = move |request: Request| {
            let (api, operation) = (api.clone(), Arc::clone(&operation));
            async move { finish(answer(run(api, &operation, request).await)) }
        };
        router.route(&path, on(filter, handler))
    })
}

const fn filter(method: &Method) -> MethodFilter {
    match *method {
        Method::POST => MethodFilter::POST,
        Method::PUT => MethodFilter::PUT,
        Method::PATCH => MethodFilter::PATCH,
        Method::DELETE => MethodFilter::DELETE,
        // The tables name no other method.
        _ => MethodFilter::GET,
    }
}

fn answer(answer: Answer) -> Response {
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// Whose data it is changes with the cookie, and from one moment to the next.
fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if response.status() == StatusCode::NO_CONTENT {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

async fn run(api: Api, operation: &Operation, request: Request) -> Answer {
    let (mut parts, body) = request.into_parts();
    let who = match operation.access {
        Access::Partner => partner::admit(&api, &parts.headers).await?,
        access => admit(&api, access, &parts.method, &parts.headers)?,
    };
    if let Who::Staff(actor, _) = &who {
        flows::staff::may(&api.store().state(), *actor, operation.act).map_err(Refused::problem)?;
    }
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    hear_gpc(&api, &who, &parts.headers, connection.as_ref().map(|one| one.id)).await;
    let path = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Problem::new(400, "invalid-path", "the path cannot be read"))?;
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let query = query(operation, parts.uri.query().unwrap_or_default())?;
    let body = if operation.takes.is_some() {
        json_only(&parts.headers)?;
        read_body(body, operation.body_bytes_max).await?
    } else {
        bytes::Bytes::new()
    };
    let accepts = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let asked = Asked {
        who,
        path,
        query,
        body,
        language: Language::accepted(accepts.unwrap_or_default()),
        connection: connection.as_ref().map(|connection| connection.id),
        peer: connection.map(|connection| connection.peer.ip()),
    };
    (operation.run)(api, asked).await
}

fn query(operation: &Operation, text: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let known = operation.query.iter().any(|(known, _)| *known == name);
        if !known || pairs.iter().any(|(seen, _)| *seen == name) {
            let shown: String = name.chars().take(40).collect();
            let detail = format!("the query parameter `{shown}` is unknown here, or given twice");
            return Err(Problem::new(400, "invalid-query", detail));
        }
        pairs.push((name.into_owned(), value.into_owned()));
    }
    Ok(pairs)
}

fn json_only(headers: &http::HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        let detail = "the request body must be `application/json`";
        Err(Problem::new(415, "media-type-unsupported", detail))
    }
}
