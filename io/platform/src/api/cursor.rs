//! Where a list goes on: the sort key of the last item shown.
//!
//! It is opaque by convention only. The gate seals it, because a sort key says something.

use std::fmt;

use super::Problem;

/// Items on a page if the request does not say.
pub(crate) const LIMIT_DEFAULT: usize = 25;
/// Most items on a page.
pub(crate) const LIMIT_MAX: usize = 100;

/// Sort key: time first, id second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    /// Id of the item.
    pub(crate) id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

/// What a list request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) limit: usize,
    pub(crate) after: Option<Cursor>,
}

impl Paging {
    /// Reads `limit` and `cursor`; anything else in a query is refused.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let mut paging = Self { limit: LIMIT_DEFAULT, after: None };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                    paging.limit = limit.ok_or_else(|| {
                        Problem::Invalid(format!("`limit` is a number from 1 to {LIMIT_MAX}"))
                    })?;
                }
                "cursor" => paging.after = Some(parse_cursor(&value)?),
                _ => return Err(Problem::Invalid("unknown query parameter".to_owned())),
            }
        }
        Ok(paging)
    }
}

fn parse_cursor(text: &str) -> Result<Cursor, Problem> {
    let parts =
        text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let (at, id) =
        parts.ok_or_else(|| Problem::Invalid("`cursor` is not one of ours".to_owned()))?;
    Ok(Cursor { at, id })
}
