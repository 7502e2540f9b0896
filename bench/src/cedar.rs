//! The same rules and data for the Cedar engine: one policy that permits, one that forbids, an entity for each person.

use crate::community::{CLASSES, NOW};
use crate::decide::Page;
use anyhow::Result;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use consent::State;
use ledger::SettingScope;
use model::*;
use std::collections::{HashMap, HashSet};

/// Version of the engine, as locked.
pub const VERSION: &str = "4.14";

/// Each condition that `consent` checks for these classes, in Cedar's words.
const POLICIES: &str = r#"
permit (principal, action == Action::"read", resource)
when {
    principal.active && principal.partner.active &&
    context.programLive &&
    principal.agreed.contains(context.class) && context.now < principal.agreedUntil &&
    principal.certified.contains(context.class) && context.now < principal.certifiedUntil &&
    context.installation.backed && !context.installation.ended &&
    context.installation.classes.contains(context.class) &&
    resource.known && !resource.erased &&
    resource.optedIn.contains(context.class)
};
forbid (principal, action == Action::"read", resource)
when {
    resource.blockedAll.contains(context.class) ||
    resource.blockedApp.contains(context.class) ||
    resource.blockedGroup.contains(context.class)
};
"#;

/// Engine, entities and requests of one page, ready to be asked.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

fn uid(kind: &str, name: &str) -> Result<EntityUid> {
    Ok(format!("{kind}::\"{name}\"").parse()?)
}

fn class_name(class: ClassNo) -> String {
    format!("c{:02}", class.number())
}

fn set(mask: ClassMask) -> RestrictedExpression {
    let classes = mask.iter().filter(|class| class.number() < CLASSES);
    let names = classes.map(|class| RestrictedExpression::new_string(class_name(class)));
    RestrictedExpression::new_set(names)
}

fn entity(
    uid: EntityUid,
    attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
) -> Result<Entity> {
    let attributes: HashMap<String, RestrictedExpression> =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Entity::new(uid, attributes, HashSet::new())?)
}

impl Cedar {
    pub fn of(state: &State, page: &Page) -> Result<Self> {
        let yes = RestrictedExpression::new_bool;
        let long = |time: Timestamp| {
            RestrictedExpression::new_long(i64::try_from(time.0).unwrap_or(i64::MAX))
        };
        let (app, partner) = (uid("App", "a")?, uid("Partner", "p")?);
        let installation = uid("Installation", "i")?;
        let all = ClassMask::ALL;
        let no = match page.request.chain {
            Chain::Installation(no) => no,
            Chain::Grant(_) => anyhow::bail!("not a page of an installation"),
        };
        let allowed = state.installation(no).map(|one| one.classes).unwrap_or_default();
        let mut entities = vec![
            entity(partner.clone(), [("active", yes(true))])?,
            entity(
                app.clone(),
                [
                    ("active", yes(true)),
                    ("partner", RestrictedExpression::new_entity_uid(partner)),
                    ("agreed", set(all)),
                    ("agreedUntil", long(Timestamp::NEVER)),
                    ("certified", set(all)),
                    ("certifiedUntil", long(Timestamp::NEVER)),
                ],
            )?,
            entity(
                installation.clone(),
                [("backed", yes(true)), ("ended", yes(false)), ("classes", set(allowed))],
            )?,
        ];
        let mut requests = Vec::new();
        for person in &page.people {
            let resource = uid("Person", &person.0.to_string())?;
            let [all, app_only, group] = blocked(state, page, *person);
            entities.push(entity(
                resource.clone(),
                [
                    ("known", yes(state.is_person(*person))),
                    ("erased", yes(false)),
                    ("optedIn", set(state.opted_in(*person, no))),
                    ("blockedAll", set(all)),
                    ("blockedApp", set(app_only)),
                    ("blockedGroup", set(group)),
                ],
            )?);
            for class in (0..CLASSES).filter_map(ClassNo::new) {
                let context = Context::from_pairs([
                    ("class".to_owned(), RestrictedExpression::new_string(class_name(class))),
                    ("programLive".to_owned(), yes(true)),
                    ("now".to_owned(), long(NOW)),
                    (
                        "installation".to_owned(),
                        RestrictedExpression::new_entity_uid(installation.clone()),
                    ),
                ])?;
                let action = uid("Action", "read")?;
                requests.push(Request::new(app.clone(), action, resource.clone(), context, None)?);
            }
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: POLICIES.parse()?,
            entities: Entities::from_entities(entities, None)?,
            requests,
        })
    }

    /// Person by person, class by class: whether it may be read.
    pub fn decide(&self) -> Vec<bool> {
        let ask = |request| {
            let answer = self.authorizer.is_authorized(request, &self.policies, &self.entities);
            answer.decision() == Decision::Allow
        };
        self.requests.iter().map(ask).collect()
    }
}

/// What the person's settings block for this app in this group: for all apps, for the app, for the group.
fn blocked(state: &State, page: &Page, person: PersonNo) -> [ClassMask; 3] {
    let mut masks = [ClassMask::NONE; 3];
    for setting in state.person(person).map(|own| own.settings()).unwrap_or_default() {
        let index = match setting.scope {
            SettingScope::AllApps => 0,
            SettingScope::App(app) if app == page.request.app => 1,
            SettingScope::Context(context) if context == page.context => 2,
            SettingScope::AllGroups => 2,
            SettingScope::App(_)
            | SettingScope::Context(_)
            | SettingScope::Friends
            | SettingScope::Beyond => continue,
        };
        masks[index] = masks[index] | setting.blocked;
    }
    masks
}
