//! Every limit, with its unit last and its reason.

use crate::Millis;

/// Classes fit one 128-bit mask, so that deciding is a handful of instructions.
pub const CLASSES_MAX: usize = 128;
/// A tlog-tiles entry is at most 65,535 bytes; ours are some 200, and this leaves room for wide histograms.
pub const LEAF_BYTES_MAX: usize = 65_535;
/// A payload is one database row; bulk facts are split below this.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long an ender waits for earlier answers that it changes before their connections are reset.
pub const DRAIN_MAX: Millis = Millis(500);
/// Facts older than this are not believed any more.
pub const FACT_AGE_MAX: Millis = Millis::seconds(60);
/// A process whose clock differs by more from the log's clock or its own monotonic one releases nothing.
pub const CLOCK_SKEW_MAX: Millis = Millis::seconds(2);
/// Access tokens are short-lived, so that a stolen one is soon worthless even unnoticed.
pub const ACCESS_TOKEN_LIFETIME: Millis = Millis::minutes(60);
/// RFC 6749 §4.1.2 recommends at most ten minutes; clients redeem in seconds.
pub const CODE_LIFETIME: Millis = Millis::seconds(60);
/// Within this a rotated refresh token gets its successor again: answers get lost on mobile networks.
pub const REFRESH_REPEAT: Millis = Millis::seconds(10);
/// Devices of one person in one app; the oldest family makes room.
pub const REFRESH_FAMILIES_MAX: usize = 20;
/// A media link is made to be shown at once.
pub const MEDIA_LINK_LIFETIME: Millis = Millis::minutes(60);
/// A person's grant ends after this unless the person chose less.
pub const GRANT_LIFETIME_DEFAULT: Millis = Millis::days(365);
/// No grant outlives this without being asked anew.
pub const GRANT_LIFETIME_MAX: Millis = Millis::days(730);
/// A page of records; larger ones only delay the first byte.
pub const PAGE_ITEMS_MAX: usize = 100;
/// Page size when the client names none.
pub const PAGE_ITEMS_DEFAULT: usize = 25;
/// People in one record (tags, mentions, reactions) that a disclosure lists; a record with more is withheld.
pub const RECORD_PEOPLE_MAX: usize = 10_000;
/// Records in one answer.
pub const RECORDS_MAX: usize = 10_000;
/// Nodes (parts of records about the same people) in one disclosure; reading a payload takes memory for each.
pub const DISCLOSURE_NODES_MAX: usize = 262_144;
/// Request bodies at the gate, except uploads.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Request bodies that carry media.
pub const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Facts in one batch; resynchronising a large platform sends many.
pub const FACTS_BATCH_MAX: usize = 10_000;
/// An upstream answer that the gate takes in.
pub const UPSTREAM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Nesting of JSON from an upstream; deeper is hostile.
pub const JSON_DEPTH_MAX: usize = 64;
/// Contexts a person or admin picks on one consent page.
pub const CONSENT_CONTEXTS_MAX: usize = 1_000;
/// Tries of an optimistic permit before it is decided under the lock.
pub const PERMIT_TRIES_MAX: u32 = 3;
/// Days that an app can leave a class unused before a policy may end it: the first notice goes 14 days before.
pub const UNUSED_DAYS_MIN: u32 = 15;
