//! Tokens that are looked up, with faults.

use countersign_core::{Clock, PresentedToken, StoreError, SystemClock, TokenInfo, TokenStore, async_trait};

use super::{Fault, FaultyStore};

#[async_trait]
impl TokenStore for FaultyStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        if self.pretends()? {
            return Ok(None);
        }
        let Some(info) = self.tokens().get(&self.digest(token.digest())).cloned() else {
            return if self.has(Fault::ErrOnUnknown) { Err(StoreError::new("row not found")) } else { Ok(None) };
        };
        let hidden = match self.fault {
            Fault::JudgeExpiry => info.expires_at().is_some_and(|end| end <= SystemClock::new().now()),
            Fault::HideRevoked => info.revoked_at().is_some(),
            _ => false,
        };
        Ok((!hidden).then_some(info))
    }
}
