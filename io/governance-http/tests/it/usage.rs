//! What an app holds beside what it used; whom a person's data went to; receipts.

use crate::disclosed::disclose;
use crate::world::{Caller, World};
use model::{AppNo, IdentifierKind};
use oauth::pairwise::PairwiseKey;
use serde_json::{Value, json};

fn class<'a>(usage: &'a Value, name: &str) -> &'a Value {
    let list = usage["classes"].as_array().unwrap();
    list.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}: {usage}"))
}

#[tokio::test]
async fn an_app_holds_what_stands_and_used_what_left() {
    let world = World::community().await;
    let operator = Caller::operator();
    let usage = world.get(&operator, "/staff/v1/apps/app_1/usage").await.is(200).body;
    assert_eq!(usage["installations"], 0);
    assert_eq!(class(&usage, "post.content")["live"], false, "agreed, and nobody enabled it");
    let admin = world.as_person("1").await;
    let classes = ["group.name", "post.content", "member.name"];
    // One after the other, so that the first has the first number.
    world.enable(&admin, &["10"], &classes).await.is(201);
    world.enable(&admin, &["20"], &classes).await.is(201);
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    let usage = world.get(&operator, "/staff/v1/apps/app_1/usage").await.is(200).body;
    assert_eq!(usage["app"]["name"], "Digest");
    assert_eq!(usage["installations"], 2);
    assert_eq!(usage["people_in_reach"], 3, "members of both groups");
    let content = class(&usage, "post.content");
    assert_eq!((&content["live"], &content["people_in_reach"]), (&json!(true), &json!(3)));
    for window in ["used_7_days", "used_28_days", "used_90_days"] {
        let used = &content[window];
        assert_eq!((&used["disclosures"], &used["people_on_busiest_day"]), (&json!(1), &json!(1)));
    }
    assert_eq!(content["features"][0]["agreements"], json!(["agr_1"]));
    let name = class(&usage, "member.name");
    assert_eq!(name["people_in_reach"], 0, "nobody opted in");
    assert_eq!(name["used_90_days"]["disclosures"], 0);
    world.get(&operator, "/staff/v1/apps/app_9/usage").await.problem(404, "not-found");

    let advice = world.get(&operator, "/staff/v1/apps/app_1/advice").await.is(200).body;
    let smallest = json!([{"program": "groups", "purposes": ["group-management"],
        "classes": ["post.content"]}]);
    assert_eq!(advice["smallest"], smallest);
    let verdict = &advice["agreements"][0];
    assert_eq!((&verdict["verdict"], &verdict["young"]), (&json!("narrow"), &json!(true)));
    assert_eq!(verdict["unused_classes"], json!(["group.name", "member.id", "member.name"]));
    assert_eq!(verdict["required_but_unused"], json!(["group.name"]));
    assert_eq!(advice["unused_installations_count"], 1, "{advice}");
    assert_eq!(advice["unused_installations"][0]["group"], world.group("20"));
}

/// Whatever a partner asks before and after, it learns nothing about people: not whether two posts have one author, not how many
/// are tagged, not who blocks it.
#[tokio::test]
async fn a_partner_reads_no_count_of_people_and_no_number_of_a_group() {
    let world = World::community().await;
    let partner = crate::partners::as_partner(&world, "app_1").await;
    let operator = Caller::operator();
    let admin = world.as_person("1").await;
    let classes = ["group.name", "post.content", "member.name"];
    world.enable(&admin, &["10"], &classes).await.is(201);
    world.enable(&admin, &["20"], &classes).await.is(201);
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    let usage = || async {
        let mut usage = world.get(&partner, "/partner/v1/apps/app_1/usage").await.is(200).body;
        usage.as_object_mut().unwrap().remove("at");
        usage
    };
    let before = usage().await;
    let content = class(&before, "post.content");
    assert_eq!((&content["live"], &content["used_7_days"]["records"]), (&json!(true), &json!(1)));
    assert!(!before.to_string().contains("people_"), "{before}");
    let (person, everything) = (world.as_person("3").await, json!({"blocked": true}));
    world.put(&person, "/me/v1/settings/all-apps", everything).await.is(204);
    assert_eq!(usage().await, before, "who blocks it is not to be seen");
    let of_staff = world.get(&operator, "/staff/v1/apps/app_1/usage").await.is(200).body;
    assert_eq!(of_staff["people_in_reach"], 2, "staff still see it");

    // A report comes when it comes, and says no more than the order of magnitude.
    world.post(&operator, "/staff/v1/apps/app_1/reports", json!({})).await.is(201);
    let reports = world.get(&partner, "/partner/v1/apps/app_1/reports").await.is(200).body;
    let document = &reports["items"][0]["document"];
    assert_eq!(document["people_in_reach_at_least"], 0, "{document}");
    assert_eq!(class(document, "post.content")["people_in_reach_at_least"], 0);
    assert!(!document.to_string().contains("busiest"), "{document}");

    let advice = world.get(&partner, "/partner/v1/apps/app_1/advice").await.is(200).body;
    let keyring = keyring::Keyring::ephemeral(crate::world::KEYRING);
    let ids = PairwiseKey::derive(keyring.pairwise(), AppNo(1));
    let group = world.store.context_number("20").unwrap().unwrap();
    let known = ids.seal(IdentifierKind::Group, group.0.into()).to_string();
    assert_eq!(advice["unused_installations"][0]["group"], known);
    assert!(!advice.to_string().contains("ctx_"), "{advice}");
}

