//! The endpoints in process, over a store on a real file system.

mod code_flow;
mod malformed;
mod others;
mod world;
