//! Golden vectors, computed by an independent program from the description in `sealed` (but for the media link): what is out there must
//! open for as long as its key lives, and partners store their ids for ever.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{
    AppNo, Chain, ClassMask, ContextNo, CredentialNo, GrantNo, IdentifierKind, InstallationNo,
    ObjectNo, OperationNo, Position, Secret, Timestamp,
};
use oauth::client_auth::{SecretDigest, secret_text};
use oauth::pairwise::PairwiseKey;
use oauth::pkce::Challenge;
use oauth::resource::ResourceUri;
use oauth::sealed::{
    AccessToken, Code, CodeBinding, CursorPlace, KeyId, MediaLink, RefreshToken, TokenKeys,
};

const EXPIRES_AT: Timestamp = Timestamp(1_800_000_000_000);

fn key() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).unwrap())
}

fn keys() -> TokenKeys {
    TokenKeys::new(KeyId(5), [(5, Secret::new(key()))].into()).unwrap()
}

#[test]
fn access_tokens() {
    let token = AccessToken {
        chain: Chain::Grant(GrantNo(0x0102_0304)),
        app: AppNo(7),
        credential: CredentialNo(9),
        issue: Position(1234),
        expires_at: EXPIRES_AT,
        family: Some(Position(99)),
        serial: *b"serial!!",
    };
    let text = "bla_BYX5CIqZYXuSa0P6MonFKtgUJRmSCCwHh7Ywui-uyUxV73nKYtsirGgSzws1lKSzL2J0qB7zD6C8X7l6Yt6U1UsJygHG1rooYauMWDla";
    assert_eq!(keys().seal(&token).expose(), text);
    assert_eq!(text.len(), 108);
    assert!(!token.is_expired(Timestamp(EXPIRES_AT.0 - 1)) && token.is_expired(EXPIRES_AT));
    let token =
        AccessToken { chain: Chain::Installation(InstallationNo(3)), family: None, ..token };
    let text = "bla_BeK5RXp9Qslk0c_43-bvlP7N1rVsK2cyXZTMUGsjAqe8Al6b-jaJdw8W0HxEAdrRp-f8nOc6wEKvVpDyZgsx6lYwun3bUw";
    assert_eq!(keys().seal(&token).expose(), text);
    assert_eq!(text.len(), 98);
}

#[test]
fn refresh_tokens() {
    let token = RefreshToken {
        grant: GrantNo(4),
        app: AppNo(7),
        family: Position(99),
        counter: 2,
        issue: Position(1234),
    };
    let text =
        "blr_BQYkM9AEvmIgm6llddpTz8dz81kQaKYWVouO5aJaYVuPAZL1bbHz0IoTY05OJcDRhZfjbBWMF1-O0BuWoA";
    assert_eq!(keys().seal(&token).expose(), text);
    assert_eq!(text.len(), 86);
}

#[test]
fn codes() {
    let challenge =
        Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap();
    let resource = ResourceUri::parse("https://api.example/v1").unwrap();
    let code = Code {
        grant: GrantNo(4),
        app: AppNo(7),
        issue: Position(1234),
        expires_at: EXPIRES_AT,
        binding: CodeBinding::new(challenge, Some("https://app.example/cb"), &[resource]),
    };
    let text = "blc_BQAnUwgqOsmHvRBkxjnOI2NNK0xxYTti4x83aZqnNUIpozW86s6HlsaBOQQad5hpjp7CfvG4thPVJqSRd36Af967wKDxeLymVjHzOfEqYEXkTOElUxLbEE3vDlf4CKFnUbeV7bJ9JCn4y2CRcE5ouDu1nUxmh3I0QQ";
    assert_eq!(keys().seal(&code).expose(), text);
    assert_eq!(text.len(), 166);
    assert!(!code.is_expired(Timestamp(EXPIRES_AT.0 - 1)) && code.is_expired(EXPIRES_AT));
}

#[test]
fn media_links() {
    let link = MediaLink {
        app: AppNo(7),
        chain: Chain::Grant(GrantNo(4)),
        credential: CredentialNo(9),
        issue: Position(1234),
        family: Some(Position(1200)),
        object: ObjectNo(1 << 40),
        context: Some(ContextNo(3)),
        classes: ClassMask(1 << 127 | 5),
        catalog: Position(77),
        api_version: "2026-11-01".parse().unwrap(),
        operation: OperationNo(12),
        expires_at: EXPIRES_AT,
    };
    let text = "blm_BdOBtZUBgH5Pf69P00WEmBy-AGdhBvwpuWm4OdOgn8BPFgHwbOqC1CGEuQEJsDh_Ywy3y1tz0gtwRPvGHYSXd6rG7w1-ulcutiDnhQ-gqAt-CvJHA0KrKs2zLlRuVpyDiJASip8xL-DpCAFkvOxe5DrsrCs";
    assert_eq!(keys().seal(&link).expose(), text);
    // Taken from the program itself: it holds the layout fast, and is no independent witness of it.
    assert_eq!(text.len(), 159);
    assert!(!link.is_expired(Timestamp(EXPIRES_AT.0 - 1)) && link.is_expired(EXPIRES_AT));
}

#[test]
fn cursors() {
    let place =
        CursorPlace { app: AppNo(7), chain: Chain::Grant(GrantNo(4)), operation: OperationNo(12) };
    let text = "blk_BaOmswUM6P0Us88yxpyg5QRjKv8I5tN4x1_NhXWkWUEFHBlTtIVZLs9AgbXrJ37B5g";
    assert_eq!(keys().seal_cursor(&place, b"name=Zoe&id=7").as_deref(), Some(text));
    assert_eq!(text.len(), 70);
}

#[test]
fn pairwise_ids() {
    let key = PairwiseKey::derive(&Secret::new(key()), AppNo(7));
    let person = key.seal(IdentifierKind::Person, 42).to_string();
    assert_eq!(person, "ajWWgDMHm9kaV0CWRmdbMg");
    let post = key.seal(IdentifierKind::Post, u64::MAX).to_string();
    assert_eq!(post, "KGsnJXcq3keD5TJGGdVO8g");
}

#[test]
fn client_secrets() {
    let random = std::array::from_fn(|i| u8::try_from(i + 100).unwrap());
    let text = secret_text(&random);
    assert_eq!(text.expose(), "bls_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoO_KsZT");
    let digest = SecretDigest::of(&random);
    let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "e3e16780becf601d55e4751e7d722ef91d750bb0cea61b1bb5ea8bc308cdf262");
    assert!(digest.matches(&text));
}

//= rfc7636#4.4
//= type=test
//# The server MUST NOT include the "code_challenge" value in client requests in a form that
//# other entities can extract.
#[test]
fn a_code_shows_nothing_of_its_challenge() {
    let challenge =
        Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap();
    let code = Code {
        grant: GrantNo(4),
        app: AppNo(7),
        issue: Position(1234),
        expires_at: EXPIRES_AT,
        binding: CodeBinding::new(challenge, None, &[]),
    };
    let text = keys().seal(&code).expose().clone();
    let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("blc_").unwrap()).unwrap();
    // Four bytes of it in a row, by chance: one code in 2^24.
    let shows =
        challenge.as_bytes().windows(4).any(|some| bytes.windows(4).any(|here| here == some));
    assert!(!shows);
}
