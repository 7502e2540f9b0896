//! The small world that the actors live in: catalog, policies, partners, people, groups; and what the upstream knows.

use crate::rng::Rng;
use catalog::{Document, Numbering};
use ledger::{
    About, AgreementMade, AppMade, Assigned, CatalogActivated, CertificationMade, ClassEnd,
    CredentialMade, Event, Fact, Facts, GrantMade, InstallationMade, Node, OptIn, PartnerMade,
    PolicyActivated, ProgramStatusChanged, RecordFacts, Why,
};
use model::{
    Actor, AgreementNo, ApiVersion, AppNo, CertificationNo, ClassMask, ContextKind, ContextNo,
    CredentialNo, GrantNo, InstallationNo, ObjectKind, ObjectNo, PartnerNo, PersonNo, ProgramNo,
    ProgramStatus, Publication, PurposeNo, Relation, SourceNo, Timestamp,
};
use serde_json::json;
use std::collections::BTreeSet;

/// When the simulation begins.
pub(crate) const START: u64 = 1_000_000_000;
/// People have the numbers from 0.
pub(crate) const PEOPLE: u32 = 12;
/// Groups have the numbers from 0.
pub(crate) const CONTEXTS: u32 = 4;
/// Apps have the numbers from 1.
pub(crate) const APPS: u32 = 3;
/// The one program.
pub(crate) const PROGRAM: ProgramNo = ProgramNo(0);
/// The one purpose.
pub(crate) const PURPOSE: PurposeNo = PurposeNo(0);
/// How many policies there are to choose from.
pub(crate) const POLICIES: usize = 5;
/// The source of all facts.
pub(crate) const SOURCE: SourceNo = SourceNo(1);

/// Classes by number, in the order in which the catalog names them.
pub(crate) mod class {
    use model::ClassMask;
    pub(crate) const GROUP_NAME: ClassMask = ClassMask(1);
    pub(crate) const MEMBER_NAME: ClassMask = ClassMask(1 << 1);
    pub(crate) const POST_CONTENT: ClassMask = ClassMask(1 << 2);
    pub(crate) const POST_AUTHOR: ClassMask = ClassMask(1 << 3);
    pub(crate) const PROFILE: ClassMask = ClassMask(1 << 4);
    pub(crate) const POST_CREATE: ClassMask = ClassMask(1 << 5);
    pub(crate) const EVERY: ClassMask = ClassMask((1 << 6) - 1);
}

/// The catalog in canonical bytes. `variant` changes the title alone, so that a new one can be activated.
pub(crate) fn catalog_document(variant: u64) -> Vec<u8> {
    let class = |title: &str, about: &str, needs: &[&str]| json!({ "title": title, "text": title, "sensitivity": 1, "about": about, "needs": needs });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": format!("Simulated {variant}"), "version": "2026-11-01" },
        "x-bailment": 1,
        "x-programs": { "groups": { "title": "Groups" } },
        "x-purposes": { "group-management": { "title": "Managing groups", "beyond": true } },
        "x-data-classes": {
            "group.name": class("Names of groups", "nobody", &["installation"]),
            "member.name": class("Names of members", "person", &["installation", "opt-in"]),
            "post.content": class("Posts", "person", &["installation", "published"]),
            "post.author": class("Authors", "person", &["installation", "published", "opt-in"]),
            "person.profile": class("Own profile", "person", &["self"]),
            "post.create": class("Posting", "action", &["installation"]),
        },
        "paths": { "/groups/{id}": { "get": {
            "operationId": "getGroup",
            "x-program": "groups",
            "x-purpose": "group-management",
            "x-context": "path:id",
            "parameters": [{
                "name": "id", "in": "path", "required": true,
                "schema": { "type": "string" }, "x-identifier": "group",
            }],
            "responses": { "200": { "description": "A group.", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Group" },
            }}}},
        }}},
        "components": { "schemas": { "Group": {
            "type": "object",
            "x-about": "nobody",
            "x-context": "id",
            "x-record": { "kind": "group", "id": "id" },
            "properties": {
                "id": { "type": "string", "x-identifier": "group", "x-data-class": "group.name" },
                "name": { "type": "string", "x-data-class": "group.name" },
            },
        }}},
    });
    serde_json::to_vec(&document).unwrap_or_default()
}

/// A policy document: the same classes under other conditions.
pub(crate) fn policy_document(index: usize) -> Vec<u8> {
    let classes = match index {
        0 => json!({}),
        1 => json!({ "post.content": ["installation", "published", "opt-in"] }),
        2 => {
            json!({ "member.name": ["installation", "opt-in", "certification"], "group.name": "withheld" })
        }
        _ => {
            json!({ "member.name": ["installation"], "post.author": ["installation", "published"] })
        }
    };
    let document = json!({
        "policy": format!("p{index}"),
        "title": "A policy",
        "programs": { "groups": { "classes": classes } },
        // No day passes here: what is not used ends in tests of its own, and what is used leaves its marks.
        "expiry": if index.is_multiple_of(2) {
            json!({
                "idle_days": 1,
                "classes": { "post.content": { "unused_days": 1 }, "member.name": { "unused_days": 28 } },
            })
        } else {
            json!({})
        },
    });
    serde_json::to_vec(&document).unwrap_or_default()
}

