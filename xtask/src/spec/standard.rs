//! A standard as `docs/spec/NAME.toml` writes it down: its requirements on a server, in the standard's own words.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::path::Path;

/// Where the standards lie.
const FOLDER: &str = "docs/spec";

/// One standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// The file's name without its end: `rfc7636`.
    pub name: String,
    pub requirements: Vec<Requirement>,
}

/// One sentence that asks something of us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub section: String,
    /// The sentence, or enough of it to be told from all others of its section, on one line with single spaces.
    pub quote: String,
    /// Why it asks nothing of us after all.
    pub exception: Option<String>,
}

/// How strongly a sentence asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Level {
    #[serde(rename = "MUST")]
    Must,
    #[serde(rename = "MUST NOT")]
    MustNot,
    #[serde(rename = "REQUIRED")]
    Required,
    #[serde(rename = "SHOULD")]
    Should,
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    #[serde(rename = "RECOMMENDED")]
    Recommended,
    /// A sentence without such a word that says what a server does.
    #[serde(rename = "text")]
    Text,
}

impl Level {
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Must => Some("MUST"),
            Self::MustNot => Some("MUST NOT"),
            Self::Required => Some("REQUIRED"),
            Self::Should => Some("SHOULD"),
            Self::ShouldNot => Some("SHOULD NOT"),
            Self::Recommended => Some("RECOMMENDED"),
            Self::Text => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStandard {
    title: String,
    source: String,
    requirement: Vec<RawRequirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequirement {
    section: String,
    level: Level,
    /// The words that an item of a list continues; they hold the word of its level.
    #[serde(default)]
    stem: String,
    quote: String,
    exception: Option<String>,
}

impl Standard {
    /// Reads one file.
    ///
    /// # Errors
    /// When it is no TOML of this form, when two requirements of a section say the same, or when one does not hold the word
    /// of its level or gives an empty reason.
    pub fn parse(name: &str, text: &str) -> anyhow::Result<Self> {
        let raw: RawStandard = toml::from_str(text)?;
        if raw.title.trim().is_empty() || !raw.source.starts_with("https://") {
            bail!("`title` and `source` must say which standard this is");
        }
        let mut requirements: Vec<Requirement> = Vec::new();
        for RawRequirement { section, level, stem, quote, exception } in raw.requirement {
            let quote = folded(&quote);
            if quote.is_empty() {
                bail!("a requirement of §{section} has no quote");
            }
            let says = |word: &str| quote.contains(word) || stem.contains(word);
            if level.word().is_some_and(|word| !says(word)) {
                bail!("§{section} is no {level:?}: {quote}");
            }
            if exception.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
                bail!("an exception in §{section} gives no reason: {quote}");
            }
            if requirements.iter().any(|one| one.section == section && one.quote == quote) {
                bail!("§{section} says this twice: {quote}");
            }
            requirements.push(Requirement { section, quote, exception });
        }
        Ok(Self { name: name.to_owned(), requirements })
    }
}

/// Every standard of the repository, in order of name.
///
/// # Errors
/// When a file cannot be read or is wrong.
pub fn read(root: &Path) -> anyhow::Result<Vec<Standard>> {
    let folder = root.join(FOLDER);
    let mut standards = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("cannot list `{FOLDER}`"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            let standard = Standard::parse(&name, &text)
                .with_context(|| format!("`{FOLDER}/{name}.toml` is wrong"))?;
            standards.push(standard);
        }
    }
    standards.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(standards)
}

/// The text on one line, with single spaces.
pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(requirements: &str) -> Result<Standard, String> {
        let text = format!("title = \"T\"\nsource = \"https://x.example\"\n{requirements}");
        Standard::parse("rfc1", &text).map_err(|error| error.to_string())
    }

    #[test]
    fn quotes_are_folded() {
        let found = parse(
            "[[requirement]]\nsection = \"2.1\"\nlevel = \"MUST NOT\"\nquote = '''\n  It MUST\n  NOT  be.\n'''\n",
        );
        let expected = Requirement {
            section: "2.1".to_owned(),
            quote: "It MUST NOT be.".to_owned(),
            exception: None,
        };
        assert_eq!(found.unwrap().requirements, [expected]);
    }

    #[test]
    fn what_is_not_a_requirement_is_refused() {
        let one = |level: &str, quote: &str, more: &str| {
            format!(
                "[[requirement]]\nsection = \"1\"\nlevel = \"{level}\"\nquote = \"{quote}\"\n{more}\n"
            )
        };
        let wrong = |text: &str| parse(text).is_err();
        assert!(!wrong(&one("MUST", "It MUST be.", "")));
        assert!(!wrong(&one("text", "It is.", "exception = \"we have none\"")));
        assert!(wrong(&one("MUST", "It is.", "")));
        assert!(!wrong(&one("MUST", "be,", "stem = \"It MUST\"")));
        assert!(wrong(&one("MUST NOT", "be,", "stem = \"It MUST\"")));
        assert!(wrong(&one("MAY", "It MAY be.", "")));
        assert!(wrong(&one("text", " ", "")));
        assert!(wrong(&one("text", "It is.", "exception = \" \"")));
        assert!(wrong(&one("text", "It is.", "reason = \"x\"")));
        let twice = one("text", "It is.", "") + &one("text", "It  is.", "");
        assert!(wrong(&twice));
    }
}
