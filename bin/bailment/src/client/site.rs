//! The platform's own site: what its people do there, over its HTTP API.

use crate::cli::Result;
use anyhow::{Context, bail};
use http::{HeaderName, Method};
use outbound::{Call, Caller};
use serde_json::Value;

/// The platform at an address.
#[derive(Clone)]
pub(crate) struct Site {
    caller: Caller,
    origin: String,
    secret: String,
}

impl Site {
    /// The platform at an origin.
    ///
    /// # Errors
    /// The client cannot be made.
    pub(crate) fn new(origin: &str, secret: &str) -> Result<Self> {
        Ok(Self { caller: Caller::new()?, origin: origin.to_owned(), secret: secret.to_owned() })
    }

    /// Makes a change; `actor` is who acts, where somebody does.
    ///
    /// # Errors
    /// The refusal in words, or facts that the gate did not take.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        actor: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut call = Call::new(method, format!("{}{path}", self.origin)).bearer(&self.secret);
        if let Some(actor) = actor {
            call = call.header(HeaderName::from_static("x-acting-person"), actor);
        }
        if let Some(body) = body {
            call = call.body("application/json", serde_json::to_vec(body)?);
        }
        let called = self.caller.call(call).await?;
        let answer: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        if !called.status.is_success() {
            bail!("the platform answered {path} with {}: {answer}", called.status);
        }
        if answer.get("facts_pending") == Some(&Value::Bool(true)) {
            bail!("the platform changed {path}, and the gate did not hear of it");
        }
        Ok(answer)
    }

    /// Makes something new; its id.
    ///
    /// # Errors
    /// See [`Site::change`].
    pub(crate) async fn make(
        &self,
        path: &str,
        actor: Option<&str>,
        body: &Value,
    ) -> Result<String> {
        let made = self.change(Method::POST, path, actor, Some(body)).await?;
        let id = made.get("id").and_then(Value::as_str);
        Ok(id.with_context(|| format!("{path} made nothing: {made}"))?.to_owned())
    }
}
