//! Every layer in one shape, so that one check can judge them all.

use std::error::Error;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use countersign::auth::{AuthLayer, Authenticate, NegotiatedRejection, Verdict};
use countersign::gate::{AllowedOrigins, OrganisationPath, Origins};
use countersign::hmac::schemes::UstudioV2;
use countersign::sentry::SentryMessage;
use countersign::{
    AuthError, AuthErrorKind, Authenticated, BearerTokenLayer, Challenge, HmacAuthLayer, KeyId, OrganisationLayer,
    OriginLayer, PresentedToken, RequireScopeLayer, RequiredScopes, Secrets, SentrySignatureLayer, StoreError,
    TokenInfo, TokenStore, store_fn,
};
use countersign_tests::{KEY, Script, Step, bearer, secret, signed};
use http::request::Parts;
use http::{HeaderValue, Request, Response, header};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use tower::util::{BoxCloneSyncService, MapRequestLayer};
use tower::{Layer, Service, ServiceBuilder};

pub type BoxError = Box<dyn Error + Send + Sync>;
pub type AnyBody = UnsyncBoxBody<Bytes, BoxError>;
/// What is behind a layer.
pub type Below = BoxCloneSyncService<Request<AnyBody>, Response<Full<Bytes>>, BoxError>;
/// A layer with what is behind it.
pub type Guarded = BoxCloneSyncService<Request<Script>, Response<AnyBody>, BoxError>;

/// A layer, and requests that it treats in the ways there are.
pub struct Guard {
    pub name: &'static str,
    put: Box<dyn Fn(Below) -> Guarded + Send + Sync>,
    /// Admitted at once.
    pub good: fn() -> Request<Script>,
    /// Admitted after several waits.
    pub slow: Option<fn() -> Request<Script>>,
    /// Never decided.
    pub parked: Option<fn() -> Request<Script>>,
    pub refused: fn() -> Request<Script>,
}

impl Guard {
    pub fn before<S>(&self, below: S) -> Guarded
    where
        S: Service<Request<AnyBody>, Response = Response<Full<Bytes>>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        (self.put)(BoxCloneSyncService::new(tower::ServiceExt::map_err(below, Into::into)))
    }

    pub fn new<L, B, ResB>(
        name: &'static str,
        layer: L,
        good: fn() -> Request<Script>,
        refused: fn() -> Request<Script>,
    ) -> Self
    where
        L: Layer<Boxing<B>> + Send + Sync + 'static,
        L::Service:
            Service<Request<Script>, Response = Response<ResB>, Error = BoxError, Future: Send> + Clone + Send + Sync,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
        ResB: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let put = move |below: Below| -> Guarded {
            let boxing: fn(Request<B>) -> Request<AnyBody> = |request| request.map(boxed);
            let guarded = layer.layer(MapRequestLayer::new(boxing).layer(below));
            let service = ServiceBuilder::new().map_response(|response: Response<ResB>| response.map(boxed));
            BoxCloneSyncService::new(service.service(guarded))
        };
        Self { name, put: Box::new(put), good, slow: None, parked: None, refused }
    }

    pub const fn waiting(mut self, slow: fn() -> Request<Script>, parked: fn() -> Request<Script>) -> Self {
        (self.slow, self.parked) = (Some(slow), Some(parked));
        self
    }
}

type Boxing<B> = tower::util::MapRequest<Below, fn(Request<B>) -> Request<AnyBody>>;

fn boxed<B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static>(body: B) -> AnyBody {
    UnsyncBoxBody::new(body.map_err(Into::into))
}

/// Every layer of the library.
pub fn guards() -> Vec<Guard> {
    let scope = RequiredScopes::all_of("things:read".parse().unwrap());
    let path: OrganisationPath = "/orgs/{org}".parse().unwrap();
    vec![
        Guard::new("HmacAuthLayer", hmac(), signed_good, signed_wrong).waiting(signed_slow, signed_parked),
        Guard::new("SentrySignatureLayer", messages(), message_good, message_wrong)
            .waiting(message_slow, message_parked),
        Guard::new("BearerTokenLayer", BearerTokenLayer::new(tokens()), || bearer("good"), || bearer("bad"))
            .waiting(|| bearer("slow"), || bearer("parked")),
        Guard::new(
            "bearer or hmac, by token",
            BearerTokenLayer::new(tokens()).or(hmac()),
            || bearer("good"),
            signed_wrong,
        )
        .waiting(|| bearer("slow"), || bearer("parked")),
        Guard::new("bearer or hmac, by key", BearerTokenLayer::new(tokens()).or(hmac()), signed_good, || bearer("bad"))
            .waiting(signed_slow, signed_parked),
        Guard::new("an AuthLayer", AuthLayer::new(ByWord), || worded("good"), || worded("bad"))
            .waiting(|| worded("slow"), || worded("parked")),
        Guard::new("RequireScopeLayer", RequireScopeLayer::new(scope), member, stranger),
        Guard::new("OrganisationLayer", OrganisationLayer::for_path(path), member, stranger),
        Guard::new("OriginLayer", OriginLayer::new(Pages), || page("good"), || page("bad"))
            .waiting(|| page("slow"), || page("parked")),
    ]
}

