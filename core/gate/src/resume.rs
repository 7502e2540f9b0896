//! Where a list goes on, in the gate's own terms.

/// A place in an upstream's list: its cursor, and how many items after it were shown or passed over already. A page of
/// the gate can end within a page of the upstream, because items that nothing may leave of are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resume {
    /// The upstream's cursor; none for the start of the list.
    pub cursor: Option<String>,
    /// Items after it that are done with.
    pub skip: u32,
}

impl Resume {
    /// The text that is sealed into a cursor of the gate.
    #[must_use]
    pub fn encode(&self) -> String {
        match &self.cursor {
            Some(cursor) => format!("{}.{cursor}", self.skip),
            None => self.skip.to_string(),
        }
    }

    /// Reads what was sealed; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (skip, cursor) = match text.split_once('.') {
            Some((skip, cursor)) => (skip, Some(cursor.to_owned())),
            None => (text, None),
        };
        let plain = skip.bytes().all(|byte| byte.is_ascii_digit());
        let skip = skip.parse().ok().filter(|_| plain)?;
        Some(Self { cursor, skip })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        for (cursor, skip) in [(None, 0), (None, 7), (Some("1340.55"), 0), (Some(""), 3)] {
            let place = Resume { cursor: cursor.map(str::to_owned), skip };
            assert_eq!(Resume::parse(&place.encode()), Some(place));
        }
        for wrong in ["", "x", "-1", "+1.a", ".a", "99999999999"] {
            assert_eq!(Resume::parse(wrong), None, "{wrong}");
        }
    }
}
