//! Authorization requests and what people say to them.

use super::*;
use expect_test::{Expect, expect};
use model::{ClassMask, ContextNo, PersonNo};
use oauth::authorize::AuthorizeRequest;
use proptest::prelude::*;

fn checked(
    request: &AuthorizeRequest,
    person: Option<PersonNo>,
    world: &World,
) -> Result<authorize::Asked, authorize::Refusal> {
    authorize::check(request, person, &world.server(), &world.state, world.now)
}

fn check(more: &str, expected: Expect) {
    let world = World::new();
    let query = World::query(CONFIDENTIAL, more);
    let found = authorize::read(&query, &world.state)
        .and_then(|request| checked(&request, Some(BOB), &world));
    let text = match found {
        Ok(asked) => format!(
            "required {} optional {} contexts {:?} {:?}",
            asked.required.len(),
            asked.optional.len(),
            asked.contexts,
            asked.duration
        ),
        Err(refusal) => match refusal.answer(world.server().issuer) {
            Refused::Page(text) => format!("page: {text}"),
            Refused::Redirect(url) => url,
        },
    };
    expected.assert_eq(&text);
}

//= rfc6749#3.1.2.2
//= type=test
//# The authorization server MUST require the following clients to register their redirection
//# endpoint
//= rfc6749#3.1.2.3
//= type=test
//# When a redirection URI is included in an authorization request, the authorization server
//# MUST compare and match the value received against at least one of the registered redirection
//# URIs (or URI components) as defined in [RFC3986] Section 6, if any redirection URIs were
//# registered.
//= rfc6749#3.1.2.4
//= type=test
//# If an authorization request fails validation due to a missing, invalid, or mismatching
//# redirection URI, the authorization server SHOULD inform the resource owner of the error and
//# MUST NOT automatically redirect the user-agent to the invalid redirection URI.
//= rfc6749#3.3
//= type=test
//# If the client omits the scope parameter when requesting authorization, the authorization
//# server MUST either process the request using a pre-defined default value or fail the request
//# indicating an invalid scope.
//= rfc6749#10.2
//= type=test
//# If the authorization server cannot authenticate the client due to the client's nature, the
//# authorization server MUST require the registration of any redirection URI used for receiving
//# authorization responses
//= rfc6749#10.6
//= type=test
//# The authorization server MUST require public clients and SHOULD require confidential clients
//# to register their redirection URIs.
//= rfc6749#10.6
//= type=test
//# If a redirection URI is provided in the request, the authorization server MUST validate it
//# against the registered value.
//= rfc8707#2
//= type=test
//# invalid_target The requested resource is invalid, missing, unknown, or malformed.
#[test]
fn requests_are_held_against_registry_and_agreements() {
    check("", expect!["required 2 optional 1 contexts [] None"]);
    check("&scope=group.name", expect!["required 1 optional 0 contexts [] None"]);
    check("&scope=member.name", expect!["required 0 optional 1 contexts [] None"]);
    check(
        "&scope=secret.class",
        expect![
            "https://app.example/back?error=invalid_scope&error_description=scope+is+not+covered+by+an+agreement+of+the+client&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&scope=no.such&state=x",
        expect![
            "https://app.example/back?error=invalid_scope&error_description=scope+names+an+unknown+class&state=x&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&resource=https://evil.example/v1",
        expect![
            "https://app.example/back?error=invalid_target&error_description=resource+is+unknown&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&resource=https://api.example/v1/groups/AAAAAAAAAAAAAAAAAAAAAA",
        expect![
            "https://app.example/back?error=invalid_target&error_description=resource+is+unknown&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&prompt=none",
        expect![
            "https://app.example/back?error=consent_required&error_description=consent+must+be+asked+for+on+a+page&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&request=x",
        expect![
            "https://app.example/back?error=request_not_supported&error_description=request+objects+are+not+supported&iss=https%3A%2F%2Fid.example"
        ],
    );
    check(
        "&redirect_uri=https://app.example/back",
        expect!["required 2 optional 1 contexts [] None"],
    );
    check(
        "&redirect_uri=https://app.example/back2",
        expect!["page: app asked to be answered at an address that it has not registered"],
    );
    check(
        "&redirect_uri=https://app.example/back2&request=x",
        expect!["page: app asked to be answered at an address that it has not registered"],
    );
}

#[test]
fn details_say_the_same_as_scope_and_page() {
    let world = World::new();
    let group = super::super::server::group_id(&world.server().ids(CONFIDENTIAL), GROUP);
    let details = |purpose: &str| {
        let text = format!(
            r#"[{{"type":"bailment_access","classes":["post.content"],"groups":["{group}"],"purpose":"{purpose}","duration_days":30}}]"#
        );
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        format!("&authorization_details={encoded}")
    };
    check(
        &details("group-management"),
        expect!["required 1 optional 0 contexts [ContextNo(0)] Some(Millis(2592000000))"],
    );
    check(
        &details("advertising"),
        expect![
            "https://app.example/back?error=invalid_authorization_details&error_description=authorization_details+name+an+unknown+or+uncovered+class%2C+group+or+purpose&iss=https%3A%2F%2Fid.example"
        ],
    );
}

#[test]
fn nobody_is_sent_to_an_app_that_is_not_active_or_unknown() {
    let mut world = World::new();
    let status = AppStatus::Suspended;
    world.happen(Event::AppStatusChanged(AppStatusChanged {
        app: CONFIDENTIAL,
        status,
        why: why(),
    }));
    for (app, text) in
        [(CONFIDENTIAL, "this app is not active at present"), (AppNo(9), "there is no such app")]
    {
        let query = World::query(app, "&request=x");
        let refusal = authorize::read(&query, &world.state).unwrap_err();
        assert_eq!(refusal.answer(world.server().issuer), Refused::Page(text.to_owned()));
    }
}

fn refused(change: impl FnOnce(&World, &mut Choice), more: &str) -> GiveRefusal {
    let mut world = World::new();
    let mut choice = world.choice(BOB);
    change(&world, &mut choice);
    let next = world.state.next();
    let refusal = world.give(&World::query(CONFIDENTIAL, more), &choice).err().unwrap();
    assert_eq!(world.state.next(), next);
    refusal
}

#[test]
fn a_choice_stays_within_request_membership_and_role() {
    let is = |refusal: GiveRefusal, wrong: Wrong| assert_eq!(refusal, GiveRefusal::Choice(wrong));
    is(refused(|w, c| c.classes = w.classes("group.name"), ""), Wrong::RequiredMissing);
    is(refused(|w, c| c.classes = c.classes | w.classes("secret.class"), ""), Wrong::ClassNotAsked);
    is(
        refused(
            |w, c| c.classes = c.classes | w.classes("member.name"),
            "&scope=group.name post.content".replace(' ', "+").as_str(),
        ),
        Wrong::ClassNotAsked,
    );
    is(refused(|_, c| c.contexts = vec![ELSEWHERE], ""), Wrong::NotMember(ELSEWHERE));
    is(
        refused(|_, c| c.contexts = vec![model::ContextNo(77)], ""),
        Wrong::NotMember(model::ContextNo(77)),
    );
    is(refused(|_, c| c.person = PersonNo(99), ""), Wrong::Person);
    is(refused(|_, c| c.duration = Some(Millis::days(731)), ""), Wrong::Duration);
    is(refused(|_, c| c.duration = Some(Millis(0)), ""), Wrong::Duration);
    is(
        refused(|_, c| c.install = vec![GROUP], ""),
        Wrong::Install(crate::admin::Refusal::NotAdmin),
    );
}

#[test]
fn the_named_group_is_the_only_one_to_choose() {
    let mut world = World::new();
    world.members.insert((BOB, ELSEWHERE));
    let group = super::super::server::group_id(&world.server().ids(CONFIDENTIAL), GROUP);
    let more = format!("&resource=https://api.example/v1/groups/{group}");
    let mut choice = world.choice(BOB);
    choice.contexts = vec![GROUP, ELSEWHERE];
    let refusal = world.give(&World::query(CONFIDENTIAL, &more), &choice).err().unwrap();
    assert_eq!(refusal, GiveRefusal::Choice(Wrong::ContextNotAsked(ELSEWHERE)));
    // What was granted before may stay.
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    assert!(world.give(&World::query(CONFIDENTIAL, &more), &choice).is_ok());
}

#[test]
fn a_second_yes_replaces_the_first_in_the_same_grant() {
    let mut world = World::new();
    world.code(CONFIDENTIAL, BOB);
    let mut choice = world.choice(BOB);
    choice.contexts.clear();
    choice.classes = world.classes("group.name post.content member.name");
    choice.duration = Some(Millis::days(3));
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    assert_eq!(world.state.next_grant(), GrantNo(1));
    let grant = world.state.grant(GrantNo(0)).unwrap();
    assert_eq!((grant.classes, grant.contexts.len()), (choice.classes, 0));
    assert!(grant.expires_at <= world.now.plus(Millis::days(3)));
}

#[test]
fn an_admin_enables_the_app_with_the_same_yes() {
    let mut world = World::new();
    let mut choice = world.choice(ADA);
    choice.install = vec![GROUP];
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    let (number, found) = world.state.installed(CONFIDENTIAL, GROUP).unwrap();
    assert_eq!((number, found.classes), (InstallationNo(0), choice.classes));
    // Lapsed and confirmed by an admin who was shown less: it stands with less.
    world.happen(Event::InstallationEnded(ledger::InstallationEnded {
        installation: number,
        app: CONFIDENTIAL,
        why: why(),
    }));
    choice.classes = world.classes("group.name post.content member.name");
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    world.facts(vec![Fact::AdminGone(ADA, GROUP), Fact::Admin(ADA, GROUP)]);
    choice.classes = world.classes("group.name post.content");
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    let (number, found) = world.state.installed(CONFIDENTIAL, GROUP).unwrap();
    assert_eq!((number, found.classes), (InstallationNo(1), choice.classes));
    assert!(world.state.is_standing(found));
}

#[test]
fn a_restricted_program_admits_nothing_new() {
    let mut world = World::new();
    let program = world.state.program_named("groups").unwrap();
    let status = ProgramStatus::Restricted;
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program,
        status,
        why: why(),
        until: None,
        cap: None,
    }));
    let choice = world.choice(BOB);
    let refusal = world.give(&World::query(CONFIDENTIAL, ""), &choice).err().unwrap();
    assert!(matches!(refusal, GiveRefusal::Request(_)));
}

#[test]
fn an_experiment_that_is_full_says_so() {
    let mut world = World::new();
    let program = world.state.program_named("groups").unwrap();
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program,
        status: ProgramStatus::Experimental,
        why: why(),
        until: Some(world.now.plus(Millis::days(9))),
        cap: Some(1),
    }));
    let choice = world.choice(ADA);
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    let choice = world.choice(BOB);
    for scope in ["", "&scope=group.name"] {
        let refusal = world.give(&World::query(CONFIDENTIAL, scope), &choice).err().unwrap();
        let GiveRefusal::Request(authorize::Refusal::Redirected { problem, .. }) = refusal else {
            panic!("not told to the client")
        };
        assert_eq!(problem, authorize::Problem::ExperimentFull, "{scope}");
    }
    let secret = world.give(&World::query(CONFIDENTIAL, "&scope=secret.class"), &choice);
    let GiveRefusal::Request(authorize::Refusal::Redirected { problem, .. }) =
        secret.err().unwrap()
    else {
        panic!("not told to the client")
    };
    assert_eq!(problem, authorize::Problem::NotCovered, "room would not help");
}

