//! The inboxes of people and of staff.

use crate::browser::{Browser, Page};
use crate::world::World;
use axum::body::Body;
use http::Request;

fn newest(page: &Page) -> String {
    let (_, rest) = page.body.split_once("name=\"up_to\" value=\"").expect("something is new");
    rest.split('"').next().unwrap().to_owned()
}

async fn in_german(browser: &mut Browser, path: &str) -> Page {
    let request = Request::get(path)
        .header("sec-fetch-site", "same-origin")
        .header("accept-language", "de-DE,de;q=0.9");
    browser.send(request.body(Body::empty()).unwrap()).await
}

const NEW: &str = "1<span class=\"hidden\"> new</span>";

#[tokio::test]
async fn a_member_sees_what_is_new_reads_it_and_sees_that_it_is_read() {
    let world = World::new().await;
    world.enabled().await;
    teller::tell(&world.store, &[]).unwrap();
    let mut cleo = world.signed_in(world.cleo, "cleo").await;
    assert!(cleo.get("/").await.body.contains(NEW), "every page says that something is new");
    let page = cleo.get("/messages").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("was enabled in"), "{}", page.body);
    assert!(page.body.contains(&format!("/privacy/apps/{}", world.app)), "{}", page.body);
    let german = in_german(&mut cleo, "/messages").await;
    assert!(german.body.contains("eingeschaltet") && german.body.contains("<span lang=\"de\">"));

    let up_to = newest(&page);
    let done = cleo.submit("/messages", &[("up_to", &up_to)]).await;
    assert_eq!((done.status, done.location()), (303, "/messages?done=read"));
    let page = cleo.get("/messages").await;
    assert!(page.body.contains("You have read everything") && !page.body.contains(NEW));
    // Ada did it herself; Bob reads for himself.
    let mut ada = world.signed_in(world.ada, "ada").await;
    assert!(ada.get("/messages").await.body.contains("There are no messages"));
    let mut bob = world.signed_in(world.bob, "bob").await;
    assert!(bob.get("/messages").await.body.contains(NEW));
    assert_eq!(bob.get("/messages?before=x").await.status, 404);
}

#[tokio::test]
async fn messages_are_there_while_the_platform_is_not() {
    let world = World::new().await;
    world.enabled().await;
    teller::tell(&world.store, &[]).unwrap();
    let mut cleo = world.without_platform(world.cleo, "cleo").await;
    let page = cleo.get("/messages").await;
    assert!(page.body.contains("was enabled in one of your groups"), "{}", page.body);
}

#[tokio::test]
async fn what_one_of_the_staff_has_read_is_read() {
    let world = World::new().await;
    teller::tell(&world.store, &[]).unwrap();
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/messages").await;
    assert!(page.body.contains("Another policy is in force"), "{}", page.body);
    assert!(page.body.contains("/staff/policies"), "{}", page.body);
    let up_to = newest(&page);
    assert_eq!(staff.post("/staff/messages", &[("up_to", &up_to)]).await.status, 403);
    assert_eq!(staff.submit("/staff/messages", &[("up_to", &up_to)]).await.status, 303);
    let mut again = world.staff_in().await;
    assert!(again.get("/staff/messages").await.body.contains("You have read everything"));
}
