//! Tests that need a process of their own: limits and mounts belong to the process.

use std::process::Command;

const INSIDE: &str = "BAILMENT_TEST_ALONE";

/// Whether this is the process of its own.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs one test of this binary again, alone in a process behind `wrapper`, and demands that it succeeds.
pub fn again(wrapper: &[&str], test: &str) {
    let binary = std::env::current_exe().unwrap();
    let (first, rest) = wrapper.split_first().expect("a program");
    let mut command = Command::new(first);
    command.args(rest).arg(binary).args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
    let output =
        command.output().unwrap_or_else(|error| panic!("`{first}` cannot be run: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "in a process of its own: {said}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}
