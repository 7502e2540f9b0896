//! What an answer must be: written by hand, shape by shape, from what the platform says of each record and what the reference
//! model says of each class of it. Nothing of the gate's catalog walk is used here.

use super::cast::Key;
use conformance::World;
use consent::Request;
use ledger::{About, Node, RecordFacts};
use model::{
    ApiVersion, ClassMask, ClassNo, ContextNo, ObjectKind, ObjectNo, OperationNo, PersonNo,
    ProgramNo, Publication, PurposeNo, Reason, Relation,
};
use reference::Entry;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

static NOBODY: About = About::Nobody;

/// A class of something about somebody somewhere.
type Claim = (About, Option<ContextNo>, Publication, ClassNo);

/// What the reference said, for each token, program and purpose.
#[derive(Default)]
pub struct Known(BTreeMap<(String, ProgramNo, PurposeNo), BTreeMap<Claim, Option<Reason>>>);

/// The operation as far as it decides.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: OperationNo,
    /// Its program.
    pub program: ProgramNo,
    /// Its purpose.
    pub purpose: PurposeNo,
    /// Actions that it needs.
    pub requires: ClassMask,
    /// The API's version.
    pub version: ApiVersion,
    /// Its successful status.
    pub status: u16,
    /// It needs an acting person.
    pub personal: bool,
    /// Whether the catalog says in which group a post stands.
    pub posts_stand_in_groups: bool,
}

/// Which properties are wanted.
#[derive(Debug, Clone)]
pub enum Pick {
    /// All.
    All,
    /// Paths.
    Only(Vec<Vec<String>>),
}

impl Pick {
    /// Reads `fields`.
    pub fn parse(fields: Option<&str>) -> Self {
        let Some(fields) = fields else { return Self::All };
        Self::Only(
            fields.split(',').map(|path| path.split('.').map(str::to_owned).collect()).collect(),
        )
    }

    /// What is wanted below a name, if it is wanted.
    fn below(&self, name: &str) -> Option<Self> {
        let Self::Only(paths) = self else { return Some(Self::All) };
        let below: Vec<Vec<String>> =
            paths.iter().filter(|path| path[0] == name).map(|path| path[1..].to_vec()).collect();
        match below.is_empty() {
            true => None,
            false if below.iter().any(Vec::is_empty) => Some(Self::All),
            false => Some(Self::Only(below)),
        }
    }
}

/// What an answer tells, beside its body.
#[derive(Debug, Default)]
pub struct Told {
    /// Whom a class that shows is about; nobody for none.
    pub shown: BTreeSet<(Option<PersonNo>, ClassNo)>,
    /// The same of classes that only let something appear.
    pub presence: BTreeSet<(Option<PersonNo>, ClassNo)>,
    /// Classes missing where something shows, with the first reason.
    pub missing: BTreeMap<ClassNo, Reason>,
}

/// The oracle for one request.
pub struct Oracle<'a> {
    world: &'a World,
    key: &'a Key,
    operation: &'a Operation,
    context: Option<ContextNo>,
    events: &'a [Entry],
    known: &'a mut BTreeMap<Claim, Option<Reason>>,
    /// Whether the catalog says in which group a post stands.
    posts_stand_in_groups: bool,
    wanted: Option<BTreeSet<Claim>>,
    /// What the answer tells.
    pub told: Told,
}

/// Where something stands, and in which state.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    context: Option<ContextNo>,
    publication: Publication,
}

