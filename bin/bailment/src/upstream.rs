//! The built-in platform as the gate's upstream, and the gate as the platform's sink of facts.

use governance_http::facts::{FactBatchJson, FactsProblem, Intake};
use outbound::{Answering, Asked, Content, FactsClient, Unreachable, Upstream};
use platform::facts::PushFuture;
use platform::{Accepted, FactBatch, FactError, FactSink, InProcess, UpstreamRequest};
use std::sync::Arc;

/// The platform in this process.
pub(crate) struct BuiltIn(pub(crate) InProcess);

impl Upstream for BuiltIn {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let Asked { method, path, body, idempotency_key, actor } = asked;
            let actor = actor.map(|id| id.parse()).transpose();
            let actor = actor
                .map_err(|_| Unreachable("the acting person's id is none of ours".to_owned()))?;
            let request = UpstreamRequest {
                method,
                body,
                idempotency_key,
                actor,
                ..UpstreamRequest::get(&path)
            };
            let answer =
                self.0.call(request).await.map_err(|error| Unreachable(error.to_string()))?;
            let content_type = answer.content_type.to_owned();
            Ok(Content { status: answer.status, content_type, body: answer.body })
        })
    }
}

/// The gate in this process.
pub(crate) struct Here(pub(crate) Arc<Intake>);

impl FactSink for Here {
    fn push(&self, batch: FactBatch) -> PushFuture<'_> {
        Box::pin(async move {
            let unavailable = |error: serde_json::Error| FactError::Unavailable(error.to_string());
            // The JSON is the interface: a platform in its own process sends the same.
            let value = serde_json::to_value(&batch).map_err(unavailable)?;
            let batch: FactBatchJson = serde_json::from_value(value).map_err(unavailable)?;
            match self.0.accept(batch).await {
                Ok(accepted) => Ok(Accepted { up_to: accepted.up_to }),
                Err(FactsProblem::Gap { expected }) => Err(FactError::Gap { expected }),
                Err(other) => Err(FactError::Unavailable(other.to_string())),
            }
        })
    }
}

/// The gate in another process.
pub(crate) struct Elsewhere(pub(crate) FactsClient);

impl FactSink for Elsewhere {
    fn push(&self, batch: FactBatch) -> PushFuture<'_> {
        Box::pin(async move {
            let unavailable = |text: String| FactError::Unavailable(text);
            let bytes =
                serde_json::to_vec(&batch).map_err(|error| unavailable(error.to_string()))?;
            let called =
                self.0.push(bytes).await.map_err(|error| unavailable(error.to_string()))?;
            let answer: serde_json::Value =
                serde_json::from_slice(&called.body).unwrap_or_default();
            let number = |name: &str| answer.get(name).and_then(serde_json::Value::as_u64);
            match (called.status.as_u16(), number("up_to"), number("expected")) {
                (200..=299, Some(up_to), _) => Ok(Accepted { up_to }),
                (_, _, Some(expected)) => Err(FactError::Gap { expected }),
                (status, ..) => {
                    let detail = answer.get("detail").and_then(serde_json::Value::as_str);
                    Err(unavailable(format!("status {status}: {}", detail.unwrap_or_default())))
                }
            }
        })
    }
}
