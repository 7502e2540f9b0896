//! One connection: seen to be flushed, and reset when an ending demands it.

use parking_lot::Mutex;
use std::io;
use std::net::{SocketAddr, TcpStream as Socket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use store::{Handover, Ticket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Sees what connections hand to the operating system. For tests of invariant 3, which must not believe the tickets;
/// without a witness a write costs one branch more.
pub trait Witness: Send + Sync {
    /// A connection with this number was accepted.
    fn opened(&self, connection: u64, peer: SocketAddr);
    /// The operating system has taken so many more bytes for it.
    fn written(&self, connection: u64, bytes: usize);
    /// It was reset.
    fn reset(&self, connection: u64);
}

/// What handlers and answers know of the connection that they serve.
pub struct Connection {
    /// A number that no other connection of this process has.
    pub id: u64,
    /// The other end.
    pub peer: SocketAddr,
    /// A second handle on the socket, only for resetting it.
    socket: Mutex<Option<Socket>>,
    broken: AtomicBool,
    break_off: Notify,
    ended: Mutex<Ended>,
    witness: Option<Arc<dyn Witness>>,
}

/// Answers whose last byte is in the server's buffer, and perhaps not yet with the operating system.
enum Ended {
    /// The next flush returns these tickets.
    Open(Vec<Ticket>),
    /// Nothing will be flushed any more. A ticket kept here would keep its connection, and that one the ticket.
    Closed,
}

impl Connection {
    pub(crate) fn new(
        id: u64,
        peer: SocketAddr,
        socket: Option<Socket>,
        witness: Option<Arc<dyn Witness>>,
    ) -> Arc<Self> {
        if let Some(witness) = &witness {
            witness.opened(id, peer);
        }
        Arc::new(Self {
            id,
            peer,
            socket: Mutex::new(socket),
            broken: AtomicBool::new(false),
            break_off: Notify::new(),
            ended: Mutex::new(Ended::Open(Vec::new())),
            witness,
        })
    }

    /// A connection that leads nowhere, for handlers that are called without a socket.
    #[must_use]
    pub fn detached() -> Arc<Self> {
        let connection = Self::new(0, SocketAddr::from(([127, 0, 0, 1], 0)), None, None);
        connection.close();
        connection
    }

    /// Whether it was reset.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// Waits until it is reset.
    pub(crate) async fn broken_off(&self) {
        while !self.is_broken() {
            self.break_off.notified().await;
        }
    }

    /// An answer's body was taken in whole; its ticket is returned at the next flush.
    pub(crate) fn body_ended(&self, ticket: Ticket) {
        match &mut *self.ended.lock() {
            Ended::Open(tickets) => tickets.push(ticket),
            // Returned here: its bytes, if any are left, went with the connection.
            Ended::Closed => {}
        }
    }

    fn flushed(&self) {
        let landed = match &mut *self.ended.lock() {
            Ended::Open(tickets) => std::mem::take(tickets),
            Ended::Closed => Vec::new(),
        };
        drop(landed);
    }

    /// The connection is over: no byte of any answer will be handed over any more, so its tickets are returned.
    pub(crate) fn close(&self) {
        let left = std::mem::replace(&mut *self.ended.lock(), Ended::Closed);
        drop(left);
        self.socket.lock().take();
    }

    fn written(&self, written: &Poll<io::Result<usize>>) {
        if let (Some(witness), Poll::Ready(Ok(bytes))) = (&self.witness, written) {
            witness.written(self.id, *bytes);
        }
    }
}

impl Handover for Connection {
    /// Resets at once, from this thread: what the kernel still holds is thrown away and the other end sees a reset.
    fn reset(&self) {
        self.broken.store(true, Ordering::SeqCst);
        if let Some(socket) = self.socket.lock().take() {
            // Dissolving the association (connect to AF_UNSPEC) purges the send queue and sends RST, while a
            // `close` would wait for the other handle and a `shutdown` would send what is queued.
            if let Err(error) = rustix::net::connect_unspec(&socket) {
                tracing::debug!(%error, "a connection to be reset was gone already");
            }
        }
        if let Some(witness) = &self.witness {
            witness.reset(self.id);
        }
        self.break_off.notify_one();
    }
}

/// A stream that tells its connection when everything written was handed to the operating system.
pub(crate) struct Tracked {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl Tracked {
    pub(crate) const fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream, connection }
    }

    fn check(&self) -> io::Result<()> {
        if self.connection.is_broken() {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl AsyncRead for Tracked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tracked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.connection.written(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.connection.written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// The server flushes only when its own buffer is empty: everything before is with the operating system then.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.connection.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
