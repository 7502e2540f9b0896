//! Arbitrary tokens, codes, links, places.

use model::{
    ApiVersion, AppNo, Chain, ClassMask, ContextNo, CredentialNo, GrantNo, IdentifierKind,
    InstallationNo, ObjectNo, OperationNo, Position, Secret, Timestamp,
};
use oauth::pkce::Verifier;
use oauth::resource::ResourceUri;
use oauth::sealed::{
    AccessToken, Code, CodeBinding, CursorPlace, KeyId, MediaLink, RefreshToken, TokenKeys,
};
use proptest::prelude::*;

/// Keys 1 and 2, sealing with the first; `salt` makes another platform's.
pub fn keys(current: u8, salt: u8) -> TokenKeys {
    let key = |id: u8| Secret::new([id ^ salt; 32]);
    TokenKeys::new(KeyId(current), [(1, key(1)), (2, key(2))].into()).unwrap()
}

pub fn chain() -> impl Strategy<Value = Chain> {
    prop_oneof![
        any::<u32>().prop_map(|n| Chain::Grant(GrantNo(n))),
        any::<u32>().prop_map(|n| Chain::Installation(InstallationNo(n))),
    ]
}

prop_compose! {
    pub fn access()(
        chain in chain(), app: u32, credential: u32, issue: u64, expires_at: u64, family: Option<u64>, serial: [u8; 8],
    ) -> AccessToken {
        AccessToken {
            chain, app: AppNo(app), credential: CredentialNo(credential), issue: Position(issue),
            expires_at: Timestamp(expires_at), family: family.map(Position), serial,
        }
    }
}

prop_compose! {
    pub fn refresh()(grant: u32, app: u32, family: u64, counter: u32, issue: u64) -> RefreshToken {
        RefreshToken {
            grant: GrantNo(grant), app: AppNo(app), family: Position(family), counter, issue: Position(issue),
        }
    }
}

/// The texts of verifiers; the verifier itself cannot be printed.
pub const VERIFIER: &str = "[A-Za-z0-9._~-]{43,128}";

prop_compose! {
    pub fn code()(
        grant: u32, app: u32, issue: u64, expires_at: u64, verifier in VERIFIER,
        redirect in proptest::option::of("[a-z]{1,9}"), resource in "[a-z]{1,9}",
    ) -> Code {
        let verifier = Verifier::parse(&verifier).unwrap();
        let resource = ResourceUri::parse(&format!("https://api.example/{resource}")).unwrap();
        Code {
            grant: GrantNo(grant), app: AppNo(app), issue: Position(issue), expires_at: Timestamp(expires_at),
            binding: CodeBinding::new(verifier.challenge(), redirect.as_deref(), &[resource]),
        }
    }
}

prop_compose! {
    pub fn media()(
        app: u32, chain in chain(), credential: u32, issue: u64, object: u64, family in proptest::option::of(0..u64::MAX), context: Option<u32>, classes: u128, catalog: u64,
        (year, month, day) in (2000u32..=9999, 1u32..=12, 1u32..=31), operation: u16, expires_at: u64,
    ) -> MediaLink {
        let api_version: ApiVersion = format!("{year}-{month:02}-{day:02}").parse().unwrap();
        MediaLink {
            app: AppNo(app), chain, credential: CredentialNo(credential), issue: Position(issue),
            family: family.map(Position), object: ObjectNo(object), context: context.map(ContextNo), classes: ClassMask(classes), catalog: Position(catalog), api_version,
            operation: OperationNo(operation), expires_at: Timestamp(expires_at),
        }
    }
}

prop_compose! {
    pub fn place()(app: u32, chain in chain(), operation: u16) -> CursorPlace {
        CursorPlace { app: AppNo(app), chain, operation: OperationNo(operation) }
    }
}

pub fn kind() -> impl Strategy<Value = IdentifierKind> {
    proptest::sample::select(IdentifierKind::ALL)
}
