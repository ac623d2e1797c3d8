//! A way to be refused for every kind there is.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::RejectionResponse;
use countersign::body::ResponseBody;
use countersign::gate::Origins;
use countersign::hmac::Coverage;
use countersign::hmac::schemes::UstudioV2;
use countersign::{
    AuthErrorKind, BearerTokenLayer, HmacAuthLayer, KeyId, ManualClock, MemoryStore, OrganisationLayer, OriginLayer,
    PresentedToken, RequireScopeLayer, RequiredScopes, Secrets, SentrySignatureLayer, StoreError, TokenInfo, store_fn,
};
use countersign_tests::{Inner, KEY, Script, Step, Timed, again, collect, secret, signed, signed_at};
use http::request::Builder;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt as _};

/// How the caller asks: with which method, and which fields beside.
pub type Ask = fn(&str) -> Builder;

/// What every request of these tests has in it, wherever there is room, and no response may have.
pub const CANARY: &str = "canary-6e1f";

/// A kind, the status it is answered with, the challenges, and gRPC's status.
pub type Row = (AuthErrorKind, u16, &'static [&'static str], &'static str);

const USTUDIO: &[&str] = &["USTUDIO-HMAC-V2"];
const TIMED: &[&str] = &["Test-Timed"];
const INVALID_TOKEN: &[&str] = &[r#"Bearer realm="r", error="invalid_token""#];

/// What is answered to whom, by the layer that can refuse so.
pub const ROWS: &[Row] = &[
    (AuthErrorKind::MissingCredentials, 401, USTUDIO, "16"),
    (AuthErrorKind::MalformedCredentials, 401, USTUDIO, "16"),
    (AuthErrorKind::SeveralCredentials, 400, &[], "16"),
    (AuthErrorKind::CredentialsTooLong, 431, &[], "8"),
    (AuthErrorKind::AmbiguousTarget, 400, &[], "16"),
    (AuthErrorKind::UnknownKey, 401, USTUDIO, "16"),
    (AuthErrorKind::BadSignature, 401, USTUDIO, "16"),
    (AuthErrorKind::Stale, 401, TIMED, "16"),
    (AuthErrorKind::FromTheFuture, 401, TIMED, "16"),
    (AuthErrorKind::Replayed, 401, TIMED, "16"),
    (AuthErrorKind::InsufficientCoverage, 401, USTUDIO, "16"),
    (AuthErrorKind::UnknownToken, 401, INVALID_TOKEN, "16"),
    (AuthErrorKind::TokenExpired, 401, INVALID_TOKEN, "16"),
    (AuthErrorKind::TokenNotYetValid, 401, INVALID_TOKEN, "16"),
    (AuthErrorKind::TokenRevoked, 401, INVALID_TOKEN, "16"),
    (AuthErrorKind::InsufficientScope, 403, &[r#"Bearer error="insufficient_scope", scope="things:read""#], "7"),
    (AuthErrorKind::WrongOrganisation, 403, &[r#"Bearer error="insufficient_scope""#], "7"),
    (AuthErrorKind::WrongOrigin, 403, &[], "7"),
    (AuthErrorKind::MethodNotAllowed, 405, &[], "16"),
    (AuthErrorKind::BodyTooLarge, 413, &[], "8"),
    (AuthErrorKind::BodyTimedOut, 408, &[], "14"),
    (AuthErrorKind::BodyFailed, 400, &[], "16"),
    (AuthErrorKind::BudgetExhausted, 503, &[], "14"),
    (AuthErrorKind::StoreFailed, 503, &[], "14"),
    (AuthErrorKind::StoreTimedOut, 503, &[], "14"),
    (AuthErrorKind::NonceStoreFull, 503, &[], "14"),
    (AuthErrorKind::Misconfigured, 500, &[], "13"),
];

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// The answer to a request that is refused for this reason, in this style.
pub async fn refusal<R: RejectionResponse + Clone>(kind: AuthErrorKind, style: R, ask: Ask) -> Response<Bytes> {
    use AuthErrorKind as Kind;
    let hmac = |store| HmacAuthLayer::new(UstudioV2::new(), store).with_rejection(style.clone());
    let known = || MemoryStore::new().with_secret(KEY, secret());
    let target = format!("/{CANARY}?{CANARY}={CANARY}");
    let good = || signed(&UstudioV2::new(), ask(&target), CANARY.as_bytes());
    let scheme = Timed::new(Duration::from_secs(300), Duration::from_secs(60));
    let timed = |offset| {
        let clock = ManualClock::new(now() + Duration::from_secs(offset));
        HmacAuthLayer::new(scheme.clone(), known()).with_rejection(style.clone()).with_clock(clock)
    };
    let dated = || signed_at(now() + Duration::from_secs(500), &scheme, ask(&target), CANARY.as_bytes());
    match kind {
        Kind::MissingCredentials => answer(&hmac(known()), plain(ask(&target))).await,
        Kind::MalformedCredentials => {
            answer(&hmac(known()), with(plain(ask(&target)), &format!("USTUDIO-HMAC-V2 {CANARY}"))).await
        }
        Kind::SeveralCredentials => {
            let mut request = good();
            request.headers_mut().append(header::AUTHORIZATION, CANARY.parse().unwrap());
            answer(&hmac(known()), request).await
        }
        Kind::CredentialsTooLong => {
            answer(&hmac(known()), with(good(), &format!("USTUDIO-HMAC-V2 {}", CANARY.repeat(1000)))).await
        }
        Kind::AmbiguousTarget => {
            let mut request = good();
            for host in ["one.test", CANARY] {
                request.headers_mut().append(header::HOST, host.parse().unwrap());
            }
            answer(&hmac(known()), request).await
        }
        Kind::UnknownKey => {
            let request = good();
            let credentials = request.headers()[header::AUTHORIZATION].to_str().unwrap().replace(KEY, CANARY);
            answer(&hmac(known()), with(request, &credentials)).await
        }
        Kind::BadSignature => answer(&hmac(known()), good().map(|_| Script::of("another"))).await,
        Kind::Stale => answer(&timed(801), dated()).await,
        Kind::FromTheFuture => answer(&timed(439), dated()).await,
        Kind::Replayed => {
            let (layer, request) = (timed(500), dated());
            let first = again(&request, CANARY.as_bytes());
            assert_eq!(layer.layer(Inner::new()).oneshot(first).await.unwrap().status(), 200);
            answer(&layer, request).await
        }
        Kind::InsufficientCoverage => {
            answer(&hmac(known()).with_required_components(Coverage::AUTHORITY), good()).await
        }
        Kind::UnknownToken | Kind::TokenExpired | Kind::TokenNotYetValid | Kind::TokenRevoked => {
            let info = TokenInfo::new(CANARY);
            let info = match kind {
                Kind::TokenExpired => info.with_expires_at(now()),
                Kind::TokenNotYetValid => info.with_not_before(now() + Duration::from_secs(1)),
                Kind::TokenRevoked => info.with_revoked_at(now()).with_revoked_reason(CANARY),
                _ => info,
            };
            let token = if kind == Kind::UnknownToken { "another" } else { CANARY };
            let layer = BearerTokenLayer::new(MemoryStore::new().with_token(token, info))
                .with_realm("r".parse().unwrap())
                .with_clock(ManualClock::new(now()))
                .with_rejection(style);
            answer(&layer, with(plain(ask(&target)), &format!("Bearer {CANARY}"))).await
        }
        Kind::InsufficientScope | Kind::WrongOrganisation | Kind::WrongOrigin | Kind::Misconfigured => {
            let mut request = plain(ask(&format!("/orgs/acme/{CANARY}")));
            if kind != Kind::Misconfigured {
                let info = TokenInfo::new(CANARY).with_organisation(CANARY).with_scope(CANARY.parse().unwrap());
                let caller = countersign::Authenticated::by_token("Bearer", info, now());
                request.extensions_mut().insert(caller);
            }
            if kind == Kind::WrongOrganisation {
                let gate = OrganisationLayer::for_path("/orgs/{org}".parse().unwrap());
                return answer(&gate.with_rejection(style), request).await;
            }
            if kind == Kind::WrongOrigin {
                let origin = format!("https://{CANARY}.test").parse().unwrap();
                request.headers_mut().insert(header::ORIGIN, origin);
                return answer(&OriginLayer::new(Origins::none()).with_rejection(style), request).await;
            }
            let gate = RequireScopeLayer::new(RequiredScopes::all_of("things:read".parse().unwrap()));
            answer(&gate.with_rejection(style), request).await
        }
        Kind::MethodNotAllowed => {
            let mut request = plain(ask(&target));
            *request.method_mut() = Method::PUT;
            answer(&SentrySignatureLayer::new(known()).with_rejection(style), request).await
        }
        Kind::BodyTooLarge => answer(&hmac(known()).with_body_limit(3), good()).await,
        Kind::BodyTimedOut => answer(&hmac(known()), good().map(|_| Script::new([Step::Hang]))).await,
        Kind::BodyFailed => answer(&hmac(known()), good().map(|_| Script::new([Step::Fail]))).await,
        Kind::BudgetExhausted => answer(&hmac(known()).with_body_budget(1), good()).await,
        Kind::StoreFailed => {
            let store = store_fn(|_: KeyId| async { Err::<Secrets, _>(StoreError::new(CANARY)) });
            let layer = HmacAuthLayer::new(UstudioV2::new(), store).with_rejection(style.clone());
            answer(&layer, good()).await
        }
        Kind::StoreTimedOut => {
            let store = store_fn(|_: PresentedToken| std::future::pending());
            let layer = BearerTokenLayer::new(store).with_rejection(style.clone());
            answer(&layer, with(plain(ask(&target)), &format!("Bearer {CANARY}"))).await
        }
        Kind::NonceStoreFull => {
            let layer = hmac(known()).with_replay_protection_for(MemoryStore::with_capacity(0), Duration::from_secs(9));
            answer(&layer, good()).await
        }
        other => panic!("a kind that nobody looks at: {other:?}"),
    }
}

fn plain(request: Builder) -> Request<Script> {
    request.body(Script::of(CANARY)).unwrap()
}

fn with(mut request: Request<Script>, credentials: &str) -> Request<Script> {
    request.headers_mut().insert(header::AUTHORIZATION, credentials.parse().unwrap());
    request
}

/// The refusal, whole. Nothing of the request has reached the inner service.
async fn answer<L>(layer: &L, mut request: Request<Script>) -> Response<Bytes>
where
    L: Layer<Inner>,
    L::Service: Service<Request<Script>, Response = Response<ResponseBody<Full<Bytes>>>, Error = Infallible>,
{
    request.headers_mut().insert("x-canary", CANARY.parse().unwrap());
    let inner = Inner::new();
    let answer = layer.layer(inner.clone()).oneshot(request).await.unwrap();
    // A replayed request was admitted before, by another service.
    assert_eq!(inner.calls(), 0);
    let (head, body) = answer.into_parts();
    Response::from_parts(head, collect(body).await)
}
