//! Nobody unaware: a partner that uses nothing of what it holds, under a clock that is moved.

use crate::disclosed::disclose;
use crate::partners::as_partner;
use crate::world::{Caller, World};
use governance_http::Reporter;
use model::Millis;
use serde_json::{Value, json};

const UNUSED_DAYS: u64 = 28;

/// A community whose policy ends what is unused for 28 days, at noon, and reports to be acknowledged in 14.
async fn world() -> (World, crate::world::Hand) {
    let (world, clock) = World::with_hand();
    let world = world.settled().await;
    let policy = json!({"policy": "second", "title": "Second", "programs": {"groups": {"classes": {}}},
        "expiry": {"acknowledge_days": 14, "classes": {
            "post.content": {"unused_days": UNUSED_DAYS}, "member.name": {"unused_days": UNUSED_DAYS}}}});
    world
        .post(&Caller::operator(), "/staff/v1/policies", json!({"document": policy}))
        .await
        .is(200);
    (world, clock)
}

async fn outcome(world: &World, class: &str) -> String {
    world.store.mark_facts(world.store.now());
    let person = world.person("3");
    let path = format!("/staff/v1/explain?person={person}&installation=ins_0");
    let told = world.get(&Caller::operator(), &path).await.is(200).body;
    let all = told["explanations"].as_array().unwrap();
    let one: &Value = all.iter().find(|one| one["class"] == class).unwrap();
    one["reason"].as_str().or_else(|| one["outcome"].as_str()).unwrap().to_owned()
}

#[tokio::test]
async fn what_a_partner_does_not_use_is_flagged_at_once_and_gone_after_its_days() {
    let (world, clock) = world().await;
    let partner = as_partner(&world, "app_1").await;
    let made_at = world.store.state().agreement(model::AgreementNo(1)).unwrap().made_at;
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);

    // Day 1: the partner itself sees what it holds and does not use.
    let usage = world.get(&partner, "/partner/v1/apps/app_1/usage").await.is(200).body;
    let class = |usage: &Value, name: &str| {
        let list = usage["classes"].as_array().unwrap();
        list.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    let name = class(&usage, "member.name");
    assert_eq!(name["live"], true, "the admin allowed it");
    assert_eq!(name["used_28_days"]["disclosures"], 0);
    let advice = world.get(&partner, "/partner/v1/apps/app_1/advice").await.is(200).body;
    assert_eq!(advice["agreements"][0]["verdict"], "end", "nothing is used: {advice}");

    // A post of somebody who has not opted in is read on day 20: the post was used, and no name ever was.
    let end = made_at.plus(Millis::days(UNUSED_DAYS));
    clock.set(made_at.plus(Millis::days(20)));
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    let opt_in = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&world.as_person("3").await, "/me/v1/opt-ins", opt_in).await.is(200);
    let both =
        || async { [outcome(&world, "member.name").await, outcome(&world, "post.content").await] };
    clock.set(model::Timestamp(end.0 - 1));
    assert_eq!(both().await, ["released", "released"]);
    // The names go dark at their instant, and the posts of the same app stay until 28 days after that day.
    clock.set(end);
    assert_eq!(both().await, ["unused", "released"]);
    clock.set(end.plus(Millis::days(UNUSED_DAYS)));
    assert_eq!(both().await, ["unused", "unused"]);
}

#[tokio::test]
async fn a_class_that_was_never_used_ends_at_its_instant() {
    let (world, clock) = world().await;
    let made_at = world.store.state().agreement(model::AgreementNo(1)).unwrap().made_at;
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    let end = made_at.plus(Millis::days(UNUSED_DAYS));
    // Two notices before, and one when it is over; the teller runs now and then, and ends nothing.
    assert_eq!(told(&world), [""; 0]);
    for days in [14, 25] {
        clock.set(made_at.plus(Millis::days(days)));
        told(&world);
    }
    assert_eq!(told(&world), ["classes-unused", "classes-unused"]);
    clock.set(model::Timestamp(end.0 - 1));
    assert_eq!(outcome(&world, "post.content").await, "released");
    clock.set(end);
    assert_eq!(outcome(&world, "post.content").await, "unused");
    assert_eq!(told(&world), ["classes-unused-ended", "classes-unused", "classes-unused"]);
}

