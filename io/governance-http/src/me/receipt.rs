//! Consent receipts: ISO/IEC TS 27560:2023 as JSON-LD, in terms of the W3C Data Privacy Vocabulary (its guide to 27560).
//!
//! A receipt holds a copy of one consent record. The partner and the app are named; the person stands in it by the id under which
//! this app knows them: shown to the partner it says of whom it speaks, shown to another it says nothing.

use super::recipients;
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::Answer;
use crate::view;
use axum::body::Body;
use axum::response::Response;
use catalog::{AboutKind, Catalog};
use consent::State;
use edge::Problem;
use http::{HeaderValue, header};
use ledger::Event;
use model::{
    AppNo, Chain, ClassMask, GrantNo, IdentifierKind, InstallationNo, PersonNo, Position,
    PurposeNo, Timestamp,
};
use oauth::pairwise::{PairwiseId, PairwiseKey};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use usage::Happened;
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
    /// The profile of TS 27560 that it follows.
    #[serde(rename = "dct:conformsTo")]
    conforms_to: &'static str,
    #[serde(rename = "dct:created")]
    created: Option<String>,
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
    purposes: Vec<PurposeNo>,
    until: Option<Timestamp>,
    contexts: Vec<model::ContextNo>,
    is_over: bool,
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
    let read = tokio::task::spawn_blocking(move || store.events_of(person)).await;
    let interrupted = |_| Problem::new(503, "log-unavailable", "the log could not be read");
    let events = read.map_err(interrupted)?.map_err(unreadable)?;
    let events = events
        .into_iter()
        .map(|one| Happened { position: one.position, time: one.time, event: one.event })
        .filter(|one| concerns(&one.event, chain, person))
        .collect();
    let mut consented = match chain {
        Chain::Grant(no) => of_grant(&api.store().state(), person, no, events, api.store().now()),
        Chain::Installation(no) => of_opt_in(&api.store().state(), person, no, events),
    }
    .ok_or_else(|| match (chain, missing) {
        (Chain::Installation(_), Some(_)) => untold(),
        (Chain::Grant(_), _) | (Chain::Installation(_), None) => unknown(),
    })?;
    if consented.is_over {
        // Who else than the person may have ended it is told with the recipients.
        let found = recipients::read(&api, person).await?;
        let ends = found.iter().flat_map(|one| &one.ended);
        let other =
            ends.filter(|over| ends_chain(over.cause, chain)).find_map(|over| over.position);
        let known = |at: Position| consented.events.iter().any(|one| one.position == at);
        if let Some(at) = other.filter(|at| !known(*at))
            && let Some(stored) = api.store().entry(at).map_err(unreadable)?
            && let Ok(Some(ledger::Payload::Control(event))) = stored.read_payload()
        {
            consented.events.push(Happened { position: at, time: stored.time, event });
        }
    }
    document(&api, person, &consented, missing)
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

/// Purposes for which an app's agreements cover any of these classes.
fn purposes(state: &State, app: AppNo, classes: ClassMask) -> Vec<PurposeNo> {
    let found = state.app(app).into_iter().flat_map(|app| &app.agreements);
    let covering = found
        .filter_map(|no| state.agreement(*no))
        .filter(|one| !one.ended && !(one.classes & classes).is_empty());
    let all: BTreeSet<PurposeNo> = covering.flat_map(|one| one.purposes.iter().copied()).collect();
    all.into_iter().collect()
}

