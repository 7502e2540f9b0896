//! Ended means ended (invariant 3).

mod kind;
mod lane;
mod readers;
mod slow;
mod verdict;

use conformance::{Options, World};
use kind::Kind;
use lane::Lane;
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

async fn world() -> Arc<World> {
    let world = World::start(Options { people: 24, ..Options::default() }).await;
    // As old as an answer of a platform over a network may be when it arrives.
    world.upstream.set_linger(Duration::from_millis(2));
    Arc::new(world)
}

/// Repeats each lane's ending beside the others, 64 readers reading all of them.
async fn side_by_side(kinds: &[Kind]) {
    let mut left = endings();
    while left > 0 {
        let count = left.min(ENDINGS_AT_ONCE);
        left -= count;
        let world = world().await;
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
        verdict::returns_in_time(&lanes);
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
    let mut left = endings();
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
        verdict::returns_in_time(&lanes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_with_its_program_is_gone_when_the_call_returns() {
    side_by_side(&[Kind::ProgramClosed]).await;
}
