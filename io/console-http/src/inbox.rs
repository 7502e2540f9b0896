//! Messages: what somebody is told, and what of it they have not read.

use crate::dates;
use crate::page::{Answer, Halt, page, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, PersonForm, Query, Staff, StaffForm};
use askama::Template;
use axum::extract::State;
use http::{HeaderMap, header};
use notices::{Kind, NoticeNo, Recipient};
use std::sync::Arc;
use store::QueuedNotice;
use teller::{Language, Names};

/// Messages on a page.
const PAGE: usize = 30;

/// A message.
pub(crate) struct MessageLine {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) subject: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) is_new: bool,
    pub(crate) is_urgent: bool,
    /// Where to do something about it, and what the link says.
    pub(crate) link: Option<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "messages.html")]
pub(crate) struct MessagesPage {
    pub(crate) shell: Shell,
    /// Tag of the language that the messages are in.
    pub(crate) language: &'static str,
    pub(crate) lines: Vec<MessageLine>,
    pub(crate) unread: u64,
    pub(crate) path: &'static str,
    /// The newest message that is shown: with it and all older ones, everything is read.
    pub(crate) newest: String,
    pub(crate) older: String,
}

/// `GET /messages`
pub(crate) async fn messages(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    headers: HeaderMap,
    person: Person,
) -> Answer {
    let shell = person.shell(&console, "Messages", "/messages").await;
    let shell = shell.noticing(Some(query.text("done")));
    let inbox = Inbox { to: Recipient::Person(person.no), path: "/messages" };
    inbox.show(&console, shell, query.text("before"), &headers).await
}

/// `GET /staff/messages`
pub(crate) async fn staff_messages(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    headers: HeaderMap,
    staff: Staff,
) -> Answer {
    let shell = staff.shell(&console, "Messages", "/staff/messages");
    let shell = shell.noticing(Some(query.text("done")));
    let inbox = Inbox { to: Recipient::Staff, path: "/staff/messages" };
    inbox.show(&console, shell, query.text("before"), &headers).await
}

/// `POST /messages`
pub(crate) async fn read(State(console): State<Arc<Console>>, form: PersonForm) -> Answer {
    let to = Recipient::Person(form.person.no);
    mark(&console, to, form.fields.one("up_to")?)?;
    Ok(redirect("/messages?done=read"))
}

/// `POST /staff/messages`
pub(crate) async fn staff_read(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    // What one of the staff has read is read for all: who only looks on hides nothing from those who act.
    form.staff.may(&console, flows::staff::Act::Review)?;
    mark(&console, Recipient::Staff, form.fields.one("up_to")?)?;
    Ok(redirect("/staff/messages?done=read"))
}

fn mark(console: &Console, to: Recipient, up_to: NoticeNo) -> Result<(), Halt> {
    let store = console.store();
    store.mark_read(to, 0..=up_to.0, store.now())?;
    Ok(())
}

/// How many messages somebody has not read; none where that cannot be found out.
pub(crate) fn unread(console: &Console, to: Recipient) -> u64 {
    console.store().unread(to).unwrap_or(0)
}

struct Inbox {
    to: Recipient,
    path: &'static str,
}

impl Inbox {
    async fn show(
        &self,
        console: &Console,
        shell: Shell,
        before: &str,
        headers: &HeaderMap,
    ) -> Answer {
        let below: Option<NoticeNo> = match before {
            "" => None,
            text => Some(text.parse().map_err(|_| Halt::NotFound)?),
        };
        let store = console.store();
        let mut found = store.inbox(self.to, below.map(|no| no.0), PAGE + 1)?;
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let accepts = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::accepted(accepts.unwrap_or_default());
        let names = Names::of(store, &console.parts.upstream, &found).await?;
        let id = |one: &QueuedNotice| NoticeNo(one.id).to_string();
        let older =
            found.last().filter(|_| more).map(|one| format!("{}?before={}", self.path, id(one)));
        Ok(page(&MessagesPage {
            shell,
            language: language.tag(),
            newest: found.first().map(id).unwrap_or_default(),
            lines: found.iter().map(|one| self.line(one, language, &names)).collect(),
            unread: unread(console, self.to),
            path: self.path,
            older: older.unwrap_or_default(),
        }))
    }

    fn line(&self, one: &QueuedNotice, language: Language, names: &Names) -> MessageLine {
        let text = teller::text(language, (one.kind, self.to.reader()), &one.details, names);
        MessageLine {
            id: NoticeNo(one.id).to_string(),
            at: dates::minute(one.created_at),
            subject: text.subject,
            paragraphs: text.body.split("\n\n").map(str::to_owned).collect(),
            is_new: !one.is_read,
            is_urgent: one.severity == model::Severity::High,
            link: self.link(one),
        }
    }

    fn link(&self, one: &QueuedNotice) -> Option<(String, &'static str)> {
        let details = &one.details;
        match (self.to, one.kind) {
            (Recipient::Person(_), Kind::AppEnabled) => {
                Some((format!("/privacy/apps/{}", details.app?), "Choose what it may see"))
            }
            (Recipient::Person(_), Kind::ExceptionMade) => {
                Some((format!("/privacy/apps/{}", details.app?), "Read why, and choose"))
            }
            (Recipient::Person(_), Kind::InstallationLapsed | Kind::InstallationNarrowed) => {
                Some((format!("/groups/apps/{}", details.installation?), "Look at it"))
            }
            (Recipient::Staff, Kind::RuleChanged) => {
                Some(("/staff/policies".to_owned(), "Look at the policy"))
            }
            _ => None,
        }
    }
}