fn of_grant(
    state: &State,
    person: PersonNo,
    no: GrantNo,
    events: Vec<Happened>,
    now: Timestamp,
) -> Option<Consented> {
    let grant = state.grant(no).filter(|grant| grant.person == person)?;
    // What the person said it is for holds, whatever agreements say; a grant that names no purpose is for what they name.
    let own = grant.terms.as_ref().and_then(|terms| terms.purposes.clone());
    Some(Consented {
        id: no.to_string(),
        app: grant.app,
        classes: grant.classes,
        purposes: own.unwrap_or_else(|| purposes(state, grant.app, grant.classes)),
        until: Some(state.ends_at(grant).max(grant.active_at)),
        contexts: grant.contexts.clone(),
        is_over: grant.ended || state.ends_at(grant) <= now,
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
        purposes: purposes(state, found.app, classes),
        until: None,
        contexts: vec![found.context],
        is_over: chosen.is_empty() || found.ended,
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
    missing: Option<(Position, Timestamp)>,
) -> Answer {
    let app = names::apps(api, [consented.app])?.remove(&consented.app).ok_or_else(unknown)?;
    let ids = PairwiseKey::derive(api.parts.keyring.pairwise(), consented.app);
    let subject = ids.seal(IdentifierKind::Person, person.0.into());
    let origin = origin(api.parts.issuer.as_str());
    let created = view::instant(api.store().now());
    let record = {
        let state = api.store().state();
        let catalog = state.catalog().ok_or_else(unknown)?;
        record(catalog, origin, (Whom { person, subject }, &app), consented)
    };
    let identifier = format!("{}-{subject}", consented.id);
    let receipt = ConsentReceipt {
        context: json!({
            "dpv": "https://w3id.org/dpv#",
            "pd": "https://w3id.org/dpv/pd#",
            "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
            "dct": "http://purl.org/dc/terms/",
            "schema": "https://schema.org/",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "bailment": format!("{origin}/ns/receipt#"),
        }),
        id: format!("{origin}/me/v1/receipts/{}", consented.id),
        kind: "dpv:ConsentReceipt",
        identifier,
        conforms_to: "https://w3id.org/dpv/schema/dpv-27560#receipt",
        created,
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

/// The person of a receipt.
#[derive(Clone, Copy)]
struct Whom {
    person: PersonNo,
    /// As the app knows them.
    subject: PairwiseId,
}

fn record(
    catalog: &Catalog,
    origin: &str,
    (whom, app): (Whom, &view::AppRef),
    consented: &Consented,
) -> Value {
    let recipient = format!("{origin}/apps/{}", app.app);
    let data: Vec<Value> = catalog
        .classes
        .iter()
        .filter(|class| consented.classes.has(class.number) && class.about == AboutKind::Person)
        .map(|class| concept("dpv:PersonalData", &class.name, &class.title, class.dpv.as_deref()))
        .collect();
    let actions: Vec<Value> = catalog
        .classes
        .iter()
        .filter(|class| consented.classes.has(class.number) && class.about == AboutKind::Action)
        .map(|class| concept("dpv:Processing", &class.name, &class.title, class.dpv.as_deref()))
        .collect();
    let purposes: Vec<Value> = catalog
        .purposes
        .iter()
        .filter(|purpose| consented.purposes.contains(&purpose.number))
        .map(|one| concept("dpv:Purpose", &one.name, &one.title, one.dpv.as_deref()))
        .collect();
    let mut processing = vec![json!("dpv:MakeAvailable")];
    processing.extend(actions);
    let contexts: Vec<String> = consented.contexts.iter().map(ToString::to_string).collect();
    let duration = match consented.until.and_then(view::instant) {
        Some(until) => json!({ "@type": ["dpv:UntilTimeDuration"], "rdf:value": until }),
        None => {
            json!({ "@type": ["dpv:UntilEventDuration"], "rdf:value": "until it is withdrawn" })
        }
    };
    let withdraw = format!("{origin}{}", consented.withdraw);
    json!({
        "@id": format!("{origin}/me/v1/receipts/{}#record", consented.id),
        "@type": "dpv:ConsentRecord",
        "dct:identifier": consented.id,
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dpv:hasDataSubject": { "@id": format!("urn:bailment:{}", whom.subject), "@type": "dpv:DataSubject" },
        "dpv:hasDataController": origin,
        "dpv:hasLegalBasis": ["dpv:Consent"],
        "dpv:hasProcess": [{
            "@type": "dpv:Process",
            "dpv:hasPurpose": purposes,
            "dpv:hasPersonalData": data,
            "dpv:hasProcessing": processing,
            "dpv:hasDataSource": ["dpv:DataControllerDataSource"],
            "dpv:hasRecipient": [recipient],
            "dpv:hasDuration": duration,
            "bailment:group": contexts,
        }],
        "dpv:hasEntity": {
            origin: { "@type": ["dpv:DataController"] },
            recipient: {
                "@type": ["dpv:Recipient", "dpv:ThirdParty"],
                "dpv:hasName": app.partner,
                "dpv:hasService": app.name,
                "dct:identifier": app.app,
            },
        },
        "dpv:hasConsentStatus": statuses(consented, whom.person, &withdraw),
        "dpv:hasRight": [{
            "@type": ["dpv:DataSubjectRight", "eu-gdpr:A7-3"],
            "dct:title": "Withdraw this consent",
            "dpv:hasConsentControl": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": withdraw,
        }],
    })
}

/// A term of the catalog under the vocabulary's term that it names.
fn concept(kind: &str, name: &str, title: &str, dpv: Option<&str>) -> Value {
    json!({
        "@type": [kind],
        "dct:identifier": name,
        "skos:prefLabel": title,
        "skos:broader": dpv.into_iter().collect::<Vec<_>>(),
    })
}

/// Where it was said.
fn page_of(event: &Event, recipients: &str) -> String {
    let origin = origin(recipients);
    match event {
        Event::GrantMade(_) => format!("{origin}/oauth/authorize"),
        Event::OptIn(event) => format!("{origin}/privacy/apps/{}", event.app),
        _ => recipients.to_owned(),
    }
}

/// What was said, event by event, each with its place in the log.
fn statuses(consented: &Consented, person: PersonNo, page: &str) -> Vec<Value> {
    let mut given = false;
    let mut list: Vec<Value> = consented
        .events
        .iter()
        .map(|one| {
            let by_person =
                one.event.why().is_some_and(|why| why.by == model::Actor::Person(person));
            let status = match (&one.event, by_person) {
                (Event::GrantMade(_) | Event::OptIn(_), _) if given => "dpv:RenewedConsentGiven",
                (Event::GrantMade(_) | Event::OptIn(_), _) => "dpv:ConsentGiven",
                (_, true) => "dpv:ConsentWithdrawn",
                (_, false) => "dpv:ConsentRevoked",
            };
            given |= status == "dpv:ConsentGiven";
            json!({
                "@type": [status, "dpv:ExplicitlyExpressedConsent"],
                "dpv:isIndicatedAtTime": view::instant(one.time),
                "dpv:isIndicatedBy": if by_person { "dpv:DataSubject" } else { "dpv:Entity" },
                "dpv:isExercisedAt": page_of(&one.event, page),
                "bailment:position": one.position.0,
                "bailment:event": one.event.word(),
            })
        })
        .collect();
    let expired = consented.until.filter(|_| consented.is_over);
    let ended = consented.events.iter().any(|one| matches!(one.event, Event::GrantEnded(_)));
    if let Some(at) = expired.filter(|_| !ended) {
        list.push(json!({
            "@type": ["dpv:ConsentExpired"],
            "dpv:isIndicatedAtTime": view::instant(at),
            "dpv:isExercisedAt": page,
        }));
    }
    list
}
