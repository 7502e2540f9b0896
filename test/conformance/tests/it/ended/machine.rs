//! How long the machine itself stood still: what it takes to write a little and come back is no ending's doing.

use parking_lot::Mutex;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks.
const BEAT: Duration = Duration::from_millis(20);
/// A beat that takes no longer is a machine at work; of one that does, what is beyond counts.
const USUAL: Duration = Duration::from_millis(200);
/// What an ending may take longer for it, in all.
const EXCUSED_MAX: Duration = Duration::from_secs(5);

/// A thread that writes a little beside the tests, makes it durable and sleeps a moment, again and again, and notes when
/// that took long: then the disk or the processors were busy with something else, be it the readers. It takes no lock of the
/// gate's and waits for nothing of it, so that a gate that waits or sleeps is not excused; one that kept the disk or both
/// processors busy would be, which is why no more than [`EXCUSED_MAX`] is.
pub struct Machine {
    beats: Arc<Mutex<Beats>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Beats {
    /// Those that took long.
    stalls: Vec<(Instant, Instant)>,
    /// When the one under way began.
    began: Instant,
}

impl Machine {
    pub fn watch() -> Self {
        let beats = Arc::new(Mutex::new(Beats { stalls: Vec::new(), began: Instant::now() }));
        let stop = Arc::<AtomicBool>::default();
        let (noted, stopped) = (Arc::clone(&beats), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut file = tempfile::tempfile().expect("a file");
            while !stopped.load(Ordering::Relaxed) {
                let began = noted.lock().began;
                file.write_all(&[0; 4096]).and_then(|()| file.sync_data()).expect("a disk");
                std::thread::sleep(BEAT);
                let ended = Instant::now();
                let mut beats = noted.lock();
                if ended - began > USUAL {
                    beats.stalls.push((began, ended));
                }
                beats.began = ended;
            }
        });
        Self { beats, stop, thread: Some(thread) }
    }

    /// How much of this time it stood still.
    pub fn stalled(&self, from: Instant, to: Instant) -> Duration {
        let beats = self.beats.lock();
        let under_way = (beats.began, beats.began.max(Instant::now()));
        let within = |(began, ended): &(Instant, Instant)| {
            to.min(*ended).saturating_duration_since(from.max(*began + USUAL))
        };
        beats.stalls.iter().chain([&under_way]).map(within).sum::<Duration>().min(EXCUSED_MAX)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the thread that looks at the machine");
        }
    }
}
