//! The bailment command.
fn main() {}
