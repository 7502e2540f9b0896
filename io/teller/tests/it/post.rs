//! Letters and webhooks, from an event to whoever takes them.

use crate::sink::{Offers, Sink};
use crate::world::{PARTNER, World, upstream};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use model::{Millis, Timestamp};
use notices::{Channel, Recipient};
use outbound::{MailSecurity, MailServer, Mailer, Webhook, WebhookKey};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::Address;
use teller::{Pass, Post, Ways};
use tokio::net::TcpListener;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn mailer(port: u16) -> Mailer {
    Mailer::new(MailServer {
        host: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::Plain,
        login: None,
        from: "notices@platform.example".to_owned(),
        authority: None,
    })
    .unwrap()
}

fn post_of(world: &World, ways: Ways) -> Arc<Post> {
    Post::new(world.store.clone(), upstream(), ways, "https://id.example/")
}

fn address(world: &World, to: Recipient, email: &str, language: &str) {
    let address = Address { email: email.to_owned(), language: language.to_owned() };
    world.store.set_address(to, Some(&address)).unwrap();
}

/// The text of a letter whose body is in Base64 or quoted.
fn words(data: &str) -> String {
    let (_, body) = data.split_once("\r\n\r\n").unwrap();
    let joined: String = body.split_whitespace().collect();
    if data.contains("Content-Transfer-Encoding: base64") {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(joined).unwrap();
        return String::from_utf8(bytes).unwrap();
    }
    body.replace("=\r\n", "").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapse_is_written_to_the_partner_in_its_language_and_to_members_who_have_an_address() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let sink = Sink::open(Offers::Plain).await;
    let ways = Ways { mailer: Some(mailer(sink.port)), ..Ways::default() };
    let post = post_of(&world, ways);
    address(&world, Recipient::Partner(PARTNER), "privacy@harbour.example", "de");
    address(&world, Recipient::Person(world.cleo), "cleo@example.org", "en");
    world.enable(world.ada).await;
    world.leaves(world.ada).await;
    teller::tell(&world.store, &[Channel::Email]).unwrap();
    let pass = Arc::clone(&post).deliver(Channel::Email).await.unwrap();
    assert_eq!(pass.failed, 0);
    let mut letters = sink.letters();
    letters.sort_by_key(|one| one.to.clone());
    let to: Vec<&str> = letters.iter().map(|one| one.to.as_str()).collect();
    assert_eq!(to, ["RCPT TO:<cleo@example.org>", "RCPT TO:<privacy@harbour.example>"]);
    let (member, partner) = (words(&letters[0].data), words(&letters[1].data));
    assert!(letters[0].data.contains("Subject: Meadow Planner was enabled in Group g-garden\r\n"));
    assert!(
        member.contains("https://id.example") && member.contains("Blue Harbour Ltd"),
        "{member}"
    );
    assert!(partner.contains("ins_0 von Meadow Planner steht niemand"), "{partner}");
    assert!(!partner.contains("garden"), "a partner hears of no group: {partner}");
    // Again: nothing waits.
    assert_eq!(post.deliver(Channel::Email).await.unwrap(), Pass { arrived: 0, failed: 0 });
    assert_eq!(sink.letters().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_tried_again_and_arrives_once() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let sink = Sink::open(Offers::Plain).await;
    let post = post_of(&world, Ways { mailer: Some(mailer(sink.port)), ..Ways::default() });
    address(&world, Recipient::Person(world.cleo), "cleo@example.org", "en");
    world.enable(world.ada).await;
    teller::tell(&world.store, &[Channel::Email]).unwrap();
    *sink.answer.lock().unwrap() = "451 later";
    let deliver = async || Arc::clone(&post).deliver(Channel::Email).await.unwrap();
    assert_eq!(deliver().await, Pass { arrived: 1, failed: 1 }, "members, then one of them");
    assert_eq!(deliver().await, Pass { arrived: 0, failed: 0 }, "not before its time");
    world.clock.forward(Millis::minutes(1));
    assert_eq!(deliver().await.failed, 1);
    *sink.answer.lock().unwrap() = "250 ok";
    world.clock.forward(Millis::minutes(1));
    assert_eq!(deliver().await, Pass { arrived: 0, failed: 0 }, "the wait has doubled");
    world.clock.forward(Millis::minutes(1));
    assert_eq!(deliver().await, Pass { arrived: 1, failed: 0 });
    assert_eq!(sink.letters().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrives_is_given_up_and_staff_hear_of_it_once() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let webhook = Webhook::new(closed().await, WebhookKey::parse(KEY).unwrap()).unwrap();
    let post = post_of(&world, Ways { webhook: Some(webhook), ..Ways::default() });
    world.enable(world.ada).await;
    world.leaves(world.ada).await;
    teller::tell(&world.store, &[Channel::Webhook]).unwrap();
    let mut rounds = 0;
    while world.store.delivery_counts(Channel::Webhook).unwrap()[0] > 0 {
        Arc::clone(&post).deliver(Channel::Webhook).await.unwrap();
        world.clock.forward(Millis::minutes(361));
        rounds += 1;
        assert!(rounds < 50, "it never ends");
    }
    assert_eq!(rounds, 16);
    assert_eq!(world.store.delivery_counts(Channel::Webhook).unwrap(), [0, 0, 3, 0]);
    assert_eq!(world.told(Recipient::Staff), ["delivery-failed"]);
    assert_eq!(world.told(Recipient::Person(world.ben)).len(), 2, "the inbox has it all the same");
}

async fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn receiver() -> (String, Got, Arc<Mutex<StatusCode>>) {
    let got = Got::default();
    let status = Arc::new(Mutex::new(StatusCode::NO_CONTENT));
    let (into, answer) = (Arc::clone(&got), Arc::clone(&status));
    let receive = post(move |headers: HeaderMap, body: Bytes| async move {
        into.lock().unwrap().push((headers, body));
        *answer.lock().unwrap()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/", receive)).await.unwrap();
    });
    (url, got, status)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_gets_one_message_for_a_group_with_its_own_ids_and_texts_signed() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let (url, got, status) = receiver().await;
    let webhook = Webhook::new(url, WebhookKey::parse(KEY).unwrap()).unwrap();
    let post = post_of(&world, Ways { webhook: Some(webhook), ..Ways::default() });
    world.enable(world.ada).await;
    teller::tell(&world.store, &[Channel::Webhook]).unwrap();
    *status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    Arc::clone(&post).deliver(Channel::Webhook).await.unwrap();
    *status.lock().unwrap() = StatusCode::OK;
    world.clock.forward(Millis::minutes(1));
    Arc::clone(&post).deliver(Channel::Webhook).await.unwrap();
    let got = got.lock().unwrap();
    assert_eq!(got.len(), 2, "one for all members, twice");
    assert_eq!(got[0].0["webhook-id"], got[1].0["webhook-id"], "known again by its id");
    assert_eq!(got[0].1, got[1].1);
    let (headers, body) = &got[1];
    let seconds: u64 = headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
    let signed = WebhookKey::parse(KEY).unwrap().sign(
        headers["webhook-id"].to_str().unwrap(),
        Timestamp(seconds * 1_000),
        body,
    );
    assert_eq!(headers["webhook-signature"], signed.as_str());
    let message: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(message["type"], "notice.app-enabled");
    let recipient = serde_json::json!({"kind": "members", "group": "g-garden", "but": "p-ada"});
    assert_eq!(message["data"]["recipient"], recipient);
    assert_eq!(message["data"]["facts"]["group"], "g-garden");
    let subject = &message["data"]["texts"]["de"]["subject"];
    assert_eq!(subject, "Meadow Planner wurde in Group g-garden eingeschaltet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_says_nothing_holds_up_neither_commits_nor_inboxes_nor_the_stop() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ways =
        Ways { mailer: Some(mailer(silent.local_addr().unwrap().port())), ..Ways::default() };
    address(&world, Recipient::Person(world.cleo), "cleo@example.org", "en");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(post_of(&world, ways).run(stopped));
    world.enable(world.ada).await;
    // The server has the letter's connection now, and will not answer.
    let held = tokio::time::timeout(Duration::from_secs(10), silent.accept()).await;
    let _held = held.expect("a letter is on its way").unwrap();
    let begun = Instant::now();
    world.leaves(world.ada).await;
    let ben = Recipient::Person(world.ben);
    while world.told(ben).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(5), "telling waits for the mail server");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send(true).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(3), running).await;
    ended.expect("the stop waits for the mail server").unwrap();
}