/// Lets the teller look, and lists what the partner was told of unused classes, newest first.
fn told(world: &World) -> Vec<&'static str> {
    teller::tell(&world.store, &[]).unwrap();
    let partner = notices::Recipient::Partner(model::PartnerNo(1));
    let inbox = world.store.inbox(partner, None, 100).unwrap();
    let words = inbox.iter().map(|one| one.kind.word());
    words.filter(|word| word.starts_with("classes-unused")).collect()
}

#[tokio::test]
async fn a_term_to_anonymise_comes_to_the_inboxes_of_partner_and_staff_once_each_time() {
    let (world, clock) = world().await;
    let partner = as_partner(&world, "app_1").await;
    let operator = Caller::operator();
    let now = world.store.now();
    let day = |days: u64| now.plus(Millis::days(days));
    let instant = |at: model::Timestamp| {
        let at = i64::try_from(at.0).unwrap();
        jiff::Timestamp::from_millisecond(at).unwrap().to_string()
    };
    let agreement = json!({"app": "app_1", "program": "groups", "classes": ["member.name", "post.content"],
        "purposes": ["group-management"], "until": instant(day(20)), "anonymise_by": instant(day(40)),
        "retention": [{"classes": ["member.name"], "days": 30}]});
    world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
    let staff = notices::Recipient::Staff;
    for days in [0, 10, 33, 39, 39, 40, 43, 49, 50, 60] {
        clock.set(day(days));
        teller::tell(&world.store, &[]).unwrap();
    }
    let (mut all, mut facts) = (Vec::new(), Vec::new());
    for (caller, path) in [(&partner, "/partner/v1/notices"), (&operator, "/staff/v1/notices")] {
        let inbox = world.get(caller, path).await.is(200).body;
        let items = inbox["items"].as_array().unwrap().iter().filter(|one| {
            let kind = one["kind"].as_str().unwrap();
            kind.starts_with("anonymise") || kind.starts_with("retention")
        });
        let items: Vec<Value> = items.rev().cloned().collect();
        let told = items.iter().map(|one| (one["kind"].clone(), one["facts"]["days"].clone()));
        all.push(told.collect::<Vec<_>>());
        facts = items;
    }
    let expected = [
        ("anonymise-due", 30),
        ("anonymise-due", 7),
        ("anonymise-due", 1),
        ("anonymise-term", 0),
        ("retention-due", 7),
        ("retention-due", 1),
        ("retention-term", 0),
    ];
    let expected: Vec<_> = expected.map(|(kind, days)| (json!(kind), json!(days))).into();
    assert_eq!(all, [expected.clone(), expected]);
    let [first, .., last] = facts.as_slice() else { unreachable!() };
    assert_eq!(first["facts"]["agreement"], "agr_2", "{first}");
    assert_eq!(first["facts"]["classes"].as_array().unwrap().len(), 2, "{first}");
    assert_eq!(last["facts"]["classes"], json!(["member.name"]), "{last}");
    assert!(first["subject"].as_str().unwrap().contains("Digest"), "{first}");
    assert!(world.store.unread(staff).unwrap() >= 7);
}

/// More apps than are written together, all due: each report says what its own app holds.
#[tokio::test]
async fn reports_of_many_apps_are_made_together_and_each_is_of_its_own_app() {
    let (world, clock) = world().await;
    let operator = Caller::operator();
    let admin = world.as_person("1").await;
    for no in 2..=40 {
        let app = json!({"partner": "ptn_1", "name": format!("App {no}"), "redirect_uris": [], "reviewed": "all"});
        world.post(&operator, "/staff/v1/apps", app).await.is(201);
        let agreement = json!({"app": format!("app_{no}"), "program": "groups", "classes": ["group.name"],
            "purposes": ["group-management"], "until": "2100-01-01T00:00:00Z"});
        world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
    }
    world.enable(&admin, &["10"], &["group.name"]).await.is(201);
    let groups = [world.group("10"), world.group("20")];
    let enable = json!({"app": "app_38", "groups": groups, "classes": ["group.name"]});
    world.post(&admin, "/admin/v1/installations", enable).await.is(201);
    let remove = json!({"status": "removed", "because": {"reason": "terms", "severity": "low"}});
    world.post(&operator, "/staff/v1/apps/app_39/status", remove).await.is(204);
    clock.set(world.store.now().plus(Millis::days(90)));
    let reporter = Reporter::new(world.store.clone());
    assert_eq!(reporter.round().await.unwrap(), 39);
    assert_eq!(reporter.round().await.unwrap(), 0);
    for (no, installations) in [(1, 1), (2, 0), (33, 0), (38, 2), (40, 0)] {
        let partner = as_partner(&world, &format!("app_{no}")).await;
        let path = format!("/partner/v1/apps/app_{no}/reports");
        let reports = world.get(&partner, &path).await.is(200).body;
        let document = &reports["items"][0]["document"];
        let told = (document["app"]["app"].clone(), document["installations"].clone());
        assert_eq!(told, (json!(format!("app_{no}")), json!(installations)), "{document}");
        let usage = world.get(&partner, &format!("/partner/v1/apps/app_{no}/usage")).await.is(200);
        for (field, counted) in document.as_object().unwrap() {
            let is_rough = field.starts_with("people_in_reach") || field == "classes";
            assert!(is_rough || usage.body[field] == *counted, "{field}: {document}");
        }
    }
    let removed = model::AppNo(39);
    assert!(world.store.state().app(removed).unwrap().report.is_none());
}

