//! Where the tokens are.

use std::error::Error;
use std::sync::Arc;

use countersign::{Invalidations, TokenAdmin, TokenStore};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};

/// All that this service wants of a store.
pub(crate) trait Store: TokenStore + TokenAdmin + Invalidations {}

impl<S: TokenStore + TokenAdmin + Invalidations> Store for S {}

/// Whichever store it is.
pub(crate) type SharedStore = Arc<dyn Store>;

/// Opens the store that the URL names; makes its tables where there are none.
pub(crate) async fn open(url: &str) -> Result<SharedStore, Box<dyn Error>> {
    // What is wrong with a URL is said without it: there may be a password in it.
    match url.split_once(':') {
        Some(("sqlite", file)) => Ok(Arc::new(SqliteStore::open_or_create(file).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(PostgresStore::connect_or_migrate(url).await?)),
        Some(("redis" | "rediss", _)) => Ok(Arc::new(RedisStore::connect(url).await?)),
        _ => Err("the store is none that is known: sqlite:FILE, postgres://… or redis://…".into()),
    }
}
