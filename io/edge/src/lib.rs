//! What HTTP surfaces share: problems, request ids, sessions, hand-over tracking.
