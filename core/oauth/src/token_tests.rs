use super::*;
use expect_test::{Expect, expect};

const CODE: &str = "grant_type=authorization_code&code=blc_x&client_id=app_7\
    &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const MACHINE: &str = "grant_type=client_credentials&client_id=app_7&client_secret=s";

fn check(body: &str, expected: Expect) {
    let printed = match TokenRequest::parse(body, None) {
        Err(e) => format!("{} {}: {e}", e.status(), e.code()),
        Ok(request) => match request.grant {
            TokenGrant::AuthorizationCode { code, redirect_uri, resources, .. } => {
                format!("code {} {redirect_uri:?} {}", code.expose(), resources.len())
            }
            TokenGrant::RefreshToken { token, scope, .. } => {
                format!("refresh {} {scope:?}", token.expose())
            }
            TokenGrant::ClientCredentials { target, .. } => format!("{target:?}"),
        },
    };
    expected.assert_eq(&printed);
}

//= rfc6749#3.2
//= type=test
//# Request and response parameters MUST NOT be included more than once.
//= rfc7636#4.5
//= type=test
//# code_verifier REQUIRED. Code verifier
#[test]
fn a_code_exchange() {
    check(CODE, expect!["code blc_x None 0"]);
    check(
        &format!("{CODE}&redirect_uri=https://a.example/cb&resource=https://api.example/v1"),
        expect![[r#"code blc_x Some("https://a.example/cb") 1"#]],
    );
    check(&CODE.replace("code=", "x="), expect!["400 invalid_request: parameter code is missing"]);
    check(
        &CODE.replace("code_verifier", "x"),
        expect!["400 invalid_request: parameter code_verifier is missing"],
    );
    check(
        &CODE.replace("dBj", "!"),
        expect!["400 invalid_request: parameter code_verifier is malformed"],
    );
    check(
        &format!("{CODE}&unknown=1&unknown=1"),
        expect!["400 invalid_request: a parameter is repeated"],
    );
    check(&format!("{CODE}&code=y"), expect!["400 invalid_request: a parameter is repeated"]);
    check(
        &format!("{CODE}&resource=y"),
        expect!["400 invalid_target: resource is malformed, unknown or not granted"],
    );
    check(
        &CODE.replace("client_id", "x"),
        expect!["401 invalid_client: client authentication is missing"],
    );
}

//= rfc9700#2.4
//= type=test
//# The resource owner password credentials grant [RFC6749] MUST NOT be used.
#[test]
fn a_refresh() {
    check(
        "grant_type=refresh_token&client_id=app_7&refresh_token=blr_x",
        expect!["refresh blr_x None"],
    );
    check(
        "grant_type=refresh_token&client_id=app_7&refresh_token=blr_x&scope=a++b",
        expect!["400 invalid_scope: scope is malformed, unknown or wider than granted"],
    );
    check(
        "grant_type=refresh_token&client_id=app_7",
        expect!["400 invalid_request: parameter refresh_token is missing"],
    );
    check("client_id=app_7", expect!["400 invalid_request: parameter grant_type is missing"]);
    check(
        "grant_type=password&client_id=app_7",
        expect![
            "400 unsupported_grant_type: grant_type must be authorization_code, refresh_token or client_credentials"
        ],
    );
}

//= rfc6749#4.4
//= type=test
//# The client credentials grant type MUST only be used by confidential
//# clients.
#[test]
fn an_installation_is_named_in_one_of_three_ways_by_a_client_with_a_secret() {
    check(
        &MACHINE.replace("&client_secret=s", "&installation=ins_3"),
        expect!["400 unauthorized_client: client must authenticate with a secret here"],
    );
    check(&format!("{MACHINE}&installation=ins_3"), expect!["Installation(InstallationNo(3))"]);
    check(
        &format!("{MACHINE}&resource=https://api.example/v1/groups/x"),
        expect![[r#"Resource(ResourceUri("https://api.example/v1/groups/x"))"#]],
    );
    let detail = r#"[{"type":"bailment_installation","installation":"ins_3"}]"#;
    check(
        &format!("{MACHINE}&authorization_details={detail}"),
        expect!["Installation(InstallationNo(3))"],
    );
    check(
        &format!("{MACHINE}&authorization_details={detail}&installation=ins_3"),
        expect![
            "400 invalid_request: name the installation once: by installation, resource or authorization_details"
        ],
    );
    check(
        &format!(
            "{MACHINE}&authorization_details=[{{\"type\":\"bailment_access\",\"classes\":[\"a\"]}}]"
        ),
        expect![
            "400 invalid_authorization_details: authorization_details are malformed, unknown or not granted"
        ],
    );
    check(MACHINE, expect!["400 invalid_request: parameter installation is missing"]);
    check(
        &format!("{MACHINE}&installation=3"),
        expect!["400 invalid_request: parameter installation is malformed"],
    );
}

//= rfc6749#3.2
//= type=test
//# The endpoint URI MAY include an "application/x-www-form-urlencoded"
//# formatted (per Appendix B) query component ([RFC3986] Section 3.4),
//# which MUST be retained when adding additional query parameters.
//= rfc6749#2.3.1
//= type=test
//# The parameters can only be transmitted in the request-body and MUST NOT be included in the
//# request URI.
#[test]
fn an_installation_may_stand_in_the_endpoints_uri_and_nothing_else_may() {
    let target = |query, body: &str| match TokenRequest::parse_at(Some(query), body, None)?.grant {
        TokenGrant::ClientCredentials { target, .. } => Ok(target),
        TokenGrant::AuthorizationCode { .. } | TokenGrant::RefreshToken { .. } => unreachable!(),
    };
    let third = Ok(InstallationTarget::Installation(InstallationNo(3)));
    assert_eq!(target("installation=ins_3", MACHINE), third);
    assert_eq!(target("a=1&installation=ins_3&client_secret=t", MACHINE), third);
    let missing = Err(TokenError::Missing("installation"));
    assert_eq!(target("", MACHINE), missing);
    assert_eq!(target("resource=https://api.example/v1/groups/x", MACHINE), missing);
    let twice = Err(TokenError::RepeatedParameter);
    assert_eq!(target("installation=ins_3", &format!("{MACHINE}&installation=ins_3")), twice);
    assert_eq!(target("installation=ins_3&installation=ins_4", MACHINE), twice);
    let secret = MACHINE.replace("&client_secret=s", "");
    let refused = Err(TokenError::ClientNotConfidential);
    assert_eq!(target("installation=ins_3&client_secret=s", &secret), refused);
}

//= rfc6749#5.2
//= type=test
//# If the client attempted to authenticate via the "Authorization"
//# request header field, the authorization server MUST
//# respond with an HTTP 401 (Unauthorized) status code and
//# include the "WWW-Authenticate" response header field
//# matching the authentication scheme used by the client.
#[test]
fn a_client_that_fails_is_challenged() {
    let answer = TokenError::Client.answer();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"oauth\""));
    expect![[r#"{"error":"invalid_client","error_description":"client authentication failed"}"#]]
        .assert_eq(&answer.body);
    assert_eq!(TokenError::Code.answer().header("www-authenticate"), None);
}

//= rfc6749#5.1
//= type=test
//# The authorization server MUST include the HTTP "Cache-Control"
//# response header field [RFC2616] with a value of "no-store" in any
//# response containing tokens, credentials, or other sensitive
//# information
//= rfc6749#5.1
//= type=test
//# REQUIRED. The access token issued by the authorization server.
//= rfc6749#5.1
//= type=test
//# REQUIRED. The type of the token issued as described in Section 7.1.
//= rfc6749#5.1
//= type=test
//# OPTIONAL, if identical to the scope requested by the client; otherwise, REQUIRED.
#[test]
fn an_answer_with_tokens_is_not_kept() {
    let mut response = TokenResponse {
        access_token: Secret::new("bla_x".into()),
        lifetime: Millis(59_999),
        refresh_token: Some(Secret::new("blr_x".into())),
        scope: "b a".parse().unwrap(),
        details: details::parse(r#"[{"type":"bailment_installation","installation":"ins_3"}]"#)
            .unwrap(),
    };
    let answer = response.answer();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    expect![[r#"{"access_token":"bla_x","token_type":"Bearer","expires_in":59,"refresh_token":"blr_x","scope":"a b","authorization_details":[{"type":"bailment_installation","installation":"ins_3"}]}"#]]
        .assert_eq(&answer.body);
    response.refresh_token = None;
    response.details.clear();
    expect![[r#"{"access_token":"bla_x","token_type":"Bearer","expires_in":59,"scope":"a b"}"#]]
        .assert_eq(&response.answer().body);
}

//= rfc6749#3.2
//= type=test
//# The authorization server MUST ignore unrecognized request parameters.
#[test]
fn what_is_not_known_is_ignored() {
    check(&format!("{CODE}&unknown=1&scope=a++b"), expect!["code blc_x None 0"]);
}

//= rfc9396#8
//= type=test
//# The Token Error Response MUST conform to the rules given in Section 5.
#[test]
fn details_that_are_unknown_are_refused_for_every_grant() {
    let refresh = "grant_type=refresh_token&client_id=app_7&refresh_token=blr_x";
    for body in [CODE, refresh] {
        let asked = |details: &str| {
            let whole = format!("{body}&authorization_details={details}");
            TokenRequest::parse(&whole, None).err().map(TokenError::code)
        };
        assert_eq!(asked(r#"[{"type":"bailment_access","classes":["a"]}]"#), None);
        for wrong in [
            "x",
            "[]",
            r#"[{"type":"payment_initiation"}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"more":1}]"#,
            r#"[{"type":"bailment_installation","installation":"ins_1"}]"#,
        ] {
            assert_eq!(asked(wrong), Some("invalid_authorization_details"), "{wrong}");
        }
    }
}

//= rfc6749#5.2
//= type=test
//# REQUIRED. A single ASCII [USASCII] error code from the following:
//= rfc6749#5.2
//= type=test
//# Values for the "error" parameter MUST NOT include characters outside the set %x20-21 /
//# %x23-5B / %x5D-7E.
//= rfc6749#5.2
//= type=test
//# Values for the "error_description" parameter MUST NOT include characters outside the set
//# %x20-21 / %x23-5B / %x5D-7E.
#[test]
fn every_error_is_a_word_and_a_plain_sentence() {
    use TokenError::*;
    for error in [
        TooLarge,
        ContentType,
        RepeatedParameter,
        Missing("code"),
        Malformed("code"),
        InstallationTwice,
        ClientMissing,
        ClientMethod,
        ClientMethods,
        Assertion,
        Client,
        ClientNotConfidential,
        Code,
        RefreshToken,
        GrantEnded,
        UnauthorizedClient,
        GrantType,
        Scope,
        Target,
        Details,
        TokenType,
    ] {
        let answer = error.answer();
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let (word, sentence) = (&body["error"], body["error_description"].as_str().unwrap());
        assert_eq!(word, error.code());
        assert!(error.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{word}");
        let is_plain = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(sentence.bytes().all(is_plain) && !sentence.is_empty(), "{sentence}");
    }
    assert!(
        described("a \"b\" \\ \n \u{e9}")
            .bytes()
            .all(|b| (0x20..=0x7e).contains(&b) && b != b'"' && b != b'\\')
    );
}
