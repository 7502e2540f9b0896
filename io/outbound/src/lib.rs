//! Every outgoing HTTP request.
//!
//! In scope: the upstream as the gate sees it, and its transport over HTTP; where a platform tells its facts; plain calls of the
//! command line. Out of scope: what is asked and what becomes of the answer.

mod caller;
mod http_upstream;
mod upstream;

pub use caller::{Call, Called, Caller, FactsClient};
pub use http_upstream::{HttpUpstream, HttpUpstreamError};
pub use upstream::{Answering, Asked, Asking, Content, Unreachable, Upstream};
