//! Everything about people, groups and what they write, in one SQLite file.
//!
//! One writer behind a lock, a few readers, statements cached per connection. The `facts` outbox
//! is part of the same file: a change and its facts are one transaction.

mod bulk;
pub(crate) mod change;
mod connections;
pub(crate) mod content;
pub(crate) mod idempotency;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod posts;
mod rows;
mod schema;
mod snapshot;

pub use bulk::Bulk;
pub(crate) use bulk::{
    BulkComment, BulkForum, BulkMedia, BulkMention, BulkPerson, BulkPost, BulkReaction,
};
pub use connections::{Store, StoreError};
pub use people::Census;
pub(crate) use rows::text_enum;
pub use rows::{ForumKind, MediaKind, Membership, ObjectKind, PostState, Role};
pub use snapshot::Snapshot;
