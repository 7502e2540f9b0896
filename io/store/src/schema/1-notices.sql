-- Notices: numbers only, so that erasing a name in the vault takes effect on what was told long ago.
-- A file of its own: telling never waits for the log's append lock, nor the other way round.
CREATE TABLE teller (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    next       INTEGER NOT NULL, -- the log is told up to here, exclusive
    checked_at INTEGER NOT NULL  -- ends and marks up to this instant are told
) STRICT;
CREATE TABLE notice (
    id             INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: receivers know a notice by it
    recipient_kind INTEGER NOT NULL CHECK (recipient_kind IN (1, 2, 3, 4)), -- person, partner, staff, members of a context
    recipient      INTEGER NOT NULL, -- 0 for staff
    but            INTEGER, -- of members: who is not meant
    kind           INTEGER NOT NULL,
    key            TEXT    NOT NULL,
    severity       INTEGER NOT NULL,
    details        BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    read_at        INTEGER, -- of members: see mark
    UNIQUE (recipient_kind, recipient, key)
) STRICT;
CREATE INDEX notice_of ON notice (recipient_kind, recipient, id);
CREATE INDEX notice_unread ON notice (recipient_kind, recipient, id) WHERE read_at IS NULL;
-- What one member has read of what all members are told.
CREATE TABLE mark (
    person INTEGER NOT NULL,
    notice INTEGER NOT NULL REFERENCES notice ON DELETE CASCADE,
    PRIMARY KEY (person, notice)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_of ON mark (notice);
CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    notice     INTEGER NOT NULL REFERENCES notice ON DELETE CASCADE,
    channel    INTEGER NOT NULL CHECK (channel IN (1, 2)), -- e-mail, webhook
    reader     INTEGER NOT NULL, -- of members: the person that this one is for; -1 for the recipient itself
    state      INTEGER NOT NULL CHECK (state IN (0, 1, 2, 3)), -- waiting, done, dead, nobody to send it to
    attempts   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    trouble    TEXT,
    UNIQUE (notice, channel, reader)
) STRICT;
CREATE INDEX delivery_waiting ON delivery (next_at) WHERE state = 0;
-- Where e-mail goes, and in which language. Erased with the person.
CREATE TABLE address (
    recipient_kind INTEGER NOT NULL CHECK (recipient_kind IN (1, 2, 3)),
    recipient      INTEGER NOT NULL,
    email          TEXT    NOT NULL,
    language       TEXT    NOT NULL,
    PRIMARY KEY (recipient_kind, recipient)
) STRICT, WITHOUT ROWID;
