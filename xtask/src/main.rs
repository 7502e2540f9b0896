//! Repository chores: tidy, ci, soak, bench.
fn main() {}
