-- Desks that enrol with a one-time code, webhooks, and what each desk has here.

-- A desk has no token before it enrols and none after it is revoked.
CREATE TABLE desk_next (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    token_hash BLOB,
    heard      INTEGER NOT NULL DEFAULT 0,   -- UTC seconds; its last call, to within an hour
    enrolled   INTEGER,                      -- UTC seconds; when its token came
    dropped    INTEGER NOT NULL DEFAULT 0    -- webhooks not kept for it since it looked last
);
INSERT INTO desk_next (n, name, token_hash, heard) SELECT n, name, token_hash, heard FROM desk;
DROP TABLE desk;
ALTER TABLE desk_next RENAME TO desk;

-- The newest code of a desk. Only its hash: 120 random bits need no more.
CREATE TABLE code (
    desk    INTEGER PRIMARY KEY,
    hash    BLOB NOT NULL,
    expires INTEGER NOT NULL,                -- UTC seconds
    used_by BLOB                             -- hash of the token that came with it
);

CREATE TABLE hook (
    id   BLOB PRIMARY KEY,
    desk INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX hook_of_desk ON hook (desk);

-- Numbers are never used again: a desk says by number what it is done with.
CREATE TABLE delivery (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    desk    INTEGER NOT NULL,
    hook    BLOB NOT NULL,
    at      INTEGER NOT NULL,                -- UTC seconds
    headers TEXT NOT NULL,                   -- JSON, pairs of name and value
    body    BLOB NOT NULL
);
CREATE INDEX delivery_of_desk ON delivery (desk, n);
CREATE INDEX delivery_at ON delivery (at);

-- A desk has one bell for its webhooks, rung again by every new one; it is about box 0, which no box is.
CREATE UNIQUE INDEX event_bell ON event (desk) WHERE kind = 4;

-- Counted as it changes: a quota must not cost a look at everything.
CREATE TABLE used (
    desk       INTEGER PRIMARY KEY,
    boxes      INTEGER NOT NULL DEFAULT 0,   -- open: what they take or hold is not collected yet
    bytes      INTEGER NOT NULL DEFAULT 0,   -- charged for chunks, and for webhooks that wait
    deliveries INTEGER NOT NULL DEFAULT 0    -- waiting
);
INSERT INTO used (desk) SELECT n FROM desk;
UPDATE used SET boxes = (SELECT count(*) FROM box WHERE box.desk = used.desk AND state IN (0, 1, 2)),
                bytes = (SELECT coalesce(sum(held), 0) FROM box WHERE box.desk = used.desk);
CREATE TRIGGER desk_added AFTER INSERT ON desk BEGIN
    INSERT OR IGNORE INTO used (desk) VALUES (NEW.n);
END;
CREATE TRIGGER box_added AFTER INSERT ON box BEGIN
    UPDATE used SET boxes = boxes + (NEW.state IN (0, 1, 2)), bytes = bytes + NEW.held WHERE desk = NEW.desk;
END;
CREATE TRIGGER box_changed AFTER UPDATE OF state, held ON box
WHEN OLD.held <> NEW.held OR (OLD.state IN (0, 1, 2)) <> (NEW.state IN (0, 1, 2)) BEGIN
    UPDATE used SET boxes = boxes + (NEW.state IN (0, 1, 2)) - (OLD.state IN (0, 1, 2)),
                    bytes = bytes + NEW.held - OLD.held WHERE desk = NEW.desk;
END;
CREATE TRIGGER box_gone AFTER DELETE ON box BEGIN
    UPDATE used SET boxes = boxes - (OLD.state IN (0, 1, 2)), bytes = bytes - OLD.held WHERE desk = OLD.desk;
END;
CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN
    UPDATE used SET deliveries = deliveries + 1, bytes = bytes + max(length(NEW.body), 4096) WHERE desk = NEW.desk;
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON delivery BEGIN
    UPDATE used SET deliveries = deliveries - 1, bytes = bytes - max(length(OLD.body), 4096) WHERE desk = OLD.desk;
END;
