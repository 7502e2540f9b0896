//! Every recipient by name: what it may read and through what, what it did read and when, and what ended. Whatever can be
//! taken back is taken back here: one click from the start page, one more to withdraw.

use super::told::missing;
use super::view::is_blocked;
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::State;
use ledger::SettingScope;
use model::{Actor, Chain, ContextNo, PersonNo, ProgramNo};
use names::Groups;
use std::sync::Arc;
use store::{Failure, Store};
use usage::{Cause, DidRead, MayRead, Over, Recipient, Through};

/// Through what an app may read, and the button that ends it.
pub(crate) struct MayLine {
    pub(crate) through: String,
    pub(crate) classes: String,
    pub(crate) until: String,
    /// What the person allowed themselves; empty if nothing.
    pub(crate) allowed: String,
    pub(crate) id: String,
    pub(crate) is_grant: bool,
    /// It has ended with the app or its partner: there is nothing to take back.
    pub(crate) is_over: bool,
}

/// What an app did read in one place.
pub(crate) struct DidLine {
    pub(crate) place: String,
    pub(crate) classes: String,
    pub(crate) through: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) times: u64,
}

/// What ended.
pub(crate) struct EndedLine {
    pub(crate) text: String,
    pub(crate) at: String,
}

/// An app.
pub(crate) struct RecipientCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) status: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) blocked: bool,
    pub(crate) may: Vec<MayLine>,
    pub(crate) did: Vec<DidLine>,
    pub(crate) ended: Vec<EndedLine>,
}

#[derive(Template)]
#[template(path = "recipients.html")]
pub(crate) struct RecipientsPage {
    pub(crate) shell: Shell,
    pub(crate) cards: Vec<RecipientCard>,
    /// What the list lacks at present; empty if nothing.
    pub(crate) missing: String,
}

/// `GET /privacy/recipients`
pub(crate) async fn recipients(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    person: Person,
) -> Answer {
    let shell = person.shell(&console, "Recipients", "/privacy/recipients").await;
    let shell = shell.noticing(Some(query.text("done")));
    let who = person.no;
    let missing = missing(&console, "list").await?;
    let store = console.store().clone();
    // The index may have to take in what the log got meanwhile.
    let read = tokio::task::spawn_blocking(move || store.recipients(who)).await;
    let found = read.map_err(|error| Halt::Store(Failure::Unavailable(error.to_string())))??;
    let mut groups = names::groups_of(&console, who).await;
    let places: Vec<ContextNo> = found.iter().flat_map(places).collect();
    names::add_groups(&console, &mut groups, places).await;
    let words = Words { store: console.store(), groups, who };
    let cards = found.iter().map(|one| words.card(one)).collect();
    Ok(page(&RecipientsPage { shell, cards, missing }))
}

fn places(one: &Recipient) -> Vec<ContextNo> {
    let ended = one.ended.iter().filter_map(|over| match over.cause {
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
    });
    one.did.iter().filter_map(|did| did.context).chain(ended).collect()
}

struct Words<'a> {
    store: &'a Store,
    groups: Groups,
    who: PersonNo,
}