impl<'a> Oracle<'a> {
    /// An oracle for a request with this token.
    pub fn new(
        (world, events, known): (&'a World, &'a [Entry], &'a mut Known),
        key: &'a Key,
        operation: &'a Operation,
        context: Option<ContextNo>,
    ) -> Self {
        let known =
            known.0.entry((key.text.clone(), operation.program, operation.purpose)).or_default();
        let posts_stand_in_groups = operation.posts_stand_in_groups;
        let (wanted, told) = (None, Told::default());
        Self { world, key, operation, context, events, known, posts_stand_in_groups, wanted, told }
    }

    fn request(&self) -> Request {
        Request {
            app: self.key.app.no,
            credential: Some(self.key.app.credential),
            chain: self.key.chain,
            issue: self.key.issue,
            key: 0,
            family: None,
            acting: self.key.acting,
            operation: self.operation.number,
            program: self.operation.program,
            purpose: self.operation.purpose,
            requires: self.operation.requires,
            context: self.context,
            version: self.operation.version,
            facts_up_to: self.world.store.facts_up_to(),
        }
    }

    /// Whether the request may be served at all.
    pub fn authorized(&self) -> bool {
        let now = self.world.store.now();
        now < self.key.expires_at
            && (self.key.acting.is_some() || !self.operation.personal)
            && reference::authorize(self.events, &self.request(), now).is_ok()
    }

    /// What is made of something: once to see what has to be asked, once with the answers.
    pub fn make<T>(&mut self, make: impl Fn(&mut Self) -> T) -> T {
        self.wanted = Some(BTreeSet::new());
        make(self);
        let wanted = self.wanted.take().unwrap_or_default();
        self.ask_reference(wanted);
        self.told = Told::default();
        make(self)
    }

    fn ask_reference(&mut self, wanted: BTreeSet<Claim>) {
        let mut grouped: BTreeMap<(About, Option<ContextNo>, Publication), ClassMask> =
            BTreeMap::new();
        for (about, context, publication, class) in
            wanted.iter().filter(|claim| !self.known.contains_key(claim))
        {
            let mask = grouped.entry((about.clone(), *context, *publication)).or_default();
            *mask = *mask | ClassMask::of(*class);
        }
        let nodes: Vec<Node> = grouped
            .iter()
            .map(|((about, context, publication), asked)| {
                let (context, publication) = (*context, *publication);
                let record = RecordFacts {
                    kind: ObjectKind::Post,
                    object: ObjectNo(0),
                    context,
                    publication,
                    time: None,
                    relation: Relation::NONE,
                };
                Node {
                    within: None,
                    record: Some(record),
                    about: about.clone(),
                    presence: ClassMask::NONE,
                    asked: *asked,
                }
            })
            .collect();
        if nodes.is_empty() {
            return;
        }
        let said =
            reference::failures(self.events, &self.request(), &nodes, self.world.store.now());
        for (((about, context, publication), asked), failures) in grouped.into_iter().zip(said) {
            for class in asked.iter() {
                let claim = (about.clone(), context, publication, class);
                self.known.insert(claim, failures.get(&class).copied());
            }
        }
    }

    fn class(&self, name: &str) -> ClassNo {
        let state = self.world.store.state();
        let catalog = state.catalog().unwrap();
        catalog
            .classes
            .iter()
            .find(|class| class.name == name)
            .unwrap_or_else(|| panic!("a class `{name}`"))
            .number
    }

    fn verdict(&mut self, about: &About, place: Place, class: ClassNo) -> Option<Reason> {
        let claim = (about.clone(), place.context, place.publication, class);
        match &mut self.wanted {
            Some(wanted) => {
                wanted.insert(claim);
                None
            }
            None => *self.known.get(&claim).expect("asked before"),
        }
    }

    fn people(about: &About) -> Vec<Option<PersonNo>> {
        match about {
            About::People(people) => people.iter().map(|person| Some(*person)).collect(),
            About::Nobody | About::Unresolvable => vec![None],
        }
    }

    /// Whether a class shows; told either way.
    fn shows(&mut self, about: &About, place: Place, class: &str) -> bool {
        let class = self.class(class);
        match self.verdict(about, place, class) {
            None => {
                self.told.shown.extend(Self::people(about).into_iter().map(|who| (who, class)));
                true
            }
            Some(reason) => {
                self.miss(class, reason);
                false
            }
        }
    }

    fn miss(&mut self, class: ClassNo, reason: Reason) {
        let first = self.told.missing.entry(class).or_insert(reason);
        *first = (*first).min(reason);
    }

    /// Whether something appears at all; what does not is told nowhere.
    fn appears(&mut self, about: &About, place: Place, class: &str) -> bool {
        let class = self.class(class);
        let appears = self.verdict(about, place, class).is_none();
        if appears {
            self.told.presence.extend(Self::people(about).into_iter().map(|who| (who, class)));
        }
        appears
    }

    fn about(&self, ids: &[&Value]) -> About {
        let number = |id: &&Value| {
            let id = id.as_str().expect("an id").parse().expect("a person's id");
            self.world.person(id)
        };
        let mut people: Vec<PersonNo> = ids.iter().map(number).collect();
        people.sort_unstable();
        people.dedup();
        About::People(people.into_iter().collect())
    }

    fn place(&self, record: &Value) -> Place {
        let group = record["group"]["id"]
            .as_str()
            .map(|id| self.world.context(id.parse().expect("a group's id")));
        let state = record["state"].as_str().and_then(Publication::from_word);
        Place { context: group, publication: state.unwrap_or(Publication::Unknown) }
    }

    /// Where a record stands by its own word.
    pub fn context_of(&self, record: &Value) -> Option<ContextNo> {
        self.place(record).context
    }

    /// Classes of the operation that no record of anybody could show in a context, for a reason that is the request's own.
    pub fn requests_own(&self, context: Option<ContextNo>) -> BTreeMap<ClassNo, Reason> {
        let state = self.world.store.state();
        let Some(catalog) = state.catalog_of(self.operation.version) else {
            return BTreeMap::new();
        };
        let mut operations = catalog.operations.iter();
        let asked = operations.find(|one| one.number == self.operation.number).unwrap().classes;
        drop(state);
        let record = RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(0),
            context,
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        };
        let (record, about) = (Some(record), NOBODY.clone());
        let node = Node { within: None, record, about, presence: ClassMask::NONE, asked };
        let now = self.world.store.now();
        let said = reference::failures(self.events, &self.request(), &[node], now);
        let failed = said.into_iter().flatten();
        failed.filter(|(_, reason)| is_requests_own(*reason)).collect()
    }

