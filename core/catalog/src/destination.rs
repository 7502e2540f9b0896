//! Where paths lead in compiled shapes.

use crate::compiled::{Path, PropertyRole, Shape, ShapeId, Step};
use crate::path;
use model::IdentifierKind;
use std::collections::BTreeSet;

/// What a path must end in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    Identifier(Option<IdentifierKind>),
    Text,
    Truth,
}

/// The arena in which paths are followed.
pub(crate) struct Destinations<'a> {
    pub(crate) shapes: &'a [Shape],
}

impl Destinations<'_> {
    /// What is wrong with a path that starts at `from` in an answer of shape `root`, and a suggestion.
    pub(crate) fn problem(
        &self,
        path: &Path,
        from: (ShapeId, PropertyRole),
        root: ShapeId,
        end: End,
    ) -> Option<(String, String)> {
        let start = if path.absolute { (root, PropertyRole::Plain) } else { from };
        let ends = self.ends(start, &path.steps);
        let written = path::text(path);
        if ends.is_empty() {
            return Some((
                format!("the path `{written}` leads to nothing that the schema names"),
                "write property names with dots, `*` through a list or map, `/` for the response's root"
                    .to_owned(),
            ));
        }
        if ends.iter().any(|(shape, role)| self.is_end(*shape, *role, end)) {
            return None;
        }
        let (problem, suggestion) = end_words(end);
        Some((format!("the path `{written}` {problem}"), suggestion))
    }

    fn ends(&self, start: (ShapeId, PropertyRole), steps: &[Step]) -> Vec<(ShapeId, PropertyRole)> {
        let mut places = self.branches(vec![start]);
        for step in steps {
            let mut next = Vec::new();
            for (shape, role) in places {
                match (self.shapes.get(shape.0 as usize), step) {
                    (Some(Shape::Object(object)), Step::Name(name)) => next.extend(
                        object
                            .properties
                            .iter()
                            .find(|property| property.name == *name)
                            .map(|property| (property.shape, property.role)),
                    ),
                    (Some(Shape::Array(items)), Step::All) => next.push((*items, role)),
                    (Some(Shape::Map { value, .. }), Step::All) => {
                        next.push((*value, PropertyRole::Plain));
                    }
                    _ => (),
                }
            }
            places = self.branches(next);
        }
        places
    }

    /// The places with every branch of a `oneOf` in its stead.
    fn branches(&self, mut open: Vec<(ShapeId, PropertyRole)>) -> Vec<(ShapeId, PropertyRole)> {
        let mut done: Vec<(ShapeId, PropertyRole)> = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some((shape, role)) = open.pop() {
            if !seen.insert(shape) {
                continue;
            }
            match self.shapes.get(shape.0 as usize) {
                Some(Shape::OneOf { variants, .. }) => {
                    open.extend(variants.iter().map(|variant| (variant.shape, role)));
                }
                Some(_) => done.push((shape, role)),
                None => (),
            }
        }
        done
    }

    fn is_end(&self, shape: ShapeId, role: PropertyRole, end: End) -> bool {
        let Some(Shape::Scalar(scalar)) = self.shapes.get(shape.0 as usize) else { return false };
        match end {
            End::Identifier(None) => matches!(role, PropertyRole::Identifier(_)) && scalar.string,
            End::Identifier(Some(kind)) => role == PropertyRole::Identifier(kind) && scalar.string,
            End::Text => scalar.string,
            End::Truth => scalar.boolean,
        }
    }
}

fn end_words(end: End) -> (String, String) {
    match end {
        End::Identifier(Some(kind)) => (
            format!("does not end in the id of a {kind}"),
            format!("mark the string it ends in with `\"x-identifier\": \"{kind}\"`"),
        ),
        End::Identifier(None) => (
            "does not end in an id".to_owned(),
            "mark the string it ends in with `x-identifier`".to_owned(),
        ),
        End::Text => ("does not end in a string".to_owned(), "point to a string".to_owned()),
        End::Truth => ("does not end in a boolean".to_owned(), "point to a boolean".to_owned()),
    }
}
