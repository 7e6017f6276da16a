-- The relay knows opaque ids, hashes, times and ciphertext. Nothing here opens anything.

CREATE TABLE desk (
    n          INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    token_hash BLOB NOT NULL
);

-- A number is never used again: a call may name a box that ended while it was under way.
CREATE TABLE box (
    n            INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE,
    desk         INTEGER NOT NULL,
    token_hash   BLOB NOT NULL,
    opened_hash  BLOB NOT NULL,              -- over everything the desk asked for, to know a repetition
    request_hash BLOB NOT NULL,
    state        INTEGER NOT NULL,
    expires      INTEGER NOT NULL,           -- UTC seconds
    chunk_size   INTEGER NOT NULL,           -- bytes
    limit_bytes  INTEGER NOT NULL,
    limit_parts  INTEGER NOT NULL,
    held         INTEGER NOT NULL DEFAULT 0, -- bytes charged for stored chunks
    touches      INTEGER NOT NULL DEFAULT 0, -- counts stored chunks, to know which part was touched last
    submit       BLOB,                       -- record and MAC, once accepted
    submit_hash  BLOB,
    record_hash  BLOB,
    sent         INTEGER,                    -- UTC seconds
    ended        INTEGER                     -- UTC seconds; purged, expired or revoked
);
CREATE INDEX box_open  ON box (expires) WHERE state IN (0, 1);
CREATE INDEX box_sent  ON box (sent)    WHERE state = 2;
CREATE INDEX box_ended ON box (ended)   WHERE ended IS NOT NULL;

-- Apart from `box`, whose rows change often and should stay small.
CREATE TABLE sealed_request (
    box   INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);

CREATE TABLE part (
    n       INTEGER PRIMARY KEY,
    box     INTEGER NOT NULL,
    id      BLOB NOT NULL,
    held    INTEGER NOT NULL DEFAULT 0,
    touched INTEGER NOT NULL DEFAULT 0,
    UNIQUE (box, id)
);

CREATE TABLE chunk (
    part   INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    length INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    blob   BLOB NOT NULL,                    -- the file's name
    PRIMARY KEY (part, n)
) WITHOUT ROWID;

CREATE TABLE note (
    box   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (box, seq)
) WITHOUT ROWID;

CREATE TABLE event (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    desk INTEGER NOT NULL,
    box  INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    word BLOB
);
CREATE INDEX event_of_desk ON event (desk, seq);
CREATE UNIQUE INDEX event_once ON event (box, kind, word);
