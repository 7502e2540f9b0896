//! What partners and apps say about themselves, and which app something is made for.

use crate::world::{World, run};
use flows::Said;
use flows::staff::{self, AppDetails, NewApp, PartnerDetails};
use model::{Actor, AppNo, ClassMask, PartnerNo, StaffRole};
use sequence::NameOf;

const PARTNER: &str = "/staff/partners/ptn_1/details";
const APP: &str = "/staff/apps/app_1/details";

/// Beside the field of this id stands what is wrong with it, and those who do not see it there are led to it.
fn blamed(page: &str, id: &str, wrong: &str) {
    let beside = format!("id=\"{id}-wrong\">{wrong}");
    assert!(page.contains(&beside), "beside {id}: {page}");
    let field = page.split('<').find(|tag| tag.contains(&format!(" id=\"{id}\""))).unwrap();
    assert!(field.contains("aria-invalid=\"true\""), "{field}");
    assert!(field.contains(&format!("aria-describedby=\"{id}-wrong")), "{field}");
    assert!(page.contains(&format!("href=\"#{id}\"")), "a way from the top to {id}: {page}");
}

fn calm(page: &str, id: &str) {
    assert!(!page.contains(&format!("id=\"{id}-wrong\"")), "nothing is wrong with {id}: {page}");
}

#[tokio::test]
async fn a_partners_details_are_changed_and_mistakes_stand_beside_their_fields() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let told = || {
        let text = world.store.details(NameOf::Partner(PartnerNo(1))).unwrap();
        text.and_then(|text| PartnerDetails::read(&text))
    };
    let page = staff.get("/staff/partners/ptn_1").await.body;
    assert!(page.contains("not told yet") && page.contains(PARTNER), "{page}");
    let page = staff.get(PARTNER).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("value=\"Blue &#38; Sons &#60;Ltd&#62;\""), "{}", page.body);

    let head = world.store.head().unwrap();
    let wrong = [
        ("legal_entity", ""),
        ("country", "UK"),
        ("contact_about", "privacy"),
        ("contact_name", "Data office"),
        ("contact_email", "privacy@blue.example"),
        ("contact_about", "security"),
        ("contact_name", ""),
        ("contact_email", "nobody"),
    ];
    let page = staff.submit(PARTNER, &wrong).await;
    assert_eq!(page.status, 422);
    blamed(&page.body, "legal_entity", "Must be 1 to 200 characters on one line.");
    blamed(&page.body, "country", "Must be a country code of two capital letters");
    blamed(&page.body, "role", "Must be one of the two.");
    blamed(&page.body, "contact_name-2", "Must be 1 to 200 characters");
    blamed(&page.body, "contact_email-2", "Must be an e-mail address.");
    ["contact_about-1", "contact_email-1", "contact_about-2", "contact_about-3"]
        .iter()
        .for_each(|id| calm(&page.body, id));
    assert!(page.body.contains("role=\"alert\"><p>Nothing was changed."), "{}", page.body);
    for kept in ["UK", "nobody", "security", "privacy@blue.example"] {
        assert!(page.body.contains(&format!("value=\"{kept}\"")), "what was typed stays: {kept}");
    }
    assert_eq!((world.store.head().unwrap(), told()), (head, None));

    let good = [
        ("legal_entity", "Blue & Sons Ltd, 0123456, London"),
        ("country", "GB"),
        ("role", "processor"),
        ("contact_about", "privacy"),
        ("contact_name", "Data office"),
        ("contact_email", "privacy@blue.example"),
        ("contact_about", ""),
        ("contact_name", ""),
        ("contact_email", ""),
        ("contact_about", "security"),
        ("contact_name", "Night shift"),
        ("contact_email", "night@blue.example"),
        ("note", "by letter"),
    ];
    let page = staff.submit(PARTNER, &good).await;
    assert_eq!((page.status, page.location()), (303, "/staff/partners/ptn_1?done=done"));
    let details = told().unwrap();
    assert_eq!((details.country.as_str(), details.role.word()), ("GB", "processor"));
    let names: Vec<&str> = details.contacts.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Data office", "Night shift"], "an empty row is dropped");
    let page = staff.get("/staff/partners/ptn_1").await.body;
    assert!(page.contains("security: Night shift, night@blue.example"), "{page}");
    let page = staff.get(PARTNER).await.body;
    assert!(page.contains("id=\"contact_name-2\" name=\"contact_name\""), "{page}");
    assert!(page.contains("value=\"Night shift\"") && page.contains("Contact 4"), "{page}");
    assert!(page.contains("<option value=\"processor\" selected>"), "{page}");
}

