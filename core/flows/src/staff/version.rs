//! API versions: announcing that one is deprecated, and when it ends.

use super::{Act, Refusal, may};
use crate::Said;
use consent::{State, VersionTerms};
use ledger::{Event, VersionChanged};
use model::{ApiVersion, Env, Timestamp};
use sequence::Commit;

/// What is announced of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// It is deprecated from an instant on, past or to come.
    Deprecated(Timestamp),
    /// It ends at an instant to come. Without a deprecation it is deprecated from now on.
    Ends(Timestamp),
    /// It is neither deprecated nor does it end.
    Nothing,
}

/// Announces something of a version that is served. A version that has ended stays ended, whatever is announced later.
///
/// # Errors
/// The actor may not, the version is not served or has ended, or it would end before it is deprecated.
pub fn announce_version(
    state: &State,
    env: &Env,
    said: &Said,
    version: ApiVersion,
    announcement: Announcement,
) -> Result<Commit<VersionTerms>, Refusal> {
    may(state, said.by, Act::Rule)?;
    if state.catalog_of(version).is_none() {
        return Err(Refusal::Unknown("version"));
    }
    let known = state.version_terms(version);
    if known.sunset.is_some_and(|sunset| sunset <= env.now) {
        return Err(Refusal::Conflict("the version has ended, which is final".to_owned()));
    }
    let terms = announced(known, announcement, env.now)?;
    if terms == known {
        return Ok(Commit::nothing(terms));
    }
    let (why, notes) = said.split(env);
    let VersionTerms { deprecated_at, sunset } = terms;
    let event = VersionChanged { version, deprecated_at, sunset, why };
    let mut commit = Commit::event(Event::VersionChanged(event), terms);
    commit.writes.extend(notes);
    Ok(commit)
}

fn announced(
    known: VersionTerms,
    announcement: Announcement,
    now: Timestamp,
) -> Result<VersionTerms, Refusal> {
    let terms = match announcement {
        Announcement::Nothing => VersionTerms::default(),
        Announcement::Deprecated(at) => VersionTerms { deprecated_at: Some(at), ..known },
        //= rfc8594#3
        //# and SHOULD be a timestamp in the future.
        Announcement::Ends(sunset) if sunset <= now || sunset == Timestamp::NEVER => {
            let problem = "must be in the future".to_owned();
            return Err(Refusal::Invalid { field: "at", problem });
        }
        Announcement::Ends(sunset) => {
            VersionTerms { deprecated_at: known.deprecated_at.or(Some(now)), sunset: Some(sunset) }
        }
    };
    match (terms.deprecated_at, terms.sunset) {
        //= rfc9745#4
        //# The timestamp given in the Sunset HTTP header field MUST NOT be
        //# earlier than the one given in the Deprecation header field.
        (Some(deprecated), Some(sunset)) if sunset < deprecated => Err(Refusal::Invalid {
            field: "at",
            problem: "lets the version end before it is deprecated".to_owned(),
        }),
        (Some(_) | None, Some(_) | None) => Ok(terms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc8594#3
    //= type=test
    //# and SHOULD be a timestamp in the future.
    //= rfc9745#4
    //= type=test
    //# The timestamp given in the Sunset HTTP header field MUST NOT be earlier than the one
    //# given in the Deprecation header field.
    #[test]
    fn an_end_lies_ahead_and_not_before_the_deprecation() {
        let (before, now, later) = (Timestamp(1_000), Timestamp(2_000), Timestamp(3_000));
        let none = VersionTerms::default();
        let terms = |known, announcement| announced(known, announcement, now).ok();
        let both = |from, to| VersionTerms { deprecated_at: Some(from), sunset: Some(to) };
        assert_eq!(terms(none, Announcement::Ends(later)), Some(both(now, later)));
        for past in [before, now, Timestamp::NEVER] {
            assert_eq!(terms(none, Announcement::Ends(past)), None);
        }
        let deprecated = |at| VersionTerms { deprecated_at: Some(at), ..none };
        assert_eq!(terms(deprecated(before), Announcement::Ends(later)), Some(both(before, later)));
        assert_eq!(terms(deprecated(later), Announcement::Ends(later)), Some(both(later, later)));
        let after = Timestamp(3_001);
        assert_eq!(terms(deprecated(after), Announcement::Ends(later)), None);
        assert_eq!(terms(both(before, later), Announcement::Deprecated(after)), None);
    }
}
