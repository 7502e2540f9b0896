//! Whether the compiled shapes can be enforced where operations release them: everybody resolvable, contexts there,
//! paths that lead somewhere.

use crate::compiled::{
    AboutKind, AboutSource, ObjectShape, Path, Property, PropertyRole, Shape, ShapeId,
};
use crate::destination::{Destinations, End};
use crate::mistake::Findings;
use crate::schema::{Note, Origins};
use crate::vocabulary::Names;
use model::{ClassMask, IdentifierKind, Need, ObjectKind};
use std::collections::BTreeSet;

/// Whom data is about at some place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Unsaid,
    Nobody,
    People,
}

impl About {
    const fn below(self, source: &AboutSource) -> Self {
        match source {
            AboutSource::Inherit => self,
            AboutSource::Nobody => Self::Nobody,
            AboutSource::Paths(_) => Self::People,
        }
    }
}

/// A place of an answer, as far as it matters for what may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    shape: ShapeId,
    about: About,
    facts: Facts,
    is_classed: bool,
}

/// Which facts that classes can need are told around a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Facts {
    context: bool,
    friend: bool,
    participant: bool,
}

impl Facts {
    const fn below(self, object: &ObjectShape) -> Self {
        let context = self.context || object.context.is_some();
        match &object.record {
            None => Self { context, ..self },
            Some(record) => Self {
                context,
                friend: record.friend.is_some(),
                participant: record.participant.is_some(),
            },
        }
    }

    /// The problem and a suggestion where a need can never be met.
    const fn missing(self, need: Need) -> Option<(&'static str, &'static str)> {
        match need {
            Need::Installation | Need::OptIn if !self.context => Some((
                "is decided per group, but nothing says in which group it stands",
                "add `x-context` on an object around it, or on the operation",
            )),
            Need::Friend if !self.friend => Some((
                "is for friends, but no record around it says who is one",
                "add `friend` to `x-record`, the path to a boolean",
            )),
            Need::Participant if !self.participant => Some((
                "is for who takes part, but no record around it says who does",
                "add `participant` to `x-record`, the path to a boolean",
            )),
            Need::Installation
            | Need::OptIn
            | Need::Friend
            | Need::Participant
            | Need::Certification
            | Need::Published
            | Need::OwnData => None,
        }
    }
}

