//! Codes: kept, and redeemed once.

use std::time::SystemTime;

use countersign_core::oauth::{AuthorizationCode, Redemption};
use countersign_core::{StoreError, TokenDigest};

use super::consents::may_give;
use super::{Bound, Transaction, columns, statements};
use crate::changed::Changed;

pub(crate) async fn add_code(mut transaction: impl Transaction, code: AuthorizationCode) -> Result<bool, StoreError> {
    let may = may_give(&mut transaction, &code.subject, &code.client_id, &code.organisation).await?;
    if may {
        let values = vec![
            Bound::id(&code.grant_id),
            Bound::digest(&code.digest),
            Bound::text(&code.client_id),
            Bound::text(&code.subject),
            Bound::text(&code.organisation),
            Bound::text(&code.scope.to_string()),
            Bound::Text(code.redirect_uri),
            Bound::text(&code.code_challenge),
            Bound::time(code.created_at)?,
            Bound::time(code.expires_at)?,
            Bound::maybe_time(code.redeemed_at)?,
        ];
        transaction.rows(statements::INSERT_CODE, values).await?;
    }
    transaction.end(&Changed::nothing()).await?;
    Ok(may)
}

pub(crate) async fn redeem_code(
    mut transaction: impl Transaction,
    digest: TokenDigest,
    now: SystemTime,
) -> Result<Redemption, StoreError> {
    let values = vec![Bound::digest(&digest), Bound::time(now)?];
    let redemption = if let Some(row) = transaction.row(statements::REDEEM_CODE, values).await? {
        let code = columns::code(&row)?;
        if now < code.expires_at { Redemption::Fresh(code) } else { Redemption::Expired(code) }
    } else {
        let known = transaction.row(statements::CODE, vec![Bound::digest(&digest)]).await?;
        known.as_ref().map(columns::code).transpose()?.map_or(Redemption::Unknown, Redemption::Replayed)
    };
    transaction.end(&Changed::nothing()).await?;
    Ok(redemption)
}
