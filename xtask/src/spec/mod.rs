//! Standards in code (`docs/style.md`, 17): which requirement of `docs/spec` has code, has a test, or is excepted and why.

mod annotation;
mod coverage;
mod report;
mod standard;

pub use report::{Form, report};
