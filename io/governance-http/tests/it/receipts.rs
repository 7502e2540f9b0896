//! Receipts say what was agreed when somebody consented, what they lack of the profile, and what ended with app or partner.

use crate::world::{Caller, Hand, World};
use ledger::{Event, GrantMade, Why};
use model::{Actor, AppNo, ClassMask, GrantNo, Millis};
use serde_json::{Value, json};

const OPT_IN: &str = "/me/v1/receipts/ins_0";
const GRANT: &str = "/me/v1/receipts/grt_0";

/// The app enabled, and a member who signs in.
async fn enabled() -> (World, Hand, Caller) {
    let (world, clock) = World::with_hand();
    let world = world.settled().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    (world, clock, member)
}

/// The member consents twice: in the group, and for themselves.
async fn consent(world: &World, member: &Caller) {
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(member, "/me/v1/opt-ins", chosen).await.is(200);
    let person = world.person("3");
    let make = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        let classes = ClassMask::of(state.numbering().classes["member.name"]);
        let made = GrantMade {
            grant: GrantNo(0),
            app: AppNo(1),
            person,
            classes,
            contexts: Vec::new(),
            expires_at: env.now.plus(Millis::days(90)),
            ends: None,
            once: None,
            purposes: None,
            why: Why::by(Actor::Person(person)),
        };
        Ok::<_, std::convert::Infallible>(sequence::Commit::event(Event::GrantMade(made), ()))
    };
    world.store.commit(store::Urgency::Ordinary, None, make).await.unwrap().unwrap();
}

async fn agree(world: &World, purpose: &str, days: u32) {
    let agreement = json!({
        "app": "app_1", "program": "groups", "until": "2100-01-01T00:00:00Z",
        "classes": ["group.name", "member.name"], "purposes": [purpose],
        "retention": [{"classes": ["member.name"], "days": days}],
    });
    world.post(&Caller::operator(), "/staff/v1/agreements", agreement).await.is(201);
}

async fn describe(world: &World, role: &str, country: &str, policy: &str) {
    let contact =
        |about: &str, email: &str| json!({"about": about, "name": "An office", "email": email});
    let partner = json!({"details": {
        "legal_entity": "Acme Limited, 1 Street, London", "country": country, "role": role,
        "contacts": [contact("support", "help@acme.example"), contact("privacy", "dpo@acme.example")],
    }});
    let operator = Caller::operator();
    world.put(&operator, "/staff/v1/partners/ptn_1/details", partner).await.is(204);
    let app = json!({"details": {
        "purpose": "Digests of groups", "privacy_policy": policy,
        "sub_processors": [{"name": "Cloud Ltd", "country": "IE", "service": "hosting"}],
    }, "category": "digest"});
    world.put(&operator, "/staff/v1/apps/app_1/details", app).await.is(204);
}

async fn receipt(world: &World, member: &Caller, path: &str) -> Value {
    world.get(member, path).await.is(200).body
}

fn purposes(receipt: &Value) -> Vec<&str> {
    let process = &receipt["dpv:hasRecordOfActivity"]["dpv:hasProcess"][0];
    let list = process["dpv:hasPurpose"].as_array().unwrap();
    list.iter().map(|one| one["dct:identifier"].as_str().unwrap()).collect()
}

fn statuses(receipt: &Value) -> Vec<&str> {
    let list = receipt["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"].as_array().unwrap();
    list.iter().map(|one| one["@type"][0].as_str().unwrap()).collect()
}

