//! What standards ask for in a sentence and no other rule shows.

use super::*;
use crate::oauth::server::group_id;

fn details(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("authorization_details={encoded}")
}

#[test]
fn a_refresh_token_is_its_clients_alone() {
    let mut world = World::new();
    for (owner, other) in [(CONFIDENTIAL, PUBLIC), (PUBLIC, CONFIDENTIAL)] {
        let code = world.code(owner, BOB);
        let token = refresh_of(&world.redeem(owner, &code).unwrap());
        let refused = world.refresh(other, &token).err().unwrap();
        assert!(matches!(refused, Refusal::RefreshOfAnother { .. }), "{refused}");
        assert_eq!(refused.error().map(|error| error.code()), Some("invalid_grant"));
        assert!(world.refresh(owner, &token).is_ok());
    }
    // Whoever has a secret must show it here too.
    let code = world.code(CONFIDENTIAL, BOB);
    let token = refresh_of(&world.redeem(CONFIDENTIAL, &code).unwrap());
    let body = format!("client_id=app_1&grant_type=refresh_token&refresh_token={token}");
    let refused = world.exchange_raw(&body.replace("app_1", &CONFIDENTIAL.to_string()));
    assert_eq!(refused.err().unwrap().error().map(|error| error.code()), Some("invalid_client"));
}

#[test]
fn a_successor_carries_what_its_forebear_carried() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let first = world.redeem(PUBLIC, &code).unwrap();
    let body = format!("grant_type=refresh_token&refresh_token={}", refresh_of(&first));
    let second = world.exchange(PUBLIC, &format!("{body}&scope=group.name")).unwrap();
    assert_ne!(refresh_of(&first), refresh_of(&second));
    let third = world.refresh(PUBLIC, &refresh_of(&second)).unwrap();
    for later in [&second, &third] {
        assert_eq!((&later.scope, &later.details), (&first.scope, &first.details));
    }
}

#[test]
fn a_wrong_verifier_is_an_invalid_grant() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let wrong = "x".repeat(43);
    let body = format!("grant_type=authorization_code&code={code}&code_verifier={wrong}");
    let refused = world.exchange(PUBLIC, &body).err().unwrap();
    assert_eq!(refused, Refusal::Verifier(GrantNo(0)));
    assert_eq!(refused.error().map(|error| error.code()), Some("invalid_grant"));
}

#[test]
fn a_token_is_inactive_once_it_has_expired_ended_or_is_anothers() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let first = world.redeem(CONFIDENTIAL, &code).unwrap();
    let caller = world.opens(&first.access_token).unwrap();
    world.now = Timestamp(caller.expires_at.0 - 1);
    assert!(is_active(&world, first.access_token.expose()));
    world.now = caller.expires_at;
    assert!(!is_active(&world, first.access_token.expose()));
    let second = world.refresh(CONFIDENTIAL, &refresh_of(&first)).unwrap();
    assert!(is_active(&world, second.access_token.expose()));
    revoked(&mut world, CONFIDENTIAL, &refresh_of(&second));
    assert!(!is_active(&world, second.access_token.expose()));
    assert!(!is_active(&world, &refresh_of(&second)));
    let code = world.code(PUBLIC, BOB);
    let others = world.redeem(PUBLIC, &code).unwrap();
    assert!(world.opens(&others.access_token).is_ok());
    assert!(!is_active(&world, others.access_token.expose()));
}

#[test]
fn scope_and_details_are_asked_for_together() {
    let world = World::new();
    let wish = details(r#"[{"type":"bailment_access","classes":["post.content"]}]"#);
    let query = World::query(CONFIDENTIAL, &format!("&scope=member.name&{wish}"));
    let request = authorize::read(&query, &world.state).unwrap();
    let asked = authorize::check(&request, &world.server(), &world.state, world.now).unwrap();
    assert_eq!(asked.required, world.classes("post.content"));
    assert_eq!(asked.optional, world.classes("member.name"));
    assert_eq!(asked.classes(), world.classes("member.name post.content"));
}

#[test]
fn details_of_a_token_request_are_held_against_the_grant() {
    let mut world = World::new();
    let group = |context| group_id(&world.server().ids(CONFIDENTIAL), context).to_string();
    let (granted, elsewhere) = (group(GROUP), group(ELSEWHERE));
    let wish = |class: &str, group: &str, purpose: &str| {
        details(&format!(
            r#"[{{"type":"bailment_access","classes":["{class}"],"groups":["{group}"],"purpose":"{purpose}"}}]"#
        ))
    };
    let good = wish("post.content", &granted, "group-management");
    let wider = [
        wish("member.name", &granted, "group-management"),
        wish("no.such", &granted, "group-management"),
        wish("post.content", &elsewhere, "group-management"),
        wish("post.content", "AAAAAAAAAAAAAAAAAAAAAA", "group-management"),
        wish("post.content", &granted, "advertising"),
    ];
    let code = world.code(CONFIDENTIAL, BOB);
    let redeem = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}");
    for wide in &wider {
        let refused = world.exchange(CONFIDENTIAL, &format!("{redeem}&{wide}")).err().unwrap();
        assert_eq!(refused, Refusal::Details, "{wide}");
        let word = refused.error().map(|error| error.code());
        assert_eq!(word, Some("invalid_authorization_details"));
    }
    // None of these used up the code.
    let first = world.exchange(CONFIDENTIAL, &format!("{redeem}&{good}")).unwrap();
    let refresh = format!("grant_type=refresh_token&refresh_token={}", refresh_of(&first));
    for wide in &wider {
        let refused = world.exchange(CONFIDENTIAL, &format!("{refresh}&{wide}"));
        assert_eq!(refused.err(), Some(Refusal::Details), "{wide}");
    }
    let fresh = world.exchange(CONFIDENTIAL, &format!("{refresh}&{good}")).unwrap();
    assert_eq!(fresh.details, first.details, "the answer says what the token carries");
}