impl Words<'_> {
    fn card(&self, one: &Recipient) -> RecipientCard {
        let reads = one.may.iter().any(|may| !may.classes.is_empty());
        let (status, tone) = match (reads, one.did.is_empty()) {
            (true, _) => ("may read now", "warn"),
            (false, false) => ("did read, may not now", "off"),
            (false, true) => ("reads nothing", "off"),
        };
        RecipientCard {
            id: one.app.to_string(),
            name: names::app(self.store, one.app),
            partner: names::partner_of(self.store, one.app),
            status,
            tone,
            blocked: is_blocked(&self.store.state(), self.who, SettingScope::App(one.app)),
            may: one.may.iter().map(|may| self.may(may)).collect(),
            did: one.did.iter().map(|did| self.did(did)).collect(),
            ended: one.ended.iter().map(|over| self.over(over)).collect(),
        }
    }

    fn titles(&self, mask: model::ClassMask) -> String {
        classes::titles(&self.store.state(), mask)
    }

    fn program(&self, no: ProgramNo) -> String {
        let state = self.store.state();
        let mut known = state.catalog().into_iter().flat_map(|catalog| &catalog.programs);
        let title = known.find(|program| program.number == no).map(|one| one.title.clone());
        title.unwrap_or_else(|| no.to_string())
    }

    fn group(&self, context: ContextNo) -> String {
        self.groups.name(self.store, context)
    }

    fn may(&self, may: &MayRead) -> MayLine {
        let (through, id, is_grant) = match may.chain {
            Chain::Installation(no) => {
                let group = may.contexts.first().map(|no| self.group(*no)).unwrap_or_default();
                (format!("In {group}, where an admin enabled it"), no.to_string(), false)
            }
            Chain::Grant(no) => {
                let groups: Vec<String> = may.contexts.iter().map(|no| self.group(*no)).collect();
                let through = if groups.is_empty() {
                    "With the access that you gave it".to_owned()
                } else {
                    format!("With the access that you gave it, in {}", groups.join(", "))
                };
                (through, no.to_string(), true)
            }
        };
        MayLine {
            through,
            classes: self.titles(may.classes),
            until: may.until.map(dates::day).unwrap_or_default(),
            allowed: if may.chosen.is_empty() { String::new() } else { self.titles(may.chosen) },
            id,
            is_grant,
            is_over: may.is_over,
        }
    }

    fn did(&self, did: &DidRead) -> DidLine {
        let ways = [
            (Through::INSTALLATION, "the app in the group"),
            (Through::OWN_GRANT, "the access that you gave"),
            (Through::OTHERS_GRANT, "the access that another member gave"),
        ];
        let ways = ways.into_iter().filter(|(way, _)| did.through.has(*way));
        let through: Vec<&str> = ways.map(|(_, words)| words).collect();
        DidLine {
            place: did
                .context
                .map_or_else(|| "Your own account".to_owned(), |context| self.group(context)),
            classes: self.titles(did.classes),
            through: through.join(", "),
            first: dates::day(dates::of_day(did.first_day)),
            last: dates::day(did.last_at),
            times: did.times,
        }
    }

    fn over(&self, over: &Over) -> EndedLine {
        let by = over.why.as_ref().map(|why| why.by);
        let by_me = by == Some(Actor::Person(self.who));
        let text = match over.cause {
            Cause::GrantEnded(_) if by_me => "You withdrew the access that you gave.".to_owned(),
            Cause::GrantEnded(_) => "The access that you gave was ended.".to_owned(),
            Cause::GrantExpired(_) => "The access that you gave came to its end.".to_owned(),
            Cause::GrantIdle(_) => {
                "The access that you gave ended, for you did not use the app for so long."
                    .to_owned()
            }
            Cause::Disabled(_, context) => {
                let who = match by {
                    Some(Actor::Staff(_) | Actor::Operator) => "The platform",
                    _ => "An admin",
                };
                format!("{who} disabled it in {}.", self.group(context))
            }
            Cause::Lapsed(_, context) => {
                format!("No admin stands behind it in {} any more.", self.group(context))
            }
            Cause::OptedOut(_) => "You took back what you had allowed in a group.".to_owned(),
            Cause::Blocked => "You blocked it everywhere.".to_owned(),
            Cause::App(status) => format!("The platform set the app to {status}."),
            Cause::Partner(status) => format!("The platform set the company to {status}."),
            Cause::Suspended => "The platform suspended it, together with others.".to_owned(),
            Cause::Program(no) => format!("The platform closed “{}”.", self.program(no)),
            Cause::Experiment(no) => {
                format!("The experiment “{}” came to its end.", self.program(no))
            }
            Cause::Excepted(no, until) => format!(
                "“{}” is closed, but the platform lets this app go on in it until {}.",
                self.program(no),
                dates::minute(until)
            ),
            Cause::ExceptionEnded(no) => format!(
                "“{}” is closed, and the exception by which this app went on in it has ended.",
                self.program(no)
            ),
        };
        let reason = over.why.as_ref().and_then(|why| why.reason);
        let reason = reason.map(|one| format!(" Reason: {}.", one.word().replace('-', " ")));
        EndedLine {
            text: format!("{text}{}", reason.unwrap_or_default()),
            at: over.at.map(dates::minute).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
impl RecipientsPage {
    /// Made-up content, to look at.
    pub(crate) fn sample(shell: Shell) -> Self {
        let text = str::to_owned;
        let names = "Names of people in a group";
        let posts = "What people write in posts";
        let may = |through: &str, classes: &str, allowed: &str, id: &str, is_grant| MayLine {
            through: text(through),
            classes: text(classes),
            until: if is_grant { text("21 November 2027") } else { String::new() },
            allowed: text(allowed),
            id: text(id),
            is_grant,
            is_over: false,
        };
        let did = DidLine {
            place: text("Allotment gardeners"),
            classes: format!("{posts}, {names}"),
            through: text("the app in the group"),
            first: text("2 October 2026"),
            last: text("21 November 2026"),
            times: 41,
        };
        let card = |id: &str, name: &str, status, tone, may, did, ended| RecipientCard {
            id: text(id),
            name: text(name),
            partner: text("Blue Harbour Ltd"),
            status,
            tone,
            blocked: false,
            may,
            did,
            ended,
        };
        let planner = vec![
            may(
                "In Allotment gardeners, where an admin enabled it",
                &format!("{posts}, {names}"),
                names,
                "ins_1",
                false,
            ),
            may("With the access that you gave it", "Your name", "Your name", "grt_3", true),
        ];
        let over = EndedLine {
            text: text("An admin disabled it in Chess on Thursdays."),
            at: text("3 Nov 2026, 09:12"),
        };
        let cards = vec![
            card("app_1", "Meadow Planner", "may read now", "warn", planner, vec![did], Vec::new()),
            card("app_2", "Old Polls", "reads nothing", "off", Vec::new(), Vec::new(), vec![over]),
        ];
        let missing = text(
            "Entries since 21 Nov 2026, 14:05 UTC are being read in again; this list may be incomplete until then.",
        );
        Self { shell, cards, missing }
    }
}
