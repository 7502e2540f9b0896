//! Rules in force: the catalogs that are served and the last policy, read as JSON, without the catalog's compiler.

use crate::history::History;
use crate::idleness::DAY;
use ledger::{Assigned, Event};
use model::{ApiVersion, AppNo, ClassNo, GrantNo, Need, Position, ProgramNo, PurposeNo, Timestamp};
use serde_json::Value;

/// The documents in force and the numbers that names ever got.
pub(crate) struct Rules<'a> {
    /// Every catalog that is served, by version; the one in force is the last.
    catalogs: Vec<(String, Value)>,
    /// Every policy that ever was in force, and where it came into force; the last one is.
    policies: Vec<(Position, Value)>,
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
    /// The catalogs that are served and the policies of the history.
    pub(crate) fn of(history: History<'a>) -> Self {
        let policies = history.0.iter().filter_map(|(position, _, event)| match event {
            Event::PolicyActivated(adopted) => {
                Some((*position, serde_json::from_slice(&adopted.document).unwrap_or_default()))
            }
            _ => None,
        });
        Self { catalogs: served(history), policies: policies.collect(), history }
    }

    /// The version is that of the catalog in force or one that it keeps, and its end, as last announced, has not come.
    pub(crate) fn serves(&self, version: ApiVersion, now: Timestamp) -> bool {
        let word = version.to_string();
        let announced = self.history.events().rev().find_map(|event| match event {
            Event::VersionChanged(changed) if changed.version == version => Some(changed.sunset),
            _ => None,
        });
        self.catalogs.iter().any(|(served, _)| *served == word)
            && announced.flatten().is_none_or(|sunset| now < sunset)
    }

    /// What the class needs in the program; `None` if it is not to be released at all. An older version asks what its own
    /// catalog asks and what the one in force asks.
    pub(crate) fn class(
        &self,
        version: ApiVersion,
        program: ProgramNo,
        class: ClassNo,
    ) -> Option<ClassRule> {
        let own = self.class_in(self.catalog(version)?, program, class)?;
        let in_force = self.class_in(self.catalog_in_force()?, program, class)?;
        Some(ClassRule {
            personal: own.personal || in_force.personal,
            needs: own.needs.into_iter().chain(in_force.needs).collect(),
        })
    }

    /// What one catalog says, under the policy in force.
    fn class_in(&self, catalog: &Value, program: ProgramNo, class: ClassNo) -> Option<ClassRule> {
        let policy = self.policy()?;
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

    /// The purpose goes beyond the feature that is used: the catalog of the version or the one in force says so.
    pub(crate) fn is_beyond(&self, version: ApiVersion, purpose: PurposeNo) -> bool {
        let Some(name) = self.purpose_name(purpose) else { return false };
        [self.catalog(version), self.catalog_in_force()].into_iter().flatten().any(|catalog| {
            let marked = catalog
                .get("x-purposes")
                .and_then(|purposes| purposes.get(name)?.get("beyond")?.as_bool());
            marked == Some(true)
        })
    }

    fn policy(&self) -> Option<&Value> {
        self.policies.last().map(|(_, policy)| policy)
    }

    /// The policy that an event activated.
    fn policy_at(&self, activated: Position) -> Option<&Value> {
        self.policies.iter().find(|(position, _)| *position == activated).map(|(_, policy)| policy)
    }

    /// How long the policy in force lets an app hold a class without using it.
    pub(crate) fn unused(&self, class: ClassNo) -> Option<u64> {
        self.unused_in(self.policy()?, class)
    }

    fn unused_in(&self, policy: &Value, class: ClassNo) -> Option<u64> {
        let classes = policy.get("expiry")?.get("classes")?;
        let days = classes.get(self.class_name(class)?)?.get("unused_days")?.as_u64()?;
        Some(days * DAY)
    }

    /// The grant went for so long without its person as the policy in force at the time let it, now or ever since the
    /// person last did something with it: what ended by that does not come back with another policy.
    pub(crate) fn is_idle(&self, grant: GrantNo, now: Timestamp) -> bool {
        let mut last = None;
        let mut lets = None;
        let mut idle = false;
        for (position, at, event) in self.history.0 {
            idle = idle || has_passed(last, lets, *at);
            match event {
                Event::GrantMade(made) if made.grant == grant => (last, idle) = (Some(*at), false),
                Event::CodeRedeemed(code) if code.grant == grant => {
                    (last, idle) = (Some(*at), false);
                }
                Event::PolicyActivated(_) => {
                    let days = self
                        .policy_at(*position)
                        .and_then(|policy| policy.get("expiry")?.get("idle_days")?.as_u64());
                    lets = days.map(|days| days * DAY);
                }
                _ => {}
            }
        }
        idle || has_passed(last, lets, now)
    }

    /// Under an agreement that began at an instant, the app did not use the class for so long as the policy in force at the
    /// time let it, now or ever. The class of this agreement is over then: no use for another one, and no other policy,
    /// brings it back.
    pub(crate) fn went_unused(
        &self,
        (app, class): (AppNo, ClassNo),
        began: Timestamp,
        now: Timestamp,
    ) -> bool {
        let mut last = began;
        let mut lets = None;
        for (position, at, event) in self.history.0 {
            if has_passed(Some(last), lets, *at) {
                return true;
            }
            match event {
                Event::ClassesUsed(used) if used.app == app && used.classes.has(class) => {
                    last = last.max(Timestamp((u64::from(used.day) + 1) * DAY));
                }
                Event::PolicyActivated(_) => {
                    lets =
                        self.policy_at(*position).and_then(|policy| self.unused_in(policy, class));
                }
                _ => {}
            }
        }
        has_passed(Some(last), lets, now)
    }

    fn catalog(&self, version: ApiVersion) -> Option<&Value> {
        let word = version.to_string();
        let mut served = self.catalogs.iter();
        served.find_map(|(version, catalog)| (*version == word).then_some(catalog))
    }

    fn catalog_in_force(&self) -> Option<&Value> {
        self.catalogs.last().map(|(_, catalog)| catalog)
    }

    fn program_name(&self, number: ProgramNo) -> Option<&'a str> {
        self.history.events().find_map(|event| match event {
            Event::CatalogActivated(adopted) => named(&adopted.programs, number.0.into()),
            _ => None,
        })
    }

    fn purpose_name(&self, number: PurposeNo) -> Option<&'a str> {
        self.history.events().find_map(|event| match event {
            Event::CatalogActivated(adopted) => named(&adopted.purposes, number.0.into()),
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

/// What is served after each activation: what was served before it and is kept, and what it brings.
fn served(history: History<'_>) -> Vec<(String, Value)> {
    let mut served: Vec<(String, Value)> = Vec::new();
    for event in history.events() {
        let Event::CatalogActivated(adopted) = event else { continue };
        let Ok(catalog) = serde_json::from_slice::<Value>(&adopted.document) else { continue };
        let version = catalog.get("info").and_then(|info| info.get("version")?.as_str());
        let version = version.unwrap_or_default().to_owned();
        let kept: Vec<String> = adopted.keeps.iter().flatten().map(ToString::to_string).collect();
        served.retain(|(old, _)| kept.contains(old) && *old != version);
        served.push((version, catalog));
    }
    served
}

/// So much time as is let pass has passed since then.
fn has_passed(since: Option<Timestamp>, lets: Option<u64>, now: Timestamp) -> bool {
    match (since, lets) {
        (Some(since), Some(lets)) => now.0 >= since.0 + lets,
        _ => false,
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
