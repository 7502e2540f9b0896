//! The OAuth endpoints over HTTP: token, revocation, introspection, metadata, an app's installations.
//!
//! In scope: reading requests within limits, taking them to the flows under the append lock, printing answers, slowing down
//! whoever guesses secrets. Out of scope: every rule (`flows::oauth`); the authorization endpoint, which is pages
//! (`console-http`).

mod answer;
mod client;
mod endpoints;
mod form;
mod metadata;
mod server;

pub use server::{AuthorizationServer, router};
