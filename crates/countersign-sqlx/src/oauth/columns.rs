//! Records, as columns: the same names in both databases.

use std::str::FromStr;
use std::time::SystemTime;

use countersign_core::oauth::{ApiApplication, ApplicationStatus, AuthorizationCode, Consent, RefreshToken, UriList};
use countersign_core::{Scope, StoreError, TokenDigest, micros};

use crate::changed;

/// A row of either database.
pub(crate) trait Columns: Send {
    fn bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError>;

    fn micros(&self, column: &'static str) -> Result<Option<i64>, StoreError>;

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        let text = self.bytes(column)?.map(String::from_utf8);
        text.transpose().map_err(|error| StoreError::new(error.utf8_error()))
    }

    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| StoreError::new("a stored record lacks one of its texts"))
    }

    /// A text that is the spelling of something.
    fn spelled<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(StoreError::new)
    }

    fn maybe_time(&self, column: &'static str) -> Result<Option<SystemTime>, StoreError> {
        self.micros(column)?.map(micros::time).transpose()
    }

    fn time(&self, column: &'static str) -> Result<SystemTime, StoreError> {
        self.maybe_time(column)?.ok_or_else(|| StoreError::new("a stored record lacks one of its times"))
    }

    fn digest(&self, column: &'static str) -> Result<TokenDigest, StoreError> {
        changed::digest(&self.bytes(column)?.unwrap_or_default())
    }
}

pub(super) fn application(row: &impl Columns) -> Result<ApiApplication, StoreError> {
    let status = ApplicationStatus::of(&row.text("status")?);
    let status = status.ok_or_else(|| StoreError::new("a stored application has a status that is none"))?;
    Ok(ApiApplication::new(row.text("client_id")?, row.text("organisation")?, row.time("created_at")?)
        .with_name(row.text("name")?)
        .with_allowed_origins(row.spelled::<UriList>("allowed_origins")?)
        .with_redirect_uris(row.spelled::<UriList>("redirect_uris")?)
        .with_status(status)
        .with_updated_at(row.time("updated_at")?))
}

pub(super) fn consent(row: &impl Columns) -> Result<Consent, StoreError> {
    let created_at = row.time("created_at")?;
    let (subject, client_id, organisation) = (row.text("subject")?, row.text("client_id")?, row.text("organisation")?);
    Ok(Consent::new(row.text("id")?, subject, client_id, organisation, created_at)
        .with_scope(row.spelled::<Scope>("scope")?)
        .with_updated_at(row.time("updated_at")?))
}

pub(super) fn code(row: &impl Columns) -> Result<AuthorizationCode, StoreError> {
    let mut code = AuthorizationCode::new(
        row.digest("digest")?,
        row.text("id")?,
        row.text("client_id")?,
        row.text("subject")?,
        row.text("organisation")?,
        row.text("code_challenge")?,
        row.time("created_at")?..row.time("expires_at")?,
    );
    code.scope = row.spelled("scope")?;
    code.redirect_uri = row.maybe_text("redirect_uri")?.map(Into::into);
    code.redeemed_at = row.maybe_time("redeemed_at")?;
    Ok(code)
}

pub(super) fn refresh_token(row: &impl Columns) -> Result<RefreshToken, StoreError> {
    let mut refresh = RefreshToken::new(
        row.digest("digest")?,
        row.text("grant_id")?,
        row.text("client_id")?,
        row.text("subject")?,
        row.text("organisation")?,
        row.time("created_at")?,
    );
    refresh.scope = row.spelled("scope")?;
    refresh.expires_at = row.maybe_time("expires_at")?;
    refresh.rotated_at = row.maybe_time("rotated_at")?;
    Ok(refresh)
}