#[tokio::test]
async fn a_timeline_tells_what_was_available_used_and_what_ended_it() {
    let world = World::community().await;
    let operator = Caller::operator();
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    let suspend = json!({"status": "suspended", "because": {"reason": "terms"}});
    let path = "/staff/v1/partners/ptn_1/status";
    let position = world.post(&operator, path, suspend).await.is(204).position().unwrap();
    let timeline = world.get(&operator, "/staff/v1/partners/ptn_1/timeline").await.is(200).body;
    assert_eq!(timeline["name"], "Acme Ltd");
    let lane = |class: &str| {
        let lanes = timeline["lanes"].as_array().unwrap();
        lanes.iter().find(|lane| lane["class"] == class).unwrap()["spans"].clone()
    };
    let content = lane("post.content");
    assert_eq!(content.as_array().unwrap().len(), 1);
    assert_eq!((&content[0]["used"], &content[0]["ended_by"]), (&json!(true), &json!("partner")));
    assert_eq!(content[0]["ended_at_position"], position);
    assert_eq!(lane("member.name")[0]["used"], false);
    world.get(&operator, "/staff/v1/partners/ptn_9/timeline").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_person_sees_every_recipient_may_did_and_ended() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    let list = || async {
        world.get(&member, "/me/v1/recipients").await.is(200).body["recipients"].clone()
    };
    assert_eq!(list().await, json!([]));
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    let may = list().await[0]["may_read"][0].clone();
    assert_eq!(
        (&may["through"], &may["classes"]),
        (&json!("installation"), &json!(["post.content"]))
    );
    assert_eq!(may["groups"][0]["platform_id"], "10");
    assert_eq!(may["receipt"], Value::Null, "nothing was allowed, so there is no receipt");
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-ins", chosen.clone()).await.is(200);
    let (position, ticket, _) = disclose(&world).await;
    drop(ticket);
    let one = list().await[0].clone();
    assert_eq!(one["app"]["partner"], "Acme Ltd");
    let (may, did) = (&one["may_read"][0], &one["did_read"][0]);
    assert_eq!(may["classes"], json!(["post.content", "member.name"]), "{one}");
    assert_eq!(may["receipt"], "/me/v1/receipts/ins_0");
    assert_eq!(did["classes"], json!(["post.content", "member.name"]));
    assert_eq!(did["through"], json!(["installation"]));
    assert_eq!((&did["times"], &did["last"]), (&json!(1), &json!(position.0)));

    world.post(&member, "/me/v1/opt-outs", chosen).await.is(200);
    let disable = world.delete(&admin, "/admin/v1/installations/ins_0").await;
    assert_eq!(disable.status, 204, "{}", disable.body);
    let one = list().await[0].clone();
    assert_eq!(one["may_read"], json!([]));
    let ended: Vec<_> = one["ended"].as_array().unwrap().iter().collect();
    let told: Vec<_> = ended.iter().map(|over| (&over["what"], &over["by"])).collect();
    let word = |what: &str, by: &str| (json!(what), json!(by));
    let (disabled, opted) = (word("app-disabled", "admin"), word("opted-out", "me"));
    assert_eq!(told, [(&disabled.0, &disabled.1), (&opted.0, &opted.1)]);
    assert_eq!(ended[0]["position"], disable.position().unwrap());
    let suspend = json!({"status": "suspended", "because": {"reason": "malware"}});
    world.post(&Caller::operator(), "/staff/v1/apps/app_1/status", suspend).await.is(204);
    let over = list().await[0]["ended"][0].clone();
    assert_eq!((&over["what"], &over["reason"]), (&json!("app-suspended"), &json!("malware")));
    // What is done to many apps, or to a program, is found though it names neither partner nor app.
    let close = json!({"status": "closed", "because": {"reason": "incident"}});
    let path = "/staff/v1/programs/groups/status";
    let closed = world.post(&Caller::operator(), path, close).await.is(204).position();
    let over = list().await[0]["ended"][0].clone();
    assert_eq!((&over["what"], &over["program"]), (&json!("program-closed"), &json!("groups")));
    assert_eq!((json!(closed), &over["by"]), (over["position"].clone(), &json!("staff")));
    let many = json!({
        "select": ["apps:app_1"], "break_glass": true,
        "because": {"reason": "incident", "severity": "high", "note": "all at once"},
    });
    world.post(&Caller::operator(), "/staff/v1/suspensions", many).await.is(201);
    let over = list().await[0]["ended"][0].clone();
    assert_eq!((&over["what"], &over["by"]), (&json!("suspended-with-others"), &json!("staff")));
}

