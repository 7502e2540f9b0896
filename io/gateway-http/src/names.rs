//! Names at the border: the upstream's ids inside, pairwise ids, links and cursors outside.

mod cursor;

use crate::Parts;
use flows::oauth::access::Caller;
use gate::{Identify, Resolve, Translate};
use model::{
    ApiVersion, Chain, CredentialNo, IdentifierKind, ObjectKind, OperationNo, Position, Timestamp,
    limits,
};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::{CursorPlace, MediaLink};
use parking_lot::Mutex;
use sequence::{NewObject, StoreError};
use store::{ExternalKind, Store};

/// Everything that is called something else for each app.
pub(crate) struct Names<'g> {
    gate: &'g Parts,
    caller: Caller,
    key: PairwiseKey,
    operation: OperationNo,
    version: ApiVersion,
    /// Where the catalog was activated that the request is understood by.
    catalog: Position,
    now: Timestamp,
}

impl<'g> Names<'g> {
    pub(crate) fn new(
        gate: &'g Parts,
        caller: Caller,
        operation: OperationNo,
        (version, catalog): (ApiVersion, Position),
        now: Timestamp,
    ) -> Self {
        let key = PairwiseKey::derive(gate.keyring.pairwise(), caller.app);
        Self { gate, caller, key, operation, version, catalog, now }
    }

    /// The number behind an id of this app.
    pub(crate) fn number(&self, kind: IdentifierKind, pairwise: &str) -> Option<u64> {
        self.key.open(kind, pairwise)
    }

    /// The gate's cursor opened: where the upstream's list goes on.
    pub(crate) fn open_cursor(&self, text: &str) -> Option<gate::Resume> {
        let bytes = self.gate.keyring.tokens().open_cursor(&self.place(), text).ok()?;
        cursor::unpack(&bytes)
    }

    fn place(&self) -> CursorPlace {
        CursorPlace { app: self.caller.app, chain: self.caller.chain, operation: self.operation }
    }
}

/// Which numbers an id of this kind is looked up among.
pub(crate) const fn external_kind(kind: IdentifierKind) -> ExternalKind {
    match kind {
        IdentifierKind::Person => ExternalKind::Person,
        IdentifierKind::Group => ExternalKind::Context,
        IdentifierKind::Post => ExternalKind::Object(ObjectKind::Post),
        IdentifierKind::Comment => ExternalKind::Object(ObjectKind::Comment),
        IdentifierKind::Media => ExternalKind::Object(ObjectKind::Media),
    }
}

impl Identify for Names<'_> {
    fn pairwise(&self, kind: IdentifierKind, number: u64) -> String {
        self.key.seal(kind, number).to_string()
    }

    fn media_url(&self, link: &gate::MediaLink<'_>) -> String {
        let sealed = self.gate.keyring.tokens().seal(&MediaLink {
            app: self.caller.app,
            chain: self.caller.chain,
            credential: self.caller.credential.unwrap_or(CredentialNo(0)),
            issue: self.caller.issue,
            family: self.caller.family,
            object: link.object,
            context: link.record.and_then(|record| record.context),
            classes: link.classes,
            catalog: self.catalog,
            api_version: self.version,
            operation: self.operation,
            expires_at: self.now.plus(limits::MEDIA_LINK_LIFETIME),
        });
        self.gate.issuer.url(&format!("/v1/media/{}", sealed.expose()))
    }

    fn cursor(&self, text: &str) -> String {
        let random = self.gate.store.env().random("cursor");
        let nonce = random.first_chunk().copied().unwrap_or_default();
        let plain = cursor::pack(text, nonce);
        // A cursor that is too long to seal is one that leads nowhere.
        plain
            .and_then(|plain| self.gate.keyring.tokens().seal_cursor(&self.place(), &plain))
            .unwrap_or_default()
    }
}

impl Translate for Names<'_> {
    fn external(&self, kind: IdentifierKind, pairwise: &str) -> Option<String> {
        let number = self.number(kind, pairwise)?;
        let external = self.gate.store.external(external_kind(kind), number).ok().flatten()?;
        Some(external.as_ref().to_owned())
    }
}

/// From the upstream's ids to numbers. Objects seen for the first time get theirs here.
pub(crate) struct Numbers<'s> {
    store: &'s Store,
    new: Mutex<Vec<NewObject>>,
    failed: Mutex<Option<StoreError>>,
}

impl<'s> Numbers<'s> {
    pub(crate) const fn new(store: &'s Store) -> Self {
        Self { store, new: Mutex::new(Vec::new()), failed: Mutex::new(None) }
    }

    /// Objects whose rows must go with the entry.
    ///
    /// # Errors
    /// A look-up failed: nothing that rests on it may be decided.
    pub(crate) fn finish(self) -> Result<Vec<NewObject>, StoreError> {
        match self.failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(self.new.into_inner()),
        }
    }

    fn look_up(&self, kind: IdentifierKind, id: &str) -> Result<Option<u64>, StoreError> {
        match external_kind(kind) {
            ExternalKind::Person => Ok(self.store.person_number(id)?.map(|no| no.0.into())),
            ExternalKind::Context => Ok(self.store.context_number(id)?.map(|no| no.0.into())),
            ExternalKind::Object(kind) => {
                self.store.object_number(kind, id, &mut self.new.lock()).map(|no| Some(no.0))
            }
        }
    }
}

impl Resolve for Numbers<'_> {
    fn number(&self, kind: IdentifierKind, id: &str) -> Option<u64> {
        match self.look_up(kind, id) {
            Ok(number) => number,
            Err(error) => {
                *self.failed.lock() = Some(error);
                None
            }
        }
    }
}

/// The chain of a caller in words, for traces.
pub(crate) fn chain_word(chain: Chain) -> String {
    match chain {
        Chain::Grant(no) => no.to_string(),
        Chain::Installation(no) => no.to_string(),
    }
}
