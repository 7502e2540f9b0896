//! Every outgoing HTTP request.
//!
//! In scope: the upstream as the gate sees it, and its transport over HTTP. Out of scope: what is asked and what becomes of the
//! answer.

mod http_upstream;
mod upstream;

pub use http_upstream::{HttpUpstream, HttpUpstreamError};
pub use upstream::{Answering, Asked, Asking, Content, Unreachable, Upstream};
