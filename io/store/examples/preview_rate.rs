//! How fast a preview reads: fills a store with disclosures, then previews a policy over them.
//!
//! `cargo run --release -p store --example preview_rate -- 100000`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement ends where something is wrong, and prints what it found"
)]

use catalog::{Document, Numbering};
use consent::{Policy, Request, State};
use ledger::{
    About, AgreementMade, AppMade, Assigned, CatalogActivated, Event, Fact, Facts,
    InstallationMade, Node, OptIn, PartnerMade, PolicyActivated, ProgramStatusChanged, RecordFacts,
    Why,
};
use model::{
    Actor, AgreementNo, AppNo, Chain, ClassMask, ContextKind, ContextNo, Env, InstallationNo,
    ObjectKind, ObjectNo, PartnerNo, PersonNo, ProgramStatus, Publication, Relation, SourceNo,
    Timestamp,
};
use sequence::{Commit, Lookup, Permit};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;
use store::{Disclosed, Handover, Options, Store, Urgency};

/// Posts of a page; each is a node about another person.
const NODES: u32 = 25;
const PEOPLE: u32 = 20_000;
const GROUPS: u32 = 200;
/// Answers on their way at a time.
const AT_ONCE: u64 = 128;

struct Nowhere;

impl Handover for Nowhere {
    fn reset(&self) {}
}

const fn why() -> Why {
    Why::by(Actor::Operator)
}

fn assigned<N: Copy>(names: &BTreeMap<String, N>, number: impl Fn(N) -> u32) -> Vec<Assigned> {
    names.iter().map(|(name, no)| Assigned { name: name.clone(), number: number(*no) }).collect()
}

fn policy(member_name: &str) -> Event {
    let document = format!(
        r#"{{"policy": "p", "title": "P", "programs": {{"groups": {{"classes": {{"member.name": {member_name}}}}}}}}}"#
    );
    let document = Policy::parse(document.as_bytes()).unwrap().canonical();
    Event::PolicyActivated(PolicyActivated { document, why: why() })
}

async fn happen(store: &Store, events: Vec<Event>) {
    let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
        Ok(Commit::events(events.clone(), ()))
    };
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
}