/// The checks over one arena.
pub(crate) struct Verifier<'a> {
    shapes: &'a [Shape],
    notes: &'a [Note],
    names: &'a Names<'a>,
    carries: Vec<ClassMask>,
    destinations: Destinations<'a>,
    /// Properties without a class that answers hold and that are never released.
    pub(crate) unclassified: BTreeSet<(ShapeId, usize)>,
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(shapes: &'a [Shape], notes: &'a [Note], names: &'a Names<'a>) -> Self {
        Self {
            shapes,
            notes,
            names,
            carries: carries(shapes),
            destinations: Destinations { shapes },
            unclassified: BTreeSet::new(),
        }
    }

    /// Every class that stands at or below the shape.
    pub(crate) fn classes(&self, shape: ShapeId) -> ClassMask {
        self.carries.get(shape.0 as usize).copied().unwrap_or(ClassMask::NONE)
    }

    /// Checks an answer of this shape.
    pub(crate) fn answer(&mut self, root: ShapeId, has_context: bool, findings: &mut Findings) {
        let facts = Facts { context: has_context, friend: false, participant: false };
        let start = Place { shape: root, about: About::Unsaid, facts, is_classed: false };
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            self.unenforceable(place, findings);
            for next in self.below(place, root, findings) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
    }

    fn below(&mut self, place: Place, root: ShapeId, findings: &mut Findings) -> Vec<Place> {
        let Some(shape) = self.shapes.get(place.shape.0 as usize) else { return Vec::new() };
        match shape {
            Shape::Scalar(_) => Vec::new(),
            Shape::Array(items) => vec![Place { shape: *items, ..place }],
            Shape::OneOf { variants, .. } => {
                variants.iter().map(|variant| Place { shape: variant.shape, ..place }).collect()
            }
            Shape::Map { key, value_class, value } => {
                let pointer = self.note(place.shape).map_or("", |note| &note.pointer).to_owned();
                let values = *value_class | self.classes(*value);
                if key.is_empty() && !values.is_empty() {
                    findings.mistake(
                        &pointer,
                        "the keys of this map are data without a class, so nothing of it can leave",
                        "add `x-map-key-class`",
                    );
                }
                self.classed(*key | *value_class, PropertyRole::Plain, place, &pointer, findings);
                vec![Place { shape: *value, is_classed: !value_class.is_empty(), ..place }]
            }
            Shape::Object(object) => self.object(object, place, root, findings),
        }
    }

    fn object(
        &mut self,
        object: &'a ObjectShape,
        place: Place,
        root: ShapeId,
        findings: &mut Findings,
    ) -> Vec<Place> {
        let Some(note) = self.note(place.shape) else { return Vec::new() };
        let here = Place {
            about: place.about.below(&object.about),
            facts: place.facts.below(object),
            ..place
        };
        self.classed(object.presence, PropertyRole::Plain, here, &note.pointer, findings);
        self.object_paths(object, place.shape, root, findings);
        let mut next = Vec::new();
        for (index, property) in object.properties.iter().enumerate() {
            let (pointer, about_at) = match note.properties.get(index) {
                Some((pointer, about_at)) => (pointer, about_at.as_ref().unwrap_or(pointer)),
                None => (&note.pointer, &note.pointer),
            };
            let inner = Place {
                shape: property.shape,
                about: here.about.below(&property.about),
                is_classed: !property.classes.is_empty(),
                ..here
            };
            self.classed(property.classes, property.role, inner, pointer, findings);
            self.property_paths(property, root, about_at, findings);
            let never = (property.classes | self.classes(property.shape)).is_empty();
            if never && property.role != PropertyRole::Cursor {
                self.unclassified.insert((place.shape, index));
            }
            next.push(inner);
        }
        next
    }

    /// Checks that these classes can be decided at this place.
    fn classed(
        &self,
        classes: ClassMask,
        role: PropertyRole,
        place: Place,
        pointer: &str,
        findings: &mut Findings,
    ) {
        for class in classes.iter().filter_map(|number| self.names.definition(number)) {
            let name = &class.name;
            match (class.about, place.about) {
                (AboutKind::Action, _) => findings.mistake(
                    pointer,
                    format!("`{name}` is a permission to act, not a class of data"),
                    "name it under `x-requires` of an operation",
                ),
                (AboutKind::Person, About::Unsaid) => findings.mistake(
                    pointer,
                    format!("`{name}` is about people, but nothing says about whom"),
                    "add `x-about` here or on an object around it",
                ),
                (AboutKind::Person, About::Nobody) => findings.mistake(
                    pointer,
                    format!("`{name}` is about people, but `x-about` says nobody"),
                    "use a class about nobody, or say whom it is about",
                ),
                (AboutKind::Person, About::People) | (AboutKind::Nobody, _) => (),
            }
            for need in &class.needs {
                if let Some((problem, suggestion)) = place.facts.missing(*need) {
                    findings.mistake(pointer, format!("`{name}` {problem}"), suggestion);
                }
            }
            if class.derived && !matches!(role, PropertyRole::Count { .. }) {
                findings.mistake(
                    pointer,
                    format!(
                        "`{name}` is derived from other data, but the property has no `x-count`"
                    ),
                    "add `\"x-count\": { \"of\": CLASS, \"minimum\": 5 }`",
                );
            }
        }
    }

    /// Reports what the schema says and the gate cannot enforce, where anything may leave through it.
    fn unenforceable(&self, place: Place, findings: &mut Findings) {
        let Some(note) = self.note(place.shape) else { return };
        if !place.is_classed && self.classes(place.shape).is_empty() {
            return;
        }
        for (pointer, what) in &note.hard {
            findings.mistake(
                pointer,
                format!("{what} cannot be enforced where data may leave"),
                hint(what),
            );
        }
        if let Some((extra, classes)) = note.extra {
            if (classes | self.classes(extra)).is_empty() {
                findings.warning(
                    &note.pointer,
                    "names properties and allows others without a class: the others are dropped",
                    "name what should leave",
                );
            } else {
                findings.mistake(
                    &note.pointer,
                    "names properties and gives classes to others by `additionalProperties`",
                    "name them all, or move the others into a map of their own",
                );
            }
        }
        if let Some(pointer) = &note.open {
            findings.warning(
                pointer,
                "allows additions: they are dropped",
                "name what should leave",
            );
        }
    }

    fn object_paths(
        &self,
        object: &ObjectShape,
        shape: ShapeId,
        root: ShapeId,
        findings: &mut Findings,
    ) {
        let Some(note) = self.note(shape) else { return };
        let from = (shape, PropertyRole::Plain);
        let mut check = |path: &Path, origin: &Option<String>, key: &str, end: End| {
            if let Some((problem, suggestion)) = self.destinations.problem(path, from, root, end) {
                let at = origin.as_ref().unwrap_or(&note.pointer);
                findings.mistake(format!("{at}{key}"), problem, suggestion);
            }
        };
        let Origins { about, context, record: record_at } = &note.origins;
        if let AboutSource::Paths(paths) = &object.about {
            for path in paths {
                check(path, about, "", End::Identifier(Some(IdentifierKind::Person)));
            }
        }
        if let Some(path) = &object.context {
            check(path, context, "", End::Identifier(Some(IdentifierKind::Group)));
        }
        if let Some(record) = &object.record {
            check(&record.id, record_at, "/id", End::Identifier(record_identifier(record.kind)));
            let texts = [(&record.time, "/time"), (&record.state, "/state")];
            let truths = [(&record.friend, "/friend"), (&record.participant, "/participant")];
            for (path, key) in texts {
                path.iter().for_each(|path| check(path, record_at, key, End::Text));
            }
            for (path, key) in truths {
                path.iter().for_each(|path| check(path, record_at, key, End::Truth));
            }
        }
    }

    fn property_paths(
        &self,
        property: &Property,
        root: ShapeId,
        pointer: &str,
        findings: &mut Findings,
    ) {
        let AboutSource::Paths(paths) = &property.about else { return };
        for path in paths {
            let from = (property.shape, property.role);
            let end = End::Identifier(Some(IdentifierKind::Person));
            if let Some((problem, suggestion)) = self.destinations.problem(path, from, root, end) {
                findings.mistake(pointer, problem, suggestion);
            }
        }
    }

    fn note(&self, shape: ShapeId) -> Option<&'a Note> {
        self.notes.get(shape.0 as usize)
    }
}

