//! A world in a process of its own, to be killed: `gate-world DIR`. Says where it is on standard output, then serves.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a process for tests: its parent reads what it prints"
)]

use conformance::{Options, World};
use ledger::{Event, GrantMade, Why};
use model::{Actor, ClassMask, GrantNo};
use sequence::Commit;
use std::path::Path;

/// People by opt-in alone, and what apps write is taken from them if they do not use it: each use leaves a mark.
const POLICY: &str = r#"{"policy": "used", "title": "Used", "programs": {"groups": {"classes": {}}},
    "expiry": {"classes": {"post.content": {"unused_days": 28}}}}"#;

/// The person allows it all once more, for one answer each.
async fn once_more(world: &World, grant: GrantNo) {
    let flow = move |state: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        let found = state.grant(grant).ok_or(())?;
        let made = GrantMade {
            grant,
            app: found.app,
            person: found.person,
            classes: found.classes,
            contexts: found.contexts.clone(),
            expires_at: found.expires_at,
            why: Why::by(Actor::Person(found.person)),
            ends: None,
            once: Some(ClassMask::ALL),
            purposes: None,
        };
        Ok::<_, ()>(Commit::event(Event::GrantMade(made), ()))
    };
    world.commit(flow).await;
}

#[tokio::main]
async fn main() {
    let directory = std::env::args().nth(1).expect("a directory");
    let options = Options { people: 60, policy: POLICY, ..Options::default() };
    let world = World::at(Path::new(&directory), options).await;
    let app = match world.known_app() {
        Some(app) => app,
        None => world.app("Grouply").await,
    };
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let id = world.group_name(app, group);
    let admin = world.admin(group);
    let (_, person) = world.grant(app, admin, &[world.context(group)]).await;
    let (grant, once) = world.grant(app, admin, &[world.context(group)]).await;
    once_more(&world, grant).await;
    println!(
        "{}",
        serde_json::json!({
            "origin": world.origin, "group": id, "app": app.no.0, "acting": admin.0,
            "installation": token, "person": person, "once": once,
        })
    );
    // Control events between the disclosures, as in life.
    loop {
        world.opt_in(admin, installation).await;
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        world.opt_out(admin, installation).await;
        once_more(&world, grant).await;
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
}