/// An app with everything in every group; every second person opted in.
async fn fill(store: &Store) {
    let bytes = include_bytes!("../../platform/catalog.json");
    let document = Document::parse(bytes).unwrap();
    let new = document.new_names(&Numbering::default()).unwrap();
    let catalog = Event::CatalogActivated(CatalogActivated {
        document: document.canonical(),
        classes: assigned(&new.classes, |no| no.number().into()),
        operations: assigned(&new.operations, |no| no.0.into()),
        purposes: assigned(&new.purposes, |no| no.0.into()),
        programs: assigned(&new.programs, |no| no.0.into()),
        why: why(),
        keeps: None,
    });
    let (program, app, partner) = (new.programs["groups"], AppNo(1), PartnerNo(1));
    let classes: ClassMask = new.classes.values().copied().collect();
    let status = ProgramStatus::Live;
    happen(
        store,
        vec![
            catalog,
            policy(r#"["installation", "opt-in"]"#),
            Event::PartnerMade(PartnerMade { partner, why: why(), details: None }),
            Event::AppMade(AppMade {
                app,
                partner,
                public: false,
                redirects: Vec::new(),
                why: why(),
                details: None,
                category: None,
                reviewed: None,
            }),
            Event::ProgramStatusChanged(ProgramStatusChanged {
                program,
                status,
                why: why(),
                until: None,
                cap: None,
            }),
            Event::AgreementMade(AgreementMade {
                agreement: AgreementNo(1),
                app,
                program,
                classes,
                required: ClassMask::NONE,
                purposes: new.purposes.values().copied().collect(),
                from: Timestamp(0),
                until: Timestamp::NEVER,
                why: why(),
                retention: None,
                anonymise_by: None,
                terms: None,
            }),
        ],
    )
    .await;
    people(store, app, classes).await;
}

/// People and groups, the app in each group, and who opted in.
async fn people(store: &Store, app: AppNo, classes: ClassMask) {
    let people = (0..PEOPLE).map(|no| Fact::Person(PersonNo(no)));
    let groups = (0..GROUPS).flat_map(|no| {
        let context = ContextNo(no);
        [Fact::Context(context, ContextKind::Group), Fact::Admin(PersonNo(no), context)]
    });
    let facts: Vec<Fact> = people.chain(groups).collect();
    happen(store, vec![Event::Facts(Facts { source: SourceNo(0), up_to: 1, facts })]).await;
    let mut events = Vec::new();
    for no in 0..GROUPS {
        let (installation, backer) = (InstallationNo(no), PersonNo(no));
        let context = ContextNo(no);
        events.push(Event::InstallationMade(InstallationMade {
            installation,
            app,
            context,
            classes,
            backer,
            why: why(),
        }));
        let members = (0..PEOPLE / GROUPS).map(|member| PersonNo(member * GROUPS + no));
        events.extend(
            members.step_by(2).map(|person| {
                Event::OptIn(OptIn { person, installation, app, classes, why: why() })
            }),
        );
    }
    for some in events.chunks(1_000) {
        happen(store, some.to_vec()).await;
    }
}

fn permit(store: &Store, number: u64) -> Permit {
    store.mark_facts(store.now());
    let (basis, state) = (store.basis(), store.state());
    let catalog = Arc::clone(state.catalog().unwrap());
    let operation = catalog.operations.iter().find(|one| one.name.contains("Posts")).unwrap();
    let group = u32::try_from(number % u64::from(GROUPS)).unwrap();
    let request = Request {
        app: AppNo(1),
        credential: None,
        chain: Chain::Installation(InstallationNo(group)),
        issue: state.issue_number(),
        key: 0,
        family: None,
        acting: None,
        operation: operation.number,
        program: operation.program,
        purpose: operation.purpose,
        requires: ClassMask::NONE,
        context: Some(ContextNo(group)),
        version: catalog.version,
        facts_up_to: store.facts_up_to(),
    };
    let classes = &state.numbering().classes;
    let asked = ["post.content", "member.name", "member.id"].map(|name| classes[name]);
    let nodes = (0..NODES).map(|index| {
        let member = (index * 3 + group) % (PEOPLE / GROUPS);
        Node {
            within: None,
            record: Some(RecordFacts {
                kind: ObjectKind::Post,
                object: ObjectNo(number * 7 + u64::from(index)),
                context: Some(ContextNo(group)),
                publication: Publication::Published,
                time: Some(Timestamp(1_700_000_000_000 + number)),
                relation: Relation::NONE,
            }),
            about: About::People(std::iter::once(PersonNo(member * GROUPS + group)).collect()),
            presence: ClassMask::NONE,
            asked: asked.into_iter().collect(),
        }
    });
    Permit::decide(&state, basis, Arc::new(request), Arc::new(nodes.collect()), store.now())
}

#[tokio::main]
async fn main() {
    let wanted = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000u64);
    let directory = tempfile::tempdir().unwrap();
    let options = Options { reserve_bytes: 0, ..Options::default() };
    let store = Store::open(directory.path(), options).unwrap();
    fill(&store).await;
    let begun = Instant::now();
    let mut number = 0;
    while number < wanted {
        let some: Vec<_> = (number..wanted.min(number + AT_ONCE))
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let ticket = store.in_flight().ticket(number, Arc::new(Nowhere));
                    match store.disclose(permit(&store, number), Vec::new(), ticket).await.unwrap()
                    {
                        Disclosed::Durable { .. } => {}
                        Disclosed::GoBack { .. } => panic!("nothing happened in between"),
                    }
                })
            })
            .collect();
        number += AT_ONCE;
        for one in some {
            one.await.unwrap();
        }
    }
    println!("{wanted} disclosures of {NODES} nodes written in {:.1?}", begun.elapsed());
    for (name, rule) in [("withheld", r#""withheld""#), ("no opt-in", r#"["installation"]"#)] {
        let (store, event) = (store.clone(), policy(rule));
        let begun = Instant::now();
        let report =
            tokio::task::spawn_blocking(move || store.preview(&[event], |_, _| {})).await.unwrap();
        let (report, took) = (report.unwrap(), begun.elapsed());
        assert_eq!(report.disclosures.compared, wanted);
        let effect = report.effects.total;
        println!(
            "member.name {name}: {} lose, {} gain, {} people, {took:.2?}, {:.0} disclosures a second",
            effect.lost.disclosures,
            effect.gained.disclosures,
            report.effects.people.all,
            wanted as f64 / took.as_secs_f64()
        );
    }
}
