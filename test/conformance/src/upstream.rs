//! The built-in platform as the gate's upstream, in process.

use http::HeaderValue;
use outbound::{Answering, Asked, Content, Unreachable, Upstream};
use platform::{PersonId, Platform, UpstreamRequest};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The transport without a socket. Can be cut, as a platform that is down.
pub struct InProcess {
    platform: Arc<Platform>,
    down: AtomicBool,
    linger_micros: AtomicU64,
    asked: AtomicU64,
}

impl InProcess {
    /// A transport to this platform.
    #[must_use]
    pub const fn new(platform: Arc<Platform>) -> Self {
        Self {
            platform,
            down: AtomicBool::new(false),
            linger_micros: AtomicU64::new(0),
            asked: AtomicU64::new(0),
        }
    }

    /// Lets every eighth answer arrive this much after it was made, as over a network: so old is what the gate decides on.
    pub fn set_linger(&self, linger: Duration) {
        self.linger_micros
            .store(u64::try_from(linger.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Cuts it, or mends it.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }
}

impl Upstream for InProcess {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            if self.down.load(Ordering::SeqCst) {
                return Err(Unreachable("the platform is down".to_owned()));
            }
            let (path, query) = match asked.path.split_once('?') {
                Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
                None => (asked.path.clone(), None),
            };
            let actor = asked.actor.and_then(|actor| actor.parse::<PersonId>().ok());
            let request = UpstreamRequest {
                method: asked.method,
                path,
                query,
                body: asked.body,
                idempotency_key: asked.idempotency_key,
                actor,
            };
            let response = self.platform.upstream().call(request).await;
            let response = response.map_err(|error| Unreachable(error.to_string()))?;
            let linger = self.linger_micros.load(Ordering::SeqCst);
            if linger > 0 && self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(8) {
                tokio::time::sleep(Duration::from_micros(linger)).await;
            }
            let content_type = HeaderValue::from_static(response.content_type);
            Ok(Content {
                status: response.status,
                content_type: content_type.to_str().unwrap_or_default().to_owned(),
                body: response.body,
            })
        })
    }
}
