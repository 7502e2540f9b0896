//! Every recipient by name: may read, did read, ended.

use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::view::{self, AppRef, GroupRef};
use catalog::Numbering;
use edge::Problem;
use model::{Actor, Chain, ContextNo, PersonNo, Position, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use usage::{Cause, DAY_MS, DidRead, MayRead, Over, Recipient, Through};
use utoipa::ToSchema;

/// Every app that may read, did read or once could read something of me.
#[derive(Serialize, ToSchema)]
pub(super) struct Recipients {
    /// Those that may read first, then by what they read last.
    recipients: Vec<RecipientView>,
    /// Only while the list is being made again: it tells of the log before this position, and lacks what is newer.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_to: Option<u64>,
}

/// An app.
#[derive(Serialize, ToSchema)]
struct RecipientView {
    app: AppRef,
    may_read: Vec<MayReadView>,
    did_read: Vec<DidReadView>,
    ended: Vec<EndedView>,
}

/// Through what it may read now.
#[derive(Serialize, ToSchema)]
struct MayReadView {
    /// `installation` or `grant`.
    through: &'static str,
    /// Its number.
    id: String,
    /// The installation's group, or the groups of the grant.
    groups: Vec<GroupRef>,
    /// What could leave about me now.
    classes: Vec<String>,
    /// What I allowed there.
    allowed: Vec<String>,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Where the receipt of what I allowed is; absent if I allowed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

/// What it did read in one place.
#[derive(Serialize, ToSchema)]
struct DidReadView {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupRef>,
    classes: Vec<String>,
    /// `installation`, `own-grant`, `grant-of-another`.
    through: Vec<&'static str>,
    /// Days on which.
    days: u64,
    /// Answers in which.
    times: u64,
    /// The first day, UTC.
    first_day: String,
    /// When the last answer left.
    last_at: Option<String>,
    /// Position of the first answer in the log.
    first: u64,
    /// Position of the last.
    last: u64,
}

/// What ended its reach.
#[derive(Serialize, ToSchema)]
struct EndedView {
    /// `grant-ended`, `grant-expired`, `grant-idle`, `app-disabled`, `installation-lapsed`, `opted-out`, `blocked`, `app-…` or
    /// `partner-…` with the status, `suspended-with-others`, `program-closed`, `experiment-ended`, `exception-ended`; `exception` where a program
    /// is closed and the app goes on in it until an instant.
    what: String,
    /// Number of the grant or installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupRef>,
    /// The program that is closed or over.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// Until when an exception lets the app go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    at: Option<String>,
    /// The entry, where an event did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// `me`, `admin`, `staff`, `platform`, `app` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Reads them; the index may have to take in what the log got meanwhile.
pub(super) async fn read(api: &Api, person: PersonNo) -> Result<Vec<Recipient>, Problem> {
    let store = api.store().clone();
    let read = tokio::task::spawn_blocking(move || store.recipients(person)).await;
    let interrupted = |_| Problem::new(503, "log-unavailable", "the log could not be read");
    read.map_err(interrupted)?.map_err(unreadable)
}

/// Where what pages tell of people ends, and when that entry was made; none where they tell of all.
pub(super) async fn missing_since(api: &Api) -> Result<Option<(Position, Timestamp)>, Problem> {
    let store = api.store().clone();
    let read = tokio::task::spawn_blocking(move || store.missing_since()).await;
    let interrupted = |_| Problem::new(503, "log-unavailable", "the log could not be read");
    read.map_err(interrupted)?.map_err(unreadable)
}

/// The position alone.
pub(super) async fn told_to(api: &Api) -> Result<Option<u64>, Problem> {
    Ok(missing_since(api).await?.map(|(at, _)| at.0))
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let person = asked.person()?;
    let complete_to = told_to(&api).await?;
    let found = read(&api, person).await?;
    let apps = names::apps(&api, found.iter().map(|one| one.app))?;
    let groups = names::groups(&api, found.iter().flat_map(contexts)).await?;
    let names = Words { names: api.store().state().numbering().clone(), groups, person };
    let recipients = found.iter().filter_map(|one| {
        Some(RecipientView {
            app: apps.get(&one.app)?.clone(),
            may_read: one.may.iter().map(|may| names.may(may)).collect(),
            did_read: one.did.iter().map(|did| names.did(did)).collect(),
            ended: one.ended.iter().map(|over| names.over(over)).collect(),
        })
    });
    reply::ok(&Recipients { recipients: recipients.collect(), complete_to })
}

fn contexts(one: &Recipient) -> Vec<ContextNo> {
    let ended = one.ended.iter().filter_map(|over| place(over.cause));
    let did = one.did.iter().filter_map(|did| did.context);
    one.may.iter().flat_map(|may| may.contexts.iter().copied()).chain(did).chain(ended).collect()
}

const fn place(cause: Cause) -> Option<ContextNo> {
    match cause {
        Cause::Disabled(_, context) | Cause::Lapsed(_, context) => Some(context),
        Cause::GrantEnded(_)
        | Cause::GrantExpired(_)
        | Cause::GrantIdle(_)
        | Cause::OptedOut(_)
        | Cause::Blocked
        | Cause::App(_)
        | Cause::Partner(_)
        | Cause::Suspended
        | Cause::Program(_)
        | Cause::Experiment(_)
        | Cause::Excepted(..)
        | Cause::ExceptionEnded(_) => None,
    }
}

struct Words {
    names: Numbering,
    groups: BTreeMap<ContextNo, GroupRef>,
    person: PersonNo,
}

impl Words {
    fn may(&self, may: &MayRead) -> MayReadView {
        let (through, id) = match may.chain {
            Chain::Installation(no) => ("installation", no.to_string()),
            Chain::Grant(no) => ("grant", no.to_string()),
        };
        let receipt = format!("/me/v1/receipts/{id}");
        MayReadView {
            through,
            id,
            groups: may.contexts.iter().filter_map(|no| self.groups.get(no).cloned()).collect(),
            classes: view::classes(&self.names, may.classes),
            allowed: view::classes(&self.names, may.chosen),
            until: may.until.and_then(view::instant),
            receipt: (!may.chosen.is_empty()).then_some(receipt),
        }
    }

    fn did(&self, did: &DidRead) -> DidReadView {
        let ways = [
            (Through::INSTALLATION, "installation"),
            (Through::OWN_GRANT, "own-grant"),
            (Through::OTHERS_GRANT, "grant-of-another"),
        ];
        let first_day = view::instant(Timestamp(did.first_day.saturating_mul(DAY_MS)));
        let first_day = first_day.unwrap_or_default();
        DidReadView {
            group: did.context.and_then(|no| self.groups.get(&no).cloned()),
            classes: view::classes(&self.names, did.classes),
            through: ways
                .into_iter()
                .filter(|(way, _)| did.through.has(*way))
                .map(|(_, word)| word)
                .collect(),
            days: did.days,
            times: did.times,
            first_day: first_day.split('T').next().unwrap_or_default().to_owned(),
            last_at: view::instant(did.last_at),
            first: did.first.0,
            last: did.last.0,
        }
    }

    fn over(&self, over: &Over) -> EndedView {
        let (what, id) = match over.cause {
            Cause::GrantEnded(no) => ("grant-ended".to_owned(), Some(no.to_string())),
            Cause::GrantExpired(no) => ("grant-expired".to_owned(), Some(no.to_string())),
            Cause::GrantIdle(no) => ("grant-idle".to_owned(), Some(no.to_string())),
            Cause::Disabled(no, _) => ("app-disabled".to_owned(), Some(no.to_string())),
            Cause::Lapsed(no, _) => ("installation-lapsed".to_owned(), Some(no.to_string())),
            Cause::OptedOut(no) => ("opted-out".to_owned(), Some(no.to_string())),
            Cause::Blocked => ("blocked".to_owned(), None),
            Cause::App(status) => (format!("app-{status}"), None),
            Cause::Partner(status) => (format!("partner-{status}"), None),
            Cause::Suspended => ("suspended-with-others".to_owned(), None),
            Cause::Program(_) => ("program-closed".to_owned(), None),
            Cause::Experiment(_) => ("experiment-ended".to_owned(), None),
            Cause::Excepted(..) => ("exception".to_owned(), None),
            Cause::ExceptionEnded(_) => ("exception-ended".to_owned(), None),
        };
        let (program, until) = match over.cause {
            Cause::Program(no) | Cause::Experiment(no) | Cause::ExceptionEnded(no) => {
                (Some(no), None)
            }
            Cause::Excepted(no, until) => (Some(no), view::instant(until)),
            _ => (None, None),
        };
        EndedView {
            what,
            id,
            group: place(over.cause).and_then(|no| self.groups.get(&no).cloned()),
            program: program.map(|no| view::program(&self.names, no)),
            until,
            at: over.at.and_then(view::instant),
            position: over.position.map(|at| at.0),
            by: over.why.as_ref().map(|why| actor(why.by, self.person)),
            reason: over.why.as_ref().and_then(|why| why.reason).map(|one| one.to_string()),
        }
    }
}

/// Who of the staff it was is no matter of the person's.
fn actor(by: Actor, person: PersonNo) -> &'static str {
    match by {
        Actor::Person(who) if who == person => "me",
        Actor::Person(_) => "admin",
        Actor::Platform => "platform",
        Actor::Staff(_) | Actor::Operator => "staff",
        Actor::App => "app",
        Actor::System => "system",
    }
}
