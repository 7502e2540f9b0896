//! The limits of the messages, each with its reason.

/// A query or form body of the protocol. Browsers and proxies cut URLs at about 8 KiB; the largest parameter is
/// `authorization_details`.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Parameters in one message; the standards together name fewer than thirty.
pub const PARAMETERS_MAX: usize = 64;
/// A `state`; clients that put more into it should keep it on their side.
pub const STATE_BYTES_MAX: usize = 2048;
/// A redirect URI, so that it fits a database row and a page.
pub const REDIRECT_URI_BYTES_MAX: usize = 1024;
/// A resource indicator.
pub const RESOURCE_BYTES_MAX: usize = 512;
/// Resource indicators in one request: as many as groups on one consent page make no sense in a URL.
pub const RESOURCES_MAX: usize = 32;
/// A client id; ours are `app_` and a number.
pub const CLIENT_ID_BYTES_MAX: usize = 64;
/// A client secret as presented; ours are 52 characters.
pub const CLIENT_SECRET_BYTES_MAX: usize = 256;
/// Any token or code as presented, before it is decoded; ours are below 200 characters.
pub const TOKEN_BYTES_MAX: usize = 512;
/// A scope value: all 128 classes with names of the length below.
pub const SCOPE_BYTES_MAX: usize = 8 * 1024;
/// The name of one class.
pub const SCOPE_NAME_BYTES_MAX: usize = 64;
/// The name of a purpose.
pub const PURPOSE_BYTES_MAX: usize = 64;
/// What is sealed into a cursor: an upstream's of 1 KiB, with what the gate adds and fills it up with.
pub const UPSTREAM_CURSOR_BYTES_MAX: usize = 1280;
/// A sealed cursor as presented: prefix, then key id, tag and the padded cursor in base64.
pub const CURSOR_BYTES_MAX: usize = 4 + (1 + 32 + UPSTREAM_CURSOR_BYTES_MAX + 16).div_ceil(3) * 4;
/// An issuer, so that every URL made from it fits.
pub const ISSUER_BYTES_MAX: usize = 256;
