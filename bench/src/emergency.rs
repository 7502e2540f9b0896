//! Everything suspended at once at a platform that serves: one store with all apps and all grants, readers over HTTP.

use crate::machine::resident;
use anyhow::{Context, Result, ensure};
use conformance::{App, Options, Surfaces, World};
use ledger::{AppMade, Event, Fact, Facts, GrantMade, PartnerMade, Why};
use model::{Actor, AppNo, ClassMask, ContextNo, PartnerNo, PersonNo, SourceNo, Timestamp};
use sequence::Commit;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::Urgency;

const APPS: u32 = 69_000;
const PARTNERS: u32 = 400;
/// Apps that read all the time, each over connections of its own.
const READERS: i64 = 32;
/// Numbers of people who exist for their grants alone; those of the generated community lie below.
const PEOPLE_FROM: u32 = 1_000_000;
const AT_ONCE: u32 = 10_000;
const SECOND: Duration = Duration::from_secs(1);

/// An answer that a reader got.
struct Seen {
    begun: Instant,
    status: u16,
}

/// Runs it with so many grants: a section of Markdown.
pub fn report(grants: u32) -> Result<String> {
    tokio::runtime::Runtime::new()?.block_on(run(grants))
}

async fn run(grants: u32) -> Result<String> {
    let options =
        Options { seed: 11, people: 2_000, surfaces: Surfaces::Whole, ..Options::default() };
    let world = Arc::new(World::start(options).await);
    let mut readers = Vec::new();
    for place in 0..READERS {
        let app = world.app(&format!("Reader {place}")).await;
        let group = world.group(place);
        let installation = world.install(app, group).await;
        let token = world.installation_token(app, installation);
        readers.push((format!("/v1/groups/{}/posts", world.group_name(app, group)), token));
    }
    let first = world.known_app().context("no app")?;
    let began = Instant::now();
    fill_apps(&world).await?;
    fill_grants(&world, first, grants).await?;
    let filled = began.elapsed();

    let preview = json!({ "select": ["status:active"] });
    let counting = Instant::now();
    let url = format!("{}/staff/v1/suspensions/preview", world.origin);
    let asked = world.client.post(url).bearer_auth(conformance::OPERATOR_TOKEN).json(&preview);
    let counted: serde_json::Value =
        serde_json::from_str(&asked.send().await?.error_for_status()?.text().await?)?;
    let counting = counting.elapsed();

    let because = json!({ "reason": "incident", "severity": "high", "note": "a benchmark" });
    let suspend = json!({ "select": ["status:active"], "break_glass": true, "because": because });
    let suspended = while_read(&world, &readers, "/suspensions", &suspend).await?;
    let lift = json!({ "because": because });
    world.operate(&format!("/suspensions/{}/lift", suspended.position), &lift).await;
    let cut = json!({ "subject": "platform", "because": because });
    let cut = while_read(&world, &readers, "/cut-offs", &cut).await?;

    let mut out = String::from("\n## Everything at once, at a platform that serves\n\n");
    writeln!(
        out,
        "One store with {APPS} apps of {PARTNERS} partners and {grants} grants of as many people ({:.0} s to fill, {:.1} GB resident); {READERS} apps read \
         pages of 25 posts over HTTP all the time, each answer recorded. The operator posts to `/staff/v1`; *answers after* are such as were asked for after the \
         call had returned. Before, a preview counted {} apps, {} installations, {} grants and {} people in {:.1} s, piece by piece beside the readers.\n\n\
         | what | call returns after | answers in the second before | last answer's request was sent | answers after | refusals after |\n|---|---|---|---|---|---|",
        filled.as_secs_f64(),
        resident()? as f64 / 1e9,
        counted["apps"],
        counted["installations"],
        counted["grants"],
        counted["people"],
        counting.as_secs_f64(),
    )?;
    for (what, ended) in [("all apps suspended", &suspended), ("every token cut off", &cut)] {
        writeln!(
            out,
            "| {what} | {:.0} ms | {} | {:.0} ms after the call | {} | {} |",
            ended.took.as_secs_f64() * 1e3,
            ended.before,
            ended.last.as_secs_f64() * 1e3,
            ended.late,
            ended.refused
        )?;
    }
    Ok(out)
}

