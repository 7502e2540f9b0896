//! Every answer of every operation is one that its document names.

use crate::world::{Caller, Got, World};
use http::Method;
use serde_json::{Value, json};

/// A body that the operation takes, and one that cannot be.
fn body(id: &str) -> Option<Value> {
    let because = json!({"reason": "incident"});
    Some(match id {
        "sign-in" | "staff-sign-in" => json!({"login": "nobody", "password": "nothing at all"}),
        "opt-in" | "opt-out" => json!({"installation": "ins_0"}),
        "set-all-apps" | "set-all-groups" | "set-group" | "set-app" | "set-friends"
        | "set-beyond" => {
            json!({"blocked": false})
        }
        "set-role" => json!({"role": "viewer"}),
        "set-partner-details" => {
            json!({"details": {"legal_entity": "Acme Ltd", "country": "GB", "role": "processor"}})
        }
        "set-app-details" => json!({"category": "planner"}),
        "preview-suspension" => json!({"select": ["status:active"]}),
        "propose-suspension" => json!({"select": ["apps:app_1"],
            "because": {"reason": "malware", "severity": "low"}}),
        "confirm-proposal" => json!({"result": "00".repeat(32)}),
        "lift-suspension" => json!({"because": because}),
        "look-up-identity" => json!({"person": "per_1", "because": {"reason": "incident"}}),
        "announce-version" => json!({}),
        "enable-app" => json!({"app": "app_1", "groups": ["ctx_0"], "classes": ["group.name"]}),
        "narrow-app" => json!({"classes": ["group.name"]}),
        "make-partner" => json!({"name": "Another", "because": because}),
        "set-partner-status" | "set-app-status" => json!({"status": "active"}),
        "set-program-status" => json!({"status": "live"}),
        "make-app" => json!({"partner": "ptn_1", "name": "Second", "redirect_uris": []}),
        "set-redirects" => json!({"redirect_uris": ["https://app.example/other"]}),
        "make-credential" => json!({}),
        "end-credential" | "end-agreement" | "end-certification" | "end-staff"
        | "end-exception" => {
            json!({"because": because})
        }
        "make-agreement" => json!({"app": "app_1", "program": "groups", "classes": ["group.name"],
            "purposes": ["group-management"], "until": "2100-01-01T00:00:00Z"}),
        "certify" => {
            json!({"app": "app_1", "classes": ["group.name"], "purpose": "group-management",
            "until": "2100-01-01T00:00:00Z"})
        }
        "adopt-catalog" | "try-catalog" | "preview-catalog" => json!({"document": {}}),
        "adopt-policy" | "try-policy" | "preview-policy" => {
            json!({"document": {"policy": "p", "title": "P", "programs": {}}})
        }
        "cut-off" => json!({"subject": "platform"}),
        "make-staff" => json!({"name": "Grace"}),
        "set-account" => json!({"login": "grace", "password": "long enough"}),
        "mark-notices-read" | "mark-staff-notices-read" | "mark-own-notices-read" => {
            json!({"notice": "ntc_1"})
        }
        "set-notice-address" => json!({"email": "privacy@acme.example"}),
        "pass-review" => json!({"classes": ["group.name"]}),
        "withdraw-review" => json!({"classes": ["group.name"], "because": because}),
        "add-tester" => json!({"person": "per_1"}),
        "remove-tester" => json!({"because": because}),
        "set-sandbox" => json!({"sandbox": true}),
        "end-audit" => json!({"since": 1, "because": because}),
        "begin-audit" => json!({"change": {"kind": "policy",
            "document": {"policy": "p", "title": "P", "programs": {}}}}),
        "begin-preview" => json!({"kind": "app-status", "app": "app_1", "status": "suspended"}),
        "report-app" => json!({"app": "app_1", "reason": "other", "text": "It talks."}),
        "open-case" => json!({"app": "app_1", "kind": "inquiry"}),
        "note-case" => json!({"note": "seen"}),
        "close-case" => json!({"outcome": "warned"}),
        "decide-appeal" => json!({"upheld": true}),
        "issue-report" | "note-acknowledgement" => json!({"because": because}),
        "appeal" => json!({"text": "We did not."}),
        "submit-statement" => json!({"statement": "a.b.c"}),
        "tell-facts" => json!({"source": "platform", "mode": "changes", "after": 10, "facts": []}),
        "tell-fact" => json!({"source": "platform",
            "fact": {"sequence": 11, "at": 1, "kind": "person", "person": "11"}}),
        _ => return None,
    })
}

