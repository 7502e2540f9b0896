//! Suspending every app of a large platform with one event, and what a request costs as the platform grows.

use crate::community::{Community, Installed, NOW};
use crate::machine::{resident, spread, time};
use anyhow::{Context, Result, ensure};
use consent::{Request, State, authorize, decide};
use ledger::*;
use model::*;
use sequence::Commit;
use smallvec::smallvec;
use std::fmt::Write;
use std::process::Command;
use std::time::Duration;
use store::{Options, Store, Urgency};

const APPS: u32 = 69_000;
/// People of each size; each has authorized one app.
const SIZES: [u32; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Authors of a page.
const PAGE: u32 = 25;
/// Pages and grants that are looked at in turn.
const GROUPS: u32 = 200;
const ROUNDS: usize = 25;

/// A platform of so many people in memory: prints what each request costs and what one event against everything takes.
pub fn size(people: u32) -> Result<()> {
    let mut community = Community::new(17, APPS, people)?;
    let mut pages = Vec::new();
    for number in 0..GROUPS {
        let context = community.group(number)?;
        let app = AppNo(1 + number * (APPS / GROUPS));
        let installed = community.install(app, context)?;
        let members: Vec<PersonNo> = community.members(PAGE).collect();
        for person in &members {
            community.opt_in(*person, installed)?;
        }
        pages.push((installed, members));
    }
    for person in 0..people {
        let (installed, _) = pages.get((person % GROUPS) as usize).context("no group")?;
        let app = AppNo(1 + person % APPS);
        community.grant(PersonNo(person), Installed { app, ..*installed })?;
    }
    let page = median(|| pages_decided(&community, &pages))?;
    let grant = median(|| grants_authorized(&community, people))?;
    let memory = resident()?;
    let request = community.request(pages.first().context("no page")?.0)?;
    ensure!(authorize(&community.state, &request, NOW).is_ok(), "the app is not served");

    let apps = AppList::new((1..=APPS).map(AppNo).collect());
    let why = || Why::by(Actor::Operator);
    let suspended = Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() });
    let (suspending, position) = applied(&mut community.state, suspended)?;
    ensure!(authorize(&community.state, &request, NOW).err() == Some(Reason::App), "served still");
    let lifted = Event::SuspensionLifted(SuspensionLifted { suspension: position, why: why() });
    let (lifting, _) = applied(&mut community.state, lifted)?;
    ensure!(authorize(&community.state, &request, NOW).is_ok(), "not served again");
    let cut = Event::CutOff(CutOff { subject: CutOffSubject::Platform, why: why() });
    let (cutting, _) = applied(&mut community.state, cut)?;
    ensure!(authorize(&community.state, &request, NOW).err() == Some(Reason::CutOff), "alive");
    let nanos = |one: Duration| one.as_nanos();
    println!(
        "{} {} {} {} {} {memory}",
        nanos(page),
        nanos(grant),
        nanos(suspending),
        nanos(lifting),
        nanos(cutting)
    );
    Ok(())
}

fn applied(state: &mut State, event: Event) -> Result<(Duration, Position)> {
    let at = state.next();
    let payload = Payload::Control(event);
    let (took, result) = time(|| state.apply(at, NOW, &payload));
    result?;
    Ok((took, at))
}

fn median(mut run: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let times: Result<Vec<Duration>> = (0..ROUNDS).map(|_| run()).collect();
    Ok(spread(times?).median)
}

/// Time for one page of authors who opted in, each page another group and app.
fn pages_decided(community: &Community, pages: &[(Installed, Vec<PersonNo>)]) -> Result<Duration> {
    let asked = ClassMask((1 << crate::community::CLASSES) - 1);
    let prepared: Result<Vec<(Request, Vec<Node>)>> = pages
        .iter()
        .map(|(installed, people)| {
            let node = |person: &PersonNo| Node {
                within: None,
                record: Some(RecordFacts {
                    kind: ObjectKind::Post,
                    object: ObjectNo(u64::from(person.0)),
                    context: Some(installed.context),
                    publication: Publication::Published,
                    time: None,
                    relation: Relation::NONE,
                }),
                about: About::People(smallvec![*person]),
                presence: ClassMask::NONE,
                asked,
            };
            Ok((community.request(*installed)?, people.iter().map(node).collect()))
        })
        .collect();
    let prepared = prepared?;
    let (took, released) = time(|| {
        let decided = prepared
            .iter()
            .map(|(request, nodes)| decide(&community.state, request, nodes, NOW).released.len());
        decided.sum::<usize>()
    });
    ensure!(released == pages.len() * PAGE as usize, "a page lacks nodes");
    Ok(took / GROUPS)
}

