//! Folds a log from its first entry and decides again, with nothing but the entries' bytes.

use consent::{Request, State, authorize, decide};
use ledger::{About, Entry, Frontier, Payload};
use model::{ClassMask, ObjectKind, Position, Reason};
use std::collections::BTreeMap;
use store::Store;

/// Control events that a life must have, by kind.
const REQUIRED: [(u16, &str); 33] = [
    (16, "catalog-activated"),
    (17, "policy-activated"),
    (18, "version-changed"),
    (19, "change-audited"),
    (20, "partner-made"),
    (21, "partner-status-changed"),
    (22, "app-made"),
    (24, "app-status-changed"),
    (25, "credential-made"),
    (28, "apps-suspended"),
    (29, "suspension-lifted"),
    (30, "program-status-changed"),
    (31, "exception-made"),
    (32, "agreement-made"),
    (34, "certification-made"),
    (35, "certification-ended"),
    (36, "exception-ended"),
    (40, "cut-off"),
    (50, "installation-made"),
    (52, "installation-narrowed"),
    (53, "installation-ended"),
    (60, "grant-made"),
    (64, "grant-ended"),
    (65, "classes-used"),
    (66, "grant-spent"),
    (70, "opt-in"),
    (71, "opt-out"),
    (72, "setting-changed"),
    (80, "facts"),
    (94, "tester-added"),
    (96, "sandbox-changed"),
    (97, "review-passed"),
    (98, "review-withdrawn"),
];

/// What was found.
pub struct Again {
    pub state: State,
    pub tree: Frontier,
    pub disclosures: usize,
    pub writes: usize,
    /// How many of the disclosures were of media, answered a write, were withheld in part, were about people who left.
    pub media: usize,
    pub answers: usize,
    pub partly: usize,
    pub about_people: usize,
    /// Operations that disclosed, and kinds of control events.
    pub operations: BTreeMap<u16, usize>,
    pub events: BTreeMap<u16, usize>,
    positions: Vec<Position>,
    recorded: Vec<Entry>,
}

impl Again {
    /// Takes the whole log, entry by entry.
    pub fn all(store: &Store) -> Self {
        let mut again = Self {
            state: State::default(),
            tree: Frontier::default(),
            disclosures: 0,
            writes: 0,
            media: 0,
            answers: 0,
            partly: 0,
            about_people: 0,
            operations: BTreeMap::new(),
            events: BTreeMap::new(),
            positions: Vec::new(),
            recorded: Vec::new(),
        };
        let mut permits = BTreeMap::new();
        loop {
            let entries = store.entries(again.state.next(), 500).unwrap();
            if entries.is_empty() {
                return again;
            }
            for stored in entries {
                again.tree.push(ledger::leaf_hash(&stored.leaf));
                let at = stored.position;
                let opened = stored.open().unwrap_or_else(|error| panic!("entry {at}: {error}"));
                let entry = opened.unwrap_or_else(|| panic!("entry {at} has lost its payload"));
                assert_eq!(entry.leaf.time, stored.time, "the store's own index says the same");
                again.entry(at, &entry, &mut permits);
                again
                    .state
                    .apply(at, entry.leaf.time, &entry.payload)
                    .unwrap_or_else(|error| panic!("entry {at} cannot be folded: {error}"));
            }
        }
    }

    fn entry(
        &mut self,
        at: Position,
        entry: &Entry,
        permits: &mut BTreeMap<Position, model::AppNo>,
    ) {
        match &entry.payload {
            Payload::Disclosure(payload) => {
                disclosure(&self.state, entry)
                    .unwrap_or_else(|error| panic!("entry {at}: {error}"));
                self.disclosures += 1;
                self.positions.push(at);
                self.recorded.push(entry.clone());
                *self.operations.entry(entry.leaf.operation.unwrap().0).or_default() += 1;
                self.media += usize::from(is_media(entry));
                self.partly += usize::from(
                    payload.nodes.iter().zip(&payload.released).any(|(n, m)| n.asked != *m),
                );
                self.about_people +=
                    usize::from(payload.nodes.iter().zip(&payload.released).any(|(node, mask)| {
                        matches!(node.about, About::People(_)) && !mask.is_empty()
                    }));
                if let Some(permit) = payload.permit {
                    self.answers += 1;
                    assert_eq!(
                        permits.remove(&permit),
                        entry.leaf.app,
                        "entry {at} answers a write"
                    );
                }
            }
            Payload::WritePermitted(payload) => {
                let request =
                    Request::of_write(&entry.leaf, payload).expect("a permit names its request");
                assert!(!request.requires.is_empty(), "entry {at}: a write needs an action");
                required(&self.state, &request)
                    .unwrap_or_else(|error| panic!("entry {at}: {error}"));
                authorize(&self.state, &request, entry.leaf.time)
                    .unwrap_or_else(|reason| panic!("entry {at} permits what {reason:?} refuses"));
                self.writes += 1;
                permits.insert(at, request.app);
            }
            Payload::WriteOutcome(outcome) => {
                assert_eq!(
                    permits.remove(&outcome.permitted_at),
                    entry.leaf.app,
                    "entry {at} ends a write"
                );
            }
            Payload::Control(event) => *self.events.entry(event.kind()).or_default() += 1,
            Payload::Refusals(_) => {}
        }
    }

