-- What partners and apps say about themselves. The log holds the salted digest of each version; the latest one counts.
CREATE TABLE details (
    id     INTEGER PRIMARY KEY,
    kind   INTEGER NOT NULL, -- as in `name`
    number INTEGER NOT NULL,
    digest BLOB    NOT NULL UNIQUE,
    text   TEXT    NOT NULL
) STRICT;
CREATE INDEX details_by_owner ON details (kind, number, id);
