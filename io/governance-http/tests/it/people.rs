//! What people see, choose and take back.

use crate::world::{Caller, PASSWORD, World};
use serde_json::{Value, json};

fn class<'a>(visibility: &'a Value, name: &str) -> &'a Value {
    let classes = visibility["installations"][0]["classes"].as_array().unwrap();
    classes.iter().find(|class| class["name"] == name).unwrap()
}

#[tokio::test]
async fn a_member_opts_in_and_out() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    let before = world.get(&member, "/me/v1/visibility").await.is(200).body;
    assert_eq!(before["installations"][0]["app"]["name"], "Digest");
    assert_eq!(before["installations"][0]["group"]["name"], "Group 10");
    assert_eq!(class(&before, "post.content")["visible"], true, "{before}");
    assert_eq!(class(&before, "member.name")["visible"], false);
    assert_eq!(class(&before, "member.name")["reason"], "no-opt-in");

    let choice = json!({"installation": "ins_0", "classes": ["member.name"]});
    let opted = world.post(&member, "/me/v1/opt-ins", choice.clone()).await.is(200);
    assert_eq!(opted.body["classes"], json!(["member.name"]));
    assert!(opted.position().is_some());
    let after = world.get(&member, "/me/v1/visibility").await.is(200).body;
    assert_eq!(class(&after, "member.name")["visible"], true);

    // Taking back works while the app is suspended; allowing does not.
    let suspend = json!({"status": "suspended", "because": {"reason": "incident", "severity": "high", "note": "n"}});
    world.post(&Caller::operator(), "/staff/v1/apps/app_1/status", suspend).await.is(204);
    let out =
        world.post(&member, "/me/v1/opt-outs", json!({"installation": "ins_0"})).await.is(200);
    assert_eq!(out.body["classes"], json!([]));
    world.post(&member, "/me/v1/opt-ins", choice).await.problem(409, "app-not-active");
    let events = world.get(&member, "/me/v1/events?limit=1").await.is(200).body;
    assert_eq!(events["items"][0]["kind"], "opt-out");
    assert_eq!(events["items"][0]["by"], "me");
    let older = format!("/me/v1/events?limit=1&after={}", events["next"].as_str().unwrap());
    assert_eq!(world.get(&member, &older).await.is(200).body["items"][0]["kind"], "opt-in");
}

#[tokio::test]
async fn the_privacy_signal_that_a_platforms_own_pages_pass_on_is_heard_until_the_person_speaks() {
    let world = World::community().await;
    let member = world.as_person("3").await;
    let browser = member.clone().with("sec-gpc", "1");
    let said = async |caller: &Caller| {
        let body = world.get(caller, "/me/v1/events?limit=100").await.is(200).body;
        let of = |one: &&Value| one["kind"] == "setting-changed";
        body["items"].as_array().unwrap().iter().filter(of).count()
    };
    world.get(&member.clone().with("sec-gpc", "0"), "/me/v1/visibility").await.is(200);
    assert_eq!(said(&member).await, 0);
    // Who is not let in says nothing: neither without a session, nor by a page of another site.
    world.get(&Caller::nobody().with("sec-gpc", "1"), "/me/v1/visibility").await.is(401);
    let elsewhere = browser.clone().with("sec-fetch-site", "cross-site");
    let choice = json!({"blocked": true});
    world.put(&elsewhere, "/me/v1/settings/friends", choice).await.problem(403, "cross-site");
    assert_eq!(said(&member).await, 0);
    for _ in 0..2 {
        let shown = world.get(&browser, "/me/v1/visibility").await.is(200).body;
        assert_eq!(shown["settings"][0]["scope"]["kind"], "beyond", "{shown}");
    }
    assert_eq!(said(&member).await, 1);
    world.put(&browser, "/me/v1/settings/beyond", json!({"blocked": false})).await.is(204);
    world.get(&browser, "/me/v1/visibility").await.is(200);
    assert_eq!(said(&member).await, 2, "the person said otherwise");

    let document = world.get(&Caller::nobody(), "/me/v1/openapi.json").await.is(200).body;
    let of = |path: &str| document["paths"][path]["get"]["parameters"].to_string();
    assert!(of("/me/v1/visibility").contains("sec-gpc"), "{}", of("/me/v1/visibility"));
}

