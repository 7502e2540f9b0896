//! Notices: the inbox of a person, of staff and of a partner; where e-mail goes.

use crate::access::Access;
use crate::api::{Api, unreadable};
use crate::input::{Asked, id, invalid};
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view;
use edge::Problem;
use flows::staff::Act;
use http::Method;
use model::{Actor, PartnerNo, PersonNo};
use notices::{Channel, NoticeNo, Recipient};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Address, QueuedNotice};
use teller::{Language, Names};
use utoipa::ToSchema;

/// A notice.
#[derive(Serialize, ToSchema)]
struct NoticeView {
    notice: String,
    /// A stable word.
    kind: &'static str,
    /// `low`, `medium` or `high`.
    severity: &'static str,
    at: Option<String>,
    read: bool,
    /// The language of subject and body.
    language: &'static str,
    subject: String,
    /// Paragraphs, with an empty line in between.
    body: String,
    /// The same for programs: numbers and words, as far as the kind has them.
    #[schema(value_type = Object)]
    facts: Map<String, Value>,
}

/// A page of an inbox, newest first.
#[derive(Serialize, ToSchema)]
struct InboxView {
    items: Vec<NoticeView>,
    /// How many are not read, on all pages.
    unread: u64,
    /// What to send as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What was read: one notice, or it and all before it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadMark {
    notice: String,
    /// Everything older, too.
    #[serde(default)]
    and_older: bool,
}

/// How much was not read before.
#[derive(Serialize, ToSchema)]
struct MarkedView {
    marked: usize,
    /// What is still not read.
    unread: u64,
}

/// Where e-mail goes.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressView {
    email: String,
    /// `en` or `de`.
    #[serde(default = "english")]
    language: String,
}

/// Deliveries of a channel.
#[derive(Serialize, ToSchema)]
struct ChannelView {
    /// `e-mail` or `webhook`.
    channel: &'static str,
    /// To be tried, or tried again.
    waiting: u64,
    /// Taken.
    done: u64,
    /// Given up.
    dead: u64,
    /// With nobody to send to.
    nobody: u64,
}

/// How far telling is.
#[derive(Serialize, ToSchema)]
struct TellingView {
    /// Entries of the log that are told.
    told: u64,
    /// Entries of the log.
    entries: u64,
    /// The last instant whose ends are told.
    checked_at: Option<String>,
    channels: Vec<ChannelView>,
}

fn english() -> String {
    Language::English.tag().to_owned()
}

/// What people can ask.
pub(crate) fn for_people() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/notices",
            ("list-notices", "Lists what I am told, newest first, in a language that I accept."),
            Access::Person,
            async |api, asked: Asked| inbox(api, &asked, Recipient::Person(asked.person()?)).await,
        )
        .paged()
        .gives::<InboxView>(200),
        Operation::new(
            Method::POST,
            "/notices/read",
            ("mark-notices-read", "Notes that I have read a notice, or it and all older ones."),
            Access::Person,
            async |api, asked: Asked| mark(api, &asked, Recipient::Person(asked.person()?)),
        )
        .takes::<ReadMark>()
        .gives::<MarkedView>(200)
        .refuses(&[404]),
    ]
}

/// What partners can ask.
pub(crate) fn for_partners() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/notices",
            (
                "list-own-notices",
                "Lists what the partner is told, newest first, in a language that it accepts.",
            ),
            Access::Partner,
            async |api, asked: Asked| {
                let partner = asked.partner()?;
                inbox(api, &asked, Recipient::Partner(partner)).await
            },
        )
        .paged()
        .gives::<InboxView>(200),
        Operation::new(
            Method::POST,
            "/notices/read",
            (
                "mark-own-notices-read",
                "Notes that the partner has read a notice, or it and all older ones.",
            ),
            Access::Partner,
            async |api, asked: Asked| mark(api, &asked, Recipient::Partner(asked.partner()?)),
        )
        .takes::<ReadMark>()
        .gives::<MarkedView>(200)
        .refuses(&[404]),
    ]
}

/// What staff can ask.
pub(crate) fn for_staff() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/notices",
            ("list-staff-notices", "Lists what staff are told, or what a partner is."),
            Access::Staff,
            async |api, asked: Asked| {
                let partner: Option<PartnerNo> = asked.query("partner")?;
                inbox(api, &asked, partner.map_or(Recipient::Staff, Recipient::Partner)).await
            },
        )
        .paged()
        .query("partner", "Of this partner, instead of staff's own.")
        .gives::<InboxView>(200),
        Operation::new(
            Method::POST,
            "/notices/read",
            (
                "mark-staff-notices-read",
                "Notes that staff have read a notice, or it and all older ones.",
            ),
            Access::Staff,
            async |api, asked: Asked| mark(api, &asked, Recipient::Staff),
        )
        // What one of the staff has read is read for all: who only looks on hides nothing from those who act.
        .asks(Act::Review)
        .takes::<ReadMark>()
        .gives::<MarkedView>(200)
        .refuses(&[404]),
        Operation::new(
            Method::GET,
            "/notices/status",
            ("show-telling", "Says how far telling is, and how deliveries go."),
            Access::Staff,
            async |api, _| status(&api),
        )
        .gives::<TellingView>(200),
    ]
    .into_iter()
    .chain(for_addresses())
    .collect()
}

