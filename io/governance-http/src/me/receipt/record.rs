//! The record that a receipt is a copy of, in the terms of the Data Privacy Vocabulary, and what it lacks of the profile.

use super::{Consented, Terms, origin};
use crate::view;
use catalog::{AboutKind, Catalog};
use flows::staff::{Contact, PartnerDetails, PartnerRole};
use ledger::{Event, Retention};
use model::{ClassMask, PersonNo};
use oauth::pairwise::PairwiseId;
use serde_json::{Map, Value, json};

/// The language that the pages which ask say of themselves; receipts have words of theirs.
pub(super) const LANGUAGE: &str = "en";
/// The profile of ISO/IEC TS 27560 for records.
const PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#record";

/// How long classes may be kept, as agreements say.
pub(super) type Storage = Vec<Retention>;

/// What a record is written from, beside the consent itself.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) origin: &'a str,
    pub(super) person: PersonNo,
}

/// Who stands in a record.
pub(super) struct Parties<'a> {
    pub(super) app: &'a view::AppRef,
    pub(super) terms: &'a Terms,
    /// The person as the app knows them.
    pub(super) subject: PairwiseId,
}

/// The record, and the mandatory fields of the profile that it lacks, in the words of the guide.
pub(super) fn record(
    of: Of<'_>,
    parties: &Parties<'_>,
    consented: &Consented,
) -> (Value, Vec<String>) {
    let Of { origin, person, .. } = of;
    let withdraw = format!("{origin}{}", consented.withdraw);
    let mut record = json!({
        "@id": format!("{origin}/me/v1/receipts/{}#record", consented.id),
        "@type": "dpv:ConsentRecord",
        "dct:identifier": consented.id,
        "dct:language": LANGUAGE,
        "dpv:hasDataSubject": { "@id": format!("urn:bailment:{}", parties.subject), "@type": "dpv:DataSubject" },
        "dpv:hasDataController": origin,
        "dpv:hasLegalBasis": ["dpv:Consent"],
        "dpv:hasProcess": [process(of, parties, consented)],
        "dpv:hasEntity": entities(of, parties),
        "dpv:hasConsentStatus": statuses(consented, person, &withdraw),
        "dpv:hasRight": [{
            "@type": ["dpv:DataSubjectRight", "eu-gdpr:A7-3"],
            "dct:title": "Withdraw this consent",
            "dpv:hasConsentControl": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": withdraw,
        }],
    });
    let unsaid = consented.classes.without(
        parties.terms.storage.iter().fold(ClassMask::NONE, |mask, one| mask | one.classes),
    );
    let mut lacks = lacking(&record);
    if !unsaid.is_empty() && !lacks.iter().any(|one| one == RETENTION) {
        lacks.push(RETENTION.to_owned());
    }
    if let Some(record) = record.as_object_mut().filter(|_| lacks.is_empty()) {
        record.insert("dct:conformsTo".to_owned(), json!(PROFILE));
    }
    (record, lacks)
}

fn recipient(of: Of<'_>, parties: &Parties<'_>) -> String {
    format!("{}/apps/{}", of.origin, parties.app.app)
}

fn sub_processor(recipient: &str, index: usize) -> String {
    format!("{recipient}#sub-processor-{}", index + 1)
}

fn process(of: Of<'_>, parties: &Parties<'_>, consented: &Consented) -> Value {
    let terms = parties.terms;
    let concepts = |kind, about| -> Vec<Value> {
        let classes = of.catalog.classes.iter();
        classes
            .filter(|class| consented.classes.has(class.number) && class.about == about)
            .map(|class| concept(kind, &class.name, &class.title, class.dpv.as_deref()))
            .collect()
    };
    let purposes = of.catalog.purposes.iter();
    let purposes: Vec<Value> = purposes
        .filter(|purpose| terms.purposes.contains(&purpose.number))
        .map(|one| concept("dpv:Purpose", &one.name, &one.title, one.dpv.as_deref()))
        .collect();
    let mut processing = vec![json!("dpv:MakeAvailable")];
    processing.extend(concepts("dpv:Processing", AboutKind::Action));
    let contexts: Vec<String> = consented.contexts.iter().map(ToString::to_string).collect();
    let duration = match consented.until.and_then(view::instant) {
        Some(until) => json!({ "@type": ["dpv:UntilTimeDuration"], "rdf:value": until }),
        None => {
            json!({ "@type": ["dpv:UntilEventDuration"], "rdf:value": "until it is withdrawn" })
        }
    };
    let recipient = recipient(of, parties);
    let others = terms.app.iter().flat_map(|app| &app.sub_processors).enumerate();
    let others: Vec<String> = others.map(|(index, _)| sub_processor(&recipient, index)).collect();
    let recipients: Vec<String> = std::iter::once(recipient).chain(others).collect();
    let mut process = json!({
        "@type": "dpv:Process",
        "dpv:hasPurpose": purposes,
        "dpv:hasPersonalData": concepts("dpv:PersonalData", AboutKind::Person),
        "dpv:hasProcessing": processing,
        "dpv:hasDataSource": ["dpv:DataControllerDataSource"],
        "dpv:hasRecipient": recipients,
        "dpv:hasDuration": duration,
        "bailment:group": contexts,
    });
    if let Some(fields) = process.as_object_mut() {
        if let Some(app) = &terms.app {
            let notice = json!([{ "@id": app.privacy_policy, "@type": ["dpv:PrivacyNotice"] }]);
            fields.insert("dpv:hasNotice".to_owned(), notice);
        }
        if let Some(partner) = &terms.partner {
            fields.insert("dpv:hasJurisdiction".to_owned(), json!([place(&partner.country)]));
        }
        let kept: Vec<Value> = terms.storage.iter().map(|one| kept(of.catalog, *one)).collect();
        if !kept.is_empty() {
            fields.insert("dpv:hasStorageCondition".to_owned(), json!(kept));
        }
    }
    process
}

