//! Planted violations in workspaces of their own, found by the real `cargo xtask tidy` and the real Clippy.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A small workspace with one crate, `core/planted`.
struct Planted(PathBuf);

impl Planted {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
        }
        let planted = Self(root);
        planted.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"core/*\"]\n\n[workspace.lints.clippy]\nall = { level = \"deny\", priority = -1 }\n");
        planted.write("core/planted/Cargo.toml", "[package]\nname = \"planted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n");
        planted.write("core/planted/src/lib.rs", "//! Nothing.\n");
        planted.write("ARCHITECTURE.md", "## Allowed dependencies\n\n| crate | may use (ours) | may use (outside) |\n|---|---|---|\n| `planted` | | |\n");
        planted.write("core/clippy.toml", include_str!("../../../core/clippy.toml"));
        planted.write("clippy.toml", include_str!("../../../clippy.toml"));
        planted
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn tidy(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").arg(&self.0).output().unwrap()
    }

    fn clippy(&self) -> Output {
        Command::new(env!("CARGO"))
            .args(["clippy", "--quiet", "--offline", "--all-targets"])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .output()
            .unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn tidy_passes_a_tidy_workspace() {
    let output = Planted::new("tidy").tidy();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn tidy_tells_every_violation_in_one_line_and_fails() {
    let planted = Planted::new("untidy");
    planted.write("README.md", "[here](core/clippy.toml#top)\n[gone](docs/b.md)\n");
    planted.write("docs/a.md", "[up](../README.md) [gone](README.md)\n[x]: c.md\n");
    planted.write(
        "core/planted/src/lib.rs",
        "//! Something.\nmod utils;\nuse std::fs;\nfn ratio() -> f64 {\n    unsafe { b() }\n}\n",
    );
    planted.write("core/planted/src/utils.rs", "");
    planted.write("core/planted/clippy.toml", "");
    planted.write("core/planted/build.rs", "fn {");
    planted.write(
        "core/other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nplanted = { path = \"../planted\" }\n",
    );
    planted.write("core/other/src/lib.rs", "//! Other.\n");
    planted.write("ARCHITECTURE.md", "## Allowed dependencies\n| `planted`, `other` | | |\n");
    let output = planted.tidy();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let expected = [
        "README.md:2: links: `docs/b.md` does not exist",
        "core/other/Cargo.toml:1: lints: add `[lints]`",
        "core/other/Cargo.toml:7: dependencies: `other` may not use `planted`",
        "core/planted/build.rs:1: syntax: ",
        "core/planted/clippy.toml:1: lints: Clippy reads only the nearest file",
        "core/planted/src/lib.rs:2: module-name: a module called `utils`",
        "core/planted/src/lib.rs:3: purity: `std::fs` may not be used",
        "core/planted/src/lib.rs:4: floats: `f64`",
        "core/planted/src/lib.rs:5: unsafe: ",
        "core/planted/src/utils.rs:1: module-name: a module called `utils`",
        "docs/a.md:1: links: `README.md` does not exist",
        "docs/a.md:2: links: `c.md` does not exist",
        "12 to mend",
    ];
    let stdout = text(&output.stdout);
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{stdout}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "expected `{expected}` in\n{stdout}");
    }
}

#[test]
fn tidy_refuses_a_test_of_core_that_sees_io() {
    let planted = Planted::new("upwards");
    let manifest = "[package]\nname = \"shell\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n";
    planted
        .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"core/*\", \"io/*\"]\n\n[workspace.lints.clippy]\nall = \"deny\"\n");
    planted.write("io/shell/Cargo.toml", manifest);
    planted.write("io/shell/src/lib.rs", "//! Shell.\n");
    planted.write(
        "core/planted/Cargo.toml",
        &format!(
            "{}\n[dev-dependencies]\nshell = {{ path = \"../../io/shell\" }}\n",
            manifest.replace("shell", "planted")
        ),
    );
    planted.write(
        "ARCHITECTURE.md",
        "## Allowed dependencies\n| `planted` | `shell` | |\n| `shell` | | anything |\n",
    );
    let output = planted.tidy();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert!(
        stdout.starts_with("core/planted/Cargo.toml:10: dependencies: `planted` is under core/"),
        "{stdout}"
    );
}

