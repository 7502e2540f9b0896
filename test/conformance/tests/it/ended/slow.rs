//! Readers of one byte a second, whose answers no buffer on the way can hold.

use super::kind::Kind;
use super::lane::{Lane, Large, Readers};
use super::machine::Machine;
use super::verdict::RETURNS_IN;
use conformance::{Options, Wire, World};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Buffers of the gate's sockets and of the readers': together far below an answer.
const BUFFER_BYTES: u32 = 16 * 1024;
/// Posts of 60 kB on a page, and so many blocks of 96 kB in a video.
const BULK: usize = 6;
/// `drain_max`.
const DRAIN_MAX: Duration = Duration::from_millis(500);

async fn world() -> Arc<World> {
    let options = Options { send_buffer: Some(BUFFER_BYTES), ..super::options() };
    Arc::new(World::start(options).await)
}

/// A reader of one byte a second, until it is told to hurry.
struct Slow {
    connection: u64,
    length: usize,
    hurry: watch::Sender<bool>,
    reading: JoinHandle<io::Result<Vec<u8>>>,
}

impl Slow {
    async fn start(world: &World, (path, token): (String, Option<String>)) -> Self {
        let mut wire = Wire::connect(world.address, Some(BUFFER_BYTES)).await.expect("connected");
        wire.ask(&path, token.as_deref()).await.expect("asked");
        let head = wire.head().await.expect("a head");
        assert_eq!(head.status, 200, "{path}");
        assert!(head.length > 8 * BUFFER_BYTES as usize, "{} bytes fit into buffers", head.length);
        let port = wire.port().expect("a port");
        let connection = world.handed.connection(port).expect("known to the gate");
        let (hurry, mut hurried) = watch::channel(false);
        let reading = tokio::spawn(async move {
            let mut body = Vec::new();
            while !*hurried.borrow() && body.len() < head.length {
                body.push(wire.byte().await?);
                let _ = tokio::time::timeout(Duration::from_secs(1), hurried.changed()).await;
            }
            body.extend(wire.body(head.length - body.len()).await?);
            Ok(body)
        });
        Self { connection, length: head.length, hurry, reading }
    }

    /// Reads the rest as fast as it comes.
    async fn rest(self) -> io::Result<Vec<u8>> {
        let _ = self.hurry.send(true);
        self.reading.await.expect("the reader")
    }

    /// The answer was reset, before `returned`, and the reader did not get all of it.
    async fn assert_reset(self, world: &World, returned: Instant, what: &str) {
        let reset = world.handed.reset_at(self.connection);
        assert!(reset.is_some_and(|at| at <= returned), "{what}: not reset when the call returned");
        assert!(
            world.handed.at(self.connection, self.length as u64).is_none(),
            "{what}: handed over"
        );
        let error = self.rest().await.expect_err(what);
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{what}: {error}");
    }

    /// All of it arrives.
    async fn assert_whole(self, world: &World, what: &str) {
        assert_eq!(world.handed.reset_at(self.connection), None, "{what}");
        let length = self.length;
        assert_eq!(self.rest().await.expect(what).len(), length, "{what}");
    }
}

/// Ends, and says when that returned and how long it took.
async fn end(lane: &Lane, own: Option<u64>) -> (Instant, Duration) {
    let asked = Instant::now();
    lane.take_from(own).await;
    let returned = Instant::now();
    (returned, returned - asked)
}

