//! The log's entries: bytes of leaves and payloads, leaf hashes, the running tree.
