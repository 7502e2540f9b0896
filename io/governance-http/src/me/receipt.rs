//! Consent receipts: ISO/IEC TS 27560:2023 as JSON-LD, in terms of the W3C Data Privacy Vocabulary (its guide to 27560).
//!
//! A receipt holds a copy of one consent record. The partner and the app are named; the person stands in it by the id under which
//! this app knows them: shown to the partner it says of whom it speaks, shown to another it says nothing.
//!
//! It says what was agreed, and what app and partner said about themselves, when the person consented: nothing that came since
//! changes it. It claims to conform to the profile only where it has every field that the profile makes mandatory.

mod record;

use super::recipients;
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::Answer;
use crate::view;
use axum::body::Body;
use axum::response::Response;
use consent::State;
use edge::Problem;
use flows::staff::{AppDetails, PartnerDetails};
use http::{HeaderValue, header};
use ledger::Event;
use model::{
    AppNo, Chain, ClassMask, GrantNo, IdentifierKind, InstallationNo, PartnerNo, PersonNo,
    Position, PurposeNo, Timestamp,
};
use oauth::pairwise::PairwiseKey;
use record::{Of, Parties, Storage};
use sequence::StoreError;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{General, Store};
use usage::{Agreed, Happened};
use utoipa::ToSchema;

/// Media type of a receipt.
pub(super) const MEDIA_TYPE: &str = "application/ld+json";
/// Millions of entries are read in within minutes.
const TOLD_AGAIN_SECONDS: &str = "30";

/// A consent receipt: a JSON-LD document whose terms are those of the Data Privacy Vocabulary.
#[derive(Serialize, ToSchema)]
pub(super) struct ConsentReceipt {
    /// Prefixes of the terms.
    #[serde(rename = "@context")]
    #[schema(value_type = Object)]
    context: Value,
    #[serde(rename = "@id")]
    id: String,
    /// `dpv:ConsentReceipt`.
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "dct:identifier")]
    identifier: String,
    /// The profile of TS 27560 that it conforms to: only where every mandatory field of it is there.
    #[serde(rename = "dct:conformsTo", skip_serializing_if = "Option::is_none")]
    conforms_to: Option<&'static str>,
    /// Mandatory fields of that profile of which nothing was known when the person consented.
    #[serde(rename = "bailment:lacks", skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<String>,
    #[serde(rename = "dct:created")]
    created: Option<String>,
    /// The language of the pages that ask.
    #[serde(rename = "dct:language")]
    language: &'static str,
    /// Who issues it: the platform.
    #[serde(rename = "dct:publisher")]
    publisher: String,
    #[serde(rename = "schema:recipient")]
    recipient: &'static str,
    /// The record that it is a copy of.
    #[serde(rename = "dpv:hasRecordOfActivity")]
    #[schema(value_type = Object)]
    record: Value,
    /// Only while the log is being read in again: the receipt tells of the log before this position, and lacks what is newer.
    #[serde(rename = "bailment:completeTo", skip_serializing_if = "Option::is_none")]
    complete_to: Option<u64>,
    /// The same in plain words.
    #[serde(rename = "dct:description", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// What a person consented to, with what was said and done about it.
struct Consented {
    id: String,
    app: AppNo,
    classes: ClassMask,
    /// What the person said it is for; none: what was agreed when they consented.
    own_purposes: Option<Vec<PurposeNo>>,
    until: Option<Timestamp>,
    /// When it ended by itself.
    expired: Option<Timestamp>,
    contexts: Vec<model::ContextNo>,
    /// It was ended, by somebody who may be another than the person.
    is_ended: bool,
    /// Events about it, oldest first.
    events: Vec<Happened>,
    withdraw: String,
}

fn unknown() -> Problem {
    Problem::new(404, "not-found", "you gave no consent of this number")
}

/// What was taken back again is known from the log alone, and that part of it is not read in yet.
fn untold() -> Problem {
    let detail = "the log is being read in again: whether you gave this consent is known then";
    Problem::new(503, "log-unavailable", detail).header(header::RETRY_AFTER, TOLD_AGAIN_SECONDS)
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let person = asked.person()?;
    let text: String = asked.number("receipt")?;
    let chain = match (text.parse::<GrantNo>(), text.parse::<InstallationNo>()) {
        (Ok(no), _) => Chain::Grant(no),
        (_, Ok(no)) => Chain::Installation(no),
        (Err(_), Err(_)) => return Err(unknown()),
    };
    let missing = recipients::missing_since(&api).await?;
    let store = api.store().clone();
    let read = tokio::task::spawn_blocking(move || told_of(&store, person, chain)).await;
    let interrupted = |_| Problem::new(503, "log-unavailable", "the log could not be read");
    let Told { events, register, of } = read.map_err(interrupted)?.map_err(unreadable)?;
    let mut consented = match chain {
        Chain::Grant(no) => of_grant(&api.store().state(), person, no, events, api.store().now()),
        Chain::Installation(no) => of_opt_in(&api.store().state(), person, no, events),
    }
    .ok_or_else(|| match (chain, missing) {
        (Chain::Installation(_), Some(_)) => untold(),
        (Chain::Grant(_), _) | (Chain::Installation(_), None) => unknown(),
    })?;
    if consented.is_ended {
        end_by_others(&api, person, chain, &mut consented).await?;
    }
    if let Some(end) = of.and_then(|of| usage::ended_with(&register, of)) {
        end_with(&mut consented, end);
    }
    consented.events.sort_by_key(|one| one.position);
    let agreed = of.map(|of| agreed(api.store(), &register, of, &consented)).transpose();
    document(&api, person, &consented, (agreed.map_err(unreadable)?.unwrap_or_default(), missing))
}

