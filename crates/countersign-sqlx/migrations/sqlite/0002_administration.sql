-- When a token's note or expiry was last changed, and when it was last used.
ALTER TABLE token ADD COLUMN updated_at INTEGER;
ALTER TABLE token ADD COLUMN last_used_at INTEGER;

-- A token without id could not be revoked. Those that were kept without one get one: of the oldest possible time, and random,
-- as ids are made.
UPDATE token SET id = CAST('000000000000' || lower(hex(randomblob(10))) AS BLOB) WHERE id IS NULL;

-- Lists run by id, newest first.
CREATE INDEX token_by_subject ON token (subject, id);
CREATE INDEX token_by_organisation ON token (organisation, id) WHERE organisation IS NOT NULL;
CREATE INDEX token_by_client ON token (client_id, id) WHERE client_id IS NOT NULL;

-- What can be forgotten is found without reading everything.
CREATE INDEX token_by_expiry ON token (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX token_by_revocation ON token (revoked_at) WHERE revoked_at IS NOT NULL;