/// A layer whose store and nonce store make it wait.
fn hmac() -> HmacAuthLayer {
    let store = store_fn(|key_id: KeyId| async move {
        yielding(2).await;
        Ok(if key_id.as_str() == KEY { secret().into() } else { Secrets::none() })
    });
    HmacAuthLayer::new(UstudioV2::new(), store)
}

/// The same for messages, each of which may be sent again here: a check sends the good one several times.
fn messages() -> SentrySignatureLayer {
    let store = store_fn(|_: KeyId| async move {
        yielding(2).await;
        Ok(secret().into())
    });
    // In the style of all the others: a refusal is a 401.
    SentrySignatureLayer::new(store).with_insecure_no_replay_protection().with_rejection(NegotiatedRejection::new())
}

fn message_good() -> Request<Script> {
    signed(&SentryMessage::new(), Request::post("/store/"), b"a body")
}

fn message_wrong() -> Request<Script> {
    message_good().map(|_| Script::trickling(b"another body", 2))
}

fn message_slow() -> Request<Script> {
    message_good().map(|_| Script::trickling(b"a body", 2))
}

fn message_parked() -> Request<Script> {
    message_good().map(|_| Script::new([Step::Data(Bytes::from_static(b"a b")), Step::Hang]))
}

fn tokens() -> impl TokenStore {
    store_fn(|token: PresentedToken| async move {
        match token.expose_secret() {
            "good" => Ok(Some(TokenInfo::new("user-7"))),
            "slow" => {
                yielding(5).await;
                Ok(Some(TokenInfo::new("user-7")))
            }
            "parked" => std::future::pending().await,
            _ => Ok(None),
        }
    })
}

async fn yielding(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

fn signed_good() -> Request<Script> {
    signed(&UstudioV2::new(), Request::post("/x"), b"a body")
}

fn signed_slow() -> Request<Script> {
    signed_good().map(|_| Script::trickling(b"a body", 2))
}

fn signed_parked() -> Request<Script> {
    signed_good().map(|_| Script::new([Step::Data(Bytes::from_static(b"a b")), Step::Hang]))
}

fn signed_wrong() -> Request<Script> {
    signed_good().map(|_| Script::trickling(b"another body", 2))
}

pub fn worded(word: &'static str) -> Request<Script> {
    Request::get("/").header("x-word", word).body(Script::empty()).unwrap()
}

fn member() -> Request<Script> {
    by_token(TokenInfo::new("user-7").with_scope("things:read".parse().unwrap()).with_organisation("acme"))
}

fn stranger() -> Request<Script> {
    by_token(TokenInfo::new("user-8").with_organisation("other"))
}

fn by_token(token: TokenInfo) -> Request<Script> {
    let mut request = Request::get("/orgs/acme/things").body(Script::empty()).unwrap();
    request.extensions_mut().insert(Authenticated::by_token("Bearer", token, SystemTime::UNIX_EPOCH));
    request
}

/// An application that is named for how its origins are told of.
fn page(client_id: &'static str) -> Request<Script> {
    let mut request = by_token(TokenInfo::new("user-7").with_client_id(client_id));
    request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("https://app.example"));
    request
}

struct Pages;

#[async_trait]
impl AllowedOrigins for Pages {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        match client_id {
            "slow" => yielding(5).await,
            "parked" => std::future::pending().await,
            _ => {}
        }
        let app = "https://app.example".parse().unwrap();
        Ok(if client_id == "bad" { Origins::none() } else { Origins::none().with(app) })
    }
}

/// An authenticator as an application may write it.
#[derive(Clone)]
pub struct ByWord;

impl<B: Send + 'static> Authenticate<B> for ByWord {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        head.headers.contains_key("x-word")
    }

    fn challenges(&self, _: Option<&AuthError>) -> Vec<Challenge> {
        vec![Challenge::new("Word")]
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        match request.headers().get("x-word").map(HeaderValue::as_bytes) {
            Some(b"good") => Verdict::Ready(Ok(request)),
            Some(b"slow") => Verdict::Pending(Box::pin(async move {
                yielding(5).await;
                Ok(request)
            })),
            Some(b"parked") => Verdict::Pending(Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                Err(AuthErrorKind::StoreTimedOut.into())
            })),
            _ => AuthError::new(AuthErrorKind::BadSignature).into(),
        }
    }
}
