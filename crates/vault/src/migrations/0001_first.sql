-- Clear columns hold opaque ids, ticket references, states and times (UTC seconds) only. Everything else is sealed
-- under an entry key that lives in the keyring, never here: freed pages and WAL frames outlive every DELETE.

CREATE TABLE vault (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    created      INTEGER NOT NULL,
    -- The ledger's commit: what of ledger.log counts.
    ledger_size  INTEGER NOT NULL,
    ledger_bytes INTEGER NOT NULL,
    ledger_root  BLOB    NOT NULL CHECK (length(ledger_root) = 32),
    -- Retention time only moves forward.
    time_high    INTEGER NOT NULL,
    -- The key epoch of the last change: keys older than that were put back from somewhere.
    epoch        INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    version      BLOB    NOT NULL UNIQUE CHECK (length(version) = 16),
    role         TEXT    NOT NULL,
    memory_kib   INTEGER NOT NULL,
    passes       INTEGER NOT NULL,
    lanes        INTEGER NOT NULL,
    salt         BLOB    NOT NULL,
    recipient    TEXT    NOT NULL,
    signing      BLOB    NOT NULL CHECK (length(signing) = 32),
    body         BLOB    NOT NULL,
    -- Counted across restarts; not bound to the sealed body.
    failed       INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE class_key (
    class      INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    recipient  TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    PRIMARY KEY (class, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE grant_ (
    version    BLOB    PRIMARY KEY CHECK (length(version) = 16),
    -- NULL: the recovery recipient.
    person     BLOB    REFERENCES person (id),
    class      INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    body       BLOB    NOT NULL
) STRICT;
CREATE INDEX grant_person ON grant_ (person);

-- A ticket is found by its key: its reference without a leading #, in lower case, as helpdesks mean it.
CREATE TABLE ticket (
    key         TEXT    PRIMARY KEY,
    state       TEXT    NOT NULL,
    solved      INTEGER,
    closed      INTEGER,
    -- As it is written, and its key.
    merged_into TEXT,
    merged_key  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_merged ON ticket (merged_key) WHERE merged_key IS NOT NULL;

CREATE TABLE request (
    id       BLOB    PRIMARY KEY CHECK (length(id) = 16),
    ticket   TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    template TEXT    NOT NULL,
    -- A person's or queue's id; the brand it is asked for.
    owner    TEXT    NOT NULL,
    client   TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    -- What the inbox shows, kept up with every change of a round.
    shelf    TEXT    NOT NULL,
    moved    INTEGER NOT NULL,
    due      INTEGER
) STRICT;
CREATE INDEX request_shelf ON request (shelf, moved DESC, id);
CREATE INDEX request_moved ON request (moved DESC, id);
CREATE INDEX request_ticket ON request (ticket COLLATE NOCASE, moved DESC, id);
CREATE INDEX request_key ON request (key, created, id);
CREATE INDEX request_shelf_ticket ON request (shelf, ticket COLLATE NOCASE, moved DESC, id);

-- One count a shelf, so that the inbox's headings cost nothing at a million requests.
CREATE TABLE shelf_count (
    shelf TEXT    PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER request_counted AFTER INSERT ON request BEGIN
    INSERT INTO shelf_count (shelf, count) VALUES (new.shelf, 1)
        ON CONFLICT (shelf) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER request_recounted AFTER UPDATE OF shelf ON request WHEN old.shelf <> new.shelf BEGIN
    UPDATE shelf_count SET count = count - 1 WHERE shelf = old.shelf;
    INSERT INTO shelf_count (shelf, count) VALUES (new.shelf, 1)
        ON CONFLICT (shelf) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER request_uncounted AFTER DELETE ON request BEGIN
    UPDATE shelf_count SET count = count - 1 WHERE shelf = old.shelf;
END;

CREATE TABLE round (
    box_id       BLOB    PRIMARY KEY CHECK (length(box_id) = 16),
    request      BLOB    NOT NULL REFERENCES request (id),
    number       INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    opened       INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    request_hash BLOB    NOT NULL CHECK (length(request_hash) = 32),
    arrived      INTEGER,
    -- When somebody first opened something of it.
    looked       INTEGER,
    -- The submit body, its hash and what its digests are counted in; the body goes with the purge.
    submit_body  BLOB,
    record_hash  BLOB,
    collect_leaf INTEGER,
    chunk_size   INTEGER,
    problem      TEXT,
    notes        INTEGER NOT NULL DEFAULT 0,
    -- When the status page ends and the sealed row `box` goes too.
    status_end   INTEGER,
    UNIQUE (request, number)
) STRICT;
CREATE INDEX round_state ON round (state, expires);
CREATE INDEX round_status_end ON round (status_end) WHERE status_end IS NOT NULL;

CREATE TABLE slot (
    box_id BLOB    NOT NULL REFERENCES round (box_id),
    slot   INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    class  INTEGER NOT NULL,
    -- How many parts it takes at most.
    parts  INTEGER NOT NULL,
    PRIMARY KEY (box_id, slot)
) STRICT, WITHOUT ROWID;

-- One row per class a round touches: its recipient, how long it lives, and how far its end has come.
CREATE TABLE holding (
    box_id     BLOB    NOT NULL REFERENCES round (box_id),
    class      INTEGER NOT NULL,
    recipient  TEXT    NOT NULL,
    -- The promise: seconds after solved, seconds after a close without a charge, and the absolute end.
    grace      INTEGER NOT NULL,
    term       INTEGER NOT NULL,
    term_max   INTEGER NOT NULL,
    due        INTEGER,
    rule       TEXT,
    held_until INTEGER,
    -- Deferred: a holding is taken for a purge in the change that then writes the purge down.
    purge      BLOB    REFERENCES purge (id) DEFERRABLE INITIALLY DEFERRED,
    -- alive, destroying, gone
    state      TEXT    NOT NULL DEFAULT 'alive',
    PRIMARY KEY (box_id, class)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_due ON holding (due) WHERE state = 'alive' AND due IS NOT NULL;
CREATE INDEX holding_purge ON holding (purge);

CREATE TABLE part (
    box_id BLOB    NOT NULL REFERENCES round (box_id),
    part   BLOB    NOT NULL,
    class  INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    length INTEGER NOT NULL,
    blob   BLOB    NOT NULL UNIQUE CHECK (length(blob) = 16),
    PRIMARY KEY (box_id, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE request_wrap (
    version    BLOB    PRIMARY KEY CHECK (length(version) = 16),
    box_id     BLOB    NOT NULL REFERENCES round (box_id),
    class      INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    body       BLOB    NOT NULL
) STRICT;
CREATE INDEX request_wrap_box ON request_wrap (box_id, class);

CREATE TABLE box (
    version BLOB PRIMARY KEY CHECK (length(version) = 16),
    box_id  BLOB NOT NULL UNIQUE REFERENCES round (box_id),
    body    BLOB NOT NULL
) STRICT;

CREATE TABLE remark (
    version BLOB    PRIMARY KEY CHECK (length(version) = 16),
    box_id  BLOB    NOT NULL REFERENCES round (box_id),
    -- NULL: goes with the round's last class.
    class   INTEGER,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    BLOB    NOT NULL
) STRICT;
CREATE INDEX remark_box ON remark (box_id);

CREATE TABLE purge (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    ticket         TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    rule           TEXT    NOT NULL,
    person         BLOB,
    due            INTEGER NOT NULL,
    begun          INTEGER NOT NULL,
    -- destroying, recorded, removed, certified
    state          TEXT    NOT NULL,
    epoch_from     INTEGER NOT NULL,
    epoch_to       INTEGER,
    items          INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    method         TEXT,
    intent_leaf    INTEGER NOT NULL,
    destroyed_leaf INTEGER,
    completed_leaf INTEGER,
    completed      INTEGER
) STRICT;
-- Not by state: a step of very many would then move them all about.
CREATE INDEX purge_unfinished ON purge (begun) WHERE state <> 'certified';
CREATE INDEX purge_begun ON purge (begun DESC, id);
CREATE INDEX purge_key ON purge (key, begun DESC);

-- What the relay has still to be told, in order, a box at a time.
CREATE TABLE outbox (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    box_id  BLOB    NOT NULL,
    kind    TEXT    NOT NULL,
    -- The number of a note; its sealed bytes, or the hash that `collected` names.
    number  INTEGER,
    payload BLOB,
    purge   BLOB
) STRICT;
CREATE INDEX outbox_box ON outbox (box_id);

CREATE TABLE cursor (
    relay TEXT    PRIMARY KEY,
    after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The same word twice is one.
CREATE TABLE word (
    box_id BLOB NOT NULL REFERENCES round (box_id),
    hash   BLOB NOT NULL,
    PRIMARY KEY (box_id, hash)
) STRICT, WITHOUT ROWID;
