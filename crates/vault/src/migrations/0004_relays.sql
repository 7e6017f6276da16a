-- Relays this desk speaks to or spoke to. 0 is the one inside it, whose token never leaves the process.
CREATE TABLE relay (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    origin  TEXT    NOT NULL,
    -- As its operator calls this desk; none before it answered.
    name    TEXT,
    -- enrolling, current, finishing, ended
    state   TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    -- The token, sealed; none for the relay inside, and for one that was let go of.
    version BLOB    UNIQUE CHECK (length(version) = 16),
    body    BLOB
) STRICT;
INSERT INTO relay (id, origin, state, since) VALUES (0, '', 'current', 0);
CREATE UNIQUE INDEX relay_current ON relay (state) WHERE state = 'current';

-- A round stays on the relay it was made on.
ALTER TABLE round ADD COLUMN relay INTEGER NOT NULL DEFAULT 0;
CREATE INDEX round_relay ON round (relay, state);

-- What a relay keeps of a request key: never the share itself.
CREATE TABLE share (
    box_id   BLOB    NOT NULL REFERENCES round (box_id),
    class    INTEGER NOT NULL,
    -- When the relay deletes it by itself, as it last confirmed, and the latest that can be.
    term     INTEGER NOT NULL,
    term_max INTEGER NOT NULL,
    -- kept; lost: the relay says that its term passed; gone: the relay confirmed that it deleted it
    state    TEXT    NOT NULL DEFAULT 'kept',
    PRIMARY KEY (box_id, class)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_kept ON share (box_id, class) WHERE state = 'kept';

-- The class whose share is to be deleted.
ALTER TABLE outbox ADD COLUMN class INTEGER;
