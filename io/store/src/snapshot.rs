//! Snapshots of the fold, so that starting does not replay everything.

use crate::reserve::Reserve;
use crate::sqlite_log::{control_page, head};
use consent::State;
use ledger::Payload;
use model::{Position, Timestamp};
use rusqlite::Connection;
use sequence::StoreError;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a snapshot's name ends that is not whole.
const DRAFT: &str = "draft";
/// Old snapshots kept beside the newest, in case that one cannot be read.
const KEPT: usize = 2;

fn directory(data: &Path) -> PathBuf {
    data.join("snapshots")
}

/// Snapshots on disk, newest first.
fn list(data: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(directory(data)).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let next = path.file_name()?.to_str()?.strip_suffix(".snapshot")?.parse().ok()?;
            Some((next, path))
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// The state of the log: the newest snapshot that can be read and does not reach beyond the log, and what follows it.
pub(crate) fn fold(data: &Path, connection: &Connection) -> Result<State, StoreError> {
    let head = head(connection)?;
    fold_until(data, connection, head.next(), Timestamp(head.time))
}

/// The state before the entry at a position.
pub(crate) fn fold_to(
    data: &Path,
    connection: &Connection,
    to: Position,
) -> Result<State, StoreError> {
    if to > head(connection)?.next() {
        return Err(StoreError::Unavailable(format!("the log does not reach {to}")));
    }
    let sql = "SELECT coalesce(max(time), 0) FROM entry WHERE position = ?1 - 1";
    let time: u64 = connection
        .query_row(sql, [to.0], |row| row.get(0))
        .map_err(crate::sqlite_log::unwritten)?;
    fold_until(data, connection, to, Timestamp(time))
}

fn fold_until(
    data: &Path,
    connection: &Connection,
    to: Position,
    time: Timestamp,
) -> Result<State, StoreError> {
    let mut state = State::default();
    for (next, path) in list(data) {
        if next > to.0 {
            continue;
        }
        let read = fs::read(&path).map_err(|error| error.to_string());
        match read
            .and_then(|bytes| State::decode_snapshot(&bytes).map_err(|error| error.to_string()))
        {
            Ok(found) => {
                state = found;
                break;
            }
            Err(error) => {
                tracing::warn!(%error, "a snapshot cannot be used; an older one is tried")
            }
        }
    }
    catch_up(&mut state, connection, to, time)?;
    Ok(state)
}

fn catch_up(
    state: &mut State,
    connection: &Connection,
    to: Position,
    time: Timestamp,
) -> Result<(), StoreError> {
    let corrupt = |error: consent::FoldError| StoreError::Corrupt(error.to_string());
    let mut from = state.next();
    loop {
        let page = control_page(connection, from, to)?;
        let Some((last, _, _)) = page.last() else { break };
        from = Position(last.0 + 1);
        for (position, time, event) in page {
            state.skip_to(position, time.max(state.time())).map_err(corrupt)?;
            state.apply(position, time, &Payload::Control(event)).map_err(corrupt)?;
        }
    }
    state.skip_to(to, time.max(state.time())).map_err(corrupt)
}

/// Folds from the newest snapshot and the log, off the live state, and writes the next snapshot. Not begun where it would come
/// near the space that is kept for endings.
///
/// # Errors
/// There is no room, the log cannot be read, or the file not written; the older snapshot stays.
pub(crate) fn write(
    data: &Path,
    connection: &Connection,
    reserve: &Reserve,
) -> Result<(), StoreError> {
    let newest = list(data).first().and_then(|(_, path)| path.metadata().ok());
    if !reserve.has_room_for(newest.map_or(0, |newest| newest.len())) {
        return Err(StoreError::Full);
    }
    let state = fold(data, connection)?;
    let (next, bytes) = (state.next(), state.encode_snapshot());
    // A second state beside the live one: its memory is wanted back before the disk is waited for.
    drop(state);
    if !reserve.has_room_for(bytes.len() as u64) {
        return Err(StoreError::Full);
    }
    let unavailable = |error: std::io::Error| StoreError::Unavailable(format!("snapshot: {error}"));
    let directory = directory(data);
    fs::create_dir_all(&directory).map_err(unavailable)?;
    let path = directory.join(format!("{}.snapshot", next.0));
    let draft = path.with_extension(DRAFT);
    let written = write_durably(&draft, &bytes).and_then(|()| fs::rename(&draft, &path));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(unavailable(error));
    }
    File::open(&directory).and_then(|directory| directory.sync_all()).map_err(unavailable)?;
    for (_, old) in list(data).into_iter().skip(KEPT) {
        let _ = fs::remove_file(old);
    }
    Ok(())
}

fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes what a process left that ended while it wrote a snapshot.
pub(crate) fn clear_drafts(data: &Path) {
    let entries = fs::read_dir(directory(data)).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == DRAFT)
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(%error, "`{}` cannot be removed", path.display());
        }
    }
}
