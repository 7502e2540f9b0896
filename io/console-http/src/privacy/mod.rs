//! A person's own pages: who may learn something about them, who did, and their say in it.

mod app;
mod change;
mod history;
mod overview;
mod recipients;
mod report;
mod seen;
mod told;
mod view;

pub(crate) use app::app_page;
pub(crate) use change::{choose, set, withdraw};
pub(crate) use history::history;
pub(crate) use overview::overview;
pub(crate) use recipients::recipients;
pub(crate) use report::report;
pub(crate) use seen::{seen, seen_rows};
pub(crate) use told::missing;
pub(crate) use view::{GrantLine, blocks_all, grants};

#[cfg(test)]
pub(crate) use {
    app::{AppPage, ExceptionLine, GroupChoice},
    history::{HistoryLine, HistoryPage},
    overview::{AppLine, GroupSwitch, PrivacyPage, WaySwitch},
    recipients::RecipientsPage,
    seen::{Bar, SeenApp, SeenLine, SeenPage},
};
