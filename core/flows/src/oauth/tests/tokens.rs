//! Codes, refresh tokens, installation tokens.

use super::*;

//= rfc7636#4.6
//= type=test
//# If the values are equal, the token endpoint MUST continue processing as normal (as defined
//# by OAuth 2.0 [RFC6749]).
//= rfc9396#7
//= type=test
//# In addition to the token response parameters as defined in [RFC6749], the AS MUST also
//# return the authorization_details as granted by the resource owner and assigned to the
//# respective access token.
//= rfc9396#9
//= type=test
//# In order to enable the RS to enforce the authorization details as approved in the
//# authorization process, the AS MUST make this data available to the RS.
#[test]
fn a_code_becomes_tokens_that_name_what_was_granted() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let response = world.redeem(CONFIDENTIAL, &code).unwrap();
    assert_eq!(response.scope.to_string(), "group.name post.content");
    assert_eq!(response.lifetime, limits::ACCESS_TOKEN_LIFETIME);
    let details = serde_json::to_string(&response.details).unwrap();
    assert!(details.contains(r#""purpose":"group-management""#), "{details}");
    let caller = world.opens(&response.access_token).unwrap();
    assert_eq!((caller.app, caller.acting), (CONFIDENTIAL, Some(BOB)));
    assert_eq!((caller.chain, caller.credential), (Chain::Grant(GrantNo(0)), Some(CREDENTIAL)));
    assert!(is_active(&world, response.access_token.expose()));
    assert!(is_active(&world, &refresh_of(&response)));
}

//= rfc6749#4.1.2
//= type=test
//# If an authorization code is used more than
//# once, the authorization server MUST deny the request and SHOULD
//# revoke (when possible) all tokens previously issued based on
//# that authorization code.
#[test]
fn a_code_used_twice_ends_what_it_gave() {
    for app in [CONFIDENTIAL, PUBLIC] {
        let mut world = World::new();
        let code = world.code(app, BOB);
        let response = world.redeem(app, &code).unwrap();
        assert_eq!(world.redeem(app, &code).err(), Some(Refusal::CodeReused(GrantNo(0))));
        let ended = world.opens(&response.access_token).unwrap_err();
        assert!(matches!(ended, access::Refusal::Ended { reason: Reason::CutOff, .. }));
        assert!(world.refresh(app, &refresh_of(&response)).is_err());
        // And again: nothing is left to end.
        let next = world.state.next();
        assert_eq!(world.redeem(app, &code).err(), Some(Refusal::CodeReused(GrantNo(0))));
        assert_eq!(world.state.next(), next);
    }
}

//= rfc7636#4.4
//= type=test
//# When the server issues the authorization code in the authorization response, it MUST
//# associate the "code_challenge" and "code_challenge_method" values with the authorization
//# code so it can be verified later.
//= rfc9700#2.1.1
//= type=test
//# If a client sends a valid PKCE code_challenge parameter in the authorization request, the
//# authorization server MUST enforce the correct usage of code_verifier at the token endpoint.
#[test]
fn who_does_not_know_the_verifier_neither_redeems_nor_ends_anything() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let wrong = "x".repeat(43);
    let body = format!("grant_type=authorization_code&code={code}&code_verifier={wrong}");
    assert_eq!(world.exchange(PUBLIC, &body).err(), Some(Refusal::Verifier(GrantNo(0))));
    let response = world.redeem(PUBLIC, &code).unwrap();
    assert_eq!(world.exchange(PUBLIC, &body).err(), Some(Refusal::Verifier(GrantNo(0))));
    assert!(world.opens(&response.access_token).is_ok());
}