#[test]
fn tidy_misses_the_dependency_table_and_the_bans() {
    let planted = Planted::new("bare");
    std::fs::remove_file(planted.0.join("ARCHITECTURE.md")).unwrap();
    std::fs::remove_file(planted.0.join("core/clippy.toml")).unwrap();
    let output = planted.tidy();
    assert_eq!(output.status.code(), Some(1));
    let stdout = text(&output.stdout);
    assert!(stdout.contains("ARCHITECTURE.md:1: dependencies: the file is missing"), "{stdout}");
    assert!(stdout.contains("core/clippy.toml:1: lints: the file is missing"), "{stdout}");
}

#[test]
fn a_folder_that_is_no_workspace_is_another_failure_than_a_violation() {
    let planted = Planted::new("broken");
    planted.write("Cargo.toml", "[workspace");
    let output = planted.tidy();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: cannot read the workspace: "));
}

#[test]
fn an_unknown_chore_is_a_usage_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("dance").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("unknown chore `dance`"));
}

#[test]
fn clippy_reads_the_bans_of_core_for_a_crate_below_it() {
    let planted = Planted::new("clippy");
    // Every name hides behind an alias or a path that the tidy rule cannot follow.
    planted.write(
        "core/planted/src/lib.rs",
        "//! Planted.\n\
         use std as s;\n\
         /// A clock.\n\
         pub fn clock() -> s::time::SystemTime { s::time::SystemTime::now() }\n\
         /// Another.\n\
         pub fn stopwatch(a: s::time::Instant) -> s::time::Duration { a.elapsed() }\n\
         /// Random order.\n\
         pub fn map() -> s::collections::HashMap<u8, u8> { s::collections::HashMap::new() }\n\
         /// Random order.\n\
         pub fn set(a: &s::collections::HashSet<u8>) -> usize { a.len() }\n\
         /// A file.\n\
         pub fn file() -> bool { s::fs::read(\"a\").is_ok() }\n\
         /// A socket.\n\
         pub fn socket(_: &s::net::TcpStream) {}\n\
         /// A thread.\n\
         pub fn thread() { let _unjoined = s::thread::spawn(|| {}); }\n\
         /// The environment.\n\
         pub fn environment() -> bool { s::env::var(\"A\").is_ok() }\n",
    );
    let output = planted.clippy();
    assert!(!output.status.success(), "planted violations passed");
    let stderr = text(&output.stderr);
    for banned in [
        "use of a disallowed method `std::time::SystemTime::now`",
        "use of a disallowed type `std::time::SystemTime`",
        "use of a disallowed type `std::time::Instant`",
        "use of a disallowed type `std::collections::HashMap`",
        "use of a disallowed type `std::collections::HashSet`",
        "use of a disallowed method `std::fs::read`",
        "use of a disallowed type `std::net::TcpStream`",
        "use of a disallowed method `std::thread::spawn`",
        "use of a disallowed method `std::env::var`",
    ] {
        assert!(stderr.contains(banned), "`{banned}` is missing in\n{stderr}");
    }
}

#[test]
fn the_bans_are_well_formed_and_end_at_core() {
    let planted = Planted::new("clean");
    let output = planted.clippy();
    // A path that does not exist, or a wrong key, would be told here.
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn core_repeats_the_settings_of_the_root() {
    let root = include_str!("../../../clippy.toml");
    let core = include_str!("../../../core/clippy.toml");
    for setting in root.lines().filter(|line| !line.starts_with('#') && line.contains('=')) {
        // Bans of the root concern crates that core/ does not see.
        if setting.starts_with("allow-") || setting.starts_with("too-") {
            assert!(core.contains(setting), "core/clippy.toml lacks `{setting}`");
        }
    }
}
