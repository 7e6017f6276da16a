-- At which relay a helpdesk's webhooks were last known to arrive: where their address was shown, or one came.
ALTER TABLE helpdesk ADD COLUMN hook_relay INTEGER REFERENCES relay (id);
UPDATE helpdesk SET hook_relay = (SELECT id FROM relay WHERE state = 'current') WHERE hook IS NOT NULL;