//= rfc6749#4.1.2
//= type=test
//# The authorization code is bound to the client identifier and redirection URI.
//= rfc6749#4.1.3
//= type=test
//# ensure that the authorization code was issued to the authenticated confidential client, or
//# if the client is public, ensure that the code was issued to "client_id" in the request,
//= rfc6749#10.5
//= type=test
//# If the client can be authenticated, the authorization servers MUST authenticate the client
//# and ensure that the authorization code was issued to the same client.
//= rfc6749#10.6
//= type=test
//# In order to prevent such an attack, the authorization server MUST ensure that the
//# redirection URI used to obtain the authorization code is identical to the redirection URI
//# provided when exchanging the authorization code for an access token.
#[test]
fn a_code_is_bound_to_its_client_redirect_and_resources_and_ends_in_time() {
    let mut world = World::new();
    let choice = world.choice(BOB);
    let code = world.code(PUBLIC, BOB);
    assert!(matches!(world.redeem(CONFIDENTIAL, &code), Err(Refusal::CodeOfAnother { .. })));
    let body = |more: &str| {
        format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}{more}")
    };
    let grant = GrantNo(0);
    let other = body("&redirect_uri=https://app.example/other");
    assert_eq!(world.exchange(PUBLIC, &other).err(), Some(Refusal::Redirect(grant)));
    let other = body("&resource=https://api.example/v1");
    assert_eq!(world.exchange(PUBLIC, &other).err(), Some(Refusal::Resources(grant)));
    let begun = world.now;
    world.now = begun.plus(limits::CODE_LIFETIME);
    assert_eq!(world.redeem(PUBLIC, &code).err(), Some(Refusal::CodeExpired(grant)));
    let url =
        world.give(&World::query(PUBLIC, "&resource=https://api.example/v1"), &choice).unwrap();
    assert!(url.expose().starts_with("https://app.example/back?code=blc_"));
    assert!(url.expose().contains("iss=https%3A%2F%2Fid.example"));
}

#[test]
fn a_code_dies_with_its_grant_and_by_cut_offs() {
    let ends: [fn(&mut World); 5] = [
        |world| end_grant(world, GrantNo(0), CONFIDENTIAL),
        |world| cut_off(world, CutOffSubject::Platform),
        |world| cut_off(world, CutOffSubject::Person(BOB)),
        |world| cut_off(world, CutOffSubject::Key(1)),
        |world| world.facts(vec![Fact::PersonGone(BOB)]),
    ];
    for end in ends {
        let mut world = World::new();
        let code = world.code(CONFIDENTIAL, BOB);
        end(&mut world);
        assert_eq!(world.redeem(CONFIDENTIAL, &code).err(), Some(Refusal::GrantEnded(GrantNo(0))));
    }
}

#[test]
fn a_client_with_a_secret_keeps_its_refresh_token() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let first = world.redeem(CONFIDENTIAL, &code).unwrap();
    let next = world.state.next();
    for _ in 0..3 {
        let again = world.refresh(CONFIDENTIAL, &refresh_of(&first)).unwrap();
        assert_eq!(refresh_of(&again), refresh_of(&first));
        assert_ne!(again.access_token.expose(), first.access_token.expose());
        assert!(world.opens(&again.access_token).is_ok());
    }
    assert_eq!(world.state.next(), next, "refreshing appends nothing");
}

//= rfc9700#4.14.2
//= type=test
//# Authorization servers MUST utilize one of these methods to detect refresh token replay by
//# malicious actors for public clients:
#[test]
fn a_public_client_gets_a_successor_and_for_ten_seconds_the_same_one() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let first = refresh_of(&world.redeem(PUBLIC, &code).unwrap());
    let second = refresh_of(&world.refresh(PUBLIC, &first).unwrap());
    assert_ne!(first, second);
    let rotated = world.state.time();
    world.now = rotated.plus(limits::REFRESH_REPEAT);
    let again = world.refresh(PUBLIC, &first).unwrap();
    assert_eq!(refresh_of(&again), second);
    assert!(world.opens(&again.access_token).is_ok());
    world.now = world.now.plus(Millis(1));
    assert!(matches!(world.refresh(PUBLIC, &first), Err(Refusal::RefreshReused { .. })));
    assert!(matches!(world.refresh(PUBLIC, &second), Err(Refusal::FamilyEnded { .. })));
    assert!(world.opens(&again.access_token).is_err());
}

