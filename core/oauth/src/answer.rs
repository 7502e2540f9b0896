//! What an endpoint answers, before a server knows about it.

/// An answer of a protocol endpoint. It may carry tokens: there is no `Debug`, and it must not be logged.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub body: String,
}

impl Answer {
    /// A JSON answer that nobody may keep.
    pub(crate) fn json(status: u16, body: &impl serde::Serialize) -> Self {
        //= rfc6749#5.1
        //# The authorization server MUST include the HTTP "Cache-Control"
        //# response header field [RFC2616] with a value of "no-store" in any
        //# response containing tokens, credentials, or other sensitive
        //# information
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("pragma", "no-cache".to_owned()),
        ];
        // Our bodies are structs of strings and numbers, which always have a JSON form.
        let body = serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned());
        Self { status, headers, body }
    }

    /// The same answer with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}
