-- Helpdesks that this desk listens to. Addresses and account names are the company's own; nothing of a customer.
CREATE TABLE helpdesk (
    id       BLOB    PRIMARY KEY CHECK (length(id) = 16),
    kind     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    -- Where it is and how it is asked, as `helpdesk` writes it; nothing for one that only sends webhooks.
    setup    TEXT,
    -- What references of its tickets begin with; empty: any.
    prefix   TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    paused   INTEGER NOT NULL DEFAULT 0,
    -- Whether it is told what became of a request.
    notes    INTEGER NOT NULL DEFAULT 1,
    -- Where the next pull goes on, as the helpdesk says it.
    cursor   TEXT,
    -- The last pull that brought an answer; why the last one did not, by code, and since when.
    answered INTEGER,
    failure  TEXT,
    failing  INTEGER,
    -- Where its webhooks arrive at the relay.
    hook     BLOB    UNIQUE CHECK (length(hook) = 16),
    -- Whether the credential lies in the system's keychain; else in the row below.
    keychain INTEGER NOT NULL
) STRICT;

-- What it is spoken to with, where there is no keychain: sealed under an entry key of its own, as every secret is.
CREATE TABLE credential (
    version  BLOB PRIMARY KEY CHECK (length(version) = 16),
    helpdesk BLOB NOT NULL REFERENCES helpdesk (id),
    -- token, hook
    kind     TEXT NOT NULL,
    body     BLOB NOT NULL,
    UNIQUE (helpdesk, kind)
) STRICT;

-- Webhooks that were judged: the same one again is a replay.
CREATE TABLE delivery (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    helpdesk BLOB    NOT NULL REFERENCES helpdesk (id),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    -- Its number at the relay: the same number again is the same one, not deleted there yet.
    number   INTEGER NOT NULL,
    UNIQUE (helpdesk, hash)
) STRICT;

-- Webhooks that were not believed: how many of a kind, and when the ledger last had a line of it.
CREATE TABLE disbelief (
    helpdesk BLOB    NOT NULL REFERENCES helpdesk (id),
    code     TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    PRIMARY KEY (helpdesk, code)
) STRICT, WITHOUT ROWID;

-- What a webhook says of a ticket and nothing has confirmed yet.
CREATE TABLE claim (
    key      TEXT    PRIMARY KEY,
    ticket   TEXT    NOT NULL,
    helpdesk BLOB    NOT NULL REFERENCES helpdesk (id),
    -- open, solved, closed, merged
    says     TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a helpdesk has still to be told, in order.
CREATE TABLE ticket_note (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    helpdesk    BLOB    NOT NULL REFERENCES helpdesk (id),
    ticket      TEXT    NOT NULL,
    -- requested, received, deleted
    says        TEXT    NOT NULL,
    certificate TEXT,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_note_helpdesk ON ticket_note (helpdesk, seq);

-- What its helpdesk said of it so far, as `helpdesk` writes it.
ALTER TABLE ticket ADD COLUMN heard TEXT;
