//! A commit whose outcome nobody knows: writes beyond a limit of the process fail in the middle of `COMMIT`.

use super::alone;
use super::every::{Kind, Stage};
use conformance::{Options, World};
use std::fs;
use std::process::Command;

/// Limits the size of files that this process may write. The signal that tells of it is ignored by the wrapper.
fn limit_files(bytes: Option<u64>) {
    let limit =
        bytes.map_or("unlimited:unlimited".to_owned(), |bytes| format!("{bytes}:unlimited"));
    let pid = std::process::id().to_string();
    let done = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--fsize={limit}")])
        .status()
        .unwrap();
    assert!(done.success(), "prlimit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_unknown_outcome_releases_nothing_and_the_log_is_read_again() {
    if !alone::is_inside() {
        let test = "endings::unknown::a_commit_of_unknown_outcome_releases_nothing_and_the_log_is_read_again";
        return alone::again(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"], test);
    }
    let world = World::start(Options { people: 60, ..Options::default() }).await;
    let mut stage = Stage::set(&world).await;
    for round in 0..5u64 {
        let before = world.store.head().unwrap();
        let wal = fs::metadata(world.directory().join("bailment.db-wal")).unwrap().len();
        // Cuts the write of a commit at another place each time.
        limit_files(Some(wal + round * 1_500));
        let answers = [stage.read(&world).await, stage.read_as_person(&world).await];
        let failed = stage.end(&world, Kind::OptOut).await;
        limit_files(None);
        for answer in answers {
            assert_eq!(answer.status, 503, "round {round}: {}", answer.text());
            assert_eq!(answer.json()["type"], "/problems/log-unavailable", "round {round}");
            assert!(answer.position.is_none(), "nothing is released");
        }
        assert!(failed.is_err(), "round {round}: nobody is told that it ended");
        assert_eq!(world.store.head().unwrap(), before, "what failed is not in the log");

        // State is that of the log again, and both go on.
        assert!(world.store.ready().is_ok());
        let answer = stage.read(&world).await;
        assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        assert_eq!(answer.position, Some(before.next().0), "round {round}: the next entry");
        assert_eq!(world.store.recompute_tree().unwrap(), world.store.head().unwrap().frontier);
    }
    stage.end(&world, Kind::OptOut).await.expect("it ends now");
}
