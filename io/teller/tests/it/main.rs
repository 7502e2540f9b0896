//! From the log to inboxes, letters and webhooks: a real store, a real mail server, a real receiver.

#[cfg(test)]
mod post;
#[cfg(test)]
#[path = "../../../outbound/tests/it/sink.rs"]
#[expect(dead_code, reason = "the mail server of outbound's tests, used here without TLS")]
mod sink;
#[cfg(test)]
mod telling;
#[cfg(test)]
mod world;
