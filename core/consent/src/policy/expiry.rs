//! The part of a policy that is about time.

use super::{ClassExpiry, Expiry, PolicyMistake, mistake};
use serde_json::{Map, Value};

/// Ten years: what should not end by itself is left out instead.
const DAYS_MAX: u64 = 3_660;

const DAYS: &[&str] =
    &["idle_days", "grant_days", "grant_max_days", "certification_days", "acknowledge_days"];

pub(super) fn parse(value: Option<&Value>, mistakes: &mut Vec<PolicyMistake>) -> Expiry {
    let entries = match value {
        None => return Expiry::default(),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            mistakes.push(mistake("/expiry", "is not an object"));
            return Expiry::default();
        }
    };
    for key in entries.keys() {
        if key != "classes" && !DAYS.contains(&key.as_str()) {
            let known = format!("unknown key; known: {}, classes", DAYS.join(", "));
            mistakes.push(mistake(format!("/expiry/{key}"), known));
        }
    }
    let mut days = |key: &str| read_days(entries, "/expiry", key, mistakes);
    let mut expiry = Expiry {
        idle_days: days("idle_days"),
        grant_days: days("grant_days"),
        grant_max_days: days("grant_max_days"),
        certification_days: days("certification_days"),
        acknowledge_days: days("acknowledge_days"),
        classes: Default::default(),
    };
    if let (Some(usual), Some(most)) = (expiry.grant_days, expiry.grant_max_days)
        && usual > most
    {
        mistakes.push(mistake("/expiry/grant_days", "is more than `grant_max_days`"));
    }
    match entries.get("classes") {
        None => {}
        Some(Value::Object(classes)) => {
            for (class, body) in classes {
                expiry.classes.insert(class.clone(), parse_class(class, body, mistakes));
            }
        }
        Some(_) => mistakes.push(mistake("/expiry/classes", "is not an object of class names")),
    }
    expiry
}

fn parse_class(class: &str, body: &Value, mistakes: &mut Vec<PolicyMistake>) -> ClassExpiry {
    let pointer = format!("/expiry/classes/{class}");
    let Value::Object(entries) = body else {
        mistakes.push(mistake(pointer, "is not an object"));
        return ClassExpiry::default();
    };
    for key in entries.keys() {
        if !["days", "max_days", "unused_days", "once"].contains(&key.as_str()) {
            let known = "unknown key; known: days, max_days, unused_days, once";
            mistakes.push(mistake(format!("{pointer}/{key}"), known));
        }
    }
    let once = match entries.get("once") {
        None => false,
        Some(Value::Bool(once)) => *once,
        Some(_) => {
            mistakes.push(mistake(format!("{pointer}/once"), "is neither true nor false"));
            false
        }
    };
    let mut days = |key: &str| read_days(entries, &pointer, key, mistakes);
    let (usual, most) = (days("days"), days("max_days"));
    if let (Some(usual), Some(most)) = (usual, most)
        && usual > most
    {
        mistakes.push(mistake(format!("{pointer}/days"), "is more than `max_days`"));
    }
    ClassExpiry {
        days: usual,
        max_days: most,
        unused_days: read_days(entries, &pointer, "unused_days", mistakes),
        once,
    }
}

fn read_days(
    entries: &Map<String, Value>,
    pointer: &str,
    key: &str,
    mistakes: &mut Vec<PolicyMistake>,
) -> Option<u32> {
    let value = entries.get(key)?;
    match value.as_u64().filter(|days| (1..=DAYS_MAX).contains(days)) {
        Some(days) => u32::try_from(days).ok(),
        None => {
            let problem = format!("is no whole number of days from 1 to {DAYS_MAX}");
            mistakes.push(mistake(format!("{pointer}/{key}"), problem));
            None
        }
    }
}

impl Expiry {
    /// Keys in alphabetical order; empty where nothing is said.
    pub(super) fn json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        let days = |map: &mut Map<String, Value>, key: &str, days: Option<u32>| {
            if let Some(days) = days {
                map.insert(key.to_owned(), days.into());
            }
        };
        days(&mut map, "acknowledge_days", self.acknowledge_days);
        days(&mut map, "certification_days", self.certification_days);
        if !self.classes.is_empty() {
            let classes: Map<String, Value> = self
                .classes
                .iter()
                .map(|(class, said)| {
                    let mut body = Map::new();
                    days(&mut body, "days", said.days);
                    days(&mut body, "max_days", said.max_days);
                    if said.once {
                        body.insert("once".to_owned(), true.into());
                    }
                    days(&mut body, "unused_days", said.unused_days);
                    (class.clone(), body.into())
                })
                .collect();
            map.insert("classes".to_owned(), classes.into());
        }
        days(&mut map, "grant_days", self.grant_days);
        days(&mut map, "grant_max_days", self.grant_max_days);
        days(&mut map, "idle_days", self.idle_days);
        map
    }
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    /// The pointers of the mistakes in what is said of one class; nothing wrong: it is written as it was read.
    fn check(said: &str, expected: &[&str]) {
        let text = format!(
            r#"{{"expiry":{{"classes":{{"member.name":{said}}}}},"policy":"p","programs":{{}},"title":"P"}}"#
        );
        let pointers = match Policy::parse(text.as_bytes()) {
            Ok(policy) => {
                assert_eq!(String::from_utf8(policy.canonical()).unwrap(), text);
                Vec::new()
            }
            Err(mistakes) => mistakes.into_iter().map(|one| one.pointer).collect(),
        };
        let expected: Vec<String> =
            expected.iter().map(|at| format!("/expiry/classes/member.name/{at}")).collect();
        assert_eq!(pointers, expected, "{said}");
    }

    #[test]
    fn the_usual_time_of_a_class_is_within_its_longest() {
        check(r#"{"days":7,"max_days":30,"once":true,"unused_days":28}"#, &[]);
        check(r#"{"days":30,"max_days":30}"#, &[]);
        check(r#"{"days":400}"#, &[]);
        check(r#"{"days":31,"max_days":30}"#, &["days"]);
        check(r#"{"days":0}"#, &["days"]);
        // Documents from before there was one are the same bytes.
        check(r#"{"max_days":30,"unused_days":28}"#, &[]);
    }
}
