//! What an app that is suspended gets: nothing new, and every ending that it asks for.

use crate::world::{ADA, BOB, CONFIDENTIAL, GROUP, PUBLIC, World, why};
use ledger::{
    AppList, AppStatusChanged, AppsSuspended, Event, PartnerStatusChanged, SuspensionLifted,
};
use model::{AppStatus, PartnerNo, PartnerStatus, Position};
use serde_json::json;

fn partner(status: PartnerStatus) -> Event {
    let partner = PartnerNo(1);
    Event::PartnerStatusChanged(PartnerStatusChanged { partner, status, why: why() })
}

fn app(status: AppStatus) -> Event {
    Event::AppStatusChanged(AppStatusChanged { app: CONFIDENTIAL, status, why: why() })
}

fn many() -> Event {
    let apps = AppList::new(vec![CONFIDENTIAL, PUBLIC]);
    Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() })
}

/// In each of these states no code and no refresh token is worth anything, and revoking (RFC 7009) works.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_suspends_or_ends_an_app_leaves_it_the_endings() {
    for event in [
        partner(PartnerStatus::Suspended),
        partner(PartnerStatus::Revoked),
        partner(PartnerStatus::Surrendered),
        app(AppStatus::Suspended),
        app(AppStatus::Removed),
        many(),
    ] {
        let name = event.word();
        let world = World::new().await;
        let code = world.code(CONFIDENTIAL, ADA, &[GROUP]).await;
        let (status, tokens) = world.redeem(CONFIDENTIAL, &code).await;
        assert_eq!(status, 200, "{name}: {tokens}");
        let unused = world.code(CONFIDENTIAL, BOB, &[]).await;
        world.happen(vec![event]).await;
        assert_ne!(world.redeem(CONFIDENTIAL, &unused).await.0, 200, "{name}: no code");
        assert_ne!(world.refresh(CONFIDENTIAL, &tokens).await.0, 200, "{name}: no refreshing");
        let head = world.store.head().unwrap().next();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("token", refresh)];
        let status = world.ask_for_end(CONFIDENTIAL, &form).await;
        assert_eq!(status, 200, "{name}: revoking works");
        assert_eq!(world.store.head().unwrap().next(), Position(head.0 + 1), "{name}: it ended");
        let grants = world.store.state();
        let grant = grants.grants().find(|(_, one)| one.person == ADA).unwrap().1;
        assert!(grant.families.is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_a_suspension_of_many_lets_living_tokens_work_again_and_no_ended_ones() {
    let world = World::new().await;
    let (one, two) =
        (world.code(CONFIDENTIAL, ADA, &[]).await, world.code(CONFIDENTIAL, BOB, &[]).await);
    let (_, kept) = world.redeem(CONFIDENTIAL, &one).await;
    let (_, given_back) = world.redeem(CONFIDENTIAL, &two).await;
    let at = world.store.head().unwrap().next();
    world.happen(vec![many()]).await;
    let refresh = given_back["refresh_token"].as_str().unwrap();
    assert_eq!(world.ask_for_end(CONFIDENTIAL, &[("token", refresh)]).await, 200);
    assert_ne!(world.refresh(CONFIDENTIAL, &kept).await.0, 200);
    let lifted = SuspensionLifted { suspension: at, why: why() };
    world.happen(vec![Event::SuspensionLifted(lifted)]).await;
    assert_eq!(world.refresh(CONFIDENTIAL, &kept).await.0, 200);
    let (status, refused) = world.refresh(CONFIDENTIAL, &given_back).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
}
