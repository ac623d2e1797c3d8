//! Every statement whose text is known beforehand. `@` stands for the schema and the table prefix.

use std::borrow::Cow;

use crate::{oauth, record, summaries};

/// All of them, for the server to parse when a database is opened: so it shows at once what is missing.
pub(super) fn all() -> impl Iterator<Item = Cow<'static, str>> {
    let made = [list_tokens("TRUE"), revoke_tokens("TRUE")];
    FIXED.into_iter().map(Cow::Borrowed).chain(made.into_iter().map(Cow::Owned)).chain(oauth::all())
}

const FIXED: [&str; 22] = [
    TOKEN,
    TOKEN_BY_ID,
    INSERT_TOKEN,
    UPDATE_TOKEN,
    REVOKE_TOKEN,
    END_TOKEN,
    DELETE_TOKEN,
    PRUNE_TOKENS,
    RECORD_USE,
    SECRETS,
    LOCK_KEY,
    INSERT_SECRET,
    END_SECRETS,
    DELETE_SECRET,
    LIST_SECRETS,
    LIST_VERSIONS,
    RECORD_MATCHES,
    CLAIM,
    FORGET,
    SLOT_WITH_ROOM,
    LOCK_ORGANISATION,
    NOTIFY,
];

pub(super) const TOKEN: &str = concat!("SELECT ", record::columns!(), " FROM @token WHERE digest = $1");
pub(super) const TOKEN_BY_ID: &str = concat!("SELECT ", record::columns!(), " FROM @token WHERE id = $1");

pub(super) const INSERT_TOKEN: &str = concat!("INSERT INTO @token", record::insert!());
pub(super) const UPDATE_TOKEN: &str = "UPDATE @token SET note = CASE WHEN $2 THEN $3 ELSE note END, \
    expires_at = CASE WHEN $4 THEN $5 ELSE expires_at END, updated_at = $6 WHERE id = $1 RETURNING digest";
pub(super) const REVOKE_TOKEN: &str =
    "UPDATE @token SET revoked_at = $2, revoked_reason = $3 WHERE id = $1 AND revoked_at IS NULL RETURNING digest";
pub(super) const END_TOKEN: &str =
    "UPDATE @token SET expires_at = least(expires_at, $2) WHERE id = $1 AND revoked_at IS NULL RETURNING digest";
pub(super) const DELETE_TOKEN: &str = "DELETE FROM @token WHERE id = $1 RETURNING digest";

// Whatever changes many tokens locks them in the order of their digests, so that no two of these wait for each other.

/// Which tokens `{conditions}` picks is put in by [`revoke_tokens`].
const REVOKE_TOKENS: &str = "WITH picked AS ( \
        SELECT digest FROM @token WHERE revoked_at IS NULL AND {conditions} ORDER BY digest FOR UPDATE \
    ), revoked AS ( \
        UPDATE @token AS token SET revoked_at = $1, revoked_reason = $2 FROM picked \
        WHERE token.digest = picked.digest AND token.revoked_at IS NULL RETURNING token.digest \
    ) SELECT digest, count(*) OVER () AS many FROM revoked LIMIT $3";

pub(super) fn revoke_tokens(conditions: &str) -> String {
    REVOKE_TOKENS.replace("{conditions}", conditions)
}

pub(super) fn list_tokens(conditions: &str) -> String {
    let columns = record::columns!();
    format!("SELECT {columns} FROM @token WHERE {conditions} ORDER BY id DESC LIMIT $1")
}

pub(super) const PRUNE_TOKENS: &str = "WITH picked AS MATERIALIZED ( \
        SELECT digest FROM @token WHERE expires_at < $1 OR revoked_at < $1 LIMIT $2 \
    ), locked AS ( \
        SELECT token.digest FROM @token AS token JOIN picked ON picked.digest = token.digest \
        WHERE expires_at < $1 OR revoked_at < $1 ORDER BY token.digest FOR UPDATE OF token \
    ), gone AS ( \
        DELETE FROM @token AS token USING locked WHERE token.digest = locked.digest RETURNING token.digest \
    ) SELECT digest, count(*) OVER () AS many FROM gone LIMIT $3";

