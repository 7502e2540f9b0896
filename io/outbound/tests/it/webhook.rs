//! Webhooks, as a receiver sees them.

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use model::Timestamp;
use outbound::{Undelivered, Webhook, WebhookKey};
use std::sync::{Arc, Mutex};

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
