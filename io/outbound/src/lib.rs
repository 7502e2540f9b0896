//! Every outgoing HTTP request.
