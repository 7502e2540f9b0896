//! Cases about apps, from a person's report to the appeal.

use crate::browser::Browser;
use crate::world::{World, run};
use model::{AppStatus, CaseNo, CaseOutcome, EndingReason, StaffRole};

async fn reported(world: &World) -> u64 {
    let (bob, app) = (world.bob, world.app);
    run(&world.store, move |state, env| {
        let said = (EndingReason::Malware, Some("It mines <coins>.".to_owned()));
        flows::person::report_app(state, env, bob, app, said).unwrap()
    })
    .await;
    world.store.head().unwrap().next().0 - 1
}

/// A case that begins with a report. Its path.
async fn opened(world: &World, staff: &mut Browser) -> String {
    let at = reported(world).await;
    let listed = staff.get("/staff/reported").await;
    assert!(listed.body.contains("It mines &#60;coins&#62;."), "{}", listed.body);
    let link = format!("/staff/cases/new?app={}&kind=report&begins_with={at}", world.app);
    assert!(listed.body.contains(&link.replace('&', "&#38;")), "{}", listed.body);
    let form = staff.get(&link).await;
    assert!(form.body.contains(&format!("value=\"{at}\"")), "{}", form.body);
    let at = at.to_string();
    let app = world.app.to_string();
    let wish = [
        ("app", app.as_str()),
        ("kind", "report"),
        ("begins_with", at.as_str()),
        ("reason", "malware"),
        ("severity", "high"),
        ("note", "Bob wrote twice."),
    ];
    let page = staff.submit("/staff/cases/new", &wish).await;
    assert_eq!(page.status, 303, "{}", page.body);
    page.location().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_report_becomes_a_case_that_is_documented_and_decided() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let path = opened(&world, &mut staff).await;
    let page = staff.get(&path).await;
    for told in
        ["a person&#39;s report", "Bob wrote twice.", "It mines &#60;coins&#62;.", "Decide…"]
    {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(!page.body.contains("Decide the appeal"), "{}", page.body);
    let link = page.body.split("href=\"").find(|link| link.starts_with("/staff/log?")).unwrap();
    let entry = staff.get(link.split('"').next().unwrap()).await;
    let first = entry.body.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(first.contains("It mines"), "the report stands on top: {first}");
    let mut reviewer = world.new_staff("rosa", StaffRole::Reviewer).await;
    let page = reviewer.get(&path).await;
    assert!(page.body.contains("It mines") && !page.body.contains("/staff/log?"), "{}", page.body);

    let note = format!("{path}/note");
    staff.get(&note).await;
    let page = staff.submit(&note, &[("note", "  ")]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Write the note."), "{}", page.body);
    let page = staff.submit(&note, &[("note", "A <b>sample</b>."), ("shown", "yes")]).await;
    assert_eq!(page.status, 303, "{}", page.body);

    // A second report goes into the same case; what is no report or finding does not.
    let again = reported(&world).await.to_string();
    staff.get(&note).await;
    for (at, wrong) in [("99999", "No entry"), ("0", "no report or finding about this app")] {
        let page = staff.submit(&note, &[("note", "And again."), ("attached", at)]).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
        assert!(page.body.contains(&format!("value=\"{at}\"")), "{}", page.body);
    }
    let page = staff.submit(&note, &[("note", "And again."), ("attached", &again)]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = staff.get(&path).await;
    let told = format!("Note, with entry {again} of the log");
    assert!(page.body.contains(&told), "{told}: {}", page.body);

    let decide = format!("{path}/decide");
    staff.get(&decide).await;
    for (sent, wrong) in [
        (vec![("note", "x")], "Choose how the case is decided."),
        (vec![("outcome", "warned")], "Say why: the partner reads it."),
        (vec![("outcome", "suspended"), ("note", "It is so.")], "Choose a reason."),
        (
            vec![("outcome", "suspended"), ("note", "It is so."), ("reason", "malware")],
            "Choose how grave it is.",
        ),
    ] {
        let page = staff.submit(&decide, &sent).await;
        assert_eq!(page.status, 422, "{sent:?}");
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
        let typed = sent.iter().find(|(name, _)| *name == "note").map_or("", |(_, note)| note);
        assert!(page.body.contains(&format!(">{typed}</textarea>")), "what was typed stays");
    }
    let sent = [
        ("outcome", "suspended"),
        ("note", "It mines."),
        ("reason", "malware"),
        ("severity", "high"),
    ];
    let page = staff.submit(&decide, &sent).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = staff.get(&path).await;
    for told in ["Decided: suspended", "staff and partner", "A &#60;b&#62;sample&#60;/b&#62;."] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    let state = world.store.state();
    let case = state.case(CaseNo(1)).unwrap();
    assert_eq!(case.outcome, Some(CaseOutcome::Suspended));
    assert_eq!(state.app(world.app).unwrap().status, AppStatus::Suspended);
}

#[tokio::test]
async fn an_appeal_is_decided_from_the_cases_page() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let path = opened(&world, &mut staff).await;
    let decide = format!("{path}/decide");
    staff.get(&decide).await;
    let sent = [
        ("outcome", "suspended"),
        ("note", "It mines."),
        ("reason", "malware"),
        ("severity", "high"),
    ];
    assert_eq!(staff.submit(&decide, &sent).await.status, 303);
    let partner = world.store.state().app(world.app).unwrap().partner;
    run(&world.store, move |state, env| {
        flows::partner::appeal(state, env, partner, CaseNo(1), "It does not.").unwrap()
    })
    .await;
    let page = staff.get(&path).await;
    assert!(page.body.contains("It does not.") && page.body.contains("Decide the appeal"));
    let appeal = format!("{path}/appeal");
    staff.get(&appeal).await;
    let page = staff.submit(&appeal, &[("note", "They are right.")]).await;
    assert!(page.body.contains("Choose how the appeal is decided."), "{}", page.body);
    let sent = [
        ("verdict", "reinstated"),
        ("note", "They are right."),
        ("reason", "other"),
        ("severity", "low"),
    ];
    let page = staff.submit(&appeal, &sent).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(staff.get("/staff/cases").await.body.contains("appeal upheld"));
    assert_eq!(world.store.state().app(world.app).unwrap().status, AppStatus::Active);
}

#[tokio::test]
async fn a_case_begins_with_what_is_there_and_only_reviewers_see_it() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let path = opened(&world, &mut staff).await;
    let app = world.app.to_string();
    for (app, kind, at, wrong) in [
        ("app_99", "inquiry", "", "There is no app of this id"),
        ("app_one", "inquiry", "", "There is no app of this id"),
        (app.as_str(), "report", "0", "No report by a person about this app stands at this entry"),
        (app.as_str(), "finding", "", "No finding about this app stands at this entry"),
        (app.as_str(), "inquiry", "3", "An inquiry begins with no entry"),
    ] {
        staff.get("/staff/cases/new").await;
        let wish = [("app", app), ("kind", kind), ("begins_with", at)];
        let page = staff.submit("/staff/cases/new", &wish).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(wrong), "{wrong}: {}", page.body);
    }
    let wish = [("app", app.as_str()), ("kind", "inquiry"), ("begins_with", "")];
    let page = staff.submit("/staff/cases/new", &wish).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(staff.get("/staff/cases/cas_99").await.status, 404);
    assert_eq!(staff.get(&format!("{path}/burn")).await.status, 404);
    let mut viewer = world.new_staff("vera", StaffRole::Viewer).await;
    for path in [path.as_str(), "/staff/cases/new", "/staff/reported"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
    }
}
