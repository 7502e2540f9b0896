//! The chain of links, in order; the first that fails is the reason.

use crate::history::{Entry, History};
use crate::rules::{ClassRule, Rules};
use consent::Request;
use ledger::{About, Node, RecordFacts, SettingScope};
use model::{
    Chain, ClassNo, ContextNo, InstallationNo, Need, PersonNo, Publication, Reason, Relation,
    Timestamp, limits,
};
use std::collections::BTreeMap;

/// What becomes of one class of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It leaves.
    Released,
    /// The first link that failed.
    Withheld(Reason),
    /// The node does not appear, or stands within one that does not.
    NotShown,
}

/// The first link that fails for each class of each node, asked or needed for presence, as if every node were shown.
/// Says nothing of a request that is refused as a whole.
#[must_use]
pub fn failures(
    events: &[Entry],
    request: &Request,
    nodes: &[Node],
    now: Timestamp,
) -> Vec<BTreeMap<ClassNo, Reason>> {
    let history = History(events);
    let case = Case { history, rules: Rules::of(history), request, now };
    let failure = |index, class| Some((class, case.verdict(nodes, index, class).err()?));
    nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let classes = node.asked.iter().chain(node.presence.iter());
            classes.filter_map(|class| failure(index, class)).collect()
        })
        .collect()
}

/// Everything that a decision is made of.
struct Case<'a> {
    history: History<'a>,
    rules: Rules<'a>,
    request: &'a Request,
    now: Timestamp,
}

/// Whether the request may be served at all.
///
/// # Errors
/// The first link that fails.
pub fn authorize(events: &[Entry], request: &Request, now: Timestamp) -> Result<(), Reason> {
    let history = History(events);
    let case = Case { history, rules: Rules::of(history), request, now };
    case.registered()?;
    case.authority()?;
    case.actions()
}

/// Decides every class asked of every node.
#[must_use]
pub fn decide(
    events: &[Entry],
    request: &Request,
    nodes: &[Node],
    now: Timestamp,
) -> Vec<BTreeMap<ClassNo, Outcome>> {
    let history = History(events);
    let case = Case { history, rules: Rules::of(history), request, now };
    let refusal = authorize(events, request, now).err();
    nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let shown = refusal.is_none() && case.is_shown(nodes, index);
            let outcome = |class| match (refusal, shown) {
                (Some(reason), _) => Outcome::Withheld(reason),
                (None, false) => Outcome::NotShown,
                (None, true) => match case.verdict(nodes, index, class) {
                    Ok(()) => Outcome::Released,
                    Err(reason) => Outcome::Withheld(reason),
                },
            };
            node.asked.iter().map(|class| (class, outcome(class))).collect()
        })
        .collect()
}

