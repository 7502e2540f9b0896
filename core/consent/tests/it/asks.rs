//! Random requests and node trees: mostly such as may be answered, some that may not.

use crate::documents::{CLASSES, VERSIONS};
use crate::world::{CONTEXTS, Granted, HOUR, Installed, PEOPLE, World};
use consent::Request;
use ledger::{About, Node, RecordFacts};
use model::{
    AppNo, Chain, ClassMask, ClassNo, ContextNo, CredentialNo, GrantNo, InstallationNo, ObjectKind,
    ObjectNo, OperationNo, PersonNo, Position, ProgramNo, Publication, PurposeNo, Relation,
    Timestamp, limits,
};

/// One question to the gate.
#[derive(Debug)]
pub struct Ask {
    pub request: Request,
    pub nodes: Vec<Node>,
    pub now: Timestamp,
}

impl World {
    pub fn ask(&mut self) -> Ask {
        let now = self.now();
        let request = self.request(now);
        let count = self.dice.below(6);
        let mut nodes = Vec::new();
        for index in 0..u32::try_from(count).unwrap() {
            let node = self.node(&request, index);
            nodes.push(node);
        }
        Ask { request, nodes, now }
    }

    /// Now, soon, later, or just about when something begins or ends.
    fn now(&mut self) -> Timestamp {
        let edges: Vec<_> = self.instants.iter().copied().filter(|at| *at > self.time).collect();
        let chance = self.dice.below(100);
        let at = match (chance, self.dice.pick(&edges)) {
            (0..=17, Some(edge)) => edge.0 + self.dice.below(3) - 1,
            (18..=21, _) => self.time.0 + self.dice.below(200 * HOUR),
            (22..=40, _) => self.time.0 + self.dice.below(30_000),
            _ => self.time.0,
        };
        Timestamp(at)
    }

    fn request(&mut self, now: Timestamp) -> Request {
        let (mut app, chain, mut acting, place) = self.chain();
        if self.dice.percent(2) {
            app = AppNo(self.dice.up_to(7));
        }
        if self.dice.percent(2) {
            acting = if self.dice.percent(40) { None } else { Some(self.anybody()) };
        }
        let (program, purpose, operation) = self.operation();
        let served: Vec<_> = self.state.versions().collect();
        let newest = self.dice.percent(60);
        let version = if newest { served.last() } else { self.dice.pick(&served) };
        let version = *version.unwrap();
        let wrong = VERSIONS[self.dice.below(3) as usize].parse().unwrap();
        let family = self.family(chain);
        let age = limits::FACT_AGE_MAX.0;
        let facts_age = match self.dice.below(20) {
            0 => age - self.dice.below(2),
            1 => age + 1 + self.dice.below(2) * HOUR,
            _ => self.dice.below(30_000),
        };
        Request {
            app,
            credential: self.credential_of(app),
            chain,
            issue: self.issue(),
            key: u8::try_from(self.dice.up_to(2)).unwrap(),
            acting,
            operation,
            program,
            purpose,
            requires: self.requires(),
            context: place.filter(|_| self.dice.percent(96)),
            version: if self.dice.percent(97) { version } else { wrong },
            family,
            facts_up_to: Timestamp(now.0 - facts_age),
        }
    }

    /// A grant or installation, mostly a standing one, with its app, its person, and a place where it is good.
    fn chain(&mut self) -> (AppNo, Chain, Option<PersonNo>, Option<ContextNo>) {
        let standing = self.dice.percent(92);
        let anywhere = self.some_context();
        if self.dice.percent(60) {
            let grants: Vec<_> =
                (self.grants.iter()).filter(|one| !standing || self.grant_is_good(one)).collect();
            if let Some(grant) = self.dice.pick(&grants).copied() {
                let near: Vec<ContextNo> = (self.installations.iter())
                    .filter(|one| one.app == grant.app && self.is_good(one))
                    .map(|one| one.context)
                    .collect();
                let place = self.dice.pick(&near).copied().or(anywhere);
                return (grant.app, Chain::Grant(grant.number), Some(grant.person), place);
            }
        } else {
            let installations: Vec<_> =
                (self.installations.iter()).filter(|one| !standing || self.is_good(one)).collect();
            if let Some(one) = self.dice.pick(&installations).copied() {
                return (one.app, Chain::Installation(one.number), None, Some(one.context));
            }
        }
        let number = self.dice.up_to(40);
        let app = self.some_app();
        if self.dice.percent(50) {
            (app, Chain::Grant(GrantNo(number)), Some(self.anybody()), anywhere)
        } else {
            (app, Chain::Installation(InstallationNo(number)), None, anywhere)
        }
    }

    fn grant_is_good(&self, grant: &Granted) -> bool {
        !grant.ended && grant.expires_at > self.time && self.people.contains(&grant.person)
    }

