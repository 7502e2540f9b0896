//! What an app would receive of somebody at a position, class by class, with the chain or the link that fails.

use crate::view::{self, Explanation, Reader};
use catalog::AboutKind;
use consent::{Request, State, explain};
use ledger::{About, Node, RecordFacts};
use model::{
    Chain, ClassMask, ContextNo, GrantNo, InstallationNo, ObjectKind, ObjectNo, OperationNo,
    PersonNo, ProgramNo, Publication, PurposeNo, Relation, Timestamp,
};

/// Whose authority is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authority {
    /// An app in a group, acting for itself.
    Installation(InstallationNo),
    /// A person's own grant, in one of its groups or in none.
    Grant(GrantNo, Option<ContextNo>),
}

/// When it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// Up to when the platform's facts were complete.
    pub(crate) facts_up_to: Timestamp,
}

/// Classes of the catalog in force that are about people.
pub(crate) fn about_people(state: &State) -> ClassMask {
    let classes = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
    classes.filter(|class| class.about == AboutKind::Person).map(|class| class.number).collect()
}

/// Explains the asked classes of a published record about `person`. A class that several operations carry counts as
/// released if any of them would release it.
pub(crate) fn of_person(
    state: &State,
    authority: Authority,
    person: PersonNo,
    asked: ClassMask,
    (moment, reader): (Moment, Reader),
) -> Vec<Explanation> {
    let Some((chain, app, context)) = chain(state, authority) else { return Vec::new() };
    let Some(catalog) = state.catalog() else { return Vec::new() };
    let acting = match authority {
        Authority::Installation(_) => None,
        Authority::Grant(no, _) => state.grant(no).map(|grant| grant.person),
    };
    let mut found: Vec<Explanation> = Vec::new();
    for (operation, program, purpose, carried) in doors(catalog) {
        let classes = asked & carried;
        if classes.is_empty() {
            continue;
        }
        let request = Request {
            app,
            credential: None,
            chain,
            issue: state.issue_number(),
            key: 0,
            family: None,
            acting,
            operation,
            program,
            purpose,
            requires: ClassMask::NONE,
            context,
            version: catalog.version,
            facts_up_to: moment.facts_up_to,
        };
        let node = node(person, context, classes);
        let names = state.numbering();
        match explain(state, &request, &[node], moment.now) {
            Ok(list) => {
                list.iter().for_each(|one| join(&mut found, view::explanation(state, one, reader)))
            }
            Err(reason) => classes.iter().for_each(|class| {
                let explanation = Explanation {
                    node: 0,
                    class: view::class(names, class),
                    outcome: "withheld",
                    basis: Vec::new(),
                    reason: Some(reason.to_string()),
                };
                join(&mut found, explanation);
            }),
        }
    }
    found
}

fn join(found: &mut Vec<Explanation>, next: Explanation) {
    match found.iter_mut().find(|known| known.class == next.class) {
        None => found.push(next),
        Some(known) if known.outcome != "released" && next.outcome == "released" => *known = next,
        Some(_) => {}
    }
}

fn chain(state: &State, authority: Authority) -> Option<(Chain, model::AppNo, Option<ContextNo>)> {
    match authority {
        Authority::Installation(no) => {
            let found = state.installation(no)?;
            Some((Chain::Installation(no), found.app, Some(found.context)))
        }
        Authority::Grant(no, context) => {
            let found = state.grant(no)?;
            Some((Chain::Grant(no), found.app, context))
        }
    }
}

/// One operation for each program and purpose, with every class that operations of that kind carry.
fn doors(catalog: &catalog::Catalog) -> Vec<(OperationNo, ProgramNo, PurposeNo, ClassMask)> {
    let mut doors: Vec<(OperationNo, ProgramNo, PurposeNo, ClassMask)> = Vec::new();
    for one in &catalog.operations {
        match doors.iter_mut().find(|door| door.1 == one.program && door.2 == one.purpose) {
            Some(door) => door.3 = door.3 | one.classes,
            None => doors.push((one.number, one.program, one.purpose, one.classes)),
        }
    }
    doors
}

fn node(person: PersonNo, context: Option<ContextNo>, asked: ClassMask) -> Node {
    Node {
        within: None,
        record: Some(RecordFacts {
            kind: if context.is_some() { ObjectKind::Post } else { ObjectKind::Person },
            object: ObjectNo(0),
            context,
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        }),
        about: About::People(std::iter::once(person).collect()),
        presence: ClassMask::NONE,
        asked,
    }
}
