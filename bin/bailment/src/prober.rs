//! The prober in this process: its people and group on the built-in platform, its schedule.

use crate::cli::Result;
use crate::wire::Parts;
use anyhow::Context;
use governance_http::{Probed, Probing, Round};
use model::{ContextNo, PersonNo};
use platform::{FactsOutcome, GroupId, NewGroup, NewPerson, Outcome, PersonId, Platform};
use prober::{Ground, Place, Prober, Step};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// The first round comes this soon after a start, however rare rounds are: a process that is started anew each day is probed.
const FIRST_AFTER: Duration = Duration::from_secs(60);

/// Who plays which part, by the platform's ids. Kept, so that a start finds them again.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Cast {
    group: GroupId,
    admin: PersonId,
    deputy: PersonId,
    subject: PersonId,
}

/// The built-in platform lends a place.
struct Room {
    platform: Arc<Platform>,
    cast: Cast,
    place: Place,
    /// Where the prober's memory is.
    memory: PathBuf,
}

/// Writes a file that nobody else can read: secrets of the prober's apps are in it. Whole or not at all.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    // One that a crash left behind may be anybody's to read.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut open =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    open.write_all(bytes)?;
    open.sync_all()?;
    std::fs::rename(&beside, file)
}

/// Waits until the gate has the facts: what is done next rests on them.
fn told<T>(outcome: Outcome<T>) -> std::result::Result<T, String> {
    match outcome.facts {
        FactsOutcome::None | FactsOutcome::Accepted { .. } => Ok(outcome.value),
        FactsOutcome::Pending { .. } => Err("the platform's facts did not come in time".to_owned()),
    }
}

impl Ground for Room {
    fn place(&self) -> Place {
        self.place
    }

    fn appoint(&self) -> Step<'_> {
        Box::pin(async move {
            let done = self.platform.promote(self.cast.group, self.cast.deputy).await;
            done.map_err(|error| error.to_string()).and_then(told)
        })
    }

    fn dismiss(&self) -> Step<'_> {
        Box::pin(async move {
            let done = self.platform.demote(self.cast.group, self.cast.deputy).await;
            done.map_err(|error| error.to_string()).and_then(told)
        })
    }

    fn kept(&self) -> Option<String> {
        std::fs::read_to_string(&self.memory).ok()
    }

    fn keep(&self, text: &str) -> std::result::Result<(), String> {
        write_private(&self.memory, text.as_bytes()).map_err(|error| error.to_string())
    }
}

async fn cast(platform: &Platform, file: &Path) -> Result<Cast> {
    if let Ok(bytes) = std::fs::read(file) {
        return serde_json::from_slice(&bytes)
            .with_context(|| format!("`{}` cannot be read", file.display()));
    }
    let person = async |name: &str| -> Result<PersonId> {
        let new = NewPerson {
            first_name: name.to_owned(),
            last_name: "Probe".to_owned(),
            ..NewPerson::default()
        };
        Ok(platform.create_person(new).await?.value)
    };
    let (admin, deputy) = (person("Ada").await?, person("Dee").await?);
    let subject = person("Sam").await?;
    let description = "Bailment tries here, with people who do not exist, what must fail.".into();
    let new = NewGroup { name: "Probe room".to_owned(), description, admin };
    let group = platform.create_group(new).await?.value;
    for who in [deputy, subject] {
        platform.join(group, who).await?;
    }
    let cast = Cast { group, admin, deputy, subject };
    write_private(file, &serde_json::to_vec(&cast)?)
        .with_context(|| format!("`{}` cannot be written", file.display()))?;
    Ok(cast)
}

fn place(store: &Store, cast: &Cast) -> Result<Place> {
    let person = |id: PersonId| -> Result<PersonNo> {
        store.person_number(&id.to_string())?.context("a person of the prober is not known yet")
    };
    let group: ContextNo = store
        .context_number(&cast.group.to_string())?
        .context("the group of the prober is not known yet")?;
    Ok(Place {
        group,
        admin: person(cast.admin)?,
        deputy: person(cast.deputy)?,
        subject: person(cast.subject)?,
    })
}

/// The prober of a serving process. Its room is made when the first round is asked for.
pub(crate) struct Standing {
    platform: Option<Arc<Platform>>,
    store: Store,
    keyring: Arc<keyring::Keyring>,
    /// Where the gate answers on this machine.
    origin: String,
    file: PathBuf,
    memory: PathBuf,
    made: tokio::sync::OnceCell<Prober>,
}

