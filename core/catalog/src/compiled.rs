//! The compiled form that the gate walks: shapes in an arena, classes as masks.

use model::{
    ApiVersion, ClassMask, ClassNo, IdentifierKind, Need, ObjectKind, OperationNo, ProgramNo,
    PurposeNo,
};
use std::collections::BTreeMap;

/// Permanent numbers by name. Given by the event that activates a catalog, once, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbering {
    /// Data classes.
    pub classes: BTreeMap<String, ClassNo>,
    /// Operations by `operationId`.
    pub operations: BTreeMap<String, OperationNo>,
    /// Purposes.
    pub purposes: BTreeMap<String, PurposeNo>,
    /// Programs.
    pub programs: BTreeMap<String, ProgramNo>,
}

/// A compiled catalog: everything the gate may release and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: ApiVersion,
    /// Programs that operations name.
    pub programs: Vec<Program>,
    /// Purposes that operations name.
    pub purposes: Vec<Purpose>,
    /// Data classes.
    pub classes: Vec<Class>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// The arena that [`ShapeId`] points into.
    pub shapes: Vec<Shape>,
}

/// A family of operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Permanent number.
    pub number: ProgramNo,
    /// Name in documents.
    pub name: String,
    /// One line for people.
    pub title: String,
}

/// Why data may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Permanent number.
    pub number: PurposeNo,
    /// Name in documents.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// W3C DPV term.
    pub dpv: Option<String>,
    /// It goes beyond the feature that somebody uses: advertising, for example. Global Privacy Control refuses it.
    pub beyond: bool,
}

/// Whom data of a class is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutKind {
    /// People: every value of the class must say who.
    Person,
    /// Nobody: a group's name.
    Nobody,
    /// Not data but a permission to act.
    Action,
}

/// A data class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Permanent number.
    pub number: ClassNo,
    /// Name in documents and scopes.
    pub name: String,
    /// One line for consent screens.
    pub title: String,
    /// Plain words for consent screens.
    pub text: String,
    /// 0 public to 3 special category.
    pub sensitivity: u8,
    /// W3C DPV term.
    pub dpv: Option<String>,
    /// Whom it is about.
    pub about: AboutKind,
    /// Default conditions; a policy may replace them.
    pub needs: Vec<Need>,
}

/// HTTP methods that operations can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

/// Which kinds of token an operation accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenNeed {
    /// Either kind.
    Any,
    /// Needs an acting person.
    Person,
}

/// One segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Fixed text.
    Literal(String),
    /// A path parameter, or `actor`.
    Parameter(String),
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Permanent number.
    pub number: OperationNo,
    /// `operationId`.
    pub name: String,
    /// Method.
    pub method: Method,
    /// Path at the gate, without the API's base path.
    pub path: Vec<Segment>,
    /// Path at the upstream.
    pub upstream: Vec<Segment>,
    /// Program.
    pub program: ProgramNo,
    /// Purpose.
    pub purpose: PurposeNo,
    /// Parameters by name.
    pub parameters: Vec<Parameter>,
    /// Name of the path parameter that is the context of records which name none.
    pub context: Option<String>,
    /// Action classes that a write needs.
    pub requires: ClassMask,
    /// Kind of token.
    pub token: TokenNeed,
    /// Shape of a successful answer; `None` for answers without a body.
    pub response: Option<ShapeId>,
    /// Status of a successful answer as documented (200, 201, 204).
    pub status: u16,
    /// Shape of the request body, for writes.
    pub body: Option<ShapeId>,
    /// Media type of the request body, when there is one.
    pub body_required: bool,
    /// Every class that an answer can carry.
    pub classes: ClassMask,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPlace {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Where it stands.
    pub place: ParameterPlace,
    /// Whether it must be there.
    pub required: bool,
    /// Translated from a pairwise id.
    pub identifier: Option<IdentifierKind>,
    /// A sealed cursor.
    pub cursor: bool,
    /// Filters, searches or sorts by these classes.
    pub filter: ClassMask,
    /// Type of its value.
    pub scalar: Scalar,
}

/// Index into [`Catalog::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShapeId(pub u32);

