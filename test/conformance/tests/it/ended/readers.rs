//! Readers at full speed: each with a connection of its own, kept alive, in a thread that the gate has no part in.

use super::kind::Shows;
use super::lane::{Given, Lane};
use conformance::{Handed, Wire, World};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

/// Readers beside each ending.
pub const READERS: usize = 64;

/// A 200 that a reader got.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub lane: usize,
    pub generation: usize,
    pub shows: Shows,
    pub position: u64,
    pub begun: Instant,
    pub done: Instant,
    pub connection: u64,
    /// Bytes of the connection up to the answer's last.
    pub upto: u64,
}

/// What readers got.
#[derive(Default)]
pub struct Samples {
    pub good: Vec<Sample>,
    pub refused: u64,
    pub unavailable: u64,
    pub broken: u64,
}

/// Readers under way; they stop when this is dropped.
pub struct Readers {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Samples>>,
}

impl Readers {
    /// Lets them loose on lanes of one world.
    pub fn start(world: &World, lanes: &[Arc<Lane>]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (lanes, stopped) = (lanes.to_vec(), Arc::clone(&stop));
        let (address, handed) = (world.address, Arc::clone(&world.handed));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut readers = tokio::task::JoinSet::new();
                for number in 0..READERS {
                    let reader = Reader {
                        number,
                        lanes: lanes.clone(),
                        address,
                        handed: Arc::clone(&handed),
                        stop: Arc::clone(&stopped),
                        random: 0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1),
                    };
                    readers.spawn(reader.run());
                }
                let mut all = Samples::default();
                for one in readers.join_all().await {
                    all.good.extend(one.good);
                    all.refused += one.refused;
                    all.unavailable += one.unavailable;
                    all.broken += one.broken;
                }
                all
            })
        });
        Self { stop, thread: Some(thread) }
    }

    /// Stops them, and says what they got.
    pub fn finish(mut self) -> Samples {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().expect("running").join().expect("readers")
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

struct Reader {
    number: usize,
    lanes: Vec<Arc<Lane>>,
    address: SocketAddr,
    handed: Arc<Handed>,
    stop: Arc<AtomicBool>,
    random: u64,
}

impl Reader {
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }

    async fn run(mut self) -> Samples {
        let (mut samples, mut turn) = (Samples::default(), self.number);
        while !self.stop.load(Ordering::SeqCst) {
            let mut wire = Wire::connect(self.address, None).await.expect("a connection");
            while !self.stop.load(Ordering::SeqCst) {
                turn += 1;
                if self.ask(&mut wire, turn % self.lanes.len(), &mut samples).await.is_err() {
                    samples.broken += 1;
                    break;
                }
            }
        }
        samples
    }

    async fn ask(
        &mut self,
        wire: &mut Wire,
        lane: usize,
        samples: &mut Samples,
    ) -> std::io::Result<()> {
        let random = self.random();
        let (given, view) = self.lanes[lane].pick(random);
        let view = &given.views[view];
        let begun = Instant::now();
        wire.ask(&view.path, view.token.as_deref()).await?;
        let head = wire.head().await?;
        let body = wire.body(head.length).await?;
        let done = Instant::now();
        let lane_read = &self.lanes[lane];
        if head.status != 200 {
            assert!(head.status < 500 || head.status == 503, "{} of {}", head.status, view.path);
            samples.refused += u64::from(head.status < 500);
            samples.unavailable += u64::from(head.status >= 500);
            lane_read.note(given.generation, begun, Shows::NOTHING, None);
            return Ok(());
        }
        let position = head.position.expect("a 200 of the gate says where it stands in the log");
        let shows = view.shows.and(seen(lane_read, &given, &body));
        lane_read.note(given.generation, begun, shows, Some(position));
        let connection = self.handed.connection(wire.port()?).expect("the gate knows its peers");
        samples.good.push(Sample {
            lane,
            generation: given.generation,
            shows,
            position,
            begun,
            done,
            connection,
            upto: wire.consumed(),
        });
        Ok(())
    }
}

fn seen(lane: &Lane, given: &Given, body: &[u8]) -> Shows {
    let has = |text: &str| body.windows(text.len()).any(|window| window == text.as_bytes());
    let mut shows = Shows::NOTHING;
    if has(&lane.name) {
        shows = shows.and(Shows::NAME);
    }
    if has(&format!("{} in a ", given.text)) {
        shows = shows.and(Shows::TEXT);
    }
    shows
}