    fn is_good(&self, one: &Installed) -> bool {
        !one.ended && !one.backers.is_empty() && self.contexts.contains(&one.context)
    }

    /// The refresh family that the token came from: mostly a living one, if any.
    fn family(&mut self, chain: Chain) -> Option<Position> {
        let Chain::Grant(grant) = chain else { return None };
        let living = self.state.grant(grant).map(|grant| &grant.families);
        let living: Vec<_> = living.into_iter().flatten().map(|family| family.id).collect();
        let ever = self.state.grant(grant).map(|grant| grant.redeemed.clone()).unwrap_or_default();
        match self.dice.below(100) {
            0 => Some(Position(self.dice.below(40))),
            1..=6 => self.dice.pick(&ever).copied(),
            7..=39 => self.dice.pick(&living).copied(),
            _ => None,
        }
    }

    fn operation(&mut self) -> (ProgramNo, PurposeNo, OperationNo) {
        let catalog = self.state.catalog().unwrap().clone();
        let operation = self.dice.pick(&catalog.operations).unwrap();
        if self.dice.percent(2) {
            return (ProgramNo(9), operation.purpose, operation.number);
        }
        (operation.program, operation.purpose, operation.number)
    }

    fn credential_of(&mut self, app: AppNo) -> Option<CredentialNo> {
        let own: Vec<_> = self.credentials.iter().filter(|(_, of)| *of == app).collect();
        match self.dice.below(100) {
            0..=59 => None,
            60..=98 => self.dice.pick(&own).map(|(number, _)| *number),
            _ => Some(CredentialNo(self.dice.up_to(20))),
        }
    }

    /// Mostly a token of today; else one about as old as something that killed tokens.
    fn issue(&mut self) -> Position {
        let next = self.events.len() as u64;
        match (self.dice.below(60), self.dice.pick(&self.deaths)) {
            (0, _) => Position(self.dice.below(next + 1)),
            (1..=6, Some(death)) => Position((death.0 + self.dice.below(3)).saturating_sub(1)),
            _ => Position(next),
        }
    }

    fn requires(&mut self) -> ClassMask {
        let (first, last) = (10, 12);
        let actions = (first..last).filter_map(ClassNo::new).collect();
        let chance = if self.dice.percent(12) { 60 } else { 0 };
        let any = self.dice.percent(2);
        self.dice.some_of(if any { ClassMask(0xFFF) } else { actions }, chance)
    }

    fn node(&mut self, request: &Request, index: u32) -> Node {
        let within = match self.dice.below(100) {
            0 => Some(index + self.dice.up_to(3)),
            1..=60 if index > 0 => Some(self.dice.up_to(index)),
            _ => None,
        };
        let begins = self.dice.percent(if within.is_none() { 95 } else { 30 });
        let all = ClassMask((1 << CLASSES.len()) - 1);
        let mut asked = self.dice.some_of(all, 30);
        if self.dice.percent(2) {
            asked = asked | ClassMask(1 << 40 | 1 << 127);
        }
        let chance = if self.dice.percent(30) { 7 } else { 0 };
        Node {
            within,
            record: begins.then(|| self.record(request)),
            about: self.about(request),
            presence: self.dice.some_of(all, chance),
            asked,
        }
    }

    fn record(&mut self, request: &Request) -> RecordFacts {
        let context = match self.dice.below(20) {
            0 => None,
            1 | 2 => Some(ContextNo(self.dice.up_to(CONTEXTS + 1))),
            _ => request.context,
        };
        let publication = match self.dice.below(12) {
            0 => Publication::Draft,
            1 => Publication::Deleted,
            2 => Publication::Unknown,
            _ => Publication::Published,
        };
        let friend = if self.dice.percent(70) { Relation::FRIEND.0 } else { 0 };
        let participant = if self.dice.percent(70) { Relation::PARTICIPANT.0 } else { 0 };
        RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(self.dice.below(5)),
            context,
            publication,
            time: None,
            relation: Relation(friend | participant),
        }
    }

    fn about(&mut self, request: &Request) -> About {
        let count = match self.dice.below(20) {
            0..=2 => return About::Nobody,
            3 => return About::Unresolvable,
            4..=6 => 2,
            7 => 3,
            _ => 1,
        };
        let mut people: Vec<PersonNo> = Vec::new();
        for _ in 0..count {
            let person = match (self.dice.below(10), request.acting, self.somebody()) {
                (0..=2, Some(acting), _) => acting,
                (3, ..) if !self.erased.is_empty() => *self.erased.iter().next_back().unwrap(),
                (3..=8, _, Some(somebody)) => somebody,
                _ => PersonNo(self.dice.up_to(PEOPLE + 1)),
            };
            people.push(person);
        }
        people.sort_unstable();
        people.dedup();
        About::People(people.into_iter().collect())
    }
}
