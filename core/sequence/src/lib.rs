//! Sequenced decisions: the protocol by which permits and events enter the log.
