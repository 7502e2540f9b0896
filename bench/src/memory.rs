//! A large community resident, and its snapshot.

use crate::community::{Community, NOW};
use crate::machine::{resident, time};
use anyhow::{Context, Result, ensure};
use consent::State;
use model::*;
use std::fmt::Write;
use std::process::Command;

const PEOPLE: u32 = 1_000_000;
const APPS: u32 = 100;
const GROUPS: u32 = 500_000;
const OPT_INS: u64 = 10_000_000;
const SETTINGS: u32 = 100_000;

/// Members of the group of this rank, from 1: Zipf's law with exponent ¾ and a median of 12.
fn members(rank: u32) -> u32 {
    let middle = f64::from(GROUPS / 2);
    (12.0 * (middle / f64::from(rank)).powf(0.75)).round() as u32
}

/// Folds the community from its events, writes its snapshot, and says what it took.
pub fn fold(file: &str) -> Result<()> {
    let before = resident()?;
    let (took, community) = time(build);
    let state = community?.state;
    let folded = resident()? - before;
    let (encoding, bytes) = time(|| state.encode_snapshot());
    std::fs::write(file, &bytes)?;
    println!("{} {} {} {}", took.as_millis(), folded, encoding.as_millis(), bytes.len());
    Ok(())
}

fn build() -> Result<Community> {
    let mut community = Community::new(11, APPS, PEOPLE)?;
    // Ranks in no order, so that large groups do not lie together.
    let mut ranks: Vec<u32> = (1..=GROUPS).collect();
    for at in (1..ranks.len()).rev() {
        let other = community.dice.below(at as u32 + 1) as usize;
        ranks.swap(at, other);
    }
    let mut made = 0u64;
    for (number, rank) in (0..GROUPS).zip(ranks) {
        let context = community.group(number)?;
        let size = members(rank);
        let people: Vec<PersonNo> = community.members(size).collect();
        // 1.4 apps a group, drawn from all of them.
        let apps = if community.dice.below(10) < 4 { 2 } else { 1 };
        let first = community.dice.below(APPS);
        for app in 0..apps {
            let app = AppNo(1 + (first + app * 37) % APPS);
            let installed = community.install(app, context)?;
            for person in &people {
                if made < OPT_INS && community.dice.below(1000) < 525 {
                    community.opt_in(*person, installed)?;
                    made += 1;
                }
            }
        }
    }
    for _ in 0..SETTINGS {
        let person = PersonNo(community.dice.below(PEOPLE));
        let app = AppNo(1 + community.dice.below(APPS));
        let context = ContextNo(community.dice.below(GROUPS));
        community.set(person, app, context)?;
    }
    ensure!(made == OPT_INS, "only {made} opt-ins");
    Ok(community)
}

/// Reads the snapshot as a start-up does, and says what that took.
pub fn load(file: &str) -> Result<()> {
    let before = resident()?;
    let bytes = std::fs::read(file)?;
    let (took, state) = time(|| State::decode_snapshot(&bytes));
    let state = state?;
    drop(bytes);
    let loaded = resident()?.saturating_sub(before);
    ensure!(state.encode_snapshot() == std::fs::read(file)?, "it reads back as another state");
    let opt_ins: usize = (0..GROUPS).map(|no| state.opt_ins(ContextNo(no)).count()).sum();
    let standing = state.installations().filter(|(_, one)| state.is_standing(one)).count();
    ensure!(state.time() == NOW, "the state is of another time");
    println!("{} {loaded} {opt_ins} {standing} {}", took.as_millis(), state.people_len());
    Ok(())
}

fn child(words: &[&str]) -> Result<Vec<u64>> {
    let out = Command::new(std::env::current_exe()?).args(words).output()?;
    ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = String::from_utf8(out.stdout)?;
    said.split_whitespace().map(|word| word.parse().context("not a number")).collect()
}

/// Everything about memory and start-up, as Markdown.
pub fn report() -> Result<String> {
    let file = std::env::temp_dir().join(format!("bailment-bench-{}.snapshot", std::process::id()));
    let name = file.to_str().context("temporary directory has no plain name")?;
    let folded = child(&["memory-fold", name])?;
    let mut loads = Vec::new();
    for _ in 0..3 {
        loads.push(child(&["memory-load", name])?);
    }
    std::fs::remove_file(&file)?;
    loads.sort_unstable();
    let [fold_ms, fold_bytes, encode_ms, snapshot] = folded[..] else {
        anyhow::bail!("{folded:?}")
    };
    let [load_ms, load_bytes, opt_ins, standing, people] = loads[1][..] else {
        anyhow::bail!("{loads:?}")
    };
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let mut text = String::from("\n## A large community resident\n\n");
    writeln!(
        text,
        "{people} people, {APPS} apps, {GROUPS} groups (Zipf, exponent ¾, median 12 members, largest {}), {standing} standing installations, \
         {opt_ins} opt-ins of 48 usual choices, {SETTINGS} settings, no grants. Growth of the process's resident set; a process for each \
         figure; median of three loads.\n",
        members(1)
    )?;
    text.push_str("| what | figure | target |\n|---|---|---|\n");
    writeln!(
        text,
        "| resident after start-up from the snapshot | {:.1} MB | 250 MB |",
        mb(load_bytes)
    )?;
    writeln!(text, "| decoding the snapshot | {:.2} s | 5 s |", load_ms as f64 / 1e3)?;
    writeln!(
        text,
        "| resident after folding every event one by one | {:.1} MB | |",
        mb(fold_bytes)
    )?;
    writeln!(text, "| folding every event one by one | {:.1} s | |", fold_ms as f64 / 1e3)?;
    writeln!(text, "| encoding the snapshot | {:.2} s | |", encode_ms as f64 / 1e3)?;
    writeln!(text, "| size of the snapshot, uncompressed | {:.1} MB | |", mb(snapshot))?;
    Ok(text)
}
