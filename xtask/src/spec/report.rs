//! What is told of the coverage, to people or to programs.

use super::coverage::{Coverage, Covered, Whole, of};
use super::{annotation, standard};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// For whom the report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line a standard, then one line a gap.
    Lines,
    /// One JSON document that names every requirement.
    Json,
}

/// Prints what there is for each requirement; whether nothing is missing and every annotation fits.
///
/// # Errors
/// When the repository cannot be read or a file of `docs/spec` is wrong.
pub fn report(root: &Path, form: Form) -> anyhow::Result<bool> {
    let standards = standard::read(root)?;
    let (annotations, malformed) = annotation::read(root)?;
    let whole = of(standards, &annotations, &malformed);
    let text = match form {
        Form::Lines => lines(&whole),
        Form::Json => format!("{:#}\n", document(&whole)),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(whole.is_good())
}

/// How many requirements a standard has, and how many of them have code, tests, an exception.
fn counts(standard: &Coverage) -> [usize; 4] {
    let count =
        |is: fn(&Covered) -> bool| standard.requirements.iter().filter(|one| is(one)).count();
    [
        standard.requirements.len(),
        count(|one| !one.code.is_empty()),
        count(|one| !one.tests.is_empty()),
        count(|one| one.exception.is_some()),
    ]
}

fn lines(whole: &Whole) -> String {
    let mut text = String::from("standard  requirements  code  test  exception\n");
    let mut gaps = 0;
    for standard in &whole.standards {
        let [all, code, test, exception] = counts(standard);
        let name = &standard.name;
        text += &format!("{name:<8}  {all:>12}  {code:>4}  {test:>4}  {exception:>9}\n");
    }
    for Coverage { name, requirements } in &whole.standards {
        for one in requirements {
            let lacks = one.lacks();
            if !lacks.is_empty() {
                gaps += 1;
                let (section, quote) = (&one.section, &one.quote);
                text += &format!("{name}#{section}: no {}: {quote}\n", lacks.join(", no "));
            }
        }
    }
    for problem in &whole.problems {
        gaps += 1;
        text += &format!("{problem}\n");
    }
    if gaps > 0 {
        text += &format!("{gaps} to mend\n");
    }
    text
}

fn document(whole: &Whole) -> Value {
    let requirement = |one: &Covered| {
        json!({
            "section": one.section,
            "quote": one.quote,
            "code": one.code,
            "tests": one.tests,
            "exception": one.exception,
            "lacks": one.lacks(),
        })
    };
    let standard = |one: &Coverage| {
        let [all, code, test, exception] = counts(one);
        json!({
            "name": one.name,
            "counts": { "requirements": all, "code": code, "test": test, "exception": exception },
            "requirements": one.requirements.iter().map(requirement).collect::<Vec<_>>(),
        })
    };
    json!({
        "standards": whole.standards.iter().map(standard).collect::<Vec<_>>(),
        "problems": whole.problems,
        "is_good": whole.is_good(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Whole {
        let covered = |section: &str, places: &[&str]| Covered {
            section: section.to_owned(),
            quote: "It MUST be.".to_owned(),
            code: places.iter().map(|place| (*place).to_owned()).collect(),
            tests: Vec::new(),
            exception: None,
        };
        let mut excepted = covered("3", &[]);
        excepted.exception = Some("a proxy does that".to_owned());
        Whole {
            standards: vec![Coverage {
                name: "rfc1".to_owned(),
                requirements: vec![covered("1", &["a.rs:7"]), covered("2", &[]), excepted],
            }],
            problems: vec!["b.rs:1: the annotation quotes nothing".to_owned()],
        }
    }

    #[test]
    fn people_read_counts_and_then_what_is_missing() {
        assert_eq!(
            lines(&whole()),
            "standard  requirements  code  test  exception\n\
             rfc1                 3     1     0          1\n\
             rfc1#1: no test: It MUST be.\n\
             rfc1#2: no code, no test: It MUST be.\n\
             b.rs:1: the annotation quotes nothing\n\
             3 to mend\n"
        );
    }

    #[test]
    fn programs_read_every_requirement() {
        let document = document(&whole());
        assert_eq!(document["is_good"], false);
        let standard = &document["standards"][0];
        assert_eq!(
            standard["counts"],
            json!({ "requirements": 3, "code": 1, "test": 0, "exception": 1 })
        );
        assert_eq!(
            standard["requirements"][0],
            json!({
                "section": "1", "quote": "It MUST be.", "code": ["a.rs:7"], "tests": [],
                "exception": null, "lacks": ["test"],
            })
        );
        assert_eq!(document["problems"][0], "b.rs:1: the annotation quotes nothing");
    }
}
