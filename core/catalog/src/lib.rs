//! An OpenAPI 3.1 document with data classes, parsed, checked and compiled.
//!
//! In scope: what `docs/catalog.md` describes. Out of scope: which conditions are in force (`consent`), and
//! applying shapes to answers (`gate`).

mod compiled;
mod destination;
mod document;
mod extension;
mod json;
mod limits;
mod message;
mod mistake;
mod operation;
mod parameter;
mod path;
mod schema;
mod verify;
mod vocabulary;

pub use compiled::{
    AboutKind, AboutSource, Catalog, Class, Method, Numbering, ObjectShape, Operation, Parameter,
    ParameterPlace, Path, Program, Property, PropertyRole, Purpose, RecordPaths, Scalar, Segment,
    Shape, ShapeId, Step, TokenNeed, Variant,
};
pub use document::{Counts, Document, Report};
pub use mistake::Mistake;
