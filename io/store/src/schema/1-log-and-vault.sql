-- The log. Leaves are never changed or removed; payloads may go under a retention rule, which is why they stand apart.
CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    leaf     BLOB    NOT NULL
) STRICT;
CREATE INDEX entry_control ON entry (position) WHERE kind >= 16;
CREATE TABLE payload (
    position INTEGER PRIMARY KEY REFERENCES entry,
    salt     BLOB    NOT NULL CHECK (length(salt) = 16),
    codec    INTEGER NOT NULL CHECK (codec IN (0, 1)), -- 0 as is, 1 zstd
    bytes    BLOB    NOT NULL
) STRICT;
CREATE TABLE head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    next     INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    peaks    BLOB    NOT NULL,
    epoch    INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, 0, x'', 0);

CREATE TRIGGER entry_is_append_only_1 BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER entry_is_append_only_2 BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- `INSERT OR REPLACE` removes rows without asking a trigger for deletes.
CREATE TRIGGER entry_is_append_only_3 BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER payload_is_append_only_2 BEFORE INSERT ON payload WHEN EXISTS (SELECT 1 FROM payload WHERE position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER payload_is_append_only BEFORE UPDATE ON payload BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- The vault: numbers to identities. Erasing a row here is erasure.
CREATE TABLE external (
    kind     INTEGER NOT NULL, -- 1 person, 2 context, 3 and more: objects by kind
    number   INTEGER NOT NULL,
    external TEXT    NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX external_by_id ON external (kind, external);
CREATE TABLE name (
    kind   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
    digest BLOB PRIMARY KEY,
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE account (
    kind     INTEGER NOT NULL, -- 1 person, 2 staff
    number   INTEGER NOT NULL,
    login    TEXT    NOT NULL,
    password TEXT    NOT NULL,
    set_at   INTEGER NOT NULL,
    PRIMARY KEY (kind, number),
    UNIQUE (kind, login)
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    digest BLOB    PRIMARY KEY,
    kind   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_until ON session (until);

-- Memberships by the platform's facts. Not in memory: asked only when somebody acts in a context.
CREATE TABLE member (
    person  INTEGER NOT NULL,
    context INTEGER NOT NULL,
    PRIMARY KEY (person, context)
) STRICT, WITHOUT ROWID;