    /// Positions of disclosures, spread over the log.
    pub fn some_disclosures(&self, most: usize) -> Vec<Position> {
        let step = (self.positions.len() / most).max(1);
        self.positions.iter().step_by(step).copied().collect()
    }

    /// A life in which little happened would prove little.
    pub fn check_enough(&self, seed: u64) {
        let Self {
            disclosures,
            writes,
            media,
            answers,
            partly,
            about_people,
            operations,
            events,
            ..
        } = self;
        println!(
            "{disclosures} disclosures ({media} of media, {answers} answers to {writes} writes, {partly} withheld in part, \
             {about_people} about people), {} operations, {} kinds of events",
            operations.len(),
            events.len()
        );
        assert!(*disclosures >= 150, "seed {seed}: {disclosures} disclosures");
        assert!(
            *media >= 5 && *answers >= 5 && *writes >= *answers,
            "seed {seed}: {media} {answers} {writes}"
        );
        assert!(*partly >= 50 && *about_people >= 20, "seed {seed}: {partly} {about_people}");
        assert!(operations.len() >= 7, "seed {seed}: {operations:?}");
        let missing: Vec<_> =
            REQUIRED.iter().filter(|(kind, _)| !events.contains_key(kind)).collect();
        assert!(missing.is_empty(), "seed {seed}: no {missing:?}");
        // Decided against another state than its own, a recorded answer comes out otherwise: this notices differences.
        let elsewhere =
            self.recorded.iter().filter(|entry| disclosure(&self.state, entry).is_err()).count();
        assert!(elsewhere * 4 > *disclosures, "only {elsewhere} would differ at the end");
    }
}

fn is_media(entry: &Entry) -> bool {
    let Payload::Disclosure(payload) = &entry.payload else { return false };
    let [node] = payload.nodes.as_slice() else { return false };
    node.record.as_ref().is_some_and(|record| record.kind == ObjectKind::Media)
}

/// The actions that a request says it needed are those of its operation.
fn required(state: &State, request: &Request) -> Result<(), String> {
    let catalog = state.catalog_of(request.version).ok_or("the version is not served")?;
    let operation = catalog.operations.iter().find(|one| one.number == request.operation);
    let operation = operation.ok_or("the operation is not in the catalog of its version")?;
    let same = operation.requires == request.requires
        && operation.program == request.program
        && operation.purpose == request.purpose;
    if same { Ok(()) } else { Err(format!("{} is recorded otherwise", operation.name)) }
}

/// Decides a disclosure again.
pub fn disclosure(state: &State, entry: &Entry) -> Result<(), String> {
    let Entry { leaf, payload: Payload::Disclosure(payload) } = entry else {
        return Err("is no disclosure".to_owned());
    };
    // Entries of rules version 1 fold and decide as they did: what version 2 adds is in none of them.
    if !(1..=ledger::RULES_VERSION).contains(&leaf.rules) {
        return Err(format!("rules version {}", leaf.rules));
    }
    let request =
        Request::of_disclosure(leaf, payload).ok_or("the entry does not name its whole request")?;
    if leaf.policy != state.policy_at() {
        return Err("another policy was in force".to_owned());
    }
    if leaf.partner != state.app(request.app).map(|app| app.partner) {
        return Err("another partner".to_owned());
    }
    if is_media(entry) {
        let needs_none = Request { requires: ClassMask::NONE, ..request.clone() };
        if needs_none != request {
            return Err("media need no action".to_owned());
        }
    } else {
        required(state, &request)?;
    }
    let told: Result<_, Reason> = authorize(state, &request, leaf.time);
    let decision = decide(state, &request, &payload.nodes, leaf.time);
    if decision.released == payload.released {
        Ok(())
    } else {
        Err(format!(
            "is decided otherwise ({:?}): {:?} was {:?}",
            told.err(),
            decision.released,
            payload.released
        ))
    }
}
