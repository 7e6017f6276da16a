-- Who opened what and covered it again, found by round without reading the ledger. Content-free, as the ledger is.
CREATE TABLE look (
    leaf   INTEGER PRIMARY KEY,
    box_id BLOB    NOT NULL REFERENCES round (box_id),
    at     INTEGER NOT NULL,
    person BLOB    NOT NULL,
    class  INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    -- opened, covered, failed
    what   TEXT    NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX look_box ON look (box_id, leaf);
