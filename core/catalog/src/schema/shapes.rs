//! The arena of shapes, filled breadth first: every key of schemas gets one id, so that cycles end.

use super::combine::{Key, Member, key};
use super::leaf::{self, Leaf};
use super::narrow::Kinds;
use super::view::{ObjectPart, Origins, View};
use crate::compiled::{AboutSource, ObjectShape, Property, PropertyRole, Shape, ShapeId, Variant};
use crate::limits::{ARRAYS_NESTED_MAX, SHAPES_MAX, VISITS_MAX};
use crate::mistake::Findings;
use crate::path::below_array;
use crate::vocabulary::Names;
use model::ClassMask;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What is known of a shape beyond what the gate needs: where it comes from, and what could not be expressed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note {
    pub(crate) pointer: String,
    pub(crate) origins: Origins,
    /// Pointers of an object's properties, in their order, and of whom each says that it is about.
    pub(crate) properties: Vec<(String, Option<String>)>,
    pub(crate) hard: Vec<(String, &'static str)>,
    /// Additions that are dropped, with the classes of their values.
    pub(crate) extra: Option<(ShapeId, ClassMask)>,
    pub(crate) open: Option<String>,
}

/// What a property takes over from its value, through arrays.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) classes: ClassMask,
    pub(crate) about: Option<AboutSource>,
    /// Where that is written.
    pub(crate) about_at: Option<String>,
    pub(crate) role: Option<PropertyRole>,
}

