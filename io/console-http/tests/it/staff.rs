//! What staff does, each time with a reason.

use crate::world::{POLICY, World, run};
use ledger::{Event, GrantMade, Why};
use model::{Actor, AppStatus, ClassMask, Millis, PartnerStatus};

#[tokio::test]
async fn suspending_asks_for_a_reason_and_shows_what_it_affects() {
    let world = World::new().await;
    world.enabled().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/act?do=partner-status&on=ptn_1&to=suspended").await;
    assert!(page.body.contains("Suspend Blue &#38; Sons &#60;Ltd&#62;?"), "{}", page.body);
    assert!(page.body.contains(
        "<span class=\"figure\">1</span><div class=\"soft small\">installations that stand"
    ));
    let status = || world.store.state().partners().next().unwrap().1.status;
    let without = [("do", "partner-status"), ("on", "ptn_1"), ("to", "suspended")];
    let page = staff.submit("/staff/act", &without).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Choose a reason."), "{}", page.body);
    assert_eq!(status(), PartnerStatus::Active);
    let why =
        [("reason", "data-taken-improperly"), ("severity", "high"), ("note", "seen <b>twice</b>")];
    let all: Vec<_> = without.into_iter().chain(why).collect();
    let page = staff.submit("/staff/act", &all).await;
    assert_eq!((page.status, page.location()), (303, "/staff/partners/ptn_1?done=done"));
    assert_eq!(status(), PartnerStatus::Suspended);
    let log = staff.get("/staff/log").await.body;
    assert!(log.contains("partner status changed") && log.contains("Sam Staff"), "{log}");
    assert!(log.contains("Data was taken improperly: seen &#60;b&#62;twice&#60;/b&#62;"), "{log}");
    let page = staff.get("/staff/partners/ptn_1").await;
    assert!(page.body.contains("Reinstate"), "{}", page.body);
}

#[tokio::test]
async fn an_act_narrower_than_its_apps_says_what_it_alone_affects() {
    let world = World::new().await;
    world.enabled().await;
    let (app, bob, cleo) = (world.app, world.bob, world.cleo);
    for (person, ends) in [(bob, Millis::days(9)), (cleo, Millis::days(9)), (cleo, Millis(0))] {
        run(&world.store, move |state, env| {
            let made = GrantMade {
                grant: state.next_grant(),
                app,
                person,
                classes: ClassMask::ALL,
                contexts: Vec::new(),
                expires_at: env.now.plus(ends),
                ends: None,
                once: None,
                purposes: None,
                why: Why::by(Actor::Person(person)),
            };
            sequence::Commit::event(Event::GrantMade(made), ())
        })
        .await;
    }
    let mut staff = world.staff_in().await;
    let (garden, chess) = (world.garden, world.chess);
    for (on, figures) in [
        ("platform".to_owned(), ["1", "1", "2"]),
        (app.to_string(), ["1", "1", "2"]),
        (garden.to_string(), ["1", "1", "0"]),
        (chess.to_string(), ["1", "0", "0"]),
        ("ins_0".to_owned(), ["1", "1", "0"]),
        (cleo.to_string(), ["1", "0", "1"]),
        (format!("{bob}+{app}"), ["1", "0", "1"]),
        (format!("{bob}+app_9"), ["0", "0", "0"]),
        ("grt_0".to_owned(), ["1", "0", "1"]),
        ("grt_2".to_owned(), ["1", "0", "0"]),
    ] {
        let query = on.replace('+', "%2B");
        let page = staff.get(&format!("/staff/act?do=cut-off&on={query}")).await.body;
        let told = page.split("<span class=\"figure\">").skip(1);
        let told: Vec<&str> = told.filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(told, figures, "{on}");
    }
    let page = staff.get(&format!("/staff/apps/{app}")).await.body;
    let after = |words: &str| page.split(words).nth(1).unwrap_or_default()[..40].to_owned();
    assert!(after("Installations standing").contains(">1<"), "{page}");
    assert!(after("Grants of people").contains(">2<"), "{page}");
}

