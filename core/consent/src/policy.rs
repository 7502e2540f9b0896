//! A policy revision: which conditions each class needs in each program, in force from its activation on.

mod expiry;

use catalog::{AboutKind, Catalog};
use model::{ClassNo, Millis, Need, ProgramNo, limits};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a policy says of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClassRule {
    /// These conditions, instead of the catalog's.
    Needs(Vec<Need>),
    /// Never.
    Withheld,
}

/// A policy document, parsed. Names are resolved against the catalog when rules are compiled, so that a policy can be
/// written before the catalog that brings a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    name: String,
    title: String,
    programs: BTreeMap<String, BTreeMap<String, ClassRule>>,
    expiry: Expiry,
}

/// What a policy says of one class's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassExpiry {
    /// Days after which a grant's right to it ends unless the person chose how long the grant lasts.
    pub days: Option<u32>,
    /// Days after which a grant's right to it ends at the latest.
    pub max_days: Option<u32>,
    /// Days after which it ends for an app that does not use it.
    pub unused_days: Option<u32>,
    /// Whether people may allow it for one time.
    pub once: bool,
}

/// What a policy says of time. What it does not name does not end by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expiry {
    /// Days without the person's activity after which a grant ends.
    pub idle_days: Option<u32>,
    /// Days of a grant unless the person chose less.
    pub grant_days: Option<u32>,
    /// Days of a grant at most.
    pub grant_max_days: Option<u32>,
    /// Days of a certification unless it says less.
    pub certification_days: Option<u32>,
    /// Days within which a report must be acknowledged.
    pub acknowledge_days: Option<u32>,
    /// By class.
    pub classes: BTreeMap<String, ClassExpiry>,
}

/// Something in a policy document that cannot be enforced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct PolicyMistake {
    /// RFC 6901 pointer.
    pub pointer: String,
    /// What is wrong and what to do.
    pub problem: String,
}

fn mistake(pointer: impl Into<String>, problem: impl Into<String>) -> PolicyMistake {
    PolicyMistake { pointer: pointer.into(), problem: problem.into() }
}

