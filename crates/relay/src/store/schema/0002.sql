-- To let go of what was collected by a desk that never came back.

ALTER TABLE box ADD COLUMN collected INTEGER;              -- UTC seconds
UPDATE box SET collected = CAST(strftime('%s', 'now') AS INTEGER) WHERE state = 3;
CREATE INDEX box_collected ON box (collected) WHERE state = 3;

ALTER TABLE desk ADD COLUMN heard INTEGER NOT NULL DEFAULT 0; -- UTC seconds; its last call, to within an hour
