//! `bailment serve` and `bailment platform serve`.

use super::{Globals, Outcome, Result};
use crate::config::{Config, Flags};
use crate::output::Output;
use crate::process::{Process, asked_to_stop, bind};
use crate::upstream::Elsewhere;
use crate::wire::{Parts, shared_secret};
use crate::{first_start, observe, policies};
use anyhow::Context;
use clap::{Args, Subcommand};
use outbound::FactsClient;
use platform::Platform;
use std::sync::Arc;

/// Run the gate: pages, OAuth, the partners' API, the JSON APIs.
#[derive(Debug, Args)]
#[command(after_help = "\
On first start the built-in catalog and the rule of April 2018 come into force, and a staff account is made; its password
is printed once. Stops on SIGINT or SIGTERM, after answers under way have left.

Examples:
  bailment serve
  bailment --config /etc/bailment.toml serve
  bailment serve --upstream http://127.0.0.1:8081 --upstream-secret-file secret")]
pub(crate) struct Serve {
    /// Address to listen on, instead of the configuration's.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Public URL, instead of the configuration's.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// `in-process`, or the origin of the platform's API.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// File with the secret that platform and gate share.
    #[arg(long, value_name = "FILE")]
    upstream_secret_file: Option<String>,
}

/// The built-in platform as a process of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum PlatformCommand {
    /// Offer the platform's API over HTTP, and tell its facts to the gate.
    #[command(after_help = "\
Example, in two terminals:
  head -c 32 /dev/urandom | base64 > secret
  bailment platform serve --secret-file secret
  bailment serve --upstream http://127.0.0.1:8081 --upstream-secret-file secret")]
    Serve {
        /// Address to listen on, instead of the configuration's.
        #[arg(long, value_name = "HOST:PORT")]
        listen: Option<String>,
        /// Where facts go: the gate's origin.
        #[arg(long, value_name = "URL")]
        gate: Option<String>,
        /// File with the secret that platform and gate share.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<String>,
    },
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

fn flags(pairs: [(&'static str, &'static str, &Option<String>); 4]) -> Flags {
    let set = |(key, flag, value): (_, _, &Option<String>)| Some((key, flag, value.clone()?));
    pairs.into_iter().filter_map(set).collect()
}

pub(crate) fn run(asked: &Serve, globals: &Globals, output: Output) -> Result {
    let config = globals.load(flags([
        ("listen.address", "--listen", &asked.listen),
        ("issuer", "--issuer", &asked.issuer),
        ("upstream.address", "--upstream", &asked.upstream),
        ("upstream.secret_file", "--upstream-secret-file", &asked.upstream_secret_file),
    ]))?;
    observe::log(&config)?;
    runtime()?.block_on(serve(&config, output))
}

async fn serve(config: &Config, output: Output) -> Result {
    let listener = bind(config.listen).await?;
    let address = listener.local_addr()?;
    let metrics = observe::metrics()?;
    let parts = Parts::open(config)?;
    if let Some(first) = first_start::prepare(&parts, policies::AFTER).await? {
        if output.is_json() {
            let account = serde_json::json!({ "login": first.login, "password": first.password });
            output.document(&serde_json::json!({ "staff": account }))?;
        } else {
            output.line(format_args!(
                "staff account: login {}, password {} (shown once; change it with `bailment account set-password`)",
                first.login, first.password
            ))?;
        }
    }
    let process = Process::start(config, parts, listener, Some(metrics)).await?;
    tracing::info!(%address, issuer = %config.issuer, "serving");
    asked_to_stop().await?;
    tracing::info!("stopping");
    process.stop().await?;
    Ok(Outcome::Done)
}

pub(crate) fn platform(asked: &PlatformCommand, globals: &Globals) -> Result {
    let PlatformCommand::Serve { listen, gate, secret_file } = asked;
    let config = globals.load(flags([
        ("listen.platform", "--listen", listen),
        ("upstream.facts", "--gate", gate),
        ("upstream.secret_file", "--secret-file", secret_file),
        ("log.format", "--log-format", &None),
    ]))?;
    observe::log(&config)?;
    runtime()?.block_on(serve_platform(&config))
}

async fn serve_platform(config: &Config) -> Result {
    let file = config.secret_file.as_deref();
    let file = file.context("name the file of the shared secret with --secret-file")?;
    let secret = shared_secret(file)?;
    let platform = Arc::new(Platform::open(&config.data.join("platform"))?);
    let client = FactsClient::new(&config.facts_origin, secret.clone())?;
    platform.connect(Arc::new(Elsewhere(client)));
    let listener = bind(config.listen_platform).await?;
    tracing::info!(address = %listener.local_addr()?, facts = %config.facts_origin, "serving the platform");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let wait = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let pump = tokio::spawn({
        let (platform, stopped) = (Arc::clone(&platform), wait(stopped.clone()));
        async move { platform.run_pump(stopped).await }
    });
    let serving = tokio::spawn({
        let stopped = wait(stopped);
        async move { platform::http::serve_http(listener, platform, &secret, stopped).await }
    });
    asked_to_stop().await?;
    let _ = stop.send(true);
    pump.await?;
    serving.await??;
    Ok(Outcome::Done)
}
