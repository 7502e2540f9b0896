//! The table "Allowed dependencies" of `ARCHITECTURE.md` against what the manifests say.
//!
//! The table stands below a heading with those words. Its rows are
//! `| crate | may use (ours) | may use (outside) |`: names in back-ticks, separated by commas; the first cell
//! may name several crates that share a row; `–` or nothing means none; the word `anything` (without
//! back-ticks) lifts the limit of that cell. Text without back-ticks is a remark.

use super::Violation;
use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const RULE: &str = "dependencies";
const MAP: &str = "ARCHITECTURE.md";
const HEADING: &str = "allowed dependencies";

/// Dependencies that the table does not allow, and rows that fit no crate.
///
/// # Errors
/// When `cargo metadata` fails or the map cannot be read.
pub fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let members = members(root)?;
    let map = root.join(MAP);
    if !map.exists() {
        let advice = "the file is missing: it holds the table \"Allowed dependencies\"";
        return Ok(vec![Violation::new(MAP, 1, RULE, advice)]);
    }
    let text = std::fs::read_to_string(&map).with_context(|| format!("cannot read `{MAP}`"))?;
    let mut violations = match Table::parse(&text) {
        Ok(table) => compare(&table, &members),
        Err(violation) => vec![violation],
    };
    violations.extend(members.iter().flat_map(of_core));
    Ok(violations)
}

/// A member of the workspace.
struct Member {
    name: String,
    /// Of its manifest, relative to the root.
    manifest: String,
    uses: Vec<Use>,
}

/// A line among its dependencies.
struct Use {
    name: String,
    /// The folder, relative to the root, if it is a crate of ours.
    ours: Option<String>,
    /// For tests and benchmarks only.
    is_dev: bool,
    /// Where the manifest says so.
    line: usize,
}

impl Member {
    fn violation(&self, line: usize, advice: impl Into<String>) -> Violation {
        Violation::new(&self.manifest, line, RULE, advice)
    }
}

fn members(root: &Path) -> anyhow::Result<Vec<Member>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cannot read the workspace")?;
    let root = metadata.workspace_root.as_std_path().to_owned();
    metadata.workspace_packages().into_iter().map(|package| member(&root, package)).collect()
}

fn member(root: &Path, package: &Package) -> anyhow::Result<Member> {
    let manifest = package.manifest_path.as_std_path();
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("cannot read `{}`", manifest.display()))?;
    let relative =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let uses = package.dependencies.iter().map(|dependency| {
        let key = dependency.rename.as_ref().unwrap_or(&dependency.name);
        Use {
            name: dependency.name.clone(),
            ours: dependency.path.as_ref().map(|path| relative(path.as_std_path())),
            is_dev: dependency.kind == DependencyKind::Development,
            line: line_of(&text, key),
        }
    });
    Ok(Member {
        name: package.name.to_string(),
        manifest: relative(manifest),
        uses: uses.collect(),
    })
}

/// The first line of the manifest that gives this key among dependencies.
fn line_of(manifest: &str, key: &str) -> usize {
    let mut among = false;
    let position = manifest.lines().position(|line| {
        if let Some(section) = line.strip_prefix('[') {
            among = section.contains("dependencies");
            return among && section.trim_end_matches(']').ends_with(&format!(".{key}"));
        }
        let is_key = |rest: &str| rest.starts_with(['.', ' ', '=']);
        among && line.strip_prefix(key).is_some_and(is_key)
    });
    position.map_or(1, |index| index + 1)
}

/// What one cell allows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    Anything,
    Only(BTreeSet<String>),
}

