//! JSON APIs for people (`/me/v1`), admins (`/admin/v1`), staff (`/staff/v1`), partners (`/partner/v1`) and the platform's facts (`/facts/v1`).
//!
//! In scope: requests become arguments of flows, and what flows answer becomes JSON; one OpenAPI document an API, made from
//! the same table as the routes. Out of scope: any rule (`flows`), pages (`console-http`).

mod access;
mod admin;
mod api;
mod change;
mod conduct;
pub mod entry;
pub mod facts;
mod input;
mod me;
mod names;
mod notices;
mod openapi;
mod partner;
mod probing;
mod refusal;
mod reply;
mod reporter;
mod route;
mod sign_in;
mod staff;
mod table;
mod turns;
pub mod view;
mod why;

pub use api::Parts;
pub use probing::{Probed, Probing, Round};
pub use reporter::Reporter;
pub use route::router;