#[tokio::test]
async fn an_apps_details_are_changed_and_mistakes_stand_beside_their_fields() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let told = || {
        let text = world.store.details(NameOf::App(AppNo(1))).unwrap();
        text.and_then(|text| AppDetails::read(&text))
    };
    let category = || world.store.state().app(AppNo(1)).unwrap().category.clone();
    let page = staff.get("/staff/apps/app_1").await.body;
    assert!(page.contains("not told yet") && page.contains(APP), "{page}");
    assert_eq!(staff.get(APP).await.status, 200);

    let head = world.store.head().unwrap();
    let wrong = [
        ("purpose", " "),
        ("category", "planning"),
        ("privacy_policy", "http://planner.example/privacy"),
        ("sub_name", "Cloud Ltd"),
        ("sub_country", "Ireland"),
        ("sub_service", ""),
    ];
    let page = staff.submit(APP, &wrong).await;
    assert_eq!(page.status, 422);
    blamed(&page.body, "purpose", "Must be 1 to 2,000 characters.");
    blamed(&page.body, "privacy_policy", "Must be an https URL.");
    blamed(&page.body, "sub_country-1", "Must be a country code of two capital letters");
    blamed(&page.body, "sub_service-1", "Must be 1 to 200 characters");
    ["category", "sub_name-1", "sub_name-2"].iter().for_each(|id| calm(&page.body, id));
    let mut good = vec![
        ("purpose", "Plans what a group does.\r\nNothing else."),
        ("category", "Planning!"),
        ("privacy_policy", "https://planner.example/privacy"),
        ("sub_name", "Cloud Ltd"),
        ("sub_country", "IE"),
        ("sub_service", "hosting"),
    ];
    let page = staff.submit(APP, &good).await;
    assert_eq!(page.status, 422);
    blamed(&page.body, "category", "Must be 1 to 40 small letters, digits and hyphens.");
    assert_eq!((world.store.head().unwrap(), told(), category()), (head, None, String::new()));

    good[1] = ("category", "planning");
    let page = staff.submit(APP, &good).await;
    assert_eq!((page.status, page.location()), (303, "/staff/apps/app_1?done=done"));
    let details = told().unwrap();
    assert_eq!(details.purpose, "Plans what a group does.\nNothing else.");
    assert_eq!((details.sub_processors.len(), category().as_str()), (1, "planning"));
    let page = staff.get("/staff/apps/app_1").await.body;
    assert!(page.contains("Cloud Ltd, IE: hosting") && page.contains("planning"), "{page}");

    // A category that an app has cannot be taken from it; its redirect URIs are as they were.
    good[1] = ("category", "");
    let page = staff.submit(APP, &good).await;
    blamed(&page.body, "category", "Must be 1 to 40");
    let redirects = world.store.state().app(AppNo(1)).unwrap().redirects.clone();
    assert_eq!(redirects, ["https://planner.example/back"]);
    let page = staff.get("/staff/apps/app_1/redirects").await;
    assert!(page.body.contains("https://planner.example/back</textarea>"), "{}", page.body);
    let bad = [("app", "app_1"), ("redirects", "http://planner.example/back")];
    let page = staff.submit("/staff/redirects", &bad).await;
    assert_eq!(page.status, 422);
    blamed(&page.body, "redirects", "Has http://planner.example/back, which is no https");
}