impl Allowed {
    fn parse(cell: &str) -> Self {
        let remark = cell.split('`').step_by(2).collect::<String>();
        if remark.split_whitespace().any(|word| word.trim_matches(',') == "anything") {
            return Self::Anything;
        }
        Self::Only(names(cell).map(str::to_owned).collect())
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

#[derive(Debug, Clone)]
struct Row {
    line: usize,
    ours: Allowed,
    outside: Allowed,
}

struct Table {
    rows: BTreeMap<String, Row>,
    /// The heading's line.
    line: usize,
}

impl Table {
    fn parse(text: &str) -> Result<Self, Violation> {
        let mut lines = (1..).zip(text.lines());
        let is_heading =
            |text: &str| text.starts_with('#') && text.to_lowercase().contains(HEADING);
        let Some((heading, _)) = lines.by_ref().find(|(_, text)| is_heading(text)) else {
            let advice = "no heading \"Allowed dependencies\": add it with the table below it";
            return Err(Violation::new(MAP, 1, RULE, advice));
        };
        let mut rows = BTreeMap::new();
        for (line, text) in lines.take_while(|(_, text)| !text.starts_with('#')) {
            let Some(cells) = text.trim().strip_prefix('|') else { continue };
            let cells: Vec<&str> = cells.trim_end_matches('|').split('|').collect();
            let [crates, ours, outside] = cells.as_slice() else {
                let advice = "a row needs three cells: crate, may use (ours), may use (outside)";
                return Err(Violation::new(MAP, line, RULE, advice));
            };
            let row = Row { line, ours: Allowed::parse(ours), outside: Allowed::parse(outside) };
            for name in names(crates) {
                if rows.insert(name.to_owned(), row.clone()).is_some() {
                    let advice = format!("`{name}` has two rows: join them");
                    return Err(Violation::new(MAP, line, RULE, advice));
                }
            }
        }
        if rows.is_empty() {
            let advice = "no table below the heading: add rows with crates in back-ticks";
            return Err(Violation::new(MAP, heading, RULE, advice));
        }
        Ok(Self { rows, line: heading })
    }
}

/// What stands between back-ticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn compare(table: &Table, members: &[Member]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in members {
        let Some(row) = table.rows.get(&member.name) else {
            let advice = format!("`{}` has no row: add one", member.name);
            violations.push(Violation::new(MAP, table.line, RULE, advice));
            continue;
        };
        for used in member.uses.iter().filter(|used| !used.is_dev) {
            let (column, allowed) = match used.ours {
                Some(_) => ("ours", &row.ours),
                None => ("outside", &row.outside),
            };
            if !allowed.has(&used.name) {
                let advice = format!(
                    "`{}` may not use `{}`: do without, or allow it in {MAP}:{} ({column}) in a commit that says why",
                    member.name, used.name, row.line
                );
                violations.push(member.violation(used.line, advice));
            }
        }
    }
    let known: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    for (name, row) in &table.rows {
        let ours = match &row.ours {
            Allowed::Anything => None,
            Allowed::Only(names) => names.iter().find(|name| !known.contains(name.as_str())),
        };
        let missing = if known.contains(name.as_str()) { ours } else { Some(name) };
        if let Some(missing) = missing {
            let advice = format!("`{missing}` is no crate of this workspace: remove it");
            violations.push(Violation::new(MAP, row.line, RULE, advice));
        }
    }
    violations
}

