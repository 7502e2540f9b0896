//! Space kept back for endings: a file that is given up when the disk is full.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The reserve of one data directory.
#[derive(Debug)]
pub(crate) struct Reserve {
    directory: PathBuf,
    bytes: u64,
    full: AtomicBool,
}

impl Reserve {
    /// Takes the reserve, if there is room for it.
    pub(crate) fn take(directory: &Path, bytes: u64) -> Self {
        let reserve = Self { directory: directory.to_owned(), bytes, full: AtomicBool::new(false) };
        reserve.refill();
        reserve
    }

    fn path(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    fn free(&self) -> Option<u64> {
        let stat = rustix::fs::statvfs(&self.directory).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Whether disclosures must stop because too little space is left.
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Looks at the disk again: stops disclosures below a quarter of the reserve, lets them go on above all of it.
    pub(crate) fn look(&self) {
        let Some(free) = self.free() else { return };
        if free < self.bytes / 4 {
            self.full.store(true, Ordering::Relaxed);
        } else if self.is_full() && free > self.bytes.saturating_mul(2) {
            self.refill();
            self.full.store(false, Ordering::Relaxed);
            tracing::info!("space is back: disclosures go on");
        }
    }

    /// Gives the space up. Endings that follow find room.
    pub(crate) fn release(&self) {
        self.full.store(true, Ordering::Relaxed);
        if fs::remove_file(self.path()).is_ok() {
            tracing::error!(
                "the disk is full: the reserve is given up, disclosures stop, endings go on"
            );
        }
    }

    fn refill(&self) {
        if self.path().metadata().is_ok_and(|meta| meta.len() == self.bytes) {
            return;
        }
        if let Err(error) = self.fill() {
            tracing::error!(%error, "no room for the reserve of {} bytes: disclosures stop", self.bytes);
            let _ = fs::remove_file(self.path());
            self.full.store(true, Ordering::Relaxed);
        }
    }

    fn fill(&self) -> io::Result<()> {
        // Written in full: a sparse file would reserve nothing.
        let mut file = File::create(self.path())?;
        let block = vec![0u8; 1 << 16];
        let mut left = self.bytes;
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            file.write_all(block.get(..part).unwrap_or_default())?;
            left -= part as u64;
        }
        file.sync_all()
    }
}
