-- "@" is replaced by the schema and the table prefix, "#" by the prefix alone.
--
-- Times are microseconds since 1970-01-01T00:00:00Z. Texts are kept as bytes, in UTF-8: no collation, no encoding and no NUL
-- can make two of them equal, or refuse one. To read them: SELECT convert_from(id, 'UTF8'), convert_from(subject, 'UTF8') FROM …

-- Which versions of these tables were made, and when.
CREATE TABLE @schema (
    countersign_version integer PRIMARY KEY,
    made_at             timestamptz NOT NULL DEFAULT now()
);

-- Secrets are kept as they are: whoever verifies an HMAC needs the key itself. The newest has the largest sequence. There is
-- room in each page for the next version of a row of which is recorded when it last matched.
CREATE TABLE @secret (
    sequence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_id       bytea NOT NULL,
    label        bytea,
    secret       bytea NOT NULL,
    not_before   bigint,
    not_after    bigint,
    last_matched bigint,
    CONSTRAINT #secret_label UNIQUE (key_id, label)
) WITH (fillfactor = 90);

-- Tokens are known by their SHA-256 alone. There is room in each page for the next version of a row whose use is recorded.
CREATE TABLE @token (
    digest         bytea PRIMARY KEY CHECK (length(digest) = 32),
    id             bytea NOT NULL CONSTRAINT #token_id UNIQUE,
    subject        bytea NOT NULL,
    client_id      bytea,
    organisation   bytea,
    scope          bytea NOT NULL,
    note           bytea,
    format         bytea,
    last_four      bytea,
    created_at     bigint,
    updated_at     bigint,
    last_used_at   bigint,
    not_before     bigint,
    expires_at     bigint,
    revoked_at     bigint,
    revoked_reason bytea
) WITH (fillfactor = 90);

-- Lists run by id, newest first.
CREATE INDEX #token_by_subject ON @token (subject, id);
CREATE INDEX #token_by_organisation ON @token (organisation, id) WHERE organisation IS NOT NULL;
CREATE INDEX #token_by_client ON @token (client_id, id) WHERE client_id IS NOT NULL;

-- What can be forgotten is found without reading everything.
CREATE INDEX #token_by_expiry ON @token (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX #token_by_revocation ON @token (revoked_at) WHERE revoked_at IS NOT NULL;

-- Spent nonces, by the SHA-256 over scheme, key id and nonce; told is the time by which they were spent.
CREATE TABLE @nonce (
    fingerprint bytea PRIMARY KEY CHECK (length(fingerprint) = 32),
    key_id      bytea NOT NULL,
    slot        smallint NOT NULL,
    told        bigint NOT NULL,
    expires     bigint NOT NULL
);

CREATE INDEX #nonce_by_expiry ON @nonce (expires);
CREATE INDEX #nonce_by_key_and_expiry ON @nonce (key_id, expires);
CREATE INDEX #nonce_by_time ON @nonce (told);

-- One row: the newest time by which nonces were forgotten.
CREATE TABLE @nonce_state (
    one    boolean PRIMARY KEY CHECK (one),
    newest bigint NOT NULL
);

INSERT INTO @nonce_state (one, newest) VALUES (TRUE, -9223372036854775808);

-- How many nonces there are, of a key and (under the empty key id, which no key has) of all keys, so that no claim has to
-- count them. In several slots, so that claims which write to the disk at the same time need not wait for one another.
CREATE TABLE @nonce_count (
    key_id bytea NOT NULL,
    slot   smallint NOT NULL,
    live   bigint NOT NULL,
    CONSTRAINT #nonce_count_of PRIMARY KEY (key_id, slot)
) WITH (fillfactor = 50);

-- Claims a nonce: 0 when it is fresh, 1 when it was seen, 2 when there is no room for it in this slot, or a nonce of the
-- same fingerprint is over and has to be forgotten first; nothing was spent then.
--
-- Locks are taken in the order nonce, count of all, count of the key, and by `forget` likewise.
CREATE FUNCTION @claim(
    the_fingerprint bytea, the_key bytea, the_time bigint, the_end bigint, the_slot smallint, room bigint, key_room bigint
) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
    newest_time bigint;
    known_end   bigint;