/// Whatever the table says, nothing under `core/` sees `io/` or `bin/`, not even in its tests.
fn of_core(member: &Member) -> Vec<Violation> {
    if !member.manifest.starts_with("core/") {
        return Vec::new();
    }
    let is_shell = |folder: &String| folder.starts_with("io/") || folder.starts_with("bin/");
    let shell = member.uses.iter().filter(|used| used.ours.as_ref().is_some_and(is_shell));
    shell
        .map(|used| {
            let advice = format!(
                "`{}` is under core/ and may not see `{}`, not even in tests: move the test to io/ or test/",
                member.name, used.name
            );
            member.violation(used.line, advice)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Map\n\n## Allowed dependencies\n\nWhy.\n\n\
        | crate | may use (ours) | may use (outside) |\n|---|---|---|\n\
        | `model` | – | `thiserror`, `sha2` |\n\
        | `consent` | `model` | |\n\
        | `store`, `sim` | anything | `rusqlite` (all SQL) |\n\n## Next\n\n| a | b |\n";

    fn member(name: &str, folder: &str, uses: &[(&str, Option<&str>, bool)]) -> Member {
        let uses = (7..).zip(uses).map(|(line, (name, ours, is_dev))| Use {
            name: (*name).to_owned(),
            ours: ours.map(str::to_owned),
            is_dev: *is_dev,
            line,
        });
        Member {
            name: name.to_owned(),
            manifest: format!("{folder}/{name}/Cargo.toml"),
            uses: uses.collect(),
        }
    }

    fn workspace(consent: &[(&str, Option<&str>, bool)]) -> Vec<Member> {
        vec![
            member("model", "core", &[("sha2", None, false)]),
            member("consent", "core", consent),
            member("store", "io", &[("consent", Some("core/consent"), false)]),
            member("sim", "test", &[("rusqlite", None, false)]),
        ]
    }

    fn found(table: &str, members: &[Member]) -> Vec<String> {
        let violations = match Table::parse(table) {
            Ok(table) => compare(&table, members),
            Err(violation) => vec![violation],
        };
        let core = members.iter().flat_map(of_core);
        violations.into_iter().chain(core).map(|v| v.to_string()).collect()
    }

    #[test]
    fn what_the_table_allows_passes() {
        let uses = [("model", Some("core/model"), false), ("proptest", None, true)];
        assert_eq!(found(TABLE, &workspace(&uses)), [""; 0]);
    }

    #[test]
    fn what_the_table_does_not_allow_is_found_at_its_line() {
        let uses = [("model", Some("core/model"), false), ("serde_json", None, false)];
        assert_eq!(
            found(TABLE, &workspace(&uses)),
            [
                "core/consent/Cargo.toml:8: dependencies: `consent` may not use `serde_json`: do without, or allow it in ARCHITECTURE.md:10 (outside) in a commit that says why"
            ]
        );
        // A crate of ours is not allowed by a name in the column for others.
        let uses = [("thiserror", Some("core/thiserror"), false)];
        assert!(found(TABLE, &workspace(&uses)).first().is_some_and(|v| v.contains("(ours)")));
    }

    #[test]
    fn core_does_not_see_io_even_in_tests() {
        let uses = [("store", Some("io/store"), true)];
        assert!(found(TABLE, &workspace(&uses)).first().is_some_and(|v| v.starts_with(
            "core/consent/Cargo.toml:7: dependencies: `consent` is under core/ and may not see `store`"
        )));
    }

    #[test]
    fn rows_and_crates_fit_each_other() {
        let mut members = workspace(&[]);
        members.push(member("new", "io", &[]));
        assert_eq!(
            found(TABLE, &members),
            ["ARCHITECTURE.md:3: dependencies: `new` has no row: add one"]
        );
        members.truncate(3);
        assert_eq!(
            found(TABLE, &members),
            ["ARCHITECTURE.md:11: dependencies: `sim` is no crate of this workspace: remove it"]
        );
    }

    #[test]
    fn a_broken_table_is_told_by_line() {
        assert!(found("# Map", &[]).first().is_some_and(|v| v.contains("no heading")));
        assert!(
            found("# Allowed dependencies", &[]).first().is_some_and(|v| v.contains("no table"))
        );
        let narrow = "# Allowed dependencies\n| `model` | – |";
        assert!(found(narrow, &[]).first().is_some_and(|v| v.starts_with("ARCHITECTURE.md:2:")));
        let twice = format!("{}| `model` | | |\n", TABLE.split("\n\n## Next").next().unwrap_or(""));
        let twice = twice.replace("rusqlite` (all SQL) |", "rusqlite` (all SQL) |\n");
        assert!(found(&twice, &[]).first().is_some_and(|v| v.contains("two rows")), "{twice}");
    }

    #[test]
    fn the_line_of_a_dependency_is_found() {
        let manifest = "[package]\nurl = 1\n\n[dependencies]\nurl2 = \"1\"\nurl.workspace = true\n\n[dev-dependencies.rand]\n";
        assert_eq!(line_of(manifest, "url"), 6);
        assert_eq!(line_of(manifest, "rand"), 8);
        assert_eq!(line_of(manifest, "other"), 1);
    }
}
