//! One file for each thing a caller can ask for: state in, commit out.
