//! The consent page, up to the redirect with a code.

use crate::world::World;
use model::Millis;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request(world: &World, more: &str) -> String {
    format!(
        "/oauth/authorize?response_type=code&client_id={}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&state=s-1{more}",
        world.app
    )
}

//= rfc6749#3.1
//= type=test
//# The authorization server MUST first verify the identity of the resource owner.
//= rfc9700#2.1
//= type=test
//# An authorization server that redirects a request potentially containing user credentials
//# MUST avoid forwarding these user credentials accidentally
#[tokio::test]
async fn a_stranger_signs_in_first_and_comes_back() {
    let world = World::new().await;
    let mut browser = world.browser();
    let path = request(&world, "&redirect_uri=https%3A%2F%2Fplanner.example%2Fback");
    let page = browser.get(&path).await;
    assert_eq!(page.status, 303);
    world.account(sequence::AccountOf::Person(world.cleo), "cleo").await;
    let (to, query) = page.location().split_once('?').unwrap();
    assert_eq!(to, "/sign-in");
    let (_, back) = form_urlencoded::parse(query.as_bytes()).next().unwrap();
    assert_eq!(back, path);
    browser.get(page.location()).await;
    let fields =
        [("login", "cleo"), ("password", crate::world::PASSWORD), ("return_to", path.as_str())];
    let page = browser.submit("/sign-in", &fields).await;
    assert_eq!((page.status, page.location()), (303, path.as_str()));
}

//= rfc6749#3.1
//= type=test
//# The authorization server MUST support the use of the HTTP "GET" method [RFC2616] for the
//# authorization endpoint
#[tokio::test]
async fn nothing_optional_is_ticked_and_yes_leads_to_the_app_with_a_code() {
    let world = World::new().await;
    world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "&scope=group.name+post.content");
    let page = bob.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("checked"), "{}", page.body);
    assert!(page.body.contains("planner.example"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://planner.example;"), "{policy}");
    let garden = world.garden.to_string();
    let yes = [("decision", "allow"), ("days", "30"), ("group", garden.as_str())];
    let page = bob.submit(&path, &yes).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let (to, answer) = page.location().split_once('?').unwrap();
    assert_eq!(to, "https://planner.example/back");
    let pairs: Vec<_> = form_urlencoded::parse(answer.as_bytes()).collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, v)| v.to_string());
    assert!(value("code").is_some_and(|code| code.len() > 40));
    assert_eq!(value("state").as_deref(), Some("s-1"));
    assert_eq!(value("iss").as_deref(), Some("https://id.example"));
    let state = world.store.state();
    let (_, grant) = state.grants().next().unwrap();
    assert_eq!(grant.classes, crate::world::mask(&state, &["group.name"]), "only what is required");
    assert_eq!(grant.contexts, [world.garden]);
    assert_eq!(grant.expires_at.since(grant.made_at), Millis::days(30));
}