#[tokio::test]
async fn a_receipt_says_what_was_consented_to_where_it_stands_and_how_to_withdraw() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    let path = "/me/v1/receipts/ins_0";
    world.get(&member, path).await.problem(404, "not-found");
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    let given = world.post(&member, "/me/v1/opt-ins", chosen.clone()).await.is(200).position();
    world.get(&admin, path).await.problem(404, "not-found");
    let got = world.get(&member, path).await.is(200);
    assert_eq!(got.content_type(), Some("application/ld+json"));
    let file = got.headers["content-disposition"].to_str().unwrap();
    assert_eq!(file, "attachment; filename=\"receipt-ins_0.jsonld\"");
    let receipt = got.body;
    assert_eq!(receipt["@type"], "dpv:ConsentReceipt");
    assert_eq!(receipt["@context"]["dpv"], "https://w3id.org/dpv#");
    let record = &receipt["dpv:hasRecordOfActivity"];
    let process = &record["dpv:hasProcess"][0];
    let data: Vec<_> = process["dpv:hasPersonalData"].as_array().unwrap().iter().collect();
    assert_eq!(data.len(), 1);
    assert_eq!(
        (&data[0]["dct:identifier"], &data[0]["skos:broader"]),
        (&json!("member.name"), &json!(["pd:Name"]))
    );
    assert_eq!(process["dpv:hasPurpose"][0]["skos:broader"], json!(["dpv:ServiceProvision"]));
    let recipient = process["dpv:hasRecipient"][0].as_str().unwrap();
    assert_eq!(record["dpv:hasEntity"][recipient]["dpv:hasName"], "Acme Ltd");
    assert_eq!(
        record["dpv:hasRight"][0]["dpv:isExercisedAt"],
        "https://bailment.example/privacy/recipients"
    );
    let person = world.person("3");
    let keyring = keyring::Keyring::ephemeral(crate::world::KEYRING);
    let ids = PairwiseKey::derive(keyring.pairwise(), AppNo(1));
    let subject = ids.seal(IdentifierKind::Person, person.0.into());
    assert_eq!(record["dpv:hasDataSubject"]["@id"], format!("urn:bailment:{subject}"));
    assert_eq!(receipt["dct:identifier"], format!("ins_0-{subject}"));
    let text = receipt.to_string();
    assert!(!text.contains("person-3"), "no login, no name of the person");
    assert!(!text.contains(&person.to_string()), "no number by which two apps could compare");
    let status = &record["dpv:hasConsentStatus"];
    assert_eq!(status[0]["@type"][0], "dpv:ConsentGiven");
    assert_eq!(json!(status[0]["bailment:position"]), json!(given));

    let taken = world.post(&member, "/me/v1/opt-outs", chosen).await.is(200).position();
    let record = world.get(&member, path).await.is(200).body["dpv:hasRecordOfActivity"].clone();
    let status = &record["dpv:hasConsentStatus"];
    assert_eq!(status[1]["@type"][0], "dpv:ConsentWithdrawn");
    assert_eq!(json!(status[1]["bailment:position"]), json!(taken));
    assert_eq!(record["dpv:hasProcess"][0]["dpv:hasPersonalData"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_allowed_to_an_app_that_lapsed_can_still_be_taken_back() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["20"], &["group.name", "post.content", "member.name"]).await.is(201);
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-ins", chosen.clone()).await.is(200);
    let told = world.tell(10, &[json!({"kind": "admin-gone", "person": "1", "group": "20"})]).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let list = || async {
        world.get(&member, "/me/v1/recipients").await.is(200).body["recipients"].clone()
    };
    let one = list().await[0].clone();
    let may = &one["may_read"][0];
    assert_eq!((&may["classes"], &may["allowed"]), (&json!([]), &json!(["member.name"])), "{one}");
    let over = &one["ended"][0];
    assert_eq!(over["what"], "installation-lapsed");
    assert!(over["at"].is_string() && over["position"].is_number(), "{over}");
    world.post(&member, "/me/v1/opt-outs", chosen).await.is(200);
    assert_eq!(list().await[0]["may_read"], json!([]));
}

#[tokio::test]
async fn timelines_of_150_partners_are_read_page_by_page() {
    let world = World::community().await;
    let operator = Caller::operator();
    for number in 2..=150 {
        let made = json!({"name": format!("Partner {number}")});
        world.post(&operator, "/staff/v1/partners", made).await.is(201);
    }
    let (mut found, mut sizes, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let path = format!("/staff/v1/partners?limit=100{after}");
        let page = world.get(&operator, &path).await.is(200).body;
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        found.extend(items.iter().map(|one| one["partner"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(sizes, [100, 50]);
    assert_eq!(found, (1..=150).map(|number| format!("ptn_{number}")).collect::<Vec<_>>());
    for partner in &found {
        let path = format!("/staff/v1/partners/{partner}/timeline");
        let timeline = world.get(&operator, &path).await.is(200).body;
        let has_lanes = !timeline["lanes"].as_array().unwrap().is_empty();
        assert_eq!(has_lanes, partner == "ptn_1", "{timeline}");
    }
}
