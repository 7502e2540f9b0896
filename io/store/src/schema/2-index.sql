-- Use by day, and what the register's history and recipients' pages read. Everything is made again from the log: the
-- count of people on a day needs every row of `seen` to have been met in order.
DROP TABLE seen;
CREATE TABLE seen (
    person  INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    app     INTEGER NOT NULL,
    context INTEGER NOT NULL, -- -1: none
    classes BLOB    NOT NULL,
    through INTEGER NOT NULL, -- bits: 1 the installation, 2 the person's own grant, 4 somebody else's
    times   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (person, day, app, context)
) STRICT, WITHOUT ROWID;
DELETE FROM concerns;
UPDATE done SET next = 0;
-- How much of a class an app took for a program and purpose, a row a day.
CREATE TABLE used (
    app         INTEGER NOT NULL,
    program     INTEGER NOT NULL,
    purpose     INTEGER NOT NULL,
    class       INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    disclosures INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    PRIMARY KEY (app, program, purpose, class, day)
) STRICT, WITHOUT ROWID;
-- Distinct people about whom a class left to an app, a row a day.
CREATE TABLE shown (
    app    INTEGER NOT NULL,
    class  INTEGER NOT NULL,
    day    INTEGER NOT NULL,
    people INTEGER NOT NULL,
    PRIMARY KEY (app, class, day)
) STRICT, WITHOUT ROWID;
-- When an app last took something of a group or conversation.
CREATE TABLE place (
    app         INTEGER NOT NULL,
    context     INTEGER NOT NULL,
    disclosures INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    PRIMARY KEY (app, context)
) STRICT, WITHOUT ROWID;
-- The life of each installation (kind 1) and grant (kind 2).
CREATE TABLE life (
    kind     INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    made     INTEGER NOT NULL, -- position
    made_at  INTEGER NOT NULL,
    ended    INTEGER,
    ended_at INTEGER,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
-- Control events of the register: without one of the two it concerns everybody.
CREATE TABLE register (
    position INTEGER PRIMARY KEY,
    partner  INTEGER,
    app      INTEGER
) STRICT;
CREATE INDEX register_by_partner ON register (partner, app);
CREATE INDEX register_by_app ON register (app);
