//! The two servers, each a process that says where it listens and what to ask, and serves until it is ended.

use super::prepare::{GROUPS, group_of, options};
use anyhow::{Context, Result};
use conformance::World;
use platform::Platform;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// As `bailment serve` has it by default.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(300);
/// The bare upstream's secret.
const SECRET: &str = "bench";

/// Serves the gate, with its platform in process, its log on the disk, its metrics counted and its index kept.
pub fn gate(directory: &str) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
        let world = World::at(Path::new(directory), options()).await;
        world.store.spawn_upkeep(SNAPSHOT_EVERY);
        let app = world.known_app().context("the directory was not prepared")?;
        println!("{}", world.address);
        for place in 0..GROUPS {
            let group = world.group(place);
            let context = world.context(group);
            let installation = {
                let state = world.store.state();
                let found = state.installations().find(|(_, one)| one.context == context);
                found.context("no installation")?.0
            };
            let token = world.installation_token(app, installation);
            println!("/v1/groups/{}/posts {token}", world.group_name(app, group));
        }
        println!();
        std::future::pending::<Result<()>>().await
    })
}

/// Serves the same platform without a gate.
pub fn bare(directory: &str) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let platform = Arc::new(Platform::open(&Path::new(directory).join("bare"))?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        for place in 0..GROUPS {
            println!("/groups/{}/posts {SECRET}", group_of(Path::new(directory), place)?);
        }
        println!();
        platform::http::serve_http(listener, platform, SECRET, std::future::pending()).await?;
        Ok(())
    })
}
