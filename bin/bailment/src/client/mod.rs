//! Clients that know nothing of the inside: a browser, an OAuth client, a person's own app, the platform's staff.

mod browser;
mod partner;
mod person;
mod site;

pub(crate) use browser::Browser;
pub(crate) use partner::{Partner, Pick, Tokens};
pub(crate) use person::Person;
pub(crate) use site::Site;
