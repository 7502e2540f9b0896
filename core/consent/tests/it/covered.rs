//! Whatever token, family, version or exception: nothing leaves that no living chain covers.
//!
//! The rule is put here once more, as small questions to the list of events that know nothing of each other or of an order, so
//! that it holds however decisions are made: partner and app stand, no suspension of many names the app, the program is open,
//! an agreement stands now, the token's own authority reaches so far, and the catalog in force, under the policy in force, needs
//! nothing that is not there. What a token names (its version, its family) can only take from that.

use crate::asks::Ask;
use crate::documents::VERSIONS;
use crate::world::World;
use consent::Request;
use ledger::{About, Event, Fact, Node, RecordFacts};
use model::{
    AppStatus, Chain, ClassNo, ContextNo, InstallationNo, PartnerStatus, PersonNo, ProgramStatus,
    Publication, Relation, Timestamp,
};
use reference::Budget;
use serde_json::Value;

/// The list of events, and the instant.
struct Chains<'a> {
    world: &'a World,
    now: Timestamp,
}

impl<'a> Chains<'a> {
    fn events(&self) -> impl DoubleEndedIterator<Item = &'a Event> + use<'a> {
        self.world.events.iter().map(|(_, _, event)| event)
    }

    fn last<T>(&self, of: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
        self.events().rev().find_map(of)
    }

    fn any(&self, is: impl Fn(&'a Event) -> bool) -> bool {
        self.events().any(is)
    }

    fn told(&self, fact: Fact) -> bool {
        self.any(|event| matches!(event, Event::Facts(batch) if batch.facts.contains(&fact)))
    }

    /// What the class needs beyond what everything needs, and whether it is about people; none if it is not to leave.
    fn needs(&self, request: &Request, class: ClassNo) -> Option<(Vec<String>, bool)> {
        let read = |document: &Vec<u8>| serde_json::from_slice::<Value>(document).unwrap();
        let catalog = self.last(|event| match event {
            Event::CatalogActivated(adopted) => Some(read(&adopted.document)),
            _ => None,
        })?;
        let policy = self.last(|event| match event {
            Event::PolicyActivated(adopted) => Some(read(&adopted.document)),
            _ => None,
        })?;
        let named = |number: u32, of: fn(&ledger::CatalogActivated) -> &Vec<ledger::Assigned>| {
            self.last(move |event| match event {
                Event::CatalogActivated(adopted) => {
                    of(adopted).iter().find(|one| one.number == number).map(|one| &one.name)
                }
                _ => None,
            })
        };
        let class = named(class.number().into(), |adopted| &adopted.classes)?;
        let program = named(request.program.0.into(), |adopted| &adopted.programs)?;
        let defined = catalog["x-data-classes"].get(class)?;
        let ruled = policy["programs"].get(program).and_then(|one| one["classes"].get(class));
        if ruled.is_some_and(Value::is_string) {
            return None;
        }
        let list = ruled.or_else(|| defined.get("needs")).and_then(Value::as_array);
        let words = list.into_iter().flatten().map(|word| word.as_str().unwrap().to_owned());
        Some((words.collect(), defined["about"] == "person"))
    }

    fn stands(&self, request: &Request) -> Result<(), &'static str> {
        let app = request.app;
        let partner = self.last(|event| match event {
            Event::AppMade(made) if made.app == app => Some(made.partner),
            _ => None,
        });
        let of_partner = self.last(|event| match event {
            Event::PartnerStatusChanged(changed) if Some(changed.partner) == partner => {
                Some(changed.status)
            }
            _ => None,
        });
        demand("partner", of_partner.is_none_or(|status| status == PartnerStatus::Active))?;
        let of_app = self.last(|event| match event {
            Event::AppStatusChanged(changed) if changed.app == app => Some(changed.status),
            _ => None,
        });
        demand("app", of_app.is_none_or(|status| status == AppStatus::Active))?;
        let lifted = |at| {
            self.any(|event| matches!(event, Event::SuspensionLifted(one) if one.suspension == at))
        };
        let suspended = self.world.events.iter().any(|(at, _, event)| {
            matches!(event, Event::AppsSuspended(one) if one.apps.contains(app)) && !lifted(*at)
        });
        demand("suspended with others", !suspended)?;
        demand("program", self.is_open(request))?;
        let sunset = self.last(|event| match event {
            Event::VersionChanged(changed) if changed.version == request.version => {
                Some(changed.sunset)
            }
            _ => None,
        });
        demand("version", sunset.flatten().is_none_or(|sunset| self.now < sunset))
    }