/// What one ending did to readers.
struct Ended {
    position: u64,
    took: Duration,
    before: usize,
    last: Duration,
    late: usize,
    refused: usize,
}

/// Posts a change of staff while everybody reads.
async fn while_read(
    world: &Arc<World>,
    readers: &[(String, String)],
    path: &str,
    body: &serde_json::Value,
) -> Result<Ended> {
    let stop = Arc::new(AtomicBool::new(false));
    let reading: Vec<_> = readers
        .iter()
        .map(|(path, token)| {
            let (world, stop) = (Arc::clone(world), Arc::clone(&stop));
            let (path, token) = (path.clone(), token.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    let status = world.get(&path, &token).await.status;
                    seen.push(Seen { begun, status });
                }
                seen
            })
        })
        .collect();
    tokio::time::sleep(2 * SECOND).await;
    let called = Instant::now();
    let position = world.operate(path, body).await;
    let returned = Instant::now();
    tokio::time::sleep(SECOND).await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Vec::new();
    for one in reading {
        all.extend(one.await?);
    }
    let answers = || all.iter().filter(|one| one.status == 200);
    let before = answers().filter(|one| one.begun < called && one.begun + SECOND >= called).count();
    ensure!(before > 0, "nobody read");
    let last = answers().map(|one| one.begun).max().context("nobody read")?;
    Ok(Ended {
        position,
        took: returned - called,
        before,
        last: last.saturating_duration_since(called),
        late: answers().filter(|one| one.begun > returned).count(),
        refused: all.iter().filter(|one| one.status != 200 && one.begun > returned).count(),
    })
}

const fn why() -> Why {
    Why::by(Actor::Operator)
}

async fn fill_apps(world: &World) -> Result<()> {
    let (first_partner, first_app) = {
        let state = world.store.state();
        (state.next_partner().0, state.next_app().0)
    };
    for from in (first_app..=APPS).step_by(AT_ONCE as usize) {
        let mut events = Vec::new();
        for number in from..(from + AT_ONCE).min(APPS + 1) {
            let nth = number - first_app;
            let partner = PartnerNo(first_partner + nth % (PARTNERS - (first_partner - 1)));
            if partner.0 == first_partner + nth {
                events.push(Event::PartnerMade(PartnerMade { partner, details: None, why: why() }));
            }
            events.push(Event::AppMade(AppMade {
                app: AppNo(number),
                partner,
                public: false,
                redirects: vec!["https://app.example/callback".to_owned()],
                details: None,
                category: None,
                reviewed: None,
                why: why(),
            }));
        }
        enter(world, events).await?;
    }
    Ok(())
}

/// A grant a person, for apps in turn.
async fn fill_grants(world: &World, of: App, grants: u32) -> Result<()> {
    let first = world.store.state().next_grant().0;
    for from in (0..grants).step_by(AT_ONCE as usize) {
        let people = || (from..(from + AT_ONCE).min(grants)).map(|n| PersonNo(PEOPLE_FROM + n));
        let up_to = world.store.state().source_up_to(SourceNo(2)) + people().count() as u64;
        let facts = people().map(Fact::Person).collect();
        let mut events = vec![Event::Facts(Facts { source: SourceNo(2), up_to, facts })];
        events.extend(people().map(|person| {
            let nth = person.0 - PEOPLE_FROM;
            Event::GrantMade(GrantMade {
                grant: model::GrantNo(first + nth),
                app: AppNo(of.no.0 + nth % (APPS - of.no.0 + 1)),
                person,
                classes: ClassMask::ALL,
                contexts: vec![ContextNo(0)],
                expires_at: Timestamp::NEVER,
                why: Why::by(Actor::Person(person)),
                ends: None,
                once: None,
                purposes: None,
            })
        }));
        enter(world, events).await?;
    }
    Ok(())
}

async fn enter(world: &World, mut events: Vec<Event>) -> Result<()> {
    let done = world
        .store
        .commit(Urgency::Ordinary, None, move |_, _, _| {
            Ok::<_, std::convert::Infallible>(Commit::events(std::mem::take(&mut events), ()))
        })
        .await?;
    done.map_err(|never| match never {})?;
    Ok(())
}