/// The slow reader of an answer that the ending changes is reset, in the time that the ending may take.
async fn is_reset(world: &Arc<World>, kind: Kind, place: usize, large: Large) {
    let machine = Machine::watch();
    super::furnish(world, kind).await;
    let lane = Lane::start(world, kind, place, 1, BULK).await;
    lane.give(0, Readers::None).await;
    let slow = Slow::start(world, lane.large(large)).await;
    let (returned, took) = end(&lane, None).await;
    let what = format!("{kind:?} {large:?}");
    let stalled = machine.stalled(returned - took, returned);
    let is_in_time = took >= DRAIN_MAX && took <= RETURNS_IN + stalled;
    assert!(is_in_time, "{what}: took {took:?}, stalled {stalled:?}");
    slow.assert_reset(world, returned, &what).await;
    assert!(world.store.in_flight().is_empty(), "{what}");
    println!("{what}: reset after {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_reset_by_every_kind_of_ending_that_changes_its_answer() {
    let world = world().await;
    let cases = [
        (Kind::OptOut, Large::Page),
        (Kind::SettingAllApps, Large::Page),
        (Kind::SettingApp, Large::Page),
        (Kind::SettingGroup, Large::Page),
        (Kind::GrantEnded, Large::Page),
        (Kind::Disabled, Large::Page),
        (Kind::Disabled, Large::Media),
        (Kind::Demoted, Large::Page),
        (Kind::MemberGone, Large::Page),
        (Kind::PostDeleted, Large::Page),
        (Kind::PostDeleted, Large::Media),
        (Kind::AppSuspended, Large::Media),
        (Kind::PartnerSuspended, Large::Page),
        (Kind::CutOffPartner, Large::Page),
        (Kind::CutOffApp, Large::Media),
        (Kind::CutOffInstallation, Large::Page),
        (Kind::CutOffGrant, Large::Page),
        (Kind::RuleChange, Large::Page),
    ];
    for (place, (kind, large)) in cases.into_iter().enumerate() {
        is_reset(&world, kind, place, large).await;
    }
    // These end everything else in the world too.
    is_reset(&world, Kind::CutOffPlatform, 100, Large::Media).await;
    is_reset(&world, Kind::ProgramClosed, 101, Large::Page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_reset_by_every_ending_of_the_rules_around_the_gate() {
    let cases = [
        (Kind::CertificationEnded, Large::Page),
        (Kind::AgreementEnded, Large::Media),
        (Kind::CredentialEnded, Large::Page),
        (Kind::CredentialEnded, Large::Media),
        (Kind::InstallationNarrowed, Large::Page),
        (Kind::GrantNarrowed, Large::Page),
        (Kind::SettingAllGroups, Large::Page),
        (Kind::SuspendedWithOthers, Large::Media),
        (Kind::TesterRemoved, Large::Page),
        (Kind::ReviewWithdrawn, Large::Page),
    ];
    let shared = world().await;
    for (place, (kind, large)) in cases.into_iter().enumerate() {
        is_reset(&shared, kind, place, large).await;
    }
    // These change the rules for everybody else too. (What a setting for friends changes is one post, which fits into buffers.)
    for (kind, large) in [
        (Kind::SettingBeyond, Large::Page),
        (Kind::CatalogActivated, Large::Page),
        (Kind::ExceptionEnded, Large::Page),
        (Kind::ExperimentClosed, Large::Media),
        (Kind::SunsetNow, Large::Page),
    ] {
        is_reset(&world().await, kind, 0, large).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_what_no_ending_changes_goes_on_and_nobody_waits_for_it() {
    let world = world().await;
    let ending = Lane::start(&world, Kind::OptOut, 0, 1, 0).await;
    let others = [(Kind::SettingAllApps, 1), (Kind::MemberGone, 2), (Kind::CutOffApp, 3)];
    let mut lanes = vec![ending];
    for (kind, place) in others {
        lanes.push(Lane::start(&world, kind, place, 1, 0).await);
    }
    let bystander = Lane::start(&world, Kind::OptOut, 9, 1, BULK).await;
    let page = Slow::start(&world, bystander.large(Large::Page)).await;
    let media = Slow::start(&world, bystander.large(Large::Media)).await;
    let started = Instant::now();
    let mut round = 0;
    // Long enough for some bytes at their pace.
    while started.elapsed() < Duration::from_secs(4) {
        for lane in &lanes {
            lane.give(round, Readers::None).await;
            end(lane, None).await;
        }
        round += 1;
    }
    // Whoever is waited for and does not land is reset: both fly on, so no ender waited for them.
    assert_eq!(world.store.in_flight().len(), 2);
    page.assert_whole(&world, "the page").await;
    media.assert_whole(&world, "the video").await;
    assert_eq!(world.handed.resets(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ender_does_not_wait_for_its_own_connection() {
    let world = world().await;
    let lane = Lane::start(&world, Kind::OptOut, 0, 1, BULK).await;
    lane.give(0, Readers::None).await;
    let own = Slow::start(&world, lane.large(Large::Page)).await;
    end(&lane, Some(own.connection)).await;
    own.assert_whole(&world, "its own answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_reader_that_went_away() {
    let world = world().await;
    let lane = Lane::start(&world, Kind::OptOut, 0, 1, BULK).await;
    lane.give(0, Readers::None).await;
    for _ in 0..8 {
        let gone = Slow::start(&world, lane.large(Large::Page)).await;
        gone.reading.abort();
        let _ = gone.reading.await;
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while !world.store.in_flight().is_empty() {
        assert!(Instant::now() < deadline, "{} answers fly on", world.store.in_flight().len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    end(&lane, None).await;
    assert_eq!(world.handed.resets(), 0);
}