/// What the log tells: of the consent, and of the app and its partner.
struct Told {
    events: Vec<Happened>,
    register: Vec<Happened>,
    of: Option<(AppNo, PartnerNo)>,
}

/// The register is read last, so that it lacks nothing that came before any of the events.
fn told_of(store: &Store, person: PersonNo, chain: Chain) -> Result<Told, StoreError> {
    let events = store.events_of(person)?.into_iter();
    let events = events
        .map(|one| Happened { position: one.position, time: one.time, event: one.event })
        .filter(|one| concerns(&one.event, chain, person))
        .collect();
    let of = {
        let state = store.state();
        let app = usage::app_of(&state, chain);
        app.and_then(|no| Some((no, state.app(no)?.partner)))
    };
    let (partners, apps) = (of.iter().map(|of| of.1), of.iter().map(|of| of.0));
    let register = store.register_events(&partners.collect(), &apps.collect(), General::Not)?;
    Ok(Told { events, register, of })
}

/// Who else than the person may have ended it is told with the recipients.
async fn end_by_others(
    api: &Api,
    person: PersonNo,
    chain: Chain,
    consented: &mut Consented,
) -> Result<(), Problem> {
    let found = recipients::read(api, person).await?;
    let ends = found.iter().flat_map(|one| &one.ended);
    let other = ends.filter(|over| ends_chain(over.cause, chain)).find_map(|over| over.position);
    let known = |at: Position| consented.events.iter().any(|one| one.position == at);
    if let Some(at) = other.filter(|at| !known(*at))
        && let Some(stored) = api.store().entry(at).map_err(unreadable)?
        && let Ok(Some(ledger::Payload::Control(event))) = stored.read_payload()
    {
        consented.events.push(Happened { position: at, time: stored.time, event });
    }
    Ok(())
}

/// The end of the app or its partner is the end of what stood then, and of nothing that had ended before.
fn end_with(consented: &mut Consented, end: &Happened) {
    let mut before: Vec<&Happened> =
        consented.events.iter().filter(|one| one.position < end.position).collect();
    before.sort_by_key(|one| one.position);
    let stood = before.iter().fold(ClassMask::NONE, |mask, one| match &one.event {
        Event::GrantMade(_) => ClassMask::ALL,
        Event::OptIn(event) => mask | event.classes,
        Event::OptOut(event) => mask.without(event.classes),
        _ => ClassMask::NONE,
    });
    if !stood.is_empty() && consented.expired.is_none_or(|at| end.time < at) {
        consented.expired = None;
        consented.events.push(end.clone());
    }
}

/// Classes that stand, or stood last, with the events by which the person last said so.
fn given(consented: &Consented) -> Vec<(ClassMask, &Happened)> {
    let mut left = consented.classes;
    let mut list = Vec::new();
    for one in consented.events.iter().rev() {
        let classes = match &one.event {
            Event::GrantMade(_) => left,
            Event::OptIn(event) => left & event.classes,
            _ => ClassMask::NONE,
        };
        if !classes.is_empty() {
            list.push((classes, one));
            left = left.without(classes);
        }
    }
    list
}

/// What was agreed, and what app and partner said about themselves, when the person consented.
#[derive(Default)]
struct Terms {
    purposes: BTreeSet<PurposeNo>,
    storage: Storage,
    app: Option<AppDetails>,
    partner: Option<PartnerDetails>,
}

fn agreed(
    store: &Store,
    register: &[Happened],
    of: (AppNo, PartnerNo),
    consented: &Consented,
) -> Result<Terms, StoreError> {
    let mut terms = Terms::default();
    for (classes, one) in given(consented) {
        let agreed = Agreed::before(register, of, (one.position, one.time));
        terms.purposes.extend(agreed.purposes(classes));
        terms.storage.extend(agreed.retention(classes));
        // The last word counts: with it the person saw what was said then.
        if terms.app.is_none()
            && let Some(digest) = agreed.app_details
        {
            terms.app = store.details_of(&digest)?.as_deref().and_then(AppDetails::read);
        }
        if terms.partner.is_none()
            && let Some(digest) = agreed.partner_details
        {
            terms.partner = store.details_of(&digest)?.as_deref().and_then(PartnerDetails::read);
        }
    }
    if let Some(own) = &consented.own_purposes {
        terms.purposes = own.iter().copied().collect();
    }
    Ok(terms)
}

