//! One file for each thing a caller can ask for: state in, commit out.
//!
//! In scope: who may cause which events, and what is answered. Out of scope: reading the request (`oauth`, the HTTP
//! surfaces) and making it durable (`store`). Every flow runs under the append lock, against the state at the head: what
//! it checks still holds when its events are appended.

pub mod account;
pub mod admin;
pub mod hex;
mod note;
pub mod oauth;
pub mod partner;
pub mod person;
pub mod platform;
pub mod probe;
pub mod staff;
pub mod upstream;
pub mod write;

pub use note::{Said, note_digest};
