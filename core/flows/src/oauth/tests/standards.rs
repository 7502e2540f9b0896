//! What standards ask for in a sentence and no other rule shows.

use super::*;
use crate::oauth::server::group_id;
use ledger::{AgreementEnded, AgreementMade};
use model::{AgreementNo, PurposeNo};

fn details(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("authorization_details={encoded}")
}

//= rfc6749#6
//= type=test
//# require client authentication for confidential clients or for any client that was issued
//# client credentials (or with other authentication requirements),
//= rfc6749#6
//= type=test
//# authenticate the client if client authentication is included and ensure that the refresh
//# token was issued to the authenticated client, and
//= rfc6749#10.4
//= type=test
//# The authorization server MUST maintain the binding between a refresh token and the client to
//# whom it was issued.
//= rfc6749#10.4
//= type=test
//# The authorization server MUST verify the binding between the refresh token and client
//# identity whenever the client identity can be authenticated.
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

//= rfc6749#6
//= type=test
//# If a new refresh token is issued, the refresh token scope MUST be identical to that of the
//# refresh token included by the client in the request.
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

//= rfc7636#4.6
//= type=test
//# If the values are not equal, an error response indicating "invalid_grant" as described in
//# Section 5.2 of [RFC6749] MUST be returned.
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

//= rfc7662#4
//= type=test
//# If the token can expire, the authorization server MUST determine whether or not the token
//# has expired.
//= rfc7662#4
//= type=test
//# If the token can be revoked after it was issued, the authorization server MUST determine
//# whether or not such a revocation has taken place.
//= rfc7662#4
//= type=test
//# If the token can be used only at certain resource servers, the authorization server MUST
//# determine whether or not the token can be used at the resource server making the
//# introspection call.
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

//= rfc9396#3.1
//= type=test
//# The AS MUST process both sets of requirements in combination with each other for the given
//# authorization request.
//= rfc9396#3.1
//= type=test
//# When gathering user consent, the AS MUST present the merged set of requirements represented
//# by the authorization request.
#[test]
fn scope_and_details_are_asked_for_together() {
    let world = World::new();
    let wish = details(r#"[{"type":"bailment_access","classes":["post.content"]}]"#);
    let query = World::query(CONFIDENTIAL, &format!("&scope=member.name&{wish}"));
    let request = authorize::read(&query, &world.state).unwrap();
    let asked = authorize::check(&request, None, &world.server(), &world.state, world.now).unwrap();
    assert_eq!(asked.required, world.classes("post.content"));
    assert_eq!(asked.optional, world.classes("member.name"));
    assert_eq!(asked.classes(), world.classes("member.name post.content"));
}

//= rfc9396#6
//= type=test
//# The AS checks whether the underlying grant (in case of grant types authorization_code,
//# refresh_token, etc.) or the client's policy (in case of grant type client_credentials)
//# allows the issuance of an access token with the requested authorization details.
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

#[test]
fn a_token_request_names_no_purpose_that_the_grant_lacks() {
    let mut world = World::new();
    let found = world.state.agreement(AgreementNo(CONFIDENTIAL.0)).unwrap().clone();
    let agree = |world: &mut World, purposes: Vec<PurposeNo>| {
        world.happen(Event::AgreementMade(AgreementMade {
            agreement: world.state.next_agreement(),
            app: CONFIDENTIAL,
            program: found.program,
            classes: found.classes,
            required: found.required,
            purposes,
            from: Timestamp(0),
            until: Timestamp::NEVER,
            retention: None,
            anonymise_by: None,
            terms: None,
            why: why(),
        }));
    };
    let named =
        r#"[{"type":"bailment_access","classes":["post.content"],"purpose":"group-management"}]"#;
    let ask = |world: &mut World, token: &str| {
        let body = format!("grant_type=refresh_token&refresh_token={token}&{}", details(named));
        world.exchange(CONFIDENTIAL, &body)
    };
    let code = world.code(CONFIDENTIAL, BOB);
    let for_it = refresh_of(&world.redeem(CONFIDENTIAL, &code).unwrap());
    assert!(ask(&mut world, &for_it).is_ok());

    // What Ada is asked for is another purpose; that the app may later have this one too is not her yes.
    let (agreement, app) = (AgreementNo(CONFIDENTIAL.0), CONFIDENTIAL);
    world.happen(Event::AgreementEnded(AgreementEnded { agreement, app, why: why() }));
    agree(&mut world, vec![PurposeNo(77)]);
    let code = world.code(CONFIDENTIAL, ADA);
    let first = world.redeem(CONFIDENTIAL, &code).unwrap();
    agree(&mut world, found.purposes.clone());
    let for_another = refresh_of(&first);
    assert_eq!(ask(&mut world, &for_another).err(), Some(Refusal::Details));
    let fresh = world.refresh(CONFIDENTIAL, &for_another).unwrap();
    let told = serde_json::to_string(&fresh.details).unwrap();
    assert!(!told.contains("group-management"), "{told}");
}
