//! What a value of one key can be: kinds, properties, items, and what the extensions say of it.

use super::combine::{Combination, Key, Member, key};
use super::leaf::Additional;
use super::marks::Marks;
use super::narrow::{Kinds, Narrow};
use super::shapes::Shapes;
use crate::compiled::AboutSource;
use crate::limits::DISCRIMINATORS_NESTED_MAX;
use crate::mistake::child;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A named property before it is compiled.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) required: bool,
}

/// What a value is where it is an object.
#[derive(Debug, Clone)]
pub(crate) enum ObjectPart {
    None,
    Named(Vec<Field>),
    Map(Key),
    Discriminated { property: String, variants: Vec<(Vec<String>, Key)> },
}

/// Where the paths of a value are written; a reference leads elsewhere than the value's own pointer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    pub(crate) about: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) record: Option<String>,
}

impl Origins {
    fn note(&mut self, marks: &Marks, pointer: &str) {
        let keep = |place: &mut Option<String>, is_said: bool, key: &str| {
            if is_said && place.is_none() {
                *place = Some(child(pointer, key));
            }
        };
        keep(&mut self.about, marks.about.is_some(), "x-about");
        keep(&mut self.context, marks.context.is_some(), "x-context");
        keep(&mut self.record, marks.record.is_some(), "x-record");
    }

    fn or(self, other: Self) -> Self {
        Self {
            about: self.about.or(other.about),
            context: self.context.or(other.context),
            record: self.record.or(other.record),
        }
    }
}

/// Everything about the values of one key, except what lies deeper.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) pointer: String,
    pub(crate) narrow: Narrow,
    /// Neither type nor properties nor items are said: any value.
    pub(crate) untyped: bool,
    pub(crate) object: ObjectPart,
    pub(crate) items: Option<Key>,
    pub(crate) marks: Marks,
    pub(crate) origins: Origins,
    /// What cannot be enforced: mistakes where anything beneath may leave.
    pub(crate) hard: Vec<(String, &'static str)>,
    /// Additions beside named properties; they are dropped.
    pub(crate) extra: Option<Key>,
    /// `additionalProperties: true` beside named properties.
    pub(crate) open: Option<String>,
}

impl View {
    pub(crate) fn has_values(&self) -> bool {
        self.narrow.kinds.meets(Kinds::VALUES)
    }
}

/// One combination, flattened.
struct Flat {
    narrow: Narrow,
    untyped: bool,
    fields: Vec<(String, Vec<Member>)>,
    required: Vec<String>,
    items: Vec<Member>,
    additional: Vec<Member>,
    open: Option<String>,
    marks: Marks,
    origins: Origins,
    hard: Vec<(String, &'static str)>,
}

pub(crate) const DIFFERENT_ABOUT: &str = "branches that say differently whom they are about";

impl Shapes<'_, '_> {
    pub(crate) fn view(&mut self, wanted: &Key) -> Rc<View> {
        if let Some(view) = self.views.get(wanted) {
            return Rc::clone(view);
        }
        let mut flats = Vec::new();
        for members in wanted {
            for combination in self.combinations(members) {
                flats.push(self.flat(&combination));
            }
        }
        let pointer = wanted
            .first()
            .and_then(|members| members.first())
            .map(|member| self.pointer(member.node))
            .unwrap_or_default();
        let mut view = self.merged(pointer, flats);
        if let [members] = wanted.as_slice() {
            self.discriminate(&mut view, members);
        }
        let view = Rc::new(view);
        self.views.insert(wanted.clone(), Rc::clone(&view));
        view
    }

    fn flat(&mut self, combination: &Combination) -> Flat {
        let mut flat = Flat {
            narrow: Narrow::ANY,
            untyped: true,
            fields: Vec::new(),
            required: Vec::new(),
            items: Vec::new(),
            additional: Vec::new(),
            open: None,
            marks: Marks::default(),
            origins: Origins::default(),
            hard: Vec::new(),
        };
        let mut places = BTreeMap::new();
        for node in &combination.nodes {
            let leaf = self.leaf(*node);
            let pointer = self.pointer(*node);
            flat.narrow = flat.narrow.and(leaf.narrow.clone());
            flat.untyped &= !leaf.typed;
            for (name, (pointer, value)) in &leaf.properties {
                let member = Member { node: self.node(pointer, value), plain: false };
                let place = *places.entry(*name).or_insert(flat.fields.len());
                match flat.fields.get_mut(place) {
                    Some((_, members)) => members.push(member),
                    None => flat.fields.push(((*name).to_owned(), vec![member])),
                }
            }
            flat.required.extend(leaf.required.iter().map(|name| (*name).to_owned()));
            if let Some((pointer, value)) = &leaf.items {
                flat.items.push(Member { node: self.node(pointer, value), plain: false });
            }
            match &leaf.additional {
                Additional::Unsaid | Additional::Closed => (),
                Additional::Open => flat.open = Some(child(&pointer, "additionalProperties")),
                Additional::Schema((pointer, value)) => {
                    flat.additional.push(Member { node: self.node(pointer, value), plain: false });
                }
            }
            flat.hard.extend(leaf.hard.iter().cloned());
            flat.origins.note(&leaf.marks, &pointer);
            self.join_marks(&mut flat.marks, &leaf.marks, &pointer);
        }
        if flat.untyped {
            let object =
                !flat.fields.is_empty() || !flat.additional.is_empty() || flat.open.is_some();
            let kinds = match (object, flat.items.is_empty()) {
                (true, true) => Kinds::OBJECT,
                (true, false) => Kinds::OBJECT.or(Kinds::ARRAY),
                (false, false) => Kinds::ARRAY,
                (false, true) => Kinds::ALL,
            };
            flat.untyped = kinds == Kinds::ALL && flat.narrow.kinds == Kinds::ALL;
            flat.narrow.kinds = flat.narrow.kinds.and(kinds);
        }
        flat
    }

