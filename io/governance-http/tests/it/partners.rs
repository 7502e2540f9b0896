//! What a partner reads and does about its own apps; cases; reports by people.

use crate::world::{Caller, World};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A caller with a new secret of an app.
pub async fn as_partner(world: &World, app: &str) -> Caller {
    let path = format!("/staff/v1/apps/{app}/credentials");
    let made = world.post(&Caller::operator(), &path, json!({})).await.is(201).body;
    let proof = format!("{app}:{}", made["client_secret"].as_str().unwrap());
    Caller::nobody().with("authorization", &format!("Basic {}", STANDARD.encode(proof)))
}

/// A second partner with an app of its own.
async fn with_another(world: &World) -> Caller {
    let operator = Caller::operator();
    world.post(&operator, "/staff/v1/partners", json!({"name": "Other Ltd"})).await.is(201);
    let app = json!({"partner": "ptn_2", "name": "Other", "redirect_uris": []});
    world.post(&operator, "/staff/v1/apps", app).await.is(201);
    as_partner(world, "app_2").await
}

#[tokio::test]
async fn a_report_becomes_a_case_that_the_partner_reads_and_appeals_against() {
    let world = World::community().await;
    let (partner, other) = (as_partner(&world, "app_1").await, with_another(&world).await);
    let (person, responder) = (world.as_person("3").await, world.as_role("responder").await);
    let reported = json!({"app": "app_1", "reason": "malware", "text": "It mined coins."});
    let report =
        world.post(&person, "/me/v1/reports", reported).await.is(201).body["report"].clone();
    let listed = world.get(&responder, "/staff/v1/reports").await.is(200).body;
    assert_eq!(listed["items"][0]["text"], "It mined coins.");
    assert_eq!(listed["items"][0]["reason"], "malware");

    let wish = json!({"app": "app_1", "kind": "report", "begins_with": report,
        "because": {"reason": "malware", "severity": "high", "note": "said by a member"}});
    let case = world.post(&responder, "/staff/v1/cases", wish.clone()).await.is(201).body;
    assert_eq!(case["case"], "cas_1", "{case}");
    let elsewhere = json!({"app": "app_2", "kind": "report", "begins_with": report});
    world.post(&responder, "/staff/v1/cases", elsewhere).await.problem(422, "invalid-value");
    let notes = "/staff/v1/cases/cas_1/notes";
    world.post(&responder, notes, json!({"note": "seen by us, too", "shown": true})).await.is(200);
    world.post(&responder, notes, json!({"note": "ask the police", "shown": false})).await.is(200);

    // A further report goes into the open case; what is about another app, or no report at all, does not.
    let further = json!({"app": "app_1", "reason": "malware", "text": "Mine, too."});
    let further = world.post(&person, "/me/v1/reports", further).await.is(201).body;
    let further = further["report"].as_u64().unwrap();
    let elsewhere = json!({"app": "app_2", "reason": "malware", "text": "Another."});
    let elsewhere = world.post(&person, "/me/v1/reports", elsewhere).await.is(201).body;
    for at in [elsewhere["report"].as_u64().unwrap(), 0, 1 << 40] {
        let attached = json!({"note": "belongs here", "attached": at});
        let refused = world.post(&responder, notes, attached).await.problem(422, "invalid-value");
        assert_eq!(refused.body["field"], "attached", "{at}");
    }
    for empty in [json!({}), json!({"attached": further, "shown": true})] {
        let refused = world.post(&responder, notes, empty).await.problem(422, "invalid-value");
        assert_eq!(refused.body["field"], "because.note");
    }
    let noted = world.post(&responder, notes, json!({"attached": further})).await.is(200).body;
    let brought: Vec<&Value> =
        noted["history"].as_array().unwrap().iter().map(|step| &step["attached"]).collect();
    assert_eq!(brought, [&report, &Value::Null, &Value::Null, &json!(further)]);

    // A reviewer may not suspend; whoever may does it with the decision.
    let close = "/staff/v1/cases/cas_1/close";
    let decision = json!({"outcome": "suspended", "because": {"reason": "malware", "severity": "high", "note": "stop it"}});
    let reviewer = world.as_role("reviewer").await;
    world.post(&reviewer, close, decision.clone()).await.problem(403, "role-not-allowed");
    for (said, missing) in [
        (json!({"note": "stop it"}), "because.reason"),
        (json!({"reason": "malware", "note": "stop it"}), "because.severity"),
    ] {
        let bare = json!({"outcome": "suspended", "because": said});
        let refused = world.post(&responder, close, bare).await.problem(422, "invalid-value");
        assert_eq!(refused.body["field"], missing);
    }
    let closed = world.post(&responder, close, decision.clone()).await.is(200).body;
    assert_eq!(closed["history"].as_array().unwrap().len(), 5, "{closed}");
    world.post(&responder, close, decision).await.problem(409, "conflict");
    let status = world.get(&responder, "/staff/v1/apps/app_1").await.is(200).body["status"].clone();
    assert_eq!(status, "suspended");

    let own = world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body;
    assert_eq!(own["status"], "suspended");
    assert_eq!(
        (&own["because"]["of"], &own["because"]["reason"]),
        (&json!("app"), &json!("malware"))
    );
    let seen = world.get(&partner, "/partner/v1/cases/cas_1").await.is(200).body;
    let text = seen.to_string();
    assert!(text.contains("seen by us, too") && text.contains("stop it"), "{text}");
    assert!(!text.contains("police") && !text.contains("said by a member"), "{text}");
    assert!(!text.contains(&world.person("3").to_string()), "who reported is not told: {text}");
    assert!(!text.contains("attached"), "nor which reports there are: {text}");
    world.get(&other, "/partner/v1/cases/cas_1").await.problem(404, "not-found");
    world.get(&other, "/partner/v1/apps/app_1").await.problem(404, "not-found");
    world.get(&Caller::nobody(), "/partner/v1/apps").await.problem(401, "not-signed-in");

    let appeal = "/partner/v1/cases/cas_1/appeal";
    world.post(&other, appeal, json!({"text": "why not"})).await.problem(404, "not-found");
    world.post(&partner, appeal, json!({"text": " "})).await.problem(422, "invalid-value");
    world.post(&partner, appeal, json!({"text": "It was a test."})).await.is(200);
    world.post(&partner, appeal, json!({"text": "Again."})).await.problem(409, "conflict");
    let waiting = world.get(&responder, "/staff/v1/cases?open=true").await.is(200).body;
    assert_eq!(waiting["items"][0]["appeal"], "open");
    let path = "/staff/v1/cases/cas_1/appeal";
    let bare = json!({"upheld": true, "reinstate": true, "because": {"note": "so it was"}});
    let refused = world.post(&responder, path, bare).await.problem(422, "invalid-value");
    assert_eq!(refused.body["field"], "because.reason");
    let verdict = json!({"upheld": true, "reinstate": true,
        "because": {"reason": "other", "note": "so it was"}});
    world.post(&reviewer, path, verdict.clone()).await.problem(403, "role-not-allowed");
    world.post(&responder, path, verdict.clone()).await.is(200);
    world.post(&responder, path, verdict).await.problem(409, "conflict");
    let own = world.get(&partner, "/partner/v1/apps/app_1").await.is(200).body;
    assert_eq!((&own["status"], &own["because"]), (&json!("active"), &Value::Null));
    let seen = world.get(&partner, "/partner/v1/cases").await.is(200).body;
    assert_eq!(seen["items"][0]["appeal"], "upheld");

    // Another one stays as it was decided, in the word that the notice has for it.
    let wish = json!({"app": "app_1", "kind": "inquiry", "because": {"note": "looked again"}});
    world.post(&responder, "/staff/v1/cases", wish).await.is(201);
    let warned = json!({"outcome": "warned", "because": {"note": "mind the terms"}});
    world.post(&responder, "/staff/v1/cases/cas_2/close", warned).await.is(200);
    let appeal = json!({"text": "We do."});
    world.post(&partner, "/partner/v1/cases/cas_2/appeal", appeal).await.is(200);
    let verdict = json!({"upheld": false, "because": {"note": "not quite"}});
    world.post(&responder, "/staff/v1/cases/cas_2/appeal", verdict).await.is(200);
    let seen = world.get(&partner, "/partner/v1/cases/cas_2").await.is(200).body;
    assert_eq!(seen["appeal"], "dismissed");
}