/// The compiler of schemas.
pub(crate) struct Shapes<'d, 'n> {
    pub(crate) root: &'d Value,
    pub(crate) findings: Findings,
    pub(crate) views: BTreeMap<Key, Rc<View>>,
    pub(crate) visits: usize,
    pub(crate) discriminators: usize,
    names: &'n Names<'n>,
    nodes: Vec<(String, Rc<Leaf<'d>>)>,
    by_pointer: BTreeMap<String, u32>,
    by_key: BTreeMap<Key, ShapeId>,
    waiting: VecDeque<(Key, ShapeId)>,
    shapes: Vec<Shape>,
    notes: Vec<Note>,
}

impl<'d, 'n> Shapes<'d, 'n> {
    pub(crate) fn new(root: &'d Value, names: &'n Names<'n>, findings: Findings) -> Self {
        Self {
            root,
            findings,
            views: BTreeMap::new(),
            visits: 0,
            discriminators: 0,
            names,
            nodes: Vec::new(),
            by_pointer: BTreeMap::new(),
            by_key: BTreeMap::new(),
            waiting: VecDeque::new(),
            shapes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The number of the schema at this pointer.
    pub(crate) fn node(&mut self, pointer: &str, value: &'d Value) -> u32 {
        if let Some(known) = self.by_pointer.get(pointer) {
            return *known;
        }
        let leaf = leaf::read(value, pointer, self.names, &mut self.findings);
        // A document of limited bytes has fewer schemas than there are numbers.
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push((pointer.to_owned(), Rc::new(leaf)));
        self.by_pointer.insert(pointer.to_owned(), number);
        number
    }

    pub(crate) fn leaf(&self, node: u32) -> Rc<Leaf<'d>> {
        match self.nodes.get(node as usize) {
            Some((_, leaf)) => Rc::clone(leaf),
            None => {
                Rc::new(leaf::read(&Value::Bool(false), "", self.names, &mut Findings::default()))
            }
        }
    }

    pub(crate) fn pointer(&self, node: u32) -> String {
        self.nodes.get(node as usize).map(|(pointer, _)| pointer.clone()).unwrap_or_default()
    }

    /// The shape of the schema at this pointer, for a whole body: what only a property can carry is a mistake.
    pub(crate) fn body(&mut self, pointer: &str, value: &'d Value) -> ShapeId {
        let key = key([vec![Member { node: self.node(pointer, value), plain: false }]]);
        let carried = self.carried(&key, 0);
        if !carried.classes.is_empty() || carried.about.is_some() || carried.role.is_some() {
            self.findings.mistake(
                pointer,
                "says something of a value that is no property",
                "a list's items must be objects with classes of their own; wrap anything else into an object",
            );
        }
        self.compile(key)
    }

    /// The shape of a request body: nothing of it is released, so only its types count.
    pub(crate) fn request(&mut self, pointer: &str, value: &'d Value) -> ShapeId {
        let key = key([vec![Member { node: self.node(pointer, value), plain: false }]]);
        self.compile(key)
    }

    /// The shape behind an id.
    pub(crate) fn shape_of(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get(id.0 as usize)
    }

    fn compile(&mut self, key: Key) -> ShapeId {
        let id = self.shape(key);
        while let Some((key, id)) = self.waiting.pop_front() {
            self.build(&key, id);
        }
        id
    }

    pub(crate) fn finish(self) -> (Vec<Shape>, Vec<Note>, Findings) {
        (self.shapes, self.notes, self.findings)
    }

    fn shape(&mut self, key: Key) -> ShapeId {
        if let Some(known) = self.by_key.get(&key) {
            return *known;
        }
        let id = self.add(nothing(), Note::default());
        if self.shapes.len() > SHAPES_MAX || self.visits > VISITS_MAX {
            self.findings.mistake(
                "",
                "the schemas have too many combinations",
                "use discriminators, or fewer `allOf`, `oneOf` and `anyOf` within each other",
            );
        } else {
            self.waiting.push_back((key.clone(), id));
        }
        self.by_key.insert(key, id);
        id
    }

    fn add(&mut self, shape: Shape, note: Note) -> ShapeId {
        let id = ShapeId(u32::try_from(self.shapes.len()).unwrap_or(u32::MAX));
        self.shapes.push(shape);
        self.notes.push(note);
        id
    }

    fn build(&mut self, key: &Key, id: ShapeId) {
        let view = self.view(key);
        let mut note = Note {
            pointer: view.pointer.clone(),
            origins: view.origins.clone(),
            properties: Vec::new(),
            hard: view.hard.clone(),
            extra: None,
            open: view.open.clone(),
        };
        if let Some(extra) = &view.extra {
            let classes = self.carried(extra, 0).classes;
            note.extra = Some((self.shape(extra.clone()), classes));
        }
        let mut parts = Vec::new();
        self.check_place(&view);
        let object = self.object(&view, &mut note);
        if let Some(items) = view.items.as_ref().filter(|_| view.narrow.kinds.meets(Kinds::ARRAY)) {
            parts.push(Shape::Array(self.shape(items.clone())));
        }
        if view.has_values() || view.narrow.kinds.meets(Kinds::NULL) {
            parts.push(Shape::Scalar(view.narrow.scalar()));
        }
        // An object that can carry nothing is not worth telling apart from a scalar.
        let bare = matches!(&object, Some(Shape::Object(shape)) if shape.properties.is_empty());
        if let Some(object) = object.filter(|_| parts.is_empty() || !bare) {
            parts.insert(0, object);
        }
        let shape = self.one_or_several(parts, &mut note);
        if let (Some(place), Some(known)) =
            (self.shapes.get_mut(id.0 as usize), self.notes.get_mut(id.0 as usize))
        {
            *place = shape;
            *known = note;
        }
    }

    /// What is said of a kind of value that this is not would be a rule that nobody applies.
    fn check_place(&mut self, view: &View) {
        let (is_map, has_names) = match &view.object {
            ObjectPart::None => (false, false),
            ObjectPart::Map(_) => (true, false),
            ObjectPart::Named(_) | ObjectPart::Discriminated { .. } => (false, true),
        };
        if !has_names && (view.marks.context.is_some() || view.marks.record.is_some()) {
            self.findings.mistake(
                &view.pointer,
                "is no object with named properties, so it has no context and is no record",
                "put `x-context` and `x-record` on the object",
            );
        }
        if !is_map && !view.marks.key_classes.is_empty() {
            self.findings.mistake(
                &view.pointer,
                "has a class for keys but is no map",
                "put `x-map-key-class` beside `additionalProperties`",
            );
        }
    }

    fn one_or_several(&mut self, mut parts: Vec<Shape>, note: &mut Note) -> Shape {
        if parts.len() > 1 {
            let mut variants = Vec::new();
            for part in parts {
                // The object comes first and takes the pointers of the properties with it.
                let properties = std::mem::take(&mut note.properties);
                let (pointer, origins) = (note.pointer.clone(), note.origins.clone());
                let own = Note { pointer, origins, properties, ..Note::default() };
                variants.push(Variant { tags: Vec::new(), shape: self.add(part, own) });
            }
            return Shape::OneOf { discriminator: None, variants };
        }
        parts.pop().unwrap_or_else(nothing)
    }

    fn object(&mut self, view: &View, note: &mut Note) -> Option<Shape> {
        Some(match &view.object {
            ObjectPart::None => return None,
            ObjectPart::Named(fields) => {
                let mut properties = Vec::new();
                for field in fields {
                    let value = self.view(&field.key);
                    let carried = self.carried(&field.key, 0);
                    note.properties.push((value.pointer.clone(), carried.about_at));
                    properties.push(Property {
                        name: field.name.clone(),
                        classes: carried.classes,
                        about: carried.about.unwrap_or(AboutSource::Inherit),
                        shape: self.shape(field.key.clone()),
                        role: carried.role.unwrap_or(PropertyRole::Plain),
                        required: field.required,
                    });
                }
                Shape::Object(ObjectShape {
                    presence: view.marks.classes,
                    about: view.marks.about.clone().unwrap_or(AboutSource::Inherit),
                    context: view.marks.context.clone(),
                    record: view.marks.record.clone(),
                    properties,
                })
            }
            ObjectPart::Map(value) => {
                let carried = self.carried(value, 0);
                if carried.about.is_some() || carried.role.is_some() {
                    self.findings.mistake(
                        &view.pointer,
                        "is a map whose values say whom they are about, or are ids, media, counts or cursors",
                        "make the values objects, or use named properties",
                    );
                }
                Shape::Map {
                    key: view.marks.key_classes,
                    value_class: carried.classes,
                    value: self.shape(value.clone()),
                }
            }
            ObjectPart::Discriminated { property, variants } => Shape::OneOf {
                discriminator: Some(property.clone()),
                variants: variants
                    .iter()
                    .map(|(tags, key)| Variant {
                        tags: tags.clone(),
                        shape: self.shape(key.clone()),
                    })
                    .collect(),
            },
        })
    }

    /// What a property with this value takes over from it. An object keeps what is said of it for itself.
    pub(crate) fn carried(&mut self, key: &Key, depth: usize) -> Carried {
        let view = self.view(key);
        let array = view.narrow.kinds.meets(Kinds::ARRAY) && view.items.is_some();
        let map = matches!(view.object, ObjectPart::Map(_));
        let mut carried = Carried::default();
        if view.has_values() || array || map || matches!(view.object, ObjectPart::None) {
            carried.classes = view.marks.classes;
            carried.about.clone_from(&view.marks.about);
            carried.about_at.clone_from(&view.origins.about);
        }
        if let Some(role) = view.marks.role {
            self.check_role(&view, role);
            carried.role = Some(role);
        }
        if !view.marks.classes.is_empty() {
            self.check_releasable(&view);
        }
        if let Some(items) = view.items.as_ref().filter(|_| array) {
            if depth >= ARRAYS_NESTED_MAX {
                self.findings.mistake(
                    &view.pointer,
                    "has lists within lists without end",
                    "give the innermost list objects as items",
                );
                return carried;
            }
            let inner = self.carried(items, depth + 1);
            carried.classes = carried.classes | inner.classes;
            carried.about = outside(carried.about, inner.about);
            carried.about_at = carried.about_at.or(inner.about_at);
            match (carried.role, inner.role) {
                (Some(ours), Some(theirs)) if ours != theirs => self.findings.mistake(
                    &view.pointer,
                    "is several of identifier, media, count and cursor",
                    "say it on the items alone",
                ),
                (ours, theirs) => carried.role = ours.or(theirs),
            }
        }
        carried
    }

    fn check_role(&mut self, view: &View, role: PropertyRole) {
        let (only, word) = match role {
            PropertyRole::Plain => return,
            PropertyRole::Identifier(_) => (Kinds::STRING, "an identifier is a string"),
            PropertyRole::Media => (Kinds::STRING, "a media reference is a string"),
            PropertyRole::Cursor => (Kinds::STRING, "a cursor is a string"),
            PropertyRole::Count { .. } => (Kinds::INTEGER, "a count is an integer"),
        };
        if !view.narrow.kinds.is_only(only) {
            let suggestion = if only == Kinds::STRING {
                "give it `\"type\": \"string\"`; on a list put the extension on its items"
            } else {
                "give it `\"type\": \"integer\"`"
            };
            self.findings.mistake(&view.pointer, word, suggestion);
        }
    }

    /// A class on a value that can never be released would promise more than the gate does.
    fn check_releasable(&mut self, view: &View) {
        let empty = matches!(&view.object, ObjectPart::Named(fields) if fields.is_empty());
        let bare_object = view.narrow.kinds.meets(Kinds::OBJECT)
            && (empty || matches!(view.object, ObjectPart::None));
        let bare_array = view.narrow.kinds.meets(Kinds::ARRAY) && view.items.is_none();
        let (problem, suggestion) = if view.untyped {
            ("has a class but no type", "say what kind of value it is: `\"type\": \"string\"`")
        } else if view.narrow.kinds == Kinds::NONE {
            ("has a class, but its schemas contradict each other: no value fits", "make them agree")
        } else if bare_object {
            (
                "has a class but does not name the object's properties",
                "name them, each with a class",
            )
        } else if bare_array {
            ("has a class but does not say what its items are", "add `items`")
        } else {
            return;
        };
        self.findings.mistake(&view.pointer, problem, suggestion);
    }
}

/// Whom a list is about by its own word and by that of its items.
fn outside(own: Option<AboutSource>, items: Option<AboutSource>) -> Option<AboutSource> {
    let Some(AboutSource::Paths(items)) = items else { return own.or(items) };
    let mut paths = match own {
        Some(AboutSource::Paths(paths)) => paths,
        Some(AboutSource::Nobody | AboutSource::Inherit) | None => Vec::new(),
    };
    for path in items.iter().map(below_array) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Some(AboutSource::Paths(paths))
}

fn nothing() -> Shape {
    Shape::Scalar(crate::compiled::Scalar::default())
}
