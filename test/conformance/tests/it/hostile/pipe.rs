//! A connection that sends any bytes and reads what comes, within a time.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer is a hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came.
#[derive(Debug, Clone)]
pub struct Came {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Came {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

pub struct Pipe {
    address: SocketAddr,
    stream: Option<TcpStream>,
    left: Vec<u8>,
}

impl Pipe {
    pub const fn to(address: SocketAddr) -> Self {
        Self { address, stream: None, left: Vec::new() }
    }

    /// Sends bytes and reads one answer; none if the other end closed without a word.
    ///
    /// # Panics
    /// Nothing came in time.
    pub async fn ask(&mut self, what: &str, bytes: &[u8]) -> Option<Came> {
        for _ in 0..2 {
            let fresh = self.stream.is_none();
            if let Some(came) = timeout(PATIENCE, self.once(bytes))
                .await
                .unwrap_or_else(|_| panic!("no answer in time to {what}"))
            {
                return Some(came);
            }
            self.stream = None;
            self.left.clear();
            // A connection that was used before may have been closed in between.
            if fresh {
                break;
            }
        }
        None
    }

    async fn once(&mut self, bytes: &[u8]) -> Option<Came> {
        if self.stream.is_none() {
            self.stream = Some(TcpStream::connect(self.address).await.unwrap());
        }
        let stream = self.stream.as_mut()?;
        // The other end may answer and close before it has read all.
        let _ = stream.write_all(bytes).await;
        self.answer().await
    }

    /// Reads one more answer.
    pub async fn answer(&mut self) -> Option<Came> {
        let stream = self.stream.as_mut()?;
        let end = loop {
            if let Some(end) = self.left.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut self.left).await.unwrap_or(0) == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&self.left[..end]).to_ascii_lowercase();
        let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        if status == 100 {
            self.left.drain(..end);
            return Box::pin(self.answer()).await;
        }
        while self.left.len() < end + length {
            if stream.read_buf(&mut self.left).await.unwrap_or(0) == 0 {
                return None;
            }
        }
        let body = self.left[end..end + length].to_vec();
        self.left.drain(..end + length);
        if head.contains("connection: close") {
            self.stream = None;
            self.left.clear();
        }
        Some(Came { status, head, body })
    }
}
