//! What the strings say.

use super::wire::{Reader, write_api_version, write_chain};
use crate::pkce::{Challenge, Verifier};
use crate::resource::ResourceUri;
use model::{
    ApiVersion, AppNo, Chain, ClassMask, ContextNo, CredentialNo, GrantNo, ObjectNo, OperationNo,
    Position, Timestamp,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq;

/// Bytes of an access token's serial number.
pub const SERIAL_BYTES: usize = 8;

/// What can be sealed: the types of this module.
pub trait Content: Sized {
    /// What the string begins with.
    const PREFIX: &'static str;
    #[doc(hidden)]
    fn write(&self, to: &mut Vec<u8>);
    #[doc(hidden)]
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// An access token. What it may do is decided anew at each use; it only names the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessToken {
    /// The grant or installation that stands behind it.
    pub chain: Chain,
    /// The app that it was issued to.
    pub app: AppNo,
    /// The credential that the app proved itself with.
    pub credential: CredentialNo,
    /// The log's revision when it was issued: what cut-offs compare with.
    pub issue: Position,
    /// The instant from which on it is dead.
    pub expires_at: Timestamp,
    /// The refresh family that it comes from, which can end alone.
    pub family: Option<Position>,
    /// Makes two tokens of one revision differ.
    pub serial: [u8; SERIAL_BYTES],
}

impl AccessToken {
    /// Whether it is dead at this instant by time alone.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

impl Content for AccessToken {
    const PREFIX: &'static str = "bla_";

    fn write(&self, to: &mut Vec<u8>) {
        write_chain(self.chain, to);
        to.extend_from_slice(&self.app.0.to_be_bytes());
        to.extend_from_slice(&self.credential.0.to_be_bytes());
        to.extend_from_slice(&self.issue.0.to_be_bytes());
        to.extend_from_slice(&self.expires_at.0.to_be_bytes());
        to.extend_from_slice(&self.serial);
        if let Some(family) = self.family {
            to.extend_from_slice(&family.0.to_be_bytes());
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            chain: from.chain()?,
            app: AppNo(from.u32()?),
            credential: CredentialNo(from.u32()?),
            issue: from.position()?,
            expires_at: Timestamp(from.u64()?),
            serial: from.array()?,
            family: if from.is_at_end() { None } else { Some(from.position()?) },
        })
    }
}

/// A refresh token. The same fields make the same string, so a lost answer can be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant.
    pub grant: GrantNo,
    /// The app that it was issued to.
    pub app: AppNo,
    /// The family: the position of the entry that began it.
    pub family: Position,
    /// How often the family has been rotated.
    pub counter: u32,
    /// The log's revision when it was issued: what cut-offs compare with.
    pub issue: Position,
}

impl Content for RefreshToken {
    const PREFIX: &'static str = "blr_";

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.grant.0.to_be_bytes());
        to.extend_from_slice(&self.app.0.to_be_bytes());
        to.extend_from_slice(&self.family.0.to_be_bytes());
        to.extend_from_slice(&self.counter.to_be_bytes());
        to.extend_from_slice(&self.issue.0.to_be_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            grant: GrantNo(from.u32()?),
            app: AppNo(from.u32()?),
            family: from.position()?,
            counter: from.u32()?,
            issue: from.position()?,
        })
    }
}

/// An authorization code. That it is redeemed once, `flows` sees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The grant.
    pub grant: GrantNo,
    /// The app that it was issued to.
    pub app: AppNo,
    /// The log's revision when it was issued.
    pub issue: Position,
    /// The instant from which on it is dead.
    pub expires_at: Timestamp,
    /// The request that it answers.
    pub binding: CodeBinding,
}

impl Code {
    /// Whether it is dead at this instant by time alone.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

impl Content for Code {
    const PREFIX: &'static str = "blc_";

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.grant.0.to_be_bytes());
        to.extend_from_slice(&self.app.0.to_be_bytes());
        to.extend_from_slice(&self.issue.0.to_be_bytes());
        to.extend_from_slice(&self.expires_at.0.to_be_bytes());
        to.extend_from_slice(self.binding.challenge.as_bytes());
        to.extend_from_slice(&self.binding.redirect);
        to.extend_from_slice(&self.binding.resources);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            grant: GrantNo(from.u32()?),
            app: AppNo(from.u32()?),
            issue: from.position()?,
            expires_at: Timestamp(from.u64()?),
            binding: CodeBinding {
                challenge: Challenge::from_bytes(from.array()?),
                redirect: from.array()?,
                resources: from.array()?,
            },
        })
    }
}

/// What a code is bound to: the PKCE challenge, the redirect URI as it was sent, the resources. Three values and
/// not one hash, because a client may leave out at redemption what PKCE already binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeBinding {
    challenge: Challenge,
    redirect: [u8; 16],
    resources: [u8; 16],
}

impl CodeBinding {
    /// Binds a code to a request: the redirect URI as it was sent, or absent.
    #[must_use]
    pub fn new(challenge: Challenge, redirect: Option<&str>, resources: &[ResourceUri]) -> Self {
        Self {
            challenge,
            redirect: redirect_digest(redirect),
            resources: resources_digest(resources),
        }
    }

