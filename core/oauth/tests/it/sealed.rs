//! What is sealed opens once, as itself, unchanged, under its key and at its place; nothing else opens at all.

use crate::strategies::{access, code, keys, kind, media, place, refresh};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{AppNo, Chain, InstallationNo, OperationNo, Secret};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::{
    AccessToken, Code, CursorPlace, Invalid, KeyId, MediaLink, NoCurrentKey, RefreshToken,
    TokenKeys,
};
use proptest::prelude::*;

/// How many of the kinds open the text, wherever it came from.
fn opens_as(keys: &TokenKeys, text: &str, place: &CursorPlace) -> [bool; 5] {
    [
        keys.open::<AccessToken>(text).is_ok(),
        keys.open::<RefreshToken>(text).is_ok(),
        keys.open::<Code>(text).is_ok(),
        keys.open::<MediaLink>(text).is_ok(),
        keys.open_cursor(place, text).is_ok(),
    ]
}

fn opens(keys: &TokenKeys, text: &str, place: &CursorPlace) -> bool {
    opens_as(keys, text, place).contains(&true)
}

prop_compose! {
    /// One string of each kind.
    fn all()(a in access(), r in refresh(), c in code(), m in media(), p in place(), cursor: Vec<u8>) -> ([String; 5], CursorPlace) {
        let keys = keys(1, 0);
        let open = |text: Secret<String>| text.expose().clone();
        ([open(keys.seal(&a)), open(keys.seal(&r)), open(keys.seal(&c)), open(keys.seal(&m)),
          keys.seal_cursor(&p, &cursor).unwrap()], p)
    }
}

const PREFIXES: [&str; 5] = ["bla_", "blr_", "blc_", "blm_", "blk_"];

