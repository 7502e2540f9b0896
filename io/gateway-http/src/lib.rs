//! The partner's API: the gate over HTTP.
