//! What people, partners and staff are told.

use crate::world::{Caller, World};
use serde_json::{Value, json};

fn subjects(inbox: &Value) -> Vec<&str> {
    inbox["items"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect()
}

/// An app enabled in both groups of three people.
async fn enabled() -> (World, Caller, Caller) {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10", "20"], &["group.name", "post.content"]).await.is(201);
    teller::tell(&world.store, &[]).unwrap();
    (world, admin, member)
}

#[tokio::test]
async fn members_are_told_of_an_app_in_a_language_that_they_accept() {
    let (world, admin, member) = enabled().await;
    let german = member.clone().with("accept-language", "de-CH,de;q=0.9,en;q=0.2");
    let inbox = world.get(&german, "/me/v1/notices").await.is(200).body;
    // Numbers are given in random order, so either group can be the first.
    let mut told = subjects(&inbox);
    told.sort_unstable();
    let expected =
        ["Digest wurde in Group 10 eingeschaltet", "Digest wurde in Group 20 eingeschaltet"];
    assert_eq!(told, expected);
    assert_eq!((&inbox["unread"], &inbox["items"][0]["language"]), (&json!(2), &json!("de")));
    let groups: Vec<&str> =
        [0, 1].iter().map(|n| inbox["items"][n]["facts"]["group"].as_str().unwrap()).collect();
    assert!(groups.contains(&world.group("10").as_str()), "{inbox}");
    let inbox = world.get(&member, "/me/v1/notices").await.is(200).body;
    assert!(subjects(&inbox).contains(&"Digest was enabled in Group 10"));
    assert_eq!(world.get(&admin, "/me/v1/notices").await.is(200).body["items"], json!([]));
}

#[tokio::test]
async fn what_one_has_read_is_read_for_them_alone() {
    let (world, _, member) = enabled().await;
    let other = world.as_person("2").await;
    let first = world.get(&member, "/me/v1/notices?limit=1").await.is(200).body;
    let next = first["next"].as_str().unwrap().to_owned();
    let second = format!("/me/v1/notices?limit=1&after={next}");
    let second = world.get(&member, &second).await.is(200).body;
    assert_eq!(second["next"], Value::Null);
    let older = second["items"][0]["notice"].as_str().unwrap().to_owned();
    assert_ne!(first["items"][0]["notice"].as_str().unwrap(), older);

    let read = |notice: &str| json!({"notice": notice});
    let path = "/me/v1/notices/read";
    let marked = world.post(&member, path, read(&older)).await.is(200).body;
    assert_eq!(marked, json!({"marked": 1, "unread": 1}));
    let all = json!({"notice": first["items"][0]["notice"], "and_older": true});
    let marked = world.post(&member, path, all).await.is(200).body;
    assert_eq!(marked, json!({"marked": 1, "unread": 0}));
    assert_eq!(world.get(&other, "/me/v1/notices").await.is(200).body["unread"], 1);
    // `2` is no member of the second group: its news are not theirs to read.
    let all = [&first, &second].into_iter().map(|page| &page["items"][0]);
    let mut elsewhere = all.filter(|one| one["facts"]["group"] == world.group("20").as_str());
    let elsewhere = elsewhere.next().unwrap()["notice"].as_str().unwrap();
    world.post(&other, path, read(elsewhere)).await.problem(404, "not-found");
    world.post(&other, path, read("ntc_07")).await.problem(422, "invalid-value");
}

#[tokio::test]
async fn a_lapse_reaches_the_remaining_admin_and_the_partner() {
    let world = World::community().await;
    let (ada, ben) = (world.as_person("1").await, world.as_person("2").await);
    world.enable(&ada, &["10"], &["group.name"]).await.is(201);
    world.tell(10, &[json!({"kind": "admin-gone", "person": "1", "group": "10"})]).await.is(200);
    teller::tell(&world.store, &[]).unwrap();
    let inbox = world.get(&ben, "/me/v1/notices").await.is(200).body;
    assert_eq!(subjects(&inbox)[0], "Digest lost its access to Group 10");
    let staff = world.as_staff().await;
    let partner = world.get(&staff, "/staff/v1/notices?partner=ptn_1").await.is(200).body;
    assert!(subjects(&partner).contains(&"An installation of Digest has lapsed"), "{partner}");
    assert!(!partner.to_string().contains("Group 10"), "a partner hears of no group: {partner}");
    // Running again tells nothing anew.
    assert_eq!(teller::tell(&world.store, &[]).unwrap(), 0);
}

#[tokio::test]
async fn addresses_of_partners_are_staff_s_and_those_of_people_the_operator_s() {
    let (world, operator) = (World::community().await, Caller::operator());
    let staff = world.as_staff().await;
    let at = |who: &str| format!("/staff/v1/notices/addresses/{who}");
    let address = json!({"email": "privacy@acme.example", "language": "de"});
    world.get(&staff, &at("ptn_1")).await.problem(404, "not-found");
    // Where none was set, a partner's letters go to its contact in the register.
    let contact =
        |about: &str, email: &str| json!({"about": about, "name": "An office", "email": email});
    let details = json!({"details": {"legal_entity": "Acme Ltd", "country": "GB", "role": "processor",
        "contacts": [contact("support", "help@acme.example"), contact("privacy", "dpo@acme.example")]}});
    world.put(&operator, "/staff/v1/partners/ptn_1/details", details).await.is(204);
    let registered = json!({"email": "dpo@acme.example", "language": "en"});
    assert_eq!(world.get(&staff, &at("ptn_1")).await.is(200).body, registered);
    world.put(&staff, &at("ptn_1"), address.clone()).await.is(204);
    assert_eq!(world.get(&staff, &at("ptn_1")).await.is(200).body, address);
    for (who, email, language) in [
        ("ptn_1", "nobody", "de"),
        ("staff", "a@b.org\r\nBcc: c@d.org", "en"),
        ("staff", "a@b.org", "tlh"),
    ] {
        let wrong = json!({"email": email, "language": language});
        world.put(&staff, &at(who), wrong).await.problem(422, "invalid-value");
    }
    let person = world.person("3").to_string();
    world.put(&staff, &at(&person), address.clone()).await.problem(403, "not-operator");
    world.put(&operator, &at(&person), address.clone()).await.is(204);
    // Where a person's goes is set and ended, and read by nobody: that would be a look-up without an entry.
    world.get(&operator, &at(&person)).await.problem(403, "not-shown");
    world.get(&staff, &at(&person)).await.problem(403, "not-operator");
    world.delete(&operator, &at(&person)).await.is(204);
    for unknown in ["ptn_9", "per_999", "x"] {
        world.put(&operator, &at(unknown), address.clone()).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn who_only_looks_on_marks_nothing_as_read_and_sets_no_address() {
    let world = World::community().await;
    let report = json!({"because": {"reason": "terms"}, "status": "suspended"});
    world.post(&Caller::operator(), "/staff/v1/apps/app_1/status", report).await.is(204);
    teller::tell(&world.store, &[]).unwrap();
    let inbox = world.get(&Caller::operator(), "/staff/v1/notices").await.is(200).body;
    let notice = inbox["items"][0]["notice"].as_str().unwrap().to_owned();
    let read = json!({"notice": notice});
    let at = "/staff/v1/notices/addresses/ptn_1";
    let address = json!({"email": "privacy@acme.example", "language": "en"});
    for role in ["viewer", "auditor"] {
        let staff = world.as_role(role).await;
        world.get(&staff, "/staff/v1/notices").await.is(200);
        let refused = world.post(&staff, "/staff/v1/notices/read", read.clone()).await;
        assert_eq!(refused.problem(403, "role-not-allowed").body["act"], "review");
    }
    let reviewer = world.as_role("reviewer").await;
    let refused = world.put(&reviewer, at, address).await.problem(403, "role-not-allowed");
    assert_eq!(refused.body["act"], "register");
    let marked = world.post(&reviewer, "/staff/v1/notices/read", read).await.is(200).body;
    assert_eq!(marked["marked"], 1);
}