    /// Where records stand that do not say: the operation's group.
    pub const fn here(&self) -> Place {
        Place { context: self.context, publication: Publication::Unknown }
    }

    fn put(&mut self, to: &mut Fill<'_>, name: &str, class: &str) {
        self.put_as(to, name, class, Value::clone);
    }

    fn put_as(
        &mut self,
        to: &mut Fill<'_>,
        name: &str,
        class: &str,
        spell: impl Fn(&Value) -> Value,
    ) {
        let Some(value) = to.from.get(name).filter(|_| to.pick.below(name).is_some()) else {
            return;
        };
        if self.shows(to.about, to.place, class) {
            to.made.insert(name.to_owned(), spell(value));
        }
    }

    fn list(
        &mut self,
        to: &mut Fill<'_>,
        name: &str,
        item: impl Fn(&mut Self, &Value, &Pick) -> Option<Value>,
    ) {
        let Some(pick) = to.pick.below(name) else { return };
        let items =
            to.from.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let items: Vec<Value> = items.iter().filter_map(|value| item(self, value, &pick)).collect();
        if !items.is_empty() {
            to.made.insert(name.to_owned(), Value::Array(items));
        }
    }

    /// A person beside something.
    fn card(&mut self, from: &Value, pick: &Pick, place: Place) -> Option<Value> {
        let about = self.about(&[&from["id"]]);
        let mut to = Fill::new(from, pick, &about, place);
        self.put_as(&mut to, "id", "member.id", |id| named("person", id));
        self.put(&mut to, "name", "member.name");
        self.put_as(&mut to, "picture", "member.picture", |id| named("link", id));
        to.some()
    }

    fn within(&mut self, to: &mut Fill<'_>, name: &str, place: Place) {
        let Some(pick) = to.pick.below(name) else { return };
        let made = to.from.get(name).and_then(|from| self.card(from, &pick, place));
        to.made.extend(made.map(|made| (name.to_owned(), made)));
    }

