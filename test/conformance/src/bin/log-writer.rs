//! Appends to a store and says `ack N` for each position that is durable, until a count: `log-writer DIR COUNT`. For the
//! power-loss test, which records what this process writes and syncs.
#![expect(clippy::expect_used, reason = "a process for tests: its parent reads what it prints")]

use flows::Said;
use model::Actor;
use std::io::Write;
use std::path::Path;
use store::{Options, Store, Urgency};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().expect("a directory");
    let count: u32 = arguments.next().and_then(|text| text.parse().ok()).expect("a count");
    let mut store = open(Path::new(&directory));
    for number in 0..count {
        // Closing writes back what stands in write-ahead logs, the index's too, and removes them.
        if number % 30 == 29 {
            drop(store);
            store = open(Path::new(&directory));
        }
        // Several at once now and then, so that batches have several entries.
        let together = 1 + number % 3;
        let mut waiting = Vec::new();
        for index in 0..together {
            let name =
                format!("Partner {number} {index} {}", "x".repeat((number as usize * 37) % 150));
            let said = Said::by(Actor::Operator);
            waiting.push(store.commit(Urgency::Ordinary, None, move |state, _, env| {
                flows::staff::make_partner(state, env, &said, &name)
            }));
        }
        for commit in waiting {
            let done = commit.await.expect("the log takes it").expect("the flow allows it");
            let mut out = std::io::stdout().lock();
            out.write_all(format!("ack {}\n", done.position.0).as_bytes()).expect("a pipe");
            out.flush().expect("a pipe");
        }
        if number % 4 == 3 {
            store.update_index().expect("an index");
        }
        if number % 25 == 24 {
            store.write_snapshot().expect("a snapshot");
        }
    }
}

fn open(directory: &Path) -> Store {
    Store::open(directory, Options { reserve_bytes: 1 << 12, ..Options::default() })
        .expect("a store")
}
