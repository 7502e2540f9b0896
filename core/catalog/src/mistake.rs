//! What is wrong with a document, where, and what to write instead.

use std::collections::BTreeSet;

/// Something that the catalog cannot enforce or does not understand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{pointer}: {problem} ({suggestion})")]
pub struct Mistake {
    /// Where it stands (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub suggestion: String,
}

/// More mistakes than anybody reads at once; a hostile document must not fill the memory with them.
const MISTAKES_MAX: usize = 1_000;

/// Mistakes and warnings as they are found; each is kept once, however often a schema is visited.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    mistakes: BTreeSet<Mistake>,
    warnings: BTreeSet<Mistake>,
}

impl Findings {
    pub(crate) fn mistake(
        &mut self,
        pointer: impl Into<String>,
        problem: impl Into<String>,
        suggestion: impl Into<String>,
    ) {
        if self.mistakes.len() < MISTAKES_MAX {
            self.mistakes.insert(Mistake {
                pointer: pointer.into(),
                problem: problem.into(),
                suggestion: suggestion.into(),
            });
        }
    }

    pub(crate) fn warning(
        &mut self,
        pointer: impl Into<String>,
        problem: impl Into<String>,
        suggestion: impl Into<String>,
    ) {
        if self.warnings.len() < MISTAKES_MAX {
            self.warnings.insert(Mistake {
                pointer: pointer.into(),
                problem: problem.into(),
                suggestion: suggestion.into(),
            });
        }
    }

    pub(crate) fn has_mistakes(&self) -> bool {
        !self.mistakes.is_empty()
    }

    /// Mistakes and warnings, each in the order of their pointers.
    pub(crate) fn into_lists(self) -> (Vec<Mistake>, Vec<Mistake>) {
        (self.mistakes.into_iter().collect(), self.warnings.into_iter().collect())
    }
}

/// The pointer of a child: `~` and `/` in names are escaped (RFC 6901 §3).
pub(crate) fn child(pointer: &str, token: &str) -> String {
    if token.contains(['~', '/']) {
        format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{pointer}/{token}")
    }
}

/// The candidate that somebody who wrote `word` most likely meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Beyond this no misspelling is plausible, and the comparison is quadratic.
    if word.len() > 100 {
        return None;
    }
    let allowed = if word.len() < 9 { 1 } else { 2 };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= allowed)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(steps, _)| *steps <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean" where there is a near word, else what there is.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> String {
    if let Some(near) = nearest(word, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let known: Vec<&str> = candidates.into_iter().take(12).collect();
    if known.is_empty() { otherwise.to_owned() } else { format!("known: {}", known.join(", ")) }
}

/// Optimal string alignment distance: insertions, deletions, replacements, swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = (at(&above, j) + usize::from(a != b))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(b) && right.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = above;
        above = row;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_the_one_that_was_meant() {
        let keys = ["x-data-class", "x-about", "x-text"];
        assert_eq!(nearest("x-data-clas", keys), Some("x-data-class"));
        assert_eq!(nearest("x-dataclass", keys), Some("x-data-class"));
        assert_eq!(nearest("x-abuot", keys), Some("x-about"));
        assert_eq!(nearest("x-github", keys), None);
    }

    #[test]
    fn names_in_pointers_are_escaped() {
        assert_eq!(child("/paths", "/a/~b"), "/paths/~1a~1~0b");
    }
}