/// Time to find out whether one grant of all that there are is served.
fn grants_authorized(community: &Community, people: u32) -> Result<Duration> {
    let numbers = (0..GROUPS).map(|n| {
        let spread = u64::from(n) * 2_654_435_761;
        GrantNo(u32::try_from(spread % u64::from(people)).unwrap_or_default())
    });
    let template = community.request(Installed {
        installation: InstallationNo(0),
        app: AppNo(1),
        context: ContextNo(0),
    })?;
    let requests: Vec<Request> = numbers
        .filter_map(|no| {
            let grant = community.state.grant(no)?;
            let (chain, acting) = (Chain::Grant(no), Some(grant.person));
            Some(Request { app: grant.app, chain, acting, ..template.clone() })
        })
        .collect();
    let (took, served) = time(|| {
        requests.iter().filter(|one| authorize(&community.state, one, NOW).is_ok()).count()
    });
    ensure!(served == GROUPS as usize, "a grant is not served");
    Ok(took / GROUPS)
}

/// One commit against so many apps in a real store: from the call until the next decision refuses.
async fn stored() -> Result<(Duration, usize)> {
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path(), Options::default())?;
    let why = || Why::by(Actor::Operator);
    for first in (1..=APPS).step_by(3_000) {
        let mut events = Vec::new();
        for number in first..=(first + 2_999).min(APPS) {
            let partner = PartnerNo(1 + (number - 1) % 400);
            if partner.0 == number {
                let made = PartnerMade { partner, details: None, why: why() };
                events.push(Event::PartnerMade(made));
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
        let made = store
            .commit(Urgency::Ordinary, None, move |_, _, _| {
                Ok::<_, std::convert::Infallible>(Commit::events(std::mem::take(&mut events), ()))
            })
            .await?;
        made.map_err(|never| match never {})?;
    }
    let apps = AppList::new((1..=APPS).map(AppNo).collect());
    let event = Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() });
    let bytes = Payload::Control(event.clone()).encode().len();
    let began = std::time::Instant::now();
    let done = store
        .commit(Urgency::Ending, None, move |_, _, _| {
            Ok::<_, std::convert::Infallible>(Commit::event(event.clone(), ()))
        })
        .await?;
    done.map_err(|never| match never {})?;
    let state = store.state();
    let last = state.app(AppNo(APPS)).context("no such app")?;
    ensure!(state.is_suspended(last), "the last app is served still");
    Ok((began.elapsed(), bytes))
}

/// All sizes, each in a process of its own.
pub fn report() -> Result<String> {
    let mut out = String::from(
        "\n## Suspending everything, and the cost of a request as the platform grows\n\n",
    );
    let (took, bytes) = tokio::runtime::Runtime::new()?.block_on(stored())?;
    writeln!(
        out,
        "{APPS} apps of 400 partners in a real store: **{:.1} ms** from the call to suspend them all until its entry is durable and the next \
         decision refuses (target: 1 s); the event has {bytes} bytes.\n\n\
         In memory, {APPS} apps, one grant a person; {GROUPS} pages of {PAGE} authors and {GROUPS} grants, spread over everything, in turn. Medians of {ROUNDS} rounds.\n\n\
         | people and grants | deciding a page | whether a grant is served | applying: suspend all | lift | cut off every token | resident |\n\
         |---|---|---|---|---|---|---|",
        took.as_secs_f64() * 1e3
    )?;
    for people in SIZES {
        let run = Command::new(std::env::current_exe()?)
            .args(["suspend-size", &people.to_string()])
            .output()?;
        ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let text = String::from_utf8(run.stdout)?;
        let numbers: Vec<f64> =
            text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [page, grant, suspending, lifting, cutting, memory] = numbers.as_slice() else {
            anyhow::bail!("a size said `{text}`");
        };
        writeln!(
            out,
            "| {people} | {:.2} µs | {:.0} ns | {:.2} ms | {:.1} µs | {:.1} µs | {:.0} MB |",
            page / 1e3,
            grant,
            suspending / 1e6,
            lifting / 1e3,
            cutting / 1e3,
            memory / 1e6
        )?;
    }
    Ok(out)
}
