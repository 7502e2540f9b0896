//! What a change does to answers, added up.

use crate::table::{Bits, Table, by_number};
use ledger::{About, Node};
use model::{AppNo, ClassMask, ClassNo, ContextNo, PersonNo};
use std::collections::BTreeMap;

/// How much of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Answers in which at least one node changes.
    pub disclosures: u64,
    /// Nodes that change.
    pub nodes: u64,
}

/// What an app, a context or a person would lose and gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// Answers and nodes that would carry less.
    pub lost: Amount,
    /// Answers and nodes that would carry more.
    pub gained: Amount,
    /// Classes that would not leave any more, in at least one node.
    pub lost_classes: ClassMask,
    /// Classes that would leave anew, in at least one node.
    pub gained_classes: ClassMask,
}

impl Effect {
    /// One more node of the same answer.
    pub(crate) fn node(&mut self, lost: ClassMask, gained: ClassMask) {
        if !lost.is_empty() {
            self.lost = Amount { disclosures: 1, nodes: self.lost.nodes + 1 };
            self.lost_classes = self.lost_classes | lost;
        }
        if !gained.is_empty() {
            self.gained = Amount { disclosures: 1, nodes: self.gained.nodes + 1 };
            self.gained_classes = self.gained_classes | gained;
        }
    }

    /// Another answer.
    pub(crate) fn add(&mut self, other: &Self) {
        self.lost.disclosures += other.lost.disclosures;
        self.lost.nodes += other.lost.nodes;
        self.gained.disclosures += other.gained.disclosures;
        self.gained.nodes += other.gained.nodes;
        self.lost_classes = self.lost_classes | other.lost_classes;
        self.gained_classes = self.gained_classes | other.gained_classes;
    }
}

/// One class, over all answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassEffect {
    /// Answers and nodes that would not carry it any more.
    pub lost: Amount,
    /// Answers and nodes that would carry it anew.
    pub gained: Amount,
    /// Different people whom those nodes are about that lose it.
    pub people_losing: u64,
    /// Different people whom those nodes are about that gain it.
    pub people_gaining: u64,
}

/// Apps, contexts or people that a change reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected<K> {
    /// How many, exactly.
    pub all: u64,
    /// How many lose something.
    pub losing: u64,
    /// How many gain something.
    pub gaining: u64,
    /// The most affected of them, most answers first.
    pub most: Vec<(K, Effect)>,
    /// Whether `most` was chosen among all of them; there are too many otherwise, and it was among the first ones met.
    pub of_all: bool,
}

/// Effects on answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    /// Over all answers.
    pub total: Effect,
    /// By class, lowest number first; classes that do not change are left out.
    pub classes: Vec<(ClassNo, ClassEffect)>,
    /// Apps that asked.
    pub apps: Affected<AppNo>,
    /// Groups and conversations in which the data stands.
    pub contexts: Affected<ContextNo>,
    /// People whom the data is about.
    pub people: Affected<PersonNo>,
}

#[derive(Debug, Clone, Default)]
struct OfClass {
    effect: ClassEffect,
    losing: Bits,
    gaining: Bits,
}

/// Adds effects up, answer by answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    total: Effect,
    classes: BTreeMap<ClassNo, OfClass>,
    apps: Table<AppNo>,
    contexts: Table<ContextNo>,
    people: Table<PersonNo>,
}

/// The context of each node: its record's, or that of the node it stands within.
fn contexts_of(nodes: &[Node]) -> Vec<Option<ContextNo>> {
    let mut contexts: Vec<Option<ContextNo>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let inherited = node.within.and_then(|within| contexts.get(within as usize)).copied();
        contexts.push(node.record.as_ref().map_or(inherited.flatten(), |record| record.context));
    }
    contexts
}

impl Sums {
    /// One answer as it leaves and as it would leave; whether anything changes.
    pub(crate) fn answer(
        &mut self,
        app: AppNo,
        nodes: &[Node],
        before: &[ClassMask],
        after: &[ClassMask],
    ) -> Effect {
        let mut whole = Effect::default();
        if before == after {
            return whole;
        }
        let (mut of_contexts, mut of_people) = (Vec::new(), Vec::new());
        let places = contexts_of(nodes);
        for (((node, context), before), after) in
            nodes.iter().zip(places).zip(before).zip(after).filter(|((_, b), a)| b != a)
        {
            let (lost, gained) = (before.without(*after), after.without(*before));
            whole.node(lost, gained);
            of_contexts.extend(context.map(|context| (context, lost, gained)));
            if let About::People(people) = &node.about {
                of_people.extend(people.iter().map(|person| (*person, lost, gained)));
            }
            self.nodes_of_classes(&node.about, lost, gained);
        }
        self.total.add(&whole);
        for class in whole.lost_classes.iter() {
            self.classes.entry(class).or_default().effect.lost.disclosures += 1;
        }
        for class in whole.gained_classes.iter() {
            self.classes.entry(class).or_default().effect.gained.disclosures += 1;
        }
        self.apps.add(app, &whole);
        by_number(of_contexts).iter().for_each(|(no, effect)| self.contexts.add(*no, effect));
        by_number(of_people).iter().for_each(|(no, effect)| self.people.add(*no, effect));
        whole
    }

    fn nodes_of_classes(&mut self, about: &About, lost: ClassMask, gained: ClassMask) {
        let people = match about {
            About::People(people) => people.as_slice(),
            About::Nobody | About::Unresolvable => &[],
        };
        for class in lost.iter() {
            let of = self.classes.entry(class).or_default();
            of.effect.lost.nodes += 1;
            people.iter().for_each(|person| of.losing.insert(person.index()));
        }
        for class in gained.iter() {
            let of = self.classes.entry(class).or_default();
            of.effect.gained.nodes += 1;
            people.iter().for_each(|person| of.gaining.insert(person.index()));
        }
    }

    pub(crate) fn finish(&self) -> Effects {
        let class = |(no, of): (&ClassNo, &OfClass)| {
            let people = (of.losing.len(), of.gaining.len());
            (*no, ClassEffect { people_losing: people.0, people_gaining: people.1, ..of.effect })
        };
        Effects {
            total: self.total,
            classes: self.classes.iter().map(class).collect(),
            apps: self.apps.finish(),
            contexts: self.contexts.finish(),
            people: self.people.finish(),
        }
    }
}
