//! A client of one keep-alive connection that counts its bytes, and can read as slowly as it likes.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// What an answer's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// `Bailment-Position`.
    pub position: Option<u64>,
    /// `Content-Length`.
    pub length: usize,
}

/// One connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of answers that were consumed.
    consumed: u64,
}

fn broken(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.to_owned())
}

impl Wire {
    /// Connects, with a receive buffer of this size where one is given.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn connect(address: SocketAddr, receive_buffer: Option<u32>) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), consumed: 0 })
    }

    /// The port that it comes from.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.stream.local_addr()?.port())
    }

    /// Bytes of answers consumed so far, this connection's life long.
    #[must_use]
    pub const fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Sends a request.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn ask(&mut self, path: &str, token: Option<&str>) -> io::Result<()> {
        let mut text = format!("GET {path} HTTP/1.1\r\nhost: gate\r\n");
        if let Some(token) = token {
            text.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        text.push_str("\r\n");
        self.stream.write_all(text.as_bytes()).await
    }

    /// Reads an answer's head.
    ///
    /// # Errors
    /// The connection broke off.
    pub async fn head(&mut self) -> io::Result<Head> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head: Vec<u8> = self.take(end);
        let text = String::from_utf8_lossy(&head);
        let mut lines = text.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status =
            status.and_then(|text| text.parse().ok()).ok_or_else(|| broken("no status"))?;
        let (mut position, mut length) = (None, None);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            match name.to_ascii_lowercase().as_str() {
                "bailment-position" => position = value.trim().parse().ok(),
                "content-length" => length = value.trim().parse().ok(),
                _ => {}
            }
        }
        Ok(Head { status, position, length: length.ok_or_else(|| broken("no length"))? })
    }

    /// Reads so many bytes of a body.
    ///
    /// # Errors
    /// The connection broke off before.
    pub async fn body(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.take(length))
    }

    /// Reads one byte, and no more than that from the operating system.
    ///
    /// # Errors
    /// The connection broke off.
    pub async fn byte(&mut self) -> io::Result<u8> {
        if self.buffer.is_empty() {
            self.consumed += 1;
            return self.stream.read_u8().await;
        }
        self.take(1).first().copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.consumed += length as u64;
        self.buffer.drain(..length).collect()
    }
}