/// The page shows posts as optional and unticked; meanwhile an agreement begins, by time alone.
#[tokio::test]
async fn a_yes_to_another_page_than_would_be_given_gives_nothing() {
    let changes: [(&'static [&'static str], &'static str); 2] =
        [(&["post.content"], "group-management"), (&[], "sign-in")];
    for (required, purpose) in changes {
        let world = World::new().await;
        world.agree(Millis::minutes(2), required, purpose).await;
        let mut bob = world.signed_in(world.bob, "bob").await;
        let path = request(&world, "&scope=group.name+post.content");
        let page = bob.get(&path).await;
        let optional = "name=\"class\" value=\"post.content\"";
        assert!(page.body.contains(optional), "{}", page.body);
        let garden = world.garden.to_string();
        let yes = [("decision", "allow"), ("days", "7"), ("group", garden.as_str())];
        world.pass(Millis::minutes(2));
        let page = bob.submit(&path, &yes).await;
        assert_eq!((page.status, page.location()), (422, ""), "{}", page.body);
        assert!(page.body.contains("What the app asks for has changed"), "{}", page.body);
        assert!(page.body.contains("<option value=\"7\" selected>"), "what was chosen stays");
        assert_eq!(page.body.contains(optional), required.is_empty(), "{}", page.body);
        assert_eq!(world.store.state().grants().count(), 0);
        // The page that says so can be said yes to.
        let page = bob.submit(&path, &yes).await;
        assert_eq!(page.status, 303, "{}", page.body);
        assert_eq!(world.store.state().grants().count(), 1);
    }
}

#[tokio::test]
async fn what_is_allowed_only_once_need_not_be_ticked_twice() {
    let world = World::new().await;
    let policy = r#"{"policy": "once", "title": "Once", "programs": {},
        "expiry": {"classes": {"post.content": {"once": true}}}}"#;
    crate::world::run(&world.store, |state, env| {
        let said = flows::Said::by(model::Actor::Operator);
        flows::staff::activate_policy(state, env, &said, policy.as_bytes()).unwrap()
    })
    .await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "&scope=group.name+post.content");
    let page = bob.get(&path).await;
    assert!(page.body.contains("Allow only once: the app gets one answer"), "{}", page.body);
    let yes = [("decision", "allow"), ("days", "7"), ("once", "post.content")];
    let page = bob.submit(&path, &yes).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let state = world.store.state();
    let (_, grant) = state.grants().next().unwrap();
    let posts = crate::world::mask(&state, &["post.content"]);
    assert_eq!(grant.classes, crate::world::mask(&state, &["group.name"]) | posts);
    assert_eq!(grant.terms.as_deref().unwrap().once, posts);
}

#[tokio::test]
async fn a_class_that_usually_has_less_time_says_so_where_one_chooses_how_long() {
    let world = World::new().await;
    let policy = r#"{"policy": "short", "title": "Short", "programs": {},
        "expiry": {"grant_days": 90, "classes": {"post.content": {"days": 14, "max_days": 60}}}}"#;
    crate::world::run(&world.store, |state, env| {
        let said = flows::Said::by(model::Actor::Operator);
        flows::staff::activate_policy(state, env, &said, policy.as_bytes()).unwrap()
    })
    .await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "&scope=group.name+post.content");
    let posts = crate::world::mask(&world.store.state(), &["post.content"]);
    for (days, of_posts, of_all) in [("usual", 14, 90), ("90", 60, 90)] {
        let page = bob.get(&path).await;
        let first = "<option value=\"usual\" selected>As usual: 3 months; ";
        assert!(page.body.contains(first) && page.body.contains(": 14 days<"), "{}", page.body);
        let yes = [("decision", "allow"), ("days", days), ("class", "post.content")];
        let page = bob.submit(&path, &yes).await;
        assert_eq!(page.status, 303, "{}", page.body);
        let state = world.store.state();
        let (_, grant) = state.grants().next().unwrap();
        let end = &grant.terms.as_deref().unwrap().ends;
        assert_eq!((end.len(), end[0].classes), (1, posts));
        let less = model::Millis::days(of_all - of_posts);
        assert_eq!(end[0].until.plus(less), grant.expires_at, "{days}");
    }
    // Where nothing has less, the page is as it was.
    let page = bob.get(&request(&world, "&scope=group.name")).await;
    assert!(!page.body.contains("As usual"), "{}", page.body);
    assert!(page.body.contains("<option value=\"90\" selected>"), "{}", page.body);
}

#[tokio::test]
async fn a_yes_that_does_not_say_to_what_gives_nothing() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "");
    bob.get("/").await;
    for seen in ["", "x", &"0".repeat(64)] {
        let page = bob.submit(&path, &[("decision", "allow"), ("days", "7"), ("seen", seen)]).await;
        assert_eq!(page.status, 422, "{seen}: {}", page.body);
        bob.get("/").await;
    }
    assert_eq!(world.store.state().grants().count(), 0);
}

#[tokio::test]
async fn no_leads_to_the_app_without_one() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "");
    bob.get(&path).await;
    let page = bob.submit(&path, &[("decision", "refuse"), ("days", "30")]).await;
    assert!(page.location().starts_with("https://planner.example/back?error=access_denied"));
    assert_eq!(world.store.state().grants().count(), 0);
}

