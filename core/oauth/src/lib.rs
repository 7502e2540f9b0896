//! OAuth 2.1 messages, one module an RFC: bytes become types, once.
//!
//! In scope: parsing requests, printing answers, the self-contained strings (tokens, codes, links, cursors) and
//! the ids that are pairwise per app. Time and random bytes are arguments.
//! Out of scope: every rule that needs state (who the client is, whether the grant stands, whether the code was
//! redeemed); those live in `flows`. Standards are quoted beside the code that keeps them (`//= rfc…`).

mod answer;
pub mod assertion;
pub mod authorize;
pub mod bearer;
pub mod client_auth;
pub mod details;
pub mod introspect;
pub mod limits;
pub mod metadata;
pub mod pairwise;
mod parameters;
pub mod pkce;
pub mod redirect;
pub mod resource;
pub mod revoke;
pub mod scope;
pub mod sealed;
pub mod statement;
pub mod token;

pub use answer::Answer;
