//! Suspending many apps, what partners and apps say about themselves, and looking somebody up.

use crate::world::{Caller, World};
use model::{Actor, AppNo, Position};
use serde_json::{Value, json};

fn why() -> Value {
    json!({"reason": "data-taken-improperly", "severity": "high", "note": "case 7"})
}

/// The community and 30 more apps of three partners, every second a quiz.
async fn many() -> World {
    let world = World::community().await;
    let operator = Caller::operator();
    for partner in 2..5 {
        let made = json!({"name": format!("Partner {partner}")});
        world.post(&operator, "/staff/v1/partners", made).await.is(201);
        for app in 0..10 {
            let category = if app % 2 == 0 { "quiz" } else { "tool" };
            let made = json!({
                "partner": format!("ptn_{partner}"), "name": format!("App {partner}-{app}"),
                "redirect_uris": ["https://app.example/cb"], "category": category,
            });
            world.post(&operator, "/staff/v1/apps", made).await.is(201);
        }
    }
    world
}

fn suspended(world: &World) -> Vec<u32> {
    let state = world.store.state();
    state.apps().filter(|(_, app)| state.is_suspended(app)).map(|(no, _)| no.0).collect()
}

fn quizzes() -> Value {
    json!(["category:quiz", "status:active"])
}

#[tokio::test]
async fn it_takes_two_of_the_staff_and_one_entry() {
    let world = many().await;
    let (first, second) = (world.as_role("responder").await, world.as_role("admin").await);
    let seen = json!({"select": quizzes()});
    let seen = world.post(&first, "/staff/v1/suspensions/preview", seen).await.is(200).body;
    assert_eq!(seen["apps"], 15);
    assert_eq!(seen["partners"][0]["apps"], 5);
    let path = "/staff/v1/suspensions";
    let bare = json!({"select": quizzes()});
    world.post(&first, path, bare).await.problem(422, "invalid-value");
    let wish = json!({"select": quizzes(), "because": why()});
    let made = world.post(&first, path, wish).await.is(201).body;
    let at = format!("/staff/v1/suspensions/proposals/{}", made["proposal"]);
    assert_eq!((made["by"].as_str(), &made["apps"]), (Some("stf_1"), &json!(15)));
    assert!(suspended(&world).is_empty(), "a proposal changes nothing");

    let confirm = format!("{at}/confirm");
    let result = json!({"result": made["result"]});
    world.post(&first, &confirm, result.clone()).await.problem(403, "not-second-person");
    let operator = Caller::operator();
    world.post(&operator, &confirm, result.clone()).await.problem(403, "not-second-person");
    let viewer = world.as_role("reviewer").await;
    world.post(&viewer, &confirm, result.clone()).await.problem(403, "role-not-allowed");

    // Another quiz was registered meanwhile: whoever confirms must have seen that.
    let more = json!({
        "partner": "ptn_1", "name": "New", "redirect_uris": ["https://app.example/cb"], "category": "quiz",
    });
    world.post(&operator, "/staff/v1/apps", more).await.is(201);
    world.post(&second, &confirm, result).await.problem(409, "result-changed");
    let seen = world.get(&second, &at).await.is(200).body;
    assert_eq!((&seen["apps"], &seen["changed"]), (&json!(16), &json!(true)));
    let head = world.store.head().unwrap().next().0;
    let done = world.post(&second, &confirm, json!({"result": seen["result"]})).await.is(201);
    assert_eq!(world.store.head().unwrap().next().0, head + 1, "one entry");
    assert_eq!(suspended(&world).len(), 16);
    assert_eq!(done.body["broke_glass"], false);
    let entry = world.get(&operator, &format!("/staff/v1/log?from={head}&limit=1")).await.body;
    let why = &entry["items"][0]["payload"]["why"];
    assert_eq!((&why["by"], &why["confirmed_by"]), (&json!("stf_1"), &json!("stf_2")));
    world.post(&second, &confirm, json!({"result": seen["result"]})).await.is(404);
}

