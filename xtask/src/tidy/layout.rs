//! Each crate takes part in the lints that hold for it: an opt-out must be seen.

use super::{Violation, source};
use anyhow::Context;
use std::path::Path;

const BANS: &str = "core/clippy.toml";

/// Manifests without the workspace's lints, and Clippy configurations that hide the bans of `core/`.
///
/// # Errors
/// When a manifest cannot be read.
pub fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    if !root.join(BANS).exists() {
        let advice = "the file is missing: it holds what Clippy bans under core/";
        violations.push(Violation::new(BANS, 1, "lints", advice));
    }
    for path in source::files(root, "toml")? {
        let hides = path.starts_with("core/") && path.ends_with("clippy.toml") && path != BANS;
        if hides {
            let advice = format!("Clippy reads only the nearest file, so this one hides {BANS}");
            violations.push(Violation::new(&path, 1, "lints", advice));
        }
        if path.ends_with("Cargo.toml") && !path.starts_with("bench/") {
            let text = std::fs::read_to_string(root.join(&path))
                .with_context(|| format!("cannot read `{path}`"))?;
            violations.extend(lints(&path, &text));
        }
    }
    Ok(violations)
}

/// A crate either takes the workspace's lints, or states all of its own.
fn lints(path: &str, manifest: &str) -> Option<Violation> {
    let sections: Vec<&str> = manifest.lines().filter(|line| line.starts_with('[')).collect();
    let has = |section: &str| sections.contains(&section);
    if !has("[package]") {
        return None;
    }
    let taken = manifest
        .split_once("[lints]")
        .is_some_and(|(_, rest)| rest.trim_start().starts_with("workspace = true"));
    if taken || (has("[lints.rust]") && has("[lints.clippy]")) {
        return None;
    }
    let advice = "add `[lints]` with `workspace = true`, or `[lints.rust]` and `[lints.clippy]` that say why";
    Some(Violation::new(path, 1, "lints", advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_takes_the_lints_or_states_its_own() {
        let found = |text: &str| lints("io/x/Cargo.toml", text).is_some();
        assert!(found("[package]\nname = \"x\"\n"));
        assert!(found("[package]\nname = \"x\"\n[lints]\n"));
        assert!(!found("[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"));
        assert!(!found("[package]\n[lints.rust]\nunsafe_code = \"deny\"\n[lints.clippy]\n"));
        assert!(!found("[workspace]\nmembers = []\n"));
    }
}