#[tokio::test]
async fn a_switch_beats_every_choice() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    let group = format!("/me/v1/settings/groups/{}", world.group("10"));
    for (path, reason) in [
        ("/me/v1/settings/all-apps", "setting-all-apps"),
        (group.as_str(), "setting-group"),
        ("/me/v1/settings/apps/app_1", "setting-app"),
    ] {
        world.put(&member, path, json!({"blocked": true})).await.is(204);
        let shown = world.get(&member, "/me/v1/visibility").await.is(200).body;
        assert_eq!(class(&shown, "post.content")["reason"], reason, "{path}");
        assert_eq!(shown["settings"][0]["everything"], true);
        world.put(&member, path, json!({"blocked": false})).await.is(204);
        let shown = world.get(&member, "/me/v1/visibility").await.is(200).body;
        assert_eq!(class(&shown, "post.content")["visible"], true, "{path}");
    }
    world
        .put(&member, "/me/v1/settings/apps/app_9", json!({"blocked": true}))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_person_hears_why_and_only_of_their_own_groups() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("2").await);
    world.enable(&admin, &["10", "20"], &["group.name", "post.content"]).await.is(201);
    let installed = |group: &str| {
        let group = world.store.context_number(group).unwrap().unwrap();
        world.store.state().installed(model::AppNo(1), group).unwrap().0
    };
    let path = format!("/me/v1/why?installation={}", installed("10"));
    let why = world.get(&member, &path).await.is(200).body;
    assert_eq!(why["classes"][0]["reason"], "facts-stale", "no mark came yet: {why}");
    world.store.mark_facts(world.store.now());
    let why = world.get(&member, &path).await.is(200).body;
    assert_eq!(why["classes"][0]["outcome"], "released", "{why}");
    assert!(why["classes"][0]["basis"].as_array().unwrap().iter().any(|link| link == "published"));
    // Who stands behind an app are people, too: they are counted and not named.
    let text = why.to_string();
    assert!(text.contains("backed by an admin") && !text.contains("per_"), "{text}");
    // Person 2 is no member of group 20.
    let other = installed("20");
    let path = format!("/me/v1/why?installation={other}");
    world.get(&member, &path).await.problem(404, "not-found");
    world.get(&member, "/me/v1/why?grant=grt_0").await.problem(404, "not-found");
    let choice = json!({"installation": other.to_string()});
    world.post(&member, "/me/v1/opt-ins", choice).await.problem(403, "not-member");
}

#[tokio::test]
async fn a_change_needs_the_token_of_its_own_session() {
    let world = World::community().await;
    let (one, two) = (world.as_person("1").await, world.as_person("2").await);
    let path = "/me/v1/settings/all-apps";
    let blocked = json!({"blocked": true});
    let bare = one.clone().without("x-csrf-token");
    world.put(&bare, path, blocked.clone()).await.problem(403, "csrf-token-missing");
    let foreign = two.0.iter().find(|(name, _)| name == "x-csrf-token").unwrap().1.clone();
    let mixed = bare.clone().with("x-csrf-token", &foreign);
    world.put(&mixed, path, blocked.clone()).await.problem(403, "csrf-token-missing");
    for site in ["cross-site", "same-site"] {
        let elsewhere = one.clone().with("sec-fetch-site", site);
        world.put(&elsewhere, path, blocked.clone()).await.problem(403, "cross-site");
    }
    assert!(world.store.state().person(world.person("1")).is_none_or(|p| p.settings().is_empty()));
    world.get(&bare, "/me/v1/session").await.is(200);
    world.put(&one.clone().with("sec-fetch-site", "same-origin"), path, blocked).await.is(204);
    let login = json!({"login": "person-1", "password": PASSWORD});
    let elsewhere = Caller::nobody().with("sec-fetch-site", "cross-site");
    world.post(&elsewhere, "/me/v1/session", login).await.problem(403, "cross-site");
}

#[tokio::test]
async fn sessions_of_people_and_staff_do_not_stand_for_each_other() {
    let world = World::community().await;
    let (person, staff) = (world.as_person("1").await, world.as_staff().await);
    world.get(&person, "/staff/v1/partners").await.problem(401, "not-signed-in");
    world.get(&staff, "/me/v1/visibility").await.problem(401, "not-signed-in");
    world.get(&Caller::operator(), "/me/v1/visibility").await.problem(401, "not-signed-in");
    // The token of one kind under the other's cookie name.
    let swap = |caller: &Caller, from: &str, to: &str| {
        Caller(caller.0.iter().map(|(n, v)| (n.clone(), v.replace(from, to))).collect())
    };
    let disguised = swap(&person, "bailment_session=", "bailment_staff=");
    world.get(&disguised, "/staff/v1/partners").await.problem(401, "not-signed-in");
    let disguised = swap(&staff, "bailment_staff=", "bailment_session=");
    world.get(&disguised, "/me/v1/visibility").await.problem(401, "not-signed-in");
    let login = json!({"login": "person-1", "password": PASSWORD});
    world.post(&Caller::nobody(), "/staff/v1/session", login).await.problem(401, "sign-in-failed");
    world.get(&staff, "/staff/v1/partners").await.is(200);
}

#[tokio::test]
async fn who_signs_out_is_out_and_who_guesses_waits() {
    let world = World::community().await;
    let person = world.as_person("1").await;
    let out = world.delete(&person, "/me/v1/session").await.is(204);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    world.get(&person, "/me/v1/session").await.problem(401, "not-signed-in");
    let guess = |password: &str| json!({"login": "person-1", "password": password});
    for _ in 0..10 {
        let wrong = world.post(&Caller::nobody(), "/me/v1/session", guess("wrong")).await;
        wrong.problem(401, "sign-in-failed");
    }
    let slow = world.post(&Caller::nobody(), "/me/v1/session", guess(PASSWORD)).await;
    assert_eq!(slow.problem(429, "too-many-attempts").headers["retry-after"], "900");
}
