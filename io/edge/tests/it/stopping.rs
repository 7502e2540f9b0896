//! A server that is told to stop.

use axum::Router;
use axum::routing::get;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_connection_that_asks_for_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = Router::new().route("/", get(|| async { "here" }));
    let server = tokio::spawn(edge::serve::serve(listener, router, async {
        let _ = stopped.await;
    }));
    let _silent = TcpStream::connect(address).await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    let mut answer = [0; 512];
    let length = idle.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"));

    let began = Instant::now();
    stop.send(()).unwrap();
    server.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "stopping took {:?}", began.elapsed());
}
