use super::*;
use expect_test::{Expect, expect};

const GOOD: &str = "response_type=code&client_id=app_7&code_challenge_method=S256\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CB: &str = "redirect_uri=https%3A%2F%2Fapp.example%2Fcb";

fn mistake(more: &str) -> Mistake {
    match AuthorizeRequest::parse(&format!("{GOOD}&{CB}&{more}")) {
        Err(AuthorizeError::Redirectable(rejected)) => {
            assert_eq!(rejected.client.as_str(), "app_7");
            assert_eq!(rejected.redirect_uri.unwrap().as_str(), "https://app.example/cb");
            rejected.mistake
        }
        other => panic!("{more}: {other:?}"),
    }
}

fn shown(query: &str, expected: Expect) {
    match AuthorizeRequest::parse(query) {
        Err(AuthorizeError::Shown(why)) => expected.assert_eq(&why.to_string()),
        other => panic!("{query}: {other:?}"),
    }
}

//= rfc6749#3.1
//= type=test
//# The authorization server MUST ignore unrecognized request parameters.
#[test]
fn a_full_request_is_read() {
    let request = AuthorizeRequest::parse(&format!(
        "{GOOD}&{CB}&state=a+b%26c&scope=post.content+group.name&resource=https://api.example/v1\
         &resource=https://api.example/v1/groups/x&resource=https://api.example/v1&prompt=login+consent\
         &login_hint=x&nonce=n&unknown=1&authorization_details=[{{\"type\":\"bailment_access\",\"classes\":[\"a\"]}}]"
    ))
    .unwrap();
    assert_eq!(request.client.app(), Some(model::AppNo(7)));
    assert_eq!(request.state.unwrap().as_str(), "a b&c");
    assert_eq!(request.scope.to_string(), "group.name post.content");
    assert_eq!(request.resources.len(), 2);
    assert_eq!(request.details.len(), 1);
    assert_eq!(request.prompt, Prompt::LoginAndConsent);
}

//= rfc6749#4.1.1
//= type=test
//# REQUIRED. The client identifier as described in Section 2.2.
//= rfc6749#4.1.2.1
//= type=test
//# If the request fails due to a missing, invalid, or mismatching redirection URI, or if the
//# client identifier is missing or invalid, the authorization server SHOULD inform the resource
//# owner of the error and MUST NOT automatically redirect the user-agent to the invalid
//# redirection URI.
#[test]
fn without_a_client_and_a_possible_redirect_uri_nothing_is_redirected() {
    shown("", expect!["authorization request needs exactly one `client_id`"]);
    shown("client_id=", expect!["authorization request needs exactly one `client_id`"]);
    shown(
        &format!("{GOOD}&client_id=app_8"),
        expect!["authorization request needs exactly one `client_id`"],
    );
    shown(
        &format!("{GOOD}&{CB}&{CB}"),
        expect!["authorization request must have at most one `redirect_uri`"],
    );
    shown(
        &format!("{GOOD}&redirect_uri=https://app.example/%23x"),
        expect![
            "authorization request has a wrong `redirect_uri`: redirect URI must not have a fragment"
        ],
    );
    shown(&"a".repeat(100_000), expect!["authorization request is too large"]);
}

//= rfc6749#3.1
//= type=test
//# Request and response parameters
//# MUST NOT be included more than once.
//= rfc6749#3.1.1
//= type=test
//# If an authorization request is missing the "response_type" parameter,
//# or if the response type is not understood, the authorization server
//# MUST return an error response as described in Section 4.1.2.1.
//= rfc6749#10.14
//= type=test
//# The authorization server and client MUST sanitize (and validate when possible) any value
//# received -- in particular, the value of the "state" and "redirect_uri" parameters.
//= rfc9396#5
//= type=test
//# The AS MUST abort processing and respond with an error invalid_authorization_details to the
//# client if any of the following are true of the objects in the authorization_details
//# structure:
#[test]
fn other_mistakes_may_go_to_the_client() {
    for (more, expected) in [
        ("scope=a&scope=b", Mistake::Repeated),
        ("response_type=code", Mistake::Repeated),
        ("foo=1&foo=1", Mistake::Repeated),
        ("state=%C3%A9", Mistake::State),
        ("state=a%0Ab", Mistake::State),
        ("response_mode=fragment", Mistake::ResponseMode),
        ("request=x", Mistake::RequestObject),
        ("request_uri=x", Mistake::RequestUri),
        ("scope=a++b", Mistake::Scope),
        ("resource=x", Mistake::Resource),
        ("resource=https://api.example/%23x", Mistake::Resource),
        ("authorization_details=x", Mistake::Details),
        (
            "authorization_details=[{\"type\":\"bailment_installation\",\"installation\":\"ins_1\"}]",
            Mistake::Details,
        ),
        ("prompt=none+login", Mistake::Prompt),
        ("prompt=select_account", Mistake::Prompt),
    ] {
        assert_eq!(mistake(more), expected, "{more}");
    }
    let state = |length: usize| format!("state={}", "s".repeat(length));
    assert_eq!(mistake(&state(STATE_BYTES_MAX + 1)), Mistake::State);
    assert!(AuthorizeRequest::parse(&format!("{GOOD}&{}", state(STATE_BYTES_MAX))).is_ok());
    let many = ["resource=https://api.example"; 2].join("&");
    assert!(AuthorizeRequest::parse(&format!("{GOOD}&{many}")).is_ok());
    let many: String =
        (0..=RESOURCES_MAX).map(|i| format!("&resource=https://a.example/{i}")).collect();
    assert_eq!(mistake(&many), Mistake::Resource);
}