/// Two of the staff open the same form; who saves second is told what the first changed, and undoes nothing unseen.
#[tokio::test]
async fn who_saves_second_is_told_what_was_changed_meanwhile() {
    let world = World::new().await;
    let mut one = world.staff_in().await;
    let mut other = world.new_staff("rosa", StaffRole::Admin).await;
    let partner = |email| {
        vec![
            ("legal_entity", "Blue Ltd"),
            ("country", "GB"),
            ("role", "controller"),
            ("contact_about", "privacy"),
            ("contact_name", "Data office"),
            ("contact_email", email),
        ]
    };
    let app = |category| {
        vec![
            ("purpose", "Plans."),
            ("category", category),
            ("privacy_policy", "https://planner.example/privacy"),
        ]
    };
    let (old, new, third) = ("old@blue.example", "new@blue.example", "third@blue.example");
    for (path, first, second, third, told) in [
        (
            PARTNER,
            partner(old),
            partner(new),
            partner(third),
            "Contacts: privacy: Data office, new@",
        ),
        (APP, app("quiz"), app("games"), app("chess"), "Category: games"),
    ] {
        one.get(path).await;
        assert!(one.submit(path, &first).await.location().ends_with("done=done"));
        one.get(path).await;
        other.get(path).await;
        assert!(one.submit(path, &second).await.location().ends_with("done=done"));
        let head = world.store.head().unwrap();
        let page = other.submit(path, &third).await;
        assert_eq!(page.status, 409, "{}", page.body);
        assert_eq!(world.store.head().unwrap(), head, "nothing is entered");
        let said =
            page.body.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap();
        assert!(said.contains(told), "{said}");
        for same in ["Country", "Privacy policy"] {
            assert!(!said.contains(same), "{same} was not changed: {said}");
        }
        let typed = third.last().unwrap().1;
        assert!(
            page.body.contains(&format!("value=\"{typed}\"")),
            "what was typed stays: {}",
            page.body
        );
        assert_eq!(other.submit(path, &third).await.status, 303, "now they saw it");
        // What says nothing of what was seen saw nothing.
        one.get("/staff/partners").await;
        assert_eq!(one.submit(path, &first).await.status, 409);
    }
}

#[tokio::test]
async fn details_are_for_those_who_may_register_and_of_those_who_are_there() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    for path in
        ["/staff/partners/ptn_9/details", "/staff/apps/app_9/details", "/staff/apps/x/details"]
    {
        assert_eq!(staff.get(path).await.status, 404, "{path}");
    }
    staff.get(PARTNER).await;
    assert_eq!(staff.submit("/staff/apps/app_9/details", &[]).await.status, 404);
    let mut viewer = world.new_staff("vera", StaffRole::Viewer).await;
    viewer.get(PARTNER).await;
    let good = [("legal_entity", "Blue Ltd"), ("country", "GB"), ("role", "controller")];
    let head = world.store.head().unwrap();
    let page = viewer.submit(PARTNER, &good).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("role=\"alert\"") && page.body.contains("viewer"), "{}", page.body);
    assert_eq!(world.store.head().unwrap(), head);
    assert_eq!(world.browser().post(PARTNER, &good).await.status, 303, "nobody signed in");
}