    /// A mention, tag or reaction: there only if its person allows it.
    fn naming(
        &mut self,
        from: &Value,
        pick: &Pick,
        place: Place,
        class: &str,
        more: &[&str],
    ) -> Option<Value> {
        let about = self.about(&[&from["person"]["id"]]);
        if !self.appears(&about, place, class) {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        self.within(&mut to, "person", place);
        for name in more {
            self.put(&mut to, name, class);
        }
        Some(Value::Object(to.made))
    }

    fn medium(&mut self, from: &Value, pick: &Pick, place: Place) -> Option<Value> {
        let tags = from["tags"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&Value> = std::iter::once(&from["owner"]["id"])
            .chain(tags.iter().map(|tag| &tag["person"]["id"]))
            .collect();
        let about = self.about(&ids);
        if !self.appears(&about, place, "post.media") {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        self.put_as(&mut to, "id", "post.media", |id| named("media", id));
        self.put(&mut to, "kind", "post.media");
        self.put_as(&mut to, "url", "post.media", |id| named("link", id));
        self.list(&mut to, "tags", |oracle, tag, pick| {
            oracle.naming(tag, pick, place, "post.tags", &[])
        });
        Some(Value::Object(to.made))
    }

    /// What posts and comments have alike.
    fn said(&mut self, to: &mut Fill<'_>, class: &str) {
        let (from, place) = (to.from, to.place);
        if let (Some(pick), Some(group)) = (to.pick.below("group"), from.get("group")) {
            let mut inner = Fill::new(group, &pick, &NOBODY, place);
            self.put_as(&mut inner, "id", "group.name", |id| named("group", id));
            to.made.extend(inner.some().map(|made| ("group".to_owned(), made)));
        }
        self.within(to, "author", place);
        for name in ["text", "created_at", "state"] {
            self.put(to, name, class);
        }
        self.list(to, "mentions", |oracle, mention, pick| {
            oracle.naming(mention, pick, place, "post.mentions", &["offset", "length"])
        });
        self.list(to, "reactions", |oracle, reaction, pick| {
            oracle.naming(reaction, pick, place, "reaction.person", &["kind"])
        });
        let mut counts = Fill::new(from, to.pick, &NOBODY, place);
        for count in ["comment_count", "reaction_count"] {
            let Some(number) = from[count].as_i64() else { continue };
            if number >= 5 {
                self.put(&mut counts, count, "post.activity");
            } else if to.pick.below(count).is_some() {
                self.miss(self.class("post.activity"), Reason::TooFew);
            }
        }
        to.made.extend(counts.made);
    }

    /// A post.
    pub fn post(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let (about, mut place) = (self.about(&[&from["author"]["id"]]), self.place(from));
        if !self.posts_stand_in_groups {
            place.context = None;
        }
        if !self.appears(&about, place, "post.content") {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        self.put_as(&mut to, "id", "post.content", |id| named("post", id));
        self.said(&mut to, "post.content");
        self.list(&mut to, "media", |oracle, medium, pick| oracle.medium(medium, pick, place));
        Some(Value::Object(to.made))
    }

    /// A comment.
    pub fn comment(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let (about, place) = (self.about(&[&from["author"]["id"]]), self.place(from));
        if !self.appears(&about, place, "comment.content") {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        self.put_as(&mut to, "id", "comment.content", |id| named("comment", id));
        self.said(&mut to, "comment.content");
        // `reply_to` is never there: it would name a comment that its own author may have withheld.
        if let (Some(pick), Some(other)) = (to.pick.below("post"), from.get("post")) {
            let mut inner = Fill::new(other, &pick, &about, place);
            self.put_as(&mut inner, "id", "comment.content", |id| named("post", id));
            to.made.extend(inner.some().map(|made| ("post".to_owned(), made)));
        }
        Some(Value::Object(to.made))
    }

    /// A member.
    pub fn member(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let (about, place) = (self.about(&[&from["person"]["id"]]), self.here());
        if !self.appears(&about, place, "member.id") {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        self.within(&mut to, "person", place);
        self.put(&mut to, "role", "member.role");
        self.put(&mut to, "joined_at", "member.role");
        Some(Value::Object(to.made))
    }

    /// A group.
    pub fn group(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let place = self.here();
        let mut to = Fill::new(from, pick, &NOBODY, place);
        self.put_as(&mut to, "id", "group.name", |id| named("group", id));
        self.put(&mut to, "name", "group.name");
        self.put(&mut to, "description", "group.description");
        self.put(&mut to, "created_at", "group.description");
        self.put(&mut to, "member_count", "group.member_count");
        self.list(&mut to, "admins", |oracle, admin, pick| oracle.card(admin, pick, place));
        to.some()
    }

    /// A group of one's own.
    pub fn my_group(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let about = self.about(&[&from["person"]["id"]]);
        let place = Place { publication: Publication::Unknown, ..self.place(from) };
        if !self.appears(&about, place, "membership") {
            return None;
        }
        let mut to = Fill::new(from, pick, &about, place);
        if let Some(pick) = to.pick.below("group") {
            let mut inner = Fill::new(&from["group"], &pick, &about, place);
            self.put_as(&mut inner, "id", "membership", |id| named("group", id));
            self.put(&mut inner, "name", "membership");
            to.made.extend(inner.some().map(|made| ("group".to_owned(), made)));
        }
        self.put(&mut to, "role", "membership");
        self.put(&mut to, "joined_at", "membership");
        Some(Value::Object(to.made))
    }

    /// The acting person.
    pub fn me(&mut self, from: &Value, pick: &Pick) -> Option<Value> {
        let about = self.about(&[&from["id"]]);
        let place = Place { context: None, publication: Publication::Unknown };
        let mut to = Fill::new(from, pick, &about, place);
        self.put_as(&mut to, "id", "profile.id", |id| named("person", id));
        self.put_as(&mut to, "picture", "profile.picture", |id| named("link", id));
        for (name, class) in [
            ("created_at", "profile.id"),
            ("name", "profile.name"),
            ("first_name", "profile.name"),
            ("last_name", "profile.name"),
            ("gender", "profile.gender"),
            ("birthday", "profile.birthday"),
            ("emails", "profile.email"),
            ("languages", "profile.languages"),
            ("city", "profile.city"),
            ("interests", "profile.interests"),
        ] {
            self.put(&mut to, name, class);
        }
        for (list, class, names) in [
            ("studies", "profile.education", ["name", "year"]),
            ("work", "profile.work", ["name", "from"]),
        ] {
            self.list(&mut to, list, |oracle, item, pick| {
                let mut to = Fill::new(item, pick, &about, place);
                for name in names {
                    oracle.put(&mut to, name, class);
                }
                to.some()
            });
        }
        to.some()
    }

    /// Whether bytes of media show, by what the platform says of them now; pictures stand where their link was given.
    pub fn media(
        &mut self,
        facts: &Value,
        given_in: Option<ContextNo>,
        classes: ClassMask,
    ) -> bool {
        let tags = facts["tags"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&Value> = std::iter::once(&facts["owner"]["id"])
            .chain(tags.iter().map(|tag| &tag["person"]["id"]))
            .collect();
        let about = self.about(&ids);
        let mut place = self.place(facts);
        place.context = place.context.or(given_in);
        let all: Vec<bool> = classes
            .iter()
            .map(|class| {
                let shows = self.verdict(&about, place, class).is_none();
                if shows {
                    self.told
                        .shown
                        .extend(Self::people(&about).into_iter().map(|who| (who, class)));
                }
                shows
            })
            .collect();
        !all.is_empty() && all.into_iter().all(|shows| shows)
    }
}

/// Whether a reason is one of app, token or rules, and none of what was asked for or of whom it is about.
const fn is_requests_own(reason: Reason) -> bool {
    match reason {
        Reason::Partner
        | Reason::App
        | Reason::CutOff
        | Reason::Program
        | Reason::Version
        | Reason::UnknownClass
        | Reason::Agreement
        | Reason::Certification
        | Reason::Installation
        | Reason::InstallationClass
        | Reason::Grant
        | Reason::GrantClass
        | Reason::GrantContext
        | Reason::FactsStale
        | Reason::Idle
        | Reason::GrantPurpose
        | Reason::GrantClassEnded
        | Reason::Unused
        | Reason::Review => true,
        Reason::Unpublished
        | Reason::NoContext
        | Reason::TooFew
        | Reason::NotSelf
        | Reason::NotParticipant
        | Reason::Unresolvable
        | Reason::UnknownPerson
        | Reason::Erased
        | Reason::SettingAllApps
        | Reason::SettingContext
        | Reason::SettingApp
        | Reason::NoOptIn
        | Reason::NotFriend
        | Reason::NotTester
        | Reason::NotInExperiment
        | Reason::SettingFriends
        | Reason::SettingBeyond => false,
    }
}

/// An object in the making.
struct Fill<'a> {
    from: &'a Value,
    pick: &'a Pick,
    about: &'a About,
    place: Place,
    made: Map<String, Value>,
}

impl<'a> Fill<'a> {
    fn new(from: &'a Value, pick: &'a Pick, about: &'a About, place: Place) -> Self {
        Self { from, pick, about, place, made: Map::new() }
    }

    /// The object, unless nothing is in it.
    fn some(self) -> Option<Value> {
        (!self.made.is_empty()).then_some(Value::Object(self.made))
    }
}

/// What stands for an id or a link of the gate in an expected answer.
pub fn named(kind: &str, id: &Value) -> Value {
    json!(format!("‹{kind} {}›", id.as_str().expect("an id")))
}
