//! How the command line finds a running process, and what it asks it.

use crate::cli::Result;
use crate::config::Config;
use crate::wire::{Parts, Reach, unguessable};
use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::Secret;
use outbound::{Call, Caller};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tower::ServiceExt;

/// Where a running process answers its operator. Only its owner can read it.
#[derive(Serialize, Deserialize)]
struct Control {
    url: String,
    token: String,
    process: u32,
}

/// Takes the file away when the process stops.
pub(crate) struct ControlFile(PathBuf);

impl Drop for ControlFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Tells the command line where this process is.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn announce(data: &Path, url: &str, token: &str) -> Result<ControlFile> {
    let path = data.join("control.json");
    // A file left by a process that was killed could have other permissions.
    let _ = fs::remove_file(&path);
    let control =
        Control { url: url.to_owned(), token: token.to_owned(), process: std::process::id() };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(&serde_json::to_vec(&control)?)?;
    Ok(ControlFile(path))
}

/// Whoever answers `/staff/v1`: the running process, or the same router in this one.
pub(crate) enum Staff {
    Running { caller: Caller, url: String, token: String },
    Here { router: Router, token: String, _parts: Box<Parts> },
}

/// What a call came to.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) position: Option<u64>,
    pub(crate) body: Value,
}

impl Staff {
    /// Finds the running process, or opens the directory.
    ///
    /// # Errors
    /// Neither is possible.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        if let Some(running) = Self::running_at(&config.data)? {
            return Ok(running);
        }
        let parts = Parts::open(config)?;
        let token = unguessable()?;
        let router = parts.router(Some(Secret::new(token.clone())), Reach::All);
        Ok(Self::Here { router, token, _parts: Box::new(parts) })
    }

    /// The process that has the directory open, if there is one.
    ///
    /// # Errors
    /// There is no log, or the process left no word where it is.
    pub(crate) fn running_at(data: &Path) -> Result<Option<Self>> {
        if !data.join("bailment.db").is_file() {
            bail!("`{}` holds no log; name a data directory with --data", data.display());
        }
        // Its lock says so, without folding the log as opening the store would.
        let lock =
            OpenOptions::new().write(true).create(true).truncate(false).open(data.join("lock"))?;
        match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(None),
            Err(_) => Self::running(data).map(Some),
        }
    }

    fn running(data: &Path) -> Result<Self> {
        let path = data.join("control.json");
        let bytes = fs::read(&path).with_context(|| {
            format!("a process has the directory open, and `{}` cannot be read", path.display())
        })?;
        let Control { url, token, .. } = serde_json::from_slice(&bytes)
            .with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(Self::Running { caller: Caller::new()?, url, token })
    }

    /// Calls an operation of the staff API.
    ///
    /// # Errors
    /// Nobody answers. A refusal is an answer.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let path = format!("/staff/v1{path}");
        let body = body.map(serde_json::to_vec).transpose()?;
        let (status, position, bytes) = match self {
            Self::Running { caller, url, token } => {
                let mut call = Call::new(method, format!("{url}{path}")).bearer(token);
                if let Some(body) = body {
                    call = call.body("application/json", body);
                }
                let called = caller.call(call).await?;
                (called.status, called.header("bailment-position").to_owned(), called.body)
            }
            Self::Here { router, token, .. } => {
                let mut request = Request::builder()
                    .method(method)
                    .uri(path)
                    .header(header::AUTHORIZATION, format!("Bearer {token}"));
                if body.is_some() {
                    request = request.header(header::CONTENT_TYPE, "application/json");
                }
                let request = request.body(Body::from(body.unwrap_or_default()))?;
                let response = router.clone().oneshot(request).await?;
                let position = response.headers().get("bailment-position");
                let position = position.and_then(|value| value.to_str().ok()).unwrap_or_default();
                let position = position.to_owned();
                (response.status(), position, response.into_body().collect().await?.to_bytes())
            }
        };
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        Ok(Answer { status, position: position.parse().ok(), body })
    }

    /// The same, where a refusal is an error.
    ///
    /// # Errors
    /// The refusal in words.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let answer = self.call(method, path, body).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let text = |name: &str| answer.body.get(name).and_then(Value::as_str).unwrap_or_default();
        bail!("{}: {}", text("title"), text("detail"))
    }
}
