//! Arbitrary messages never panic, and what a good message says is read.

use crate::strategies::VERIFIER;
use oauth::authorize::{self, AuthorizeError, AuthorizeErrorCode, AuthorizeRequest};
use oauth::introspect::IntrospectRequest;
use oauth::pkce::Verifier;
use oauth::redirect::RedirectUri;
use oauth::resource::{Issuer, ResourceUri};
use oauth::revoke::RevokeRequest;
use oauth::scope::Scope;
use oauth::sealed::CodeBinding;
use oauth::token::TokenRequest;
use proptest::prelude::*;
use std::collections::BTreeMap;
use url::Url;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Queries that look like the real ones, with odd values.
fn query() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "scope",
        "resource",
        "authorization_details",
        "prompt",
        "code_challenge",
        "code_challenge_method",
        "grant_type",
        "code",
        "code_verifier",
        "refresh_token",
        "client_secret",
        "installation",
        "token",
    ]);
    let value = prop_oneof![
        ".{0,40}",
        proptest::sample::select(vec![
            "code",
            "app_7",
            "https://app.example/cb",
            "S256",
            CHALLENGE,
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "ins_7",
            r#"[{"type":"bailment_access","classes":["a"]}]"#,
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec((name, value), 0..12).prop_map(|pairs| {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    })
}

proptest! {
    #[test]
    fn no_message_makes_a_parser_panic(text in ".{0,300}", header in ".{0,80}", like in query()) {
        for text in [&text, &like] {
            for header in [None, Some(header.as_str()), Some("Basic eDp5")] {
                let _ = TokenRequest::parse(text, header).map_err(|e| e.answer());
                let _ = RevokeRequest::parse(text, header).map_err(|e| e.answer());
                let _ = IntrospectRequest::parse(text, header).map_err(|e| e.answer());
            }
            let _ = AuthorizeRequest::parse(text);
            let _ = oauth::details::parse(text);
            let _ = text.parse::<Scope>();
            let _ = RedirectUri::parse(text);
            let _ = ResourceUri::parse(text).map(|uri| uri.metadata_url());
            let _ = Issuer::parse(text).map(|issuer| issuer.metadata_url());
        }
        let _ = oauth::bearer::parse([header.as_str()], Some(&text));
    }

    /// The client may be told only where it and the redirect URI could be read.
    #[test]
    fn a_redirectable_mistake_names_what_was_sent(query in query()) {
        let sent: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let all = |name: &str| sent.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
        match AuthorizeRequest::parse(&query) {
            Ok(request) => {
                prop_assert_eq!(all("client_id"), [request.client.as_str()]);
                prop_assert_eq!(all("response_type"), ["code"]);
            }
            Err(AuthorizeError::Redirectable(rejected)) => {
                prop_assert_eq!(all("client_id"), [rejected.client.as_str()]);
                let uris: Vec<_> = all("redirect_uri").into_iter().filter(|v| !v.is_empty()).collect();
                prop_assert_eq!(uris, rejected.redirect_uri.iter().map(RedirectUri::as_str).collect::<Vec<_>>());
            }
            Err(AuthorizeError::Shown(_)) => {}
        }
    }

    //= rfc9207#2.3
    //= type=test
    //# The issuer identifier included in the server's metadata value issuer MUST be identical
    //# to the iss parameter's value.
    #[test]
    fn an_answer_says_exactly_what_it_should(state in "[ -~]{1,60}", code in "[A-Za-z0-9_-]{1,40}", has_query: bool, text in ".{0,60}") {
        let uri = if has_query { "https://app.example/cb?tenant=a%26b" } else { "https://app.example/cb" };
        let uri = RedirectUri::parse(uri).unwrap();
        let issuer = Issuer::parse("https://id.example/a").unwrap();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", "app_7"), ("response_type", "code"), ("state", &state),
                ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")])
            .finish();
        let request = AuthorizeRequest::parse(&query).unwrap();
        let mut expected = BTreeMap::from([
            ("code".to_owned(), code.clone()), ("state".to_owned(), state), ("iss".to_owned(), issuer.to_string()),
        ]);
        if has_query {
            expected.insert("tenant".to_owned(), "a&b".to_owned());
        }
        let url = authorize::success_redirect(&uri, &code, request.state.as_ref(), &issuer);
        let url = Url::parse(&url).unwrap();
        prop_assert_eq!(url.query_pairs().into_owned().collect::<BTreeMap<_, _>>(), expected.clone());
        prop_assert_eq!(url.query_pairs().count(), expected.len());
        prop_assert_eq!(url.path(), "/cb");

        let url = authorize::error_redirect(&uri, AuthorizeErrorCode::AccessDenied, &text, request.state.as_ref(), &issuer);
        prop_assert!(url.starts_with(uri.as_str()));
        let names: Vec<_> = Url::parse(&url).unwrap().query_pairs().map(|(n, _)| n.into_owned()).collect();
        prop_assert!(!names.contains(&"code".to_owned()));
        prop_assert!(names.contains(&"error".to_owned()) && names.contains(&"iss".to_owned()));
    }

    #[test]
    fn a_scope_reads_back(names in proptest::collection::btree_set("[!#-\\[\\]-~]{1,20}", 1..20)) {
        let scope = Scope::of(names.iter().map(String::as_str)).unwrap();
        prop_assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope.clone());
        prop_assert!(scope.names().eq(names.iter().map(String::as_str)));
    }

    #[test]
    fn a_good_redirect_uri_is_what_a_browser_visits(text in "(https|http|com\\.example)://?[a-z0-9.:@%\\[\\]-]{0,20}(/[a-z%./ -]{0,10})?(\\?[a-z&=%]{0,10})?(#[a-z]{0,3})?") {
        if let Ok(uri) = RedirectUri::parse(&text) {
            let url = Url::parse(uri.as_str()).unwrap();
            let with_slash = format!("{text}/");
            prop_assert!(url.as_str() == text || url.as_str() == with_slash);
            prop_assert!(!text.contains('#') && !text.split('/').nth(2).unwrap_or("").contains('@'));
            prop_assert!(url.scheme() != "http" || ["127.", "localhost", "[::1]"].iter().any(|h| url.host_str().unwrap().starts_with(h)));
            prop_assert!(uri.matches(&uri));
        }
    }

    //= rfc6749#4.1.3
    //= type=test
    //# and if included ensure that
    //# their values are identical.
    #[test]
    fn a_code_is_bound_to_its_request(good in VERIFIER, other in VERIFIER, redirect in proptest::option::of("[a-z]{1,4}"), sent in proptest::option::of("[a-z]{1,4}"), x in "[a-z]{1,3}", y in "[a-z]{1,3}") {
        let [good, other] = [&good, &other].map(|text| Verifier::parse(text).unwrap());
        let uri = |path: &str| ResourceUri::parse(&format!("https://api.example/{path}")).unwrap();
        let both = [uri(&x), uri(&y)];
        let binding = CodeBinding::new(good.challenge(), redirect.as_deref(), &both);
        prop_assert!(binding.permits_verifier(&good));
        prop_assert_eq!(binding.permits_verifier(&other), other.challenge() == good.challenge());
        prop_assert_eq!(binding.permits_redirect(sent.as_deref()), sent.is_none() || sent == redirect);
        prop_assert!(binding.permits_redirect(redirect.as_deref()));
        prop_assert!(binding.permits_resources(&[]) && binding.permits_resources(&both));
        prop_assert!(binding.permits_resources(&[uri(&y), uri(&x)]));
        prop_assert_eq!(binding.permits_resources(&[uri(&x)]), x == y);
    }
}

#[test]
fn a_verifier_of_another_request_does_not_redeem() {
    let verifier = |c: char| Verifier::parse(&c.to_string().repeat(43)).unwrap();
    let binding = CodeBinding::new(verifier('a').challenge(), None, &[]);
    assert!(!binding.permits_verifier(&verifier('b')));
    assert!(!binding.permits_redirect(Some("")));
}
