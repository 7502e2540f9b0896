//! The person's side: what everyone the data is about lets the app have, and what the record says.

use super::authority::Authority;
use super::request_side::standing_installation;
use super::{Request, Sieve, Trace};
use crate::people::{Way, Word};
use crate::rules::ProgramRules;
use crate::state::State;
use ledger::{About, Node, RecordFacts, SettingScope};
use model::{
    ClassMask, Condition, ContextKind, ContextNo, PersonNo, Publication, Reason, Relation,
};

/// What the person's side needs to know of a context, looked up once.
pub(super) struct Surroundings<'s> {
    context: Option<(ContextNo, bool)>,
    sandbox: bool,
    opt_ins: Option<crate::opt_ins::View<'s>>,
}

impl<'s> Surroundings<'s> {
    pub(super) fn of(state: &'s State, request: &Request, context: Option<ContextNo>) -> Self {
        let installation = context.and_then(|no| standing_installation(state, request, no));
        let known = context.and_then(|no| state.context(no).map(|context| (no, context)));
        Self {
            sandbox: context.is_some_and(|no| state.is_sandbox(no)),
            opt_ins: known
                .zip(installation)
                .map(|((_, context), (_, one))| context.opt_ins.of(one.ordinal)),
            context: context
                .map(|no| (no, known.is_some_and(|(_, c)| c.kind() == Some(ContextKind::Group)))),
        }
    }
}

/// The person's side: what of `asked` this person lets this app have in these surroundings.
#[inline]
pub(super) fn person_mask<T: Trace>(
    side: &PersonSide<'_>,
    around: &Surroundings<'_>,
    person: PersonNo,
    sieve: &mut Sieve<'_, T>,
) {
    let word = side.state.people.word(person);
    if !word.is_plain() {
        unusual_person(side, around, (person, word), sieve);
    }
    if side.authority.is_guarded() {
        guarded_person(side, around, person, sieve);
    }
    sieve.demand(Reason::NoOptIn, opted(side.state, &side.authority.rules, around, person));
}

/// What is the same for every person of an answer.
#[derive(Clone, Copy)]
pub(super) struct PersonSide<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    pub(super) authority: &'a Authority,
}

/// Experiments and apps that are not reviewed reach some people only.
#[cold]
pub(super) fn guarded_person<T: Trace>(
    side: &PersonSide<'_>,
    around: &Surroundings<'_>,
    person: PersonNo,
    sieve: &mut Sieve<'_, T>,
) {
    let PersonSide { state, request, authority } = *side;
    let not_personal = !authority.rules.personal;
    let outside = authority.experiment.is_some_and(|program| {
        !state.program(program).is_some_and(|program| program.reaches(person))
    });
    if outside {
        sieve.demand(Reason::NotInExperiment, not_personal);
    }
    let review = state.app(request.app).and_then(|app| app.review.as_deref());
    if !around.sandbox && !review.is_none_or(|review| review.has_tester(person)) {
        sieve.demand(Reason::NotTester, not_personal | authority.reviewed);
    }
}

/// Classes that need no opt-in of this person, or have it.
#[inline]
pub(super) fn opted(
    state: &State,
    rules: &ProgramRules,
    around: &Surroundings<'_>,
    person: PersonNo,
) -> ClassMask {
    let view = around.opt_ins.as_ref();
    if !state.asks(Condition::OptIn) {
        return ClassMask::ALL;
    }
    !rules.opt_in | view.map_or(ClassMask::NONE, |view| view.mask(person, &state.masks))
}

/// Somebody unknown, erased, or with something of their own to look at.
#[cold]
pub(super) fn unusual_person<T: Trace>(
    side: &PersonSide<'_>,
    around: &Surroundings<'_>,
    (person, word): (PersonNo, Word),
    sieve: &mut Sieve<'_, T>,
) {
    let PersonSide { state, request, authority } = *side;
    let personal = authority.rules.personal;
    if !word.is_known() {
        sieve.demand(Reason::UnknownPerson, !personal);
    }
    if word.is_erased() {
        sieve.demand(Reason::Erased, !personal);
    }
    let Some(own) = state.people.more(word) else { return };
    if !state.asks(Condition::Setting) {
        return;
    }
    let in_group = around.context.is_some_and(|(_, is_group)| is_group);
    let way = Way {
        app: request.app,
        context: around.context,
        through_friend: !in_group && request.acting.is_some_and(|acting| acting != person),
        beyond: authority.beyond,
    };
    for setting in own.blocks(way) {
        let reason = match setting.scope {
            SettingScope::AllApps => Reason::SettingAllApps,
            SettingScope::Context(_) | SettingScope::AllGroups => Reason::SettingContext,
            SettingScope::App(_) => Reason::SettingApp,
            SettingScope::Friends => Reason::SettingFriends,
            SettingScope::Beyond => Reason::SettingBeyond,
        };
        sieve.demand(reason, !(personal & setting.blocked));
    }
}

/// What a record says of the acting person, as far as it holds for a node of it. A friend it names is everyone whom the record
/// itself is about: nobody else whom a part of it is about.
pub(super) fn relation_of(node: &Node, begins: &Node) -> Relation {
    let relation = begins.record.as_ref().map_or(Relation::NONE, |record| record.relation);
    let is_of_these = match (&node.about, &begins.about) {
        _ if node.record.is_some() => true,
        (About::Nobody, _) => true,
        (About::People(some), About::People(these)) => some.iter().all(|one| these.contains(one)),
        (About::People(_) | About::Unresolvable, _) => false,
    };
    if is_of_these { relation } else { Relation(relation.0 & !Relation::FRIEND.0) }
}

pub(super) fn record_side<T: Trace>(
    rules: &ProgramRules,
    (record, relation): (Option<&RecordFacts>, Relation),
    about: &About,
    acting: Option<PersonNo>,
    sieve: &mut Sieve<'_, T>,
) {
    let publication = record.map_or(Publication::Unknown, |record| record.publication);
    if publication != Publication::Published {
        sieve.demand(Reason::Unpublished, !rules.published);
    }
    // Relations are the acting person's: for an installation token nobody's count, whatever the upstream says.
    let relation = if acting.is_some() { relation } else { Relation::NONE };
    if !relation.has(Relation::PARTICIPANT) {
        sieve.demand(Reason::NotParticipant, !rules.participant);
    }
    let is_own = match (about, acting) {
        (About::People(people), Some(acting)) => people.as_slice() == [acting],
        (About::Nobody, Some(_)) => true,
        (About::People(_) | About::Nobody, None) | (About::Unresolvable, _) => false,
    };
    if !is_own {
        sieve.demand(Reason::NotSelf, !rules.own_data);
    }
    if !relation.has(Relation::FRIEND) {
        sieve.demand(Reason::NotFriend, !rules.friend);
    }
}
