//! One process at a time in a data directory.

use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io;
use std::path::Path;

/// A data directory that nobody else has. Let go when dropped, for sure: a child process that is just being started holds a
/// copy of every file of its parent's for a moment, and a lock that ends with its last copy would outlive its owner.
pub(crate) struct DirectoryLock(File);

impl DirectoryLock {
    /// Takes the directory; none: somebody else has it.
    ///
    /// # Errors
    /// The lock's file cannot be made.
    pub(crate) fn take(directory: &Path) -> io::Result<Option<Self>> {
        let file = File::create(directory.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(_) => Ok(None),
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Nothing is lost if this fails: the lock ends with the file then.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::DirectoryLock;

    #[test]
    fn it_ends_with_its_owner_whoever_holds_a_copy() {
        let directory = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(directory.path()).unwrap().unwrap();
        assert!(DirectoryLock::take(directory.path()).unwrap().is_none());
        let copy = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(DirectoryLock::take(directory.path()).unwrap().is_some());
        drop(copy);
    }
}
