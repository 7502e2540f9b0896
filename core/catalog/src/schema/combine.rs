//! `$ref`, `allOf`, `oneOf`, `anyOf`: which schema objects hold together, and in which combinations.

use super::leaf::Leaf;
use super::reference;
use super::shapes::Shapes;
use crate::limits::{COMBINATIONS_EXACT_MAX, COMBINATIONS_MAX, VISITS_MAX};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A schema object of the document that a value must satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub(crate) node: u32,
    /// Its references and alternatives are dealt with already: only what it says itself counts.
    pub(crate) plain: bool,
}

/// A value satisfies all members of one of the inner lists. Sorted, so that it names a shape.
pub(crate) type Key = Vec<Vec<Member>>;

/// The key with sorted parts and no repetitions.
pub(crate) fn key(alternatives: impl IntoIterator<Item = Vec<Member>>) -> Key {
    let set: BTreeSet<Vec<Member>> = alternatives
        .into_iter()
        .map(|members| members.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
        .collect();
    set.into_iter().collect()
}

/// Schema objects that hold together, and which of their alternatives are chosen already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Combination {
    /// In the order in which they were reached.
    pub(crate) nodes: Vec<u32>,
    known: BTreeSet<u32>,
    chosen: BTreeSet<(u32, usize)>,
}

impl Shapes<'_, '_> {
    /// Adds a schema and everything that it demands with it.
    fn follow(&mut self, combination: &mut Combination, member: Member) {
        let mut open = vec![member];
        while let Some(member) = open.pop() {
            self.visits += 1;
            if !combination.known.insert(member.node) {
                continue;
            }
            combination.nodes.push(member.node);
            let leaf = self.leaf(member.node);
            if member.plain {
                let chosen = (0..leaf.groups.len()).map(|group| (member.node, group));
                combination.chosen.extend(chosen);
                continue;
            }
            for (pointer, value) in leaf.all_of.iter().rev() {
                open.push(Member { node: self.node(pointer, value), plain: false });
            }
            open.extend(self.target(&leaf, member.node));
        }
    }

    fn target(&mut self, leaf: &Rc<Leaf<'_>>, node: u32) -> Option<Member> {
        let reference = leaf.reference?;
        match reference::resolve(self.root, reference) {
            Some((pointer, value)) => {
                Some(Member { node: self.node(&pointer, value), plain: false })
            }
            None => {
                let suggestion = if reference.starts_with('#') {
                    "it must point to a schema of this document"
                } else {
                    "copy what it refers to into this document's components"
                };
                let at = format!("{}/$ref", self.pointer(node));
                self.findings.mistake(at, format!("`{reference}` cannot be followed"), suggestion);
                None
            }
        }
    }

    /// What holds together whatever alternative is chosen.
    pub(crate) fn base(&mut self, members: &[Member]) -> Combination {
        let mut combination = Combination::default();
        for member in members {
            self.follow(&mut combination, *member);
        }
        combination
    }

    /// Alternatives of which none is chosen yet.
    pub(crate) fn open_groups(&mut self, combination: &Combination) -> Vec<(u32, usize)> {
        let mut open = Vec::new();
        for node in &combination.nodes {
            for group in 0..self.leaf(*node).groups.len() {
                if !combination.chosen.contains(&(*node, group)) {
                    open.push((*node, group));
                }
            }
        }
        open
    }

    /// The combinations of schema objects that a value can satisfy.
    pub(crate) fn combinations(&mut self, members: &[Member]) -> Vec<Combination> {
        let mut open = vec![self.base(members)];
        let mut done = Vec::new();
        while let Some(combination) = open.pop() {
            self.visits += combination.nodes.len();
            let groups = self.open_groups(&combination);
            let Some(first) = groups.first() else {
                done.push(combination);
                continue;
            };
            if self.visits > VISITS_MAX || done.len() + open.len() > COMBINATIONS_MAX {
                let pointer = self.pointer(first.0);
                self.findings.mistake(
                    pointer,
                    "has too many combinations of alternatives",
                    "use a discriminator, or fewer nested `oneOf` and `anyOf`",
                );
                return Vec::new();
            }
            // Beyond some number the alternatives of different groups are no longer multiplied with each other:
            // properties still meet the classes of every branch, only the types are read more loosely.
            let few = done.len() + open.len() < COMBINATIONS_EXACT_MAX;
            let branched = if few { vec![*first] } else { groups.clone() };
            let chosen = if few { vec![*first] } else { groups };
            for (node, group) in branched.into_iter().rev() {
                let leaf = self.leaf(node);
                let Some(group) = leaf.groups.get(group) else { continue };
                for (pointer, value) in group.branches.iter().rev() {
                    let mut branch = combination.clone();
                    branch.chosen.extend(chosen.iter().copied());
                    let member = Member { node: self.node(pointer, value), plain: false };
                    self.follow(&mut branch, member);
                    open.push(branch);
                }
            }
        }
        done
    }
}