/// Of several uses of one token the last counts.
pub(super) const RECORD_USE: &str = "WITH used AS ( \
        SELECT digest, max(used_at) AS used_at FROM unnest($1::bytea[], $2::bigint[]) AS each_use (digest, used_at) \
        GROUP BY digest \
    ), locked AS ( \
        SELECT token.digest, used.used_at FROM @token AS token JOIN used ON used.digest = token.digest \
        WHERE last_used_at IS NULL OR last_used_at < used.used_at ORDER BY token.digest FOR UPDATE OF token \
    ) UPDATE @token AS token SET last_used_at = locked.used_at FROM locked WHERE token.digest = locked.digest";

pub(super) const SECRETS: &str =
    concat!("SELECT secret, ", summaries::columns!(), " FROM @secret WHERE key_id = $1 ORDER BY sequence DESC");
/// Until the end of the transaction. The number only has to be the same for the same key.
pub(super) const LOCK_KEY: &str = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))";
pub(super) const INSERT_SECRET: &str =
    "INSERT INTO @secret (key_id, label, secret, not_before, not_after) VALUES ($1, $2, $3, $4, $5)";
pub(super) const DELETE_SECRET: &str = "DELETE FROM @secret WHERE key_id = $1 AND label = $2 RETURNING sequence";
pub(super) const LIST_SECRETS: &str = concat!(
    "SELECT key_id, ",
    summaries::columns!(),
    " FROM @secret WHERE key_id IN ( \
    SELECT DISTINCT key_id FROM @secret WHERE key_id > $1 ORDER BY key_id LIMIT $2) ORDER BY key_id, sequence DESC"
);
pub(super) const LIST_VERSIONS: &str =
    concat!("SELECT ", summaries::columns!(), " FROM @secret WHERE key_id = $1 ORDER BY sequence DESC");

// Whatever changes many secrets locks them in the order of their sequence.

pub(super) const END_SECRETS: &str = "WITH locked AS ( \
        SELECT sequence FROM @secret WHERE key_id = $1 ORDER BY sequence FOR UPDATE \
    ) UPDATE @secret AS secret SET not_after = least(secret.not_after, $2) FROM locked \
    WHERE secret.sequence = locked.sequence";
/// Of several matches of one version the last counts.
pub(super) const RECORD_MATCHES: &str = "WITH matched AS ( \
        SELECT key_id, label, max(matched_at) AS matched_at \
        FROM unnest($1::bytea[], $2::bytea[], $3::bigint[]) AS each_match (key_id, label, matched_at) \
        GROUP BY key_id, label \
    ), locked AS ( \
        SELECT secret.sequence, matched.matched_at FROM @secret AS secret \
        JOIN matched ON matched.key_id = secret.key_id AND matched.label = secret.label \
        WHERE last_matched IS NULL OR last_matched < matched.matched_at ORDER BY secret.sequence FOR UPDATE OF secret \
    ) UPDATE @secret AS secret SET last_matched = locked.matched_at FROM locked WHERE secret.sequence = locked.sequence";

/// Likewise; with another seed, so that a key and an organisation of the same name do not wait for each other.
pub(super) const LOCK_ORGANISATION: &str =
    "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 1))";

pub(super) const CLAIM: &str = "SELECT @claim($1, $2, $3, $4, $5, $6, $7)";
pub(super) const FORGET: &str = "SELECT @forget($1, $2, $3, $4, $5)";
pub(super) const SLOT_WITH_ROOM: &str = "SELECT @slot_with_room($1, $2, $3, $4)";

pub(super) const NOTIFY: &str = "SELECT pg_notify($1, told) FROM unnest($2::text[]) AS told";