#[tokio::test]
async fn enabling_is_a_choice_of_its_own_and_only_an_admins() {
    let world = World::new().await;
    let path = request(&world, "");
    let (garden, chess) = (world.garden.to_string(), world.chess.to_string());
    let mut cleo = world.signed_in(world.cleo, "cleo").await;
    let page = cleo.get(&path).await;
    assert!(!page.body.contains("name=\"install\""), "{}", page.body);
    let page =
        cleo.submit(&path, &[("decision", "allow"), ("days", "30"), ("install", &garden)]).await;
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("You are not an admin of this group."), "{}", page.body);
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get(&path).await;
    assert!(page.body.contains(&format!("name=\"install\" value=\"{chess}\"")), "{}", page.body);
    assert!(!page.body.contains(&format!("name=\"install\" value=\"{garden}\"")));
    let yes = [("decision", "allow"), ("days", "30"), ("install", chess.as_str())];
    assert_eq!(bob.submit(&path, &yes).await.status, 303);
    let state = world.store.state();
    assert_eq!(
        state.installations().map(|(_, one)| one.context).collect::<Vec<_>>(),
        [world.chess]
    );
}

//= rfc6749#3.1.2.4
//= type=test
//# If an authorization request fails validation due to a missing, invalid, or mismatching
//# redirection URI, the authorization server SHOULD inform the resource owner of the error and
//# MUST NOT automatically redirect the user-agent to the invalid redirection URI.
//= rfc8252#8.6
//= type=test
//# the authorization server SHOULD NOT process authorization requests automatically without
//# user consent or interaction, except when the identity of the client can be assured.
//= rfc9700#2.1
//= type=test
//# Clients and authorization servers MUST NOT expose URLs that forward the user's browser to
//# arbitrary URIs obtained from a query parameter (open redirectors)
#[tokio::test]
async fn whoever_cannot_be_trusted_with_an_answer_gets_none() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let foreign = request(&world, "&redirect_uri=https%3A%2F%2Fevil.example%2Fback");
    for path in [foreign.as_str(), "/oauth/authorize", "/oauth/authorize?client_id=app_99"] {
        let page = bob.get(path).await;
        assert_eq!((page.status, page.location()), (400, ""), "{path}");
        let page = bob.submit(path, &[("decision", "allow"), ("days", "1")]).await;
        assert_ne!(page.status, 303, "{path}");
    }
    let silent = bob.get(&request(&world, "&prompt=none")).await;
    assert!(silent.location().starts_with("https://planner.example/back?error=consent_required"));
}

#[tokio::test]
async fn a_grant_is_withdrawn_from_the_start_page_even_when_the_app_is_suspended() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "");
    bob.get(&path).await;
    bob.submit(&path, &[("decision", "allow"), ("days", "30")]).await;
    let mut staff = world.staff_in().await;
    staff.get("/staff").await;
    let app = world.app.to_string();
    let act = [
        ("do", "app-status"),
        ("on", app.as_str()),
        ("to", "suspended"),
        ("reason", "terms"),
        ("severity", "low"),
    ];
    assert_eq!(staff.submit("/staff/act", &act).await.status, 303);
    let page = bob.get("/").await;
    assert!(page.body.contains("/privacy/grants/grt_0/withdraw"), "{}", page.body);
    let page = bob.submit("/privacy/grants/grt_0/withdraw", &[]).await;
    assert_eq!((page.status, page.location()), (303, "/privacy?done=withdrawn"));
    assert!(world.store.state().grants().all(|(_, one)| one.ended));
}

//= rfc9700#2.6
//= type=test
//# However, CORS MUST NOT be supported at the authorization endpoint, as the client does not
//# access this endpoint directly; instead, the client redirects the user agent to it.
#[tokio::test]
async fn no_other_site_may_read_the_page() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let path = request(&world, "");
    for method in ["GET", "OPTIONS"] {
        let ask = http::Request::builder()
            .method(method)
            .uri(&path)
            .header("origin", "https://planner.example")
            .header("access-control-request-method", "GET")
            .body(axum::body::Body::empty())
            .unwrap();
        let page = bob.send(ask).await;
        assert_eq!(page.header("access-control-allow-origin"), "", "{method}");
        assert_eq!(page.header("access-control-allow-methods"), "", "{method}");
    }
}
