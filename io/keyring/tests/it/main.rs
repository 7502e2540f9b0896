//! The keyring on a real file system.

use keyring::{Keyring, KeyringError, TokenKeyNumbers};
use model::{AppNo, Chain, CredentialNo, GrantNo, Position, Secret, Timestamp};
use oauth::sealed::{AccessToken, KeyId};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const TOKEN: AccessToken = AccessToken {
    chain: Chain::Grant(GrantNo(1)),
    app: AppNo(1),
    credential: CredentialNo(1),
    issue: Position(7),
    expires_at: Timestamp(9),
    family: None,
    serial: [3; 8],
};

fn opens(keyring: &Keyring, token: &Secret<String>) -> bool {
    keyring.tokens().open::<AccessToken>(token.expose()).is_ok()
}

#[test]
fn keys_are_made_once_and_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let first = Keyring::open(&data).unwrap();
    let token = first.tokens().seal(&TOKEN);
    let again = Keyring::open(&data).unwrap();
    assert!(opens(&again, &token));
    assert!(first.pairwise() == again.pairwise() && first.session() == again.session());
    assert!(first.pairwise() != first.session());
    let mode = fs::metadata(data.join("keys")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft stays behind");
    let other = Keyring::open(&dir.path().join("other")).unwrap();
    assert!(!opens(&other, &token) && first.pairwise() != other.pairwise());
}

#[test]
fn many_openers_at_once_agree() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Keyring::open(dir.path()).unwrap();
    let all: Vec<Keyring> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(all.iter().all(|one| one.pairwise() == all[0].pairwise()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_new_key_seals_and_the_old_one_opens_until_it_is_retired() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Keyring::rotate(dir.path()), Err(KeyringError::Missing)));
    let old = Keyring::open(dir.path()).unwrap().tokens().seal(&TOKEN);
    let rotated = Keyring::rotate(dir.path()).unwrap();
    assert_eq!(rotated.tokens().current(), KeyId(2));
    let new = rotated.tokens().seal(&TOKEN);
    assert_ne!(old.expose(), new.expose());
    let read = Keyring::open(dir.path()).unwrap();
    assert!(opens(&read, &old) && opens(&read, &new));
    assert!(matches!(Keyring::retire(dir.path(), KeyId(2)), Err(KeyringError::Current(2))));
    let numbers = TokenKeyNumbers { current: KeyId(2), all: vec![KeyId(1), KeyId(2)] };
    assert_eq!(Keyring::numbers(dir.path()).unwrap(), numbers);
    Keyring::retire(dir.path(), KeyId(1)).unwrap();
    assert!(matches!(Keyring::retire(dir.path(), KeyId(1)), Err(KeyringError::Unknown(1))));
    let read = Keyring::open(dir.path()).unwrap();
    assert!(!opens(&read, &old) && opens(&read, &new));
    assert_eq!(Keyring::rotate(dir.path()).unwrap().tokens().current(), KeyId(3));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Keyring::open(dir.path()).unwrap();
    for mode in [0o644, 0o640, 0o602] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(dir.path().join("keys"), permissions).unwrap();
        assert!(matches!(Keyring::open(dir.path()), Err(KeyringError::Exposed { .. })));
    }
}

#[test]
fn a_damaged_file_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    Keyring::open(dir.path()).unwrap();
    let path = dir.path().join("keys");
    let whole = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..whole.len()).map(|n| whole[..n].to_vec()).collect();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged.push(bytes);
    }
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        assert!(Keyring::open(dir.path()).is_err());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn ephemeral_keys_follow_from_their_seed() {
    let token = Keyring::ephemeral([1; 32]).tokens().seal(&TOKEN);
    assert!(opens(&Keyring::ephemeral([1; 32]), &token));
    assert!(!opens(&Keyring::ephemeral([2; 32]), &token));
}
