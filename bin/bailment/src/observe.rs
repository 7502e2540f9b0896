//! What an operator sees: logs, metrics, health. Never personal data, tokens or keys.

use crate::cli::Result;
use crate::config::{Config, LogFormat};
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use edge::Problem;
use http::{HeaderValue, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::limits::FACT_AGE_MAX;
use std::io::IsTerminal;
use std::time::Duration;
use store::Store;
use tracing_subscriber::EnvFilter;

/// How often gauges are read.
const GAUGES_EVERY: Duration = Duration::from_secs(5);

/// Starts logging to standard error.
///
/// # Errors
/// Logging was started before.
pub(crate) fn log(config: &Config) -> Result<()> {
    let filter = EnvFilter::builder().parse(&config.log_filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            builder.with_ansi(!plain && std::io::stderr().is_terminal()).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}

/// Starts counting; the handle prints what was counted.
///
/// # Errors
/// Counting was started before.
pub(crate) fn metrics() -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0])?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .context("metrics cannot be started")?;
    describe();
    Ok(handle)
}

fn describe() {
    metrics::describe_gauge!("bailment_log_entries", "Entries in the log");
    metrics::describe_gauge!(
        "bailment_index_behind_entries",
        "Entries that pages about people and use do not tell yet"
    );
    metrics::describe_gauge!("bailment_answers_in_flight", "Answers on their way");
    metrics::describe_gauge!("bailment_facts_age_seconds", "Age of the platform's facts");
    metrics::describe_gauge!("bailment_ready", "1 while disclosures are taken");
}

/// Reads gauges until the task is ended.
pub(crate) async fn gauges(store: Store, handle: PrometheusHandle) {
    loop {
        #[expect(clippy::cast_precision_loss, reason = "gauges are floats, exact up to 2^53")]
        {
            if let Ok(head) = store.head() {
                let next = head.next();
                metrics::gauge!("bailment_log_entries").set(next.0 as f64);
                if let Ok(indexed) = store.indexed_to() {
                    let behind = next.0.saturating_sub(indexed.0);
                    metrics::gauge!("bailment_index_behind_entries").set(behind as f64);
                }
            }
            metrics::gauge!("bailment_answers_in_flight").set(store.in_flight().len() as f64);
            let age = store.now().since(store.facts_up_to()).0 as f64 / 1000.0;
            metrics::gauge!("bailment_facts_age_seconds").set(age);
        }
        let ready = if readiness(&store).is_ok() { 1.0 } else { 0.0 };
        metrics::gauge!("bailment_ready").set(ready);
        handle.run_upkeep();
        tokio::time::sleep(GAUGES_EVERY).await;
    }
}

/// The process answers.
pub(crate) fn health() -> Response {
    plain("application/json", r#"{"status":"ok"}"#)
}

/// Whether disclosures are taken now.
pub(crate) fn ready(store: &Store) -> Response {
    match readiness(store) {
        Ok(()) => plain("application/json", r#"{"status":"ready"}"#),
        Err(problem) => problem.into_response(),
    }
}

fn readiness(store: &Store) -> std::result::Result<(), Problem> {
    store.ready().map_err(|failure| Problem::unavailable(&failure))?;
    if store.state().catalog().is_none() {
        return Err(Problem::new(503, "no-catalog", "no catalog is in force yet"));
    }
    if store.now().since(store.facts_up_to()) > FACT_AGE_MAX {
        return Err(Problem::new(503, "facts-stale", "the platform's facts are too old"));
    }
    Ok(())
}

pub(crate) fn nothing_here() -> Response {
    Problem::new(404, "not-found", "there is no such resource").into_response()
}

fn plain(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `/metrics`, `/health`, `/ready` on a listener of their own.
pub(crate) fn router(store: Store, handle: PrometheusHandle) -> Router {
    let render = move || {
        let text = handle.render();
        async move { plain("text/plain; version=0.0.4; charset=utf-8", text) }
    };
    Router::new()
        .route("/metrics", get(render))
        .route("/health", get(|| async { health() }))
        .route("/ready", get(move || async move { ready(&store) }))
        .fallback(|| async { nothing_here() })
}