#[tokio::test]
async fn a_suspended_partner_still_reads_why() {
    let world = World::community().await;
    let partner = as_partner(&world, "app_1").await;
    let suspend = json!({"status": "suspended", "because": {"reason": "not-anonymised",
        "severity": "medium", "note": "for staff alone"}});
    world.post(&Caller::operator(), "/staff/v1/partners/ptn_1/status", suspend).await.is(204);
    let own = world.get(&partner, "/partner/v1/apps").await.is(200).body["items"][0].clone();
    assert_eq!(own["status"], "suspended");
    assert_eq!(own["because"]["of"], "partner");
    assert_eq!(own["because"]["reason"], "not-anonymised");
    assert_eq!(own["because"]["severity"], "medium");
    assert!(!own.to_string().contains("staff alone"));
    world.get(&partner, "/partner/v1/apps/app_1/usage").await.is(200);
    let wrong = format!("Basic {}", STANDARD.encode("app_1:bls_wrong"));
    let guesser = Caller::nobody().with("authorization", &wrong);
    world.get(&guesser, "/partner/v1/apps").await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn why_an_app_has_its_status_is_what_brought_it_there_and_holds() {
    let world = World::community().await;
    let (operator, partner) = (Caller::operator(), as_partner(&world, "app_1").await);
    for name in ["Second", "Third"] {
        let app = json!({"partner": "ptn_1", "name": name, "redirect_uris": []});
        world.post(&operator, "/staff/v1/apps", app).await.is(201);
    }
    let set = |path: &str, status: &str, reason: &str| {
        let path = format!("/staff/v1/{path}/status");
        let body = json!({"status": status, "because": {"reason": reason, "severity": "low"}});
        let (world, operator) = (&world, &operator);
        async move { world.post(operator, &path, body).await.is(204) }
    };
    let told = || async {
        let mut all = Vec::new();
        let mut path = "/partner/v1/apps?limit=2".to_owned();
        loop {
            let page = world.get(&partner, &path).await.is(200).body;
            all.extend(page["items"].as_array().unwrap().iter().map(|app| {
                let because = &app["because"];
                let words = [&app["status"], &because["of"], &because["reason"]];
                words.map(|word| word.as_str().unwrap_or("-").to_owned()).join(" ")
            }));
            let Some(next) = page["next"].as_str() else { return all };
            path = format!("/partner/v1/apps?limit=2&after={next}");
        }
    };
    assert_eq!(told().await, ["active - -"; 3]);
    set("apps/app_1", "suspended", "malware").await;
    set("apps/app_2", "removed", "own-wish").await;
    set("partners/ptn_1", "suspended", "terms").await;
    let expected = ["suspended partner terms", "removed app own-wish", "suspended partner terms"];
    assert_eq!(told().await, expected);
    // What was lifted meanwhile is no reason any more.
    set("partners/ptn_1", "active", "terms").await;
    assert_eq!(told().await, ["suspended app malware", "removed app own-wish", "active - -"]);
    let many = json!({"select": ["apps:app_1,app_3"], "break_glass": true,
        "because": {"reason": "incident", "severity": "high", "note": "both"}});
    world.post(&operator, "/staff/v1/suspensions", many).await.is(201);
    let expected = ["suspended apps incident", "removed app own-wish", "suspended apps incident"];
    assert_eq!(told().await, expected);
    set("partners/ptn_1", "revoked", "not-anonymised").await;
    let expected = [
        "removed partner not-anonymised",
        "removed partner not-anonymised",
        "removed partner not-anonymised",
    ];
    assert_eq!(told().await, expected);
    let one = world.get(&partner, "/partner/v1/apps/app_3").await.is(200).body;
    assert_eq!(one["because"]["severity"], "low");
}

/// A statement that a key signed, or that was changed afterwards.
fn signed(pair: &Ed25519KeyPair, claims: &Value) -> String {
    let header = r#"{"alg":"EdDSA","typ":"purpose-statement+jwt"}"#;
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(header), encode(&claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn a_signed_statement_certifies_one_class_for_one_purpose() {
    let world = World::community().await;
    let (operator, partner) = (Caller::operator(), as_partner(&world, "app_1").await);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let key = json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
    let key = world.post(&operator, "/staff/v1/apps/app_1/credentials", key).await.is(201).body;
    let now = world.store.now().0 / 1_000;
    let claims = json!({"iss": "app_1", "aud": "https://bailment.example", "iat": now,
        "class": "member.name", "purpose": "group-management", "text": "We list names."});
    let path = "/partner/v1/apps/app_1/certifications";
    let submit = |statement: String| {
        let (world, partner) = (&world, &partner);
        async move { world.post(partner, path, json!({"statement": statement})).await }
    };
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    submit(signed(&other, &claims)).await.problem(422, "invalid-value");
    submit("no.such.thing".to_owned()).await.problem(422, "invalid-value");
    let made = submit(signed(&pair, &claims)).await.is(201).body;
    assert_eq!(made["classes"], json!(["member.name"]));
    assert_eq!(made["purpose"], "group-management");
    submit(signed(&pair, &claims)).await.problem(409, "conflict");
    let signer = json!({"credential": key["credential"], "thumbprint": key["thumbprint"]});
    assert_eq!((&made["signed"], &made["signed_with"]), (&json!(true), &signer), "{made}");

    // The log holds the digest, the vault the statement itself.
    let at = world.store.head().unwrap().next().0 - 1;
    let log = world.get(&operator, &format!("/staff/v1/log?from={at}")).await.is(200).body;
    assert_eq!(log["items"][0]["kind"], "certification-made");
    let no = model::CertificationNo(1);
    let certified = world.store.state().certification(no).cloned().unwrap();
    let digest = certified.statement.unwrap();
    let (words, _) =
        signed(&pair, &claims).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    assert_eq!(digest, ledger::digest(words.as_bytes()));
    assert_eq!(certified.until, certified.from.plus(model::Millis::days(365)), "yearly");
    assert_eq!(world.store.note(&digest).unwrap(), Some(signed(&pair, &claims)));
    assert_eq!(made["statement"], governance_http::view::hex(&digest));
    assert_eq!(log["items"][0]["payload"]["signed"], true, "{log}");

    // Who signs in by an assertion is known, too, and by each assertion once.
    let header = r#"{"alg":"EdDSA"}"#;
    let claims = json!({"iss": "app_1", "sub": "app_1", "aud": "https://bailment.example",
        "exp": now + 60, "jti": "once"});
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let text = format!("{}.{}", encode(header), encode(&claims.to_string()));
    let assertion = format!("{text}.{}", encode_bytes(pair.sign(text.as_bytes()).as_ref()));
    let signer = Caller::nobody().with("authorization", &format!("Bearer {assertion}"));
    world.get(&signer, "/partner/v1/apps").await.is(200);
    world.get(&signer, "/partner/v1/apps").await.problem(401, "not-signed-in");
}

fn encode_bytes(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The same statement under a key of ECDSA, where each signature is another one.
fn signed_anew(pair: &EcdsaKeyPair, claims: &Value) -> String {
    let header = r#"{"alg":"ES256","typ":"purpose-statement+jwt"}"#;
    let text = format!(
        "{}.{}",
        encode_bytes(header.as_bytes()),
        encode_bytes(claims.to_string().as_bytes())
    );
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", encode_bytes(signature.as_ref()))
}

#[tokio::test]
async fn what_staff_ended_is_certified_again_by_staff_alone() {
    let world = World::community().await;
    let (operator, partner) = (Caller::operator(), as_partner(&world, "app_1").await);
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (encode_bytes(&point[1..33]), encode_bytes(&point[33..65]));
    let key = json!({"jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
    world.post(&operator, "/staff/v1/apps/app_1/credentials", key).await.is(201);
    let now = world.store.now().0 / 1_000;
    let claims = |class: &str, iat: u64| {
        json!({"iss": "app_1", "aud": "https://bailment.example", "iat": iat, "class": class,
            "purpose": "group-management", "text": "We list names."})
    };
    let path = "/partner/v1/apps/app_1/certifications";
    let submit = |claims: Value| {
        let statement = signed_anew(&pair, &claims);
        let (world, partner) = (&world, &partner);
        async move { world.post(partner, path, json!({"statement": statement})).await }
    };
    let made = submit(claims("member.name", now)).await.is(201).body;
    let again = submit(claims("member.name", now)).await.problem(409, "conflict").body;
    assert!(again["detail"].as_str().unwrap().contains("before"), "another signature: {again}");
    submit(claims("member.name", now - 1)).await.is(201);

    let end = |of: &str| format!("/staff/v1/certifications/{of}/end");
    for of in [made["certification"].as_str().unwrap(), "crt_2"] {
        world.post(&operator, &end(of), json!({"because": {"reason": "terms"}})).await.is(204);
    }
    let refused = submit(claims("member.name", now - 2)).await.problem(409, "conflict").body;
    assert!(refused["detail"].as_str().unwrap().contains("staff ended"), "{refused}");
    submit(claims("post.content", now - 2)).await.is(201);
    let certified = json!({"app": "app_1", "classes": ["member.name"], "purpose": "group-management",
        "until": "2100-01-01T00:00:00Z"});
    world.post(&operator, "/staff/v1/certifications", certified).await.is(201);
    submit(claims("member.name", now - 3)).await.is(201);
}

#[test]
fn a_partners_certifications_are_looked_at_for_one_request_at_a_time() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    // One thread beside the one that serves, and it is busy: the first request is being answered for as long.
    let runtime = { runtime }.enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let world = World::community().await;
        let partner = as_partner(&world, "app_1").await;
        let path = "/partner/v1/apps/app_1/certifications";
        let (let_go, busy) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || busy.recv());
        let second = async {
            let asked = world.get(&partner, path);
            let got = tokio::time::timeout(std::time::Duration::from_secs(60), asked).await;
            drop(let_go);
            got.expect("it waits for nobody").problem(429, "too-many-at-once");
        };
        let (first, ()) = tokio::join!(world.get(&partner, path), second);
        first.is(200);
        busy.await.unwrap().unwrap_err();
        world.get(&partner, path).await.is(200);
    });
}

#[tokio::test]
async fn what_staff_entered_is_nowhere_taken_for_the_partners_own_word() {
    let world = World::community().await;
    let (operator, partner) = (Caller::operator(), as_partner(&world, "app_1").await);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let key = json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": encode_bytes(pair.public_key().as_ref())}});
    let key = world.post(&operator, "/staff/v1/apps/app_1/credentials", key).await.is(201).body;
    let claims = json!({"iss": "app_1", "aud": "https://bailment.example",
        "iat": world.store.now().0 / 1_000, "class": "member.name", "purpose": "group-management"});
    let statement = json!({"statement": signed(&pair, &claims)});
    world.post(&partner, "/partner/v1/apps/app_1/certifications", statement).await.is(201);
    let entered = json!({"app": "app_1", "classes": ["member.name"], "purpose": "group-management",
        "until": "2100-01-01T00:00:00Z"});
    let entered = world.post(&operator, "/staff/v1/certifications", entered).await.is(201).body;
    assert_eq!(entered["signed"], false);
    // A page at a time.
    let path = "/partner/v1/apps/app_1/certifications";
    for (query, of, next) in
        [("?limit=1", "crt_1", json!("crt_1")), ("?limit=1&after=crt_1", "crt_2", Value::Null)]
    {
        let page = world.get(&partner, &format!("{path}{query}")).await.is(200).body;
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!((&page["items"][0]["certification"], &page["next"]), (&json!(of), &next));
    }
    // Who signed is told after the key has ended, too: it was the partner's then.
    let end = format!("/staff/v1/credentials/{}/end", key["credential"].as_str().unwrap());
    world.post(&operator, &end, json!({"because": {"reason": "other"}})).await.is(204);
    for (who, path, list) in [
        (&operator, "/staff/v1/certifications?app=app_1", "items"),
        (&partner, "/partner/v1/apps/app_1/certifications", "items"),
        (&operator, "/staff/v1/partners/ptn_1/timeline", "certifications"),
    ] {
        let body = world.get(who, path).await.is(200).body;
        let told =
            |at: usize| (body[list][at]["signed"].clone(), body[list][at]["signed_with"].clone());
        let (signed, by) = told(0);
        assert_eq!(
            (signed, &by["credential"]),
            (json!(true), &key["credential"]),
            "{path}: {body}"
        );
        assert_eq!(told(1), (json!(false), Value::Null), "{path}: {body}");
    }
    let state = world.store.state();
    let basis = |no: u32| {
        let link = consent::Link::Certification(model::CertificationNo(no));
        let explained = consent::Explained {
            node: 0,
            class: state.numbering().classes["member.name"],
            why: consent::Why::Released(vec![link]),
        };
        let told = governance_http::view::explanation(
            &state,
            &explained,
            governance_http::view::Reader::Staff,
        );
        serde_json::to_value(told).unwrap()["basis"][0].clone()
    };
    assert_eq!(basis(1), "certification crt_1, signed by the partner");
    assert_eq!(
        basis(2),
        "certification crt_2, entered by staff without a signature of the partner's"
    );
}

#[tokio::test]
async fn a_partner_with_a_public_client_alone_proves_who_it_is_by_a_key() {
    let world = World::community().await;
    let operator = Caller::operator();
    world.post(&operator, "/staff/v1/partners", json!({"name": "Pocket Ltd"})).await.is(201);
    let app = json!({"partner": "ptn_2", "name": "Pocket", "public": true, "redirect_uris": []});
    world.post(&operator, "/staff/v1/apps", app).await.is(201);
    let credentials = "/staff/v1/apps/app_2/credentials";
    world.post(&operator, credentials, json!({})).await.problem(409, "conflict");
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let key = json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": encode_bytes(pair.public_key().as_ref())}});
    world.post(&operator, credentials, key).await.is(201);
    let now = world.store.now().0 / 1_000;
    let signer = |pair: &Ed25519KeyPair, jti: &str| {
        let claims = json!({"iss": "app_2", "sub": "app_2", "aud": "https://bailment.example",
            "exp": now + 60, "jti": jti});
        let (header, claims) = (r#"{"alg":"EdDSA"}"#, claims.to_string());
        let text =
            format!("{}.{}", encode_bytes(header.as_bytes()), encode_bytes(claims.as_bytes()));
        let assertion = format!("{text}.{}", encode_bytes(pair.sign(text.as_bytes()).as_ref()));
        Caller::nobody().with("authorization", &format!("Bearer {assertion}"))
    };
    let apps = world.get(&signer(&pair, "1"), "/partner/v1/apps").await.is(200).body;
    assert_eq!(apps["items"][0]["app"], "app_2");
    world.get(&signer(&pair, "2"), "/partner/v1/apps/app_2/reports").await.is(200);
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    world.get(&signer(&other, "3"), "/partner/v1/apps").await.problem(401, "not-signed-in");
    let only_said = format!("Basic {}", STANDARD.encode("app_2:"));
    let only_said = Caller::nobody().with("authorization", &only_said);
    world.get(&only_said, "/partner/v1/apps").await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_partner_reads_what_it_is_told_and_marks_it_read() {
    let world = World::community().await;
    let (partner, other) = (as_partner(&world, "app_1").await, with_another(&world).await);
    let admin = world.as_person("1").await;
    world.enable(&admin, &["20"], &["group.name"]).await.is(201);
    world.tell(10, &[json!({"kind": "admin-gone", "person": "1", "group": "20"})]).await.is(200);
    let suspend = json!({"status": "suspended", "because": {"reason": "terms", "severity": "low"}});
    world.post(&Caller::operator(), "/staff/v1/apps/app_1/status", suspend).await.is(204);
    teller::tell(&world.store, &[]).unwrap();
    let path = "/partner/v1/notices";
    let inbox = world.get(&partner, path).await.is(200).body;
    let kinds: Vec<&str> = inbox["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"installation-lapsed") && kinds.contains(&"app-status-changed"),
        "{inbox}"
    );
    let text = inbox.to_string();
    for hidden in ["Group 20", "\"group\"", "ctx_", "per_"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let first = world.get(&partner, &format!("{path}?limit=1")).await.is(200).body;
    let next = first["next"].as_str().unwrap();
    let second = world.get(&partner, &format!("{path}?limit=1&after={next}")).await.is(200).body;
    assert_ne!(first["items"][0]["notice"], second["items"][0]["notice"]);
    let read = json!({"notice": first["items"][0]["notice"], "and_older": true});
    world.post(&other, "/partner/v1/notices/read", read.clone()).await.problem(404, "not-found");
    let marked = world.post(&partner, "/partner/v1/notices/read", read).await.is(200).body;
    assert_eq!(marked, json!({"marked": kinds.len(), "unread": 0}));
    assert_eq!(world.get(&other, path).await.is(200).body["items"], json!([]));
}

#[tokio::test]
async fn an_agreement_says_how_long_data_is_kept_and_who_else_gets_it() {
    let world = World::community().await;
    let (operator, partner) = (Caller::operator(), as_partner(&world, "app_1").await);
    let wish = |retention: Value| {
        json!({"app": "app_1", "program": "groups", "until": "2100-01-01T00:00:00Z",
            "classes": ["post.content"], "purposes": ["group-management"], "retention": retention,
            "anonymise_by": "2099-01-01T00:00:00Z",
            "terms": {"text": "As in the contract.", "sub_processors": ["Cloud & Co"]}})
    };
    let path = "/staff/v1/agreements";
    for wrong in [
        json!([{"classes": ["member.name"], "days": 30}]),
        json!([{"classes": ["post.content"], "days": 0}]),
        json!([{"classes": [], "days": 30}]),
    ] {
        world.post(&operator, path, wish(wrong)).await.problem(422, "invalid-value");
    }
    let kept = json!([{"classes": ["post.content"], "days": 30}]);
    world.post(&operator, path, wish(kept.clone())).await.is(201);
    let shown = world.get(&operator, "/staff/v1/agreements/agr_2").await.is(200).body;
    assert_eq!(shown["retention"], kept);
    assert_eq!(shown["anonymise_by"], "2099-01-01T00:00:00.000Z");
    assert_eq!(shown["terms"]["sub_processors"], json!(["Cloud & Co"]));
    let own = world.get(&partner, "/partner/v1/apps/app_1/agreements").await.is(200).body;
    assert_eq!(own["items"][1]["terms"]["text"], "As in the contract.");
    assert_eq!(own["items"][0]["terms"], Value::Null);
}