impl Standing {
    /// The prober for these parts, whose gate answers at an origin.
    pub(crate) fn new(parts: &Parts, data: &Path, origin: String) -> Arc<Self> {
        Arc::new(Self {
            platform: parts.platform.clone(),
            store: parts.store.clone(),
            keyring: Arc::clone(&parts.keyring),
            origin,
            file: data.join("prober.json"),
            memory: data.join("prober-memory.json"),
            made: tokio::sync::OnceCell::new(),
        })
    }

    async fn make(&self) -> Result<Prober> {
        let platform = self.platform.clone().context(
            "the prober needs people of its own, and only the built-in platform lends it some",
        )?;
        let cast = cast(&platform, &self.file).await?;
        let place = place(&self.store, &cast)?;
        let ground = Arc::new(Room { platform, cast, place, memory: self.memory.clone() });
        Ok(Prober::new(prober::Parts {
            store: self.store.clone(),
            keyring: Arc::clone(&self.keyring),
            origin: self.origin.clone(),
            ground,
        })?)
    }

    /// Runs a round soon after the start, and then every so often.
    pub(crate) async fn run(self: Arc<Self>, every: Duration) {
        tokio::time::sleep(every.min(FIRST_AFTER)).await;
        loop {
            match self.try_all().await {
                // The prober itself says which, loudly.
                Ok(round) if !round.passed.is_empty() => {}
                Ok(round) => match round.silence {
                    Some(why) => tracing::warn!(%why, "the prober has fallen silent"),
                    None if round.tried.is_empty() => {
                        tracing::warn!("the prober still tries nothing: its rounds show nothing");
                    }
                    None => {
                        tracing::info!(probes.tried = round.tried.len(), "no probe got through");
                    }
                },
                Err(why) => tracing::warn!(%why, "the prober could not run"),
            }
            tokio::time::sleep(every).await;
        }
    }

    async fn try_all(&self) -> std::result::Result<prober::Round, String> {
        let made = self.made.get_or_try_init(|| self.make()).await;
        let prober = made.map_err(|error| format!("{error:#}"))?;
        prober.round().await.map_err(|trouble| trouble.to_string())
    }
}

impl Probing for Standing {
    fn round(&self) -> Round<'_> {
        Box::pin(async move {
            let round = self.try_all().await?;
            let untried = round.untried.into_iter().map(|one| (one.condition, one.why));
            Ok(Probed { tried: round.tried, passed: round.passed, untried: untried.collect() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use crate::process::{Process, bind};
    use crate::{first_start, policies};
    use ledger::{Event, Payload, ProbesRun};
    use model::Position;
    use std::os::unix::fs::PermissionsExt;

    /// Kind of the event in the log.
    const PROBES_RUN: u16 = 110;

    fn rounds(store: &Store) -> Vec<ProbesRun> {
        let entries = store.latest_of_kind(PROBES_RUN, Position(u64::MAX), 10).unwrap();
        let read = |one: &store::StoredEntry| match one.read_payload().unwrap() {
            Some(Payload::Control(Event::ProbesRun(run))) => run,
            other => panic!("not a round: {other:?}"),
        };
        entries.iter().map(read).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_serving_process_probes_again_and_again_and_keeps_what_it_knows_to_itself() {
        let directory = tempfile::tempdir().unwrap();
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let data = directory.path().to_string_lossy().into_owned();
        let flags = vec![("data", "--data", data), ("issuer", "--issuer", url)];
        let mut config = load(None, [], flags).unwrap();
        assert!(config.probe_every.is_some(), "it probes unless told otherwise");
        config.probe_every = Some(Duration::from_millis(100));
        let parts = Parts::open(&config).unwrap();
        first_start::prepare(&parts, policies::AFTER).await.unwrap();
        let process = Process::start(&config, parts, listener, None).await.unwrap();
        let began = std::time::Instant::now();
        let store = process.parts.store.clone();
        while rounds(&store).len() < 2 && began.elapsed() < Duration::from_secs(60) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let made = rounds(&store);
        assert!(made.len() >= 2, "{made:?}");
        assert!(made.iter().all(|round| round.tried >= 10 && round.passed.is_empty()), "{made:?}");
        for file in ["prober.json", "prober-memory.json"] {
            let mode = std::fs::metadata(directory.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        process.stop().await.unwrap();
    }
}
