//! What apps ask of the authorization server and of the API's door.
//!
//! Every flow that issues or ends something runs under the append lock, also where it appends nothing: an issue number taken
//! from a state that is ahead of the durable log could outlive a cut-off.

pub mod access;
pub mod authorize;
mod chain;
pub mod client;
pub mod installations;
pub mod introspect;
pub mod revoke;
mod server;
pub(crate) mod terms;
pub mod token;

pub use server::Server;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
