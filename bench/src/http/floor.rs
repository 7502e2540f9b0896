//! The least that anything in front of the upstream could do: no token, no reading, no deciding, no masking. A page is
//! read from the platform in process, one entry of the size of a page's disclosure is made durable by the store, and the
//! upstream's own bytes leave. Every gate that records before it releases does at least this much.

use super::prepare::{GROUPS, group_of};
use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use consent::State as Fold;
use ledger::{Entry, Leaf, Payload, WritePermitted};
use model::{ContextNo, Env, Timestamp};
use platform::{InProcess, Platform, UpstreamRequest};
use sequence::{Commit, Lookup};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use store::{Options, Store, Urgency};
use tokio::net::TcpListener;

/// Bytes of the payload of a page's disclosure, as the gate's log had them on average.
pub const PAYLOAD_BYTES: usize = 1_080;

struct Parts {
    upstream: InProcess,
    store: Store,
}

/// Serves the floor on a copy of the platform's file, with a log of its own on the same disk.
pub fn floor(directory: &str) -> Result<()> {
    let directory = Path::new(directory);
    tokio::runtime::Runtime::new()?.block_on(async {
        let platform = Arc::new(Platform::open(&directory.join("bare"))?);
        let store = Store::open(&directory.join("floor"), Options::default())?;
        let parts = Parts { upstream: platform.upstream(), store };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        for place in 0..GROUPS {
            println!("/groups/{}/posts -", group_of(directory, place)?);
        }
        println!();
        let router = Router::new().fallback(page).with_state(Arc::new(parts));
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn page(State(parts): State<Arc<Parts>>, request: Request) -> Response {
    match answer(&parts, request.uri().path()).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Response::new(Body::from(error.to_string()));
            *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

async fn answer(parts: &Parts, path: &str) -> Result<Response> {
    let page = parts.upstream.call(UpstreamRequest::get(path)).await?;
    let Ok(done) = parts.store.commit(Urgency::Ordinary, None, flow).await?;
    let mut response = Response::new(Body::from(page.body));
    response.headers_mut().insert("bailment-position", done.position.0.into());
    Ok(response)
}

fn flow(_: &Fold, _: &dyn Lookup, _: &Env) -> Result<Commit<()>, Infallible> {
    Ok(Commit::entry(opaque(), ()))
}

/// An entry that means nothing and has the size of a disclosure's. It could not be read back: no network is so long.
fn opaque() -> Entry {
    let payload = Payload::WritePermitted(WritePermitted {
        acting: None,
        idempotency: None,
        context: Some(ContextNo(1)),
        network: Some(vec![7; PAYLOAD_BYTES]),
        facts_up_to: Timestamp(0),
        object: None,
    });
    Entry { leaf: Leaf { kind: payload.kind(), ..Leaf::blank() }, payload }
}