#[tokio::test]
async fn a_receipt_says_how_far_it_tells_while_the_index_is_half_made() {
    let (world, clock) = world().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    outrun_the_index(&world).await;
    let begun = world.store.now();
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-ins", chosen.clone()).await.is(200);
    world.post(&admin, "/me/v1/opt-ins", chosen.clone()).await.is(200);
    world.post(&admin, "/me/v1/opt-outs", chosen).await.is(200);
    clock.set(begun.plus(Millis::days(1)));
    let path = "/me/v1/receipts/ins_0";
    let statuses = |receipt: &Value| {
        let record = &receipt["dpv:hasRecordOfActivity"];
        record["dpv:hasConsentStatus"].as_array().unwrap().len()
    };
    let part = world.get(&member, path).await.is(200).body;
    assert!(part["bailment:completeTo"].is_u64(), "{part}");
    let words = part["dct:description"].as_str().unwrap();
    assert!(words.ends_with("are being read in again; this receipt may be incomplete until then."));
    assert_eq!(statuses(&part), 0, "what stands has a receipt before the log says since when");
    // What was taken back is known from the log alone: nobody is told that they never gave it.
    let refused = world.get(&admin, path).await;
    let refused = refused.problem(503, "log-unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    world.get(&admin, "/me/v1/receipts/grt_9").await.problem(404, "not-found");
    while world.store.is_counted().is_err() {}
    let whole = world.get(&member, path).await.is(200).body;
    assert!(whole.get("bailment:completeTo").is_none(), "{whole}");
    assert!(whole.get("dct:description").is_none(), "{whole}");
    assert_eq!(statuses(&whole), 1);
    assert_eq!(statuses(&world.get(&admin, path).await.is(200).body), 2);
}

/// So much that a page takes in a small part of it.
async fn outrun_the_index(world: &World) {
    let flow = |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        let person = model::PersonNo(0);
        let event = ledger::Event::SettingChanged(ledger::SettingChanged {
            person,
            scope: ledger::SettingScope::AllApps,
            blocked: model::ClassMask::NONE,
            why: ledger::Why::by(model::Actor::Person(person)),
        });
        let mut commit = sequence::Commit::event(event.clone(), ());
        commit.events = vec![event; 36_000];
        Ok::<_, std::convert::Infallible>(commit)
    };
    world.store.commit(store::Urgency::Ordinary, None, flow).await.unwrap().unwrap();
}