#[tokio::test]
async fn lifting_reinstates_exactly_those_and_one_that_is_suspended_otherwise_stays() {
    let world = many().await;
    let operator = Caller::operator();
    let wish = |select: Value| json!({"select": select, "because": why(), "break_glass": true});
    let path = "/staff/v1/suspensions";
    let first = world.post(&operator, path, wish(json!(["partner:ptn_2"]))).await.is(201);
    let second = world.post(&operator, path, wish(quizzes())).await.is(201);
    assert_eq!((&first.body["apps"], &second.body["apps"]), (&json!(10), &json!(10)));
    assert_eq!(second.body["broke_glass"], true);
    let third =
        world.post(&operator, path, wish(json!(["partner:ptn_2", "category:quiz"]))).await.is(201);
    let lift = |of: &Value| format!("{path}/{}/lift", of["suspension"]);
    world.post(&operator, &lift(&first.body), json!({})).await.is(204);
    assert_eq!(
        suspended(&world).len(),
        15,
        "ten quizzes elsewhere, five of partner 2 by the third"
    );
    world.post(&operator, &lift(&third.body), json!({})).await.is(204);
    assert_eq!(suspended(&world).len(), 10);
    world.post(&operator, &lift(&second.body), json!({})).await.is(204);
    assert!(suspended(&world).is_empty());
    let head = world.store.head().unwrap().next();
    world.post(&operator, &lift(&second.body), json!({})).await.is(204);
    assert_eq!(world.store.head().unwrap().next(), head, "lifted already: nothing to enter");
    world
        .post(&operator, "/staff/v1/suspensions/0/lift", json!({}))
        .await
        .problem(404, "not-found");
    let listed = world.get(&operator, path).await.is(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert_eq!(listed["items"][0]["selection"], "partner:ptn_2 & category:quiz");
}

#[tokio::test]
async fn only_the_operator_breaks_the_glass_and_a_proposer_who_is_staff_no_more_proposes_nothing() {
    let world = many().await;
    let (admin, other) = (world.as_staff().await, world.as_staff().await);
    let path = "/staff/v1/suspensions";
    let alone = json!({"select": quizzes(), "because": why(), "break_glass": true});
    world.post(&admin, path, alone).await.problem(403, "not-operator");
    let wish = json!({"select": quizzes(), "because": why()});
    let made = world.post(&admin, path, wish).await.is(201).body;
    world.post(&other, "/staff/v1/staff/stf_1/end", json!({})).await.is(204);
    let confirm = format!("{path}/proposals/{}/confirm", made["proposal"]);
    world.post(&other, &confirm, json!({"result": made["result"]})).await.problem(403, "not-staff");
    assert!(suspended(&world).is_empty());
    assert_eq!(world.get(&other, &format!("{path}/proposals")).await.body["items"][0]["apps"], 15);
    let withdraw = format!("{path}/proposals/{}", made["proposal"]);
    world.delete(&other, &withdraw).await.is(204);
    world.delete(&other, &withdraw).await.is(404);
}

#[tokio::test]
async fn staff_lift_a_suspension_for_a_reason() {
    let world = many().await;
    let (operator, responder) = (Caller::operator(), world.as_role("responder").await);
    let path = "/staff/v1/suspensions";
    let wish = json!({"select": quizzes(), "because": why(), "break_glass": true});
    let made = world.post(&operator, path, wish).await.is(201).body;
    let lift = format!("{path}/{}/lift", made["suspension"]);
    let refused = world.post(&responder, &lift, json!({})).await.problem(422, "invalid-value");
    assert_eq!(refused.body["field"], "because.reason");
    let other = json!({"because": {"reason": "other"}});
    let refused = world.post(&responder, &lift, other).await.problem(422, "invalid-value");
    assert_eq!(refused.body["field"], "because.note");
    assert_eq!(suspended(&world).len(), 15);
    let because = json!({"because": {"reason": "other", "note": "the wrong category"}});
    world.post(&responder, &lift, because).await.is(204);
    assert!(suspended(&world).is_empty());
}

#[tokio::test]
async fn a_selection_says_what_is_wrong_with_it_and_counts_people_once() {
    let world = many().await;
    let operator = Caller::operator();
    let path = "/staff/v1/suspensions/preview";
    for wrong in [
        json!([]),
        json!(["quiz"]),
        json!(["partner:ptn_99"]),
        json!(["class:nothing"]),
        json!(["program:nothing"]),
        json!(["status:removed"]),
        json!(["apps:app_1,app_999"]),
        json!(["finding:0"]),
    ] {
        let got = world.post(&operator, path, json!({"select": wrong})).await;
        got.problem(422, "invalid-value");
    }
    let finding = ledger::Event::FindingRaised(ledger::FindingRaised {
        app: Some(AppNo(3)),
        finding: "probe-passed".to_owned(),
        why: ledger::Why::by(Actor::System),
    });
    let raise = move |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        Ok::<_, std::convert::Infallible>(sequence::Commit::event(finding.clone(), ()))
    };
    let done = world.store.commit(store::Urgency::Ordinary, None, raise).await.unwrap().unwrap();
    let Position(at) = done.position;
    let by = json!({"select": [format!("finding:{at}")]});
    assert_eq!(world.post(&operator, path, by).await.is(200).body["apps"], 1);
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10", "20"], &["group.name", "member.id", "member.name"]).await.is(201);
    let all = json!({"select": ["class:member.name", "program:groups"]});
    let counts = || async {
        let seen = world.post(&operator, path, all.clone()).await.is(200).body;
        ["apps", "installations", "grants", "people"].map(|count| seen[count].as_u64().unwrap())
    };
    // In reach: `1` and `3`, who are in both groups, and `2`, who is in one; nobody opted in yet.
    assert_eq!(counts().await, [1, 2, 0, 3]);
    // Three opt-ins of two people: `3` in both groups, `2` in one of them.
    for (person, group) in [("3", "10"), ("3", "20"), ("2", "10")] {
        let context = world.store.context_number(group).unwrap().unwrap();
        let installation = world.store.state().installed(AppNo(1), context).unwrap().0;
        let opt = json!({"installation": installation.to_string(), "classes": ["member.name"]});
        world.post(&world.as_person(person).await, "/me/v1/opt-ins", opt).await.is(200);
    }
    assert_eq!(counts().await, [1, 2, 0, 3]);
}

