//! What was decided about me: by myself, and by admins and staff as far as it concerns me.

use super::told::missing;
use crate::classes;
use crate::dates;
use crate::names::{self, Groups};
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::Person;
use askama::Template;
use axum::extract::State;
use ledger::{CutOffSubject, Event, Fact, SettingScope};
use model::{ClassMask, ContextNo, InstallationNo, PersonNo};
use std::sync::Arc;
use store::{Failure, PersonEvent, Store};

/// Events on the page.
const LINES_MAX: usize = 300;

/// Something that happened.
pub(crate) struct HistoryLine {
    pub(crate) at: String,
    pub(crate) text: String,
}

#[derive(Template)]
#[template(path = "history.html")]
pub(crate) struct HistoryPage {
    pub(crate) shell: Shell,
    pub(crate) lines: Vec<HistoryLine>,
    /// What the list lacks at present; empty if nothing.
    pub(crate) missing: String,
}

/// `GET /privacy/history`
pub(crate) async fn history(State(console): State<Arc<Console>>, person: Person) -> Answer {
    let shell = person.shell(&console, "History", "/privacy/history").await;
    let missing = missing(&console, "list").await?;
    let (store, who) = (console.store().clone(), person.no);
    let read = tokio::task::spawn_blocking(move || store.events_of(who)).await;
    let mut events = read.map_err(|error| Failure::Unavailable(error.to_string()))??;
    events.reverse();
    events.truncate(LINES_MAX);
    let mut groups = names::groups_of(&console, who).await;
    let store = console.store();
    let contexts: Vec<ContextNo> =
        events.iter().flat_map(|event| contexts_of(store, &event.event, who)).collect();
    names::add_groups(&console, &mut groups, contexts).await;
    let lines = events.iter().flat_map(|one| lines(store, &groups, one, who)).collect();
    Ok(page(&HistoryPage { shell, lines, missing }))
}

fn context_of(store: &Store, installation: InstallationNo) -> Option<ContextNo> {
    store.state().installation(installation).map(|one| one.context)
}

fn contexts_of(store: &Store, event: &Event, who: PersonNo) -> Vec<ContextNo> {
    match event {
        Event::InstallationMade(event) => vec![event.context],
        Event::InstallationBacked(event) => {
            context_of(store, event.installation).into_iter().collect()
        }
        Event::OptIn(event) => context_of(store, event.installation).into_iter().collect(),
        Event::OptOut(event) => context_of(store, event.installation).into_iter().collect(),
        Event::InstallationNarrowed(event) => {
            context_of(store, event.installation).into_iter().collect()
        }
        Event::InstallationEnded(event) => {
            context_of(store, event.installation).into_iter().collect()
        }
        Event::SettingChanged(event) => match event.scope {
            SettingScope::Context(context) => vec![context],
            SettingScope::AllApps
            | SettingScope::App(_)
            | SettingScope::AllGroups
            | SettingScope::Friends
            | SettingScope::Beyond => Vec::new(),
        },
        Event::Facts(event) => event
            .facts
            .iter()
            .filter_map(|fact| own_fact(*fact, who))
            .map(|(_, context)| context)
            .collect(),
        _ => Vec::new(),
    }
}

/// What a fact says of this person; a batch holds those of others too.
fn own_fact(fact: Fact, who: PersonNo) -> Option<(&'static str, ContextNo)> {
    match fact {
        Fact::MemberGone(person, context) if person == who => Some(("You left", context)),
        Fact::Admin(person, context) if person == who => Some(("You became an admin of", context)),
        Fact::AdminGone(person, context) if person == who => {
            Some(("You are no admin any more of", context))
        }
        _ => None,
    }
}

fn lines(store: &Store, groups: &Groups, one: &PersonEvent, who: PersonNo) -> Vec<HistoryLine> {
    let app = |no| names::app(store, no);
    let what = |mask: ClassMask| classes::titles(&store.state(), mask);
    let place = |installation| {
        context_of(store, installation)
            .map_or_else(|| "a group".to_owned(), |context| groups.name(store, context))
    };
    let text = match &one.event {
        Event::OptIn(event) => format!(
            "You allowed {} in {}: {}.",
            app(event.app),
            place(event.installation),
            what(event.classes)
        ),
        Event::OptOut(event) => format!(
            "You took back from {} in {}: {}.",
            app(event.app),
            place(event.installation),
            what(event.classes)
        ),
        Event::GrantMade(event) => format!(
            "You gave {} access until {}: {}.",
            app(event.app),
            dates::day(event.expires_at),
            what(event.classes)
        ),
        Event::InstallationMade(event) => format!(
            "You enabled {} in {}: {}.",
            app(event.app),
            groups.name(store, event.context),
            what(event.classes)
        ),
        Event::InstallationBacked(event) => {
            format!("You stood behind {} in {}.", app(event.app), place(event.installation))
        }
        Event::InstallationNarrowed(event) => format!(
            "You narrowed {} in {} to: {}.",
            app(event.app),
            place(event.installation),
            what(event.classes)
        ),
        Event::InstallationEnded(event) => {
            format!("You disabled {} in {}.", app(event.app), place(event.installation))
        }
        Event::GrantEnded(event) => format!("You withdrew the access of {}.", app(event.app)),
        Event::SettingChanged(event) => setting(store, groups, event),
        Event::CutOff(event) => match event.subject {
            CutOffSubject::PersonApp(_, no) => {
                format!("The platform ended what {} had opened for you.", app(no))
            }
            _ => "The platform ended what all apps had opened for you.".to_owned(),
        },
        Event::Facts(event) => {
            let own = event.facts.iter().filter_map(|fact| own_fact(*fact, who));
            let line = |(verb, context)| HistoryLine {
                at: dates::minute(one.time),
                text: format!("{verb} {}.", groups.name(store, context)),
            };
            return own.map(line).collect();
        }
        // The index lists no other kinds.
        _ => return Vec::new(),
    };
    vec![HistoryLine { at: dates::minute(one.time), text }]
}

fn setting(store: &Store, groups: &Groups, event: &ledger::SettingChanged) -> String {
    let place = match event.scope {
        SettingScope::AllApps => "all apps".to_owned(),
        SettingScope::App(app) => names::app(store, app),
        SettingScope::Context(context) => format!("all apps in {}", groups.name(store, context)),
        SettingScope::AllGroups => "all apps in every group".to_owned(),
        SettingScope::Friends => "all apps of your friends".to_owned(),
        SettingScope::Beyond => "whatever goes beyond the feature that you use".to_owned(),
    };
    let about = classes::about_people(&store.state());
    if event.blocked.is_empty() {
        format!("You unblocked {place}.")
    } else if event.blocked.covers(about) {
        format!("You blocked {place}.")
    } else {
        format!("You blocked for {place}: {}.", classes::titles(&store.state(), event.blocked))
    }
}
