//! Webhooks, as a receiver sees them.

use crate::mail::{AUTHORITY, acceptor};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use model::Timestamp;
use outbound::{Undelivered, Webhook, WebhookKey};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gets_what_was_signed_and_its_answer_decides() {
    let got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>> = Arc::default();
    let status = Arc::new(Mutex::new(StatusCode::NO_CONTENT));
    let (into, answer) = (Arc::clone(&got), Arc::clone(&status));
    let receive = post(move |headers: HeaderMap, body: Bytes| async move {
        into.lock().unwrap().push((headers, body));
        *answer.lock().unwrap()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/hooks", receive)).await.unwrap();
    });

    let webhook = Webhook::new(url, WebhookKey::parse(KEY).unwrap()).unwrap();
    let at = Timestamp(1_614_265_330_000);
    let send = async || webhook.post("ntc_7", at, b"{}".to_vec()).await;
    send().await.unwrap();
    let (headers, body) = got.lock().unwrap().remove(0);
    assert_eq!((&headers["webhook-id"], &body[..]), (&"ntc_7".parse().unwrap(), &b"{}"[..]));
    assert_eq!(headers["webhook-timestamp"], "1614265330");
    let signed = WebhookKey::parse(KEY).unwrap().sign("ntc_7", at, &body);
    assert_eq!(headers["webhook-signature"], signed.as_str());

    for (answer, expected) in [
        (StatusCode::INTERNAL_SERVER_ERROR, Undelivered::Later("http 500".to_owned())),
        (StatusCode::FOUND, Undelivered::Later("http 302".to_owned())),
        (StatusCode::GONE, Undelivered::Never("http 410".to_owned())),
    ] {
        *status.lock().unwrap() = answer;
        assert_eq!(send().await, Err(expected));
    }
}

/// A receiver at `https://localhost`: takes one message a connection, and notes what it could read.
async fn secure_receiver() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hooks", listener.local_addr().unwrap().port());
    let got: Arc<Mutex<Vec<String>>> = Arc::default();
    let (into, acceptor) = (Arc::clone(&got), acceptor());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not believe the certificate hangs up here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes).await.unwrap_or(0);
            into.lock().unwrap().push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    (url, got)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_a_receiver_is_told_nothing_unless_its_certificate_is_believed() {
    let (url, got) = secure_receiver().await;
    let key = || WebhookKey::parse(KEY).unwrap();
    let at = Timestamp(1_614_265_330_000);

    let public = Webhook::new(url.clone(), key()).unwrap();
    let refused = public.post("ntc_7", at, b"{}".to_vec()).await;
    assert_eq!(refused, Err(Undelivered::Later("unreachable".to_owned())));
    assert!(got.lock().unwrap().is_empty(), "it read what it was not to read");

    // The same receiver, believed: what failed was the certificate and nothing else.
    let trusting = Webhook::trusting(url.clone(), key(), AUTHORITY).unwrap();
    trusting.post("ntc_8", at, b"{}".to_vec()).await.unwrap();
    let taken = got.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].starts_with("POST /hooks HTTP/1.1\r\n"), "{}", taken[0]);
    assert!(taken[0].contains("webhook-id: ntc_8\r\n"), "{}", taken[0]);

    // The name counts too: the certificate is for `localhost`.
    let other_name = url.replace("localhost", "127.0.0.1");
    let other_name = Webhook::trusting(other_name, key(), AUTHORITY).unwrap();
    assert!(other_name.post("ntc_9", at, b"{}".to_vec()).await.is_err());
    assert_eq!(got.lock().unwrap().len(), 1);
    assert!(Webhook::trusting(url, key(), b"no certificate").is_err());
}
