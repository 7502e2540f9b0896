//! The platform's facts into the store, without HTTP.

use ledger::{Event, Fact as LogFact, Facts};
use model::{ContextKind, ContextNo, ObjectKind, PersonNo, SourceNo, Timestamp};
use parking_lot::Mutex;
use platform::facts::{BatchMode, FactKind, FactObjectKind, PushFuture};
use platform::{Accepted, Fact, FactBatch, FactError, FactSink};
use sequence::Commit;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{ExternalKind, Store, Urgency};

/// Where in the log the facts of each batch stand, by the source's number of the last of them.
#[derive(Default)]
pub struct Placed(Mutex<BTreeMap<u64, u64>>);

impl Placed {
    /// The position at which a fact of this number holds.
    #[must_use]
    pub fn position(&self, fact: u64) -> Option<u64> {
        self.0.lock().range(fact..).next().map(|(_, position)| *position)
    }
}

/// Takes facts as they come; a snapshot only adds.
pub struct Sink(pub Store, pub Arc<Placed>);

impl Sink {
    fn person(&self, id: Option<platform::PersonId>) -> PersonNo {
        let id = id.expect("a fact names its person").to_string();
        PersonNo(
            *self.0.assign(ExternalKind::Person, &[&id]).expect("numbers").first().expect("one"),
        )
    }

    fn group(&self, id: Option<platform::GroupId>) -> ContextNo {
        let id = id.expect("a fact names its group").to_string();
        ContextNo(
            *self.0.assign(ExternalKind::Context, &[&id]).expect("numbers").first().expect("one"),
        )
    }

    /// Numbers of everybody and every group in one go: a disk that is busy takes its time for each.
    fn assign(&self, facts: &[Fact]) {
        let people: BTreeSet<String> = facts
            .iter()
            .flat_map(|fact| [fact.person, fact.other])
            .flatten()
            .map(|id| id.to_string())
            .collect();
        let groups: BTreeSet<String> =
            facts.iter().filter_map(|fact| fact.group).map(|id| id.to_string()).collect();
        for (kind, ids) in [(ExternalKind::Person, people), (ExternalKind::Context, groups)] {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            self.0.assign(kind, &ids).expect("numbers");
        }
    }

    fn number(&self, fact: &Fact) -> Option<LogFact> {
        Some(match fact.kind {
            FactKind::Person => LogFact::Person(self.person(fact.person)),
            FactKind::PersonGone => LogFact::PersonGone(self.person(fact.person)),
            FactKind::Group => LogFact::Context(self.group(fact.group), ContextKind::Group),
            FactKind::GroupGone => LogFact::ContextGone(self.group(fact.group)),
            FactKind::Member => LogFact::Member(self.person(fact.person), self.group(fact.group)),
            FactKind::MemberGone => {
                LogFact::MemberGone(self.person(fact.person), self.group(fact.group))
            }
            FactKind::Admin => LogFact::Admin(self.person(fact.person), self.group(fact.group)),
            FactKind::AdminGone => {
                LogFact::AdminGone(self.person(fact.person), self.group(fact.group))
            }
            FactKind::Friend => LogFact::Friend(self.person(fact.person), self.person(fact.other)),
            FactKind::FriendGone => {
                LogFact::FriendGone(self.person(fact.person), self.person(fact.other))
            }
            FactKind::ObjectGone => {
                let object = fact.object?;
                let kind = match object.kind {
                    FactObjectKind::Post => ObjectKind::Post,
                    FactObjectKind::Comment => ObjectKind::Comment,
                    FactObjectKind::Media => ObjectKind::Media,
                };
                let mut new = Vec::new();
                let number =
                    self.0.object_number(kind, &object.id.to_string(), &mut new).expect("a number");
                LogFact::ObjectGone(number)
            }
        })
    }
}

impl FactSink for Sink {
    fn push(&self, batch: FactBatch) -> PushFuture<'_> {
        Box::pin(async move {
            let source = SourceNo(1);
            self.assign(&batch.facts);
            let facts: Vec<Option<LogFact>> =
                batch.facts.iter().map(|fact| self.number(fact)).collect();
            let flow = move |state: &consent::State| match batch.mode {
                BatchMode::Changes { after } => {
                    let taken =
                        flows::platform::Batch { source, first: after + 1, facts: facts.clone() };
                    flows::platform::take_in(state, &taken)
                }
                BatchMode::Snapshot { sequence, .. } => Ok(part(source, sequence, &facts)),
            };
            let done = self
                .0
                .commit(Urgency::Ending, None, move |state, _, _| flow(state))
                .await
                .map_err(|failure| FactError::Unavailable(failure.to_string()))?;
            match done {
                Ok(done) => {
                    if !done.events.is_empty() {
                        self.1.0.lock().insert(done.reply.up_to, done.position.0);
                    }
                    if let Some(mark) = batch.complete_up_to {
                        self.0.mark_facts(Timestamp(u64::try_from(mark.at).unwrap_or(0)));
                    }
                    Ok(Accepted { up_to: done.reply.up_to })
                }
                Err(flows::platform::Refusal::Gap { expected }) => Err(FactError::Gap { expected }),
                Err(other) => Err(FactError::Unavailable(other.to_string())),
            }
        })
    }
}

/// A part of a snapshot: its facts stand after the source's number of it.
fn part(
    source: SourceNo,
    sequence: u64,
    facts: &[Option<LogFact>],
) -> Commit<flows::platform::Taken> {
    let facts: Vec<LogFact> = facts.iter().copied().flatten().collect();
    let writes = facts.iter().filter_map(flows::platform::membership).collect();
    let reply = flows::platform::Taken { up_to: sequence, new: facts.len() };
    let event = Event::Facts(Facts { source, up_to: sequence, facts });
    Commit { events: vec![event], entries: Vec::new(), marks: Vec::new(), writes, reply }
}