//= rfc9700#4.14.2
//= type=test
//# If a refresh token is compromised and subsequently used by both the attacker and the
//# legitimate client, one of them will present an invalidated refresh token, which will inform
//# the authorization server of the breach.
#[test]
fn a_refresh_token_two_turns_old_ends_the_family_at_once() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let first = refresh_of(&world.redeem(PUBLIC, &code).unwrap());
    let second = refresh_of(&world.refresh(PUBLIC, &first).unwrap());
    let third = refresh_of(&world.refresh(PUBLIC, &second).unwrap());
    assert!(matches!(world.refresh(PUBLIC, &first), Err(Refusal::RefreshReused { .. })));
    assert!(world.refresh(PUBLIC, &third).is_err());
}

//= rfc6749#6
//= type=test
//# The requested scope MUST NOT include any scope
//# not originally granted by the resource owner
//= rfc6749#3.3
//= type=test
//# If the issued access token scope is different from the one requested by the client, the
//# authorization server MUST include the "scope" response parameter to inform the client of the
//# actual scope granted.
#[test]
fn a_refresh_never_widens() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let token = refresh_of(&world.redeem(CONFIDENTIAL, &code).unwrap());
    let body = |more: &str| format!("grant_type=refresh_token&refresh_token={token}&{more}");
    for wider in ["member.name", "group.name member.name", "secret.class", "no.such.class"] {
        let refused = world.exchange(CONFIDENTIAL, &body(&format!("scope={wider}")));
        assert_eq!(refused.err(), Some(Refusal::Scope), "{wider}");
    }
    // A narrower one is fine, and the answer says what the token really carries.
    let response = world.exchange(CONFIDENTIAL, &body("scope=group.name")).unwrap();
    assert_eq!(response.scope.to_string(), "group.name post.content");
    let elsewhere = super::super::server::group_id(&world.server().ids(CONFIDENTIAL), ELSEWHERE);
    let resource = format!("resource=https://api.example/v1/groups/{elsewhere}");
    assert_eq!(world.exchange(CONFIDENTIAL, &body(&resource)).err(), Some(Refusal::Target));
    let group = super::super::server::group_id(&world.server().ids(CONFIDENTIAL), GROUP);
    let resource = format!("resource=https://api.example/v1/groups/{group}");
    assert!(world.exchange(CONFIDENTIAL, &body(&resource)).is_ok());
}

//= rfc6749#4.4.3
//= type=test
//# A refresh token SHOULD NOT be included.
#[test]
fn an_installation_token_is_its_installation_and_dies_with_it() {
    let mut world = World::new();
    let ask = "grant_type=client_credentials&installation=ins_0";
    assert_eq!(
        world.exchange(CONFIDENTIAL, ask).err(),
        Some(Refusal::Installation(InstallationNo(0)))
    );
    let number = install(&mut world, CONFIDENTIAL);
    let next = world.state.next();
    let response = world.exchange(CONFIDENTIAL, ask).unwrap();
    assert_eq!(world.state.next(), next, "issuing appends nothing");
    assert!(response.refresh_token.is_none());
    assert_eq!(response.scope.to_string(), "group.name post.content");
    let caller = world.opens(&response.access_token).unwrap();
    assert_eq!((caller.chain, caller.acting), (Chain::Installation(number), None));
    let wider = world.exchange(CONFIDENTIAL, &format!("{ask}&scope=member.name"));
    assert_eq!(wider.err(), Some(Refusal::Scope));
    world.facts(vec![Fact::AdminGone(ADA, GROUP)]);
    assert!(world.opens(&response.access_token).is_err());
    assert!(world.exchange(CONFIDENTIAL, ask).is_err());
    // Confirmed again, it stands; the old token stays dead.
    world.facts(vec![Fact::Admin(ADA, GROUP)]);
    install(&mut world, CONFIDENTIAL);
    assert!(world.exchange(CONFIDENTIAL, ask).is_ok());
    assert!(world.opens(&response.access_token).is_err());
}

