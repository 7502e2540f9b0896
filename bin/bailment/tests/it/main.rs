//! The command from outside: what it prints and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod notices;

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

fn bailment(arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailment"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILMENT_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(directory).output().unwrap()
}

fn code(arguments: &[&str], directory: &Path) -> i32 {
    bailment(arguments, directory).status.code().unwrap()
}

#[test]
fn the_tour_of_row_m1_meets_every_expectation() {
    let directory = tempfile::tempdir().unwrap();
    let run = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: Value = serde_json::from_slice(&run.stdout).unwrap();
    let steps = told["steps"].as_array().unwrap();
    assert_eq!((told["passed"].as_bool(), steps.len()), (Some(true), 10));
    for step in steps {
        assert!(!step["expectations"].as_array().unwrap().is_empty(), "{step}");
    }
    let kinds: Vec<&str> = steps
        .iter()
        .flat_map(|step| step["log"].as_array().unwrap())
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    for kind in
        ["disclosure", "policy-activated", "opt-in", "opt-out", "facts", "installation-backed"]
    {
        assert!(kinds.contains(&kind), "{kind}");
    }

    // What the tour left behind is a directory like any other.
    let verified = bailment(&["--data", "tour", "log", "verify", "--json"], directory.path());
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["problems"].as_array().map(Vec::len), Some(0));
    assert!(verified["disclosures"].as_u64() > Some(10));
    let first = bailment(
        &["--data", "tour", "log", "show", "--from", "0", "--limit", "1", "--json"],
        directory.path(),
    );
    let first: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(first["kind"], "catalog-activated");

    std::fs::write(directory.path().join("tour/prober.json"), "{}").unwrap();
    for arguments in [&["--data", "tour", "backup", "copy"][..], &["restore", "copy", "again"]] {
        let done = bailment(&[arguments, &["--json"]].concat(), directory.path());
        let told: Value = serde_json::from_slice(&done.stdout).unwrap();
        let copied: Vec<&str> =
            told["copied"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for name in ["bailment.db", "notices.db", "short-lived.db", "prober.json"] {
            assert!(copied.contains(&name), "{name} in {copied:?}");
        }
    }
    let again = bailment(&["--data", "again", "log", "verify", "--json"], directory.path());
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["root"], verified["root"]);
}

/// Plays a tour as anybody would; every step must expect something, and the log must hold these kinds of entries.
fn tour(row: &str, steps: usize, kinds: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    let run = bailment(&["demo", "--tour", row, "--json"], directory.path());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: Value = serde_json::from_slice(&run.stdout).unwrap();
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap();
    let played = list(&told, "steps");
    let passed = told.get("passed").and_then(Value::as_bool);
    assert_eq!((passed, played.len()), (Some(true), steps));
    for step in &played {
        assert!(!list(step, "expectations").is_empty(), "{step}");
    }
    let pages: usize = played.iter().map(|step| list(step, "pages").len()).sum();
    assert!(pages > 0, "a tour leads to pages");
    let logged: Vec<String> = played
        .iter()
        .flat_map(|step| list(step, "log"))
        .map(|entry| entry.get("kind").and_then(Value::as_str).unwrap().to_owned())
        .collect();
    for kind in kinds {
        assert!(logged.iter().any(|one| one == kind), "{kind} in {logged:?}");
    }
}

#[test]
fn the_tour_of_row_m2_meets_every_expectation() {
    tour("m2", 6, &["apps-suspended", "suspension-lifted", "partner-status-changed", "cut-off"]);
}

#[test]
fn the_tour_of_row_m6_meets_every_expectation() {
    tour(
        "m6",
        8,
        &[
            "catalog-activated",
            "version-changed",
            "program-status-changed",
            "exception-made",
            "probes-run",
        ],
    );
}

#[test]
fn the_tour_of_row_m7_meets_every_expectation() {
    tour("m7", 8, &["setting-changed", "opt-in", "certification-made"]);
}

#[test]
fn the_tour_of_row_m8_meets_every_expectation() {
    tour("m8", 7, &["policy-activated", "certification-made", "certification-ended"]);
}

#[test]
fn the_tour_of_row_m12_meets_every_expectation() {
    tour("m12", 8, &["opt-in", "opt-out", "report-issued", "report-acknowledged"]);
}

