//! Pages of those who run the platform. Whatever they end or change is recorded as theirs, with its reason.

mod act;
mod agreements;
mod apps;
mod case;
mod cases;
mod certified;
mod choose;
mod cut_off;
mod dashboard;
mod details;
mod findings;
mod foreseen;
mod forms;
mod list;
mod log;
mod make;
mod members;
mod partners;
mod policy;
mod program;
mod programs;
mod reach;
mod review;
mod suspensions;
mod terms;
mod timeline;
mod usage;
mod versions;
mod view;
mod watched;

pub(crate) use act::{act, ask};
pub(crate) use agreements::{agreement, agreements};
pub(crate) use apps::{app, apps};
pub(crate) use case::{
    ask as ask_case, case, go_on as go_on_with_case, new as new_case, open as open_case,
};
pub(crate) use cases::{cases, reported};
pub(crate) use cut_off::cut_off;
pub(crate) use dashboard::dashboard;
pub(crate) use details::{
    app as app_details, change_app, change_partner, partner as partner_details,
};
pub(crate) use findings::findings;
pub(crate) use log::log;
pub(crate) use make::{
    change_redirects, make_agreement, make_app, make_certification, make_credential, make_key,
    make_member, make_partner, new_agreement, new_app, new_certification, new_credential, new_key,
    new_member, new_partner, new_redirects,
};
pub(crate) use members::members;
pub(crate) use partners::{partner, partners};
pub(crate) use policy::{activate, policy, preview, watch};
pub(crate) use program::{ask_close, ask_experiment, begin_experiment, close, program};
pub(crate) use programs::programs;
pub(crate) use review::{ask as ask_review, change as change_review};
pub(crate) use suspensions::{
    confirm, preview as preview_suspension, proposal, propose, suspensions,
};
pub(crate) use timeline::{timeline, timelines};
pub(crate) use usage::usage;
pub(crate) use versions::versions;
pub(crate) use watched::{
    ask as ask_watched, ask_catalog, end as stop_watching, watch as watch_change, watch_catalog,
    watched,
};

#[cfg(test)]
pub(crate) use {
    act::{ActPage, Affected},
    dashboard::{DashboardPage, Figure},
    foreseen::{EffectLine, Foreseen, WatchedChange},
    log::{LogLine, LogPage},
    make::SecretPage,
    policy::{ChangeLine, PolicyPage, PreviewPage, RuleLine},
    program::{ClosePage, ExceptionRow},
    suspensions::{SuspensionPage, SuspensionsPage},
    timeline::TimelinePage,
    usage::UsagePage,
    view::{
        ActLink, Cell, Choice, DetailPage, FieldLine, FieldRow, FieldRows, FormPage, Input,
        ListPage, Row, Section,
    },
    watched::WatchedPage,
};
