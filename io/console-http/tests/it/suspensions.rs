//! Many apps suspended by two of the staff, on pages; and what a role does not get to see.

use crate::world::World;
use model::StaffRole;

#[tokio::test]
async fn one_proposes_another_sees_it_and_confirms() {
    let world = World::new().await;
    world.enabled().await;
    let mut first = world.staff_in().await;
    let mut second = world.new_staff("rosa", StaffRole::Responder).await;
    let suspended = || {
        let state = world.store.state();
        state.apps().filter(|(_, app)| state.is_suspended(app)).count()
    };
    first.get("/staff/suspensions").await;
    let page = first.submit("/staff/suspensions/preview", &[("select", "category")]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains(">category</textarea>"), "what was typed stays: {}", page.body);
    let select = ("select", "partner:ptn_1\r\nstatus:active");
    let page = first.submit("/staff/suspensions/preview", &[select]).await;
    let reach = "<span class=\"figure\">1</span><div class=\"soft small\">installations in groups";
    assert!(page.body.contains(reach), "{}", page.body);
    let page = first.submit("/staff/suspensions/propose", &[select]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Choose a reason."), "{}", page.body);
    let why = [select, ("reason", "malware"), ("severity", "high"), ("note", "case <7>")];
    let page = first.submit("/staff/suspensions/propose", &why).await;
    assert_eq!((page.status, page.location()), (303, "/staff/suspensions?done=proposed"));
    let page = first.get("/staff/suspensions/1").await;
    assert!(page.body.contains("You proposed it yourself"), "{}", page.body);

    let page = second.get("/staff/suspensions/1").await;
    assert!(
        page.body.contains("Proposed by Sam Staff: Malware. case &#60;7&#62;"),
        "{}",
        page.body
    );
    let result = page.body.split("name=\"result\" value=\"").nth(1).unwrap();
    let result = result.split('"').next().unwrap().to_owned();
    let sent = [("proposal", "1"), ("result", result.as_str())];
    let page = first.submit("/staff/suspensions/confirm", &sent).await;
    assert!(page.body.contains("takes a second person"), "{}", page.body);
    assert_eq!(suspended(), 0);
    let page = second.submit("/staff/suspensions/confirm", &sent).await;
    assert_eq!((page.status, page.location()), (303, "/staff/suspensions?done=done"));
    assert_eq!(suspended(), 1);
    let log = first.get("/staff/log").await.body;
    assert!(log.contains("Sam Staff, confirmed by rosa"), "{log}");
    let list = first.get("/staff/suspensions").await.body;
    let lift = list.split("/staff/act?do=lift-suspension&#38;on=").nth(1).unwrap();
    let at = lift.split('"').next().unwrap().to_owned();
    let page = first.get(&format!("/staff/act?do=lift-suspension&on={at}")).await;
    assert!(page.body.contains("Reinstate them"), "{}", page.body);
    let act = [("do", "lift-suspension"), ("on", at.as_str()), ("to", ""), ("reason", "incident")];
    assert_eq!(first.submit("/staff/act", &act).await.location(), "/staff/suspensions?done=done");
    assert_eq!(suspended(), 0);
}

/// A figure of the dashboard.
fn figure(page: &str, text: &str) -> String {
    let mark = format!("</span><span>{text}</span>");
    let (before, _) = page.split_once(&mark).unwrap_or_else(|| panic!("no `{text}`: {page}"));
    before.rsplit('>').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_app_that_is_suspended_with_others_is_shown_so_everywhere() {
    let world = World::new().await;
    world.enabled().await;
    let (mut staff, mut ada) = (world.staff_in().await, world.signed_in(world.ada, "ada").await);
    let (app, own) = (format!("/staff/apps/{}", world.app), format!("/privacy/apps/{}", world.app));
    let inactive = "It is not active at present and receives nothing";
    let page = staff.get("/staff").await.body;
    assert_eq!(
        (&*figure(&page, "apps that may receive data"), &*figure(&page, "apps suspended")),
        ("1", "0")
    );
    assert!(!ada.get(&own).await.body.contains(inactive));

    let at = world.suspend_with_others().await;
    let page = staff.get("/staff").await.body;
    assert_eq!(
        (&*figure(&page, "apps that may receive data"), &*figure(&page, "apps suspended")),
        ("0", "1")
    );
    let page = staff.get("/staff/apps?q=suspended").await.body;
    assert!(page.contains("<span class=\"tag warn\">suspended with others</span>"), "{page}");
    let page = staff.get(&app).await.body;
    assert!(page.contains("<span class=\"tag warn\">suspended with others</span>"), "{page}");
    assert!(page.contains(&format!("by the suspension at entry {at}, of 1 app in all")), "{page}");
    let lift = format!("/staff/act?do=lift-suspension&on=pos_{at}");
    assert!(page.contains(&lift.replace('&', "&#38;")), "{page}");
    let page = staff.get(&lift).await.body;
    let one = "<span class=\"figure\">1</span><div class=\"soft small\">apps</div>";
    assert!(page.contains(one), "what lifting would bring back is counted: {page}");
    assert!(ada.get(&own).await.body.contains(inactive));
}

#[tokio::test]
async fn an_app_whose_partner_is_suspended_is_none_that_may_receive() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    staff.get("/staff").await;
    let act = [
        ("do", "partner-status"),
        ("on", "ptn_1"),
        ("to", "suspended"),
        ("reason", "terms"),
        ("severity", "low"),
    ];
    assert_eq!(staff.submit("/staff/act", &act).await.status, 303);
    let page = staff.get("/staff").await.body;
    assert_eq!(
        (&*figure(&page, "apps that may receive data"), &*figure(&page, "apps suspended")),
        ("0", "1")
    );
    for path in ["/staff/apps?q=suspended", "/staff/apps/app_1"] {
        let page = staff.get(path).await.body;
        assert!(page.contains("<span class=\"tag warn\">partner suspended</span>"), "{page}");
    }
}

#[tokio::test]
async fn a_viewer_reads_the_register_and_neither_the_log_nor_changes_anything() {
    let world = World::new().await;
    let mut viewer = world.new_staff("vera", StaffRole::Viewer).await;
    assert_eq!(viewer.get("/staff/partners").await.status, 200);
    assert_eq!(viewer.get("/staff/log").await.status, 403);
    viewer.get("/staff/partners/new").await;
    let page = viewer.submit("/staff/partners/new", &[("name", "Green")]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("The role viewer may not do this"), "{}", page.body);
    let mut admin = world.staff_in().await;
    let page = admin.get("/staff/members").await;
    assert!(
        page.body.contains("vera") && page.body.contains("reads the register"),
        "{}",
        page.body
    );
    let role = [("do", "staff-role"), ("on", "stf_2"), ("to", "auditor")];
    admin.get("/staff/act?do=staff-role&on=stf_2").await;
    let page = admin.submit("/staff/act", &role).await;
    assert_eq!((page.status, page.location()), (303, "/staff/members?done=done"), "{}", page.body);
    assert_eq!(viewer.get("/staff/log").await.status, 200);
}
