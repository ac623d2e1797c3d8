//! Every statement about applications and grants, in SQL that both databases understand. `@` stands for what precedes the
//! names of tables.

#[cfg(feature = "postgres")]
use std::borrow::Cow;

/// All of them, for a server to parse when a database is opened: so it shows at once what is missing.
#[cfg(feature = "postgres")]
pub(crate) fn all() -> impl Iterator<Item = Cow<'static, str>> {
    let made = [list_applications("TRUE"), list_consents("TRUE"), lock_grants("TRUE"), delete_grants("TRUE")];
    FIXED.into_iter().map(Cow::Borrowed).chain(made.into_iter().map(Cow::Owned))
}

#[cfg(feature = "postgres")]
const FIXED: [&str; 25] = [
    INSERT_APPLICATION,
    APPLICATION,
    APPLICATION_OF,
    UPDATE_APPLICATION,
    DELETE_APPLICATION,
    INSERT_CONSENT,
    CONSENT,
    CONSENT_BY_ID,
    UPDATE_CONSENT,
    DELETE_CONSENT,
    LOCK_CONSENTS,
    IS_ACTIVE,
    INSERT_CODE,
    CODE,
    REDEEM_CODE,
    GRANT,
    DELETE_GRANT,
    LOCK_GRANTS_THAT_ARE_OVER,
    PRUNE_GRANTS,
    INSERT_GRANTED_TOKEN,
    INSERT_REFRESH_TOKEN,
    REFRESH_TOKEN,
    ROTATE_REFRESH_TOKEN,
    IS_IN_ORGANISATION,
    LOCK_APPLICATION,
];

macro_rules! application {
    () => {
        "client_id, organisation, name, allowed_origins, redirect_uris, status, created_at, updated_at"
    };
}

