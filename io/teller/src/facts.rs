//! The facts of a notice as JSON: numbers and words of the vocabularies, no names.

use crate::texts::{outcome_word, status_word};
use catalog::Numbering;
use model::Timestamp;
use notices::{Channel, Details, Kind};
use serde_json::{Map, Value};

/// An instant as RFC 3339 in UTC with milliseconds.
pub(crate) fn instant(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
    Some(format!("{at:.3}"))
}

/// What a notice says, for programs. Groups stand in it by their number.
#[must_use]
pub fn facts(kind: Kind, details: &Details, numbering: &Numbering) -> Map<String, Value> {
    let class = |no| {
        let name = numbering.classes.iter().find(|(_, known)| **known == no);
        name.map_or_else(|| format!("class-{}", no.number()), |(name, _)| name.clone())
    };
    let classes = details.classes.map(|mask| mask.iter().map(class).collect::<Vec<_>>());
    let text = |value: Option<String>| value.map(Value::from);
    let program = details.program.map(|no| {
        let name = numbering.programs.iter().find(|(_, known)| **known == no);
        name.map_or_else(|| no.to_string(), |(name, _)| name.clone())
    });
    let pairs: [(&str, Option<Value>); 21] = [
        ("app", text(details.app.map(|no| no.to_string()))),
        ("partner", text(details.partner.map(|no| no.to_string()))),
        ("group", text(details.context.map(|no| no.to_string()))),
        ("installation", text(details.installation.map(|no| no.to_string()))),
        ("agreement", text(details.agreement.map(|no| no.to_string()))),
        ("certification", text(details.certification.map(|no| no.to_string()))),
        ("credential", text(details.credential.map(|no| no.to_string()))),
        ("program", text(program)),
        ("classes", classes.map(Value::from)),
        ("since", text(details.since.and_then(instant))),
        ("until", text(details.until.and_then(instant))),
        ("days", details.days.map(Value::from)),
        ("status", status_word(kind, details).map(Value::from)),
        ("outcome", outcome_word(kind, details).map(Value::from)),
        ("version", text(details.version.map(|version| version.to_string()))),
        ("case", text(details.case.map(|case| case.to_string()))),
        ("count", details.count.map(Value::from)),
        ("finding", text(details.finding.clone())),
        ("reason", details.reason.map(|reason| reason.word().into())),
        ("position", details.position.map(|at| at.0.into())),
        ("channel", details.channel.and_then(Channel::from_code).map(|one| one.word().into())),
    ];
    let mut out: Map<String, Value> = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect();
    if let Some(notice) = details.notice {
        out.insert("notice".to_owned(), format!("ntc_{notice}").into());
    }
    out
}
