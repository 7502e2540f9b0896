//! The chores as a contributor runs them.

// Below `#[cfg(test)]` Clippy counts helpers as test code too, so that they may unwrap.
#[cfg(test)]
mod tidy;