BEGIN
    -- At any other level the statements below would not see what others have committed meanwhile.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'nonces are claimed at the isolation level read committed only';
    END IF;
    PERFORM set_config('synchronous_commit', 'on', TRUE);

    newest_time := greatest(the_time, (SELECT newest FROM @nonce_state), (SELECT max(told) FROM @nonce));
    IF the_end <= newest_time THEN
        RETURN 1;
    END IF;
    SELECT expires INTO known_end FROM @nonce WHERE fingerprint = the_fingerprint;
    IF FOUND THEN
        RETURN CASE WHEN known_end > newest_time THEN 1 ELSE 2 END;
    END IF;
    -- Before anything is written: a refusal costs no wait for the disk.
    IF EXISTS (
        SELECT FROM @nonce_count
        WHERE slot = the_slot AND (key_id = '' AND live >= room OR key_id = the_key AND live >= key_room)
    ) THEN
        RETURN 2;
    END IF;

    -- Waits for whoever is claiming or forgetting the same one.
    INSERT INTO @nonce (fingerprint, key_id, slot, told, expires)
    VALUES (the_fingerprint, the_key, the_slot, the_time, the_end) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 1;
    END IF;
    INSERT INTO @nonce_count AS counted (key_id, slot, live) VALUES ('', the_slot, 1)
    ON CONFLICT (key_id, slot) DO UPDATE SET live = counted.live + 1 WHERE counted.live < room;
    IF NOT FOUND THEN
        DELETE FROM @nonce WHERE fingerprint = the_fingerprint;
        RETURN 2;
    END IF;
    INSERT INTO @nonce_count AS counted (key_id, slot, live) VALUES (the_key, the_slot, 1)
    ON CONFLICT (key_id, slot) DO UPDATE SET live = counted.live + 1 WHERE counted.live < key_room;
    IF NOT FOUND THEN
        DELETE FROM @nonce WHERE fingerprint = the_fingerprint;
        UPDATE @nonce_count SET live = live - 1 WHERE key_id = '' AND slot = the_slot;
        RETURN 2;
    END IF;

    -- It may have been forgotten while this ran, by somebody whose clock is ahead, who then has left that time here.
    RETURN CASE WHEN the_end > (SELECT newest FROM @nonce_state) THEN 0 ELSE 1 END;
END $$;

-- Forgets some nonces that are over, at most `step` of all and as many of one key, and this one if it is; says how many.
-- Only one does it at a time; whoever does not want to wait for another goes away.
CREATE FUNCTION @forget(the_fingerprint bytea, the_key bytea, the_time bigint, step bigint, wait boolean)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    newest_time bigint;
    counted     record;
    forgotten   bigint := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'nonces are forgotten at the isolation level read committed only';
    END IF;
    PERFORM set_config('synchronous_commit', 'on', TRUE);

    newest_time := greatest(the_time, (SELECT newest FROM @nonce_state), (SELECT max(told) FROM @nonce));
    IF NOT EXISTS (SELECT FROM @nonce WHERE expires <= newest_time) THEN
        RETURN 0;
    END IF;
    IF wait THEN
        PERFORM FROM @nonce_state FOR UPDATE;
    ELSE
        PERFORM FROM @nonce_state FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN 0;
        END IF;
    END IF;
    -- In the same transaction as what is forgotten by it: a clock that is set back finds nothing to revive.
    UPDATE @nonce_state SET newest = greatest(newest, newest_time) RETURNING newest INTO newest_time;

    FOR counted IN
        WITH due AS MATERIALIZED (
            (SELECT fingerprint FROM @nonce WHERE expires <= newest_time ORDER BY expires LIMIT step)
            UNION
            (SELECT fingerprint FROM @nonce WHERE key_id = the_key AND expires <= newest_time ORDER BY expires LIMIT step)
            UNION
            SELECT the_fingerprint
        ), gone AS (
            DELETE FROM @nonce AS nonce USING due
            WHERE nonce.fingerprint = due.fingerprint AND nonce.expires <= newest_time
            RETURNING nonce.key_id, nonce.slot
        )
        SELECT ''::bytea AS key_id, slot, count(*) AS many FROM gone GROUP BY slot
        UNION ALL
        SELECT key_id, slot, count(*) FROM gone GROUP BY key_id, slot
        ORDER BY key_id, slot
    LOOP
        UPDATE @nonce_count SET live = live - counted.many WHERE key_id = counted.key_id AND slot = counted.slot;
        IF counted.key_id = '' THEN
            forgotten := forgotten + counted.many;
        ELSE
            DELETE FROM @nonce_count WHERE key_id = counted.key_id AND slot = counted.slot AND live <= 0;
        END IF;
    END LOOP;
    RETURN forgotten;
END $$;

-- A slot with room for a nonce of this key, if there is one.
CREATE FUNCTION @slot_with_room(the_key bytea, slots integer, room bigint, key_room bigint)
RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT slot::smallint FROM generate_series(0, slots - 1) AS slot
    WHERE NOT EXISTS (
        SELECT FROM @nonce_count AS counted
        WHERE counted.slot = slot.slot AND (key_id = '' AND live >= room OR key_id = the_key AND live >= key_room)
    )
    LIMIT 1
$$;
