//! A person, signed in to the JSON APIs for people, admins and staff.

use crate::cli::Result;
use anyhow::{Context, bail};
use http::{HeaderName, Method, header};
use outbound::{Call, Caller};
use serde_json::{Value, json};

/// A signed-in person.
pub(crate) struct Person {
    caller: Caller,
    origin: String,
    cookie: String,
    csrf: String,
}

impl Person {
    /// Signs in.
    ///
    /// # Errors
    /// Login or password is wrong.
    pub(crate) async fn sign_in(origin: &str, login: &str, password: &str) -> Result<Self> {
        Self::enter(origin, "/me/v1/session", login, password).await
    }

    /// Signs in as staff.
    ///
    /// # Errors
    /// Login or password is wrong.
    pub(crate) async fn sign_in_as_staff(
        origin: &str,
        login: &str,
        password: &str,
    ) -> Result<Self> {
        Self::enter(origin, "/staff/v1/session", login, password).await
    }

    async fn enter(origin: &str, path: &str, login: &str, password: &str) -> Result<Self> {
        let caller = Caller::new()?;
        let body = json!({ "login": login, "password": password });
        let call = Call::new(Method::POST, format!("{origin}{path}"));
        let called = caller.call(call.body("application/json", serde_json::to_vec(&body)?)).await?;
        let session: Value = serde_json::from_slice(&called.body)?;
        let csrf = session.get("csrf").and_then(Value::as_str);
        let csrf = csrf.with_context(|| format!("`{login}` cannot sign in: {session}"))?.to_owned();
        let cookie = called.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        Ok(Self { caller, origin: origin.to_owned(), cookie, csrf })
    }

    /// Asks for something; the answer, and its position in the log.
    ///
    /// # Errors
    /// The refusal in words.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(Value, Option<u64>)> {
        let mut call = Call::new(method, format!("{}{path}", self.origin))
            .header(header::COOKIE, self.cookie.clone())
            .header(HeaderName::from_static("x-csrf-token"), self.csrf.clone());
        if let Some(body) = body {
            call = call.body("application/json", serde_json::to_vec(body)?);
        }
        let called = self.caller.call(call).await?;
        let answer = if called.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&called.body)?
        };
        if !called.status.is_success() {
            bail!("{path} was answered with {}: {answer}", called.status);
        }
        Ok((answer, called.header("bailment-position").parse().ok()))
    }
}
