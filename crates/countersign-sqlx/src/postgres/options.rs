//! Where the database is, and how it is used.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::names::Prefix;
use super::session::{PATIENCE, bounded};
use super::{OpenError, OpenErrorKind, PostgresStore, schema};
use crate::SchemaChange;

/// Where the database is, and how it is used.
///
/// ```no_run
/// use countersign_sqlx::postgres::PostgresOptions;
///
/// # async fn connect(url: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresOptions::new(url).with_table_prefix("acme_auth_").with_max_connections(20).connect().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresOptions {
    url: String,
    prefix: String,
    max_connections: u32,
}

impl PostgresOptions {
    /// The database at `url`: `postgres://user:password@host:port/database?sslmode=verify-full`, in the parameters of which
    /// sqlx's `PgConnectOptions` is the reference. What is not in it comes from the variables `PGHOST`, `PGUSER`,
    /// `PGPASSWORD` and so on, and from `~/.pgpass`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), prefix: "countersign_".to_owned(), max_connections: 10 }
    }

    /// What the names of all tables, indexes and functions and of the channel begin with: `countersign_` by default. 1 to
    /// 32 lower-case letters, digits and underscores, no digit first; anything else is an error when connecting.
    pub fn with_table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How many connections there may be at once, 10 by default; each delivery of invalidations has one more.
    ///
    /// When all are in use one waits for ten seconds at most, and gets an error then.
    pub const fn with_max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections;
        self
    }

    /// Connects to a database whose tables are there and of the version that this program knows. That is what a service
    /// should use.
    ///
    /// # Errors
    /// When it cannot be reached, when it is a standby, or when anything is wrong with its tables.
    pub async fn connect(&self) -> Result<PostgresStore, OpenError> {
        let place = self.place()?;
        let mut connection = place.connect().await?;
        let names = schema::check(&mut connection, &place).await?;
        place.close(connection).await;
        Ok(PostgresStore::new(place.options, names, self.max_connections))
    }

    /// Makes the tables or brings them up to date, and connects.
    ///
    /// Where the tables have vanished, because the URL leads to another database say, they are made anew by this, without the
    /// revocations that were in the old ones. So a service should [`connect`](Self::connect); this is for development and
    /// for tests.
    ///
    /// # Errors
    /// Those of [`migrate`](Self::migrate) and of [`connect`](Self::connect).
    pub async fn connect_or_migrate(&self) -> Result<PostgresStore, OpenError> {
        match self.connect().await {
            Err(error) if matches!(error.kind(), OpenErrorKind::Missing | OpenErrorKind::OlderSchema) => {
                self.migrate().await?;
                self.connect().await
            }
            connected => connected,
        }
    }

    /// Makes the tables, or brings them up to date, in one transaction. Of several programs that do so at once one does it
    /// and the others wait for it, for a minute at most.
    ///
    /// The role needs the right to create in the schema, which is the first of its `search_path` that is there. Services may
    /// use a role with fewer rights; see the [module's docs](super).
    ///
    /// # Errors
    /// When the database cannot be reached, or tables of these names are damaged, newer, or another program's.
    ///
    /// # Cancel safety
    /// All is made or nothing is.
    pub async fn migrate(&self) -> Result<SchemaChange, OpenError> {
        let place = self.place()?;
        let mut connection = place.connect().await?;
        let change = schema::migrate(&mut connection, &place).await?;
        place.close(connection).await;
        Ok(change)
    }

    fn place(&self) -> Result<Place, OpenError> {
        let prefix = Prefix::new(&self.prefix)
            .ok_or_else(|| OpenError::new(OpenErrorKind::InvalidPrefix, &format!("{:?}", self.prefix)))?;
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|error| OpenError::new(OpenErrorKind::InvalidUrl, &prefix.table("*")).with_source(error))?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("countersign"),
        };
        // Nothing that is bound to a statement shall ever be shown.
        Ok(Place { options: options.disable_statement_logging(), prefix })
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the URL: a password may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("prefix", &self.prefix)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// One set of tables in one database.
pub(super) struct Place {
    pub(super) options: PgConnectOptions,
    pub(super) prefix: Prefix,
}

impl Place {
    pub(super) fn error(&self, kind: OpenErrorKind) -> OpenError {
        let host = match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => self.options.get_host().to_owned(),
        };
        let database = self.options.get_database().unwrap_or_else(|| self.options.get_username());
        let port = self.options.get_port();
        OpenError::new(kind, &format!("{} of the database {database} at {host}:{port}", self.prefix.table("*")))
    }

    /// A connection of its own, so that it is the server itself that says what is wrong, and not a pool that gave up.
    async fn connect(&self) -> Result<PgConnection, OpenError> {
        let connected = bounded(PATIENCE, self.options.connect()).await;
        connected.map_err(|error| schema::refusal(self, OpenErrorKind::Unavailable, error))
    }

    async fn close(&self, connection: PgConnection) {
        // It is of no more use: how that ends does not matter.
        let _ = bounded(PATIENCE, sqlx::Connection::close(connection)).await;
    }
}
