//! What the tests stand on: a directory that goes away, a small community, a sink that can fail.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http::StatusCode;
use platform::{
    Accepted, FactBatch, FactError, FactSink, GroupId, NewGroup, NewPerson, PersonId, Platform,
    UpstreamRequest, UpstreamResponse,
    facts::{BatchMode, Fact, PushFuture},
};
use serde_json::Value;

/// A directory that is removed with its test.
pub struct Dir(pub PathBuf);

impl Dir {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("platform-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A platform in a directory of its own.
pub struct World {
    pub platform: Arc<Platform>,
    pub dir: Dir,
}

impl World {
    pub fn empty() -> Self {
        let dir = Dir::new();
        Self { platform: Arc::new(Platform::open(dir.path()).unwrap()), dir }
    }

    /// People, one after the other.
    pub async fn people(&self, names: &[&str]) -> Vec<PersonId> {
        let mut people = Vec::new();
        for name in names {
            let new = NewPerson {
                first_name: (*name).to_owned(),
                last_name: "Tester".to_owned(),
                location_ip: "192.0.2.7".to_owned(),
                browser_used: "Netscape".to_owned(),
                ..NewPerson::default()
            };
            people.push(self.platform.create_person(new).await.unwrap().value);
        }
        people
    }

    pub async fn group(&self, name: &str, admin: PersonId) -> GroupId {
        let new = NewGroup { name: name.to_owned(), description: String::new(), admin };
        self.platform.create_group(new).await.unwrap().value
    }

    pub async fn call(&self, request: UpstreamRequest) -> UpstreamResponse {
        self.platform.upstream().call(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> UpstreamResponse {
        self.call(UpstreamRequest::get(path)).await
    }

    /// Reads JSON that must be there.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status.as_u16()
    }

    /// Writes as a person; returns status and JSON.
    pub async fn post(&self, path: &str, actor: PersonId, body: &Value) -> (u16, Value) {
        let request = UpstreamRequest::post(path, actor, Bytes::from(body.to_string()));
        let answer = self.call(request).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }

    /// Reads a whole list, page by page.
    pub async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("{path}?limit={limit}{cursor}")).await;
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= limit);
            items.extend(found.iter().cloned());
            match page.get("next") {
                Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
                None => return items,
            }
            assert_eq!(found.len(), limit, "only the last page is short");
        }
    }
}

/// What a sink does with a push.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Up,
    Down,
    /// Takes the batch, then fails: the answer is lost.
    LosesAnswers,
}

/// A sink that keeps what it took, by the rules of the facts API.
pub struct Recorder {
    pub mood: Mutex<Mood>,
    /// Rings whenever a batch was pushed, whatever came of it.
    pub pushed: tokio::sync::Notify,
    pub taken: Mutex<Taken>,
}

/// What a sink holds.
#[derive(Default)]
pub struct Taken {
    pub facts: Vec<Fact>,
    pub snapshot: Vec<Fact>,
    pub snapshots: usize,
    pub marks: Vec<u64>,
    pub last: u64,
    pub batches: usize,
}

impl Recorder {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Up),
            pushed: tokio::sync::Notify::new(),
            taken: Mutex::new(Taken::default()),
        })
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Kinds of the facts taken one by one, with their numbers.
    pub fn told(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.facts.iter().map(|fact| format!("{} {}", fact.sequence, fact.kind.text())).collect()
    }

    fn take(&self, batch: FactBatch) -> Result<Accepted, FactError> {
        let mood = *self.mood.lock().unwrap();
        if mood == Mood::Down {
            return Err(FactError::Unavailable("down".to_owned()));
        }
        let mut taken = self.taken.lock().unwrap();
        taken.batches += 1;
        match batch.mode {
            BatchMode::Changes { after } => {
                if after > taken.last {
                    return Err(FactError::Gap { expected: taken.last + 1 });
                }
                for fact in batch.facts {
                    if fact.sequence == taken.last + 1 {
                        taken.last = fact.sequence;
                        taken.facts.push(fact);
                    } else {
                        assert!(fact.sequence <= taken.last, "a gap inside a batch");
                    }
                }
            }
            BatchMode::Snapshot { sequence, part, last } => {
                if part == 0 {
                    taken.snapshot.clear();
                }
                taken.snapshot.extend(batch.facts);
                if last {
                    taken.last = sequence;
                    taken.snapshots += 1;
                }
            }
        }
        if let Some(mark) = batch.complete_up_to {
            assert_eq!(mark.sequence, taken.last, "a mark says what the sink has");
            taken.marks.push(mark.sequence);
        }
        match mood {
            Mood::LosesAnswers => Err(FactError::Unavailable("lost".to_owned())),
            Mood::Up | Mood::Down => Ok(Accepted { up_to: taken.last }),
        }
    }
}

impl FactSink for Recorder {
    fn push(&self, batch: FactBatch) -> PushFuture<'_> {
        Box::pin(async move {
            let result = self.take(batch);
            self.pushed.notify_one();
            result
        })
    }
}

/// The shared data, from `BAILMENT_SHARED` or beside the workspace.
pub fn shared_data() -> PathBuf {
    let shared = std::env::var_os("BAILMENT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = shared.join("data");
    assert!(
        data.join("ldbc-tiny.tar.zst").is_file(),
        "no `data/ldbc-tiny.tar.zst` in `{}`: set BAILMENT_SHARED to the shared folder",
        shared.display()
    );
    data
}

/// Unpacks one of the shared archives with the system's `tar`.
pub fn unpack(name: &str, into: &Path) {
    let archive = shared_data().join(name);
    let done = std::process::Command::new("tar")
        .arg("--zstd")
        .arg("-xf")
        .arg(&archive)
        .arg("-C")
        .arg(into)
        .status()
        .expect("`tar` runs");
    assert!(done.success(), "`tar --zstd` unpacks {} (Debian: zstd)", archive.display());
}
