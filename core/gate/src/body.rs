//! Request bodies: checked against the catalog, with the upstream's ids in place of pairwise ones.

use crate::json::{JsonError, Slot, Tag, Tape, write_string};
use crate::limits::BODY_MISTAKES_MAX;
use crate::scalar::{self, Misfit};
use crate::shapes;
use catalog::{Catalog, ObjectShape, Operation, Property, PropertyRole, Scalar, Shape, ShapeId};
use model::IdentifierKind;
use model::limits::UPLOAD_BYTES_MAX;

/// Tells the upstream's id of what a pairwise id names.
pub trait Translate {
    /// The upstream's id; `None` if the app has no such id.
    fn external(&self, kind: IdentifierKind, pairwise: &str) -> Option<String>;
}

/// One thing wrong with a request body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyMistake {
    /// JSON pointer (RFC 6901) to where it is wrong.
    pub pointer: String,
    /// What is wrong.
    pub problem: BodyProblem,
}

/// What can be wrong with a request body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyProblem {
    /// No JSON at all.
    #[error("{0}")]
    NotJson(JsonError),
    /// The operation takes none.
    #[error("no body is taken here")]
    NotTaken,
    /// The operation needs one.
    #[error("a body is needed")]
    Needed,
    /// A property that the catalog does not name.
    #[error("is not a property known here")]
    Unknown,
    /// A property that must be there.
    #[error("is needed")]
    Missing,
    /// A value of another type.
    #[error("is of a wrong type")]
    WrongType,
    /// A string that is none of the choices.
    #[error("is none of the values allowed")]
    NotAChoice,
    /// Fewer characters than allowed.
    #[error("is too short")]
    TooShort,
    /// More characters than allowed.
    #[error("is too long")]
    TooLong,
    /// A number out of its bounds.
    #[error("is out of range")]
    OutOfRange,
    /// An id that names nothing for this app.
    #[error("names nothing")]
    NoSuchId,
}

/// Checks the body of a write and gives the one for the upstream: the same properties in the same order, without
/// white space, with the upstream's ids. `None` where no body was sent and none is needed.
///
/// # Errors
/// Everything that is wrong with it, up to a limit.
pub fn check_body(
    catalog: &Catalog,
    operation: &Operation,
    body: &[u8],
    ids: &dyn Translate,
) -> Result<Option<Vec<u8>>, Vec<BodyMistake>> {
    let whole = |problem| Err(vec![BodyMistake { pointer: String::new(), problem }]);
    let Some(shape) = operation.body else {
        return if body.is_empty() { Ok(None) } else { whole(BodyProblem::NotTaken) };
    };
    if body.is_empty() {
        return if operation.body_required { whole(BodyProblem::Needed) } else { Ok(None) };
    }
    if body.len() > UPLOAD_BYTES_MAX {
        return whole(BodyProblem::NotJson(JsonError::TooLarge(UPLOAD_BYTES_MAX)));
    }
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(_) => return whole(BodyProblem::NotJson(JsonError::NotUtf8)),
    };
    let tape = match Tape::parse(text) {
        Ok(tape) => tape,
        Err(error) => return whole(BodyProblem::NotJson(error)),
    };
    let out = Vec::with_capacity(body.len());
    let mut check =
        Check { catalog, tape: &tape, ids, out, pointer: String::new(), mistakes: Vec::new() };
    check.value(shape, 0, PropertyRole::Plain);
    if check.mistakes.is_empty() { Ok(Some(check.out)) } else { Err(check.mistakes) }
}

struct Check<'a> {
    catalog: &'a Catalog,
    tape: &'a Tape<'a>,
    ids: &'a dyn Translate,
    out: Vec<u8>,
    pointer: String,
    mistakes: Vec<BodyMistake>,
}

impl<'a> Check<'a> {
    fn mistake(&mut self, problem: BodyProblem) {
        if self.mistakes.len() < BODY_MISTAKES_MAX {
            self.mistakes.push(BodyMistake { pointer: self.pointer.clone(), problem });
        }
    }

