-- Derived from the log; can be deleted and made again.
CREATE TABLE done (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    next INTEGER NOT NULL
) STRICT;
INSERT INTO done VALUES (1, 0);
-- Who was seen by which app, a row a day.
CREATE TABLE seen (
    person  INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    app     INTEGER NOT NULL,
    context INTEGER NOT NULL, -- -1: none
    classes BLOB    NOT NULL,
    times   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (person, day, app, context)
) STRICT, WITHOUT ROWID;
-- Which control events concern a person.
CREATE TABLE concerns (
    person   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (person, position)
) STRICT, WITHOUT ROWID;