#[test]
fn another_clients_installation_looks_like_none() {
    let mut world = World::new();
    install(&mut world, PUBLIC);
    let refused = world.exchange(CONFIDENTIAL, "grant_type=client_credentials&installation=ins_0");
    let unknown = world.exchange(CONFIDENTIAL, "grant_type=client_credentials&installation=ins_7");
    assert_eq!(refused.err().map(|r| r.error()), unknown.err().map(|r| r.error()));
}

#[test]
fn suspended_apps_and_partners_get_no_tokens_and_can_still_end_their_own() {
    let app = CONFIDENTIAL;
    let ends: [fn(&mut World); 2] = [
        |world| {
            let status = AppStatus::Suspended;
            let app = CONFIDENTIAL;
            world.happen(Event::AppStatusChanged(AppStatusChanged { app, status, why: why() }));
        },
        |world| {
            let (partner, status) = (PartnerNo(1), PartnerStatus::Suspended);
            let event = PartnerStatusChanged { partner, status, why: why() };
            world.happen(Event::PartnerStatusChanged(event));
        },
    ];
    for end in ends {
        let mut world = World::new();
        let code = world.code(app, BOB);
        let response = world.redeem(app, &code).unwrap();
        end(&mut world);
        let refused = world.refresh(app, &refresh_of(&response)).err().unwrap();
        assert_eq!(refused, Refusal::AppNotActive(app));
        assert_eq!(refused.error().map(|e| e.code()), Some("unauthorized_client"));
        assert!(world.opens(&response.access_token).is_err());
        assert!(!is_active(&world, response.access_token.expose()));
        revoked(&mut world, app, &refresh_of(&response));
        assert!(world.state.grant(GrantNo(0)).unwrap().families.is_empty());
    }
}

#[test]
fn a_closed_program_covers_nothing() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let token = refresh_of(&world.redeem(CONFIDENTIAL, &code).unwrap());
    let program = world.state.program_named("groups").unwrap();
    for (status, is_ok) in [(ProgramStatus::Restricted, true), (ProgramStatus::Closed, false)] {
        world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
            program,
            status,
            why: why(),
            until: None,
            cap: None,
        }));
        assert_eq!(world.refresh(CONFIDENTIAL, &token).is_ok(), is_ok);
    }
}

//= rfc7009#2
//= type=test
//# Implementations MUST support the revocation of refresh tokens and SHOULD support the
//# revocation of access tokens
//= rfc7009#2.1
//= type=test
//# The authorization server first validates the client credentials (in case of a confidential
//# client) and then verifies whether the token was issued to the client making the revocation
//# request.
#[test]
fn revoking_ends_the_family_and_nothing_of_another_client() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let one = world.redeem(CONFIDENTIAL, &code).unwrap();
    let code = world.code(CONFIDENTIAL, BOB);
    let two = world.redeem(CONFIDENTIAL, &code).unwrap();
    revoked(&mut world, PUBLIC, one.access_token.expose());
    revoked(&mut world, PUBLIC, &refresh_of(&one));
    revoked(&mut world, CONFIDENTIAL, "bla_nonsense");
    assert!(world.opens(&one.access_token).is_ok());
    revoked(&mut world, CONFIDENTIAL, one.access_token.expose());
    assert!(world.opens(&one.access_token).is_err());
    assert!(world.refresh(CONFIDENTIAL, &refresh_of(&one)).is_err());
    assert!(world.opens(&two.access_token).is_ok());
    let next = world.state.next();
    revoked(&mut world, CONFIDENTIAL, one.access_token.expose());
    revoked(&mut world, CONFIDENTIAL, &refresh_of(&one));
    assert_eq!(world.state.next(), next, "what is dead costs no entry");
}

