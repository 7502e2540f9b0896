//! The gate over the built-in catalog and over catalogs made for one construct each.

mod builtin;
mod hostile;
mod paging;
mod shapes;
mod world;
mod writes;
