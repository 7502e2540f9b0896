//! Property paths: `author.id`, `tags.*.person.id`, `/id`.

use crate::compiled::{Path, Step};
use crate::limits::PATH_STEPS_MAX;

/// Parses a path; the error says what is wrong.
pub(crate) fn parse(text: &str) -> Result<Path, &'static str> {
    let (absolute, rest) = match text.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return if absolute {
            Err("names nothing below the response's root")
        } else {
            Ok(Path { absolute, steps: Vec::new() })
        };
    }
    let mut steps = Vec::new();
    for part in rest.split('.') {
        steps.push(match part {
            "" => return Err("has an empty step"),
            "*" => Step::All,
            name => Step::Name(name.to_owned()),
        });
    }
    if steps.len() > PATH_STEPS_MAX {
        return Err("has too many steps");
    }
    Ok(Path { absolute, steps })
}

/// The path as it is written in documents.
pub(crate) fn text(path: &Path) -> String {
    let steps: Vec<&str> = path
        .steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => name.as_str(),
            Step::All => "*",
        })
        .collect();
    format!("{}{}", if path.absolute { "/" } else { "" }, steps.join("."))
}

/// The same path, seen from the array around the node that declares it.
pub(crate) fn below_array(path: &Path) -> Path {
    if path.absolute {
        return path.clone();
    }
    let mut steps = vec![Step::All];
    steps.extend(path.steps.iter().cloned());
    Path { absolute: false, steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_back_and_malformed_ones_are_refused() {
        for good in ["", "id", "tags.*.person.id", "/id", "/items.*.id"] {
            assert_eq!(parse(good).map(|path| text(&path)).as_deref(), Ok(good));
        }
        for wrong in ["/", "a..b", ".a", "a."] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