#[test]
fn a_tour_plays_among_the_people_who_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let grown = bailment(
        &["--data", "there", "generate", "--people", "90", "--seed", "7"],
        directory.path(),
    );
    assert!(grown.status.success(), "{}", String::from_utf8_lossy(&grown.stderr));
    let refused =
        bailment(&["demo", "--tour", "m2", "--dir", "there", "--people", "80"], directory.path());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--people and --seed do not apply"));
    assert_eq!(refused.status.code(), Some(1));
    let played = bailment(&["demo", "--tour", "m2", "--dir", "there"], directory.path());
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let told = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(told.contains("90 people in "), "{told}");
    let again = bailment(&["demo", "--tour", "m2", "--dir", "there"], directory.path());
    assert_eq!(again.status.code(), Some(1), "a tour begins with a new log");

    let sown = |seed: &str| {
        let flags = ["demo", "--tour", "m2", "--people", "70", "--seed", seed];
        let run = bailment(&flags, directory.path());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        told.lines().find(|line| line.contains("70 people in ")).map(str::to_owned).unwrap()
    };
    assert_ne!(sown("1"), sown("2"), "another seed, another community");
}

#[test]
fn exit_codes_tell_failure_usage_and_mistakes_apart() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = "{\"openapi\": \"3.1.0\", \"x-bailment\": 1, \"x-program\": 2}";
    std::fs::write(directory.path().join("wrong.json"), wrong).unwrap();
    std::fs::write(directory.path().join("wrong.toml"), "listen = 3\n").unwrap();
    let check = |arguments: &[&str]| code(arguments, directory.path());
    assert_eq!(check(&["config"]), 0);
    assert_eq!(check(&["--data", "nowhere", "log", "verify"]), 1);
    assert_eq!(check(&["nonsense"]), 2);
    assert_eq!(check(&["--config", "wrong.toml", "config", "--check"]), 2);
    assert_eq!(check(&["catalog", "check", "wrong.json"]), 3);
}

#[test]
fn keys_are_rotated_and_retired_by_number_and_never_printed() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(code(&["--data", "tour", "key", "list"], directory.path()), 1, "there is none yet");
    let tour = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(tour.status.success());
    let run = |arguments: &[&str]| {
        let all = [&["--data", "tour", "--json", "key"], arguments].concat();
        let run = bailment(&all, directory.path());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    assert_eq!(run(&["list"]), json!({ "current": 1, "former": [] }));
    assert_eq!(run(&["rotate"]), json!({ "current": 2, "former": [1] }));
    for current_or_unknown in ["2", "7"] {
        let retire = ["--data", "tour", "key", "retire", current_or_unknown];
        assert_eq!(code(&retire, directory.path()), 1);
    }
    assert_eq!(run(&["retire", "1"]), json!({ "current": 2, "former": [] }));
}

#[test]
fn staff_commands_work_where_no_process_runs() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["--data", "tour", "--json"];
        all.extend(arguments);
        let run = bailment(&all, directory.path());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    let tour = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(tour.status.success());
    let made = run(&["partner", "create", "Second Ltd", "--note", "for a test"]);
    let partner = made["result"]["partner"].as_str().unwrap();
    run(&["partner", "suspend", partner, "--reason", "terms", "--severity", "low"]);
    let all = run(&["partner", "list"]);
    let found = all.as_array().unwrap().iter().find(|one| one["partner"] == partner).unwrap();
    assert_eq!(found["status"], "suspended");
    let entry = run(&["log", "show", "--kind", "partner-status-changed"]);
    assert_eq!(entry["payload"]["why"]["reason"], "terms", "{entry}");
}