impl Policy {
    /// Parses a document: `{"policy": NAME, "title": TEXT, "programs": {PROGRAM: {"classes": {CLASS: [NEED…] | "withheld"}}},
    /// "expiry": {…}}` (docs/policy.md).
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<PolicyMistake>> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|e| vec![mistake("", format!("not JSON: {e}"))])?;
        let mut mistakes = Vec::new();
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("policy").filter(|name| !name.is_empty());
        if name.is_none() {
            mistakes
                .push(mistake("/policy", "a policy needs a name, for example `groups-2018-04`"));
        }
        for key in value.as_object().into_iter().flatten().map(|(key, _)| key) {
            if !["policy", "title", "programs", "expiry"].contains(&key.as_str()) {
                mistakes.push(mistake(
                    format!("/{key}"),
                    "unknown key; known: policy, title, programs, expiry",
                ));
            }
        }
        let mut programs = BTreeMap::new();
        match value.get("programs").and_then(Value::as_object) {
            None => mistakes.push(mistake("/programs", "an object of programs is missing")),
            Some(entries) => {
                for (program, body) in entries {
                    let classes = parse_classes(program, body, &mut mistakes);
                    programs.insert(program.clone(), classes);
                }
            }
        }
        let expiry = expiry::parse(value.get("expiry"), &mut mistakes);
        match name {
            Some(name) if mistakes.is_empty() => {
                Ok(Self { name, title: text("title").unwrap_or_default(), programs, expiry })
            }
            _ => Err(mistakes),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One line for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it says of time.
    #[must_use]
    pub const fn expiry(&self) -> &Expiry {
        &self.expiry
    }

    /// What keeps it from being adopted under a catalog: names that this does not know, and ends that nobody would hear of in
    /// time. A log that holds such a policy is read all the same.
    #[must_use]
    pub fn mistakes_against(&self, catalog: &Catalog) -> Vec<PolicyMistake> {
        let mut mistakes = Vec::new();
        let of_media = catalog.of_media();
        let grant = self.expiry.grant_days.map(|days| Millis::days(days.into()));
        let grant = grant.unwrap_or(limits::GRANT_LIFETIME_DEFAULT);
        for (class, said) in &self.expiry.classes {
            let pointer = format!("/expiry/classes/{class}");
            if said.days.is_some_and(|days| grant < Millis::days(days.into())) {
                let problem = "is more than a grant has (`grant_days`): the class ends with it";
                mistakes.push(mistake(format!("{pointer}/days"), problem));
            }
            if said.unused_days.is_some_and(|days| days < limits::UNUSED_DAYS_MIN) {
                let problem = format!(
                    "is fewer than {} days: an app hears 14 and 3 days before that a class ends",
                    limits::UNUSED_DAYS_MIN
                );
                mistakes.push(mistake(format!("{pointer}/unused_days"), problem));
            }
            match catalog.classes.iter().find(|known| known.name == *class) {
                None => mistakes.push(mistake(pointer, "the catalog has no such class")),
                // The write would use it up before its own answer.
                Some(known) if said.once && known.about == AboutKind::Action => {
                    mistakes.push(mistake(pointer, "an action cannot be allowed for one time"))
                }
                // The answer with the link would use it up before the bytes are fetched.
                Some(known) if said.once && of_media.has(known.number) => {
                    mistakes.push(mistake(pointer, "media cannot be allowed for one time"))
                }
                Some(_) => {}
            }
        }
        for (program, classes) in &self.programs {
            if !catalog.programs.iter().any(|known| known.name == *program) {
                mistakes.push(mistake(
                    format!("/programs/{program}"),
                    "the catalog has no such program",
                ));
            }
            for class in classes.keys() {
                if !catalog.classes.iter().any(|known| known.name == *class) {
                    let pointer = format!("/programs/{program}/classes/{class}");
                    mistakes.push(mistake(pointer, "the catalog has no such class"));
                }
            }
        }
        mistakes
    }

    pub(crate) fn rule(&self, program: &str, class: &str) -> Option<&ClassRule> {
        self.programs.get(program)?.get(class)
    }

    /// What the policy says about a class in a program, for people: needs in force, `None` when withheld.
    #[must_use]
    pub fn needs(
        &self,
        catalog: &Catalog,
        program: ProgramNo,
        class: ClassNo,
    ) -> Option<Vec<Need>> {
        let program = catalog.programs.iter().find(|known| known.number == program)?;
        let class = catalog.classes.iter().find(|known| known.number == class)?;
        match self.rule(&program.name, &class.name) {
            None => Some(class.needs.clone()),
            Some(ClassRule::Needs(needs)) => Some(needs.clone()),
            Some(ClassRule::Withheld) => None,
        }
    }

    /// Deterministic bytes: JSON with sorted keys, no white space.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let programs: BTreeMap<&String, Value> = self
            .programs
            .iter()
            .map(|(program, classes)| {
                let classes: BTreeMap<&String, Value> =
                    classes.iter().map(|(class, rule)| (class, rule.json())).collect();
                (program, serde_json::json!({ "classes": classes }))
            })
            .collect();
        // Keys are written in alphabetical order by hand: the JSON library keeps insertion order.
        let mut document = serde_json::Map::new();
        let expiry = self.expiry.json();
        if !expiry.is_empty() {
            document.insert("expiry".to_owned(), expiry.into());
        }
        document.insert("policy".to_owned(), self.name.clone().into());
        document.insert("programs".to_owned(), serde_json::json!(programs));
        document.insert("title".to_owned(), self.title.clone().into());
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

impl ClassRule {
    fn json(&self) -> Value {
        match self {
            Self::Needs(needs) => needs.iter().map(|need| Value::from(need.word())).collect(),
            Self::Withheld => Value::from("withheld"),
        }
    }
}

fn parse_classes(
    program: &str,
    body: &Value,
    mistakes: &mut Vec<PolicyMistake>,
) -> BTreeMap<String, ClassRule> {
    let pointer = format!("/programs/{program}");
    let Some(classes) = body.get("classes").and_then(Value::as_object) else {
        mistakes.push(mistake(pointer, "`classes` is missing: an object of class names"));
        return BTreeMap::new();
    };
    let mut rules = BTreeMap::new();
    for (class, rule) in classes {
        let pointer = format!("{pointer}/classes/{class}");
        match rule {
            Value::String(word) if word == "withheld" => {
                rules.insert(class.clone(), ClassRule::Withheld);
            }
            Value::Array(words) => {
                let mut needs = Vec::new();
                for word in words {
                    match word.as_str().and_then(Need::from_word) {
                        Some(need) => needs.push(need),
                        None => mistakes.push(mistake(
                            pointer.clone(),
                            format!(
                                "`{word}` is not a need; needs are {}",
                                Need::ALL.iter().map(|n| n.word()).collect::<Vec<_>>().join(", ")
                            ),
                        )),
                    }
                }
                needs.sort_unstable();
                needs.dedup();
                rules.insert(class.clone(), ClassRule::Needs(needs));
            }
            _ => mistakes.push(mistake(pointer, "a rule is a list of needs, or `withheld`")),
        }
    }
    rules
}
