//! OAuth 2.1 messages, one module an RFC: bytes become types, once.