const fn ends_chain(cause: usage::Cause, chain: Chain) -> bool {
    match (cause, chain) {
        (usage::Cause::GrantEnded(one), Chain::Grant(no)) => one.0 == no.0,
        (usage::Cause::Disabled(one, _), Chain::Installation(no)) => one.0 == no.0,
        _ => false,
    }
}

fn concerns(event: &Event, chain: Chain, person: PersonNo) -> bool {
    match (event, chain) {
        (Event::GrantMade(event), Chain::Grant(no)) => event.grant == no,
        (Event::GrantEnded(event), Chain::Grant(no)) => event.grant == no,
        (Event::OptIn(event), Chain::Installation(no)) => {
            event.installation == no && event.person == person
        }
        (Event::OptOut(event), Chain::Installation(no)) => {
            event.installation == no && event.person == person
        }
        _ => false,
    }
}

fn of_grant(
    state: &State,
    person: PersonNo,
    no: GrantNo,
    events: Vec<Happened>,
    now: Timestamp,
) -> Option<Consented> {
    let grant = state.grant(no).filter(|grant| grant.person == person)?;
    let until = state.ends_at(grant).max(grant.active_at);
    let has_expired = !grant.ended && state.ends_at(grant) <= now;
    Some(Consented {
        id: no.to_string(),
        app: grant.app,
        classes: grant.classes,
        own_purposes: grant.terms.as_ref().and_then(|terms| terms.purposes.clone()),
        until: Some(until),
        expired: has_expired.then_some(until),
        contexts: grant.contexts.clone(),
        is_ended: grant.ended,
        events,
        withdraw: "/privacy/recipients".to_owned(),
    })
}

fn of_opt_in(
    state: &State,
    person: PersonNo,
    no: InstallationNo,
    events: Vec<Happened>,
) -> Option<Consented> {
    let found = state.installation(no)?;
    let chosen = state.opted_in(person, no);
    // What stands is consented to, though the log's part that says since when may not be read in yet.
    if events.is_empty() && chosen.is_empty() {
        return None;
    }
    // What was taken back again is what the receipt is about then.
    let ever = events.iter().fold(ClassMask::NONE, |mask, one| match &one.event {
        Event::OptIn(event) => mask | event.classes,
        _ => mask,
    });
    let classes = if chosen.is_empty() { ever } else { chosen };
    Some(Consented {
        id: no.to_string(),
        app: found.app,
        classes,
        own_purposes: None,
        until: None,
        expired: None,
        contexts: vec![found.context],
        is_ended: chosen.is_empty() || found.ended,
        events,
        withdraw: "/privacy/recipients".to_owned(),
    })
}

/// That a part of the log is not read in yet, in plain words.
fn told((at, time): (Position, Timestamp)) -> String {
    let since = view::instant(time).unwrap_or_else(|| format!("entry {at}"));
    format!(
        "Entries since {since} are being read in again; this receipt may be incomplete until then."
    )
}

fn document(
    api: &Api,
    person: PersonNo,
    consented: &Consented,
    (terms, missing): (Terms, Option<(Position, Timestamp)>),
) -> Answer {
    let app = names::apps(api, [consented.app])?.remove(&consented.app).ok_or_else(unknown)?;
    let ids = PairwiseKey::derive(api.parts.keyring.pairwise(), consented.app);
    let subject = ids.seal(IdentifierKind::Person, person.0.into());
    let origin = origin(api.parts.issuer.as_str());
    let created = view::instant(api.store().now());
    let parties = Parties { app: &app, terms: &terms, subject };
    let (record, lacks) = {
        let state = api.store().state();
        let catalog = state.catalog().ok_or_else(unknown)?;
        record::record(Of { catalog, origin, person }, &parties, consented)
    };
    let identifier = format!("{}-{subject}", consented.id);
    let receipt = ConsentReceipt {
        context: json!({
            "dpv": "https://w3id.org/dpv#",
            "pd": "https://w3id.org/dpv/pd#",
            "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
            "loc": "https://w3id.org/dpv/loc#",
            "dct": "http://purl.org/dc/terms/",
            "schema": "https://schema.org/",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "bailment": format!("{origin}/ns/receipt#"),
        }),
        id: format!("{origin}/me/v1/receipts/{}", consented.id),
        kind: "dpv:ConsentReceipt",
        identifier,
        conforms_to: lacks.is_empty().then_some("https://w3id.org/dpv/schema/dpv-27560#receipt"),
        lacks,
        created,
        language: record::LANGUAGE,
        publisher: origin.to_owned(),
        recipient: "dpv:DataSubject",
        record,
        complete_to: missing.map(|(at, _)| at.0),
        description: missing.map(told),
    };
    let bytes = serde_json::to_vec_pretty(&receipt)
        .map_err(|_| Problem::new(500, "internal", "the answer could not be written"))?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    let name = format!("attachment; filename=\"receipt-{}.jsonld\"", consented.id);
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Scheme, host and port of an absolute URL.
fn origin(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..after + end)).unwrap_or(url)
}