    /// Adds what another schema says of the same value: more classes, more people, one role.
    fn join_marks(&mut self, marks: &mut Marks, other: &Marks, pointer: &str) {
        marks.classes = marks.classes | other.classes;
        marks.key_classes = marks.key_classes | other.key_classes;
        marks.about = match (marks.about.take(), other.about.clone()) {
            (Some(AboutSource::Paths(mut ours)), Some(AboutSource::Paths(theirs))) => {
                for path in theirs {
                    if !ours.contains(&path) {
                        ours.push(path);
                    }
                }
                Some(AboutSource::Paths(ours))
            }
            // Somebody beats nobody: the stricter of the two.
            (Some(AboutSource::Nobody), Some(theirs)) => Some(theirs),
            (ours, theirs) => ours.or(theirs),
        };
        self.join_one(&mut marks.context, other.context.as_ref(), "x-context", pointer);
        self.join_one(&mut marks.record, other.record.as_ref(), "x-record", pointer);
        self.join_one(
            &mut marks.role,
            other.role.as_ref(),
            "identifier, media, count or cursor",
            pointer,
        );
    }

    fn join_one<T: Clone + PartialEq>(
        &mut self,
        ours: &mut Option<T>,
        theirs: Option<&T>,
        what: &str,
        pointer: &str,
    ) {
        match (ours.as_ref(), theirs) {
            (Some(known), Some(other)) if known != other => self.findings.mistake(
                pointer,
                format!("contradicts another schema of the same value in its {what}"),
                "say it once, or use a discriminator",
            ),
            (None, Some(other)) => *ours = Some(other.clone()),
            _ => (),
        }
    }

    fn merged(&mut self, pointer: String, flats: Vec<Flat>) -> View {
        let mut view = View {
            pointer,
            narrow: Narrow::NOTHING,
            untyped: false,
            object: ObjectPart::None,
            items: None,
            marks: Marks::default(),
            origins: Origins::default(),
            hard: Vec::new(),
            extra: None,
            open: None,
        };
        let mut items = Vec::new();
        let mut abouts: Vec<bool> = Vec::new();
        for flat in &flats {
            view.narrow = view.narrow.or(flat.narrow.clone());
            view.untyped |= flat.untyped;
            view.hard.extend(flat.hard.iter().cloned());
            // Whom a value is about matters only where there can be a value.
            if flat.narrow.kinds.without(Kinds::NULL) != Kinds::NONE {
                abouts.push(flat.marks.about.is_some());
            }
            let at = view.pointer.clone();
            self.join_marks(&mut view.marks, &flat.marks, &at);
            view.origins = view.origins.or(flat.origins.clone());
            let array = flat.narrow.kinds.meets(Kinds::ARRAY) || flat.narrow.kinds == Kinds::NONE;
            if array && !flat.items.is_empty() {
                items.push(flat.items.clone());
            }
        }
        if abouts.contains(&true) && abouts.contains(&false) {
            view.hard.push((view.pointer.clone(), DIFFERENT_ABOUT));
        }
        if !items.is_empty() {
            view.items = Some(key(items));
        }
        view.hard.sort();
        view.hard.dedup();
        merge_objects(&mut view, &flats);
        view
    }

    /// Keeps the branches apart where a discriminator names them. Beyond some nesting they are merged instead, which
    /// is the stricter reading and keeps the recursion shallow.
    fn discriminate(&mut self, view: &mut View, members: &[Member]) {
        if self.discriminators >= DISCRIMINATORS_NESTED_MAX {
            return;
        }
        self.discriminators += 1;
        self.keep_apart(view, members);
        self.discriminators -= 1;
    }

