//! Numbers, times, class masks, secrets and limits that every other crate speaks in.
