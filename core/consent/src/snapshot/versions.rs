//! Older API versions, what was announced of versions, the watched change and what earlier ones ended in a snapshot.

use super::bytes::{Reader, Writer};
use super::{Result, SnapshotError};
use crate::disuse::Lines;
use crate::state::{OlderVersion, State, VersionTerms};
use catalog::Document;
use ledger::AuditedChange;
use model::{ApiVersion, ClassNo, Position, Timestamp};
use std::sync::Arc;

pub(super) fn write(w: &mut Writer, state: &State) {
    // The version stands in the document.
    w.list(&state.older, |w, (_, older)| w.bytes(&older.document));
    w.list(&state.version_terms, |w, (version, terms)| {
        w.bytes(version.to_string().as_bytes());
        w.option(terms.deprecated_at, |w, at| w.uint(at.0));
        w.option(terms.sunset, |w, at| w.uint(at.0));
    });
    w.option(state.audited.as_ref(), |w, (at, change)| {
        w.uint(at.0);
        w.bytes(&change.encode_bytes());
    });
    w.option(state.lines.grants, |w, at| w.uint(at.0));
    w.list(&state.lines.classes, |w, (class, at)| {
        w.uint(class.number());
        w.uint(at.0);
    });
}

pub(super) fn read(r: &mut Reader<'_>, state: &mut State) -> Result<()> {
    for _ in 0..r.count()? {
        let document = r.bytes()?;
        let wrong = |mistakes| SnapshotError::Document(format!("{mistakes:?}"));
        let catalog = Document::parse(document).map_err(wrong)?;
        let catalog = Arc::new(catalog.compile(&state.numbering).map_err(wrong)?);
        let (version, document) = (catalog.version, Arc::new(document.to_vec()));
        let older = OlderVersion { catalog, document, rules: Arc::default() };
        state.older.insert(version, older);
    }
    let instant = |r: &mut Reader<'_>| r.option(|r| r.uint().map(Timestamp));
    let terms = r.list(|r| {
        let version: std::result::Result<ApiVersion, _> = r.text()?.parse();
        let version = version.map_err(|_| SnapshotError::Malformed("version"))?;
        Ok((version, VersionTerms { deprecated_at: instant(r)?, sunset: instant(r)? }))
    })?;
    state.version_terms = terms.into_iter().collect();
    state.audited = r.option(|r| {
        let at = Position(r.uint()?);
        let change = AuditedChange::decode_bytes(r.bytes()?);
        let change = change.map_err(|_| SnapshotError::Malformed("watched change"))?;
        Ok((at, Arc::new(change)))
    })?;
    let grants = instant(r)?;
    let classes = r.list(|r| Ok((r.code(ClassNo::new)?, Timestamp(r.uint()?))))?;
    state.lines = Lines { grants, classes: classes.into_iter().collect() };
    Ok(())
}