#[tokio::test]
async fn staff_registers_a_partner_an_app_an_agreement_and_a_secret() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    staff.get("/staff/partners/new").await;
    let page = staff.submit("/staff/partners/new", &[("name", "Green")]).await;
    assert_eq!((page.status, page.location()), (303, "/staff/partners/ptn_2?done=made"));
    let chosen = "/staff/apps/new?partner=ptn_2";
    let listed = staff.get("/staff/apps/new?q=gre").await.body;
    assert!(listed.contains(chosen) && !listed.contains("partner=ptn_1"), "{listed}");
    assert!(staff.get("/staff/apps/new").await.body.contains("/staff/apps/new?partner=ptn_1"));
    for unknown in ["ptn_9", "x"] {
        let path = format!("/staff/apps/new?partner={unknown}");
        assert_eq!(staff.get(&path).await.status, 404);
    }
    let form = staff.get(chosen).await.body;
    assert!(form.contains("Green (ptn_2)") && !form.contains("Blue"), "one partner: {form}");
    let bad = [
        ("partner", "ptn_2"),
        ("name", "Leaf"),
        ("kind", "confidential"),
        ("redirects", "http://leaf.example"),
    ];
    let page = staff.submit("/staff/apps/new", &bad).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("value=\"Leaf\""), "what was typed stays: {}", page.body);
    let good = [
        ("partner", "ptn_2"),
        ("name", "Leaf"),
        ("kind", "confidential"),
        ("redirects", "https://leaf.example/a\r\nhttps://leaf.example/b"),
    ];
    let page = staff.submit("/staff/apps/new", &good).await;
    assert_eq!((page.status, page.location()), (303, "/staff/apps/app_2?done=made"));
    let page = staff.get("/staff/apps/app_2/redirects").await;
    assert!(page.body.contains("https://leaf.example/b</textarea>"), "{}", page.body);
    let one = [("app", "app_2"), ("redirects", "https://leaf.example/c")];
    assert_eq!(staff.submit("/staff/redirects", &one).await.status, 303);
    let redirects = world.store.state().app(model::AppNo(2)).unwrap().redirects.clone();
    assert_eq!(redirects, ["https://leaf.example/c"]);
    staff.get("/staff/agreements/new?app=app_2").await;
    let program = world.store.state().program_named("groups").unwrap().to_string();
    let purpose = world.store.state().numbering().purposes["group-management"].to_string();
    let agreement = [
        ("app", "app_2"),
        ("program", program.as_str()),
        ("class", "group.name"),
        ("purpose", purpose.as_str()),
        ("from", "2020-01-01"),
        ("until", "2099-01-01"),
    ];
    let page = staff.submit("/staff/agreements/new", &agreement).await;
    assert_eq!((page.status, page.location()), (303, "/staff/agreements/agr_2?done=made"));
    staff.get("/staff/apps/app_2/credentials/new").await;
    let page =
        staff.submit("/staff/credentials/new", &[("app", "app_2"), ("until", "2099-01-01")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let secret = page.body.split("bls_").nth(1).unwrap().split('<').next().unwrap();
    let digest = world.store.state().credential(model::CredentialNo(1)).unwrap().digest;
    let secret = model::Secret::new(format!("bls_{secret}"));
    assert!(oauth::client_auth::SecretDigest::from_bytes(digest).matches(&secret));
    for path in [
        "/staff",
        "/staff/partners?q=green",
        "/staff/apps",
        "/staff/apps/app_2",
        "/staff/agreements",
        "/staff/programs",
        "/staff/policies",
        "/staff/cut-off",
        "/staff/log?below=3",
    ] {
        let page = staff.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_policy_is_looked_at_before_it_is_in_force() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    staff.get("/staff/policies").await;
    let page = staff
        .submit(
            "/staff/policies/preview",
            &[("document", r#"{"policy": "x", "programs": {"nope": {"classes": {}}}}"#)],
        )
        .await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("/programs/nope: the catalog has no such program"), "{}", page.body);
    let stricter = r#"{"policy": "y", "title": "Stricter", "programs": {"groups": {"classes": {"post.content": "withheld"}}}}"#;
    let page = staff.submit("/staff/policies/preview", &[("document", stricter)]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("It changes 1 rule"), "{}", page.body);
    assert!(page.body.contains("What it would have meant for the last 30 days"), "{}", page.body);
    assert!(page.body.contains("Of 0 answers of the last 30 days"), "{}", page.body);
    let page = staff.submit("/staff/policies/audit", &[("document", stricter)]).await;
    assert_eq!((page.status, page.location()), (303, "/staff/policies?done=watched"));
    let page = staff.get("/staff/policies?done=watched").await;
    assert!(page.body.contains("Watched: Stricter"), "{}", page.body);
    assert!(page.body.contains("withheld something from 0 of 0 answers"), "{}", page.body);
    let since = world.store.state().audited().unwrap().0.0;
    let of = |since: u64| [("since", since.to_string())];
    assert!(page.body.contains(&format!("name=\"since\" value=\"{since}\"")), "{}", page.body);
    // A page from before another change was watched ends nothing.
    let [(name, stale)] = of(since - 1);
    assert_eq!(staff.submit("/staff/watched/end", &[(name, &stale)]).await.status, 409);
    assert!(world.store.state().audited().is_some());
    let [(name, since)] = of(since);
    staff.get("/staff/policies").await;
    let page = staff.submit("/staff/watched/end", &[(name, &since)]).await;
    assert_eq!((page.status, page.location()), (303, "/staff/watched?done=unwatched"));
    assert!(!staff.get("/staff/policies").await.body.contains("Watched: Stricter"));
    let name = || world.store.state().policy().unwrap().name().to_owned();
    assert_eq!(name(), "groups-test");
    let page = staff.submit("/staff/policies/activate", &[("document", stricter)]).await;
    assert_eq!((page.status, page.location()), (303, "/staff/policies?done=policy"));
    assert_eq!(name(), "y");
    assert!(staff.get("/staff/policies").await.body.contains("withheld from everybody"));
    assert!(POLICY.contains("groups-test"));
}

#[tokio::test]
async fn any_change_of_the_rules_can_be_watched_and_decides_nothing() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/watched").await;
    assert!(page.body.contains("Nothing is watched"), "{}", page.body);
    let (catalog, newer) = {
        let text = String::from_utf8(world.store.state().catalog_document().to_vec()).unwrap();
        let version = world.store.state().catalog().unwrap().version.to_string();
        (version.clone(), text.replace(&format!("\"{version}\""), "\"2099-01-01\""))
    };
    let program = "/staff/watched/program/prg_0";
    let agreement = "/staff/watched/agreement/agr_1";
    for (path, fields, title) in [
        (
            "/staff/watched/catalog",
            vec![("document", newer.as_str()), ("keep", catalog.as_str())],
            "another catalog",
        ),
        (program, vec![("status", "closed")], "closed"),
        (program, vec![("status", "restricted")], "restricted"),
        (agreement, vec![("what", "end")], "the end of agreement agr_1"),
        (
            agreement,
            vec![("what", "terms"), ("class", "group.name"), ("until", "2100-01-01")],
            "in place of agreement agr_1",
        ),
    ] {
        let page = staff.get(path).await;
        assert!(page.status == 200 && page.body.contains("It decides nothing"), "{}", page.body);
        let page = staff.submit(path, &fields).await;
        assert_eq!(
            (page.status, page.location()),
            (303, "/staff/watched?done=watched"),
            "{}",
            page.body
        );
        let page = staff.get("/staff/watched?done=watched").await;
        assert!(page.body.contains("Watched: ") && page.body.contains(title), "{}", page.body);
        assert!(page.body.contains("withheld something from 0 of 0 answers"), "{}", page.body);
        // One at a time, and the policy page shows only policies.
        let page = staff.submit(program, &[("status", "live")]).await;
        assert_eq!(page.status, 422);
        assert!(!staff.get("/staff/policies").await.body.contains("Watched: "));
        let since = world.store.state().audited().unwrap().0.0.to_string();
        staff.submit("/staff/watched/end", &[("since", &since)]).await;
    }
    for (path, fields) in [
        ("/staff/watched/catalog", vec![("document", "{}")]),
        ("/staff/watched/catalog", vec![("document", "{}"), ("keep", "soon")]),
        (program, vec![("status", "experimental")]),
        (program, vec![("status", "live")]),
        (agreement, vec![("what", "terms"), ("until", "2100-01-01")]),
    ] {
        let page = staff.submit(path, &fields).await;
        assert!(
            page.status == 422 && page.body.contains("role=\"alert\""),
            "{path}: {}",
            page.body
        );
    }
    assert_eq!(staff.get("/staff/watched/agreement/agr_77").await.status, 404);
    assert_eq!(staff.get("/staff/watched/policy/1").await.status, 404);
    assert!(world.store.state().audited().is_none());
}

#[tokio::test]
async fn cutting_off_and_closing() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/act?do=cut-off&on=platform").await;
    assert!(page.body.contains("Cut off every token of the platform?"), "{}", page.body);
    let why = [("do", "cut-off"), ("on", "platform"), ("reason", "incident"), ("severity", "high")];
    let page = staff.submit("/staff/act", &why).await;
    assert_eq!((page.status, page.location()), (303, "/staff/cut-off?done=done"));
    assert!(staff.get("/staff/cut-off").await.body.contains("An incident"));
    assert_eq!(staff.get("/staff/act?do=cut-off&on=app_99").await.status, 200);
    let unknown =
        [("do", "cut-off"), ("on", "app_99"), ("reason", "incident"), ("severity", "high")];
    assert_eq!(staff.submit("/staff/act", &unknown).await.status, 404);
    let program = world.store.state().program_named("groups").unwrap().to_string();
    let close = [
        ("do", "program-status"),
        ("on", program.as_str()),
        ("to", "closed"),
        ("reason", "terms"),
        ("severity", "low"),
    ];
    staff.get("/staff").await;
    assert_eq!(staff.submit("/staff/act", &close).await.status, 303);
    let remove = [
        ("do", "app-status"),
        ("on", "app_1"),
        ("to", "removed"),
        ("reason", "own-wish"),
        ("severity", "low"),
    ];
    assert_eq!(staff.submit("/staff/act", &remove).await.status, 303);
    assert_eq!(world.store.state().app(world.app).unwrap().status, AppStatus::Removed);
    let again = [("do", "app-status"), ("on", "app_1"), ("to", "active")];
    let page = staff.submit("/staff/act", &again).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("which is final"), "{}", page.body);
}

#[tokio::test]
async fn an_app_that_used_nothing_is_told_so_and_its_partner_has_a_timeline() {
    let world = World::new().await;
    world.enabled().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/apps/app_1").await.body;
    assert!(page.contains("/staff/apps/app_1/usage"), "{page}");
    let page = staff.get("/staff/apps/app_1/usage").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("held, unused"), "{}", page.body);
    assert!(page.body.contains("Nothing that it covers was used."), "{}", page.body);
    assert!(page.body.contains("Installations that were not used: 1"), "{}", page.body);
    assert_eq!(staff.get("/staff/apps/app_99/usage").await.status, 404);
    for path in ["/staff/partners/ptn_1/timeline", "/staff/timelines"] {
        let page = staff.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.body.contains("role=\"img\"") && page.body.contains("never used"),
            "{}",
            page.body
        );
        assert!(page.body.contains("class=\"held\""), "{}", page.body);
    }
    assert_eq!(staff.get("/staff/partners/ptn_99/timeline").await.status, 404);
}