#[test]
fn the_page_shows_what_can_be_chosen() {
    let mut world = World::new();
    let request = authorize::read(&World::query(CONFIDENTIAL, ""), &world.state).unwrap();
    let show = |world: &World, person| {
        let asked = checked(&request, Some(person), world).unwrap();
        authorize::show(&asked, person, &[GROUP], &world.state, world.now)
    };
    let page = show(&world, BOB);
    assert_eq!((page.host.as_str(), page.installable.len()), ("app.example", 0));
    assert_eq!(page.contexts.len(), 1);
    assert_eq!(page.duration_default, limits::GRANT_LIFETIME_DEFAULT);
    assert_eq!(page.standing, None);
    assert_eq!(show(&world, ADA).installable, [GROUP]);
    install(&mut world, CONFIDENTIAL);
    assert!(show(&world, ADA).installable.is_empty());
    world.code(CONFIDENTIAL, BOB);
    let page = show(&world, BOB);
    assert_eq!(page.standing.map(|s| s.grant), Some(GrantNo(0)));
    assert!(page.contexts[0].granted);
}

//= rfc6749#4.1.2.1
//= type=test
//# The resource owner or authorization server denied the request.
#[test]
fn a_no_is_told_to_the_client() {
    let world = World::new();
    let request = authorize::read(&World::query(CONFIDENTIAL, "&state=x"), &world.state).unwrap();
    let asked = checked(&request, None, &world).unwrap();
    let Refused::Redirect(url) = authorize::deny(&asked, world.server().issuer) else {
        panic!("not a redirect")
    };
    expect!["https://app.example/back?error=access_denied&error_description=person+denied+the+request&state=x&iss=https%3A%2F%2Fid.example"].assert_eq(&url);
}

