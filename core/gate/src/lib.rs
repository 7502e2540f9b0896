//! From an upstream answer to records, and from masks to the only body that may leave.