    /// Whether the verifier belongs to the challenge (RFC 7636 §4.6).
    #[must_use]
    pub fn permits_verifier(&self, verifier: &Verifier) -> bool {
        verifier.verify(&self.challenge)
    }

    /// Whether the redirect URI of the token request is that of the authorization request. It may be left out:
    /// OAuth 2.1 §10.2 dropped it, as PKCE protects from an injected code; if sent, it is enforced.
    #[must_use]
    pub fn permits_redirect(&self, sent: Option<&str>) -> bool {
        //= rfc6749#4.1.3
        //# and if included ensure that their values are identical.
        //
        // The first half, that it is there, is not kept: a client of OAuth 2.1 does not send it any more.
        sent.is_none() || bool::from(redirect_digest(sent).ct_eq(&self.redirect))
    }

    /// Whether the resources of the token request are those of the authorization request, or left out. Access
    /// tokens carry no resource of their own, so a subset cannot be had and is refused.
    #[must_use]
    pub fn permits_resources(&self, sent: &[ResourceUri]) -> bool {
        sent.is_empty() || bool::from(resources_digest(sent).ct_eq(&self.resources))
    }
}

fn redirect_digest(redirect: Option<&str>) -> [u8; 16] {
    let hash = Sha256::new().chain_update("bailment/code/redirect/1");
    let hash = match redirect {
        None => hash.chain_update([0]),
        Some(text) => hash.chain_update([1]).chain_update(text),
    };
    truncated(hash)
}

fn resources_digest(resources: &[ResourceUri]) -> [u8; 16] {
    let mut hash = Sha256::new().chain_update("bailment/code/resources/1");
    // A set: the order in which a client lists them means nothing. A URI holds no line feed.
    for resource in resources.iter().collect::<BTreeSet<_>>() {
        hash.update(resource.as_str());
        hash.update("\n");
    }
    truncated(hash)
}

/// Half of a SHA-256 withstands a second preimage, which is all that a sealed binding needs.
fn truncated(hash: Sha256) -> [u8; 16] {
    hash.finalize().first_chunk::<16>().copied().unwrap_or_default()
}

/// A link to media bytes. Each fetch is decided and recorded anew; the link says what is asked and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaLink {
    /// The app that it was given to.
    pub app: AppNo,
    /// The grant or installation that stood behind the request.
    pub chain: Chain,
    /// The credential behind the token of that request.
    pub credential: CredentialNo,
    /// The issue number of that token: what cut-offs compare with.
    pub issue: Position,
    /// The refresh family of that token.
    pub family: Option<Position>,
    /// The media object.
    pub object: ObjectNo,
    /// Where the record stood that the link was given in: a profile picture has no context of its own.
    pub context: Option<ContextNo>,
    /// The classes that the bytes belong to.
    pub classes: ClassMask,
    /// Where the catalog that says so was activated: under another one they may belong to others.
    pub catalog: Position,
    /// The API version of that request.
    pub api_version: ApiVersion,
    /// The operation of that request.
    pub operation: OperationNo,
    /// The instant from which on it is dead.
    pub expires_at: Timestamp,
}

impl MediaLink {
    /// Whether it is dead at this instant by time alone.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

impl Content for MediaLink {
    const PREFIX: &'static str = "blm_";

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.app.0.to_be_bytes());
        write_chain(self.chain, to);
        to.extend_from_slice(&self.credential.0.to_be_bytes());
        to.extend_from_slice(&self.issue.0.to_be_bytes());
        to.extend_from_slice(&self.object.0.to_be_bytes());
        // One more than the number, so that none is zero and every link is of one length.
        to.extend_from_slice(&self.family.map_or(0, |no| no.0.saturating_add(1)).to_be_bytes());
        to.extend_from_slice(&self.context.map_or(0, |no| u64::from(no.0) + 1).to_be_bytes());
        to.extend_from_slice(&self.classes.0.to_be_bytes());
        to.extend_from_slice(&self.catalog.0.to_be_bytes());
        write_api_version(self.api_version, to);
        to.extend_from_slice(&self.operation.0.to_be_bytes());
        to.extend_from_slice(&self.expires_at.0.to_be_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            app: AppNo(from.u32()?),
            chain: from.chain()?,
            credential: CredentialNo(from.u32()?),
            issue: from.position()?,
            object: ObjectNo(from.u64()?),
            family: match from.u64()? {
                0 => None,
                more => Some(Position(more - 1)),
            },
            context: match from.u64()? {
                0 => None,
                more => Some(ContextNo(u32::try_from(more - 1).ok()?)),
            },
            classes: ClassMask(from.u128()?),
            catalog: from.position()?,
            api_version: from.api_version()?,
            operation: OperationNo(from.u16()?),
            expires_at: Timestamp(from.u64()?),
        })
    }
}

/// Where a cursor may be used: it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorPlace {
    /// The app.
    pub app: AppNo,
    /// The grant or installation.
    pub chain: Chain,
    /// The operation.
    pub operation: OperationNo,
}

impl CursorPlace {
    pub(super) const PREFIX: &'static str = "blk_";

    pub(super) fn context(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(11);
        bytes.extend_from_slice(&self.app.0.to_be_bytes());
        write_chain(self.chain, &mut bytes);
        bytes.extend_from_slice(&self.operation.0.to_be_bytes());
        bytes
    }
}
