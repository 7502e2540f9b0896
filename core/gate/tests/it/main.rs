//! The gate over the built-in catalog and over catalogs made for one construct each.

#[cfg(test)]
mod builtin;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod world;
#[cfg(test)]
mod writes;
