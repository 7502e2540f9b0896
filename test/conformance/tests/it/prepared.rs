//! Programs that are not ours, run beside a world: where they are, and how far they came.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What `./check setup` put there.
pub fn prepared(variable: &str, below_target: &str) -> PathBuf {
    let given = std::env::var_os(variable).map(PathBuf::from);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let path = given.unwrap_or_else(|| root.join(below_target));
    assert!(path.exists(), "`{}` is missing: run `./check setup`", path.display());
    path
}

/// Runs a script to its end; gives the steps that it completed.
pub async fn run(mut command: Command, config: Value) -> Vec<String> {
    let ended = tokio::task::spawn_blocking(move || {
        let mut script = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}: run `./check setup`"));
        serde_json::to_writer(script.stdin.take().unwrap(), &config).unwrap();
        script.wait_with_output().unwrap()
    });
    let output = ended.await.unwrap();
    let steps = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "after these steps:\n{steps}\n{complaint}");
    print!("{complaint}");
    steps.lines().map(str::to_owned).collect()
}