impl Case<'_> {
    /// Partner, app, token, program, version.
    fn registered(&self) -> Result<(), Reason> {
        let Case { history, request, .. } = self;
        let partner = history.partner_of(request.app).ok_or(Reason::App)?;
        demand(Reason::Partner, history.partner_is_active(partner))?;
        demand(Reason::App, history.app_is_active(request.app))?;
        demand(Reason::CutOff, !history.is_cut_off(request))?;
        demand(Reason::Program, history.program_is_alive(request.program, request.app, self.now))?;
        demand(Reason::Version, self.rules.serves(request.version, self.now))
    }

    /// The grant or the installation that the token names.
    fn authority(&self) -> Result<(), Reason> {
        let Case { history, request, .. } = self;
        match request.chain {
            Chain::Grant(number) => {
                let grant = history.grant(number).ok_or(Reason::Grant)?;
                demand(Reason::Grant, grant.app == request.app)?;
                demand(Reason::Grant, !history.grant_ended(number))?;
                let lives = |family| history.family_lives(number, family);
                demand(Reason::Grant, request.family.is_none_or(lives))?;
                demand(Reason::Grant, self.now < grant.expires_at)?;
                demand(Reason::Grant, history.is_known(grant.person))?;
                demand(Reason::Grant, !history.is_erased(grant.person))?;
                demand(Reason::Grant, request.acting == Some(grant.person))?;
                demand(Reason::Idle, !self.rules.is_idle(number, self.now))?;
                let is_for_it = |purposes: &Vec<_>| purposes.contains(&request.purpose);
                demand(Reason::GrantPurpose, grant.purposes.as_ref().is_none_or(is_for_it))
            }
            Chain::Installation(number) => {
                let made = history.installation(number).ok_or(Reason::Installation)?;
                demand(Reason::Installation, made.app == request.app)?;
                demand(Reason::Installation, history.installation_stands(number))?;
                demand(Reason::Installation, request.acting.is_none())
            }
        }
    }

    /// Every action that the operation needs must be allowed in the context that the path names. No record speaks for it,
    /// so what only a record can say does not hold.
    fn actions(&self) -> Result<(), Reason> {
        let place = Place {
            context: self.request.context,
            publication: Publication::Unknown,
            relation: Relation::NONE,
        };
        let ask = |class| Question {
            case: self,
            place,
            about: &About::Nobody,
            class,
            rule: self.rules.class(self.request.version, self.request.program, class),
        };
        let questions: Vec<Question<'_>> = self.request.requires.iter().map(ask).collect();
        LINKS.iter().try_for_each(|link| questions.iter().try_for_each(link))
    }

    /// A node appears if the one around it does and everything that it may not appear without is allowed.
    fn is_shown(&self, nodes: &[Node], index: usize) -> bool {
        let Some(node) = nodes.get(index) else { return false };
        let around = match node.within {
            None => true,
            Some(within) => (within as usize) < index && self.is_shown(nodes, within as usize),
        };
        around && node.presence.iter().all(|class| self.verdict(nodes, index, class).is_ok())
    }

    /// The first link that fails for one class of one node.
    fn verdict(&self, nodes: &[Node], index: usize, class: ClassNo) -> Result<(), Reason> {
        let question = Question {
            case: self,
            place: Place::of(nodes, index),
            about: nodes.get(index).map_or(&About::Unresolvable, |node| &node.about),
            class,
            rule: self.rules.class(self.request.version, self.request.program, class),
        };
        LINKS.iter().try_for_each(|link| link(&question))
    }
}

fn demand(reason: Reason, holds: bool) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(reason) }
}

/// What the record says that a node belongs to.
#[derive(Clone, Copy)]
struct Place {
    context: Option<ContextNo>,
    publication: Publication,
    relation: Relation,
}

impl Place {
    /// The record that begins at the node, or else the one that the node around it belongs to.
    fn of(nodes: &[Node], index: usize) -> Self {
        let here = nodes.get(index);
        let nowhere =
            Self { context: None, publication: Publication::Unknown, relation: Relation::NONE };
        let Some((begins, record)) = Self::beginning(nodes, index) else { return nowhere };
        // The record says of its own people that they are friends, and of nobody else.
        let is_of_others = match here {
            Some(Node { record: Some(_), .. } | Node { about: About::Nobody, .. }) => false,
            Some(Node { about: About::People(few), .. }) => match &begins.about {
                About::People(all) => few.iter().any(|person| !all.contains(person)),
                About::Nobody | About::Unresolvable => true,
            },
            Some(Node { about: About::Unresolvable, .. }) | None => true,
        };
        let is_participant = record.relation.has(Relation::PARTICIPANT);
        let relation = match (is_of_others, is_participant) {
            (false, _) => record.relation,
            (true, true) => Relation::PARTICIPANT,
            (true, false) => Relation::NONE,
        };
        Self { context: record.context, publication: record.publication, relation }
    }

    /// The node at which that record begins.
    fn beginning(nodes: &[Node], index: usize) -> Option<(&Node, &RecordFacts)> {
        let here = nodes.get(index)?;
        match (&here.record, here.within) {
            (Some(record), _) => Some((here, record)),
            (None, Some(within)) if (within as usize) < index => {
                Self::beginning(nodes, within as usize)
            }
            (None, _) => None,
        }
    }
}

/// One class at one place, about somebody.
struct Question<'a> {
    case: &'a Case<'a>,
    place: Place,
    about: &'a About,
    class: ClassNo,
    rule: Option<ClassRule>,
}

