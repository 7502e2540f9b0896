//! Requirements held against annotations.

use super::annotation::{Annotation, Kind, Malformed};
use super::standard::{Requirement, Standard};

/// What there is for one requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    pub section: String,
    pub quote: String,
    /// Places of code, as `path:line`.
    pub code: Vec<String>,
    /// Places of tests.
    pub tests: Vec<String>,
    /// Why there need be neither.
    pub exception: Option<String>,
}

impl Covered {
    /// What is missing: `code`, `test`, both, or nothing.
    pub fn lacks(&self) -> Vec<&'static str> {
        let is_missing = |places: &[String]| places.is_empty() && self.exception.is_none();
        let named = [("code", is_missing(&self.code)), ("test", is_missing(&self.tests))];
        named.into_iter().filter_map(|(name, lacks)| lacks.then_some(name)).collect()
    }
}

/// One standard and what there is for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    pub name: String,
    pub requirements: Vec<Covered>,
}

/// Everything, and the annotations that fit nowhere, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub standards: Vec<Coverage>,
    pub problems: Vec<String>,
}

impl Whole {
    /// Whether nothing is to be mended.
    pub fn is_good(&self) -> bool {
        let mut all = self.standards.iter().flat_map(|one| &one.requirements);
        self.problems.is_empty() && all.all(|one| one.lacks().is_empty())
    }
}

/// Holds annotations against requirements.
pub fn of(standards: Vec<Standard>, annotations: &[Annotation], malformed: &[Malformed]) -> Whole {
    let mut problems: Vec<String> = malformed
        .iter()
        .map(|Malformed { path, line, why }| format!("{path}:{line}: the annotation {why}"))
        .collect();
    let mut standards: Vec<Coverage> = standards.into_iter().map(uncovered).collect();
    for annotation in annotations {
        let place = format!("{}:{}", annotation.path, annotation.line);
        match requirement(&mut standards, annotation) {
            Err(why) => {
                let Annotation { standard, section, quote, .. } = annotation;
                problems.push(format!("{place}: {standard}#{section}: {why}: {quote}"));
            }
            Ok(one) => match &annotation.kind {
                Kind::Code => one.code.push(place),
                Kind::Test => one.tests.push(place),
                Kind::Exception(reason) => {
                    let known = one.exception.get_or_insert_with(|| reason.clone());
                    if known != reason {
                        problems.push(format!("{place}: is excepted elsewhere for another reason"));
                    }
                }
            },
        }
    }
    for Coverage { name, requirements } in &standards {
        for one in requirements {
            if one.exception.is_some() && !one.code.is_empty() && !one.tests.is_empty() {
                let Covered { section, quote, .. } = one;
                problems.push(format!("{name}#{section}: is kept and excepted: {quote}"));
            }
        }
    }
    Whole { standards, problems }
}

fn uncovered(standard: Standard) -> Coverage {
    let covered = |Requirement { section, quote, exception }| Covered {
        section,
        quote,
        code: Vec::new(),
        tests: Vec::new(),
        exception,
    };
    let requirements = standard.requirements.into_iter().map(covered).collect();
    Coverage { name: standard.name, requirements }
}

/// The one requirement that an annotation quotes, in full or in part.
fn requirement<'s>(
    standards: &'s mut [Coverage],
    annotation: &Annotation,
) -> Result<&'s mut Covered, &'static str> {
    let standard = standards.iter_mut().find(|one| one.name == annotation.standard);
    let standard = standard.ok_or("there is no such standard in docs/spec")?;
    let of_section = |one: &&mut Covered| one.section == annotation.section;
    let mut found: Vec<&mut Covered> = standard
        .requirements
        .iter_mut()
        .filter(of_section)
        .filter(|one| is_part(&one.quote, &annotation.quote))
        .collect();
    // A requirement quoted in full is meant, even if a longer one contains it.
    if let Some(whole) = found.iter().position(|one| one.quote == annotation.quote) {
        return Ok(found.swap_remove(whole));
    }
    match (found.pop(), found.is_empty()) {
        (None, _) => Err("no requirement has these words"),
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err("more than one requirement has these words"),
    }
}

