//! Programs moved on, reviews entered, agreements with their terms: what staff do on pages.

use crate::world::{World, mask, run};
use flows::Said;
use model::{Actor, ClassMask, Millis, ProgramNo, ProgramStatus, Timestamp};

const DAY: &str = "2099-01-01";

fn groups(world: &World) -> ProgramNo {
    world.store.state().program_named("groups").unwrap()
}

#[tokio::test]
async fn a_draft_is_opened_as_an_experiment_and_its_end_is_moved() {
    let world = World::new().await;
    let login = world.store.state().program_named("login").unwrap();
    let mut staff = world.staff_in().await;
    let path = format!("/staff/programs/{login}");
    assert!(staff.get("/staff/programs").await.body.contains(&format!("href=\"{path}\"")));
    let page = staff.get(&path).await;
    assert!(page.body.contains("Open as an experiment…"), "{}", page.body);
    let form = format!("{path}/experiment");
    staff.get(&form).await;
    for (sent, wrong) in [
        ([("until", ""), ("cap", "")], "Say when the experiment ends."),
        ([("until", "soon"), ("cap", "")], "“soon” is no date: write it like 2026-11-21."),
        ([("until", "2001-01-01"), ("cap", "")], "Until must be in the future."),
        ([("until", DAY), ("cap", "many")], "“many” is no number of people"),
        ([("until", DAY), ("cap", "0")], "Cap must let in at least one person."),
    ] {
        let page = staff.submit(&form, &sent).await;
        assert_eq!(page.status, 422, "{sent:?}");
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
    }
    let page = staff.submit(&form, &[("until", DAY), ("cap", "50")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = staff.get(&path).await;
    assert!(page.body.contains("0 of 50") && page.body.contains("Change the experiment…"));
    let page = staff.get(&form).await;
    assert!(page.body.contains(&format!("value=\"{DAY}\"")), "{}", page.body);
    let page = staff.submit(&form, &[("until", DAY), ("cap", "")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let found = world.store.state().program(login).unwrap().clone();
    assert_eq!((found.status, found.cap), (ProgramStatus::Experimental, None));
}

#[tokio::test]
async fn a_program_is_closed_with_an_exception_that_can_be_ended_and_people_read_why() {
    let world = World::new().await;
    world.enabled().await;
    let mut staff = world.staff_in().await;
    let path = format!("/staff/programs/{}", groups(&world));
    let form = format!("{path}/close");
    let page = staff.get(&form).await;
    let one = "<span class=\"figure\">1</span><div class=\"soft small\">installations that stand";
    assert!(page.body.contains(one), "{}", page.body);
    assert_eq!(page.body.matches("name=\"except-app\"").count(), 2);
    let app = world.app.to_string();
    let row = |app: &'static str, until: &'static str, why: &'static str| {
        vec![("except-app", app), ("except-until", until), ("except-reason", why)]
    };
    let page =
        staff.submit(&form, &[&row("app_1", DAY, "x")[..], &[("step", "more")]].concat()).await;
    assert_eq!(page.status, 200, "asking for more rows closes nothing");
    assert_eq!(page.body.matches("name=\"except-app\"").count(), 3);
    assert!(page.body.contains("value=\"app_1\""), "what was typed stays: {}", page.body);
    for (row, wrong) in [
        (row("app_99", DAY, "x"), "Exception 1: there is no app “app_99”"),
        (row("", DAY, "x"), "Exception 1: there is no app “”"),
        (row("app_1", "2001-01-01", "x"), "Exception 1: choose an end in the future."),
        (row("app_1", DAY, ""), "Exception 1: say why"),
        (row("app_1", DAY, "x"), "Choose a reason."),
    ] {
        let page = staff.submit(&form, &row).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
    }
    let why = [("reason", "terms"), ("severity", "low"), ("step", "close")];
    let rows = [row("app_1", DAY, "It moves <its> people."), row("", "", "")].concat();
    let page = staff.submit(&form, &[&rows[..], &why].concat()).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(world.store.state().program(groups(&world)).unwrap().exceptions.len(), 1);

    let mut ada = world.signed_in(world.ada, "ada").await;
    let page = ada.get(&format!("/privacy/apps/{app}")).await;
    let told =
        "approved by the platform&#39;s staff, with this reason: It moves &#60;its&#62; people.";
    assert!(page.body.contains(told), "{}", page.body);

    let page = staff.get(&path).await;
    assert!(page.body.contains("Sam Staff") && !page.body.contains("Close…"), "{}", page.body);
    let end = page.body.split("/staff/act?do=end-exception&#38;on=").nth(1).unwrap();
    let end = end.split('"').next().unwrap();
    let page = staff.get(&format!("/staff/act?do=end-exception&on={end}")).await;
    assert!(page.body.contains("End the exception of Planner"), "{}", page.body);
    let on = end.replace("%2B", "+");
    let sent =
        [("do", "end-exception"), ("on", on.as_str()), ("reason", "terms"), ("severity", "low")];
    let page = staff.submit("/staff/act", &sent).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(world.store.state().program(groups(&world)).unwrap().exceptions.is_empty());
}

#[tokio::test]
async fn a_review_is_entered_class_by_class_and_taken_back_and_testers_come_and_go() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let app = format!("/staff/apps/{}", world.app);
    let reviewed = || world.store.state().app(world.app).unwrap().reviewed();
    let withdraw = format!("{app}/review/withdraw");
    let page = staff.get(&withdraw).await;
    let all: Vec<String> = page
        .body
        .split("name=\"class\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let page = staff.submit(&withdraw, &[]).await;
    assert!(page.body.contains("Tick at least one class."), "{}", page.body);
    let ticked: Vec<(&str, &str)> = all.iter().map(|name| ("class", name.as_str())).collect();
    assert_eq!(staff.submit(&withdraw, &ticked).await.status, 303);
    assert_eq!(reviewed(), ClassMask::NONE, "what later catalogs add is not reviewed either");

    let page = staff.get(&app).await;
    assert!(page.body.contains("<dt>Reviewed</dt><dd>nothing</dd>"), "{}", page.body);
    assert!(page.body.contains("<dt>Waits for review</dt><dd>Group names"), "{}", page.body);
    let pass = format!("{app}/review/pass");
    staff.get(&pass).await;
    let page = staff.submit(&pass, &[("class", "group.name"), ("class", "post.content")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(reviewed(), mask(&world.store.state(), &["group.name", "post.content"]));

    let tester = format!("{app}/review/tester");
    staff.get(&tester).await;
    for (who, wrong) in
        [("Bob", "That is no person&#39;s number"), ("per_99", "There is no person")]
    {
        let page = staff.submit(&tester, &[("person", who)]).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
    }
    let bob = world.bob.to_string();
    assert_eq!(staff.submit(&tester, &[("person", &bob)]).await.status, 303);
    let page = staff.get(&app).await;
    let end = format!("/staff/act?do=remove-tester&#38;on={}%2B{bob}", world.app);
    assert!(page.body.contains(&end), "{}", page.body);
    let on = format!("{}+{bob}", world.app);
    staff.get(&format!("/staff/act?do=remove-tester&on={}%2B{bob}", world.app)).await;
    let sent = [
        ("do", "remove-tester"),
        ("on", on.as_str()),
        ("reason", "other"),
        ("severity", "low"),
        ("note", "Done."),
    ];
    let page = staff.submit("/staff/act", &sent).await;
    assert_eq!((page.status, page.location()), (303, &*format!("{app}?done=done")));
    let state = world.store.state();
    assert!(state.app(world.app).unwrap().review.as_ref().unwrap().testers.is_empty());
}

#[tokio::test]
async fn an_agreement_is_made_with_its_terms_and_its_page_says_them() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/agreements/new?app=app_1").await;
    let purpose = page.body.split("name=\"purpose\" value=\"").nth(1).unwrap();
    let purpose = purpose.split('"').next().unwrap().to_owned();
    let (app, program) = (world.app.to_string(), groups(&world).to_string());
    let wish = |retention: &'static str, by: &'static str| {
        vec![
            ("app", app.clone()),
            ("program", program.clone()),
            ("class", "member.name".to_owned()),
            ("class", "post.content".to_owned()),
            ("purpose", purpose.clone()),
            ("from", "2026-01-01".to_owned()),
            ("until", DAY.to_owned()),
            ("retention", retention.to_owned()),
            ("anonymise_by", by.to_owned()),
            ("sub_processors", "Cloud & Co\r\n\r\nMail <Ltd>".to_owned()),
            ("terms", "No <joins>.".to_owned()),
        ]
    };
    for (retention, by, wrong) in [
        ("member.name", "", "“member.name” is not a class and a number of days."),
        ("member.shoe 3", "", "The catalog has no class “member.shoe”."),
        ("group.name 3", "", "Must name some of classes each"),
        ("member.name 0", "", "Must be of 1 to 3,660 days each"),
        ("", "tomorrow", "“tomorrow” is no date"),
    ] {
        let sent = wish(retention, by);
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = staff.submit("/staff/agreements/new", &sent).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
        assert!(page.body.contains(">No &#60;joins&#62;.</textarea>"), "{}", page.body);
    }
    let sent = wish("member.name 30\r\npost.content: 7", "2098-12-31");
    let sent: Vec<(&str, &str)> =
        sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = staff.submit("/staff/agreements/new", &sent).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = staff.get(page.location()).await;
    for told in [
        "Names of people in a group: 30 days",
        "What people write in posts: 7 days",
        "<dt>Must be anonymised by</dt><dd>31 December 2098</dd>",
        "<dt>Further terms</dt><dd>No &#60;joins&#62;.</dd>",
        "<dt>Sub-processor</dt><dd>Cloud &#38; Co</dd><dt>Sub-processor</dt><dd>Mail &#60;Ltd&#62;</dd>",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
}

/// What begins by itself, ends by itself: the page of a program whose experiment is over offers what can come next.
#[tokio::test]
async fn an_experiment_that_is_over_can_only_be_closed() {
    let world = World::new().await;
    let login = world.store.state().program_named("login").unwrap();
    run(&world.store, move |state, env| {
        let stage =
            flows::staff::Stage::Experiment { until: env.now.plus(Millis::minutes(5)), cap: None };
        let said = Said::by(Actor::Operator);
        flows::staff::move_program(state, env, &said, login, &stage).unwrap()
    })
    .await;
    let mut staff = world.staff_in().await;
    let path = format!("/staff/programs/{login}");
    assert!(staff.get(&path).await.body.contains("Change the experiment…"));
    world.pass(Millis::minutes(5));
    let page = staff.get(&path).await.body;
    assert!(!page.contains("Change the experiment…") && page.contains("Close…"), "{page}");
    assert!(!page.contains("Open…"), "what ended with it stays so: {page}");
    let form = format!("{path}/close");
    let page = staff.get(&form).await.body;
    assert!(!page.contains("except-app") && page.contains("none can be excepted"), "{page}");
    let why = [("step", "close"), ("reason", "terms"), ("severity", "low"), ("note", "Over.")];
    let page = staff.submit(&form, &why).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

/// The form knows days, the API instants: who changes the number of people does not move the end.
#[tokio::test]
async fn a_cap_is_changed_without_moving_the_end_of_an_experiment() {
    let world = World::new().await;
    let login = world.store.state().program_named("login").unwrap();
    let day = Millis::days(1).0;
    let until = Timestamp((world.store.now().0 / day + 2) * day).plus(Millis::minutes(18 * 60));
    run(&world.store, move |state, env| {
        let stage = flows::staff::Stage::Experiment { until, cap: Some(50) };
        flows::staff::move_program(state, env, &Said::by(Actor::Operator), login, &stage).unwrap()
    })
    .await;
    // On its last day, an hour before the end.
    world.pass(Millis(until.0 - world.store.now().0 - Millis::minutes(60).0));
    let mut staff = world.staff_in().await;
    let form = format!("/staff/programs/{login}/experiment");
    let page = staff.get(&form).await.body;
    assert!(page.contains(", 18:00, and keeps that instant"), "{page}");
    let date = page.split("type=\"date\" required value=\"").nth(1).unwrap();
    let date: &'static str = date.split('"').next().unwrap().to_owned().leak();
    let page = staff.submit(&form, &[("until", date), ("cap", "60")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let found = world.store.state().program(login).unwrap().clone();
    assert_eq!((found.until, found.cap), (Some(until), Some(60)));
    let page = staff.submit(&form, &[("until", DAY), ("cap", "60")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let found = world.store.state().program(login).unwrap().clone();
    assert_eq!(found.until.map(|until| until.0 % day), Some(0), "another day is another end");
}