#[test]
fn revoking_an_installation_token_kills_those_so_far_and_no_later_one() {
    let mut world = World::new();
    install(&mut world, CONFIDENTIAL);
    let ask = "grant_type=client_credentials&installation=ins_0";
    let old = world.exchange(CONFIDENTIAL, ask).unwrap();
    revoked(&mut world, CONFIDENTIAL, old.access_token.expose());
    assert!(world.opens(&old.access_token).is_err());
    let new = world.exchange(CONFIDENTIAL, ask).unwrap();
    assert!(world.opens(&new.access_token).is_ok());
}

//= rfc6749#7
//= type=test
//# The resource server MUST validate the access token and ensure that it has not expired and
//# that its scope covers the requested resource.
//= rfc6750#5.2
//= type=test
//# First, the lifetime of the token MUST be limited
#[test]
fn a_token_ends_in_time() {
    let mut world = World::new();
    let mut choice = world.choice(BOB);
    choice.duration = Some(Millis::minutes(1));
    let url = world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    let code = url.expose().split(['=', '&']).nth(1).unwrap().to_owned();
    let response = world.redeem(CONFIDENTIAL, &code).unwrap();
    assert!(response.lifetime < Millis::minutes(1), "no token outlives its grant");
    let token = refresh_of(&response);
    let caller = world.opens(&response.access_token).unwrap();
    world.now = caller.expires_at;
    assert!(matches!(world.opens(&response.access_token), Err(access::Refusal::Expired(_))));
    assert!(world.refresh(CONFIDENTIAL, &token).is_err());
    // A new yes is a new grant: what expired is not taken up again.
    world.code(CONFIDENTIAL, BOB);
    assert_eq!(world.state.next_grant(), GrantNo(2));
    assert!(world.refresh(CONFIDENTIAL, &token).is_err());
}

//= rfc6749#2.2
//= type=test
//# The client identifier is not a secret; it is exposed to the resource owner and MUST NOT be
//# used alone for client authentication.
//= rfc6749#3.2.1
//= type=test
//# Confidential clients or other clients issued client credentials MUST authenticate with the
//# authorization server as described in Section 2.3 when making requests to the token endpoint.
//= rfc6749#4.1.3
//= type=test
//# require client authentication for confidential clients or for any client that was issued
//# client credentials (or with other authentication requirements),
//= rfc6749#4.1.3
//= type=test
//# authenticate the client if client authentication is included,
//= rfc8252#8.4
//= type=test
//# Authorization servers MUST record the client type in the client registration details in
//# order to identify and process requests accordingly.
#[test]
fn a_client_must_prove_who_it_is_by_its_own_method() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let rest = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}");
    for client in [
        "client_id=app_1",
        "client_id=app_1&client_secret=bls_x",
        "client_id=app_2&client_secret=bls_x",
        "client_id=app_9",
        "client_id=nobody",
    ] {
        let refused = world.exchange_raw(&format!("{client}&{rest}")).err().unwrap();
        assert_eq!(refused.error().map(|e| e.code()), Some("invalid_client"), "{client}");
    }
    assert!(world.redeem(CONFIDENTIAL, &code).is_ok());
}

//= rfc7662#4
//= type=test
//# If the token has been signed, the authorization server MUST validate the signature.
#[test]
fn arbitrary_strings_open_nothing() {
    let mut world = World::new();
    for text in ["", "bla_", "blr_", "blc_AAAA", "bla_AQ", "Bearer", "\u{0}"] {
        let token = Secret::new(text.to_owned());
        assert_eq!(world.opens(&token), Err(access::Refusal::Invalid));
        assert!(!is_active(&world, "bla_AQ"));
        assert!(!is_active(&world, "blr_AQ"));
    }
    assert_eq!(world.refresh(PUBLIC, "blr_AQ").err(), Some(Refusal::RefreshToken));
    assert_eq!(world.redeem(PUBLIC, "blc_AQ").err(), Some(Refusal::Code));
}

