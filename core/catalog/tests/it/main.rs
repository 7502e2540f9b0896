//! The catalog from outside: mistakes, shapes, arbitrary input, public documents.

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod public_document;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod shapes;
