//! Seeded actors, virtual time, replicas and faults over the sequencing protocol.