/// Whether a quote is made of whole words of a text, one after another.
fn is_part(text: &str, quote: &str) -> bool {
    let is_edge = |near: Option<char>| !near.is_some_and(char::is_alphanumeric);
    text.match_indices(quote).any(|(from, matched)| {
        let (before, rest) = text.split_at(from);
        let after = rest.strip_prefix(matched).unwrap_or_default();
        is_edge(before.chars().next_back()) && is_edge(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standard(quotes: &[(&str, Option<&str>)]) -> Vec<Standard> {
        let requirement = |(quote, exception): &(&str, Option<&str>)| Requirement {
            section: "1".to_owned(),
            quote: (*quote).to_owned(),
            exception: exception.map(str::to_owned),
        };
        let requirements = quotes.iter().map(requirement).collect();
        vec![Standard { name: "rfc1".to_owned(), requirements }]
    }

    fn annotation(section: &str, quote: &str, kind: Kind) -> Annotation {
        Annotation {
            path: "a.rs".to_owned(),
            line: 7,
            standard: "rfc1".to_owned(),
            section: section.to_owned(),
            quote: quote.to_owned(),
            kind,
        }
    }

    fn lacks(whole: &Whole) -> Vec<Vec<&'static str>> {
        whole.standards[0].requirements.iter().map(Covered::lacks).collect()
    }

    #[test]
    fn a_requirement_needs_code_and_a_test_or_a_reason() {
        let standards = standard(&[("It MUST be.", None), ("It is.", None), ("No.", Some("why"))]);
        let annotations = [
            annotation("1", "It MUST be.", Kind::Code),
            annotation("1", "MUST be", Kind::Test),
            annotation("1", "It is.", Kind::Code),
        ];
        let whole = of(standards.clone(), &annotations, &[]);
        assert_eq!(lacks(&whole), [vec![], vec!["test"], vec![]]);
        assert_eq!(whole.standards[0].requirements[0].tests, ["a.rs:7"]);
        assert!(whole.problems.is_empty());
        assert!(!whole.is_good());
        let rest = annotation("1", "It is.", Kind::Test);
        assert!(of(standards, &[annotations.as_slice(), &[rest]].concat(), &[]).is_good());
        let nothing = of(standard(&[("It MUST be.", None)]), &[], &[]);
        assert_eq!(lacks(&nothing), [["code", "test"]]);
    }

    #[test]
    fn an_exception_in_code_counts_and_one_that_is_not_needed_is_told() {
        let here = Kind::Exception("here".to_owned());
        let whole =
            of(standard(&[("It is.", None)]), &[annotation("1", "It is.", here.clone())], &[]);
        assert!(whole.is_good());
        let there = standard(&[("It is.", Some("there"))]);
        assert!(!of(there, &[annotation("1", "It is.", here)], &[]).is_good());
        let kept = [annotation("1", "It is.", Kind::Code), annotation("1", "It is.", Kind::Test)];
        assert!(!of(standard(&[("It is.", Some("why"))]), &kept, &[]).is_good());
    }

    #[test]
    fn a_quote_that_fits_nowhere_or_twice_is_told() {
        let problem = |quotes: &[(&str, Option<&str>)], section: &str, quote: &str| {
            let whole = of(standard(quotes), &[annotation(section, quote, Kind::Code)], &[]);
            whole.problems.first().cloned().unwrap_or_default()
        };
        let two = [("A token MUST end.", None), ("A code MUST end.", None)];
        assert_eq!(
            problem(&two, "1", "A token MAY end."),
            "a.rs:7: rfc1#1: no requirement has these words: A token MAY end."
        );
        assert!(problem(&two, "2", "A token MUST end.").contains("no requirement"));
        assert!(problem(&two, "1", "MUST end.").contains("more than one"));
        assert!(problem(&two, "1", "oken MUST end.").contains("no requirement"));
        let inner = [("It MUST be so.", None), ("If so, It MUST be so. Always.", None)];
        assert_eq!(problem(&inner, "1", "It MUST be so."), "");
        let malformed = Malformed { path: "b.rs".to_owned(), line: 3, why: "quotes nothing" };
        let whole = of(standard(&two), &[], &[malformed]);
        assert_eq!(whole.problems, ["b.rs:3: the annotation quotes nothing"]);
    }
}
