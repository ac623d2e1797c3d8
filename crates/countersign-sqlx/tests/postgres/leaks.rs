//! What is nowhere to be read.

use std::error::Error as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign_core::oauth::{
    ApiApplication, ApplicationStore, AuthorizationCode, Consent, GrantStore, GrantedToken, RefreshToken, mint_code,
};
use countersign_core::{
    Nonce, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenFilter,
    TokenFormat, TokenInfo, TokenStore, issue_token,
};
use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::PostgresOptions;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, query, query_scalar};
use tracing_subscriber::fmt::MakeWriter;

use crate::tables::Tables;

const AT: SystemTime = SystemTime::UNIX_EPOCH;

pub(crate) async fn no_table_has_a_raw_token_in_it(tables: &Tables) {
    let store = tables.create().await;
    let format = TokenFormat::new("canary").unwrap();
    let issued = issue_token(&store, &format, TokenInfo::new("the subject").with_note("the note"), AT).await.unwrap();
    assert!(store.token(&issued.token).await.unwrap().is_some());
    store.revoke_token(issued.info.id().unwrap(), AT, "the reason").await.unwrap();
    let (code, refresh) = (mint_code(), mint_code());
    store.add_application(&ApiApplication::new("the client", "acme", AT)).await.unwrap();
    store.give_consent(&Consent::new("the consent", "ada", "the client", "acme", AT)).await.unwrap().unwrap();
    let lifetime = AT..AT + Duration::from_secs(600);
    let grant = AuthorizationCode::new(*code.digest(), "grant", "the client", "ada", "acme", "challenge", lifetime);
    assert!(store.add_code(&grant).await.unwrap());
    store.redeem_code(code.digest(), AT).await.unwrap();
    let info = TokenInfo::new("ada").with_id("granted").with_client_id("the client").with_organisation("acme");
    let of_it = RefreshToken::new(*refresh.digest(), "grant", "the client", "ada", "acme", AT);
    let granted = GrantedToken::new(*mint_code().digest(), info).with_refresh(of_it);
    assert!(store.add_granted_token(Some("grant"), &granted).await.unwrap());
    store.close().await;

    let mut connection = tables.connect().await;
    let mut rows: Vec<String> = Vec::new();
    let oauth = ["oauth_application", "oauth_consent", "oauth_grant", "oauth_granted_token", "oauth_refresh_token"];
    for table in ["schema", "secret", "token", "nonce", "nonce_state", "nonce_count"].into_iter().chain(oauth) {
        let all = AssertSqlSafe(format!("SELECT the_row::text FROM {}{table} AS the_row", tables.prefix));
        rows.extend(query_scalar::<_, String>(all).fetch_all(&mut connection).await.unwrap());
    }
    connection.close().await.unwrap();
    let dump = rows.join("\n");
    // What is looked for would be found: the rest of the row is there.
    for canary in ["the subject", "the note", "the reason", "the client", "the consent"] {
        assert!(dump.contains(&hex(canary.as_bytes())), "{canary:?}");
    }
    for token in [&issued.token, &code, &refresh] {
        assert!(dump.contains(&hex(token.digest().as_bytes())));
    }
    let random = issued.token.expose_secret().strip_prefix("canary_").unwrap();
    let parts = [random, code.expose_secret(), refresh.expose_secret()].map(|all| [all, &all[..12], &all[12..]]);
    for part in parts.into_iter().flatten() {
        assert!(!dump.contains(part) && !dump.contains(&hex(part.as_bytes())));
    }
}

pub(crate) async fn no_error_shows_what_was_stored(tables: &Tables) {
    let store = tables.create().await;
    let info = TokenInfo::new("canary-subject").with_id("canary-id").with_note("canary-note");
    let token = PresentedToken::new("canary-token");
    store.add_token(token.digest(), &info).await.unwrap();
    let key = "canary-key".parse().unwrap();
    let version = SecretVersion::new(Secret::new("canary-secret").unwrap()).with_label("canary-label");
    store.add_secret(&key, &version).await.unwrap();

    let errors = [
        store.add_token(token.digest(), &info).await.unwrap_err(),
        store.add_token(PresentedToken::new("canary-other").digest(), &info).await.unwrap_err(),
        store.add_secret(&key, &version).await.unwrap_err(),
    ];
    for error in errors {
        let source = error.source().unwrap();
        let shown = format!("{error} {error:?} {source} {source:?}");
        assert!(shown.contains("23505"), "it is said what was wrong: {shown}");
        assert!(!shown.contains("canary") && !shown.contains(&hex(b"canary")), "{shown}");
        assert!(!shown.contains(&hex(token.digest().as_bytes())), "{shown}");
    }
    store.close().await;
}

/// On one thread, since whoever listens to logs here listens on that thread alone.
pub(crate) async fn no_log_shows_what_was_bound(tables: &Tables) {
    let (url, prefix) = (tables.url_with("&password=canary-password"), tables.prefix.clone());
    let log = std::thread::scope(|scope| scope.spawn(|| log_of(&url, &prefix)).join().unwrap());
    assert!(log.contains("planted"), "logs are heard: {log}");
    assert!(!log.contains("canary"), "{log}");
    assert!(!log.contains(&hex(b"canary")), "{log}");
}

fn log_of(url: &str, prefix: &str) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let options = PostgresOptions::new(url).with_table_prefix(prefix);
            let store = options.connect_or_migrate().await.unwrap();
            use_everything(&store).await;
            store.close().await;
            let mut connection = PgConnection::connect(url).await.unwrap();
            query("SELECT 'planted'").execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    });
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

async fn use_everything(store: &PostgresStore) {
    let token = PresentedToken::new("canary-token");
    let info = TokenInfo::new("canary-subject").with_id("canary-id").with_note("canary-note");
    store.add_token(token.digest(), &info).await.unwrap();
    store.add_token(token.digest(), &info).await.unwrap_err();
    store.token(&token).await.unwrap();
    store.list_tokens(&TokenFilter::all().with_subject("canary-subject"), None, 10).await.unwrap();
    store.revoke_token("canary-id", AT, "canary-reason").await.unwrap();
    let key = "canary-key".parse().unwrap();
    let version = SecretVersion::new(Secret::new("canary-secret").unwrap()).with_label("canary-label");
    store.add_secret(&key, &version).await.unwrap();
    store.secrets(&key).await.unwrap();
    store.retire_secret(&key, "canary-label").await.unwrap();
    store.claim(&Nonce::new("test", key, b"canary-nonce"), AT, AT + Duration::from_secs(10)).await.unwrap();
}

pub(crate) async fn no_rendering_shows_a_password(tables: &Tables) {
    tables.options().migrate().await.unwrap();
    let url = tables.url_with("&password=canary");
    let options = PostgresOptions::new(url).with_table_prefix(&tables.prefix);
    assert!(!format!("{options:?}").contains("canary"), "{options:?}");
    let store = options.connect().await.unwrap();
    assert!(!format!("{store:?}").contains("canary"), "{store:?}");
    store.close().await;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
