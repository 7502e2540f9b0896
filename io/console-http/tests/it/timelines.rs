//! Many partners in one picture.

use crate::world::{World, run};
use model::Actor;

#[tokio::test]
async fn the_picture_of_partners_shows_150_and_leads_to_the_rest() {
    let world = World::new().await;
    world.enabled().await;
    let mut staff = world.staff_in().await;
    let links = |page: &str| page.matches("/timeline\">").count();
    for number in 2..=151u32 {
        if number == 151 {
            let page = staff.get("/staff/timelines").await.body;
            assert_eq!(links(&page), 150);
            assert!(!page.contains("rel=\"next\"") && !page.contains("rel=\"prev\""), "{page}");
        }
        run(&world.store, move |state, env| {
            let said = flows::Said::by(Actor::Operator);
            flows::staff::make_partner(state, env, &said, &format!("Partner {number}")).unwrap()
        })
        .await;
    }
    let first = staff.get("/staff/timelines").await.body;
    assert_eq!(links(&first), 150);
    assert!(first.contains("Anything available to 150 partners"), "{first}");
    assert!(first.contains("href=\"/staff/timelines?page=2\" rel=\"next\""), "{first}");
    assert!(!first.contains("rel=\"prev\"") && !first.contains("ptn_151/"), "{first}");
    assert!(first.contains("class=\"held\""), "the first partner has something: {first}");
    for page in ["2", "3", "99999999999"] {
        let second = staff.get(&format!("/staff/timelines?page={page}")).await.body;
        assert_eq!(links(&second), 1, "page {page}");
        assert!(second.contains("/staff/partners/ptn_151/timeline"), "{second}");
        assert!(second.contains("href=\"/staff/timelines?page=1\" rel=\"prev\""), "{second}");
        assert!(!second.contains("rel=\"next\""), "{second}");
    }
}
