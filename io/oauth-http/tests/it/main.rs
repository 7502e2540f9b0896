//! The endpoints in process, over a store on a real file system.

// `cfg(test)` tells clippy that helpers here are tests too.
#[cfg(test)]
mod assertions;
mod code_flow;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod others;
#[cfg(test)]
mod standards;
mod suspended;
#[cfg(test)]
mod world;
