//! Killed at random moments under load: every answer that a client received is in the log, the log opens, and its root is that
//! of its leaves.

use ledger::Payload;
use model::Position;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Options, Store};

/// Kills in CI; `BAILMENT_KILLS` overrides.
const KILLS: u32 = 100;
/// Kills that one log survives before another begins.
const KILLS_OF_ONE_LOG: u32 = 100;
const READERS: usize = 8;

struct Gate {
    process: Child,
    origin: String,
    token: String,
    group: String,
}

fn begin(directory: &std::path::Path) -> Gate {
    let mut process = Command::new(env!("CARGO_BIN_EXE_gate-world"))
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the world starts");
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value =
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the world said `{line}`"));
    let text = |key: &str| said[key].as_str().unwrap().to_owned();
    Gate { process, origin: text("origin"), token: text("token"), group: text("group") }
}

/// Reads until the connection breaks; gives what was received: position and number of bytes.
async fn reader(
    client: reqwest::Client,
    url: String,
    token: String,
    stop: Arc<AtomicBool>,
) -> Vec<(u64, usize)> {
    let mut received = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let Ok(response) = client.get(&url).bearer_auth(&token).send().await else { break };
        let position = response
            .headers()
            .get("bailment-position")
            .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        let status = response.status().as_u16();
        let Ok(body) = response.bytes().await else { break };
        if status == 200 {
            received.push((position.expect("an answer has a position"), body.len()));
        }
    }
    received
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_received_is_in_the_log_whenever_the_process_is_killed() {
    let kills =
        std::env::var("BAILMENT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    // Where this test runs alone, nothing else has told the clients whose TLS to use; an error says that something has.
    let _ = outbound::install_provider();
    let mut directory = tempfile::tempdir().unwrap();
    let mut rng =
        ChaCha8Rng::seed_from_u64(u64::from(kills) ^ 0x6b69_6c6c ^ std::process::id() as u64);
    let mut all = 0;
    for kill in 0..kills {
        // Opening and reading a log that grows for ten thousand rounds would be all that a long run does.
        if kill > 0 && kill % KILLS_OF_ONE_LOG == 0 {
            directory = tempfile::tempdir().unwrap();
        }
        let mut gate = begin(directory.path());
        let stop = Arc::new(AtomicBool::new(false));
        let url = format!("{}/v1/groups/{}/posts?limit=10", gate.origin, gate.group);
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                tokio::spawn(reader(
                    reqwest::Client::new(),
                    url.clone(),
                    gate.token.clone(),
                    Arc::clone(&stop),
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(rng.random_range(20..400))).await;
        gate.process.kill().unwrap();
        gate.process.wait().unwrap();
        stop.store(true, Ordering::SeqCst);
        let mut received = Vec::new();
        for reader in readers {
            received.extend(reader.await.unwrap());
        }
        all += received.len();
        let store = Store::open(
            &directory.path().join("gate"),
            Options { reserve_bytes: 1 << 12, ..Options::default() },
        )
        .unwrap_or_else(|error| panic!("kill {kill}: the log does not open: {error:?}"));
        for (position, _) in received {
            let entry = store.entry(Position(position)).unwrap();
            let entry = entry.unwrap_or_else(|| {
                panic!("kill {kill}: an answer at {position} left, and the log lacks it")
            });
            let payload = entry.read_payload().unwrap();
            assert!(
                matches!(payload, Some(Payload::Disclosure(_))),
                "kill {kill}: {position} is no disclosure"
            );
        }
        // All leaves of a log that grows with every round would be read a hundred times.
        if kill % 10 == 9 || kill + 1 == kills {
            assert_eq!(
                store.recompute_tree().unwrap(),
                store.head().unwrap().frontier,
                "kill {kill}: tree"
            );
        }
    }
    assert!(all > kills as usize * 5, "only {all} answers were received in {kills} rounds");
}
