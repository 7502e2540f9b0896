//! What an authorization server lends the flows: its name, its API, its keys.

use model::{AppNo, ContextNo, IdentifierKind, Secret};
use oauth::pairwise::{PairwiseId, PairwiseKey};
use oauth::resource::{Issuer, ResourceUri};
use oauth::sealed::TokenKeys;

/// This authorization server.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// Its name.
    pub issuer: &'a Issuer,
    /// The API that its tokens are for.
    pub resource: &'a ResourceUri,
    /// What seals tokens and codes.
    pub keys: &'a TokenKeys,
    /// What ids of apps are derived from.
    pub pairwise: &'a Secret<[u8; 32]>,
}

/// What a resource indicator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The whole API.
    Api,
    /// One group of it.
    Context(ContextNo),
}

impl Server<'_> {
    /// The key of an app's ids.
    pub(crate) fn ids(&self, app: AppNo) -> PairwiseKey {
        PairwiseKey::derive(self.pairwise, app)
    }

    /// What a resource indicator of this app names; `None` for what is not of this API.
    pub(crate) fn target(&self, app: AppNo, resource: &ResourceUri) -> Option<Target> {
        match resource.below(self.resource)? {
            "" => Some(Target::Api),
            path => {
                let id = path.strip_prefix("groups/")?.parse().ok()?;
                open_group(&self.ids(app), id).map(Target::Context)
            }
        }
    }
}

/// The group behind an app's id.
pub(crate) fn open_group(ids: &PairwiseKey, id: PairwiseId) -> Option<ContextNo> {
    let number = ids.open_id(IdentifierKind::Group, id)?;
    u32::try_from(number).ok().map(ContextNo)
}

/// An app's id of a group.
pub(crate) fn group_id(ids: &PairwiseKey, context: ContextNo) -> PairwiseId {
    ids.seal(IdentifierKind::Group, context.0.into())
}
