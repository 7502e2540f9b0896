//! Ended means ended (invariant 3).
//!
//! 64 readers at full speed, over real sockets, with keep-alive, read group pages, posts, comments, members and links to media
//! with tokens of persons and installations, of what was given last and of what was given before. Beside them each kind of
//! ending is taken and given again ([`kind::Kind`]), 200 times, or as often as `BAILMENT_ENDINGS` says. An answer names its
//! position; the write calls of the gate's sockets are witnessed with their times ([`conformance::Handed`]), so that what is
//! held against the enders' returns does not rest on the tickets under test. Held is ([`verdict`], [`slow`]):
//!
//! - a request begun after an ending had returned is answered behind it, whomever both are about;
//! - no answer behind an ending shows what it took, until it is given again: a name, a text, bytes, or any 200 to a dead chain;
//!   what is dead for good (tokens, links) shows in no later round either;
//! - an answer before an ending that changes it had its last byte with the operating system when the ending returned;
//! - the ending returns in time, what the machine itself stood still ([`machine`]) not counted; how long it took is printed;
//! - a reader of one byte a second is reset by every kind of ending that changes its answer, and by none that does not;
//! - nobody waits for the ender's own connection, for answers that go on unchanged, or for a reader that went away.
//!
//! Tried against it, each alone, and each found by at least one of these tests: no drain; a drain that takes `Reread` for
//! nothing; a revision noted after the upstream was asked; a permit not held against the head; the ticket returned when the
//! body is made, or at the first write; a reset that only closes; a closed connection that keeps its tickets; a drain that
//! waits for its own connection; one that waits for every answer; a lapsed installation whose tokens revive; opt-ins that
//! revive with the membership; the end of an agreement, certification, credential or class of an installation, and another catalog,
//! each of which touched no permit.

mod kind;
mod lane;
mod machine;
mod operator;
mod readers;
mod rules;
mod slow;
mod verdict;

use conformance::{Options, Surfaces, World};
use kind::{Kind, Needs};
use lane::Lane;
use machine::Machine;
use readers::Readers;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Repetitions of each kind; `cargo xtask soak` sets more.
fn endings() -> usize {
    std::env::var("BAILMENT_ENDINGS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// Repetitions in one world: what readers got is held in memory until they stop.
const ENDINGS_AT_ONCE: usize = 500;

/// Apps that are installed while the rules change.
const APPS: usize = 100;

fn options() -> Options {
    Options { people: 24, surfaces: Surfaces::Whole, ..Options::default() }
}

async fn world() -> Arc<World> {
    let world = World::start(options()).await;
    // Longer than a change of the platform takes to become an entry, so that some answers are older than it when they come.
    world.upstream.set_linger(Duration::from_millis(50));
    Arc::new(world)
}

/// Names need a certification too.
const POLICY_CERTIFIED: &str = r#"{"policy": "certified", "title": "Certified", "programs": {"groups": {"classes": {
    "member.name": ["installation", "opt-in", "certification"]}}}}"#;

/// Makes so what a kind needs. Whoever is not concerned sees no difference.
async fn furnish(world: &World, kind: Kind) {
    let mut document: serde_json::Value =
        serde_json::from_str(platform::CATALOG_JSON).expect("json");
    match kind.needs() {
        Needs::Nothing => return,
        Needs::Certification => {
            world.activate(POLICY_CERTIFIED).await;
            return;
        }
        Needs::Beyond => {
            for purpose in document["x-purposes"].as_object_mut().expect("purposes").values_mut() {
                purpose["beyond"] = true.into();
            }
        }
        Needs::PostsOfNoGroup => {
            let post = document["components"]["schemas"]["Post"].as_object_mut();
            post.expect("a schema").remove("x-context").expect("a context");
            let classes = document["x-data-classes"].as_object_mut().expect("classes");
            for needs in classes.values_mut().map(|class| &mut class["needs"]) {
                if *needs != serde_json::json!(["self"]) {
                    *needs = serde_json::json!(["published"]);
                }
            }
        }
    }
    world.adopt(document.to_string()).await;
}

/// Repeats each lane's ending beside the others, 64 readers reading all of them.
async fn side_by_side(kinds: &[Kind]) {
    let (machine, mut left) = (Machine::watch(), endings());
    while left > 0 {
        let count = left.min(ENDINGS_AT_ONCE);
        left -= count;
        let world = world().await;
        for kind in kinds {
            furnish(&world, *kind).await;
        }
        let mut lanes = Vec::new();
        for (place, kind) in kinds.iter().enumerate() {
            lanes.push(Arc::new(Lane::start(&world, *kind, place, 1, 0).await));
        }
        let (readers, started) = (Readers::start(&world, &lanes), Instant::now());
        let mut enders = tokio::task::JoinSet::new();
        for lane in lanes.clone() {
            enders.spawn(async move {
                for round in 0..count {
                    lane.round(round).await;
                }
            });
        }
        while let Some(ended) = enders.join_next().await {
            ended.expect("an ender");
        }
        let samples = readers.finish();
        verdict::judge(&lanes, &samples, &world.handed).print(&lanes, &samples, started.elapsed());
        verdict::returns_in_time(&lanes, &machine);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_for_an_app_a_person_or_a_group_is_gone_when_the_call_returns() {
    side_by_side(&[
        Kind::OptOut,
        Kind::SettingAllApps,
        Kind::SettingApp,
        Kind::SettingGroup,
        Kind::GrantEnded,
        Kind::Disabled,
        Kind::Demoted,
        Kind::MemberGone,
        Kind::PostDeleted,
        Kind::AppSuspended,
        Kind::PartnerSuspended,
        Kind::CutOffPartner,
        Kind::CutOffApp,
        Kind::CutOffInstallation,
        Kind::CutOffGrant,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_for_everybody_is_gone_when_the_call_returns() {
    let (machine, mut left) = (Machine::watch(), endings());
    while left > 0 {
        let count = left.min(ENDINGS_AT_ONCE);
        left -= count;
        let world = world().await;
        let rules = Arc::new(Lane::start(&world, Kind::RuleChange, 0, APPS, 0).await);
        let platform = Arc::new(Lane::start(&world, Kind::CutOffPlatform, 1, 1, 0).await);
        let lanes = [rules, platform];
        let (readers, started) = (Readers::start(&world, &lanes), Instant::now());
        for round in 0..count {
            // One after the other: a cut-off of the platform ends the other lane's tokens too.
            for lane in &lanes {
                lane.round(round).await;
            }
        }
        let samples = readers.finish();
        verdict::judge(&lanes, &samples, &world.handed).print(&lanes, &samples, started.elapsed());
        verdict::returns_in_time(&lanes, &machine);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_with_its_program_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::ProgramClosed]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_end_by_the_rules_around_the_gate_is_gone_when_the_call_returns() {
    side_by_side(&[
        Kind::SuspendedWithOthers,
        Kind::TesterRemoved,
        Kind::ReviewWithdrawn,
        Kind::SettingBeyond,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_was_agreed_or_allowed_is_gone_when_the_call_returns() {
    side_by_side(&[
        Kind::CertificationEnded,
        Kind::AgreementEnded,
        Kind::CredentialEnded,
        Kind::InstallationNarrowed,
        Kind::GrantNarrowed,
        Kind::SettingAllGroups,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_to_friends_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::SettingFriends]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_catalog_does_not_name_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::CatalogActivated]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::ExceptionEnded]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_experiment_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::ExperimentClosed]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::SunsetNow]).await;
}
