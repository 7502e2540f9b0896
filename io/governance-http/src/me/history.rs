//! What was seen, what was decided, and why.

use super::recipients::told_to;
use crate::api::{Api, unreadable};
use crate::entry;
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::view::{self, AppRef, Explanation, GroupRef};
use crate::why::{self, Authority, Moment};
use edge::Problem;
use ledger::{Event, Fact, Facts};
use model::{Actor, ContextNo, GrantNo, InstallationNo, PersonNo, Position};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A page of what the log tells of me.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnPage<T: ToSchema> {
    /// The items.
    items: Vec<T>,
    /// What to send as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Only while the list is being made again: it tells of the log before this position, and lacks what is newer.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_to: Option<u64>,
}

/// What an app saw of me on one day in one group.
#[derive(Serialize, ToSchema)]
pub(super) struct SeenView {
    app: AppRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupRef>,
    /// The day, UTC.
    day: String,
    classes: Vec<String>,
    /// In how many answers.
    times: u64,
    /// Position of the first of them in the log.
    first: u64,
    /// Position of the last.
    last: u64,
    /// When the last left.
    last_at: Option<String>,
}

/// Something that I, or somebody about me, decided.
#[derive(Serialize, ToSchema)]
pub(super) struct EventView {
    position: u64,
    at: Option<String>,
    kind: &'static str,
    /// `me`, `platform`, `staff`, `admin`, `app` or `system`.
    by: &'static str,
    /// What it says.
    #[schema(value_type = Object)]
    event: Value,
}

/// Why, class by class.
#[derive(Serialize, ToSchema)]
pub(super) struct Reasons {
    classes: Vec<Explanation>,
}

pub(super) async fn seen(api: Api, asked: Asked) -> Answer {
    let (person, limit) = (asked.person()?, asked.limit()?);
    let passed = asked.query::<u32>("after")?.unwrap_or(0);
    let complete_to = told_to(&api).await?;
    let store = api.store().clone();
    let read = move || store.seen_from(person, passed as usize, limit + 1);
    let rows = tokio::task::spawn_blocking(read).await;
    let mut rows = rows.map_err(|_| interrupted())?.map_err(unreadable)?;
    // A row that is used again meanwhile stands on the first page then, and moves others to later ones.
    let next = (rows.len() > limit).then(|| (passed as usize + limit).to_string());
    rows.truncate(limit);
    let apps = names::apps(&api, rows.iter().map(|row| row.app))?;
    let groups = names::groups(&api, rows.iter().filter_map(|row| row.context)).await?;
    let numbering = api.store().state().numbering().clone();
    let items = rows.iter().filter_map(|row| {
        let day = view::instant(model::Timestamp(row.day.saturating_mul(DAY_MS)))?;
        Some(SeenView {
            app: apps.get(&row.app)?.clone(),
            group: row.context.and_then(|no| groups.get(&no).cloned()),
            day: day.split('T').next().unwrap_or_default().to_owned(),
            classes: view::classes(&numbering, row.classes),
            times: row.times,
            first: row.first.0,
            last: row.last.0,
            last_at: view::instant(row.last_at),
        })
    });
    reply::ok(&OwnPage { items: items.collect(), next, complete_to })
}

fn interrupted() -> Problem {
    Problem::new(503, "log-unavailable", "the log could not be read")
}

pub(super) async fn events(api: Api, asked: Asked) -> Answer {
    let (person, limit) = (asked.person()?, asked.limit()?);
    let below: Option<Position> = asked.query("after")?;
    let complete_to = told_to(&api).await?;
    let store = api.store().clone();
    let found = tokio::task::spawn_blocking(move || store.events_of(person)).await;
    let mut found = found.map_err(|_| interrupted())?.map_err(unreadable)?;
    found.reverse();
    let numbering = api.store().state().numbering().clone();
    let rest = found.into_iter().filter(|one| below.is_none_or(|below| one.position < below));
    let mut items: Vec<EventView> = rest
        .take(limit + 1)
        .map(|one| EventView {
            position: one.position.0,
            at: view::instant(one.time),
            kind: one.event.word(),
            by: by(&one.event, person),
            event: without_others(&one.event, person, &numbering),
        })
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().map(|one| Position(one.position).to_string());
    reply::ok(&OwnPage { items, next: last.filter(|_| more), complete_to })
}

fn by(event: &Event, person: PersonNo) -> &'static str {
    match event.why().map(|why| why.by) {
        None => match event {
            Event::Facts(_) => "platform",
            _ => "app",
        },
        Some(Actor::Person(who)) if who == person => "me",
        Some(Actor::Person(_)) => "admin",
        Some(Actor::Platform) => "platform",
        // Who of the staff it was is no matter of the person's.
        Some(Actor::Staff(_) | Actor::Operator) => "staff",
        Some(Actor::App) => "app",
        Some(Actor::System) => "system",
    }
}

/// A batch of facts is about many; only what is about this person is shown.
fn without_others(event: &Event, person: PersonNo, names: &catalog::Numbering) -> Value {
    let own = match event {
        Event::Facts(facts) => {
            let facts = Facts {
                source: facts.source,
                up_to: facts.up_to,
                facts: facts.facts.iter().filter(|fact| names_one(fact, person)).copied().collect(),
            };
            entry::event_json(&Event::Facts(facts), names)
        }
        other => entry::event_json(other, names),
    };
    match own {
        Value::Object(mut own) => {
            own.remove("why");
            Value::Object(own)
        }
        other => other,
    }
}

fn names_one(fact: &Fact, person: PersonNo) -> bool {
    match *fact {
        Fact::Person(who)
        | Fact::PersonGone(who)
        | Fact::Member(who, _)
        | Fact::MemberGone(who, _)
        | Fact::Admin(who, _)
        | Fact::AdminGone(who, _) => who == person,
        Fact::Friend(..)
        | Fact::FriendGone(..)
        | Fact::Context(..)
        | Fact::ContextGone(_)
        | Fact::ObjectGone(_) => false,
    }
}

pub(super) async fn why(api: Api, asked: Asked) -> Answer {
    let person = asked.person()?;
    let installation: Option<InstallationNo> = asked.query("installation")?;
    let grant: Option<GrantNo> = asked.query("grant")?;
    let group: Option<ContextNo> = asked.query("group")?;
    let unknown = || Problem::new(404, "not-found", "there is nothing of that number for you");
    let (authority, context) = match (installation, grant) {
        (Some(no), None) => {
            let context = api.store().state().installation(no).map(|found| found.context);
            (Authority::Installation(no), Some(context.ok_or_else(unknown)?))
        }
        (None, Some(no)) => (Authority::Grant(no, group), None),
        (Some(_), Some(_)) | (None, None) => {
            let detail = "name one of `installation` and `grant`";
            return Err(Problem::new(400, "invalid-query", detail));
        }
    };
    // An app in a group that one is not in is nobody's business.
    if let Some(context) = context
        && !api.store().is_member(person, context).map_err(unreadable)?
    {
        return Err(unknown());
    }
    let state = api.store().state();
    let asked_for = match authority {
        Authority::Installation(no) => state.installation(no).map(|found| found.classes),
        Authority::Grant(no, _) => {
            state.grant(no).filter(|grant| grant.person == person).map(|grant| grant.classes)
        }
    };
    let classes = asked_for.ok_or_else(unknown)? & why::about_people(&state);
    let moment = Moment { now: api.store().now(), facts_up_to: api.store().facts_up_to() };
    let of = (moment, view::Reader::Oneself);
    let classes = why::of_person(&state, authority, person, classes, of);
    drop(state);
    reply::ok(&Reasons { classes })
}
