//! How far pages tell that are made from the index of people: while it is made again, a part of the log is not in it yet, and
//! whoever reads such a page must not take it for the whole.

use crate::dates;
use crate::page::Halt;
use crate::parts::Console;
use store::Failure;

/// That a list lacks something at present, in plain words; empty where it tells of everything. Asked before the list is read,
/// so that it says too much rather than too little. `what` is what the words stand above: a list, a page.
pub(crate) async fn missing(console: &Console, what: &str) -> Result<String, Halt> {
    let store = console.store().clone();
    let read = tokio::task::spawn_blocking(move || store.missing_since()).await;
    let found = read.map_err(|error| Failure::Unavailable(error.to_string()))??;
    let words = |since| {
        let since = dates::minute(since);
        format!(
            "Entries since {since} UTC are being read in again; this {what} may be incomplete until then."
        )
    };
    Ok(found.map_or_else(String::new, |(_, since)| words(since)))
}
