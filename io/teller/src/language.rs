//! Languages that texts are written in, and which one somebody gets.

use unic_langid::LanguageIdentifier;

/// A language that every text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English: what somebody gets who asks for none of these.
    English,
    /// German.
    German,
}

/// Ranges of an `Accept-Language` that are looked at: nobody speaks more, and a header can be long.
const RANGES_MAX: usize = 20;

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a tag, whatever its region.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let wanted: LanguageIdentifier = tag.trim().parse().ok()?;
        Self::ALL.into_iter().find(|one| one.tag() == wanted.language.as_str())
    }

    /// What somebody gets who sends this `Accept-Language` (RFC 9110 §12.5.4): of the languages that there are, the one they
    /// like best, the first of equals.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(u32, Self)> = None;
        for range in header.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=").map(weight));
            let weight = weight.unwrap_or(1_000);
            let language = if tag == "*" { Some(Self::English) } else { Self::of_tag(tag) };
            if let Some(language) = language
                && weight > 0
                && best.is_none_or(|(liked, _)| weight > liked)
            {
                best = Some((weight, language));
            }
        }
        best.map_or(Self::English, |(_, language)| language)
    }
}

/// A weight in thousandths: `0.8` is 800; what is none is nothing.
fn weight(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let thousandths: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), thousandths.parse::<u32>()) {
        (Ok(whole), Ok(rest)) => (whole.min(1) * 1_000 + rest).min(1_000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_given() {
        for (header, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("fr,de;q=0.5,en;q=0.4", Language::German),
            ("fr-CH, fr;q=0.9", Language::English),
            ("de;q=0, *;q=0.1", Language::English),
            ("*, de;q=0.5", Language::English),
            ("de;q=x", Language::English),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