type Link = fn(&Question<'_>) -> Result<(), Reason>;

/// The chain. Its order is part of the rules: the reason is the first link that fails.
const LINKS: &[Link] = &[
    |question| question.known(),
    |question| question.agreed(),
    |question| question.certified(),
    |question| question.used(),
    |question| question.reviewed(),
    |question| question.installed(),
    |question| question.granted(),
    |question| question.granted_still(),
    |question| question.granted_here(),
    |question| question.facts_are_fresh(),
    |question| question.published(),
    |question| question.participant(),
    |question| question.own_data(),
    |question| question.friend(),
    |question| question.people_agree(),
];

impl Question<'_> {
    fn needs(&self, need: Need) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.needs(need))
    }

    fn is_personal(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.personal)
    }

    fn known(&self) -> Result<(), Reason> {
        demand(Reason::UnknownClass, self.rule.is_some())
    }

    fn agreed(&self) -> Result<(), Reason> {
        let Case { history, request, now, .. } = self.case;
        let Request { app, program, purpose, .. } = **request;
        demand(Reason::Agreement, history.agreed(app, program, purpose, self.class, *now))
    }

    fn certified(&self) -> Result<(), Reason> {
        let Case { history, request, now, .. } = self.case;
        let holds = !self.needs(Need::Certification)
            || history.certified(request.app, request.purpose, self.class, *now);
        demand(Reason::Certification, holds)
    }

    /// A policy takes from an app what it does not use; some agreement gives the class for which this app did.
    fn used(&self) -> Result<(), Reason> {
        let Case { history, rules, request, now } = self.case;
        let Request { app, program, purpose, .. } = **request;
        let began = history.agreements(app, program, purpose, self.class, *now);
        let lasts = |began: &Timestamp| !rules.went_unused((app, self.class), *began, *now);
        demand(Reason::Unused, began.iter().any(lasts))
    }

    /// Reviewed, or tried out: in a sandbox, or by somebody who tests the app.
    fn reviewed(&self) -> Result<(), Reason> {
        let Case { history, request, .. } = self.case;
        let tested = match request.chain {
            Chain::Grant(_) => request.acting.is_some_and(|one| history.tests(one, request.app)),
            Chain::Installation(number) => history.is_backed_by_a_tester(number, request.app),
        };
        demand(Reason::Review, self.may_be_seen_by_all() || tested)
    }

    /// The class of this app is reviewed, or this is a sandbox.
    fn may_be_seen_by_all(&self) -> bool {
        let history = self.case.history;
        history.is_reviewed(self.case.request.app, self.class)
            || self.place.context.is_some_and(|context| history.is_sandbox(context))
    }

    /// The installation that stands in the record's context. An installation token is never wider than its own.
    fn installed(&self) -> Result<(), Reason> {
        let own = match self.case.request.chain {
            Chain::Grant(_) => None,
            Chain::Installation(number) => Some(number),
        };
        if own.is_none() && !self.needs(Need::Installation) && !self.needs(Need::OptIn) {
            return Ok(());
        }
        let context = self.place.context.ok_or(Reason::NoContext)?;
        let mut standing = self.standing_in(context);
        if let Some(own) = own {
            standing.retain(|number| *number == own);
        }
        demand(Reason::Installation, !standing.is_empty())?;
        let history = self.case.history;
        let allowed = standing.iter().any(|no| history.installation_allows(*no, self.class));
        demand(Reason::InstallationClass, allowed)
    }

    fn standing_in(&self, context: ContextNo) -> Vec<InstallationNo> {
        self.case.history.standing_in(self.case.request.app, context)
    }

    fn granted(&self) -> Result<(), Reason> {
        let Chain::Grant(number) = self.case.request.chain else { return Ok(()) };
        let grant = self.case.history.grant(number).ok_or(Reason::Grant)?;
        demand(Reason::GrantClass, grant.classes.has(self.class))
    }

    fn granted_still(&self) -> Result<(), Reason> {
        let Chain::Grant(number) = self.case.request.chain else { return Ok(()) };
        let ended = self.case.history.grant_class_ended(number, self.class, self.case.now);
        demand(Reason::GrantClassEnded, !ended)
    }

    /// Data about the acting person alone is theirs to give wherever it stands; so is what stands nowhere.
    fn granted_here(&self) -> Result<(), Reason> {
        let Chain::Grant(number) = self.case.request.chain else { return Ok(()) };
        let Some(context) = self.place.context else { return Ok(()) };
        let holds = self.needs(Need::OwnData) || self.case.history.grant_names(number, context);
        demand(Reason::GrantContext, holds)
    }

    fn facts_are_fresh(&self) -> Result<(), Reason> {
        let depends = [Need::Installation, Need::OptIn, Need::Participant, Need::Friend];
        let depends = depends.into_iter().any(|need| self.needs(need));
        let believed_until = self.case.request.facts_up_to.plus(limits::FACT_AGE_MAX);
        demand(Reason::FactsStale, !depends || self.case.now <= believed_until)
    }

    fn published(&self) -> Result<(), Reason> {
        let published = self.place.publication == Publication::Published;
        demand(Reason::Unpublished, !self.needs(Need::Published) || published)
    }

    fn participant(&self) -> Result<(), Reason> {
        let holds =
            self.case.request.acting.is_some() && self.place.relation.has(Relation::PARTICIPANT);
        demand(Reason::NotParticipant, !self.needs(Need::Participant) || holds)
    }

    fn own_data(&self) -> Result<(), Reason> {
        let own = match (self.case.request.acting, self.about) {
            (None, _) | (_, About::Unresolvable) => false,
            (Some(_), About::Nobody) => true,
            (Some(acting), About::People(people)) => people.as_slice() == [acting],
        };
        demand(Reason::NotSelf, !self.needs(Need::OwnData) || own)
    }

    fn friend(&self) -> Result<(), Reason> {
        let holds = self.case.request.acting.is_some() && self.place.relation.has(Relation::FRIEND);
        demand(Reason::NotFriend, !self.needs(Need::Friend) || holds)
    }

    fn people_agree(&self) -> Result<(), Reason> {
        match self.about {
            About::Nobody | About::Unresolvable => {
                demand(Reason::Unresolvable, !self.is_personal())
            }
            About::People(people) => people.iter().try_for_each(|person| self.agrees(*person)),
        }
    }

    /// What one of the people says whom it is about.
    fn agrees(&self, person: PersonNo) -> Result<(), Reason> {
        let history = self.case.history;
        // A class about nobody describes none of the people around it.
        if self.is_personal() {
            demand(Reason::UnknownPerson, history.is_known(person))?;
            demand(Reason::Erased, !history.is_erased(person))?;
            self.settings_allow(person)?;
            let Request { app, program, .. } = *self.case.request;
            demand(Reason::NotInExperiment, history.is_reached(person, program))?;
            let seen = self.may_be_seen_by_all() || history.tests(person, app);
            demand(Reason::NotTester, seen)?;
        }
        let opted_in = self.place.context.is_some_and(|context| {
            self.standing_in(context)
                .iter()
                .any(|installation| history.opted_in(person, *installation, context, self.class))
        });
        demand(Reason::NoOptIn, !self.needs(Need::OptIn) || opted_in)
    }

    /// A person's own choice beats everything, in the order of its scopes.
    fn settings_allow(&self, person: PersonNo) -> Result<(), Reason> {
        let history = self.case.history;
        let blocks = |scope| history.blocks(person, scope, self.class);
        demand(Reason::SettingAllApps, !blocks(SettingScope::AllApps))?;
        if let Some(context) = self.place.context {
            demand(Reason::SettingContext, !blocks(SettingScope::Context(context)))?;
        }
        demand(Reason::SettingApp, !blocks(SettingScope::App(self.case.request.app)))?;
        let in_group = self.place.context.is_some_and(|context| history.is_group(context));
        demand(Reason::SettingContext, !in_group || !blocks(SettingScope::AllGroups))?;
        let somebody_else_acts = match self.case.request.chain {
            Chain::Grant(_) => self.case.request.acting != Some(person),
            Chain::Installation(_) => false,
        };
        let through_friends = somebody_else_acts && !in_group;
        demand(Reason::SettingFriends, !through_friends || !blocks(SettingScope::Friends))?;
        let Request { version, purpose, .. } = *self.case.request;
        let beyond = self.case.rules.is_beyond(version, purpose);
        demand(Reason::SettingBeyond, !beyond || !blocks(SettingScope::Beyond))
    }
}
