//! A serving process: listeners, tasks, and how it stops.

use crate::cli::Result;
use crate::config::Config;
use crate::control::{self, ControlFile};
use crate::observe;
use crate::prober::Standing;
use crate::wire::{Parts, Reach, unguessable};
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use model::Secret;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use teller::Post;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a new process waits for the platform's first facts before it says that it runs.
const FACTS_WAIT_MAX: Duration = Duration::from_secs(60);

/// A process that serves.
pub(crate) struct Process {
    pub(crate) parts: Arc<Parts>,
    pub(crate) operator_token: String,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    _control: ControlFile,
}

/// Binds an address.
///
/// # Errors
/// It is taken, or none of this machine's.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("`{address}` cannot be listened on"))
}

impl Process {
    /// Serves on a listener until it is stopped.
    ///
    /// # Errors
    /// Another listener cannot be bound, or the directory not written.
    pub(crate) async fn start(
        config: &Config,
        parts: Parts,
        listener: TcpListener,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Self> {
        let parts = Arc::new(parts);
        let (stop, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let operator_token = unguessable()?;
        let at = listener.local_addr()?;
        // An unspecified address is no place to call; loopback reaches it.
        let at = if at.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], at.port()))
        } else {
            at
        };
        let control = control::announce(&config.data, &format!("http://{at}"), &operator_token)?;
        let prober = Standing::new(&parts, &config.data, format!("http://{at}"));
        let _ = parts.prober.set(Arc::clone(&prober));
        if let Some(every) = config.probe_every {
            let mut stopped = stop.subscribe();
            tasks.spawn(async move {
                tokio::select! {
                    () = prober.run(every) => {}
                    _ = stopped.changed() => {}
                }
            });
        }
        let token = Secret::new(operator_token.clone());
        let router = parts.router(Some(token), Reach::All);
        tasks.spawn(edge::serve::serve(listener, router, until(stop.subscribe())));
        if let Some(address) = config.listen_partners {
            let router = parts.router(None, Reach::Partners);
            let listener = bind(address).await?;
            tasks.spawn(edge::serve::serve(listener, router, until(stop.subscribe())));
        }
        if let Some(handle) = metrics {
            if let Some(address) = config.listen_metrics {
                let router = observe::router(parts.store.clone(), handle.clone());
                let listener = bind(address).await?;
                tasks.spawn(edge::serve::serve(listener, router, until(stop.subscribe())));
            }
            let (store, mut stopped) = (parts.store.clone(), stop.subscribe());
            tasks.spawn(async move {
                tokio::select! {
                    () = observe::gauges(store, handle) => {}
                    _ = stopped.changed() => {}
                }
            });
        }
        let (held, stopped) = (Arc::clone(&parts), until(stop.subscribe()));
        tasks.spawn(async move { held.refusals.run(&held.store, stopped).await });
        let (held, stopped) = (Arc::clone(&parts), until(stop.subscribe()));
        tasks.spawn(async move { held.mismatches.run(&held.store, stopped).await });
        parts.connect_facts();
        if let Some(platform) = parts.platform.clone() {
            let stopped = until(stop.subscribe());
            tasks.spawn(async move { platform.run_pump(stopped).await });
        }
        let ways = config.notices.ways()?;
        let (store, upstream) = (parts.store.clone(), Arc::clone(&parts.upstream));
        tasks.spawn(Post::new(store, upstream, ways, &config.issuer).run(stop.subscribe()));
        let reporter = governance_http::Reporter::new(parts.store.clone());
        tasks.spawn(reporter.run(until(stop.subscribe())));
        parts.store.spawn_upkeep(config.snapshot_every);
        Ok(Self { parts, operator_token, stop, tasks, _control: control })
    }

    /// Waits until the platform's facts are here.
    ///
    /// # Errors
    /// They do not come.
    pub(crate) async fn facts(&self) -> Result<()> {
        let deadline = tokio::time::Instant::now() + FACTS_WAIT_MAX;
        while self.parts.store.facts_up_to().0 == 0 {
            if tokio::time::Instant::now() > deadline {
                anyhow::bail!("the platform's facts did not come within a minute");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// A signal that resolves when the process stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        until(self.stop.subscribe())
    }

    /// Lets answers under way finish, and writes a snapshot so that the next start is short.
    ///
    /// # Errors
    /// A task panicked.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let _ = self.stop.send(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.context("a task ended badly")?;
        }
        let store = self.parts.store.clone();
        let written = tokio::task::spawn_blocking(move || store.write_snapshot()).await?;
        if let Err(error) = written {
            tracing::warn!(%error, "no snapshot could be written; the next start takes longer");
        }
        Ok(())
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Resolves when the operator asks the process to stop.
///
/// # Errors
/// Signals cannot be listened to.
pub(crate) async fn asked_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