    fn is_open(&self, request: &Request) -> bool {
        let last = self.last(|event| match event {
            Event::ProgramStatusChanged(changed) if changed.program == request.program => {
                Some((changed.status, changed.until))
            }
            _ => None,
        });
        let exception = self.last(|event| match event {
            Event::ExceptionMade(one)
                if one.program == request.program && one.app == request.app =>
            {
                Some(one.until)
            }
            Event::ExceptionEnded(one)
                if one.program == request.program && one.app == request.app =>
            {
                Some(Timestamp(0))
            }
            _ => None,
        });
        match last {
            Some((ProgramStatus::Live | ProgramStatus::Restricted, _)) => true,
            Some((ProgramStatus::Experimental, until)) => {
                until.is_none_or(|until| self.now < until)
            }
            Some((ProgramStatus::Closed, _)) => exception.is_some_and(|until| self.now < until),
            Some((ProgramStatus::Draft, _)) | None => false,
        }
    }

    fn agreed(&self, request: &Request, class: ClassNo) -> bool {
        let ended = |no| {
            self.any(|event| matches!(event, Event::AgreementEnded(one) if one.agreement == no))
        };
        self.any(|event| match event {
            Event::AgreementMade(made) => {
                (made.app, made.program) == (request.app, request.program)
                    && made.purposes.contains(&request.purpose)
                    && made.classes.has(class)
                    && (made.from..made.until).contains(&self.now)
                    && !ended(made.agreement)
            }
            _ => false,
        })
    }

    fn certified(&self, request: &Request, class: ClassNo) -> bool {
        let ended = |no| {
            self.any(
                |event| matches!(event, Event::CertificationEnded(one) if one.certification == no),
            )
        };
        self.any(|event| match event {
            Event::CertificationMade(made) => {
                (made.app, made.purpose) == (request.app, request.purpose)
                    && made.classes.has(class)
                    && (made.from..made.until).contains(&self.now)
                    && !ended(made.certification)
            }
            _ => false,
        })
    }

    /// Installations that could still carry the class: of this app, here, not ended, and wide enough all along.
    fn installed(&self, request: &Request, context: ContextNo, class: ClassNo) -> bool {
        self.events().any(|event| match event {
            Event::InstallationMade(made) if (made.app, made.context) == (request.app, context) => {
                let number = made.installation;
                made.classes.has(class)
                    && !self.told(Fact::ContextGone(context))
                    && !self.is_taken(number, class)
            }
            _ => false,
        })
    }

    fn is_taken(&self, number: InstallationNo, class: ClassNo) -> bool {
        self.any(|event| match event {
            Event::InstallationEnded(one) => one.installation == number,
            Event::InstallationNarrowed(one) => {
                one.installation == number && !one.classes.has(class)
            }
            _ => false,
        })
    }

    /// What the token itself may carry.
    fn carried(&self, request: &Request, class: ClassNo) -> Result<(), &'static str> {
        match request.chain {
            Chain::Installation(number) => {
                let made = self.any(|event| {
                    matches!(event, Event::InstallationMade(made)
                        if made.installation == number && made.app == request.app && made.classes.has(class))
                });
                demand("installation of the token", made && !self.is_taken(number, class))
            }
            Chain::Grant(number) => {
                let made = self.last(|event| match event {
                    Event::GrantMade(made) if made.grant == number => Some(made),
                    _ => None,
                });
                let made = made.ok_or("no grant")?;
                demand("grant of another", Some(made.person) == request.acting)?;
                demand("grant", made.classes.has(class) && self.now < made.expires_at)?;
                let over = made.ends.iter().flatten();
                let mut over = over.filter(|end| end.classes.has(class));
                demand("class of the grant", over.all(|end| self.now < end.until))?;
                let purposes = made.purposes.as_ref();
                demand("purpose", purposes.is_none_or(|all| all.contains(&request.purpose)))?;
                let ended = self.any(|event| match event {
                    Event::GrantEnded(one) => one.grant == number,
                    Event::FamilyEnded(one) => {
                        one.grant == number && Some(one.family) == request.family
                    }
                    _ => false,
                });
                demand("ended", !ended)?;
                demand("erased", !self.told(Fact::PersonGone(made.person)))
            }
        }
    }

    /// Everything that a class of a node needs.
    fn covers(
        &self,
        request: &Request,
        class: ClassNo,
        (about, record): (&About, Option<&RecordFacts>),
    ) -> Result<(), &'static str> {
        self.stands(request)?;
        let (needs, personal) = self.needs(request, class).ok_or("not to leave at all")?;
        demand("agreement", self.agreed(request, class))?;
        self.carried(request, class)?;
        let people: &[PersonNo] = match about {
            About::People(people) => people,
            About::Nobody | About::Unresolvable => &[],
        };
        demand("nobody's", !personal || matches!(about, About::People(_)))?;
        if personal {
            for person in people {
                demand("erased", !self.told(Fact::PersonGone(*person)))?;
                demand("unknown", self.told(Fact::Person(*person)))?;
            }
        }
        let context = record.and_then(|record| record.context);
        let acting = request.acting;
        let relation = record.map_or(Relation::NONE, |record| record.relation);
        needs.iter().try_for_each(|need| {
            let holds = match need.as_str() {
                "installation" => context.is_some_and(|no| self.installed(request, no, class)),
                "certification" => self.certified(request, class),
                "published" => record.is_some_and(|one| one.publication == Publication::Published),
                "opt-in" => {
                    context.is_some_and(|no| self.installed(request, no, class))
                        && people.iter().all(|person| self.ever_opted_in(request, *person, class))
                }
                "self" => acting.is_some() && people.iter().all(|one| Some(*one) == acting),
                "friend" => acting.is_some() && relation.has(Relation::FRIEND),
                "participant" => acting.is_some() && relation.has(Relation::PARTICIPANT),
                other => panic!("`{other}` is no need"),
            };
            demand("need", holds)
        })
    }

    /// The person's last word on the class and this app in any group was no refusal, and there was one.
    fn ever_opted_in(&self, request: &Request, person: PersonNo, class: ClassNo) -> bool {
        self.any(|event| {
            matches!(event, Event::OptIn(one)
                if one.person == person && one.app == request.app && one.classes.has(class))
        })
    }
}

