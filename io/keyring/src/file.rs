//! The file: a line a key, a checksum at the end.
//!
//! ```text
//! bailment keyring 1
//! current 1
//! token 1 BASE64URL
//! pairwise BASE64URL
//! session BASE64URL
//! check BASE64URL          first 16 bytes of the SHA-256 of everything before
//! ```

use crate::keyring::{Key, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Secret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's name in the data directory.
const NAME: &str = "keys";
const TITLE: &str = "bailment keyring 1";
/// 255 token keys take less.
const FILE_BYTES_MAX: u64 = 32 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file or its directory cannot be used.
    #[error("key file in `{path}` cannot be used")]
    File {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the owner can read or write it.
    #[error("key file `{path}` has mode {mode:o}: only its owner may have access (600)")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is not what was written. It is left alone: bring it back from a backup.
    #[error("key file is damaged: {0}")]
    Corrupt(&'static str),
    /// There is none to change.
    #[error("there is no key file yet")]
    Missing,
    /// No number is left for another token key.
    #[error("no number is left for another token key")]
    Full,
    /// The key that seals cannot be taken away.
    #[error("token key {0} is the current one: rotate first")]
    Current(u8),
    /// No token key has the number.
    #[error("there is no token key {0}: `bailment key list` names them")]
    Unknown(u8),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}

fn failed(directory: &Path) -> impl Fn(io::Error) -> KeyringError {
    move |source| KeyringError::File { path: directory.to_owned(), source }
}

/// Reads the keys; `None` if there is no file.
pub(crate) fn read(directory: &Path) -> Result<Option<Keys>, KeyringError> {
    let path = directory.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(directory)(error)),
    };
    // Of the open file, so that what is judged is what is read.
    let mode = file.metadata().map_err(failed(directory))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyringError::Exposed { path, mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed(directory))?;
    parse(&text).map(Some)
}

/// Writes fresh keys where there are none. If another process was quicker, its keys are the keys.
pub(crate) fn create(directory: &Path, keys: Keys) -> Result<Keys, KeyringError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(failed(directory))?;
    let draft = write_draft(directory, &keys)?;
    // A link, unlike a rename, does not replace a file that came into being meanwhile.
    let linked = fs::hard_link(&draft, directory.join(NAME));
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => {
            removed.and_then(|()| sync(directory)).map_err(failed(directory))?;
            Ok(keys)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(directory)?.ok_or(KeyringError::Missing)
        }
        Err(error) => Err(failed(directory)(error)),
    }
}

/// Writes keys in place of those that are there, all or none.
pub(crate) fn replace(directory: &Path, keys: &Keys) -> Result<(), KeyringError> {
    let draft = write_draft(directory, keys)?;
    fs::rename(&draft, directory.join(NAME))
        .and_then(|()| sync(directory))
        .map_err(failed(directory))
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Writes the keys durably to a file of another name.
fn write_draft(directory: &Path, keys: &Keys) -> Result<PathBuf, KeyringError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| KeyringError::Randomness)?;
    let path = directory.join(format!("{NAME}.{:016x}", u64::from_be_bytes(random)));
    let text = print(keys);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).and_then(
        |mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        },
    );
    if let Err(error) = written {
        let _ = fs::remove_file(&path);
        return Err(failed(directory)(error));
    }
    Ok(path)
}

fn print(keys: &Keys) -> Zeroizing<String> {
    let encode = |key: &Key| Zeroizing::new(URL_SAFE_NO_PAD.encode(key.expose()));
    // Never grown: a string that moves leaves its former bytes behind.
    let mut text = Zeroizing::new(String::with_capacity(512 + keys.tokens.len() * 64));
    text.push_str(&format!("{TITLE}\ncurrent {}\n", keys.current));
    for (number, key) in &keys.tokens {
        text.push_str(&format!("token {number} "));
        text.push_str(&encode(key));
        text.push('\n');
    }
    for (name, key) in [("pairwise ", &keys.pairwise), ("session ", &keys.session)] {
        text.push_str(name);
        text.push_str(&encode(key));
        text.push('\n');
    }
    let check = checksum(&text);
    text.push_str(&format!("check {check}\n"));
    text
}

fn checksum(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.first_chunk::<16>().copied().unwrap_or_default())
}

fn parse(text: &str) -> Result<Keys, KeyringError> {
    let damaged = KeyringError::Corrupt;
    let start = text.rfind("check ").ok_or(damaged("it has no end"))?;
    let (body, check) = text.split_at(start);
    if check.strip_prefix("check ").and_then(|c| c.strip_suffix('\n')) != Some(&*checksum(body)) {
        return Err(damaged("its checksum is wrong"));
    }
    let mut lines = body.lines();
    if lines.next() != Some(TITLE) {
        return Err(damaged("it is of another version"));
    }
    let (mut current, mut tokens) = (None, BTreeMap::new());
    let (mut pairwise, mut session) = (None, None);
    for line in lines {
        let (name, rest) = line.split_once(' ').ok_or(damaged("a line has no value"))?;
        match name {
            "current" => current = rest.parse().ok(),
            "token" => {
                let (number, text) = rest.split_once(' ').ok_or(damaged("a key has no number"))?;
                let number = number.parse().map_err(|_| damaged("a key has no number"))?;
                tokens.insert(number, key(text).ok_or(damaged("a key is malformed"))?);
            }
            "pairwise" => pairwise = key(rest),
            "session" => session = key(rest),
            _ => return Err(damaged("a line is unknown")),
        }
    }
    match (current, pairwise, session) {
        (Some(current), Some(pairwise), Some(session)) => {
            Ok(Keys { current, tokens, pairwise, session })
        }
        (_, _, _) => Err(damaged("a line is missing")),
    }
}

fn key(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    bytes.as_slice().try_into().map(Secret::new).ok()
}