pub(super) const INSERT_APPLICATION: &str =
    concat!("INSERT INTO @oauth_application (", application!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
pub(super) const APPLICATION: &str =
    concat!("SELECT ", application!(), " FROM @oauth_application WHERE client_id = $1");
/// The first one of an organisation.
pub(super) const APPLICATION_OF: &str =
    concat!("SELECT ", application!(), " FROM @oauth_application WHERE organisation = $1 ORDER BY client_id LIMIT 1");

pub(super) fn list_applications(conditions: &str) -> String {
    let columns = application!();
    format!("SELECT {columns} FROM @oauth_application WHERE {conditions} ORDER BY client_id LIMIT $1")
}

pub(super) const UPDATE_APPLICATION: &str = "UPDATE @oauth_application SET name = coalesce($2, name), \
    allowed_origins = coalesce($3, allowed_origins), redirect_uris = coalesce($4, redirect_uris), \
    status = coalesce($5, status), updated_at = $6 WHERE client_id = $1 RETURNING client_id";
pub(super) const LOCK_APPLICATION: &str = "SELECT client_id FROM @oauth_application WHERE client_id = $1";
pub(super) const IS_IN_ORGANISATION: &str =
    "SELECT client_id FROM @oauth_application WHERE client_id = $1 AND organisation = $2";
pub(super) const IS_ACTIVE: &str = "SELECT client_id FROM @oauth_application WHERE client_id = $1 AND status = $2";
pub(super) const DELETE_APPLICATION: &str = "DELETE FROM @oauth_application WHERE client_id = $1";

macro_rules! consent {
    () => {
        "id, subject, client_id, organisation, scope, created_at, updated_at"
    };
}

pub(super) const INSERT_CONSENT: &str =
    concat!("INSERT INTO @oauth_consent (", consent!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)");
pub(super) const CONSENT: &str =
    concat!("SELECT ", consent!(), " FROM @oauth_consent WHERE subject = $1 AND client_id = $2 AND organisation = $3");
pub(super) const CONSENT_BY_ID: &str =
    concat!("SELECT ", consent!(), " FROM @oauth_consent WHERE id = $1 AND subject = $2");

pub(super) fn list_consents(conditions: &str) -> String {
    let columns = consent!();
    format!("SELECT {columns} FROM @oauth_consent WHERE {conditions} ORDER BY id DESC LIMIT $1")
}

pub(super) const UPDATE_CONSENT: &str = "UPDATE @oauth_consent SET scope = $2, updated_at = $3 WHERE id = $1";
pub(super) const DELETE_CONSENT: &str = "DELETE FROM @oauth_consent WHERE id = $1";
pub(super) const LOCK_CONSENTS: &str = "SELECT id FROM @oauth_consent WHERE client_id = $1 ORDER BY id";

macro_rules! grant {
    () => {
        "id, digest, client_id, subject, organisation, scope, redirect_uri, code_challenge, created_at, expires_at, redeemed_at"
    };
}

pub(super) const INSERT_CODE: &str =
    concat!("INSERT INTO @oauth_grant (", grant!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
pub(super) const CODE: &str = concat!("SELECT ", grant!(), " FROM @oauth_grant WHERE digest = $1");
/// Once: of several at once all but one find it redeemed.
pub(super) const REDEEM_CODE: &str =
    concat!("UPDATE @oauth_grant SET redeemed_at = $2 WHERE digest = $1 AND redeemed_at IS NULL RETURNING ", grant!());
pub(super) const GRANT: &str = concat!("SELECT ", grant!(), " FROM @oauth_grant WHERE id = $1");
pub(super) const DELETE_GRANT: &str = "DELETE FROM @oauth_grant WHERE id = $1";

pub(super) fn lock_grants(conditions: &str) -> String {
    format!("SELECT id FROM @oauth_grant WHERE {conditions} ORDER BY id")
}

pub(super) fn delete_grants(conditions: &str) -> String {
    format!("DELETE FROM @oauth_grant WHERE {conditions}")
}

/// Some of those of which all is over.
macro_rules! over {
    () => {
        "SELECT code.id FROM @oauth_grant AS code WHERE code.expires_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM @oauth_refresh_token AS refresh WHERE refresh.grant_id = code.id \
             AND refresh.rotated_at IS NULL AND (refresh.expires_at IS NULL OR refresh.expires_at >= $1)) \
         AND NOT EXISTS (SELECT 1 FROM @oauth_granted_token AS given JOIN @token AS token ON token.digest = given.digest \
             WHERE given.grant_id = code.id AND token.revoked_at IS NULL \
             AND (token.expires_at IS NULL OR token.expires_at >= $1)) \
         ORDER BY code.id LIMIT $2"
    };
}

pub(super) const LOCK_GRANTS_THAT_ARE_OVER: &str = over!();
pub(super) const PRUNE_GRANTS: &str = concat!("DELETE FROM @oauth_grant WHERE id IN (", over!(), ") RETURNING id");

pub(super) const INSERT_GRANTED_TOKEN: &str = "INSERT INTO @oauth_granted_token (grant_id, digest) VALUES ($1, $2)";
pub(super) const INSERT_REFRESH_TOKEN: &str = "INSERT INTO @oauth_refresh_token \
    (digest, grant_id, scope, created_at, expires_at, rotated_at) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const REFRESH_TOKEN: &str = "SELECT refresh.digest, refresh.grant_id, refresh.scope, refresh.created_at, \
    refresh.expires_at, refresh.rotated_at, code.client_id, code.subject, code.organisation \
    FROM @oauth_refresh_token AS refresh JOIN @oauth_grant AS code ON code.id = refresh.grant_id \
    WHERE refresh.digest = $1";
/// Once: of several at once all but one find it rotated.
pub(super) const ROTATE_REFRESH_TOKEN: &str =
    "UPDATE @oauth_refresh_token SET rotated_at = $2 WHERE digest = $1 AND rotated_at IS NULL RETURNING digest";
