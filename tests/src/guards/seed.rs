//! What a store holds before anything is done to it.

use countersign::{Clock, KeyId, Secret, SecretVersion, SystemClock, TokenFormat, TokenInfo, issue_token};

use crate::stores::Store;

/// Tokens and a key, and their likes that the store does not know.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Seed {
    pub good: String,
    pub revoked: String,
    pub unknown: String,
    pub key: KeyId,
    pub secret: Secret,
}

impl Seed {
    pub fn format() -> TokenFormat {
        TokenFormat::new("t").expect("it is a prefix")
    }

    /// Issues the tokens, one of which is revoked, and adds the key.
    pub async fn sow(store: &dyn Store) -> Self {
        let now = SystemClock::new().now();
        let format = Self::format();
        let issue = async || issue_token(store, &format, TokenInfo::new("ada"), now).await.unwrap();
        let (good, revoked) = (issue().await, issue().await);
        assert!(store.revoke_token(revoked.info.id().unwrap(), now, "for this test").await.unwrap());
        let (key, secret) = (KeyId::new("partner").unwrap(), Secret::random());
        store.add_secret(&key, &SecretVersion::new(secret.clone()).with_label("first")).await.unwrap();
        let text = |token: &countersign::PresentedToken| token.expose_secret().to_owned();
        Self { good: text(&good.token), revoked: text(&revoked.token), unknown: text(&format.mint(now)), key, secret }
    }
}
