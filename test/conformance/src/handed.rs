//! What connections handed to the operating system, and when, as the write calls themselves saw it.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

/// A witness of all connections of a world.
#[derive(Default)]
pub struct Handed(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    by_port: HashMap<u16, u64>,
    connections: HashMap<u64, Written>,
}

#[derive(Default)]
struct Written {
    bytes: u64,
    /// Bytes in all, and when the write that brought them there had returned.
    writes: Vec<(u64, Instant)>,
    reset: Option<Instant>,
}

impl Handed {
    /// The connection that came from this port last.
    #[must_use]
    pub fn connection(&self, port: u16) -> Option<u64> {
        self.0.lock().by_port.get(&port).copied()
    }

    /// When the operating system had taken this many bytes for a connection.
    #[must_use]
    pub fn at(&self, connection: u64, bytes: u64) -> Option<Instant> {
        let seen = self.0.lock();
        let writes = &seen.connections.get(&connection)?.writes;
        writes.get(writes.partition_point(|(total, _)| *total < bytes)).map(|(_, at)| *at)
    }

    /// When a connection was reset.
    #[must_use]
    pub fn reset_at(&self, connection: u64) -> Option<Instant> {
        self.0.lock().connections.get(&connection)?.reset
    }

    /// How many connections were reset.
    #[must_use]
    pub fn resets(&self) -> usize {
        self.0.lock().connections.values().filter(|one| one.reset.is_some()).count()
    }
}

impl edge::Witness for Handed {
    fn opened(&self, connection: u64, peer: SocketAddr) {
        let mut seen = self.0.lock();
        seen.by_port.insert(peer.port(), connection);
        seen.connections.insert(connection, Written::default());
    }

    fn written(&self, connection: u64, bytes: usize) {
        let now = Instant::now();
        if let Some(one) = self.0.lock().connections.get_mut(&connection) {
            one.bytes += bytes as u64;
            one.writes.push((one.bytes, now));
        }
    }

    fn reset(&self, connection: u64) {
        let now = Instant::now();
        if let Some(one) = self.0.lock().connections.get_mut(&connection) {
            one.reset = Some(now);
        }
    }
}