#[tokio::test]
async fn nothing_that_is_agreed_or_ended_later_changes_a_receipt() {
    let (world, clock, member) = enabled().await;
    describe(&world, "processor", "GB", "https://acme.example/privacy").await;
    agree(&world, "group-management", 30).await;
    consent(&world, &member).await;
    let mut before = Vec::new();
    for path in [OPT_IN, GRANT] {
        let receipt = receipt(&world, &member, path).await;
        assert_eq!(purposes(&receipt), ["group-management"], "{receipt}");
        assert_eq!(statuses(&receipt), ["dpv:ConsentGiven"]);
        before.push(receipt["dpv:hasRecordOfActivity"].clone());
    }
    clock.set(world.store.now().plus(Millis::days(1)));
    agree(&world, "sign-in", 7).await;
    for agreement in ["agr_1", "agr_2"] {
        let end = json!({"because": {"reason": "terms", "severity": "low"}});
        let path = format!("/staff/v1/agreements/{agreement}/end");
        world.post(&Caller::operator(), &path, end).await.is(204);
    }
    describe(&world, "controller", "FR", "https://acme.example/other").await;
    for (path, before) in [OPT_IN, GRANT].into_iter().zip(&before) {
        let after = receipt(&world, &member, path).await;
        assert_eq!(&after["dpv:hasRecordOfActivity"], before, "{path}");
    }
    // What is said anew is said of what is agreed now.
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-outs", chosen.clone()).await.is(200);
    world.post(&member, "/me/v1/opt-ins", chosen).await.is(200);
    let again = receipt(&world, &member, OPT_IN).await;
    assert_eq!(purposes(&again), ["sign-in"], "{again}");
    let process = &again["dpv:hasRecordOfActivity"]["dpv:hasProcess"][0];
    assert_eq!(process["dpv:hasJurisdiction"], json!(["loc:FR"]));
}

#[tokio::test]
async fn a_receipt_has_what_the_register_knew_and_names_every_mandatory_field_that_it_lacks() {
    let (world, _clock, member) = enabled().await;
    agree(&world, "group-management", 30).await;
    consent(&world, &member).await;
    let bare = receipt(&world, &member, OPT_IN).await;
    let (platform, app) = ("https://bailment.example", "https://bailment.example/apps/app_1");
    let of_platform = ["party name", "party address", "party contact"];
    let of_platform = of_platform.map(|field| format!("{field} of {platform}"));
    let lacks = |receipt: &Value| {
        let list = receipt["bailment:lacks"].as_array().unwrap();
        let list = list.iter().map(|one| one.as_str().unwrap().to_owned());
        list.filter(|one| !of_platform.contains(one)).collect::<Vec<_>>()
    };
    let (address, contact) = (format!("party address of {app}"), format!("party contact of {app}"));
    let known: Vec<&str> = vec![&address, &contact];
    let unknown = ["privacy notice", "jurisdiction", "storage locations"];
    assert_eq!(lacks(&bare), [&unknown[..], &known[..]].concat(), "{bare}");
    let entity = &bare["dpv:hasRecordOfActivity"]["dpv:hasEntity"][app];
    assert_eq!(entity["@type"], json!(["dpv:Recipient"]), "no role was said");
    assert!(!bare.to_string().contains("conformsTo"), "{bare}");

    describe(&world, "processor", "GB", "https://acme.example/privacy").await;
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-outs", chosen.clone()).await.is(200);
    world.post(&member, "/me/v1/opt-ins", chosen).await.is(200);
    let told = receipt(&world, &member, OPT_IN).await;
    assert_eq!(told["dct:language"], "en");
    let record = &told["dpv:hasRecordOfActivity"];
    let process = &record["dpv:hasProcess"][0];
    assert_eq!(process["dpv:hasNotice"][0]["@id"], "https://acme.example/privacy");
    assert_eq!(process["dpv:hasJurisdiction"], json!(["loc:GB"]));
    let kept = &process["dpv:hasStorageCondition"];
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
    assert_eq!(kept[0]["@type"], json!(["dpv:StorageDuration"]), "no place was said");
    assert_eq!(kept[0]["dpv:hasDuration"]["rdf:value"], "P30D");
    assert_eq!(kept[0]["bailment:class"], json!(["member.name"]));
    let entity = &record["dpv:hasEntity"][app];
    assert_eq!(entity["@type"], json!(["dpv:DataProcessor", "dpv:Recipient"]));
    assert_eq!(entity["schema:legalName"], "Acme Limited, 1 Street, London");
    assert_eq!(entity["dpv:hasContact"][0]["@id"], "mailto:dpo@acme.example");
    let other = process["dpv:hasRecipient"][1].as_str().unwrap();
    assert_eq!(record["dpv:hasEntity"][other]["dpv:hasName"], "Cloud Ltd");
    let list = lacks(&told);
    assert!(list.contains(&"storage locations".to_owned()) && list.contains(&address), "{list:?}");
    for said in ["privacy notice", "language", "jurisdiction", "retention period", &contact] {
        assert!(!list.contains(&said.to_owned()), "{said}: {list:?}");
    }
    assert!(!told.to_string().contains("conformsTo"), "where and by whom is not all known: {told}");
    // What no agreement says how long to keep is not said to be kept as long as another class.
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    consent(&world, &member).await;
    let list = lacks(&receipt(&world, &member, OPT_IN).await);
    assert!(list.contains(&"retention period".to_owned()), "{list:?}");
}

