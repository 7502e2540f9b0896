//! Serving HTTP/1.1 connections.
//!
//! HTTP/2 is left to the proxy in front: with one answer at a time on a connection, "handed to the socket" has one
//! meaning, and an answer can be reset without touching another.

use crate::connection::{Connection, Tracked, Witness};
use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// Connections at a time; more wait in the operating system's queue.
const CONNECTIONS_MAX: usize = 10_000;
/// A client that does not send its request's head in this time is cut off.
const HEAD_TIME_MAX: Duration = Duration::from_secs(15);
/// Headers of a request, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Time for answers under way when the process stops.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// Serves until `stop` resolves, then lets answers under way finish. Handlers find their [`Connection`] among the
/// request's extensions.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_before(listener, router, None, stop).await;
}

/// As [`serve`], before a witness.
pub async fn serve_before(
    listener: TcpListener,
    router: Router,
    witness: Option<Arc<dyn Witness>>,
    stop: impl Future<Output = ()>,
) {
    serve_at_most(CONNECTIONS_MAX, listener, router, witness, stop).await;
}

async fn serve_at_most(
    connections_max: usize,
    listener: TcpListener,
    router: Router,
    witness: Option<Arc<dyn Witness>>,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(connections_max));
    let (stopping, _) = watch::channel(false);
    tokio::pin!(stop);
    loop {
        // A stop is heard whatever is waited for: clients that hold every slot must not hold the process too.
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer, slot)) => {
                let (router, stopped) = (router.clone(), stopping.subscribe());
                let connection = connection(&stream, peer, witness.clone());
                tokio::spawn(async move {
                    one(stream, connection, router, stopped).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    let _ = stopping.send(true);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(STOP_TIME_MAX, slots.acquire_many(all)).await;
}

/// The next connection, once there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, std::net::SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, slot))
}

fn connection(
    stream: &TcpStream,
    peer: std::net::SocketAddr,
    witness: Option<Arc<dyn Witness>>,
) -> Arc<Connection> {
    let _ = stream.set_nodelay(true);
    let second = rustix::io::fcntl_dupfd_cloexec(stream, 0).ok().map(std::net::TcpStream::from);
    Connection::new(CONNECTIONS.fetch_add(1, Ordering::Relaxed), peer, second, witness)
}

/// Closes the connection when all that served it is gone.
struct Closing(Arc<Connection>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn one(
    stream: TcpStream,
    connection: Arc<Connection>,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Before `serving`, so that it is dropped after it: a body under way gives its ticket back first.
    let _closing = Closing(Arc::clone(&connection));
    let known = Arc::clone(&connection);
    let asked = Arc::new(AtomicBool::new(false));
    let begun = Arc::clone(&asked);
    let service = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
        begun.store(true, Ordering::SeqCst);
        request.extensions_mut().insert(Arc::clone(&known));
        router.clone().oneshot(request.map(axum::body::Body::new))
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX.max(64 * 1024))
        .half_close(false)
        .serve_connection(TokioIo::new(Tracked::new(stream, Arc::clone(&connection))), service);
    tokio::pin!(serving);
    let mut told = false;
    loop {
        tokio::select! {
            done = serving.as_mut() => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = connection.broken_off() => return,
            changed = stopping.changed(), if !told => {
                told = true;
                // The server closes idle connections, but waits for the first request of one that has sent none.
                if !asked.load(Ordering::SeqCst) {
                    return;
                }
                if changed.is_ok() {
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{STOP_TIME_MAX, serve_at_most};
    use axum::Router;
    use std::time::{Duration, Instant};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_stop_is_heard_while_every_slot_is_held() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(serve_at_most(1, listener, Router::new(), None, until));
        let mut held = TcpStream::connect(at).await.unwrap();
        held.write_all(b"GET / HTTP/1.1\r\nhost: gate\r\n\r\n").await.unwrap();
        let mut first = [0];
        held.read_exact(&mut first).await.unwrap();
        // The next request has begun and does not end.
        held.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
        let begun = Instant::now();
        stop.send(()).unwrap();
        serving.await.unwrap();
        assert!(begun.elapsed() < STOP_TIME_MAX + Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
