//! The peers: a lookup by key through the client library that a store is built on, and nothing else.

use std::error::Error;
use std::path::Path;

use countersign::PresentedToken;
use redis::AsyncCommands as _;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::load::Found;

pub(crate) enum Driver {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    Redis(redis::aio::MultiplexedConnection),
}

impl Driver {
    /// Reads the store's own table.
    pub(crate) async fn sqlite(file: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self::Sqlite(SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await?))
    }

    /// Reads the store's own table.
    pub(crate) async fn postgres(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self::Postgres(PgPool::connect(url).await?))
    }

    /// Reads a key of its own for each token.
    pub(crate) async fn redis(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self::Redis(redis::Client::open(url)?.get_multiplexed_async_connection().await?))
    }

    pub(crate) async fn fill(&self, tokens: &[PresentedToken]) -> Result<(), Box<dyn Error>> {
        let Self::Redis(connection) = self else { return Ok(()) };
        for token in tokens {
            connection.clone().set_ex::<_, _, ()>(key(token), "user-7", 600).await?;
        }
        Ok(())
    }

    pub(crate) async fn find(&self, token: &PresentedToken) -> Found {
        let digest = token.digest().as_bytes().as_slice();
        let subject: Option<String> = match self {
            Self::Sqlite(pool) => {
                sqlx::query_scalar("SELECT subject FROM token WHERE digest = ?1")
                    .bind(digest)
                    .fetch_optional(pool)
                    .await?
            }
            Self::Postgres(pool) => {
                let query =
                    sqlx::query_scalar("SELECT convert_from(subject, 'UTF8') FROM countersign_token WHERE digest = $1");
                query.bind(digest).fetch_optional(pool).await?
            }
            Self::Redis(connection) => connection.clone().get(key(token)).await?,
        };
        Ok(subject.is_some())
    }
}

fn key(token: &PresentedToken) -> Vec<u8> {
    [b"countersign-bench:".as_slice(), token.digest().as_bytes()].concat()
}
