//! The built-in community platform: an ordinary upstream.
