//! Rich authorization requests (RFC 9396): the second way to say what scopes and the consent page say.

use crate::limits::PURPOSE_BYTES_MAX;
use crate::pairwise::PairwiseId;
use crate::scope::{Scope, is_scope_token};
use model::limits::{CONSENT_CONTEXTS_MAX, GRANT_LIFETIME_MAX};
use model::{InstallationNo, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The types that this server knows.
pub const DETAIL_TYPES: [&str; 2] = ["bailment_access", "bailment_installation"];
/// Details in one request: each can name every class and group.
pub const DETAILS_MAX: usize = 16;

/// Text that is no list of authorization details, or names an unknown type, field or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("authorization details must be a JSON array of known types with known fields")]
pub struct DetailsError;

/// What a person is asked for: classes, in groups, for a purpose, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDetail {
    /// The names of the classes; at least one.
    pub classes: Scope,
    /// The groups, under the app's own ids; empty: the person picks.
    pub groups: BTreeSet<PairwiseId>,
    /// The name of the purpose.
    pub purpose: Option<String>,
    /// How long, from 1 to the longest lifetime of a grant.
    pub duration_days: Option<u32>,
}

/// Which installation an app wants to act within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstallationDetail {
    /// The installation.
    pub installation: InstallationNo,
}

/// One element of `authorization_details`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationDetail {
    /// `bailment_access`
    Access(AccessDetail),
    /// `bailment_installation`
    Installation(InstallationDetail),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Wire {
    #[serde(rename = "bailment_access")]
    Access {
        classes: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_days: Option<u32>,
    },
    #[serde(rename = "bailment_installation")]
    Installation { installation: String },
}

/// Reads `authorization_details`.
///
/// # Errors
/// [`DetailsError`], which every endpoint answers with `invalid_authorization_details`.
pub fn parse(text: &str) -> Result<Vec<AuthorizationDetail>, DetailsError> {
    //= rfc9396#5
    //# The AS MUST refuse to process any unknown authorization details type
    //# or authorization details not conforming to the respective type
    //# definition.
    let wire: Vec<Wire> = serde_json::from_str(text).map_err(|_| DetailsError)?;
    if wire.is_empty() || wire.len() > DETAILS_MAX {
        return Err(DetailsError);
    }
    wire.into_iter().map(AuthorizationDetail::try_from).collect()
}

impl TryFrom<Wire> for AuthorizationDetail {
    type Error = DetailsError;

    fn try_from(wire: Wire) -> Result<Self, DetailsError> {
        match wire {
            Wire::Access { classes, groups, purpose, duration_days } => {
                let days_max = GRANT_LIFETIME_MAX.0 / Millis::days(1).0;
                let is_good_purpose =
                    |p: &String| p.len() <= PURPOSE_BYTES_MAX && is_scope_token(p);
                let is_good_duration = |d: &u32| (1..=days_max).contains(&u64::from(*d));
                if classes.is_empty()
                    || groups.len() > CONSENT_CONTEXTS_MAX
                    || !purpose.iter().all(is_good_purpose)
                    || !duration_days.iter().all(is_good_duration)
                {
                    return Err(DetailsError);
                }
                Ok(Self::Access(AccessDetail {
                    classes: Scope::of(classes.iter().map(String::as_str))
                        .map_err(|_| DetailsError)?,
                    groups: groups
                        .iter()
                        .map(|group| group.parse().map_err(|_| DetailsError))
                        .collect::<Result<_, _>>()?,
                    purpose,
                    duration_days,
                }))
            }
            Wire::Installation { installation } => {
                let installation = installation.parse().map_err(|_| DetailsError)?;
                Ok(Self::Installation(InstallationDetail { installation }))
            }
        }
    }
}

impl Serialize for AuthorizationDetail {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = match self {
            Self::Access(access) => Wire::Access {
                classes: access.classes.names().map(str::to_owned).collect(),
                groups: access.groups.iter().map(PairwiseId::to_string).collect(),
                purpose: access.purpose.clone(),
                duration_days: access.duration_days,
            },
            Self::Installation(detail) => {
                Wire::Installation { installation: detail.installation.to_string() }
            }
        };
        wire.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let printed = match parse(text) {
            Ok(details) => serde_json::to_string(&details).unwrap(),
            Err(e) => e.to_string(),
        };
        expected.assert_eq(&printed);
    }

    #[test]
    fn details_read_back() {
        check(
            r#"[{"classes":["post.content","group.name"],"type":"bailment_access","purpose":"group-management",
                "groups":["AAAAAAAAAAAAAAAAAAAAAA"],"duration_days":30}]"#,
            expect![[
                r#"[{"type":"bailment_access","classes":["group.name","post.content"],"groups":["AAAAAAAAAAAAAAAAAAAAAA"],"purpose":"group-management","duration_days":30}]"#
            ]],
        );
        check(
            r#"[{"type":"bailment_installation","installation":"ins_7"}]"#,
            expect![[r#"[{"type":"bailment_installation","installation":"ins_7"}]"#]],
        );
    }

    //= rfc9396#5
    //= type=test
    //# The AS MUST refuse to process any unknown authorization details type
    //# or authorization details not conforming to the respective type
    //# definition.
    #[test]
    fn everything_unknown_is_refused() {
        for wrong in [
            "",
            "null",
            "[]",
            "{}",
            "[{}]",
            "[7]",
            r#"[{"type":"payment_initiation"}]"#,
            r#"[{"type":"bailment_access"}]"#,
            r#"[{"type":"bailment_access","classes":[]}]"#,
            r#"[{"type":"bailment_access","classes":["a b"]}]"#,
            r#"[{"type":"bailment_access","classes":"a"}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"more":1}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"classes":["b"]}]"#,
            r#"[{"type":"bailment_access","type":"bailment_access","classes":["a"]}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"groups":["7"]}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"purpose":""}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"duration_days":0}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"duration_days":731}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"duration_days":1.5}]"#,
            r#"[{"type":"bailment_access","classes":["a"],"duration_days":-1}]"#,
            r#"[{"type":"bailment_installation","installation":"7"}]"#,
            r#"[{"type":"bailment_installation","installation":"ins_07"}]"#,
            r#"[{"type":"bailment_access","classes":["a"]}] x"#,
        ] {
            assert_eq!(parse(wrong), Err(DetailsError), "{wrong}");
        }
        assert_eq!(parse(&"[".repeat(10_000)), Err(DetailsError));
        let many = vec![r#"{"type":"bailment_access","classes":["a"]}"#; DETAILS_MAX + 1].join(",");
        assert_eq!(parse(&format!("[{many}]")), Err(DetailsError));
    }
}