#[tokio::test]
async fn nothing_is_said_to_be_unused_while_the_index_is_half_made() {
    let (world, clock) = world().await;
    let partner = as_partner(&world, "app_1").await;
    let operator = Caller::operator();
    let reporter = Reporter::new(world.store.clone());
    let made_at = world.store.state().agreement(model::AgreementNo(1)).unwrap().made_at;
    outrun_the_index(&world).await;
    clock.set(made_at.plus(Millis::days(90)));
    let person = world.as_person("1").await;
    let paths = ["apps/app_1/usage", "apps/app_1/advice", "partners/ptn_1/timeline"];
    for path in paths {
        let refused = world.get(&operator, &format!("/staff/v1/{path}")).await;
        let refused = refused.problem(503, "log-unavailable");
        assert!(refused.headers.contains_key("retry-after"), "{path}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("being made again"), "{path}: {detail}");
    }
    let issued = world.post(&operator, "/staff/v1/apps/app_1/reports", json!({})).await;
    issued.problem(503, "log-unavailable");
    let own = world.get(&partner, "/partner/v1/apps/app_1/usage").await;
    own.problem(503, "log-unavailable");
    assert!(reporter.round().await.is_err(), "no report is made from a part");
    assert!(world.store.state().app(model::AppNo(1)).unwrap().report.is_none());
    let events = world.get(&person, "/me/v1/events").await.is(200).body;
    assert!(events["complete_to"].is_u64(), "people read what there is: {events}");
    while world.store.is_counted().is_err() {}
    assert_eq!(reporter.round().await.unwrap(), 1);
    world.get(&operator, "/staff/v1/apps/app_1/usage").await.is(200);
    for path in ["seen", "events", "recipients"] {
        let whole = world.get(&person, &format!("/me/v1/{path}")).await.is(200).body;
        assert!(whole.get("complete_to").is_none(), "{whole}");
    }
}

#[tokio::test]
async fn a_report_that_is_not_acknowledged_restricts_the_app_at_its_term() {
    let (world, clock) = world().await;
    let partner = as_partner(&world, "app_1").await;
    let reporter = Reporter::new(world.store.clone());
    assert_eq!(reporter.round().await.unwrap(), 0, "nothing is due yet");
    let made_at = world.store.state().agreement(model::AgreementNo(1)).unwrap().made_at;
    clock.set(made_at.plus(Millis::days(90)));
    assert_eq!(reporter.round().await.unwrap(), 1);
    assert_eq!(reporter.round().await.unwrap(), 0, "one each 90 days");
    let issued_at = world.store.now();
    let reports = world.get(&partner, "/partner/v1/apps/app_1/reports").await.is(200).body;
    let report = reports["items"][0].clone();
    assert_eq!(report["open"], true, "{report}");
    assert_eq!(report["document"]["app"]["name"], "Digest");
    let digest = report["sha256"].as_str().unwrap();
    let text = world.get(&Caller::operator(), &format!("/staff/v1/notes/{digest}")).await.is(200);
    let text = text.body.to_string();
    assert!(text.contains("people_in_reach_at_least"), "the vault holds the report: {text}");
    assert_eq!(report["document"]["people_in_reach_at_least"], 0, "of so few no count is told");

    let due = issued_at.plus(Millis::days(14));
    let enable = || async {
        let admin = world.as_person("1").await;
        world.enable(&admin, &["10"], &["group.name"]).await
    };
    clock.set(due);
    assert_eq!(
        world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body["restricted"],
        true
    );
    enable().await.problem(409, "app-restricted");
    let path = format!("/partner/v1/apps/app_1/reports/{}/acknowledge", report["report"]);
    world
        .post(&partner, "/partner/v1/apps/app_1/reports/1/acknowledge", json!({}))
        .await
        .problem(409, "conflict");
    world.post(&partner, &path, json!({})).await.is(204);
    enable().await.is(201);
    let reports = world.get(&partner, "/partner/v1/apps/app_1/reports").await.is(200).body;
    assert_eq!(reports["items"][0]["open"], false);

    // Staff can issue one, too, and note what the partner said.
    let operator = Caller::operator();
    let issued =
        world.post(&operator, "/staff/v1/apps/app_1/reports", json!({})).await.is(201).body;
    let second_at = world.store.now();
    clock.set(model::Timestamp(world.store.now().plus(Millis::days(14)).0 - 1));
    assert_eq!(
        world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body["restricted"],
        false
    );
    clock.set(model::Timestamp(world.store.now().0 + 1));
    assert_eq!(
        world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body["restricted"],
        true
    );
    let path = format!("/staff/v1/apps/app_1/reports/{}/acknowledge", issued["report"]);
    let word = json!({"because": {"note": "said by telephone"}});
    world.post(&operator, &path, word).await.is(204);
    assert_eq!(
        world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body["restricted"],
        false
    );

    // Whoever reads on hears of what was issued meanwhile, and finds as much as who begins anew.
    let again = || Reporter::new(world.store.clone());
    clock.set(model::Timestamp(second_at.plus(Millis::days(90)).0 - 1));
    assert_eq!((reporter.round().await.unwrap(), again().round().await.unwrap()), (0, 0));
    clock.set(second_at.plus(Millis::days(90)));
    assert_eq!((reporter.round().await.unwrap(), again().round().await.unwrap()), (1, 0));
    assert_eq!(reporter.round().await.unwrap(), 0);
}