pub(crate) fn catalog_activated(variant: u64, known: &Numbering) -> Option<Event> {
    let bytes = catalog_document(variant);
    let names = Document::parse(&bytes).ok()?.new_names(known).ok()?;
    let assigned = |name: &String, number: u32| Assigned { name: name.clone(), number };
    Some(Event::CatalogActivated(CatalogActivated {
        document: bytes,
        classes: names.classes.iter().map(|(n, no)| assigned(n, no.number().into())).collect(),
        operations: names.operations.iter().map(|(n, no)| assigned(n, no.0.into())).collect(),
        purposes: names.purposes.iter().map(|(n, no)| assigned(n, no.0.into())).collect(),
        programs: names.programs.iter().map(|(n, no)| assigned(n, no.0.into())).collect(),
        why: why(),
        keeps: None,
    }))
}

pub(crate) fn policy_activated(index: usize) -> Event {
    Event::PolicyActivated(PolicyActivated { document: policy_document(index), why: why() })
}

pub(crate) const fn why() -> Why {
    Why::by(Actor::Operator)
}

/// The first entries of every simulation.
pub(crate) fn first_events(rng: &mut Rng) -> Vec<Event> {
    let mut events: Vec<Event> = catalog_activated(0, &Numbering::default()).into_iter().collect();
    events.push(policy_activated(0));
    events.push(Event::ProgramStatusChanged(ProgramStatusChanged {
        program: PROGRAM,
        status: ProgramStatus::Live,
        why: why(),
        until: None,
        cap: None,
    }));
    for partner in 1..=2 {
        events.push(Event::PartnerMade(PartnerMade {
            partner: PartnerNo(partner),
            why: why(),
            details: None,
        }));
    }
    for app in 1..=APPS {
        app_events(app, rng, &mut events);
    }
    let mut facts: Vec<Fact> = (0..PEOPLE).map(|no| Fact::Person(PersonNo(no))).collect();
    for context in (0..CONTEXTS).map(ContextNo) {
        facts.push(Fact::Context(context, ContextKind::Group));
        facts.push(Fact::Admin(PersonNo(context.0), context));
        facts.extend((0..PEOPLE).map(|no| Fact::Member(PersonNo(no), context)));
    }
    events.push(Event::Facts(Facts { source: SOURCE, up_to: 1, facts }));
    let mut installation = 0;
    for app in 1..=APPS {
        for context in 0..CONTEXTS {
            events.push(Event::InstallationMade(InstallationMade {
                installation: InstallationNo(installation),
                app: AppNo(app),
                context: ContextNo(context),
                classes: class::EVERY,
                backer: PersonNo(context),
                why: why(),
            }));
            for person in (0..PEOPLE).filter(|_| !rng.one_in(4)) {
                events.push(Event::OptIn(OptIn {
                    person: PersonNo(person),
                    installation: InstallationNo(installation),
                    app: AppNo(app),
                    classes: class::EVERY,
                    why: why(),
                }));
            }
            installation += 1;
        }
    }
    for (person, grant) in (0..PEOPLE).zip(0u32..) {
        events.push(grant_made(
            GrantNo(grant),
            AppNo(1 + person % APPS),
            PersonNo(person),
            START + rng.between(5_000, 600_000),
        ));
    }
    events
}

fn app_events(app: u32, rng: &mut Rng, events: &mut Vec<Event>) {
    let no = AppNo(app);
    events.push(Event::AppMade(AppMade {
        app: no,
        partner: PartnerNo(1 + app % 2),
        public: false,
        redirects: Vec::new(),
        why: why(),
        details: None,
        category: None,
        reviewed: None,
    }));
    events.push(Event::CredentialMade(CredentialMade {
        credential: CredentialNo(app),
        app: no,
        digest: [0; 32],
        expires_at: Timestamp::NEVER,
        why: why(),
        key: None,
    }));
    // Windows that begin and end within the run, so that time alone changes decisions too.
    let until = START + rng.between(20_000, 400_000);
    events.push(agreement_made(AgreementNo(app), no, START, until));
    events.push(certification_made(CertificationNo(app), no, START + rng.below(60_000)));
}

pub(crate) fn agreement_made(agreement: AgreementNo, app: AppNo, from: u64, until: u64) -> Event {
    Event::AgreementMade(AgreementMade {
        agreement,
        app,
        program: PROGRAM,
        classes: class::EVERY,
        required: ClassMask::NONE,
        purposes: vec![PURPOSE],
        from: Timestamp(from),
        until: Timestamp(until),
        why: why(),
        retention: None,
        anonymise_by: None,
        terms: None,
    })
}

