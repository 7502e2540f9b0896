//! The built-in community platform: an ordinary upstream for the gate.
//!
//! In scope: people, friendships, groups, posts, comments, reactions, mentions and media in one
//! SQLite file; the upstream's JSON API in process and over HTTP; the facts that every platform
//! tells its gate (an outbox in the same transaction as the change, pushed in order); the import
//! of LDBC social network data; a seeded generator.
//!
//! Out of scope: who may see what. The upstream answers the gate in full, with drafts, network
//! addresses and browsers, exactly as a platform that was built without partners in mind.
//! Whatever must not leave is the gate's business, described by [`CATALOG_JSON`].

pub mod api;
mod clock;
pub mod facts;
pub mod generate;
pub mod http;
mod ids;
pub mod import;
mod media;
mod platform;
mod pump;
pub mod store;

pub use api::{InProcess, UpstreamError, UpstreamRequest, UpstreamResponse};
pub use facts::{Accepted, Fact, FactBatch, FactError, FactSink};
pub use ids::{CommentId, GroupId, MediaId, PersonId, PostId};
pub use platform::{ChangeError, FactsOutcome, NewGroup, NewPerson, Outcome, Platform};

/// The gate's OpenAPI 3.1 document for this platform, with Bailment's extensions.
pub const CATALOG_JSON: &str = include_str!("../catalog.json");
