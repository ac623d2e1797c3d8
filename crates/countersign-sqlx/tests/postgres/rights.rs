//! What a role needs.

use std::time::{Duration, SystemTime};

use countersign_core::oauth::{
    ApiApplication, ApplicationStore, AuthorizationCode, Consent, GrantStore, GrantedToken, Redemption, RefreshToken,
    Rotation, mint_code,
};
use countersign_core::{
    Claim, Nonce, NonceStore, SecretAdmin, SecretStore, TokenAdmin, TokenFilter, TokenFormat, TokenInfo, TokenStore,
    issue_secret, issue_token,
};
use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::{OpenErrorKind, PostgresOptions};

use crate::tables::Tables;

/// The grants that the module's docs name, and no more.
const GRANTS: &str = "CREATE ROLE #role LOGIN; GRANT USAGE ON SCHEMA #schema TO #role; \
    GRANT SELECT, INSERT, UPDATE, DELETE ON #secret, #token, #nonce, #nonce_state, #nonce_count, \
    #oauth_application, #oauth_consent, #oauth_grant, #oauth_granted_token, #oauth_refresh_token TO #role; \
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
    grant_and_delete(&store, now).await;
    store.close().await;
    // It has nothing to migrate, and so needs no right to; where it has, it is told that it may not.
    options.migrate().await.unwrap();
    let other = options.with_table_prefix("other_").migrate().await.unwrap_err();
    assert_eq!(other.kind(), OpenErrorKind::Unavailable);
}

async fn grant_and_delete(store: &PostgresStore, now: SystemTime) {
    let (later, code) = (now + Duration::from_secs(600), mint_code());
    store.add_only_application(&ApiApplication::new("client", "acme", now)).await.unwrap();
    store.give_consent(&Consent::new("consent", "ada", "client", "acme", now)).await.unwrap().unwrap();
    let grant = AuthorizationCode::new(*code.digest(), "grant", "client", "ada", "acme", "challenge", now..later);
    assert!(store.add_code(&grant).await.unwrap());
    assert!(matches!(store.redeem_code(code.digest(), now).await.unwrap(), Redemption::Fresh(_)));
    let token = |name: &str| {
        let info = TokenInfo::new("ada").with_id(name).with_client_id("client").with_organisation("acme");
        let refresh = RefreshToken::new(*mint_code().digest(), "grant", "client", "ada", "acme", now);
        GrantedToken::new(*mint_code().digest(), info).with_refresh(refresh)
    };
    let first = token("first");
    assert!(store.add_granted_token(Some("grant"), &first).await.unwrap());
    let old = first.refresh.unwrap().digest;
    assert_eq!(store.rotate_refresh_token(&old, &token("second"), now).await.unwrap(), Rotation::Rotated);
    assert_eq!(store.prune_grants(later + Duration::from_secs(1)).await.unwrap(), 0);
    assert_eq!(store.revoke_grant("grant", now, "replayed").await.unwrap(), Some(2));
    assert_eq!(store.withdraw_consent("ada", "consent", now, "withdrawn").await.unwrap(), Some(0));
    assert_eq!(store.delete_application("client", now, "deleted").await.unwrap(), Some(0));
}
