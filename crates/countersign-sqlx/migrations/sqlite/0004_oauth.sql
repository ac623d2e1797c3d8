-- Applications of organisations, what users have consented to, and what was granted. Codes and tokens are known by their
-- SHA-256 alone. What goes with a consent or with an application as a whole is left to the foreign keys.
CREATE TABLE oauth_application (
    client_id       TEXT PRIMARY KEY,
    organisation    TEXT NOT NULL,
    name            TEXT NOT NULL,
    -- One entry a line.
    allowed_origins TEXT NOT NULL,
    redirect_uris   TEXT NOT NULL,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_application_of ON oauth_application (organisation, client_id);

CREATE TABLE oauth_consent (
    id           BLOB PRIMARY KEY,
    subject      TEXT NOT NULL,
    client_id    TEXT NOT NULL REFERENCES oauth_application (client_id) ON DELETE CASCADE,
    organisation TEXT NOT NULL,
    scope        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (subject, client_id, organisation)
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_consent_by_subject ON oauth_consent (subject, id);
CREATE INDEX oauth_consent_by_client ON oauth_consent (client_id);

-- A grant is known by its code's digest until it is over.
CREATE TABLE oauth_grant (
    id             BLOB PRIMARY KEY,
    digest         BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    client_id      TEXT NOT NULL REFERENCES oauth_application (client_id) ON DELETE CASCADE,
    subject        TEXT NOT NULL,
    organisation   TEXT NOT NULL,
    scope          TEXT NOT NULL,
    redirect_uri   TEXT,
    code_challenge TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    redeemed_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_grant_by_client ON oauth_grant (client_id);
CREATE INDEX oauth_grant_by_subject ON oauth_grant (subject);
CREATE INDEX oauth_grant_by_organisation ON oauth_grant (organisation);
CREATE INDEX oauth_grant_by_expiry ON oauth_grant (expires_at);

-- Which tokens a grant gave. They may be gone by now.
CREATE TABLE oauth_granted_token (
    grant_id BLOB NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (grant_id, digest)
) STRICT, WITHOUT ROWID;

-- Those of one grant are one family; all but the newest were rotated.
CREATE TABLE oauth_refresh_token (
    digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
    grant_id   BLOB NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    scope      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    rotated_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_refresh_token_by_grant ON oauth_refresh_token (grant_id);
