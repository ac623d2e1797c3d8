//! What was acknowledged is on the disk.

use std::time::{Duration, SystemTime};

use countersign_core::oauth::{
    ApiApplication, ApplicationChange, ApplicationStore, AuthorizationCode, Consent, GrantFilter, GrantStore,
    GrantedToken, Redemption, RefreshToken, Rotation,
};
use countersign_core::{
    Claim, Nonce, NonceStore, PresentedToken, Secret, SecretAdmin, SecretVersion, TokenAdmin, TokenChange, TokenFilter,
    TokenInfo,
};
use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::PostgresOptions;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, query_scalar, raw_sql};

use crate::tables::Tables;

/// A witness at each table of what was set when a transaction that changed it was committed: only then do deferred triggers
/// run.
const WITNESSES: &str = "CREATE TABLE #witnessed (what text, setting text); \
    CREATE FUNCTION #witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
        INSERT INTO #schema.#witnessed VALUES (TG_TABLE_NAME, current_setting('synchronous_commit')); RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #token DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #secret DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #nonce DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #oauth_application DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #oauth_consent DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #oauth_grant DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON #oauth_refresh_token DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION #witness(); \
    CREATE ROLE #role LOGIN SUPERUSER; ALTER ROLE #role SET synchronous_commit = off";

pub(crate) async fn every_change_waits_for_the_disk_whatever_the_default_is(tables: &Tables) {
    tables.options().migrate().await.unwrap();
    tables.execute(WITNESSES).await.unwrap();
    let url = tables.url_with(&format!("&user={}role", tables.prefix));
    let store = PostgresOptions::new(&url).with_table_prefix(&tables.prefix).connect().await.unwrap();
    let witness = Witness { url, prefix: tables.prefix.clone() };
    let outcome = tokio::spawn(async move {
        change_everything(&store, &witness).await;
        store.close().await;
        // The witnesses would have said so: the role's default is another.
        witness.execute("INSERT INTO #secret (key_id, secret) VALUES ('k', 's')").await;
        assert_eq!(witness.said().await, ["off"]);
    });
    let outcome = outcome.await;
    tables.execute("DROP OWNED BY #role CASCADE; DROP ROLE #role").await.unwrap();
    outcome.unwrap();
}

async fn change_everything(store: &PostgresStore, witness: &Witness) {
    let (at, all) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000), TokenFilter::all());
    let digest = |text: &str| *PresentedToken::new(text).digest();
    let info = |id: &str| TokenInfo::new("ada").with_id(id);
    let note = TokenChange::new().with_note("old");

    store.add_token(&digest("one"), &info("id-1")).await.unwrap();
    witness.saw("a token being added").await;
    assert!(store.update_token("id-1", &note, at).await.unwrap());
    witness.saw("a token being updated").await;
    assert!(store.replace_token("id-1", at, &digest("two"), &info("id-2")).await.unwrap());
    witness.saw("a token being replaced").await;
    assert!(store.revoke_token("id-1", at, "lost").await.unwrap());
    witness.saw("a token being revoked").await;
    assert_eq!(store.revoke_tokens(&all, at, "lost").await.unwrap(), 1);
    witness.saw("many tokens being revoked").await;
    assert!(store.delete_token("id-1").await.unwrap());
    witness.saw("a token being deleted").await;
    assert_eq!(store.prune_tokens(at + Duration::from_secs(1)).await.unwrap(), 1);
    witness.saw("tokens being pruned").await;

    let version = SecretVersion::new(Secret::new("a secret of the partner").unwrap()).with_label("2026");
    store.add_secret(&"partner".parse().unwrap(), &version).await.unwrap();
    witness.saw("a secret being added").await;
    assert!(store.retire_secret(&"partner".parse().unwrap(), "2026").await.unwrap());
    witness.saw("a secret being retired").await;

    change_grants(store, witness, at).await;

    let nonce = Nonce::new("test", "partner".parse().unwrap(), b"value");
    for seconds in [0, 100] {
        let told = at + Duration::from_secs(seconds);
        assert_eq!(store.claim(&nonce, told, told + Duration::from_secs(10)).await.unwrap(), Claim::Fresh);
        witness.saw("a nonce being claimed, and one being forgotten").await;
    }
}

async fn change_grants(store: &PostgresStore, witness: &Witness, at: SystemTime) {
    let digest = |text: &str| *PresentedToken::new(text).digest();
    store.add_application(&ApiApplication::new("client", "acme", at)).await.unwrap();
    witness.saw("an application being added").await;
    assert!(store.update_application("client", &ApplicationChange::new().with_name("name"), at).await.unwrap());
    witness.saw("an application being changed").await;
    store.give_consent(&Consent::new("consent", "ada", "client", "acme", at)).await.unwrap().unwrap();
    witness.saw("a consent being given").await;
    let lifetime = at..at + Duration::from_secs(600);
    let code = AuthorizationCode::new(digest("code"), "grant", "client", "ada", "acme", "challenge", lifetime);
    assert!(store.add_code(&code).await.unwrap());
    witness.saw("a code being added").await;
    assert!(matches!(store.redeem_code(&digest("code"), at).await.unwrap(), Redemption::Fresh(_)));
    witness.saw("a code being redeemed").await;
    let token = |name: &str| {
        let info = TokenInfo::new("ada").with_id(name).with_client_id("client").with_organisation("acme");
        let refresh = RefreshToken::new(digest(&format!("r-{name}")), "grant", "client", "ada", "acme", at);
        GrantedToken::new(digest(name), info).with_refresh(refresh)
    };
    assert!(store.add_granted_token(Some("grant"), &token("first")).await.unwrap());
    witness.saw("a token being granted").await;
    let rotated = store.rotate_refresh_token(&digest("r-first"), &token("second"), at).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated);
    witness.saw("a refresh token being rotated").await;
    assert_eq!(store.revoke_grant("grant", at, "replayed").await.unwrap(), Some(2));
    witness.saw("a grant being revoked").await;
    assert!(store.add_granted_token(None, &without_refresh(token("third"))).await.unwrap());
    assert_eq!(store.revoke_grants(&GrantFilter::all(), at, "left").await.unwrap(), 1);
    witness.saw("grants being revoked").await;
    assert!(store.add_code(&code).await.unwrap());
    assert_eq!(store.prune_grants(at + Duration::from_secs(601)).await.unwrap(), 1);
    witness.saw("grants being pruned").await;
    assert_eq!(store.withdraw_consent("ada", "consent", at, "withdrawn").await.unwrap(), Some(0));
    witness.saw("a consent being withdrawn").await;
    assert_eq!(store.delete_application("client", at, "deleted").await.unwrap(), Some(0));
    witness.saw("an application being deleted").await;
}

fn without_refresh(mut token: GrantedToken) -> GrantedToken {
    token.refresh = None;
    token
}

/// Reads what the witnesses wrote down.
struct Witness {
    url: String,
    prefix: String,
}

impl Witness {
    async fn saw(&self, what: &str) {
        let said = self.said().await;
        assert!(!said.is_empty(), "{what} has no witness");
        assert!(said.iter().all(|setting| setting == "on"), "{what}: {said:?}");
    }

    /// What was written down since the last time.
    async fn said(&self) -> Vec<String> {
        let said = "DELETE FROM #witnessed RETURNING setting".replace('#', &self.prefix);
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let said = query_scalar(AssertSqlSafe(said)).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        said
    }

    async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        raw_sql(AssertSqlSafe(sql.replace('#', &self.prefix))).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
