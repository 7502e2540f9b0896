//! Rules in force: the last catalog and the last policy, read as JSON, without the catalog's compiler.

use crate::history::History;
use ledger::{Assigned, Event};
use model::{ClassNo, Need, ProgramNo};
use serde_json::Value;

/// The documents in force and the numbers that names ever got.
pub(crate) struct Rules<'a> {
    catalog: Option<Value>,
    policy: Option<Value>,
    history: History<'a>,
}

/// What the rules in force say of a class.
pub(crate) struct ClassRule {
    /// It is about people.
    pub(crate) personal: bool,
    needs: Vec<String>,
}

impl ClassRule {
    pub(crate) fn needs(&self, need: Need) -> bool {
        self.needs.iter().any(|word| word == need.word())
    }
}

impl<'a> Rules<'a> {
    /// The last catalog and the last policy of the history.
    pub(crate) fn of(history: History<'a>) -> Self {
        let read = |document: &Vec<u8>| serde_json::from_slice::<Value>(document).ok();
        let catalog = history.events().rev().find_map(|event| match event {
            Event::CatalogActivated(adopted) => Some(read(&adopted.document)),
            _ => None,
        });
        let policy = history.events().rev().find_map(|event| match event {
            Event::PolicyActivated(adopted) => Some(read(&adopted.document)),
            _ => None,
        });
        Self { catalog: catalog.flatten(), policy: policy.flatten(), history }
    }

    /// `info.version` of the catalog in force.
    pub(crate) fn version(&self) -> Option<&str> {
        self.catalog.as_ref()?.get("info")?.get("version")?.as_str()
    }

    /// What the class needs in the program; `None` if it is not to be released at all.
    pub(crate) fn class(&self, program: ProgramNo, class: ClassNo) -> Option<ClassRule> {
        let catalog = self.catalog.as_ref()?;
        let policy = self.policy.as_ref()?;
        let program = self.program_name(program)?;
        let class = self.class_name(class)?;
        catalog.get("x-programs")?.get(program)?;
        let definition = catalog.get("x-data-classes")?.get(class)?;
        let about = definition.get("about").and_then(Value::as_str).unwrap_or("person");
        let replaced = policy
            .get("programs")
            .and_then(|programs| programs.get(program)?.get("classes")?.get(class));
        let needs = match replaced {
            Some(Value::String(word)) if word == "withheld" => return None,
            Some(list) => words(Some(list)),
            None => words(definition.get("needs")),
        };
        Some(ClassRule { personal: about == "person", needs })
    }

    fn program_name(&self, number: ProgramNo) -> Option<&'a str> {
        self.history.events().find_map(|event| match event {
            Event::CatalogActivated(adopted) => named(&adopted.programs, number.0.into()),
            _ => None,
        })
    }

    fn class_name(&self, number: ClassNo) -> Option<&'a str> {
        self.history.events().find_map(|event| match event {
            Event::CatalogActivated(adopted) => named(&adopted.classes, number.number().into()),
            _ => None,
        })
    }
}

fn named(given: &[Assigned], number: u32) -> Option<&str> {
    given.iter().find(|one| one.number == number).map(|one| one.name.as_str())
}

fn words(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
