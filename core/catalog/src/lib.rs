//! An OpenAPI 3.1 document with data classes, parsed, checked and compiled.
