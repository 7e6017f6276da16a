-- A person said where the ticket stands: nobody else has to be asked before something ends by it.
ALTER TABLE ticket ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
-- When its helpdesk, asked, last said anything of it.
ALTER TABLE ticket ADD COLUMN mentioned INTEGER;
-- Notes that the helpdesk refused for good: how many, and when the last.
ALTER TABLE helpdesk ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE helpdesk ADD COLUMN refused_at INTEGER;
-- Why a link that waited was taken back, by code, where no person here did it.
ALTER TABLE round ADD COLUMN taken_back TEXT;
-- When it came to its ticket by a merge.
ALTER TABLE request ADD COLUMN joined INTEGER;
-- Why the helpdesk could not be asked about this ticket; asked again when it is claimed again, or after a day.
ALTER TABLE claim ADD COLUMN unsettled TEXT;
