//! State as the fold of the log, and the decision: which class of whom may leave.
