//! The platform from outside: its API over both transports, its facts, its import, its generator.

mod api;
mod facts;
mod generate;
mod import;
mod world;
