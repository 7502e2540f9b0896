//! Where answers may go without TLS.

use super::*;
use crate::Said;
use crate::staff::{self, NewApp};
use ledger::{AgreementMade, AppMade, ReviewPassed, ReviewWithdrawn, TesterAdded};
use model::{Actor, AgreementNo, ClassMask, PersonNo, PurposeNo};

const APP: AppNo = AppNo(3);

/// An app beside the others that is answered at a loopback interface.
fn world(public: bool, reviewed: Option<ClassMask>) -> World {
    let mut world = World::new();
    let redirects = ["http://127.0.0.1/back", "http://localhost:3000/back", "https://app.example/"];
    let redirects = redirects.map(str::to_owned).to_vec();
    world.happen(Event::AppMade(AppMade {
        app: APP,
        partner: PartnerNo(1),
        public,
        redirects,
        why: why(),
        details: None,
        category: None,
        reviewed,
    }));
    let purposes: Vec<PurposeNo> = world.state.numbering().purposes.values().copied().collect();
    let classes = world.classes("group.name post.content");
    world.happen(Event::AgreementMade(AgreementMade {
        agreement: AgreementNo(3),
        app: APP,
        program: world.state.program_named("groups").unwrap(),
        classes,
        required: ClassMask::NONE,
        purposes,
        from: Timestamp(0),
        until: Timestamp::NEVER,
        why: why(),
        retention: None,
        anonymise_by: None,
        terms: None,
    }));
    world
}

/// Whether the person is led there, once the endpoint knows who they are.
fn leads(world: &World, uri: &str, person: Option<PersonNo>) -> bool {
    let query = World::query(APP, &format!("&redirect_uri={uri}"));
    let request = authorize::read(&query, &world.state).unwrap();
    let refusal = match authorize::check(&request, person, &world.server(), &world.state, world.now)
    {
        Ok(asked) => return asked.redirect.as_str() == uri,
        Err(refusal) => refusal,
    };
    let told = refusal.answer(world.server().issuer);
    let Refused::Page(text) = told else { panic!("led away with an error: {told:?}") };
    assert!(text.contains("without encryption"), "{text}");
    false
}

fn leads_unencrypted(world: &World, person: Option<PersonNo>) -> bool {
    let [ip, name] = ["http://127.0.0.1:51004/back", "http://localhost:3000/back"]
        .map(|uri| leads(world, uri, person));
    assert_eq!(ip, name);
    assert!(leads(world, "https://app.example/", person), "with TLS it is asked of nobody");
    ip
}

//= rfc9700#2.6
//= type=test
//# To this end, authorization servers MUST NOT allow redirection URIs that use the http
//# scheme except for native clients that use loopback interface redirection as described in
//# Section 7.3 of [RFC8252].
#[test]
fn a_native_app_is_answered_without_tls_and_one_with_a_secret_is_not() {
    for person in [None, Some(BOB)] {
        assert!(leads_unencrypted(&world(true, None), person));
        assert!(!leads_unencrypted(&world(false, None), person));
    }
}

#[test]
fn an_app_with_a_secret_is_answered_without_tls_by_its_testers_until_anything_of_it_is_reviewed() {
    let mut world = world(false, Some(ClassMask::NONE));
    assert!(leads_unencrypted(&world, None), "they are asked who they are");
    assert!(!leads_unencrypted(&world, Some(BOB)));
    world.happen(Event::TesterAdded(TesterAdded { app: APP, person: BOB, why: why() }));
    assert!(leads_unencrypted(&world, Some(BOB)));
    assert!(!leads_unencrypted(&world, Some(ADA)));
    // The decision is held against it again, whatever the page was.
    let query = World::query(APP, "&redirect_uri=http://localhost:3000/back");
    let choice = Choice { classes: world.classes("group.name"), ..world.choice(ADA) };
    assert!(matches!(world.give(&query, &choice), Err(GiveRefusal::Request(_))));
    let choice = Choice { person: BOB, ..choice };
    assert!(world.give(&query, &choice).is_ok());
    let classes = world.classes("group.name");
    world.happen(Event::ReviewPassed(ReviewPassed { app: APP, classes, why: why() }));
    assert!(!leads_unencrypted(&world, None) && !leads_unencrypted(&world, Some(BOB)));
    assert!(world.give(&query, &choice).is_err());
    world.happen(Event::ReviewWithdrawn(ReviewWithdrawn { app: APP, classes, why: why() }));
    assert!(leads_unencrypted(&world, Some(BOB)));
}

#[test]
fn a_mistake_in_a_request_is_told_without_tls_to_nobody_who_is_not_answered_so() {
    let query = World::query(APP, "&redirect_uri=http://localhost:3000/back&request=x");
    for (world, is_told) in [(world(true, None), true), (world(false, None), false)] {
        let refusal = authorize::read(&query, &world.state).unwrap_err();
        let told = refusal.answer(world.server().issuer);
        assert_eq!(matches!(told, Refused::Redirect(_)), is_told, "{told:?}");
    }
}

#[test]
fn who_has_not_signed_in_is_led_with_a_mistake_to_no_app_with_a_secret_without_tls() {
    let mut worlds = [world(true, None), world(false, Some(ClassMask::NONE))];
    let tested = TesterAdded { app: APP, person: BOB, why: why() };
    worlds[1].happen(Event::TesterAdded(tested));
    for (world, public) in worlds.iter().zip([true, false]) {
        for wrong in ["prompt=none", "scope=secret.class", "request=x"] {
            for (uri, person, is_led) in [
                ("http://localhost:3000/back", None, public),
                ("http://localhost:3000/back", Some(ADA), public),
                ("http://localhost:3000/back", Some(BOB), true),
                ("https://app.example/", None, true),
            ] {
                let query = World::query(APP, &format!("&redirect_uri={uri}&{wrong}"));
                let refusal = match authorize::read(&query, &world.state) {
                    // What is no request at all is told before anybody asks who sent it.
                    Err(_) if person.is_some() => continue,
                    Err(refusal) => refusal,
                    Ok(request) => {
                        let (server, now) = (world.server(), world.now);
                        authorize::check(&request, person, &server, &world.state, now).unwrap_err()
                    }
                };
                let told = refusal.answer(world.server().issuer);
                let was_led = matches!(told, Refused::Redirect(_));
                assert_eq!(was_led, is_led, "{wrong} {uri} {person:?} {public}: {told:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_answered_without_tls_is_not_registered_so() {
    let mut world = World::new();
    let one = world.classes("group.name");
    let said = Said::by(Actor::Operator);
    let uri = ["http://localhost:3000/back".to_owned()];
    for (public, reviewed, is_registered) in [
        (true, ClassMask::ALL, true),
        (true, ClassMask::NONE, true),
        (false, ClassMask::NONE, true),
        (false, one, false),
        (false, ClassMask::ALL, false),
    ] {
        let new = NewApp {
            partner: PartnerNo(1),
            name: "Local".to_owned(),
            public,
            redirects: uri.to_vec(),
            reviewed,
        };
        let env = world.env();
        let made = staff::make_app(&world.state, &env, &said, &new);
        assert_eq!(made.is_ok(), is_registered, "public {public} {reviewed:?}: {made:?}");
        let bare = NewApp { redirects: Vec::new(), ..new };
        let app = staff::make_app(&world.state, &env, &said, &bare).unwrap();
        let app = world.commit(app);
        let changed = staff::change_redirects(&world.state, &env, &said, app, &uri);
        assert_eq!(changed.is_ok(), is_registered, "public {public} {reviewed:?}: {changed:?}");
    }
}