#[tokio::test]
async fn people_in_reach_are_members_where_it_stands_and_holders_of_grants_each_once() {
    let world = World::community().await;
    let operator = Caller::operator();
    // `4` and `5` have a group of their own, `6` has none.
    let told = [
        json!({"kind": "person", "person": "4"}),
        json!({"kind": "person", "person": "5"}),
        json!({"kind": "person", "person": "6"}),
        json!({"kind": "group", "group": "30"}),
        json!({"kind": "admin", "person": "4", "group": "30"}),
        json!({"kind": "member", "person": "5", "group": "30"}),
    ];
    world.tell(10, &told).await.is(200);
    let path = "/staff/v1/suspensions/preview";
    let people = || async {
        let asked = json!({"select": ["apps:app_1"]});
        world.post(&operator, path, asked).await.is(200).body["people"].as_u64().unwrap()
    };
    assert_eq!(people().await, 0);
    let grants = ["3", "6"].map(|id| world.person(id)).into_iter().zip(0u32..);
    let grants: Vec<_> = grants
        .map(|(person, no)| {
            ledger::Event::GrantMade(ledger::GrantMade {
                grant: model::GrantNo(no),
                app: AppNo(1),
                person,
                classes: model::ClassMask::ALL,
                contexts: Vec::new(),
                expires_at: model::Timestamp::NEVER,
                why: ledger::Why::by(Actor::Person(person)),
                ends: None,
                once: None,
                purposes: None,
            })
        })
        .collect();
    let make = move |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        Ok::<_, std::convert::Infallible>(sequence::Commit::events(grants.clone(), ()))
    };
    world.store.commit(store::Urgency::Ordinary, None, make).await.unwrap().unwrap();
    assert_eq!(people().await, 2, "who gave a grant");
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "member.name"]).await.is(201);
    assert_eq!(people().await, 4, "`1`, `2` and `3` of the group, and `6`");
    let usage = world.get(&operator, "/staff/v1/apps/app_1/usage").await.is(200).body;
    assert!(usage["people_in_reach"].as_u64().unwrap() <= 4, "{usage}");
    let admin = world.as_person("4").await;
    world.enable(&admin, &["30"], &["group.name", "member.name"]).await.is(201);
    assert_eq!(people().await, 6);
}

