//! Endings never fail for lack of something: space, the platform, a partner in good standing, a clock that is right.

mod alone;
mod every;
mod full;
mod http;
mod unknown;

use conformance::{Options, World};
use every::{Kind, Stage};
use flows::Said;
use model::{Actor, AppStatus, PartnerStatus};

fn said() -> Said {
    Said::by(Actor::Operator)
}

fn for_a_reason() -> Said {
    Said { reason: Some(model::EndingReason::Incident), ..said() }
}

#[tokio::test(flavor = "multi_thread")]
async fn endings_succeed_while_the_platform_is_down() {
    let world = World::start(Options::default()).await;
    let mut stage = Stage::set(&world).await;
    world.upstream.set_down(true);
    assert_eq!(stage.read(&world).await.status, 504);
    assert_eq!(stage.read_as_person(&world).await.status, 504);
    for kind in Kind::without_platform() {
        stage.end(&world, kind).await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
    world.upstream.set_down(false);
    assert_ne!(stage.read(&world).await.status, 200, "everything ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_admins_end_what_concerns_a_suspended_partner() {
    for of in ["app suspended", "app removed", "partner suspended", "partner revoked"] {
        let world = World::start(Options { people: 60, ..Options::default() }).await;
        let mut stage = Stage::set(&world).await;
        let app = stage.app;
        world
            .commit(move |s, _, env| match of {
                "app suspended" => flows::staff::set_app_status(
                    s,
                    env,
                    &for_a_reason(),
                    app.no,
                    AppStatus::Suspended,
                ),
                "app removed" => flows::staff::set_app_status(
                    s,
                    env,
                    &for_a_reason(),
                    app.no,
                    AppStatus::Removed,
                ),
                "partner suspended" => flows::staff::set_partner_status(
                    s,
                    env,
                    &for_a_reason(),
                    app.partner,
                    PartnerStatus::Suspended,
                ),
                _ => flows::staff::set_partner_status(
                    s,
                    env,
                    &for_a_reason(),
                    app.partner,
                    PartnerStatus::Revoked,
                ),
            })
            .await;
        assert_eq!(stage.read(&world).await.status, 403, "{of}");
        for kind in
            [Kind::OptOut, Kind::Setting, Kind::GrantEnd, Kind::InstallationEnd, Kind::CutOff]
        {
            stage.end(&world, kind).await.unwrap_or_else(|error| panic!("{of}, {kind:?}: {error}"));
        }
    }
}