/// Which kind of id a record of this kind is known by.
const fn record_identifier(kind: ObjectKind) -> Option<IdentifierKind> {
    match kind {
        ObjectKind::Person => Some(IdentifierKind::Person),
        ObjectKind::Group => Some(IdentifierKind::Group),
        ObjectKind::Post => Some(IdentifierKind::Post),
        ObjectKind::Comment => Some(IdentifierKind::Comment),
        ObjectKind::Media => Some(IdentifierKind::Media),
        // A membership is often known by its member.
        ObjectKind::Member => None,
    }
}

fn hint(what: &str) -> &'static str {
    match what {
        "enum" | "const" => "list strings, or integers without gaps",
        "discriminator" => {
            "give every branch its own value, by `mapping` or by `const`, and map to branches only"
        }
        crate::schema::DIFFERENT_ABOUT => "say it in every branch, or use a discriminator",
        "$id" | "$dynamicRef" | "$recursiveRef" => "refer by `#/components/schemas/NAME`",
        "patternProperties" | "unevaluatedProperties" => "use `additionalProperties`",
        "prefixItems" => "use `items`",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => "write a whole number",
        _ => "say it with `properties`, `oneOf` and a discriminator",
    }
}

/// The classes at or below each shape, cycles included.
fn carries(shapes: &[Shape]) -> Vec<ClassMask> {
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); shapes.len()];
    let mut masks = Vec::with_capacity(shapes.len());
    for (number, shape) in (0u32..).zip(shapes) {
        let mut edge = |to: ShapeId| {
            if let Some(list) = above.get_mut(to.0 as usize) {
                list.push(number);
            }
        };
        masks.push(match shape {
            Shape::Scalar(_) => ClassMask::NONE,
            Shape::Array(items) => {
                edge(*items);
                ClassMask::NONE
            }
            Shape::Map { key, value_class, value } => {
                edge(*value);
                *key | *value_class
            }
            Shape::OneOf { variants, .. } => {
                variants.iter().for_each(|variant| edge(variant.shape));
                ClassMask::NONE
            }
            Shape::Object(object) => {
                object.properties.iter().for_each(|property| edge(property.shape));
                object.properties.iter().fold(object.presence, |mask, p| mask | p.classes)
            }
        });
    }
    let mut open: Vec<u32> =
        (0u32..).zip(&masks).filter(|(_, m)| !m.is_empty()).map(|(n, _)| n).collect();
    while let Some(number) = open.pop() {
        let mask = masks.get(number as usize).copied().unwrap_or(ClassMask::NONE);
        for parent in above.get(number as usize).into_iter().flatten() {
            if let Some(known) = masks.get_mut(*parent as usize)
                && !known.covers(mask)
            {
                *known = *known | mask;
                open.push(*parent);
            }
        }
    }
    masks
}