fn for_addresses() -> Vec<Operation> {
    let address = "/notices/addresses/{recipient}";
    vec![
        Operation::new(
            Method::GET,
            address,
            (
                "show-notice-address",
                "Shows where e-mail to a partner or to staff goes; a partner's: also by its details.",
            ),
            Access::Staff,
            async |api, asked| show_address(api, &asked),
        )
        .gives::<AddressView>(200)
        .refuses(&[403]),
        Operation::new(
            Method::PUT,
            address,
            ("set-notice-address", "Sets where e-mail to a partner, to staff or to a person goes."),
            Access::Staff,
            async |api, asked| set_address(api, &asked),
        )
        .asks(Act::Register)
        .takes::<AddressView>(),
        Operation::new(
            Method::DELETE,
            address,
            (
                "end-notice-address",
                "Ends an address that was set; a partner's letters go by its details then.",
            ),
            Access::Staff,
            async |api, asked| end_address(api, &asked),
        )
        .asks(Act::Register),
    ]
}

fn view(
    one: &QueuedNotice,
    to: Recipient,
    language: Language,
    names: &Names,
    api: &Api,
) -> NoticeView {
    let text = teller::text(language, (one.kind, to.reader()), &one.details, names);
    NoticeView {
        notice: NoticeNo(one.id).to_string(),
        kind: one.kind.word(),
        severity: one.severity.word(),
        at: view::instant(one.created_at),
        read: one.is_read,
        language: language.tag(),
        subject: text.subject,
        body: text.body,
        facts: teller::facts(one.kind, &one.details, api.store().state().numbering()),
    }
}

async fn inbox(api: Api, asked: &Asked, to: Recipient) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<NoticeNo>("after")?);
    let mut found = api.store().inbox(to, after.map(|no| no.0), limit + 1).map_err(unreadable)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let names = Names::of(api.store(), &api.parts.upstream, &found).await.map_err(unreadable)?;
    let unread = api.store().unread(to).map_err(unreadable)?;
    let items = found.iter().map(|one| view(one, to, asked.language, &names, &api)).collect();
    let next = found.last().map(|one| NoticeNo(one.id).to_string()).filter(|_| more);
    reply::ok(&InboxView { items, unread, next })
}

fn mark(api: Api, asked: &Asked, to: Recipient) -> Answer {
    let ReadMark { notice, and_older } = asked.json()?;
    let no = notice
        .parse::<NoticeNo>()
        .map_err(|_| invalid("notice", "is not an id of the right kind"))?;
    if !api.store().is_told(to, no.0).map_err(unreadable)? {
        return Err(Problem::new(404, "not-found", "there is no such notice for you"));
    }
    let first = if and_older { 0 } else { no.0 };
    let marked = api.store().mark_read(to, first..=no.0, api.store().now()).map_err(unreadable)?;
    let unread = api.store().unread(to).map_err(unreadable)?;
    reply::ok(&MarkedView { marked, unread })
}

fn status(api: &Api) -> Answer {
    let cursor = api.store().teller_cursor().map_err(unreadable)?;
    let mut channels = Vec::new();
    for channel in Channel::ALL {
        let [waiting, done, dead, nobody] =
            api.store().delivery_counts(channel).map_err(unreadable)?;
        channels.push(ChannelView { channel: channel.word(), waiting, done, dead, nobody });
    }
    reply::ok(&TellingView {
        told: cursor.next.0,
        entries: api.store().head().map_err(unreadable)?.next().0,
        checked_at: view::instant(cursor.checked_at),
        channels,
    })
}

/// Whom an address belongs to. A person's is set by whoever runs the machine, for the platform: somebody of the staff who could
/// set it could read what that person alone is told.
fn addressee(api: &Api, asked: &Asked) -> Result<Recipient, Problem> {
    let actor = asked.staff()?;
    let text: String = asked.number("recipient")?;
    let unknown = || Problem::new(404, "not-found", "there is nothing of this number");
    if text == "staff" {
        return Ok(Recipient::Staff);
    }
    if let Ok(partner) = text.parse::<PartnerNo>() {
        let is_known = api.store().state().partner(partner).is_some();
        return is_known.then_some(Recipient::Partner(partner)).ok_or_else(unknown);
    }
    let person: PersonNo = id("recipient", &text).map_err(|_| unknown())?;
    if actor != Actor::Operator {
        let detail = "only the operator's token changes where a person's e-mail goes";
        return Err(Problem::new(403, "not-operator", detail));
    }
    let is_known = api.store().state().is_person(person);
    is_known.then_some(Recipient::Person(person)).ok_or_else(unknown)
}

fn show_address(api: Api, asked: &Asked) -> Answer {
    let to = addressee(&api, asked)?;
    if let Recipient::Person(_) = to {
        // Reading it would say who somebody is, without the entry that every look-up leaves.
        let detail = "where a person's e-mail goes can be set and ended, and is shown to nobody";
        return Err(Problem::new(403, "not-shown", detail));
    }
    let none = || Problem::new(404, "not-found", "there is no address");
    let found = teller::address(api.store(), to).map_err(unreadable)?;
    let Address { email, language } = found.ok_or_else(none)?;
    reply::ok(&AddressView { email, language })
}

fn set_address(api: Api, asked: &Asked) -> Answer {
    let to = addressee(&api, asked)?;
    let AddressView { email, language } = asked.json()?;
    if !outbound::is_mail_address(&email) {
        return Err(invalid("email", "is no e-mail address"));
    }
    let language = Language::of_tag(&language)
        .ok_or_else(|| invalid("language", "is none of the languages of notices"))?;
    let address = Address { email, language: language.tag().to_owned() };
    api.store().set_address(to, Some(&address)).map_err(unreadable)?;
    Ok(reply::empty())
}

fn end_address(api: Api, asked: &Asked) -> Answer {
    let to = addressee(&api, asked)?;
    api.store().set_address(to, None).map_err(unreadable)?;
    Ok(reply::empty())
}
