//! Server-rendered pages for people, admins and staff.
//!
//! In scope: forms become flows, state becomes text. Every page works without JavaScript; there is none. Out of scope: any
//! rule (`flows`), JSON for the same (`governance-http`), the token endpoint (`oauth-http`).

mod assets;
mod authorize;
mod classes;
mod dates;
mod form;
mod groups;
mod home;
mod inbox;
mod names;
mod page;
mod parts;
mod privacy;
mod router;
#[cfg(test)]
mod samples;
mod shell;
mod sign_in;
mod staff;
mod visitor;

pub use parts::Parts;
pub use router::router;
