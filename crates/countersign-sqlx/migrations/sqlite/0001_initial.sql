-- Times are microseconds since 1970-01-01T00:00:00Z. Texts that are compared are kept as bytes (BLOB): no collation, no
-- encoding and no NUL can make two of them equal. To read them: SELECT CAST(key_id AS TEXT) FROM secret.

-- Secrets are kept as they are: whoever verifies an HMAC needs the key itself. The newest has the largest sequence.
CREATE TABLE secret (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id     BLOB NOT NULL,
    label      BLOB,
    secret     BLOB NOT NULL CHECK (length(secret) > 0),
    not_before INTEGER,
    not_after  INTEGER,
    UNIQUE (key_id, label)
) STRICT;

-- Tokens are known by their SHA-256 alone.
CREATE TABLE token (
    digest         BLOB PRIMARY KEY CHECK (length(digest) = 32),
    id             BLOB UNIQUE,
    subject        TEXT NOT NULL,
    client_id      TEXT,
    organisation   TEXT,
    scope          TEXT NOT NULL,
    note           TEXT,
    format         TEXT,
    last_four      TEXT,
    created_at     INTEGER,
    not_before     INTEGER,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    revoked_reason TEXT
) STRICT, WITHOUT ROWID;

-- Spent nonces, by the SHA-256 over scheme, key id and nonce.
CREATE TABLE nonce (
    fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),
    key_id      BLOB NOT NULL,
    expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonce_by_expiry ON nonce (expires);
CREATE INDEX nonce_by_key_and_expiry ON nonce (key_id, expires);

-- One row: the newest time by which nonces were forgotten, and how many there are.
CREATE TABLE nonce_state (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    newest INTEGER NOT NULL,
    count  INTEGER NOT NULL
) STRICT;

INSERT INTO nonce_state (one, newest, count) VALUES (1, -9223372036854775808, 0);

-- How many nonces of a key there are, so that no claim has to count them.
CREATE TABLE nonce_key (
    key_id BLOB PRIMARY KEY,
    count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER nonce_added AFTER INSERT ON nonce BEGIN
    UPDATE nonce_state SET count = count + 1;
    INSERT INTO nonce_key (key_id, count) VALUES (NEW.key_id, 1) ON CONFLICT (key_id) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER nonce_forgotten AFTER DELETE ON nonce BEGIN
    UPDATE nonce_state SET count = count - 1;
    UPDATE nonce_key SET count = count - 1 WHERE key_id = OLD.key_id;
    DELETE FROM nonce_key WHERE key_id = OLD.key_id AND count <= 0;
END;
