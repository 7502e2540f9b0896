//! Space kept back for endings: a file that is given up when the disk is full.

use parking_lot::Mutex;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long space that was given up is waited for.
const ROOM_LOOKS_MAX: u32 = 200;
const ROOM_LOOK_EVERY: Duration = Duration::from_millis(5);

/// The reserve of one data directory.
#[derive(Debug)]
pub(crate) struct Reserve {
    directory: PathBuf,
    bytes: u64,
    full: AtomicBool,
    /// How often it was given up. Whoever gives or takes it holds this.
    given: Mutex<u64>,
}

impl Reserve {
    /// The reserve of a directory that is about to be opened. Where nearly nothing is left it is given up at once: a
    /// database needs room even to be opened, and endings must succeed after a restart too.
    pub(crate) fn of(directory: &Path, bytes: u64) -> Self {
        let reserve = Self {
            directory: directory.to_owned(),
            bytes,
            full: AtomicBool::new(false),
            given: Mutex::new(0),
        };
        if reserve.free().is_some_and(|free| free < bytes / 4) {
            reserve.release();
        }
        reserve
    }

    /// Takes the reserve, if there is room for it and as much again.
    pub(crate) fn take(&self) {
        let _giving = self.given.lock();
        if self.is_taken() {
            return;
        }
        if self.free().is_some_and(|free| free <= self.bytes.saturating_mul(2)) {
            tracing::error!("no room for the reserve of {} bytes: disclosures stop", self.bytes);
            self.full.store(true, Ordering::Relaxed);
        } else {
            self.full.store(!self.refill(), Ordering::Relaxed);
        }
    }

    fn is_taken(&self) -> bool {
        self.path().metadata().is_ok_and(|meta| meta.len() == self.bytes)
    }

    fn path(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    fn free(&self) -> Option<u64> {
        let stat = rustix::fs::statvfs(&self.directory).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Whether so many bytes can be written without coming near what is kept for endings.
    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        self.free().is_none_or(|free| free >= bytes.saturating_add(self.bytes.saturating_mul(2)))
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
            let _giving = self.given.lock();
            if self.is_taken() || self.refill() {
                self.full.store(false, Ordering::Relaxed);
                tracing::info!("space is back: disclosures go on");
            }
        }
    }

    /// How often it was given up so far. Taken note of before a write, it tells afterwards whether there is more room now.
    pub(crate) fn times_given(&self) -> u64 {
        *self.given.lock()
    }

    /// Makes room for an ending that found none: gives the space up, and says whether there is more of it than when it
    /// had been given up `seen` times. Of endings that find the disk full at once, one gives and all try again.
    pub(crate) fn make_room(&self, seen: u64) -> bool {
        self.full.store(true, Ordering::Relaxed);
        let mut given = self.given.lock();
        if self.release() {
            *given += 1;
        }
        *given != seen
    }

    /// Gives the space up, and says whether there was any to give.
    fn release(&self) -> bool {
        self.full.store(true, Ordering::Relaxed);
        // Truncated before it is removed, and waited for: file systems may free what was unlinked some time later, and the
        // ending that needs the room is tried again at once.
        let truncated = File::options().write(true).open(self.path());
        let truncated = truncated.and_then(|file| file.set_len(0).and_then(|()| file.sync_all()));
        let given = fs::remove_file(self.path()).is_ok() || truncated.is_ok();
        if given {
            self.await_room();
            tracing::error!(
                "the disk is full: the reserve is given up, disclosures stop, endings go on"
            );
        }
        given
    }

    fn await_room(&self) {
        for _ in 0..ROOM_LOOKS_MAX {
            if self.free().is_none_or(|free| free >= self.bytes / 2) {
                return;
            }
            std::thread::sleep(ROOM_LOOK_EVERY);
        }
        tracing::error!("the space of the reserve does not come back");
    }

    fn refill(&self) -> bool {
        let filled = self.fill();
        if let Err(error) = &filled {
            tracing::error!(%error, "no room for the reserve of {} bytes: disclosures stop", self.bytes);
            let _ = fs::remove_file(self.path());
        }
        filled.is_ok()
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