#[test]
fn an_app_is_told_of_its_own_installations_alone() {
    let mut world = World::new();
    let own = install(&mut world, CONFIDENTIAL);
    install(&mut world, PUBLIC);
    let page = installations::list(&world.server(), &world.state, CONFIDENTIAL, InstallationNo(0));
    assert_eq!(page.items.iter().map(|one| one.installation).collect::<Vec<_>>(), [own]);
    assert_eq!(page.items[0].status, installations::Status::Standing);
    assert_eq!(page.next, None);
    world.facts(vec![Fact::AdminGone(ADA, GROUP)]);
    let page = installations::list(&world.server(), &world.state, CONFIDENTIAL, InstallationNo(0));
    assert_eq!(page.items[0].status, installations::Status::Lapsed);
}

#[test]
fn who_may_receive_nothing_is_told_of_no_installation() {
    let removed = |world: &mut World| {
        let (app, status) = (CONFIDENTIAL, AppStatus::Removed);
        world.happen(Event::AppStatusChanged(AppStatusChanged { app, status, why: why() }));
    };
    let revoked = |world: &mut World| {
        let (partner, status) = (PartnerNo(1), PartnerStatus::Revoked);
        let event = PartnerStatusChanged { partner, status, why: why() };
        world.happen(Event::PartnerStatusChanged(event));
    };
    let ends: [&dyn Fn(&mut World); 2] = [&removed, &revoked];
    for end in ends {
        let mut world = World::new();
        install(&mut world, CONFIDENTIAL);
        let list = |world: &World| {
            installations::list(&world.server(), &world.state, CONFIDENTIAL, InstallationNo(0))
        };
        assert_eq!(list(&world).items.len(), 1);
        end(&mut world);
        assert_eq!(list(&world), installations::Page { items: Vec::new(), next: None });
    }
}

#[test]
fn enabling_where_it_lapsed_brings_back_no_more_than_this_admin_allows() {
    let mut world = World::new();
    let installation = install(&mut world, CONFIDENTIAL);
    let (wide, required) = (
        world.classes("group.name post.content member.name"),
        world.classes("group.name post.content"),
    );
    let enable = |world: &mut World, admin, classes| {
        let (app, now) = (CONFIDENTIAL, world.now);
        let commit =
            crate::admin::enable(&world.state, now, admin, app, &[GROUP], classes).unwrap();
        assert_eq!(world.commit(commit), [installation]);
        world.state.installation(installation).unwrap().classes
    };
    // While it stands, another admin stands behind what it is, whatever they ask for.
    world.facts(vec![Fact::Admin(BOB, GROUP)]);
    assert_eq!(enable(&mut world, BOB, wide), required);
    world.facts(vec![Fact::AdminGone(ADA, GROUP), Fact::AdminGone(BOB, GROUP)]);
    world.facts(vec![Fact::Admin(BOB, GROUP)]);
    assert_eq!(enable(&mut world, BOB, wide), required, "enabling anew widens nothing");

    let mut world = World::new();
    let app = CONFIDENTIAL;
    let commit = crate::admin::enable(&world.state, world.now, ADA, app, &[GROUP], wide).unwrap();
    world.commit(commit);
    world.facts(vec![Fact::AdminGone(ADA, GROUP), Fact::Admin(BOB, GROUP)]);
    assert_eq!(enable(&mut world, BOB, required), required, "Ada's word went with Ada");
    assert!(world.state.is_standing(world.state.installation(installation).unwrap()));
}