/// A country as the vocabulary's list of places names it.
fn place(country: &str) -> String {
    format!("loc:{country}")
}

/// How long classes may be kept. Where they are kept nobody says: a partner's seat is no place of storage.
fn kept(catalog: &Catalog, retention: Retention) -> Value {
    let classes = catalog.classes.iter().filter(|class| retention.classes.has(class.number));
    let names: Vec<&str> = classes.map(|class| class.name.as_str()).collect();
    json!({
        "@type": ["dpv:StorageDuration"],
        "dpv:hasDuration": {
            "@type": ["dpv:TemporalDuration"],
            "rdf:value": format!("P{}D", retention.days),
        },
        "dct:description": "from each disclosure on",
        "bailment:class": names,
    })
}

fn entities(of: Of<'_>, parties: &Parties<'_>) -> Value {
    let terms = parties.terms;
    let recipient = recipient(of, parties);
    let mut entities = Map::new();
    let controller = json!({ "@type": ["dpv:DataController"], "dct:identifier": of.origin });
    entities.insert(of.origin.to_owned(), controller);
    for (index, one) in terms.app.iter().flat_map(|app| &app.sub_processors).enumerate() {
        let other = json!({
            "@type": ["dpv:DataSubProcessor"],
            "dpv:hasName": one.name,
            "dct:description": one.service,
            "dpv:hasJurisdiction": [place(&one.country)],
        });
        entities.insert(sub_processor(&recipient, index), other);
    }
    let mut fields = json!({
        "@type": roles(terms.partner.as_ref().map(|partner| partner.role)),
        "dpv:hasName": parties.app.partner,
        "dpv:hasService": parties.app.name,
        "dct:identifier": parties.app.app,
    });
    if let (Some(fields), Some(partner)) = (fields.as_object_mut(), &terms.partner) {
        fields.insert("schema:legalName".to_owned(), json!(partner.legal_entity));
        fields.insert("dpv:hasJurisdiction".to_owned(), json!([place(&partner.country)]));
        if let Some(contact) = contact(partner) {
            let about =
                json!({ "@id": format!("mailto:{}", contact.email), "dct:title": contact.about });
            fields.insert("dpv:hasContact".to_owned(), json!([about]));
        }
    }
    entities.insert(recipient, fields);
    Value::Object(entities)
}

/// The contact for privacy, or else the first.
fn contact(partner: &PartnerDetails) -> Option<&Contact> {
    let privacy = |one: &&Contact| one.about.to_lowercase().contains("privacy");
    partner.contacts.iter().find(privacy).or_else(|| partner.contacts.first())
}

/// What a partner is, as far as it said so. Who acts on somebody else's behalf is no third party (GDPR art. 4(10)).
const fn roles(role: Option<PartnerRole>) -> &'static [&'static str] {
    match role {
        Some(PartnerRole::Controller) => &["dpv:DataController", "dpv:Recipient", "dpv:ThirdParty"],
        Some(PartnerRole::Processor) => &["dpv:DataProcessor", "dpv:Recipient"],
        None => &["dpv:Recipient"],
    }
}

const RETENTION: &str = "retention period";

/// Where the profile's mandatory fields of a record stand; the schema's version and the receipt's own id are not of the record.
const MANDATORY: &[(&str, &str)] = &[
    ("record id", "/dct:identifier"),
    ("pii principal id", "/dpv:hasDataSubject/@id"),
    ("privacy notice", "/dpv:hasProcess/0/dpv:hasNotice"),
    ("language", "/dct:language"),
    ("purpose", "/dpv:hasProcess/0/dpv:hasPurpose"),
    ("pii information", "/dpv:hasProcess/0/dpv:hasPersonalData"),
    ("pii controllers", "/dpv:hasDataController"),
    ("jurisdiction", "/dpv:hasProcess/0/dpv:hasJurisdiction"),
    ("recipient third parties", "/dpv:hasProcess/0/dpv:hasRecipient"),
    ("withdrawal method", "/dpv:hasRight/0/dpv:hasConsentControl"),
    ("event time", "/dpv:hasConsentStatus/0/dpv:isIndicatedAtTime"),
    ("event state", "/dpv:hasConsentStatus/0/@type"),
    ("event type", "/dpv:hasLegalBasis"),
    ("entity id", "/dpv:hasConsentStatus/0/dpv:isIndicatedBy"),
    ("validity duration", "/dpv:hasProcess/0/dpv:hasDuration"),
];
/// And those of each storage condition, by its type.
const STORAGE: &[(&str, &str)] =
    &[("storage locations", "dpv:StorageLocation"), (RETENTION, "dpv:StorageDuration")];
