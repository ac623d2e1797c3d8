//! What the tests share: a store that counts what it is asked and can be made to wait, fail or panic, and how a layer is
//! asked about a token.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::ResponseBody;
use countersign::cache::CacheConfig;
use countersign::{
    AuthError, AuthErrorKind, Authenticated, BearerTokenLayer, KeyId, ManualClock, MemoryStore, PresentedToken,
    SecretStore, Secrets, StoreError, TokenDigest, TokenInfo, TokenStore, async_trait,
};
use http::{Request, Response, header};
use http_body_util::Full;
use tokio::sync::Semaphore;
use tower::{Layer as _, ServiceExt as _, service_fn};

pub(crate) const NOW: u64 = 1_700_000_000;

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::at_unix(NOW)
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A store in memory. Clones share everything.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) memory: MemoryStore,
    state: Arc<State>,
}

struct State {
    asked: AtomicUsize,
    mood: Mutex<Mood>,
    held: Semaphore,
}

/// What the store does with a question.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mood {
    Answer,
    /// Looks, and says what it saw when it is [released](Counted::release).
    Hold,
    HoldAndFail,
    HoldAndPanic,
    Fail,
    Panic,
    Hang,
}

impl Counted {
    pub(crate) fn new(memory: MemoryStore) -> Self {
        let state = State { asked: AtomicUsize::new(0), mood: Mutex::new(Mood::Answer), held: Semaphore::new(0) };
        Self { memory, state: Arc::new(state) }
    }

    /// How often it was asked since this was last called.
    pub(crate) fn asked(&self) -> usize {
        self.state.asked.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn be(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// Lets so many held answers go.
    pub(crate) fn release(&self, answers: usize) {
        self.state.held.add_permits(answers);
    }

    async fn treat<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        self.state.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.state.mood.lock().unwrap();
        if matches!(mood, Mood::Hold | Mood::HoldAndFail | Mood::HoldAndPanic) {
            self.state.held.acquire().await.unwrap().forget();
        }
        match mood {
            Mood::Answer | Mood::Hold => answer,
            Mood::Fail | Mood::HoldAndFail => Err(StoreError::new("the store is down")),
            Mood::Panic | Mood::HoldAndPanic => panic!("the store panics"),
            Mood::Hang => std::future::pending().await,
        }
    }
}

#[async_trait]
impl TokenStore for Counted {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let answer = self.memory.token(token).await;
        self.treat(answer).await
    }
}

#[async_trait]
impl SecretStore for Counted {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let answer = self.memory.secrets(key_id).await;
        self.treat(answer).await
    }
}

/// `good` of Ada, and some that are not good.
pub(crate) fn tokens() -> Counted {
    let info = || TokenInfo::new("ada").with_scope("read".parse().unwrap());
    Counted::new(
        MemoryStore::new()
            .with_token("good", info().with_id("id-of-good"))
            .with_token("other", info().with_id("id-of-other"))
            .with_token("revoked", info().with_revoked_at(at(NOW - 1)))
            .with_token("expires-in-10", info().with_expires_at(at(NOW + 10)))
            .with_token("valid-in-2", info().with_not_before(at(NOW + 2))),
    )
}

pub(crate) fn layer(store: &Counted, clock: &ManualClock) -> BearerTokenLayer {
    configured(store, clock, CacheConfig::new())
}

pub(crate) fn configured(store: &Counted, clock: &ManualClock, config: CacheConfig) -> BearerTokenLayer {
    BearerTokenLayer::new(store.clone()).with_clock(clock.clone()).with_cache(config)
}

/// Whom a request with this token is admitted for, or why it is not.
pub(crate) async fn ask(layer: &BearerTokenLayer, token: &str) -> Result<String, AuthErrorKind> {
    let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}")).body(()).unwrap();
    let (who, _) = send(layer, request).await?;
    Ok(who)
}

/// Whom a request is admitted for, and how the service behind the layer finds the `Authorization` fields; or why it is not.
pub(crate) async fn send(layer: &BearerTokenLayer, request: Request<()>) -> Result<(String, String), AuthErrorKind> {
    let response = respond(layer, request).await;
    match response.extensions().get::<AuthError>() {
        Some(error) => Err(error.kind()),
        None => Ok(response.extensions().get::<(String, String)>().unwrap().clone()),
    }
}

pub(crate) async fn respond(layer: &BearerTokenLayer, request: Request<()>) -> Response<ResponseBody<Full<Bytes>>> {
    let service = layer.layer(service_fn(async |request: Request<()>| {
        let who = Authenticated::of(request.extensions()).map_or("anonymous", Authenticated::subject).to_owned();
        let fields = request.headers().get_all(header::AUTHORIZATION).iter();
        let fields = fields.map(|field| (field.as_bytes().to_vec(), field.is_sensitive())).collect::<Vec<_>>();
        let mut response = Response::new(Full::<Bytes>::default());
        response.extensions_mut().insert((who, format!("{fields:?}")));
        Ok::<_, Infallible>(response)
    }));
    service.oneshot(request).await.unwrap()
}

pub(crate) fn ada() -> Result<String, AuthErrorKind> {
    Ok("ada".to_owned())
}

pub(crate) fn digest(token: &str) -> TokenDigest {
    TokenDigest::of(token)
}

/// Lets everything go on that can.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Waits until the cache is in use; `good` is in it then.
pub(crate) async fn in_use(store: &Counted, layer: &BearerTokenLayer) {
    for _ in 0..1_000 {
        let _ = (ask(layer, "good").await, ask(layer, "good").await);
        if store.asked() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the cache is not in use");
}