    /// Goes one step down for the length of a call.
    fn at(&mut self, step: &str, there: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        there(self);
        self.pointer.truncate(length);
    }

    // The recursion is bounded by the nesting of the body.
    fn value(&mut self, id: ShapeId, value: u32, role: PropertyRole) {
        let Some(slot) = self.tape.slot(value) else { return };
        match (shapes::choose(self.catalog, id, self.tape, value), slot.tag) {
            (Some((_, Shape::Object(object))), Tag::Object) => self.object(object, value),
            (Some((_, Shape::Map { value: values, .. })), Tag::Object) => {
                self.map(*values, value, role);
            }
            (Some((_, Shape::Array(items))), Tag::Array) => self.array(*items, value, role),
            (Some((_, Shape::Scalar(scalar))), _) => self.scalar(scalar, slot, role),
            _ => self.mistake(BodyProblem::WrongType),
        }
    }

    fn object(&mut self, object: &'a ObjectShape, value: u32) {
        let tape = self.tape;
        self.out.push(b'{');
        let mut seen: Vec<&Property> = Vec::new();
        for (key, value) in tape.entries(value) {
            match shapes::property(object, 0, |name| tape.is_named(key, name)) {
                Some((_, property)) => {
                    if !seen.is_empty() {
                        self.out.push(b',');
                    }
                    seen.push(property);
                    write_string(&property.name, &mut self.out);
                    self.out.push(b':');
                    self.at(&property.name, |check| {
                        check.value(property.shape, value, property.role);
                    });
                }
                None => {
                    let name: String = tape.raw(key).chars().take(64).collect();
                    self.at(&name, |check| check.mistake(BodyProblem::Unknown));
                }
            }
        }
        let is_there = |wanted: &Property| seen.iter().any(|property| property.name == wanted.name);
        for property in object.properties.iter().filter(|p| p.required && !is_there(p)) {
            self.at(&property.name, |check| check.mistake(BodyProblem::Missing));
        }
        self.out.push(b'}');
    }

    fn map(&mut self, values: ShapeId, value: u32, role: PropertyRole) {
        let tape = self.tape;
        self.out.push(b'{');
        for (index, (key, value)) in tape.entries(value).enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(key.span.of(tape.text).as_bytes());
            self.out.push(b':');
            let name: String = tape.raw(key).chars().take(64).collect();
            self.at(&name, |check| check.value(values, value, role));
        }
        self.out.push(b'}');
    }

    fn array(&mut self, items: ShapeId, value: u32, role: PropertyRole) {
        self.out.push(b'[');
        for (index, element) in self.tape.elements(value).enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.at(&index.to_string(), |check| check.value(items, element, role));
        }
        self.out.push(b']');
    }

    fn scalar(&mut self, declared: &Scalar, slot: Slot, role: PropertyRole) {
        if let Err(misfit) = scalar::check(declared, self.tape, slot) {
            self.mistake(match misfit {
                Misfit::Type => BodyProblem::WrongType,
                Misfit::Choice => BodyProblem::NotAChoice,
                Misfit::TooShort => BodyProblem::TooShort,
                Misfit::TooLong => BodyProblem::TooLong,
                Misfit::OutOfRange => BodyProblem::OutOfRange,
            });
            return;
        }
        let kind = match role {
            PropertyRole::Identifier(kind) => Some(kind),
            PropertyRole::Media => Some(IdentifierKind::Media),
            PropertyRole::Plain | PropertyRole::Count { .. } | PropertyRole::Cursor => None,
        };
        match (kind, self.tape.string(slot)) {
            (Some(kind), Some(pairwise)) => match self.ids.external(kind, &pairwise) {
                Some(external) => write_string(&external, &mut self.out),
                None => self.mistake(BodyProblem::NoSuchId),
            },
            _ => self.out.extend_from_slice(slot.span.of(self.tape.text).as_bytes()),
        }
    }
}