proptest! {
    #[test]
    fn what_is_sealed_opens(a in access(), r in refresh(), c in code(), m in media(), p in place(), cursor: Vec<u8>) {
        let keys = keys(2, 0);
        let opened = keys.open::<AccessToken>(keys.seal(&a).expose()).unwrap();
        prop_assert_eq!((opened.key, opened.content), (KeyId(2), a));
        prop_assert_eq!(keys.open::<RefreshToken>(keys.seal(&r).expose()).unwrap().content, r);
        prop_assert_eq!(keys.open::<Code>(keys.seal(&c).expose()).unwrap().content, c);
        prop_assert_eq!(keys.open::<MediaLink>(keys.seal(&m).expose()).unwrap().content, m);
        let text = keys.seal_cursor(&p, &cursor).unwrap();
        prop_assert_eq!(keys.open_cursor(&p, &text), Ok(cursor));
    }

    #[test]
    fn a_string_is_of_its_own_kind_alone((texts, place) in all()) {
        let keys = keys(1, 0);
        for (i, text) in texts.iter().enumerate() {
            for (j, prefix) in PREFIXES.iter().enumerate() {
                let as_other = format!("{prefix}{}", &text[4..]);
                let mut expected = [false; 5];
                expected[i] = i == j;
                prop_assert_eq!(opens_as(&keys, &as_other, &place), expected);
            }
        }
    }

    #[test]
    fn a_string_opens_under_its_own_key_alone((texts, place) in all()) {
        let other_platform = keys(1, 0x55);
        let after_rotation = keys(2, 0);
        let without_it = TokenKeys::new(KeyId(2), [(2, Secret::new([2; 32]))].into()).unwrap();
        let renumbered = TokenKeys::new(KeyId(2), [(2, Secret::new([1; 32]))].into()).unwrap();
        for text in &texts {
            prop_assert!(opens(&after_rotation, text, &place));
            prop_assert!(!opens(&other_platform, text, &place));
            prop_assert!(!opens(&without_it, text, &place));
            // The key's number is authenticated too: another number for the same key is another string.
            let mut bytes = URL_SAFE_NO_PAD.decode(&text[4..]).unwrap();
            bytes[0] = 2;
            let moved = format!("{}{}", &text[..4], URL_SAFE_NO_PAD.encode(bytes));
            prop_assert!(!opens(&renumbered, &moved, &place));
        }
    }

    //= rfc6749#10.10
    //= type=test
    //# The authorization server MUST prevent attackers from guessing access tokens,
    //# authorization codes, refresh tokens, resource owner passwords, and client credentials.
    #[test]
    fn whatever_is_not_ours_is_invalid_and_never_a_panic(text in ".*", p in place(), body in "[A-Za-z0-9_-]{0,700}") {
        let keys = keys(1, 0);
        prop_assert!(!opens(&keys, &text, &p));
        for prefix in PREFIXES {
            // Key 1 in front of the last, so that the tag is what decides.
            for text in [format!("{prefix}{text}"), format!("{prefix}{body}"), format!("{prefix}AQ{body}")] {
                prop_assert!(!opens(&keys, &text, &p));
            }
        }
    }

    #[test]
    fn a_cursor_opens_at_its_place_alone(p in place(), other in place(), cursor: Vec<u8>) {
        let keys = keys(1, 0);
        let text = keys.seal_cursor(&p, &cursor).unwrap();
        let elsewhere = [
            CursorPlace { app: AppNo(p.app.0 ^ 1), ..p },
            CursorPlace { operation: OperationNo(p.operation.0 ^ 1), ..p },
            CursorPlace { chain: swapped(p.chain), ..p },
            other,
        ];
        for place in elsewhere {
            if place != p {
                prop_assert_eq!(keys.open_cursor(&place, &text), Err(Invalid));
            }
        }
    }

    //= rfc6750#5.2
    //= type=test
    //# For those cases where the client is prevented from observing the contents of the token,
    //# token encryption MUST be applied in addition to the usage of TLS protection.
    #[test]
    fn two_cursors_of_one_length_look_unrelated(p in place(), bytes in proptest::collection::vec(any::<u8>(), 16..200), at: usize) {
        let keys = keys(1, 0);
        let mut other = bytes.clone();
        let at = at % other.len();
        other[at] ^= 1;
        let raw = |cursor: &[u8]| {
            let text = keys.seal_cursor(&p, cursor).unwrap();
            URL_SAFE_NO_PAD.decode(&text[4..]).unwrap()
        };
        let (a, b) = (raw(&bytes), raw(&other));
        prop_assert_eq!(a.len(), b.len());
        // Past the key's number, random bytes agree in one of 256 places: of 48 and more never in a third.
        let agreeing = a.iter().zip(&b).skip(1).filter(|(x, y)| x == y).count();
        prop_assert!(agreeing * 3 < a.len(), "{agreeing} of {}", a.len());
        let shown = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).any(|w| w == needle);
        prop_assert!(!shown(&a, &bytes[..4.min(bytes.len())]));
    }

    #[test]
    fn the_length_of_a_cursor_shows_in_steps_only(p in place(), length in 0usize..15) {
        let keys = keys(1, 0);
        let chars = |n: usize| keys.seal_cursor(&p, &vec![7; n]).unwrap().len();
        prop_assert_eq!(chars(length), chars(15));
        prop_assert!(chars(15) < chars(16));
    }

    #[test]
    fn ids_are_pairwise(master: [u8; 32], app: u32, other: u32, kind in kind(), other_kind in kind(), number: u64, next: u64) {
        let master = Secret::new(master);
        let (ours, theirs) = (PairwiseKey::derive(&master, AppNo(app)), PairwiseKey::derive(&master, AppNo(other)));
        let id = ours.seal(kind, number);
        let text = id.to_string();
        prop_assert_eq!(text.len(), 22);
        prop_assert_eq!(ours.seal(kind, number), id);
        prop_assert_eq!(ours.open(kind, &text), Some(number));
        prop_assert_eq!(ours.seal(kind, next) == id, next == number);
        if other != app {
            prop_assert_ne!(theirs.seal(kind, number), id);
            prop_assert_eq!(theirs.open(kind, &text), None);
        }
        if other_kind != kind {
            prop_assert_eq!(ours.open(other_kind, &text), None);
        }
    }

    #[test]
    fn no_other_text_is_an_id(master: [u8; 32], kind in kind(), text in ".*", guess in "[A-Za-z0-9_-]{22}") {
        let key = PairwiseKey::derive(&Secret::new(master), AppNo(1));
        prop_assert_eq!(key.open(kind, &text), None);
        prop_assert_eq!(key.open(kind, &guess), None);
    }
}

