//! A world in a process of its own, to be killed: `gate-world DIR`. Says where it is on standard output, then serves.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a process for tests: its parent reads what it prints"
)]

use conformance::{Options, World};
use std::path::Path;

#[tokio::main]
async fn main() {
    let directory = std::env::args().nth(1).expect("a directory");
    let options = Options { people: 60, ..Options::default() };
    let world = World::at(Path::new(&directory), options).await;
    let app = match world.known_app() {
        Some(app) => app,
        None => world.app("Grouply").await,
    };
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let id = world.group_name(app, group);
    println!("{}", serde_json::json!({ "origin": world.origin, "token": token, "group": id }));
    let admin = world.admin(group);
    // Control events between the disclosures, as in life.
    loop {
        world.opt_in(admin, installation).await;
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        world.opt_out(admin, installation).await;
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
}