#[test]
fn whoever_explains_an_answer_reads_numbers_unless_the_log_says_that_they_looked_somebody_up() {
    let directory = tempfile::tempdir().unwrap();
    let all = |arguments: &[&str]| {
        let mut all = vec!["--data", "tour", "--json"];
        all.extend(arguments);
        bailment(&all, directory.path())
    };
    let run = |arguments: &[&str]| {
        let run = all(arguments);
        assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    let tour = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(tour.status.success());
    let told: Value = serde_json::from_slice(&tour.stdout).unwrap();
    let steps = told["steps"].as_array().unwrap();
    let answers = steps.iter().flat_map(|step| step["log"].as_array().unwrap());
    let answers = answers.filter(|one| one["kind"] == "disclosure");
    let positions: Vec<String> = answers.map(|one| one["position"].to_string()).collect();
    let about = |told: &Value| -> Vec<String> {
        let rows = told["explained"].as_array().unwrap().iter();
        let all =
            rows.flat_map(|row| row["about"].as_str().unwrap().split(", ").map(str::to_owned));
        all.filter(|one| !one.is_empty()).collect()
    };
    let looked_up = || {
        let run = all(&["log", "show", "--kind", "identity-looked-up"]);
        String::from_utf8_lossy(&run.stdout).matches("\"identity-looked-up\"").count()
    };
    let explained = positions.iter().map(|at| (at, run(&["explain", "--position", at])));
    let (at, plain) = explained.into_iter().find(|(_, told)| !about(told).is_empty()).unwrap();
    let numbers = about(&plain);
    assert!(numbers.iter().all(|one| one.starts_with("per_")), "{plain}");
    let (number, before) = (numbers.first().unwrap().as_str(), looked_up());
    run(&["explain", "--position", at, "--person", number]);
    assert_eq!(looked_up(), before, "a number is no look-up");

    // Who that is: for a reason, and with an entry.
    for refused in [&["--who"][..], &["--person", "1"], &["--person", "nobody"]] {
        let run = all(&[&["explain", "--position", at], refused].concat());
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && said.contains("--reason"), "{said}");
        assert!(run.stdout.is_empty());
    }
    assert_eq!(looked_up(), before);
    let who = ["explain", "--position", at, "--person", number, "--who", "--reason", "incident"];
    let who = run(&who);
    let id = about(&who).into_iter().find(|one| !one.starts_with("per_")).unwrap();
    assert!(!who.to_string().contains("per_"), "{who}");
    let after = looked_up();
    assert!(after > before);
    let by_id = run(&["explain", "--position", at, "--person", &id, "--reason", "incident"]);
    assert_eq!(looked_up(), after + 1);
    assert!(!about(&by_id).is_empty() && !about(&by_id).contains(&id), "{by_id}");
}

#[test]
fn the_glass_is_broken_for_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let tour = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(tour.status.success());
    let alone = ["--data", "tour", "suspension", "propose", "--select", "status:active"];
    let alone = [&alone[..], &["--break-glass"]].concat();
    let run = bailment(&alone, directory.path());
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && said.contains("because.reason"), "{said}");
    let why = ["--reason", "incident", "--severity", "high"];
    assert_eq!(code(&[&alone[..], &why].concat(), directory.path()), 0);
}

#[test]
fn any_change_of_the_rules_is_watched_from_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let tour = bailment(&["demo", "--tour", "m1", "--json", "--dir", "tour"], directory.path());
    assert!(tour.status.success());
    let ask = |arguments: &[&str]| {
        bailment(&[&["--data", "tour", "--json"], arguments].concat(), directory.path())
    };
    let run = |arguments: &[&str]| {
        let run = ask(arguments);
        assert!(run.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    let write = |name: &str, document: &Value| {
        std::fs::write(directory.path().join(name), document.to_string()).unwrap();
    };
    let mut catalog = run(&["catalog", "show"]);
    let version = catalog["info"]["version"].as_str().unwrap().to_owned();
    catalog["info"]["version"] = "2099-01-01".into();
    write("next.json", &catalog);
    write("policy.json", &json!({ "policy": "p", "title": "P", "programs": {} }));
    let agreement = run(&["agreement", "list"])[0].clone();
    let of = |name: &str| agreement[name].as_str().unwrap().to_owned();
    let (number, app, class) = (of("agreement"), of("app"), "group.name");
    let program = of("program");
    let kinds: [(&str, Vec<&str>); 5] = [
        ("policy", vec!["policy", "audit", "policy.json"]),
        ("catalog", vec!["catalog", "audit", "next.json", "--keep", &version]),
        ("program", vec!["program", "audit", &program, "closed"]),
        ("agreement-end", vec!["agreement", "audit", "--end", &number, "--note", "for a test"]),
        (
            "agreement",
            [
                &["agreement", "audit", "--app", &app, "--program", &program, "--class", class][..],
                &["--purpose", "group-management", "--until", "2100-01-01T00:00:00Z"],
                &["--replaces", &number],
            ]
            .concat(),
        ),
    ];
    assert!(!ask(&["audit"]).status.success(), "none is watched");
    for (kind, arguments) in kinds {
        run(&arguments);
        let watched = run(&["audit"]);
        assert_eq!(
            (&watched["change"]["kind"], &watched["disclosures"]),
            (&json!(kind), &json!(0))
        );
        let told = bailment(&["--data", "tour", "audit"], directory.path());
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(told.contains("would have withheld something from 0 of 0 disclosures"), "{told}");
        run(&["audit", "--off", &watched["since"].to_string()]);
    }
    assert!(!ask(&["audit"]).status.success());
    let nothing = ["--data", "tour", "catalog", "audit", "policy.json"];
    assert_eq!(code(&nothing, directory.path()), 3, "it is no catalog");
}