pub(crate) fn certification_made(certification: CertificationNo, app: AppNo, from: u64) -> Event {
    Event::CertificationMade(CertificationMade {
        certification,
        app,
        classes: class::EVERY,
        purpose: PURPOSE,
        from: Timestamp(from),
        until: Timestamp(from + 30_000),
        why: why(),
        statement: None,
    })
}

pub(crate) fn grant_made(grant: GrantNo, app: AppNo, person: PersonNo, until: u64) -> Event {
    Event::GrantMade(GrantMade {
        grant,
        app,
        person,
        classes: class::EVERY,
        contexts: (0..CONTEXTS).map(ContextNo).collect(),
        expires_at: Timestamp(until),
        why: why(),
        ends: None,
        once: None,
        purposes: None,
    })
}

/// The same, of which some classes are for one time, and one ends early.
pub(crate) fn grant_once(grant: GrantNo, app: AppNo, person: PersonNo, until: u64) -> Event {
    let made = grant_made(grant, app, person, until);
    let Event::GrantMade(made) = made else { return made };
    let ends =
        vec![ClassEnd { classes: class::POST_AUTHOR, until: Timestamp(until / 2 + START / 2) }];
    let once = Some(class::POST_CONTENT | class::MEMBER_NAME);
    let purposes = Some(vec![PURPOSE]);
    Event::GrantMade(GrantMade { ends: Some(ends), once, purposes, ..made })
}

/// The API version of all catalogs.
pub(crate) fn version() -> Option<ApiVersion> {
    "2026-11-01".parse().ok()
}

/// Something that people posted.
#[derive(Debug, Clone)]
struct Post {
    context: ContextNo,
    authors: Vec<PersonNo>,
    published: bool,
    gone: bool,
}

/// The platform: what a request reads before it is decided.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    posts: Vec<Post>,
    members: BTreeSet<(PersonNo, ContextNo)>,
}

impl Upstream {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let posts = (0..60)
            .map(|_| Post {
                context: ContextNo(rng.small(CONTEXTS)),
                authors: people(rng),
                published: !rng.one_in(6),
                gone: false,
            })
            .collect();
        let members = (0..PEOPLE)
            .flat_map(|person| (0..CONTEXTS).map(move |c| (PersonNo(person), ContextNo(c))))
            .collect();
        Self { posts, members }
    }

    /// Deletes a post; the fact follows.
    pub(crate) fn delete(&mut self, object: ObjectNo) {
        if let Some(post) = self.posts.get_mut(object.index()) {
            post.gone = true;
        }
    }

    pub(crate) fn any_post(&self, rng: &mut Rng) -> ObjectNo {
        ObjectNo(rng.below(self.posts.len() as u64))
    }

    pub(crate) fn leave(&mut self, person: PersonNo, context: ContextNo) {
        self.members.remove(&(person, context));
    }

    pub(crate) fn join(&mut self, person: PersonNo, context: ContextNo) {
        self.members.insert((person, context));
    }

    /// A page of posts of a group, with the group itself as the outermost record.
    pub(crate) fn page(&self, context: ContextNo, rng: &mut Rng) -> Vec<Node> {
        let group = RecordFacts {
            kind: ObjectKind::Group,
            object: ObjectNo(1_000 + u64::from(context.0)),
            context: Some(context),
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        };
        let mut nodes = vec![Node {
            within: None,
            record: Some(group),
            about: About::Nobody,
            presence: ClassMask::NONE,
            asked: class::GROUP_NAME,
        }];
        let most = rng.between(0, 4);
        let here = self.posts.iter().zip(0u64..).filter(|(p, _)| p.context == context && !p.gone);
        let here: Vec<_> = here.collect();
        for _ in 0..most {
            let Some((post, object)) = rng.pick(&here) else { break };
            let row = u32::try_from(nodes.len()).unwrap_or(0);
            nodes.push(Node {
                within: None,
                record: Some(RecordFacts {
                    kind: ObjectKind::Post,
                    object: ObjectNo(object),
                    context: Some(context),
                    publication: if post.published {
                        Publication::Published
                    } else {
                        Publication::Draft
                    },
                    time: Some(Timestamp(START)),
                    relation: Relation::PARTICIPANT,
                }),
                about: About::People(post.authors.iter().copied().collect()),
                presence: if rng.one_in(2) { class::POST_CONTENT } else { ClassMask::NONE },
                asked: class::POST_CONTENT | class::PROFILE,
            });
            nodes.push(Node {
                within: Some(row),
                record: None,
                about: About::People(post.authors.iter().copied().collect()),
                presence: ClassMask::NONE,
                asked: class::POST_AUTHOR | class::MEMBER_NAME,
            });
        }
        nodes
    }
}

fn people(rng: &mut Rng) -> Vec<PersonNo> {
    let count = if rng.one_in(4) { 2 } else { 1 };
    let people: BTreeSet<_> = (0..count).map(|_| PersonNo(rng.small(PEOPLE))).collect();
    people.into_iter().collect()
}