#[tokio::test]
async fn apps_of_a_partner_that_is_revoked_are_in_no_selection_any_more() {
    let world = many().await;
    let operator = Caller::operator();
    let revoke = json!({"status": "revoked", "because": why()});
    world.post(&operator, "/staff/v1/partners/ptn_2/status", revoke).await.is(204);
    for (select, apps) in [
        (json!(["partner:ptn_2"]), 0),
        (json!(["category:quiz"]), 10),
        (quizzes(), 10),
        (json!(["status:suspended"]), 0),
    ] {
        let asked = json!({"select": select});
        let seen = world.post(&operator, "/staff/v1/suspensions/preview", asked).await.is(200).body;
        assert_eq!((&seen["apps"], &seen["select"]), (&json!(apps), &Value::Null), "{select}");
    }
    let wish = json!({"select": ["partner:ptn_2"], "because": why()});
    let path = "/staff/v1/suspensions";
    world.post(&operator, path, wish).await.problem(409, "conflict");
    let all = json!({"select": ["category:quiz"], "because": why(), "break_glass": true});
    assert_eq!(world.post(&operator, path, all).await.is(201).body["apps"], 10);
}

#[tokio::test]
async fn the_glass_is_not_broken_without_a_reason() {
    let world = many().await;
    let operator = Caller::operator();
    let head = world.store.head().unwrap().next();
    for (because, field) in [
        (json!({}), "because.reason"),
        (json!({"severity": "high", "note": "quick"}), "because.reason"),
        (json!({"reason": "incident"}), "because.severity"),
        (json!({"reason": "other", "severity": "high"}), "because.note"),
    ] {
        let wish = json!({"select": quizzes(), "break_glass": true, "because": because});
        let refused = world.post(&operator, "/staff/v1/suspensions", wish).await;
        assert_eq!(refused.problem(422, "invalid-value").body["field"], field);
    }
    let bare = json!({"select": quizzes(), "break_glass": true});
    world.post(&operator, "/staff/v1/suspensions", bare).await.problem(422, "invalid-value");
    assert!(suspended(&world).is_empty());
    assert_eq!(world.store.head().unwrap().next(), head);
}