// These go through every bit and every length of each string: an eighth of the cases is enough.
proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(8),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_flipped_bit_of_the_bytes_is_noticed((texts, place) in all()) {
        let keys = keys(1, 0);
        for text in &texts {
            let bytes = URL_SAFE_NO_PAD.decode(&text[4..]).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let changed = format!("{}{}", &text[..4], URL_SAFE_NO_PAD.encode(bytes));
                prop_assert!(!opens(&keys, &changed, &place), "bit {bit}");
            }
        }
    }

    //= rfc6749#10.3
    //= type=test
    //# The authorization server MUST ensure that access tokens cannot be generated, modified,
    //# or guessed to produce valid access tokens by unauthorized parties.
    #[test]
    fn every_flipped_bit_of_the_text_is_noticed((texts, place) in all()) {
        let keys = keys(1, 0);
        for text in &texts {
            for bit in 0..text.len() * 8 {
                let mut bytes = text.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                if let Ok(changed) = String::from_utf8(bytes) {
                    prop_assert!(!opens(&keys, &changed, &place), "bit {bit} of {text}");
                }
            }
        }
    }

    //= rfc6750#5.2
    //= type=test
    //# The token integrity protection MUST be sufficient to prevent the token from being
    //# modified.
    //= rfc6749#10.10
    //= type=test
    //# The probability of an attacker guessing generated tokens (and other credentials not
    //# intended for handling by end-users) MUST be less than or equal to 2^(-128)
    #[test]
    fn every_truncation_and_extension_is_noticed((texts, place) in all(), more in "[A-Za-z0-9_=-]{1,30}", byte: u8) {
        let keys = keys(1, 0);
        for text in &texts {
            for end in 0..text.len() {
                prop_assert!(!opens(&keys, &text[..end], &place), "{end}");
                prop_assert!(!opens(&keys, &text[end + 1..], &place), "{end}");
            }
            let bytes = URL_SAFE_NO_PAD.decode(&text[4..]).unwrap();
            for end in 0..bytes.len() {
                let shorter = format!("{}{}", &text[..4], URL_SAFE_NO_PAD.encode(&bytes[..end]));
                prop_assert!(!opens(&keys, &shorter, &place), "{end}");
            }
            let longer = [bytes, vec![byte]].concat();
            let longer = format!("{}{}", &text[..4], URL_SAFE_NO_PAD.encode(longer));
            for changed in [format!("{text}{more}"), format!("{more}{text}"), longer] {
                prop_assert!(!opens(&keys, &changed, &place), "{changed}");
            }
        }
    }
}

fn swapped(chain: Chain) -> Chain {
    match chain {
        Chain::Grant(n) => Chain::Installation(InstallationNo(n.0)),
        Chain::Installation(n) => Chain::Grant(model::GrantNo(n.0)),
    }
}

#[test]
fn a_cursor_has_a_limit() {
    let keys = keys(1, 0);
    let place = CursorPlace {
        app: AppNo(1),
        chain: Chain::Grant(model::GrantNo(1)),
        operation: OperationNo(1),
    };
    let longest = vec![1; oauth::limits::UPSTREAM_CURSOR_BYTES_MAX];
    let text = keys.seal_cursor(&place, &longest).unwrap();
    assert!(text.len() <= oauth::limits::CURSOR_BYTES_MAX);
    assert_eq!(keys.open_cursor(&place, &text), Ok(longest.clone()));
    assert!(keys.seal_cursor(&place, &[longest, vec![1]].concat()).is_none());
}

#[test]
fn the_current_key_must_be_there() {
    let made = TokenKeys::new(KeyId(3), [(1, Secret::new([0; 32]))].into());
    assert!(matches!(made, Err(NoCurrentKey { .. })));
}