//= rfc6749#2.3
//= type=test
//# However, the authorization server MUST NOT rely on public client authentication for the
//# purpose of identifying the client.
//= rfc6749#10.1
//= type=test
//# The authorization server MUST NOT issue client passwords or other client credentials to
//# native application or user-agent-based application clients for the purpose of client
//# authentication.
#[test]
fn a_public_clients_key_is_for_its_partner_alone() {
    use crate::oauth::client::{authenticate, authenticate_partner};
    let mut world = World::new();
    let said = crate::Said::by(model::Actor::Operator);
    let env = world.env();
    let secret = crate::staff::make_credential(
        &world.state,
        &env,
        &said,
        PUBLIC,
        [1; 32],
        model::Timestamp::NEVER,
    );
    assert!(matches!(secret, Err(crate::staff::Refusal::Conflict(_))), "it would be in every copy");
    let key = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let never = model::Timestamp::NEVER;
    let made = crate::staff::make_key(&world.state, &env, &said, PUBLIC, key, never).unwrap();
    world.commit(made);
    let id = oauth::client_auth::ClientId::parse(&PUBLIC.to_string()).unwrap();
    let only_said = oauth::client_auth::ClientAuth::Public { client: id };
    let (server, now) = (world.server(), world.now);
    assert!(authenticate(&world.state, &only_said, server.issuer, now).is_ok());
    assert!(authenticate_partner(&world.state, &only_said, server.issuer, now).is_err());
    // An assertion is held against its keys for the partner alone; where tokens are given it is no method of this client's.
    let claims = "eyJpc3MiOiJhcHBfMiIsInN1YiI6ImFwcF8yIiwiYXVkIjoiaHR0cHM6Ly9pZC5leGFtcGxlIiwiZXhwIjoxNzk1MjYyNDYwLCJqdGkiOiIxIn0";
    let assertion = format!("eyJhbGciOiJFZERTQSJ9.{claims}.{}", "A".repeat(86));
    let assertion = Box::new(oauth::assertion::Assertion::parse(&assertion).unwrap());
    let client = oauth::client_auth::ClientId::parse(&PUBLIC.to_string()).unwrap();
    let signed = oauth::client_auth::ClientAuth::Assertion { client, assertion };
    let refused = authenticate(&world.state, &signed, server.issuer, now).err().unwrap();
    assert_eq!(refused, crate::oauth::client::Refusal::Method(PUBLIC));
    let refused = authenticate_partner(&world.state, &signed, server.issuer, now).err().unwrap();
    assert_eq!(refused, crate::oauth::client::Refusal::Assertion(PUBLIC));
}

#[test]
fn where_nothing_else_fits_a_reuse_still_ends_and_nothing_begins() {
    let mut world = World::new();
    let code = world.code(PUBLIC, BOB);
    let ask = |world: &mut World, rest: &str| {
        let body = format!("{}&{rest}", World::client(PUBLIC));
        let request = oauth::token::TokenRequest::parse(&body, None).ok().unwrap();
        let env = world.env();
        let ending = super::super::token::exchange_ending;
        let commit = ending(&request, &world.server(), &world.state, &env)?;
        assert!(commit.events.iter().all(sequence::is_ending));
        world.commit(commit);
        Ok::<_, Refusal>(())
    };
    let redeem = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}");
    assert_eq!(ask(&mut world, &redeem), Err(Refusal::Later));
    assert_eq!(Refusal::Later.error(), None);
    let response = world.redeem(PUBLIC, &code).unwrap();
    let refresh = format!("grant_type=refresh_token&refresh_token={}", refresh_of(&response));
    assert_eq!(ask(&mut world, &refresh), Err(Refusal::Later));
    assert!(world.opens(&response.access_token).is_ok());
    assert_eq!(ask(&mut world, &redeem), Ok(()));
    assert!(world.opens(&response.access_token).is_err());
}