#[tokio::test]
async fn what_partners_and_apps_say_stands_in_the_vault_and_its_digest_in_the_log() {
    let world = World::community().await;
    let operator = Caller::operator();
    let details = json!({
        "legal_entity": "Acme Ltd, 0123456, London", "country": "GB", "role": "controller",
        "contacts": [{"about": "privacy", "name": "Data office", "email": "privacy@acme.example"}],
    });
    let path = "/staff/v1/partners/ptn_1/details";
    let mut wrong = details.clone();
    wrong["country"] = json!("UK");
    let refused = world.put(&operator, path, json!({"details": wrong})).await;
    assert_eq!(refused.problem(422, "invalid-value").body["field"], "country");
    let at = world.put(&operator, path, json!({"details": details})).await.is(204).position();
    let shown = world.get(&operator, "/staff/v1/partners/ptn_1").await.is(200).body;
    assert_eq!(shown["details"], details);
    let log = format!("/staff/v1/log?from={}&limit=1", at.unwrap());
    let entry = world.get(&operator, &log).await.is(200).body["items"][0].clone();
    assert_eq!(entry["kind"], "partner-changed");
    assert!(!entry.to_string().contains("0123456"), "{entry}");

    let says = json!({
        "category": "planner", "details": {
            "purpose": "Plans meetings of a group.", "privacy_policy": "https://acme.example/privacy",
            "sub_processors": [{"name": "Host GmbH", "country": "DE", "service": "hosting"}],
        },
    });
    world.put(&operator, "/staff/v1/apps/app_1/details", says.clone()).await.is(204);
    let shown = world.get(&operator, "/staff/v1/apps/app_1").await.is(200).body;
    assert_eq!((&shown["details"], &shown["category"]), (&says["details"], &says["category"]));
    // Who names what they read changes nothing that somebody else changed since.
    let app = "/staff/v1/apps/app_1/details";
    let partner = world.get(&operator, "/staff/v1/partners/ptn_1").await.is(200).body;
    let category = json!({"category": "quiz", "edition": shown["edition"]});
    let whole = json!({"details": details, "edition": partner["edition"]});
    for (path, body) in [(app, category), (path, whole)] {
        world.put(&operator, path, body.clone()).await.is(204);
        world.put(&operator, path, body).await.problem(409, "conflict");
    }
    world.put(&operator, app, says.clone()).await.is(204);
    let shown = world.get(&operator, "/staff/v1/apps/app_1").await.is(200).body;
    assert_eq!(shown["redirect_uris"], json!(["https://app.example/cb"]), "what is not said stays");
    let viewer = world.as_role("viewer").await;
    world.put(&viewer, path, json!({"details": details})).await.problem(403, "role-not-allowed");
}

#[tokio::test]
async fn who_a_person_is_is_told_after_the_entry_that_somebody_asked() {
    let world = World::community().await;
    let (responder, auditor) = (world.as_role("responder").await, world.as_role("auditor").await);
    let person = world.person("2").to_string();
    let path = "/staff/v1/identities";
    let ask = json!({"person": person, "because": {"reason": "incident", "note": "called us"}});
    world.post(&auditor, path, ask.clone()).await.problem(403, "role-not-allowed");
    let bare = json!({"person": person, "because": {}});
    world.post(&responder, path, bare).await.problem(422, "invalid-value");
    let told = world.post(&responder, path, ask).await.is(201);
    assert_eq!(told.body["external"], "2");
    let log = format!("/staff/v1/log?from={}&limit=1", told.position().unwrap());
    let entry = world.get(&responder, &log).await.is(200).body["items"][0].clone();
    assert_eq!(entry["kind"], "identity-looked-up");
    assert_eq!(entry["payload"]["why"]["by"], "stf_1");
    assert!(entry["leaf"].get("person").is_none(), "people stand in the payload alone: {entry}");
    let nobody = json!({"person": "per_99", "because": {"reason": "incident"}});
    let head = world.store.head().unwrap().next();
    world.post(&responder, path, nobody).await.problem(404, "not-found");
    assert_eq!(world.store.head().unwrap().next(), head);
}

#[tokio::test]
async fn the_operator_names_a_reason_for_each_status_that_takes_everything() {
    let world = many().await;
    let operator = Caller::operator();
    let head = world.store.head().unwrap().next();
    for (path, status) in [
        ("partners/ptn_2", "suspended"),
        ("partners/ptn_2", "revoked"),
        ("partners/ptn_2", "surrendered"),
        ("apps/app_1", "suspended"),
        ("apps/app_1", "removed"),
    ] {
        let path = format!("/staff/v1/{path}/status");
        for because in [json!({}), json!({"severity": "high", "note": "quick"})] {
            let wish = json!({"status": status, "because": because});
            let refused = world.post(&operator, &path, wish).await.problem(422, "invalid-value");
            assert_eq!(refused.body["field"], "because.reason", "{path} {status}");
        }
    }
    assert_eq!(world.store.head().unwrap().next(), head);
    let path = "/staff/v1/apps/app_1/status";
    let wish = json!({"status": "suspended", "because": {"reason": "incident"}});
    world.post(&operator, path, wish).await.is(204);
    world.post(&operator, path, json!({"status": "active"})).await.is(204);
}
