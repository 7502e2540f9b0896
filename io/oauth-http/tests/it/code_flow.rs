//! Codes and refresh tokens, one after the other and at once.

use crate::world::{BOB, CONFIDENTIAL, GROUP, PUBLIC, World};
use model::limits::REFRESH_REPEAT;

//= rfc6750#5.3
//= type=test
//# Token servers SHOULD issue short-lived (one hour or less) bearer tokens
//= rfc7009#2.1
//= type=test
//# The invalidation takes place immediately, and the token cannot be used again after the
//# revocation.
//= rfc7009#2.1
//= type=test
//# If the particular token is a refresh token and the authorization server supports the
//# revocation of access tokens, then the authorization server SHOULD also invalidate all access
//# tokens based on the same authorization grant
//= rfc7662#4
//= type=test
//# To avoid disclosing the internal state of the authorization server, an introspection
//# response for an inactive token SHOULD NOT contain any additional claims beyond the required
//# "active" claim (with its value set to "false").
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_secret_redeems_refreshes_and_revokes() {
    let world = World::new().await;
    let code = world.code(CONFIDENTIAL, BOB, &[]).await;
    let (status, tokens) = world.redeem(CONFIDENTIAL, &code).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "group.name post.content");
    assert_eq!(tokens["authorization_details"][0]["groups"].as_array().unwrap().len(), 1);
    assert!(world.opens(&tokens));
    let (status, fresh) = world.refresh(CONFIDENTIAL, &tokens).await;
    assert_eq!((status, &fresh["refresh_token"]), (200, &tokens["refresh_token"]));
    assert!(world.opens(&fresh));
    let token = fresh["refresh_token"].as_str().unwrap();
    let (status, told) = world.ask(CONFIDENTIAL, "/oauth/introspect", &[("token", token)]).await;
    assert_eq!((status, &told["active"]), (200, &true.into()));
    let (status, body) = world.ask(CONFIDENTIAL, "/oauth/revoke", &[("token", token)]).await;
    assert_eq!((status, body), (200, serde_json::json!({})));
    assert!(!world.opens(&tokens) && !world.opens(&fresh));
    let (status, told) = world.ask(CONFIDENTIAL, "/oauth/introspect", &[("token", token)]).await;
    assert_eq!((status, told), (200, serde_json::json!({"active": false})));
    let (status, refused) = world.refresh(CONFIDENTIAL, &tokens).await;
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
}

//= rfc9700#2.2.2
//= type=test
//# Refresh tokens for public clients MUST be sender-constrained or use refresh token rotation
//# as described in Section 4.14.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_client_rotates_and_a_late_repetition_ends_the_family() {
    let world = World::new().await;
    let code = world.code(PUBLIC, BOB, &[]).await;
    let (status, first) = world.redeem(PUBLIC, &code).await;
    assert_eq!(status, 200, "{first}");
    let (_, second) = world.refresh(PUBLIC, &first).await;
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    // The answer was lost; the client asks again.
    let (status, again) = world.refresh(PUBLIC, &first).await;
    assert_eq!((status, &again["refresh_token"]), (200, &second["refresh_token"]));
    world.pass(REFRESH_REPEAT.0 + 1000);
    let (status, refused) = world.refresh(PUBLIC, &first).await;
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
    let (status, _) = world.refresh(PUBLIC, &second).await;
    assert_eq!(status, 400);
    assert!([first, second, again].iter().all(|tokens| !world.opens(tokens)));
}

//= rfc6749#10.5
//= type=test
//# Authorization codes MUST be short lived and single-use.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_redemptions_at_once_one_succeeds_and_what_it_got_ends() {
    for app in [CONFIDENTIAL, PUBLIC] {
        let world = std::sync::Arc::new(World::new().await);
        for _ in 0..5 {
            let code = world.code(app, BOB, &[]).await;
            let tasks: Vec<_> = (0..16)
                .map(|_| {
                    let (world, code) = (world.clone(), code.clone());
                    tokio::spawn(async move { world.redeem(app, &code).await })
                })
                .collect();
            let mut issued = Vec::new();
            for task in tasks {
                match task.await.unwrap() {
                    (200, tokens) => issued.push(tokens),
                    (400, refused) => assert_eq!(refused["error"], "invalid_grant"),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(issued.len(), 1, "a code is redeemed once");
            assert!(!world.opens(&issued[0]), "and its reuse ends what it gave");
            let (status, _) = world.refresh(app, &issued[0]).await;
            assert_eq!(status, 400);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_refreshes_at_once_get_one_successor() {
    let world = std::sync::Arc::new(World::new().await);
    let code = world.code(PUBLIC, BOB, &[]).await;
    let (_, first) = world.redeem(PUBLIC, &code).await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (world, first) = (world.clone(), first.clone());
            tokio::spawn(async move { world.refresh(PUBLIC, &first).await })
        })
        .collect();
    let mut successors = std::collections::BTreeSet::new();
    for task in tasks {
        let (status, tokens) = task.await.unwrap();
        assert_eq!(status, 200, "{tokens}");
        successors.insert(tokens["refresh_token"].as_str().unwrap().to_owned());
        assert!(world.opens(&tokens));
    }
    assert_eq!(successors.len(), 1);
}

//= rfc6749#4.4.2
//= type=test
//# The authorization server MUST authenticate the client.
#[tokio::test(flavor = "multi_thread")]
async fn an_installation_token_works_until_the_app_is_disabled() {
    let world = World::new().await;
    world.code(CONFIDENTIAL, crate::world::ADA, &[GROUP]).await;
    let form = [("grant_type", "client_credentials"), ("installation", "ins_0")];
    let (status, token) = world.ask(CONFIDENTIAL, "/oauth/token", &form).await;
    assert_eq!(status, 200, "{token}");
    assert!(token.get("refresh_token").is_none());
    assert!(world.opens(&token));
    world
        .happen(vec![ledger::Event::InstallationEnded(ledger::InstallationEnded {
            installation: model::InstallationNo(0),
            app: CONFIDENTIAL,
            why: crate::world::why(),
        })])
        .await;
    assert!(!world.opens(&token));
    let (status, refused) = world.ask(CONFIDENTIAL, "/oauth/token", &form).await;
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
    let (status, refused) = world.ask(PUBLIC, "/oauth/token", &form).await;
    assert_eq!((status, &refused["error"]), (400, &"unauthorized_client".into()));
}

//= rfc6749#4.1.2
//= type=test
//# The authorization code MUST expire shortly after it is issued to mitigate the risk of leaks.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_does_not_outlive_its_minute() {
    let world = World::new().await;
    let code = world.code(PUBLIC, BOB, &[]).await;
    world.pass(model::limits::CODE_LIFETIME.0);
    let (status, refused) = world.redeem(PUBLIC, &code).await;
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
}