#[test]
fn a_credential_ends_and_its_tokens_with_it_and_another_one_takes_over() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let old = world.redeem(CONFIDENTIAL, &code).unwrap();
    world.happen(Event::CredentialMade(ledger::CredentialMade {
        credential: CredentialNo(2),
        app: CONFIDENTIAL,
        digest: *SecretDigest::of(&[8; 32]).as_bytes(),
        expires_at: world.now.plus(Millis::minutes(5)),
        why: why(),
        key: None,
    }));
    let refresh = |world: &mut World, random: &[u8; 32]| {
        let secret = oauth::client_auth::secret_text(random);
        let token = refresh_of(&old);
        let secret = secret.expose();
        world.exchange_raw(&format!(
            "client_id=app_1&client_secret={secret}&grant_type=refresh_token&refresh_token={token}"
        ))
    };
    let app = CONFIDENTIAL;
    let ended = ledger::CredentialEnded { credential: CREDENTIAL, app, why: why() };
    world.happen(Event::CredentialEnded(ended));
    assert!(world.opens(&old.access_token).is_err());
    let wrong = Some(Refusal::Client(super::super::client::Refusal::Secret(app)));
    assert_eq!(refresh(&mut world, &[9; 32]).err(), wrong);
    let new = refresh(&mut world, &[8; 32]).unwrap();
    assert_eq!(world.opens(&new.access_token).unwrap().credential, Some(CredentialNo(2)));
    world.now = world.now.plus(Millis::minutes(5));
    assert_eq!(refresh(&mut world, &[8; 32]).err(), wrong, "a credential ends in time");
}

#[test]
fn a_token_from_a_log_that_was_rolled_back_opens_nothing() {
    let mut world = World::new();
    let code = world.code(CONFIDENTIAL, BOB);
    let backup = world.state.clone();
    let response = world.redeem(CONFIDENTIAL, &code).unwrap();
    let refresh = refresh_of(&response);
    // The code was redeemed at the position that is next in the backup; tokens issued there stand on nothing.
    world.state = backup;
    assert!(world.opens(&response.access_token).is_err());
    assert!(world.refresh(CONFIDENTIAL, &refresh).is_err());
    install(&mut world, CONFIDENTIAL);
    let backup = world.state.clone();
    end_grant(&mut world, GrantNo(0), CONFIDENTIAL);
    let ask = "grant_type=client_credentials&installation=ins_0";
    let late = world.exchange(CONFIDENTIAL, ask).unwrap();
    assert!(world.opens(&late.access_token).is_ok());
    world.state = backup;
    assert!(world.opens(&late.access_token).is_err(), "issued after what the log knows");
}

#[test]
fn the_oldest_device_makes_room() {
    let mut world = World::new();
    let mut all = Vec::new();
    for _ in 0..=limits::REFRESH_FAMILIES_MAX {
        let code = world.code(CONFIDENTIAL, BOB);
        all.push(world.redeem(CONFIDENTIAL, &code).unwrap());
    }
    assert!(world.opens(&all[0].access_token).is_err());
    assert!(world.refresh(CONFIDENTIAL, &refresh_of(&all[0])).is_err());
    assert!(all[1..].iter().all(|one| world.opens(&one.access_token).is_ok()));
}

#[test]
fn a_code_that_state_has_forgotten_stays_redeemed() {
    let mut world = World::new();
    let begun = world.now;
    let first = world.code(CONFIDENTIAL, BOB);
    world.redeem(CONFIDENTIAL, &first).unwrap();
    // More than state remembers, all within a code's life.
    for _ in 0..70 {
        let code = world.code(CONFIDENTIAL, BOB);
        world.redeem(CONFIDENTIAL, &code).unwrap();
    }
    assert!(world.now < begun.plus(limits::CODE_LIFETIME));
    let grant = world.state.grant(GrantNo(0)).unwrap();
    assert_eq!(grant.redeemed.len(), 64);
    assert_eq!(world.redeem(CONFIDENTIAL, &first).err(), Some(Refusal::CodeReused(GrantNo(0))));
}
