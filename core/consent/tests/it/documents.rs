//! Random catalogs and policies over a fixed list of names.

use crate::dice::Dice;
use catalog::{Document, Numbering};
use ledger::{Assigned, CatalogActivated, Event, PolicyActivated, Why};
use model::{Actor, ApiVersion, Need};
use serde_json::{Map, Value, json};

pub const PROGRAMS: [&str; 2] = ["groups", "messaging"];
pub const PURPOSES: [&str; 2] = ["group-management", "answering"];
pub const VERSIONS: [&str; 3] = ["2018-01-01", "2018-04-04", "2018-07-02"];

/// Classes with whom they are about. Numbers follow this order; a catalog may miss some.
pub const CLASSES: [(&str, &str); 12] = [
    ("member.name", "person"),
    ("member.picture", "person"),
    ("post.content", "person"),
    ("post.time", "person"),
    ("comment.content", "person"),
    ("reaction", "person"),
    ("profile.mail", "person"),
    ("friend.name", "person"),
    ("group.name", "nobody"),
    ("group.size", "nobody"),
    ("post.create", "action"),
    ("comment.create", "action"),
];

fn needs(dice: &mut Dice) -> Vec<&'static str> {
    let chance = [3, 9, 18][dice.below(3) as usize];
    Need::ALL.iter().filter(|_| dice.percent(chance)).map(|need| need.word()).collect()
}

/// A document that compiles: definitions and operations without bodies, for deciding looks at no shape.
pub fn catalog(dice: &mut Dice, known: &Numbering, served: &[ApiVersion]) -> Event {
    let mut classes = Map::new();
    for (name, about) in CLASSES {
        // The first document defines every class, so that numbers are the same in every history.
        if known.classes.is_empty() || dice.percent(93) {
            let about = if about == "nobody" && dice.percent(10) { "person" } else { about };
            let class = json!({"title": name, "text": name, "sensitivity": 1, "about": about, "needs": needs(dice)});
            classes.insert(name.to_owned(), class);
        }
    }
    let operation = |program: &str, purpose: &str| {
        json!({"get": {
            "operationId": format!("{program}-{purpose}"), "x-program": program, "x-purpose": purpose,
            "responses": {"204": {"description": "Nothing."}}
        }})
    };
    let mut paths = Map::new();
    for program in PROGRAMS {
        for purpose in PURPOSES {
            paths.insert(format!("/{program}/{purpose}"), operation(program, purpose));
        }
    }
    let title = |name: &str| json!({"title": name});
    let mut purposes = Map::new();
    for (name, chance) in PURPOSES.iter().zip([30, 60]) {
        let mut purpose = title(name);
        if dice.percent(chance) {
            purpose["beyond"] = dice.percent(90).into();
        }
        purposes.insert((*name).to_owned(), purpose);
    }
    let version = VERSIONS[[0, 0, 0, 1, 2][dice.below(5) as usize]];
    let keeps = dice.percent(80).then(|| {
        let mut kept = served.to_vec();
        // Now and then one that was not served, or that it brings itself.
        kept.push(VERSIONS[dice.below(3) as usize].parse().unwrap());
        kept.retain(|_| dice.percent(70));
        kept
    });
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": version},
        "x-bailment": 1,
        "x-programs": PROGRAMS.iter().map(|name| (*name, title(name))).collect::<std::collections::BTreeMap<_, _>>(),
        "x-purposes": purposes,
        "x-data-classes": classes,
        "paths": paths,
    });
    let document = Document::parse(document.to_string().as_bytes()).unwrap();
    let new = document.new_names(known).unwrap();
    Event::CatalogActivated(CatalogActivated {
        document: document.canonical(),
        classes: assigned(new.classes.iter().map(|(name, no)| (name, no.number().into()))),
        operations: assigned(new.operations.iter().map(|(name, no)| (name, no.0.into()))),
        purposes: assigned(new.purposes.iter().map(|(name, no)| (name, no.0.into()))),
        programs: assigned(new.programs.iter().map(|(name, no)| (name, no.0.into()))),
        why: Why::by(Actor::Operator),
        keeps,
    })
}

fn assigned<'a>(names: impl Iterator<Item = (&'a String, u32)>) -> Vec<Assigned> {
    let mut list: Vec<Assigned> =
        names.map(|(name, number)| Assigned { name: name.clone(), number }).collect();
    list.sort_by_key(|one| one.number);
    list
}

pub fn policy(dice: &mut Dice) -> Event {
    let mut programs = Map::new();
    for program in PROGRAMS {
        if dice.percent(15) {
            continue;
        }
        let mut classes = Map::new();
        for (name, _) in CLASSES {
            if dice.percent(45) {
                let withheld = dice.percent(6);
                let rule = if withheld { Value::from("withheld") } else { json!(needs(dice)) };
                classes.insert(name.to_owned(), rule);
            }
        }
        programs.insert(program.to_owned(), json!({ "classes": classes }));
    }
    let mut document = json!({"policy": "random", "title": "Random", "programs": programs});
    if dice.percent(60) {
        document["expiry"] = expiry(dice);
    }
    let policy = consent::Policy::parse(document.to_string().as_bytes()).unwrap();
    Event::PolicyActivated(PolicyActivated {
        document: policy.canonical(),
        why: Why::by(Actor::Operator),
    })
}

/// The policy in force with other days: more, fewer, none, or some where there were none.
pub fn other_days(dice: &mut Dice, in_force: &[u8]) -> Event {
    let mut document: Value = serde_json::from_slice(in_force).unwrap();
    let mut expiry = document.get("expiry").cloned().unwrap_or_else(|| json!({"classes": {}}));
    let drawn = self::expiry(dice);
    for key in ["idle_days", "classes"] {
        match (drawn.get(key), dice.below(3)) {
            (Some(days), 0) => expiry[key] = days.clone(),
            (None, 0) => drop(expiry.as_object_mut().unwrap().remove(key)),
            _ => {}
        }
    }
    let classes = expiry.get_mut("classes").and_then(Value::as_object_mut);
    for class in classes.into_iter().flat_map(|classes| classes.values_mut()) {
        match dice.below(4) {
            0 => class["unused_days"] = days(dice).into(),
            1 => drop(class.as_object_mut().unwrap().remove("unused_days")),
            _ => {}
        }
    }
    document["expiry"] = expiry;
    let policy = consent::Policy::parse(document.to_string().as_bytes()).unwrap();
    let (document, why) = (policy.canonical(), Why::by(Actor::Operator));
    Event::PolicyActivated(PolicyActivated { document, why })
}

fn days(dice: &mut Dice) -> u32 {
    [1, 2, 5, 28, 90][dice.below(5) as usize]
}

/// Days without use, for grants and for some classes.
fn expiry(dice: &mut Dice) -> Value {
    let mut expiry = Map::new();
    if dice.percent(60) {
        expiry.insert("idle_days".to_owned(), days(dice).into());
    }
    let mut classes = Map::new();
    for (name, _) in CLASSES {
        if dice.percent(25) {
            let class =
                json!({"unused_days": days(dice), "max_days": 30, "once": dice.percent(50)});
            classes.insert(name.to_owned(), class);
        }
    }
    expiry.insert("classes".to_owned(), classes.into());
    expiry.into()
}
