-- Applications of organisations, what users have consented to, and what was granted. Codes and tokens are known by their
-- SHA-256 alone. What goes with a consent or with an application as a whole is left to the foreign keys.
--
-- Locks are taken in the order application, consent, grant, refresh token, token; of several rows of a table in the order of
-- their ids or digests.
CREATE TABLE @oauth_application (
    client_id       bytea PRIMARY KEY,
    organisation    bytea NOT NULL,
    name            bytea NOT NULL,
    -- One entry a line.
    allowed_origins bytea NOT NULL,
    redirect_uris   bytea NOT NULL,
    status          bytea NOT NULL,
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL
);

CREATE INDEX #oauth_application_of ON @oauth_application (organisation, client_id);

CREATE TABLE @oauth_consent (
    id           bytea PRIMARY KEY,
    subject      bytea NOT NULL,
    client_id    bytea NOT NULL REFERENCES @oauth_application (client_id) ON DELETE CASCADE,
    organisation bytea NOT NULL,
    scope        bytea NOT NULL,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    CONSTRAINT #oauth_consent_of UNIQUE (subject, client_id, organisation)
);

CREATE INDEX #oauth_consent_by_subject ON @oauth_consent (subject, id);
CREATE INDEX #oauth_consent_by_client ON @oauth_consent (client_id);

-- A grant is known by its code's digest until it is over.
CREATE TABLE @oauth_grant (
    id             bytea PRIMARY KEY,
    digest         bytea NOT NULL CHECK (length(digest) = 32) CONSTRAINT #oauth_grant_code UNIQUE,
    client_id      bytea NOT NULL REFERENCES @oauth_application (client_id) ON DELETE CASCADE,
    subject        bytea NOT NULL,
    organisation   bytea NOT NULL,
    scope          bytea NOT NULL,
    redirect_uri   bytea,
    code_challenge bytea NOT NULL,
    created_at     bigint NOT NULL,
    expires_at     bigint NOT NULL,
    redeemed_at    bigint
);

CREATE INDEX #oauth_grant_by_client ON @oauth_grant (client_id);
CREATE INDEX #oauth_grant_by_subject ON @oauth_grant (subject);
CREATE INDEX #oauth_grant_by_organisation ON @oauth_grant (organisation);
CREATE INDEX #oauth_grant_by_expiry ON @oauth_grant (expires_at);

-- Which tokens a grant gave. They may be gone by now.
CREATE TABLE @oauth_granted_token (
    grant_id bytea NOT NULL REFERENCES @oauth_grant (id) ON DELETE CASCADE,
    digest   bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (grant_id, digest)
);

-- Those of one grant are one family; all but the newest were rotated.
CREATE TABLE @oauth_refresh_token (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    grant_id   bytea NOT NULL REFERENCES @oauth_grant (id) ON DELETE CASCADE,
    scope      bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    rotated_at bigint
);

CREATE INDEX #oauth_refresh_token_by_grant ON @oauth_refresh_token (grant_id);
