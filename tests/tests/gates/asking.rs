//! A guarded server, and requests to it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use countersign::gate::{AllowedOrigins, OrganisationNames, Organisations, Origin, Origins, RegisteredOrigins};
use countersign::{BearerTokenLayer, MemoryStore, StoreError, TokenInfo};
use countersign_tests::{Answer, Inner, Server, Wire};

/// Whose tokens these are: `app` and `other` are applications', `user` is nobody's.
pub fn tokens() -> BearerTokenLayer {
    let of = |client_id: &str| TokenInfo::new("ada").with_client_id(client_id).with_organisation("acme");
    let tokens = MemoryStore::new()
        .with_token("app", of("app"))
        .with_token("other", of("other"))
        .with_token("unknown", of("unknown"))
        .with_token("user", TokenInfo::new("ada"))
        .with_token("gone", TokenInfo::new("ada").with_organisation("gone"));
    BearerTokenLayer::new(tokens)
}

/// A server, and what reached its inner service.
pub struct Guarded {
    pub server: Server,
    pub inner: Inner,
}

impl Guarded {
    pub async fn start(guard: impl FnOnce(Router) -> Router) -> Self {
        let inner = Inner::new();
        let app = guard(Router::new().fallback_service(inner.clone()));
        Self { server: Server::start(app).await, inner }
    }

    /// One request; it reaches the inner service when it is answered with 200, and only then.
    pub async fn ask(&self, line: &str, fields: &[&str]) -> Answer {
        let before = self.inner.calls();
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let request = format!("{line} HTTP/1.1\r\nHost: api.example\r\n{fields}\r\n");
        let answer = Wire::exchange(self.server.address(), request.as_bytes()).await;
        let admitted = answer.status == 200 && !line.starts_with("OPTIONS ");
        assert_eq!(self.inner.calls() - before, usize::from(admitted), "{request}");
        answer
    }

    /// The answer without what differs from second to second, to be compared whole.
    pub async fn whole(&self, line: &str, fields: &[&str]) -> Answer {
        self.ask(line, fields).await.without_date()
    }
}

pub fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

/// A store in trouble.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Fails,
    Panics,
    Hangs,
}

impl Trouble {
    pub const ALL: [Self; 3] = [Self::Fails, Self::Panics, Self::Hangs];

    /// What a store may take at most here: nothing waits for this but the one that hangs.
    pub const LIMIT: Duration = Duration::from_millis(20);

    async fn answer<T>(self) -> Result<T, StoreError> {
        match self {
            Self::Fails => Err(StoreError::new("the store is down")),
            Self::Panics => panic!("the store panics"),
            Self::Hangs => std::future::pending().await,
        }
    }
}

#[async_trait]
impl AllowedOrigins for Trouble {
    async fn allowed_origins(&self, _: &str) -> Result<Origins, StoreError> {
        self.answer().await
    }
}

#[async_trait]
impl RegisteredOrigins for Trouble {
    async fn is_registered(&self, _: &Origin) -> Result<bool, StoreError> {
        self.answer().await
    }
}

#[async_trait]
impl Organisations for Trouble {
    async fn names(&self, _: &str) -> Result<Option<OrganisationNames>, StoreError> {
        self.answer().await
    }
}

/// A store that answers after it was polled a few times, as one behind a socket does.
#[derive(Clone)]
pub struct Later<S>(pub Arc<S>);

impl<S> Later<S> {
    pub fn new(store: S) -> Self {
        Self(Arc::new(store))
    }
}

#[async_trait]
impl<S: AllowedOrigins> AllowedOrigins for Later<S> {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        tokio::task::yield_now().await;
        self.0.allowed_origins(client_id).await
    }
}

#[async_trait]
impl<S: RegisteredOrigins> RegisteredOrigins for Later<S> {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        self.0.is_registered(origin).await
    }
}

#[async_trait]
impl<S: Organisations> Organisations for Later<S> {
    async fn names(&self, organisation: &str) -> Result<Option<OrganisationNames>, StoreError> {
        tokio::task::yield_now().await;
        self.0.names(organisation).await
    }
}