#[tokio::test]
async fn what_is_allowed_ends_with_the_app_and_its_partner_and_not_with_a_suspension() {
    for (path, status, ends) in [
        ("partners/ptn_1", "suspended", false),
        ("apps/app_1", "suspended", false),
        ("partners/ptn_1", "revoked", true),
        ("partners/ptn_1", "surrendered", true),
        ("apps/app_1", "removed", true),
    ] {
        let (world, clock, member) = enabled().await;
        consent(&world, &member).await;
        let body = json!({"status": status, "because": {"reason": "terms", "severity": "low"}});
        let at = world.post(&Caller::operator(), &format!("/staff/v1/{path}/status"), body).await;
        let at = at.is(204).position().unwrap();
        let seen = world.get(&member, "/me/v1/visibility").await.is(200).body;
        let expected = json!(if ends { "ended" } else { "standing" });
        assert_eq!(seen["installations"][0]["status"], expected, "{path} {status}: {seen}");
        assert_eq!(seen["grants"][0]["status"], expected, "{path} {status}: {seen}");
        // Its own end comes later and is none any more.
        let later = world.store.now().plus(Millis::days(100));
        for now in [world.store.now(), later] {
            clock.set(now);
            // The session has run out by then.
            let member = world.as_person("3").await;
            for chain in [OPT_IN, GRANT] {
                let receipt = receipt(&world, &member, chain).await;
                let own =
                    if chain == GRANT && now == later { &["dpv:ConsentExpired"][..] } else { &[] };
                let then = if ends { &["dpv:ConsentRevoked"][..] } else { own };
                let expected = [&["dpv:ConsentGiven"][..], then].concat();
                assert_eq!(statuses(&receipt), expected, "{path} {status} {chain}: {receipt}");
                let record = &receipt["dpv:hasRecordOfActivity"];
                let end = &record["dpv:hasConsentStatus"][1];
                assert!(!ends || end["bailment:position"] == at, "{end}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_person_took_back_before_did_not_end_with_the_partner() {
    let (world, _clock, member) = enabled().await;
    consent(&world, &member).await;
    let chosen = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-outs", chosen).await.is(200);
    let gone = world.delete(&member, "/me/v1/grants/grt_0").await;
    assert!(gone.status < 300, "{}", gone.body);
    let revoke = json!({"status": "revoked", "because": {"reason": "terms", "severity": "low"}});
    world.post(&Caller::operator(), "/staff/v1/partners/ptn_1/status", revoke).await.is(204);
    for path in [OPT_IN, GRANT] {
        let receipt = receipt(&world, &member, path).await;
        let expected = ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"];
        assert_eq!(statuses(&receipt), expected, "{path}: {receipt}");
    }
}
