//! What a role needs.

use std::time::{Duration, SystemTime};

use countersign_core::{
    Claim, Nonce, NonceStore, SecretAdmin, SecretStore, TokenAdmin, TokenFilter, TokenFormat, TokenInfo, TokenStore,
    issue_secret, issue_token,
};
use countersign_sqlx::postgres::{OpenErrorKind, PostgresOptions};

use crate::tables::Tables;

/// The grants that the module's docs name, and no more.
const GRANTS: &str = "CREATE ROLE #role LOGIN; GRANT USAGE ON SCHEMA #schema TO #role; \
    GRANT SELECT, INSERT, UPDATE, DELETE ON #secret, #token, #nonce, #nonce_state, #nonce_count TO #role; \
    GRANT SELECT ON #schema TO #role";

pub(crate) async fn a_role_with_few_rights_is_enough_for_a_service(tables: &Tables) {
    tables.options().migrate().await.unwrap();
    tables.execute(GRANTS).await.unwrap();
    let url = tables.url_with(&format!("&user={}role", tables.prefix));
    let options = PostgresOptions::new(url).with_table_prefix(&tables.prefix);
    let outcome = tokio::spawn(use_it(options)).await;
    tables.execute("DROP OWNED BY #role; DROP ROLE #role").await.unwrap();
    outcome.unwrap();
}

async fn use_it(options: PostgresOptions) {
    let store = options.connect().await.unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let issued = issue_token(&store, &TokenFormat::new("tk").unwrap(), TokenInfo::new("ada"), now).await.unwrap();
    assert!(store.token(&issued.token).await.unwrap().is_some());
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), now, "lost").await.unwrap(), 1);
    assert_eq!(store.prune_tokens(now + Duration::from_secs(1)).await.unwrap(), 1);
    let key = "partner".parse().unwrap();
    issue_secret(&store, &key, "2026").await.unwrap();
    assert_eq!(store.secrets(&key).await.unwrap().iter().count(), 1);
    assert!(store.retire_secret(&key, "2026").await.unwrap());
    let nonce = Nonce::new("test", key, b"value");
    for (seconds, expected) in [(0, Claim::Fresh), (0, Claim::Seen), (100, Claim::Fresh)] {
        let told = now + Duration::from_secs(seconds);
        assert_eq!(store.claim(&nonce, told, told + Duration::from_secs(10)).await.unwrap(), expected);
    }
    store.close().await;
    // It has nothing to migrate, and so needs no right to; where it has, it is told that it may not.
    options.migrate().await.unwrap();
    let other = options.with_table_prefix("other_").migrate().await.unwrap_err();
    assert_eq!(other.kind(), OpenErrorKind::Unavailable);
}
