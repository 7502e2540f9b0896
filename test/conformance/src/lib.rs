//! Black-box runs of the whole program.
