//! The slow and obvious model of deciding, straight from the list of events.
