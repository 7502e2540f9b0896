-- What is kept for minutes or a day, and may refuse but never allow: proofs that were used, proposals that wait for a second person.
CREATE TABLE once (
    key   BLOB    PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX once_until ON once (until);
-- Numbers are never reused: a confirmation must not find another proposal under the number that somebody read.
CREATE TABLE proposal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    by     INTEGER NOT NULL, -- staff number; 0 the operator
    at     INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    text   TEXT    NOT NULL
) STRICT;
