//! Import of LDBC Social Network Benchmark data: both layouts of its files, and its update streams.
//!
//! Files are read as streams. Memory grows with the number of ids, not with texts: a row names its
//! author, forum or parent in another file, and these are looked up by id. A row that cannot be
//! taken is rejected with file, line and reason; it never ends the import.

mod details;
mod dynamic;
mod rows;
mod updates;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use crate::store::{Bulk, Store, StoreError};

pub use rows::Rejection;

/// Rejected rows that the summary quotes; all are counted.
const REJECTIONS_QUOTED_MAX: usize = 100;
/// Rows between two calls of the progress function.
const ROWS_PER_PROGRESS: u64 = 10_000;

/// Why an import could not run. Single rows never end one.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The directory holds no such data.
    #[error("no `dynamic/person_0_0.csv` in `{0}` or below it")]
    NotFound(PathBuf),
    /// A file cannot be read.
    #[error("cannot read `{file}`: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether live writes are played as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updates {
    /// Only the data set.
    Skip,
    /// The update streams too, in the order of time.
    Play,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a str,
    /// Rows read so far, of all files.
    pub rows: u64,
    /// Bytes read so far, of all files.
    pub bytes: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// People added.
    pub people: u64,
    /// Forums added: groups, walls and albums.
    pub forums: u64,
    /// Groups among the forums.
    pub groups: u64,
    /// Memberships added, of all forums.
    pub memberships: u64,
    /// Moderators of forums.
    pub moderators: u64,
    /// Posts added.
    pub posts: u64,
    /// Photos among the posts.
    pub photos: u64,
    /// Comments added.
    pub comments: u64,
    /// Friendships added, one a pair.
    pub friendships: u64,
    /// Reactions to posts and comments added.
    pub reactions: u64,
    /// Updates played, also counted above by what they added.
    pub updates: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Rows rejected, by file.
    pub rejected_by_file: BTreeMap<String, u64>,
    /// The first rejected rows.
    pub rejections: Vec<Rejection>,
}

/// Where the files are.
struct Layout {
    dynamic: PathBuf,
    fixed: PathBuf,
    updates: Vec<PathBuf>,
}

/// What a forum is, for rows that refer to it.
#[derive(Clone, Copy)]
struct KnownForum {
    created_at: i64,
}

/// An import under way.
struct Import<'a> {
    bulk: Bulk<'a>,
    summary: Summary,
    reading: rows::Reading<'a>,
    people: HashSet<i64>,
    forums: HashMap<i64, KnownForum>,
    posts: HashSet<i64>,
    /// Comments and the post that each stands under.
    comments: HashMap<i64, i64>,
}

/// Imports a data set below a directory into a store.
///
/// `progress` is called every ten thousand rows. The store is left asking for a snapshot of its
/// facts; the single facts are not told one by one.
///
/// # Errors
/// [`ImportError`] if the data is not there or the store fails; rejected rows are in the summary.
pub fn import_ldbc(
    store: &Store,
    dir: &Path,
    updates: Updates,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Summary, ImportError> {
    let layout = find_layout(dir, 3).ok_or_else(|| ImportError::NotFound(dir.to_owned()))?;
    let played: &[PathBuf] = match updates {
        Updates::Skip => &[],
        Updates::Play => &layout.updates,
    };
    let reading = rows::Reading::new(&layout, played, &mut progress);
    let bulk = store.bulk()?;
    let mut import = Import {
        people: bulk.ids("SELECT id FROM person")?.into_iter().collect(),
        forums: bulk
            .ids("SELECT id FROM forum")?
            .into_iter()
            .map(|id| (id, KnownForum { created_at: 0 }))
            .collect(),
        posts: bulk.ids("SELECT id FROM post")?.into_iter().collect(),
        comments: bulk
            .ids("SELECT id FROM comment ORDER BY id")?
            .into_iter()
            .zip(bulk.ids("SELECT post_id FROM comment ORDER BY id")?)
            .collect(),
        bulk,
        summary: Summary::default(),
        reading,
    };
    let names = import.names(&layout)?;
    import.dynamic(&layout, &names)?;
    import.updates(played, &names)?;
    import.bulk.finish()?;
    Ok(import.summary)
}

/// Finds the data in a directory or a few levels below, where the archives put it.
fn find_layout(dir: &Path, depth: u32) -> Option<Layout> {
    let dynamic = dir.join("dynamic");
    if dynamic.join("person_0_0.csv").is_file() {
        let beside = [dir.to_owned(), dir.join("../update_streams")];
        let updates = ["updateStream_0_0_person.csv", "updateStream_0_0_forum.csv"];
        let updates = beside
            .iter()
            .flat_map(|place| updates.map(|file| place.join(file)))
            .filter(|path| path.is_file())
            .collect();
        return Some(Layout { dynamic, fixed: dir.join("static"), updates });
    }
    let deeper = depth.checked_sub(1)?;
    let mut below: Vec<PathBuf> = std::fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect();
    below.sort();
    below.iter().find_map(|path| find_layout(path, deeper))
}