fn demand(what: &'static str, holds: bool) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(what) }
}

/// The record that a node belongs to.
fn record_of<'n>(nodes: &'n [Node], node: &'n Node) -> Option<&'n RecordFacts> {
    node.record.as_ref().or_else(|| record_of(nodes, nodes.get(node.within? as usize)?))
}

/// The same question with another token, version or family: such as nobody would issue, too.
fn variations(world: &mut World, ask: &Ask) -> Vec<Request> {
    let mut all = vec![ask.request.clone()];
    for version in VERSIONS {
        all.push(Request { version: version.parse().unwrap(), ..ask.request.clone() });
    }
    for _ in 0..3 {
        let grants: Vec<_> =
            world.grants.iter().map(|one| (one.app, one.number, one.person)).collect();
        if let Some((app, grant, person)) = world.dice.pick(&grants).copied() {
            let redeemed =
                world.state.grant(grant).map(|one| one.redeemed.clone()).unwrap_or_default();
            let family = world.dice.pick(&redeemed).copied();
            let (chain, acting) = (Chain::Grant(grant), Some(person));
            all.push(Request { app, chain, acting, family, ..ask.request.clone() });
        }
        let installations: Vec<_> =
            world.installations.iter().map(|one| (one.app, one.number)).collect();
        if let Some((app, number)) = world.dice.pick(&installations).copied() {
            let chain = Chain::Installation(number);
            let (acting, family) = (None, None);
            all.push(Request { app, chain, acting, family, ..ask.request.clone() });
        }
    }
    all
}

/// Returns how many classes left, and of these under an older version, with a family, and through an exception.
fn hold(world: &mut World) -> [u64; 4] {
    let ask = world.ask();
    let mut left = [0; 4];
    for request in variations(world, &ask) {
        let chains = Chains { world, now: ask.now };
        let decision = consent::decide(&world.state, &request, &ask.nodes, ask.now);
        let newest = world.state.catalog().unwrap().version;
        let program = world.state.program(request.program);
        let closed = program.is_some_and(|one| one.status == ProgramStatus::Closed);
        for (node, mask) in ask.nodes.iter().zip(&decision.released) {
            for class in mask.iter() {
                let place = (&node.about, record_of(&ask.nodes, node));
                if let Err(what) = chains.covers(&request, class, place) {
                    panic!("{class:?} leaves without: {what}\n{request:#?}\n{node:#?}");
                }
                left[0] += 1;
                left[1] += u64::from(request.version != newest);
                left[2] += u64::from(request.family.is_some());
                left[3] += u64::from(closed);
            }
        }
    }
    left
}

#[test]
fn nothing_leaves_that_no_living_chain_covers() {
    let budget = Budget::from_environment(30_000);
    println!("BAILMENT_SEED={} BAILMENT_CASES={}", budget.seed, budget.cases);
    let left = budget.in_parallel(24, |share| {
        let (mut left, mut cases, mut seed) = ([0u64; 4], 0, share.seed);
        while cases < share.cases {
            let mut world = World::new(seed);
            seed = crate::dice::Dice::new(seed).next();
            for _ in 0..60 {
                for _ in 0..2 {
                    let more = hold(&mut world);
                    left.iter_mut().zip(more).for_each(|(all, more)| *all += more);
                    cases += 1;
                }
                let event = world.next_event();
                world.happen(event);
            }
        }
        left
    });
    let sum = |at: usize| left.iter().map(|one| one[at]).sum::<u64>();
    println!("{} left, {} old, {} family, {} exception", sum(0), sum(1), sum(2), sum(3));
    if budget.cases >= 10_000 {
        let enough = [budget.cases / 2, budget.cases / 50, budget.cases / 50, budget.cases / 500];
        for (at, enough) in enough.into_iter().enumerate() {
            assert!(sum(at) >= enough, "too little left to prove anything: {at}");
        }
    }
}
