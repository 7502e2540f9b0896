//! Bodies: read with a limit, and sent with a ticket.

use crate::connection::Connection;
use crate::problem::Problem;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use store::Ticket;

/// A body that arrives slower than this in all is broken off.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Reads a request body of at most so many bytes.
///
/// # Errors
/// 413 beyond the limit, 408 if it does not arrive in time, 400 if it breaks off.
pub async fn read_body(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let limited = http_body_util::Limited::new(body, bytes_max);
    match tokio::time::timeout(BODY_TIME_MAX, limited.collect()).await {
        Err(_) => {
            Err(Problem::new(408, "request-timeout", "the request body did not arrive in time"))
        }
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Problem::new(413, "body-too-large", "the request body is too large")
                .with("bytes_max", bytes_max as u64))
        }
        Ok(Err(_)) => Err(Problem::new(400, "body-unreadable", "the request body broke off")),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// An answer's bytes, with the ticket that is kept until they are with the operating system.
pub struct TicketBody {
    body: Body,
    connection: Arc<Connection>,
    ticket: Option<Ticket>,
}

impl TicketBody {
    /// A body whose ticket ends when the connection has flushed it.
    #[must_use]
    pub const fn new(body: Body, connection: Arc<Connection>, ticket: Ticket) -> Self {
        Self { body, connection, ticket: Some(ticket) }
    }
}

impl http_body::Body for TicketBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TicketBody {
    /// The server drops a body once all of it is in its buffer, or when the connection is gone: either way the
    /// connection's next flush, or its end, returns the ticket.
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.connection.body_ended(ticket);
        }
    }
}