    fn keep_apart(&mut self, view: &mut View, members: &[Member]) {
        let base = self.base(members);
        let groups = self.open_groups(&base);
        let [(node, group)] = groups.as_slice() else { return };
        let leaf = self.leaf(*node);
        let Some(group) = leaf.groups.get(*group) else { return };
        let Some(discriminator) = group.discriminator else { return };
        let at = child(&self.pointer(*node), "discriminator");
        let Some(property) = discriminator.get("propertyName").and_then(|name| name.as_str())
        else {
            self.findings.mistake(at, "`propertyName` is missing", "name the property");
            return;
        };
        let mut variants = Vec::new();
        let mut targets = Vec::new();
        for (pointer, value) in &group.branches {
            let branch = Member { node: self.node(pointer, value), plain: false };
            let base = base.nodes.iter().map(|node| Member { node: *node, plain: true });
            let key = key([base.chain([branch]).collect()]);
            let part = self.view(&key);
            if !part.narrow.kinds.meets(Kinds::OBJECT) {
                continue;
            }
            targets.push(value.get("$ref").and_then(|reference| reference.as_str()));
            variants.push((self.tags_by_choice(&part, property), key));
        }
        if variants.is_empty() {
            return;
        }
        if !name_variants(&mut variants, &targets, discriminator, self.root) {
            view.hard.push((at, "discriminator"));
        }
        // Whether branches agree on whom they are about does not matter once they are told apart.
        view.hard.retain(|(_, what)| *what != DIFFERENT_ABOUT);
        view.extra = None;
        view.open = None;
        view.object = ObjectPart::Discriminated { property: property.to_owned(), variants };
    }

    /// Values of the discriminator that the branch itself lists by `const` or `enum`; an empty list where it does
    /// not name the property at all is told apart later by having no tag.
    fn tags_by_choice(&mut self, part: &View, property: &str) -> Vec<String> {
        let ObjectPart::Named(fields) = &part.object else { return Vec::new() };
        let Some(field) = fields.iter().find(|field| field.name == property) else {
            return Vec::new();
        };
        self.view(&field.key).narrow.choices.clone().unwrap_or_default()
    }
}

/// Gives each variant its tags; false where a variant has none, two share one, or the mapping names a stranger.
fn name_variants(
    variants: &mut [(Vec<String>, Key)],
    targets: &[Option<&str>],
    discriminator: &serde_json::Value,
    root: &serde_json::Value,
) -> bool {
    let pointer = |reference: &str| super::resolve(root, reference).map(|(pointer, _)| pointer);
    let mut clear = true;
    let mapping = discriminator.get("mapping").and_then(|mapping| mapping.as_object());
    let mut mapped: Vec<Vec<String>> = vec![Vec::new(); variants.len()];
    for (tag, target) in mapping.into_iter().flatten() {
        let target = target.as_str().unwrap_or_default();
        let wanted = if target.starts_with('#') {
            pointer(target)
        } else {
            Some(child("/components/schemas", target))
        };
        let mut found = false;
        for (tags, reference) in mapped.iter_mut().zip(targets) {
            if wanted.is_some() && reference.and_then(pointer) == wanted {
                tags.push(tag.clone());
                found = true;
            }
        }
        clear &= found;
    }
    for (((tags, _), mapped), reference) in variants.iter_mut().zip(mapped).zip(targets) {
        if !mapped.is_empty() {
            *tags = mapped;
        } else if tags.is_empty() {
            // OpenAPI 3.1 §4.8.25: without a mapping the name of the schema is the value.
            let name = reference.and_then(|r| r.rsplit('/').next());
            tags.extend(name.map(|name| name.replace("~1", "/").replace("~0", "~")));
        }
    }
    let mut all: Vec<&String> = variants.iter().flat_map(|(tags, _)| tags).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    clear && all.len() == count && variants.iter().all(|(tags, _)| !tags.is_empty())
}

/// One object out of all combinations that allow one: a property meets every branch that names it.
fn merge_objects(view: &mut View, flats: &[Flat]) {
    if !view.narrow.kinds.meets(Kinds::OBJECT) {
        return;
    }
    // A branch that contradicts itself allows no value, but what it names is meant to be guarded all the same.
    let objects: Vec<&Flat> = flats
        .iter()
        .filter(|flat| flat.narrow.kinds.meets(Kinds::OBJECT) || flat.narrow.kinds == Kinds::NONE)
        .collect();
    let mut fields: Vec<(String, Vec<Vec<Member>>)> = Vec::new();
    let mut places = BTreeMap::new();
    let mut additional = Vec::new();
    for flat in &objects {
        for (name, members) in &flat.fields {
            let place = *places.entry(name).or_insert_with(|| {
                fields.push((name.clone(), Vec::new()));
                fields.len() - 1
            });
            if let Some((_, alternatives)) = fields.get_mut(place) {
                alternatives.push(members.clone());
            }
        }
        if !flat.additional.is_empty() {
            additional.push(flat.additional.clone());
        }
        view.open = view.open.take().or_else(|| flat.open.clone());
    }
    if fields.is_empty() && !additional.is_empty() {
        view.open = None;
        view.object = ObjectPart::Map(key(additional));
        return;
    }
    if !additional.is_empty() {
        view.extra = Some(key(additional));
    }
    let required = |name: &String| objects.iter().all(|flat| flat.required.contains(name));
    view.object = ObjectPart::Named(
        fields
            .into_iter()
            .map(|(name, alternatives)| Field {
                required: required(&name),
                key: key(alternatives),
                name,
            })
            .collect(),
    );
}
