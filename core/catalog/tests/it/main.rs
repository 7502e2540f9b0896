//! The catalog from outside: mistakes, shapes, arbitrary input, public documents.

mod arbitrary;
mod documents;
mod mistakes;
mod public_document;
mod sample;
mod shapes;