/// What a value may look like. A value that fits none is dropped and raises a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An object with named properties; others are dropped.
    Object(ObjectShape),
    /// An object whose keys are data.
    Map {
        /// Classes of the keys; empty: withheld.
        key: ClassMask,
        /// Classes of each value beyond what its own shape says.
        value_class: ClassMask,
        /// Shape of each value.
        value: ShapeId,
    },
    /// An array.
    Array(ShapeId),
    /// A string, number, boolean or null.
    Scalar(Scalar),
    /// One of several branches.
    OneOf {
        /// Property that names the branch.
        discriminator: Option<String>,
        /// The branches. Without a discriminator the compiler has already merged them (strictest): at most one object,
        /// map or `OneOf` with a discriminator, one array and one scalar are left, in this order, so that the
        /// kind of JSON value tells which it is.
        variants: Vec<Variant>,
    },
}

/// A branch of [`Shape::OneOf`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Values of the discriminator that name it.
    pub tags: Vec<String>,
    /// Its shape.
    pub shape: ShapeId,
}

/// Types and bounds of a scalar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scalar {
    /// A string is allowed.
    pub string: bool,
    /// An integer is allowed.
    pub integer: bool,
    /// Any number is allowed.
    pub number: bool,
    /// A boolean is allowed.
    pub boolean: bool,
    /// Null is allowed.
    pub null: bool,
    /// The only strings allowed, when not empty.
    pub choices: Vec<String>,
    /// Smallest integer.
    pub minimum: Option<i64>,
    /// Largest integer.
    pub maximum: Option<i64>,
    /// Most characters of a string.
    pub length_max: Option<usize>,
    /// Fewest characters of a string.
    pub length_min: Option<usize>,
}

/// A property path: names, `*` for every element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// From the answer's root instead of the node that declares it.
    pub absolute: bool,
    /// Steps; none means the node itself.
    pub steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A property.
    Name(String),
    /// Every element of an array or map.
    All,
}

/// Where the people stand that a node is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AboutSource {
    /// As the surrounding node.
    Inherit,
    /// Nobody.
    Nobody,
    /// All people found at these paths together.
    Paths(Vec<Path>),
}

/// Paths of a record's facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPaths {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Its id.
    pub id: Path,
    /// Its time.
    pub time: Option<Path>,
    /// Its publication state; without one the record counts as published.
    pub state: Option<Path>,
    /// A boolean: everyone it is about is a friend of the acting person.
    pub friend: Option<Path>,
    /// A boolean: the acting person takes part in the context.
    pub participant: Option<Path>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectShape {
    /// The object appears only if all of these may leave. Empty: it appears if any property does.
    pub presence: ClassMask,
    /// Whom it is about.
    pub about: AboutSource,
    /// Path to the context's id.
    pub context: Option<Path>,
    /// Set where the object is a record.
    pub record: Option<RecordPaths>,
    /// Properties in the document's order.
    pub properties: Vec<Property>,
}

/// What the gate does with a property's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyRole {
    /// Passes it on.
    Plain,
    /// Translates the id.
    Identifier(IdentifierKind),
    /// Makes it a gate URL.
    Media,
    /// Withholds it below the minimum.
    Count {
        /// Smallest number that may leave.
        minimum: u64,
    },
    /// Seals the cursor.
    Cursor,
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Name.
    pub name: String,
    /// All of these must be allowed. Empty with a structural shape (object, array of objects): the nested
    /// classes decide; empty with a scalar shape: never released, except a cursor.
    pub classes: ClassMask,
    /// Whom it is about, for the property itself.
    pub about: AboutSource,
    /// Shape of the value.
    pub shape: ShapeId,
    /// Role.
    pub role: PropertyRole,
    /// The schema demands it (request bodies).
    pub required: bool,
}

impl Catalog {
    /// Classes of media: of a link's bytes as of the link itself.
    #[must_use]
    pub fn of_media(&self) -> ClassMask {
        let objects = self.shapes.iter().filter_map(|shape| match shape {
            Shape::Object(object) => Some(&object.properties),
            Shape::Map { .. } | Shape::Array(_) | Shape::Scalar(_) | Shape::OneOf { .. } => None,
        });
        objects
            .flatten()
            .filter(|property| property.role == PropertyRole::Media)
            .fold(ClassMask::NONE, |mask, property| mask | property.classes)
    }

    /// The shape behind an id; the compiler makes no dangling ones.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get(id.0 as usize)
    }
}