//= rfc7636#4.4.1
//= type=test
//# If the server requires Proof Key for Code Exchange (PKCE) by OAuth
//# public clients and the client does not send the "code_challenge" in
//# the request, the authorization endpoint MUST return the authorization
//# error response with the "error" value set to "invalid_request".
//= rfc7636#4.3
//= type=test
//# code_challenge REQUIRED. Code challenge.
//= rfc7636#4.4.1
//= type=test
//# If the server supporting PKCE does not support the requested transformation, the
//# authorization endpoint MUST return the authorization error response with "error" value set
//# to "invalid_request".
//= rfc8252#6
//= type=test
//# authorization servers MUST support PKCE for such clients
//= rfc8252#8.1
//= type=test
//# Authorization servers SHOULD reject authorization requests from native apps that don't use
//# PKCE by returning an error message, as defined in Section 4.4.1 of PKCE [RFC7636].
//= rfc9700#2.1.1
//= type=test
//# Authorization servers MUST support PKCE [RFC7636].
//= rfc9700#2.1.1
//= type=test
//# Authorization servers MUST mitigate PKCE downgrade attacks by ensuring that a token request
//# containing a code_verifier parameter is accepted only if a code_challenge parameter was
//# present in the authorization request
#[test]
fn pkce_and_the_code_flow_are_not_optional() {
    for (from, to, expected, code) in [
        ("code_challenge=", "x=", Mistake::ChallengeMissing, "invalid_request"),
        ("S256", "plain", Mistake::Challenge(PkceError::Method), "invalid_request"),
        ("response_type=code", "x=", Mistake::ResponseTypeMissing, "invalid_request"),
        (
            "response_type=code",
            "response_type=token",
            Mistake::ResponseType,
            "unsupported_response_type",
        ),
    ] {
        match AuthorizeRequest::parse(&GOOD.replace(from, to)) {
            Err(AuthorizeError::Redirectable(rejected)) => {
                assert_eq!(rejected.mistake, expected);
                assert_eq!(rejected.mistake.code().word(), code);
            }
            other => panic!("{other:?}"),
        }
    }
}

//= rfc9207#2
//= type=test
//# In authorization responses to the client, including error responses,
//# an authorization server supporting this specification MUST indicate
//# its identity by including the iss parameter in the response.
//= rfc6749#4.1.2
//= type=test
//# REQUIRED if the "state" parameter was present in the client
//# authorization request.  The exact value received from the
//# client.
//= rfc6749#4.1.2.1
//= type=test
//# Values for the "error_description" parameter MUST NOT include
//# characters outside the set %x20-21 / %x23-5B / %x5D-7E.
//= rfc6749#4.1.2.1
//= type=test
//# REQUIRED if a "state" parameter was present in the client authorization request. The exact
//# value received from the client.
#[test]
fn answers_keep_the_query_and_name_state_and_issuer() {
    let uri = RedirectUri::parse("https://app.example/cb?tenant=7").unwrap();
    let issuer = Issuer::parse("https://id.example").unwrap();
    let state = State::parse("a b&iss=c").unwrap();
    expect!["https://app.example/cb?tenant=7&code=blc_x&state=a+b%26iss%3Dc&iss=https%3A%2F%2Fid.example"]
        .assert_eq(&success_redirect(&uri, "blc_x", Some(&state), &issuer));
    expect!["https://app.example/cb?tenant=7&code=blc_x&iss=https%3A%2F%2Fid.example"]
        .assert_eq(&success_redirect(&uri, "blc_x", None, &issuer));
    let denied = AuthorizeErrorCode::AccessDenied;
    expect!["https://app.example/cb?tenant=7&error=access_denied&error_description=a+%27b%27%3F%3F&state=a+b%26iss%3Dc&iss=https%3A%2F%2Fid.example"]
        .assert_eq(&error_redirect(&uri, denied, "a \"b\"\né", Some(&state), &issuer));
}

//= rfc6749#4.1.2.1
//= type=test
//# Values for the "error" parameter MUST NOT include characters outside the set %x20-21 /
//# %x23-5B / %x5D-7E.
#[test]
fn error_codes_are_words() {
    use AuthorizeErrorCode::*;
    for code in [
        InvalidRequest,
        UnauthorizedClient,
        AccessDenied,
        UnsupportedResponseType,
        InvalidScope,
        ServerError,
        TemporarilyUnavailable,
        InvalidTarget,
        InvalidAuthorizationDetails,
        LoginRequired,
        ConsentRequired,
        RequestNotSupported,
        RequestUriNotSupported,
    ] {
        assert!(code.word().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code:?}");
    }
}
