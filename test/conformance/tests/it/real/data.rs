//! The shared data sets, unpacked, and what in them must never be seen.

use platform::import::{Updates, import_ldbc};
use platform::{GroupId, Platform};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The shared data, from `BAILMENT_SHARED` or beside the workspace.
fn shared() -> PathBuf {
    let shared = std::env::var_os("BAILMENT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = shared.join("data");
    assert!(
        data.join("ldbc-tiny.tar.zst").is_file(),
        "no `data/ldbc-tiny.tar.zst` in `{}`: set BAILMENT_SHARED to the shared folder",
        shared.display()
    );
    data
}

/// A data set unpacked, under the target folder, and what its files say.
pub struct Data {
    directory: PathBuf,
    /// Addresses and browsers.
    pub addresses: BTreeSet<String>,
    /// Browsers.
    pub browsers: BTreeSet<String>,
    /// First and last name by person.
    pub names: BTreeMap<i64, String>,
    /// Groups with their first moderator, those with most members first.
    pub groups: Vec<(GroupId, i64, usize)>,
}

impl Data {
    /// Unpacks an archive, once.
    pub fn unpack(name: &str) -> Self {
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !into.join("complete").is_file() {
            let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            let archive = shared().join(format!("{name}.tar.zst"));
            let mut tar = std::process::Command::new("tar");
            let done =
                tar.arg("--zstd").arg("-xf").arg(&archive).arg("-C").arg(beside.path()).status();
            let done = done.expect("`tar` runs");
            assert!(done.success(), "`tar --zstd` unpacks {} (Debian: zstd)", archive.display());
            std::fs::write(beside.path().join("complete"), "").unwrap();
            // Another run may have been faster; its files are the same.
            let _ = std::fs::rename(beside.keep(), &into);
        }
        Self::read(&dynamic(&into, 3).expect("a folder `dynamic` in the archive"))
    }

    fn read(dynamic: &Path) -> Self {
        let rows = |name: &str| rows(&dynamic.join(format!("{name}_0_0.csv")));
        let (mut addresses, mut browsers) = (BTreeSet::new(), BTreeSet::new());
        let mut names = BTreeMap::new();
        for row in rows("person") {
            names.insert(row[0].parse().unwrap(), format!("{} {}", row[1], row[2]));
            addresses.insert(row[6].clone());
            browsers.insert(row[7].clone());
        }
        for (file, column) in [("post", 3), ("comment", 2)] {
            for row in rows(file) {
                addresses.insert(row[column].clone());
                browsers.insert(row[column + 1].clone());
            }
        }
        let mut members: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows("forum_hasMember_person") {
            *members.entry(row[0].clone()).or_default() += 1;
        }
        let moderators: BTreeMap<String, String> = rows("forum_hasModerator_person")
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        let mut groups: Vec<(GroupId, i64, usize)> = rows("forum")
            .iter()
            .filter(|row| row[1].starts_with("Group for "))
            .filter_map(|row| {
                let moderator = moderators.get(&row[0])?.parse().ok()?;
                Some((
                    row[0].parse().unwrap(),
                    moderator,
                    members.get(&row[0]).copied().unwrap_or_default(),
                ))
            })
            .collect();
        groups.sort_by_key(|(id, _, members)| (std::cmp::Reverse(*members), *id));
        assert!(!addresses.is_empty() && !browsers.is_empty() && !groups.is_empty());
        Self { directory: dynamic.parent().unwrap().to_owned(), addresses, browsers, names, groups }
    }

    /// Imports it where a world can wake.
    pub fn import(&self, directory: &Path) -> platform::import::Summary {
        let platform = Platform::open(&directory.join("platform")).unwrap();
        let summary =
            import_ldbc(platform.store(), &self.directory, Updates::Skip, |_| {}).unwrap();
        let made = platform::generate::Generated {
            people: summary.people,
            groups: summary.groups,
            ..Default::default()
        };
        std::fs::write(directory.join("made.json"), serde_json::to_vec(&made).unwrap()).unwrap();
        summary
    }
}

fn dynamic(directory: &Path, depth: u32) -> Option<PathBuf> {
    let here = directory.join("dynamic");
    if here.is_dir() {
        return Some(here);
    }
    let below = std::fs::read_dir(directory).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let deeper = depth.checked_sub(1)?;
    below.filter(|path| path.is_dir()).find_map(|path| dynamic(&path, deeper))
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split('|').map(str::to_owned).collect()).collect()
}