#[tokio::test]
async fn a_public_key_is_added_and_what_is_none_is_refused_beside_its_field() {
    let world = World::new().await;
    let mut staff = world.staff_in().await;
    let page = staff.get("/staff/apps/app_1/keys/new").await;
    assert!(page.body.contains("<textarea id=\"jwk\""), "{}", page.body);
    let with = |jwk| [("app", "app_1"), ("jwk", jwk), ("until", "2099-01-01")];
    let private = r#"{"kty": "OKP", "crv": "Ed25519", "x": "J7mTs1OF0FQb21MvyLDSNRipbgNtWFT1umAnzYKoJ7U", "d": "AA"}"#;
    for bad in ["", "no key", private] {
        let page = staff.submit("/staff/keys/new", &with(bad)).await;
        assert_eq!(page.status, 422, "{bad}");
        blamed(&page.body, "jwk", "");
    }
    let key =
        r#"{"kty": "OKP", "crv": "Ed25519", "x": "J7mTs1OF0FQb21MvyLDSNRipbgNtWFT1umAnzYKoJ7U"}"#;
    let past = [("app", "app_1"), ("jwk", key), ("until", "2020-01-01")];
    let page = staff.submit("/staff/keys/new", &past).await;
    blamed(&page.body, "until", "Must be in the future.");
    assert!(world.store.state().app(world.app).unwrap().credentials.is_empty());
    let page = staff.submit("/staff/keys/new", &with(key)).await;
    assert_eq!((page.status, page.location()), (303, "/staff/apps/app_1?done=made"));
    let page = staff.get("/staff/apps/app_1").await.body;
    assert!(page.contains("Public key (EdDSA), thumbprint "), "{page}");
    let again = staff.get("/staff/apps/app_1/keys/new").await;
    assert_eq!(again.status, 200);
    let page = staff.submit("/staff/keys/new", &with(key)).await;
    assert!(page.body.contains("The app has, or had, this very key."), "{}", page.body);
}

#[tokio::test]
async fn the_app_of_an_agreement_is_found_by_name_or_page_by_page() {
    let world = World::new().await;
    run(&world.store, |state, env| {
        let said = Said::by(Actor::Operator);
        let new = |number: u32| NewApp {
            partner: PartnerNo(1),
            name: format!("Tool {number}"),
            public: true,
            redirects: Vec::new(),
            reviewed: ClassMask::ALL,
        };
        let mut commit = staff::make_app(state, env, &said, &new(2)).unwrap();
        let first = commit.events.remove(0);
        for number in 2..=60 {
            let mut event = first.clone();
            if let ledger::Event::AppMade(event) = &mut event {
                event.app = AppNo(number);
            }
            commit.events.push(event);
            let text = format!("Tool {number}");
            commit =
                commit.with(sequence::VaultWrite::Name { of: NameOf::App(AppNo(number)), text });
        }
        commit
    })
    .await;
    let remove = |state: &consent::State, env: &model::Env| {
        let said = Said {
            reason: Some(model::EndingReason::OwnWish),
            severity: Some(model::Severity::Low),
            ..Said::by(Actor::Operator)
        };
        staff::set_app_status(state, env, &said, AppNo(7), model::AppStatus::Removed).unwrap()
    };
    run(&world.store, remove).await;
    let mut staff = world.staff_in().await;
    for form in ["/staff/agreements/new", "/staff/certifications/new"] {
        let page = staff.get(form).await.body;
        let listed = |page: &str| page.matches(&format!("href=\"{form}?app=")).count();
        assert_eq!(listed(&page), 50, "{page}");
        assert!(!page.contains(">Tool 7<"), "a removed app: {page}");
        let next = page.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        let next = next.split('"').next().unwrap().replace("&#38;", "&");
        let page = staff.get(&next).await.body;
        assert_eq!(listed(&page), 9, "{page}");
        assert!(!page.contains("rel=\"next\"") && page.contains(">Tool 60<"), "{page}");
        let page = staff.get(&format!("{form}?q=tool+42")).await.body;
        assert!(listed(&page) == 1 && page.contains(&format!("{form}?app=app_42")), "{page}");
        assert_eq!(listed(&staff.get(&format!("{form}?q=app_43")).await.body), 1);
        let page = staff.get(&format!("{form}?q=nothing")).await.body;
        assert!(page.contains("No app has this in its name."), "{page}");
        let page = staff.get(&format!("{form}?app=app_42")).await.body;
        let chosen = "<input type=\"hidden\" name=\"app\" value=\"app_42\">";
        assert!(page.contains(chosen) && page.contains("Tool 42"), "{page}");
        assert!(!page.contains("Tool 43") && page.contains(&format!("href=\"{form}\"")), "{page}");
        assert_eq!(staff.get(&format!("{form}?app=app_999")).await.status, 404);
    }
}
