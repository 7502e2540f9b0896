//! SQLite: the log, the vault, snapshots, the appending thread.
