//! What a partner must do with what it receives under an agreement: in the form that makes one, and on its page.

use super::forms::{field, hinted, lines, maybe_date, short};
use super::view::{FieldLine, Input};
use crate::classes;
use crate::dates;
use crate::form::Fields;
use consent::{Agreement, State};
use flows::staff::Terms;
use ledger::{Event, Retention};
use model::{AgreementNo, AppNo};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{General, Store};

/// The form's fields.
pub(super) fn fields(given: &Fields) -> Vec<FieldLine> {
    vec![
        hinted(
            "One a line: a class and a number of days, such as “member.name 30”. A class that is not named may be kept as long as its purpose needs it.",
            field("retention", "How long it may be kept", Input::Lines, given.raw("retention")),
        ),
        hinted(
            "Empty: nothing was agreed about it.",
            field(
                "anonymise_by",
                "Must be anonymised by",
                Input::MaybeDate,
                given.text("anonymise_by"),
            ),
        ),
        hinted(
            "One a line, by name: whom else the partner gives what it receives to.",
            field("sub_processors", "Sub-processors", Input::Lines, given.raw("sub_processors")),
        ),
        hinted(
            "The partner reads it. The contract itself is kept elsewhere.",
            field("terms", "Further terms", Input::Lines, given.raw("terms")),
        ),
    ]
}

/// The terms that were typed.
///
/// # Errors
/// What is wrong, and what to do.
pub(super) fn read(state: &State, fields: &Fields) -> Result<Terms, String> {
    let retention = lines(fields.raw("retention"));
    let retention = retention.iter().map(|line| kept(state, line)).collect::<Result<_, _>>()?;
    let sub_processors = lines(fields.raw("sub_processors"));
    let text = fields.text("terms");
    let text = (!text.is_empty() || !sub_processors.is_empty()).then(|| {
        let text = Some(text).filter(|text| !text.is_empty());
        json!({ "text": text, "sub_processors": sub_processors }).to_string()
    });
    Ok(Terms { retention, anonymise_by: maybe_date(fields, "anonymise_by")?, text })
}

/// `member.name 30`
fn kept(state: &State, line: &str) -> Result<Retention, String> {
    let wrong = || format!("“{}” is not a class and a number of days.", short(line));
    let (class, days) = line.rsplit_once([' ', '\t', ':']).ok_or_else(wrong)?;
    let days = days.parse().map_err(|_| wrong())?;
    let class = class.trim_end_matches([' ', '\t', ':']);
    let classes = classes::of_names(state, std::iter::once(class));
    if classes.is_empty() {
        return Err(format!("The catalog has no class “{}”.", short(class)));
    }
    Ok(Retention { classes, days })
}

/// What an agreement's page says of its terms.
pub(super) fn facts(
    store: &Store,
    no: AgreementNo,
    agreement: &Agreement,
) -> Result<Vec<(&'static str, String)>, sequence::StoreError> {
    let mut facts = Vec::new();
    for one in &agreement.retention {
        let titles = classes::titles(&store.state(), one.classes);
        facts.push(("May be kept", format!("{titles}: {}", dates::length(one.days.into()))));
    }
    if let Some(by) = agreement.anonymise_by {
        facts.push(("Must be anonymised by", dates::day(by)));
    }
    if let Some(told) = further(store, no, agreement.app)? {
        let text = told.get("text").and_then(Value::as_str);
        facts.extend(text.map(|text| ("Further terms", text.to_owned())));
        let others = told.get("sub_processors").and_then(Value::as_array);
        let names = others.into_iter().flatten().filter_map(Value::as_str);
        facts.extend(names.map(|name| ("Sub-processor", name.to_owned())));
    }
    Ok(facts)
}

/// The terms that stand in the vault.
fn further(
    store: &Store,
    no: AgreementNo,
    app: AppNo,
) -> Result<Option<Value>, sequence::StoreError> {
    let events = store.register_events(&BTreeSet::new(), &BTreeSet::from([app]), General::Not)?;
    let digest = events.into_iter().find_map(|one| match one.event {
        Event::AgreementMade(made) if made.agreement == no => made.terms,
        _ => None,
    });
    let Some(digest) = digest else { return Ok(None) };
    Ok(store.note(&digest)?.and_then(|text| serde_json::from_str(&text).ok()))
}