#[track_caller]
fn is_documented(operation: &Value, got: &Got) {
    let answer = &operation["responses"][got.status.to_string()];
    let id = &operation["operationId"];
    assert!(answer.is_object(), "{id}: {} is not documented: {}", got.status, got.body);
    assert_ne!(got.status, 500, "{id}: {}", got.body);
    match (got.content_type(), answer["content"].as_object()) {
        (None, None) => {}
        (Some(kind), Some(documented)) => assert!(documented.contains_key(kind), "{id}: {kind}"),
        other => panic!("{id} {}: {other:?}", got.status),
    }
}

#[tokio::test]
async fn every_answer_is_documented() {
    let world = World::community().await;
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    let staff = world.as_staff().await;
    let partner = crate::partners::as_partner(&world, "app_1").await;
    let apis = [
        ("/me/v1", &admin),
        ("/admin/v1", &admin),
        ("/staff/v1", &staff),
        ("/partner/v1", &partner),
        ("/facts/v1", &Caller::source()),
    ];
    let (mut calls, mut successes) = (0, 0);
    for (base, caller) in apis {
        let document =
            world.get(&Caller::nobody(), &format!("{base}/openapi.json")).await.is(200).body;
        assert!(document["openapi"].as_str().unwrap().starts_with("3."));
        let mut operations: Vec<(&String, &String, &Value)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().iter().map(move |(method, op)| (path, method, op))
            })
            .collect();
        // Signing out comes last: what follows would be refused for that alone.
        operations
            .sort_by_key(|(path, method, _)| *method == "delete" && path.ends_with("/session"));
        for (path, method, operation) in operations {
            let id = operation["operationId"].as_str().unwrap();
            let method: Method = method.to_uppercase().parse().unwrap();
            let filled = [
                ("{group}", "ctx_0"),
                ("{person}", "per_1"),
                ("{case}", "cas_1"),
                ("{report}", "1"),
                ("{app}", "app_1"),
                ("{grant}", "grt_0"),
                ("{receipt}", "ins_0"),
                ("{partner}", "ptn_1"),
                ("{installation}", "ins_0"),
                ("{credential}", "crd_1"),
                ("{agreement}", "agr_1"),
                ("{certification}", "crt_1"),
                ("{program}", "groups"),
                ("{staff}", "stf_2"),
                ("{version}", "2026-11-01"),
                ("{recipient}", "ptn_1"),
                ("{proposal}", "1"),
                ("{suspension}", "1"),
            ]
            .iter()
            .fold(path.clone(), |path, (name, value)| path.replace(name, value));
            let right = body(id).map(|body| body.to_string().into_bytes());
            assert_eq!(right.is_some(), operation["requestBody"].is_object(), "{id}");
            let tries = [
                (Caller::nobody(), filled.clone(), right.clone()),
                (caller.clone().without("x-csrf-token"), filled.clone(), right.clone()),
                (caller.clone(), format!("{filled}?nonsense=1"), right.clone()),
                (caller.clone(), filled.replace("_1", "_999").replace("_0", "_999"), right.clone()),
                (caller.clone(), filled.clone(), right.as_ref().map(|_| b"{".to_vec())),
                (caller.clone(), filled.clone(), right.as_ref().map(|_| b"{\"no\":1}".to_vec())),
                (caller.clone().with("content-type", "text/plain"), filled.clone(), right.clone()),
                (caller.clone(), filled, right),
            ];
            for (caller, path, body) in tries {
                let got = world.send(&caller, method.clone(), &path, body).await;
                is_documented(operation, &got);
                calls += 1;
                successes += u32::from(got.status < 300);
            }
        }
    }
    assert!(calls > 400 && successes > 60, "{calls} calls, {successes} successes");
}
