//! The platform from outside: its API over both transports, its facts, its import, its generator.

// `cfg(test)` tells clippy that helpers here are tests too.
#[cfg(test)]
mod api;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod import;
#[cfg(test)]
mod world;
