//! The community of the HTTP benchmarks: generated, an app enabled in its largest groups, members of mixed choices.

use anyhow::{Context, Result, ensure};
use conformance::{Options, World};
use model::{ClassMask, InstallationNo, PersonNo};
use platform::{GroupId, PersonId, UpstreamRequest};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// People in the community.
pub const PEOPLE: usize = 2_000;
/// Pages that are asked for in turn: the first of so many groups, the largest ones.
pub const GROUPS: i64 = 16;

/// How the world of the benchmark is made, and woken.
pub fn options() -> Options {
    Options { seed: 11, people: PEOPLE, ..Options::default() }
}

/// Makes the community below a directory and lets everyone choose.
pub fn prepare(directory: &str) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(make(Path::new(directory)))
}

/// The platform's id of the n-th group that is asked for.
pub fn group_of(directory: &Path, place: i64) -> Result<GroupId> {
    let made = std::fs::read(directory.join("made.json"))?;
    let made: platform::generate::Generated = serde_json::from_slice(&made)?;
    Ok(GroupId::new(made.first_group + place))
}

async fn make(directory: &Path) -> Result<()> {
    let world = World::at(directory, options()).await;
    let app = world.app("Bench").await;
    let (mut members, mut opted) = (0u64, 0u64);
    let mut told = Told::default();
    for place in 0..GROUPS {
        let group = world.group(place);
        ensure!(full_page(&world, group).await? >= 25, "group {place} has no page of 25 posts");
        let installation = world.install(app, group).await;
        writeln!(told.installations, "{place}\t1\t{group}\t7")?;
        for (nth, (id, person)) in authors(&world, group).await?.into_iter().enumerate() {
            members += 1;
            let classes = choose(&world, nth, person, installation).await;
            if let Some(classes) = classes {
                opted += 1;
                writeln!(told.opt_ins, "{id}\t{place}\t{classes}")?;
            }
            if nth % 10 == 9 && told.settings.insert(id) {
                let name = name(&world);
                world.set(person, ledger::SettingScope::AllApps, name).await;
            }
        }
    }
    world.store.write_snapshot()?;
    told.write(directory)?;
    println!("{members} {opted}");
    Ok(())
}

/// What was chosen, as PostgreSQL reads it; classes are 1 for the id, 2 for the name, 4 for the picture.
#[derive(Default)]
struct Told {
    installations: String,
    opt_ins: String,
    settings: BTreeSet<PersonId>,
}

impl Told {
    fn write(&self, directory: &Path) -> Result<()> {
        let settings: String = self.settings.iter().map(|id| format!("{id}\t2\n")).collect();
        std::fs::write(directory.join("installation.tsv"), &self.installations)?;
        std::fs::write(directory.join("opt_in.tsv"), &self.opt_ins)?;
        std::fs::write(directory.join("setting.tsv"), settings)?;
        Ok(())
    }
}

fn name(world: &World) -> ClassMask {
    let state = world.store.state();
    let classes = state.catalog().map(|catalog| catalog.classes.as_slice()).unwrap_or_default();
    let class = classes.iter().find(|class| class.name == "member.name");
    class.map_or(ClassMask::ALL, |class| ClassMask::of(class.number))
}

/// Every second author opts in, half of them to everything, the others to their name alone; one in ten of all has
/// closed the name for every app.
async fn choose(world: &World, nth: usize, person: PersonNo, on: InstallationNo) -> Option<u8> {
    let (classes, told) = match nth % 4 {
        0 => (ClassMask::ALL, 7),
        1 => (name(world), 2),
        _ => return None,
    };
    world
        .commit(move |s, lookup, env| {
            flows::person::opt_in(s, lookup, env.now, person, (on, classes))
        })
        .await;
    Some(told)
}

/// The authors of a group's newest hundred posts.
async fn authors(world: &World, group: GroupId) -> Result<Vec<(PersonId, PersonNo)>> {
    let page = ask(world, &format!("/groups/{group}/posts?limit=100")).await?;
    let items = page["items"].as_array().context("no items")?;
    let mut people: Vec<PersonId> =
        items.iter().filter_map(|post| post["author"]["id"].as_str()?.parse().ok()).collect();
    people.sort_unstable();
    people.dedup();
    Ok(people.into_iter().map(|id| (id, world.person(id))).collect())
}

async fn full_page(world: &World, group: GroupId) -> Result<usize> {
    let page = ask(world, &format!("/groups/{group}/posts?limit=26")).await?;
    Ok(page["items"].as_array().map_or(0, Vec::len))
}

async fn ask(world: &World, path: &str) -> Result<serde_json::Value> {
    let answer = world.platform.upstream().call(UpstreamRequest::get(path)).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}