/// And those of every party.
const OF_PARTY: &[(&str, &str)] = &[
    ("party id", "dct:identifier"),
    ("party name", "dpv:hasName"),
    ("party address", "dpv:hasAddress"),
    ("party contact", "dpv:hasContact"),
    ("party type", "@type"),
];

fn is_there(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => true,
    }
}

/// Mandatory fields that a record lacks; of parties with whose they are.
fn lacking(record: &Value) -> Vec<String> {
    let lacks = MANDATORY.iter().filter(|(_, at)| !is_there(record.pointer(at)));
    let mut list: Vec<String> = lacks.map(|(field, _)| (*field).to_owned()).collect();
    let conditions = record.pointer("/dpv:hasProcess/0/dpv:hasStorageCondition");
    let conditions = conditions.and_then(Value::as_array).into_iter().flatten();
    let types: Vec<&Value> =
        conditions.filter_map(|one| one.get("@type").and_then(Value::as_array)).flatten().collect();
    let missing = STORAGE.iter().filter(|(_, kind)| !types.iter().any(|one| *one == kind));
    list.extend(missing.map(|(field, _)| (*field).to_owned()));
    let entities = record.get("dpv:hasEntity").and_then(Value::as_object);
    for (id, entity) in entities.into_iter().flatten() {
        let missing = OF_PARTY.iter().filter(|(_, key)| !is_there(entity.get(*key)));
        list.extend(missing.map(|(field, _)| format!("{field} of {id}")));
    }
    list
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
    if let Some(at) = consented.expired {
        list.push(json!({
            "@type": ["dpv:ConsentExpired"],
            "dpv:isIndicatedAtTime": view::instant(at),
            "dpv:isExercisedAt": page,
        }));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record that has every mandatory field.
    fn whole() -> Value {
        json!({
            "dct:identifier": "grt_1",
            "dct:language": "en",
            "dpv:hasDataSubject": { "@id": "urn:bailment:x" },
            "dpv:hasDataController": "https://platform.example",
            "dpv:hasLegalBasis": ["dpv:Consent"],
            "dpv:hasProcess": [{
                "dpv:hasNotice": [{ "@id": "https://acme.example/privacy" }],
                "dpv:hasPurpose": [{}],
                "dpv:hasPersonalData": [{}],
                "dpv:hasJurisdiction": ["loc:GB"],
                "dpv:hasRecipient": ["https://platform.example/apps/app_1"],
                "dpv:hasDuration": { "rdf:value": "until it is withdrawn" },
                "dpv:hasStorageCondition": [
                    { "@type": ["dpv:StorageLocation"] }, { "@type": ["dpv:StorageDuration"] },
                ],
            }],
            "dpv:hasEntity": { "them": {
                "dct:identifier": "app_1", "@type": ["dpv:Recipient"], "dpv:hasName": "Acme Ltd",
                "dpv:hasAddress": "1 Street", "dpv:hasContact": ["mailto:dpo@acme.example"],
            } },
            "dpv:hasConsentStatus": [{
                "@type": ["dpv:ConsentGiven"], "dpv:isIndicatedAtTime": "2026-01-01T00:00:00Z",
                "dpv:isIndicatedBy": "dpv:DataSubject",
            }],
            "dpv:hasRight": [{ "dpv:hasConsentControl": "dpv:WithdrawConsent" }],
        })
    }

    #[test]
    fn each_mandatory_field_that_is_not_there_is_named() {
        assert_eq!(lacking(&whole()), Vec::<String>::new());
        for (field, at) in MANDATORY {
            for nothing in [Value::Null, json!([]), json!("")] {
                let mut record = whole();
                *record.pointer_mut(at).unwrap() = nothing;
                assert_eq!(lacking(&record), [*field], "{at}");
            }
        }
        for (index, (field, _)) in STORAGE.iter().enumerate() {
            let mut record = whole();
            let at = "/dpv:hasProcess/0/dpv:hasStorageCondition";
            record.pointer_mut(at).unwrap().as_array_mut().unwrap().remove(index);
            assert_eq!(lacking(&record), [*field]);
        }
        for (field, key) in OF_PARTY {
            let mut record = whole();
            record.pointer_mut("/dpv:hasEntity/them").unwrap()[*key] = Value::Null;
            assert_eq!(lacking(&record), [format!("{field} of them")]);
        }
    }

    #[test]
    fn a_partner_is_what_it_said_it_is() {
        assert_eq!(roles(Some(PartnerRole::Processor)), ["dpv:DataProcessor", "dpv:Recipient"]);
        assert!(roles(Some(PartnerRole::Controller)).contains(&"dpv:ThirdParty"));
        assert_eq!(roles(None), ["dpv:Recipient"], "it said nothing");
    }
}
