//! What must not happen: forged forms, foreign redirects, scripts in names, guessed passwords, wrong sessions.

use crate::world::{HOSTILE, PASSWORD, World};
use axum::body::Body;
use http::Request;
use sequence::AccountOf;

//= rfc6749#10.12
//= type=test
//# The authorization server MUST implement CSRF protection for its authorization endpoint and
//# ensure that a malicious client cannot obtain authorization without the awareness and
//# explicit consent of the resource owner.
#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let block = [("scope", "all"), ("choice", "block")];
    assert_eq!(bob.post("/privacy/settings", &block).await.status, 403);
    let forged = [("csrf", "x"), ("scope", "all"), ("choice", "block")];
    assert_eq!(bob.post("/privacy/settings", &forged).await.status, 403);
    let mut ada = world.signed_in(world.ada, "ada").await;
    let page = ada.get("/privacy").await.body;
    let others = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let borrowed = [("csrf", others), ("scope", "all"), ("choice", "block")];
    assert_eq!(bob.post("/privacy/settings", &borrowed).await.status, 403);
    let mut staff = world.staff_in().await;
    let act = [("do", "cut-off"), ("on", "platform"), ("reason", "incident"), ("severity", "high")];
    assert_eq!(staff.post("/staff/act", &act).await.status, 403);
    assert!(world.store.state().person(world.bob).is_none());
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing_even_with_its_token() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get("/privacy").await.body;
    let own = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for (header, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = Request::post("/privacy/settings")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(header, value)
            .body(Body::from(format!("csrf={own}&scope=all&choice=block")))
            .unwrap();
        assert_eq!(bob.send(request).await.status, 403);
    }
    assert!(world.store.state().person(world.bob).is_none());
}

//= rfc9700#2.1
//= type=test
//# Clients and authorization servers MUST NOT expose URLs that forward the user's browser to
//# arbitrary URIs obtained from a query parameter (open redirectors)
#[tokio::test]
async fn signing_in_leads_nowhere_else() {
    let world = World::new().await;
    world.account(AccountOf::Person(world.bob), "bob").await;
    for foreign in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let mut browser = world.browser();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", foreign)
            .finish();
        let page = browser.get(&format!("/sign-in?{query}")).await;
        assert!(!page.body.contains("evil"), "{}", page.body);
        let fields = [("login", "bob"), ("password", PASSWORD), ("return_to", foreign)];
        let page = browser.submit("/sign-in", &fields).await;
        assert_eq!((page.status, page.location()), (303, "/"));
    }
}

//= rfc6749#10.10
//= type=test
//# The authorization server MUST utilize other means to protect credentials intended for
//# end-user usage.
#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_look_alike_and_guessing_is_slowed() {
    let world = World::new().await;
    world.account(AccountOf::Person(world.bob), "bob").await;
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    let wrong = browser.submit("/sign-in", &[("login", "bob"), ("password", "wrong one")]).await;
    let unknown = browser.submit("/sign-in", &[("login", "b0b"), ("password", "wrong one")]).await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.body.replace("bob", "b0b"), unknown.body);
    for _ in 0..9 {
        browser.submit("/sign-in", &[("login", "bob"), ("password", "wrong one")]).await;
    }
    let page = browser.submit("/sign-in", &[("login", "bob"), ("password", PASSWORD)]).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "900"));
    let forged = [("form", "x"), ("login", "bob"), ("password", PASSWORD)];
    assert_eq!(world.browser().post("/sign-in", &forged).await.status, 403);
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let mut ada = world.signed_in(world.ada, "ada").await;
    let mut staff = world.staff_in().await;
    let app = world.app;
    let escaped = "&#60;script&#62;alert(1)&#60;/script&#62;";
    for path in ["/", "/privacy", "/privacy/history", &format!("/privacy/apps/{app}")] {
        let page = bob.get(path).await;
        assert!(
            page.body.contains(escaped) && !page.body.contains(HOSTILE),
            "{path}: {}",
            page.body
        );
    }
    for path in ["/groups", "/groups/enable", &format!("/groups/apps/{installation}")] {
        let page = ada.get(path).await;
        assert!(
            page.body.contains(escaped) && !page.body.contains(HOSTILE),
            "{path}: {}",
            page.body
        );
    }
    for path in ["/staff/apps", "/staff/log", &format!("/staff/apps/{app}")] {
        let page = staff.get(path).await;
        assert!(
            page.body.contains(escaped) && !page.body.contains(HOSTILE),
            "{path}: {}",
            page.body
        );
    }
    let page = staff
        .get(&format!("/staff/apps?q=%22%3E{HOSTILE}").replace('<', "%3C").replace('>', "%3E"))
        .await;
    assert!(!page.body.contains(HOSTILE), "{}", page.body);
}

#[tokio::test]
async fn people_and_staff_have_separate_doors() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get("/staff").await;
    assert_eq!((page.status, page.location()), (303, "/staff/sign-in?return_to=%2Fstaff"));
    let mut staff = world.staff_in().await;
    assert_eq!(staff.get("/privacy").await.location(), "/sign-in?return_to=%2Fprivacy");
    bob.get("/").await;
    let page = bob.submit("/sign-out", &[]).await;
    assert_eq!((page.status, page.location()), (303, "/?done=signed-out"));
    assert_eq!(bob.get("/privacy").await.status, 303);
}

#[tokio::test]
async fn pages_carry_their_headers_and_the_style_sheet_is_kept() {
    let world = World::new().await;
    let mut browser = world.browser();
    for (path, status) in
        [("/", 200), ("/nowhere", 404), ("/sign-out", 405), ("/privacy/apps/app_1", 303)]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
    }
    let page = browser.get("/").await;
    let policy = page.header("content-security-policy");
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
    let style = page.body.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    let sheet = browser.get(&format!("/assets/{style}")).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(sheet.header("cache-control").contains("immutable"));
    assert_eq!(browser.get("/assets/console.css").await.status, 404);
}

#[tokio::test]
async fn over_tls_cookies_are_this_hosts_alone() {
    let world = World::new().await;
    world.account(AccountOf::Person(world.bob), "bob").await;
    let mut browser = world.browser();
    let form = browser.get("/sign-in").await;
    let signed_in = browser.submit("/sign-in", &[("login", "bob"), ("password", PASSWORD)]).await;
    let set = |page: &crate::browser::Page| page.header("set-cookie").to_owned();
    let session = set(&signed_in);
    let out = {
        browser.get("/").await;
        browser.submit("/sign-out", &[]).await
    };
    for cookie in [set(&form), session.clone(), set(&out)] {
        // What a browser demands of the prefix: else it does not take the cookie.
        assert!(cookie.starts_with("__Host-bailment_"), "{cookie}");
        let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        assert!(attributes.contains(&"Secure") && attributes.contains(&"Path=/"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(attributes.contains(&"HttpOnly"), "{cookie}");
    }
    // One that another host of the site could have put there counts for nothing.
    let again = world.browser().get("/sign-in").await;
    assert!(set(&again).starts_with("__Host-"));
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    let signed_in = browser.submit("/sign-in", &[("login", "bob"), ("password", PASSWORD)]).await;
    let pair = set(&signed_in).split(';').next().unwrap().to_owned();
    let ask = async |pair: &str| {
        let request = Request::get("/privacy").header("cookie", pair).body(Body::empty()).unwrap();
        world.browser().send(request).await.status
    };
    assert_eq!(ask(&pair).await, 200);
    assert_eq!(ask(pair.strip_prefix("__Host-").unwrap()).await, 303);
}
