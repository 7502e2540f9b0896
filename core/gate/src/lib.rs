//! From an upstream answer to records, and from masks to the only body that may leave.
//!
//! In scope: [`read`] walks an answer along the catalog's shape and finds whom each part is about; [`release`] walks it
//! again and writes what the decision lets out. Invariant 1: personal data reaches a partner only inside a
//! [`Disclosure`] (or, as bytes of media, a [`MediaDisclosure`]), and only `release` makes one.
//! Out of scope: deciding (`consent`), resolving ids and sealing (callers lend [`Resolve`] and [`Identify`]), sockets.

mod answer;
mod body;
mod draft;
mod fields;
mod json;
mod limits;
mod mismatch;
mod nodes;
mod paths;
mod read;
mod references;
mod release;
mod resume;
mod scalar;
mod shapes;
mod time;
mod withheld;

pub use answer::{Above, Answer, Paging};
pub use body::{BodyMistake, BodyProblem, Translate, check_body};
pub use draft::{Draft, PageInfo, Reference, Resolve};
pub use fields::{FieldMistake, FieldSelection};
pub use json::JsonError;
pub use mismatch::{Mismatch, MismatchKind};
pub use read::{ReadError, Surroundings, read};
pub use release::{
    Disclosure, DisclosureParts, Durable, Identify, MediaDisclosure, MediaLink, MediaRefusal,
    release, release_media,
};
pub use resume::Resume;
pub use withheld::words;