const NAMES: [&str; 5] =
    ["group.name", "post.content", "member.name", "secret.class", "no.such.class"];

fn named(bits: u8) -> Vec<&'static str> {
    NAMES.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| *name).collect()
}

proptest! {
    #[test]
    fn a_grant_never_covers_what_nobody_asked_agreed_or_belongs_to(
        scope in prop_oneof![4 => 0u8..8, 1 => 8u8..32],
        chosen in prop_oneof![4 => 3u8..8, 1 => 0u8..16],
        contexts in proptest::collection::vec(0u32..3, 0..3),
        install in proptest::collection::vec(0u32..3, 0..2),
        person in 0u32..3,
        is_narrowed: bool,
        days in proptest::option::of(0u64..800),
    ) {
        let mut world = World::new();
        let ids = world.server().ids(CONFIDENTIAL);
        let group = super::super::server::group_id(&ids, GROUP);
        let mut more = String::new();
        if scope != 0 {
            more = format!("&scope={}", named(scope).join("+"));
        }
        if is_narrowed {
            more += &format!("&resource=https://api.example/v1/groups/{group}");
        }
        let known: Vec<&str> = named(chosen);
        let choice = Choice {
            person: PersonNo(person),
            classes: if known.is_empty() { ClassMask::NONE } else { world.classes(&known.join(" ")) },
            contexts: contexts.iter().map(|no| ContextNo(*no)).collect(),
            install: install.iter().map(|no| ContextNo(*no)).collect(),
            duration: days.map(Millis::days),
            once: ClassMask::NONE,
        };
        let agreed = world.classes("group.name post.content member.name");
        let required = world.classes("group.name post.content");
        if world.give(&World::query(CONFIDENTIAL, &more), &choice).is_err() {
            prop_assert_eq!(world.state.next_grant(), GrantNo(0));
            prop_assert_eq!(world.state.next_installation(), InstallationNo(0));
            return Ok(());
        }
        let grant = world.state.grant(GrantNo(0)).unwrap();
        prop_assert!(agreed.covers(grant.classes) && !grant.classes.is_empty());
        if scope != 0 {
            let asked = world.classes(&named(scope).join(" "));
            prop_assert!(asked.covers(grant.classes) && grant.classes.covers(asked & required));
        }
        prop_assert!(person < 2 && grant.contexts.iter().all(|one| *one == GROUP));
        prop_assert!(grant.expires_at <= world.now.plus(limits::GRANT_LIFETIME_MAX));
        for (_, one) in world.state.installations() {
            prop_assert_eq!((one.context, one.backers()), (GROUP, &[ADA][..]));
            prop_assert!(person == 0 && grant.classes.covers(one.classes));
        }
    }

    #[test]
    fn an_arbitrary_query_sends_nobody_anywhere_unregistered(
        query in "(response_type|client_id|redirect_uri|scope|state|prompt|resource|authorization_details|[a-z]{1,8})=(app_1|code|https://app.example/back|https://evil.example/|[ -~]{0,12})(&(client_id|redirect_uri|request|code_challenge|scope|prompt)=(app_1|app_2|https://app.example/back|[ -~]{0,12})){0,6}",
    ) {
        let world = World::new();
        let found = authorize::read(&query, &world.state).and_then(|request| checked(&request, None, &world));
        if let Err(refusal) = found
            && let Refused::Redirect(url) = refusal.answer(world.server().issuer)
        {
            prop_assert!(url.starts_with("https://app.example/back?error="), "{}", url);
        }
    }
}
