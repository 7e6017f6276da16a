-- How a round was filled: "link" by the customer; "filled" by the agent, where its link waited; "desk" by the agent,
-- without a link: no relay has its box.
ALTER TABLE round ADD COLUMN way TEXT NOT NULL DEFAULT 'link';
-- The round that was not enough, and why, by code.
ALTER TABLE round ADD COLUMN follows BLOB;
ALTER TABLE round ADD COLUMN why TEXT;
-- Until this moment it is kept as a guarantee; the rule for its end counts from then.
ALTER TABLE holding ADD COLUMN kept_until INTEGER;
-- How often somebody was told that its end comes near and nobody looked.
ALTER TABLE holding ADD COLUMN warned INTEGER NOT NULL DEFAULT 0;
-- A longer term that the customer may say yes to.
ALTER TABLE holding ADD COLUMN offered INTEGER;

-- Who reminded the customer of a link that waits, found without reading the ledger. Content-free, as the ledger is.
CREATE TABLE reminder (
    leaf   INTEGER PRIMARY KEY,
    box_id BLOB    NOT NULL REFERENCES round (box_id),
    at     INTEGER NOT NULL,
    person BLOB    NOT NULL
) STRICT;
CREATE INDEX reminder_box ON reminder (box_id, leaf);
