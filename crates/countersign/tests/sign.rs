//! The client's layers against the server's.

#![cfg(feature = "sign")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops the test")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::SignedHead;
use countersign::body::{AuthBody, ResponseBody};
use countersign::hmac::schemes::UstudioV2;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};
use countersign::sign::{SignError, SignLayer};
use countersign::{Clock as _, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret};
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use tower::retry::{Policy, RetryLayer};
use tower::util::BoxCloneService;
use tower::{BoxError, Layer as _, ServiceBuilder, ServiceExt as _, service_fn};

const NOW: u64 = 1_700_000_000;

fn secret() -> Secret {
    Secret::new("a secret of the partner").unwrap()
}

fn store() -> MemoryStore {
    MemoryStore::new().with_secret("partner", secret())
}

fn signing(scheme: impl HmacScheme) -> SignLayer {
    SignLayer::new(scheme, "partner".parse().unwrap(), secret()).with_clock(ManualClock::at_unix(NOW))
}

fn order(url: &str) -> Request<Full<Bytes>> {
    Request::post(url).body("one of these".into()).unwrap()
}

/// `X-Time` and `X-Mac`: a format with time.
#[derive(Clone)]
struct Timed;

const TIME: HeaderName = HeaderName::from_static("x-time");
const MAC: HeaderName = HeaderName::from_static("x-mac");
static FIELDS: [HeaderName; 2] = [TIME, MAC];

impl HmacScheme for Timed {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile = SchemeProfile::new(
            "Timed",
            Algorithm::HmacSha256,
            Encoding::Base64Url,
            Coverage::CREATED.and(Coverage::BODY),
            &FIELDS,
        )
        .with_leeway(Leeway::new(Duration::from_secs(60), Duration::from_secs(60)));
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let (Some(time), Some(mac)) = (head.single(&TIME)?, head.single(&MAC)?) else { return Ok(None) };
        let time: u64 = time.to_str().ok().and_then(|time| time.parse().ok()).ok_or(Malformed::new("no time"))?;
        let presented = Presented::new(KeyId::new("partner").unwrap()).with_signature(mac.as_bytes())?;
        Ok(Some(presented.with_created(SystemTime::UNIX_EPOCH + Duration::from_secs(time))))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, head.headers()[TIME].as_bytes());
        base.push_literal(".");
        base.push_body();
        Ok(Bases::from_iter([base]))
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let seconds = intent.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        head.headers.insert(TIME, seconds.into());
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(MAC, signature.parse().unwrap());
        Ok(())
    }
}

type Server = BoxCloneService<Request<AuthBody<Full<Bytes>>>, Response<ResponseBody<Full<Bytes>>>, Infallible>;

/// A server whose clock is `ahead`, which says what time it is and how often it was asked.
fn server(ahead: i64) -> (Server, Arc<AtomicUsize>) {
    let clock = ManualClock::at_unix(NOW.checked_add_signed(ahead).unwrap());
    let guarded = HmacAuthLayer::new(Timed, store()).with_clock(clock.clone()).layer(service_fn(
        async |request: Request<AuthBody<_>>| {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::new(Full::new(body)))
        },
    ));
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let service = ServiceBuilder::new()
        .map_request(move |request| {
            counter.fetch_add(1, Ordering::Relaxed);
            request
        })
        .map_response(move |mut response: Response<_>| {
            response.headers_mut().insert(header::DATE, httpdate::fmt_http_date(clock.now()).parse().unwrap());
            response
        })
        .service(guarded);
    (BoxCloneService::new(service), asked)
}

#[tokio::test]
async fn what_the_client_signs_the_server_admits_and_the_body_arrives() {
    let (server, _) = server(0);
    let response = signing(Timed).layer(server).oneshot(order("https://example.com/")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "one of these");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_put_right_by_a_refusal_once() {
    for (ahead, learns, statuses, asked_in_all) in [
        (100, true, [200, 200], 3),
        (-100, true, [200, 200], 3),
        (100, false, [401, 401], 2),
        (901, true, [401, 401], 2),
    ] {
        let (server, asked) = server(ahead);
        let layer = if learns { signing(Timed).with_clock_learning() } else { signing(Timed) };
        let client = layer.layer(server);
        let mut got = Vec::new();
        // Two bodies: the same request twice would be a replay.
        for body in ["one", "two"] {
            let request = order("https://example.com/").map(|_| Full::<Bytes>::from(body));
            got.push(client.clone().oneshot(request).await.unwrap().status().as_u16());
        }
        assert_eq!((got, asked.load(Ordering::Relaxed)), (statuses.to_vec(), asked_in_all), "{ahead} s, {learns}");
    }
}

#[tokio::test]
async fn nothing_is_learnt_without_tls() {
    let (server, asked) = server(100);
    let client = signing(Timed).with_clock_learning().layer(server);
    assert_eq!(client.oneshot(order("http://example.com/")).await.unwrap().status(), 401);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

/// Tries twice.
#[derive(Clone)]
struct Twice(usize);

impl<R> Policy<Request<Full<Bytes>>, Response<R>, BoxError> for Twice {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request<Full<Bytes>>, result: &mut Result<Response<R>, BoxError>) -> Option<Ready<()>> {
        self.0 += 1;
        (self.0 < 2 && result.as_ref().is_ok_and(|response| response.status().is_server_error())).then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<Full<Bytes>>) -> Option<Request<Full<Bytes>>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn each_attempt_is_signed_afresh() {
    let clock = ManualClock::at_unix(NOW);
    let (times, moving) = (Arc::new(std::sync::Mutex::new(Vec::new())), clock.clone());
    let seen = times.clone();
    let busy = service_fn(move |request: Request<_>| {
        seen.lock().unwrap().push(request.headers()[TIME].to_str().unwrap().to_owned());
        assert!(request.headers()[MAC].is_sensitive());
        moving.advance(Duration::from_secs(7));
        let _body: AuthBody<Full<Bytes>> = request.into_body();
        ready(Ok::<_, Infallible>(Response::builder().status(503).body(()).unwrap()))
    });
    let client =
        ServiceBuilder::new().layer(RetryLayer::new(Twice(0))).layer(signing(Timed).with_clock(clock)).service(busy);
    assert_eq!(client.oneshot(order("https://example.com/")).await.unwrap().status(), 503);
    assert_eq!(*times.lock().unwrap(), ["1700000000", "1700000007"]);
}

#[tokio::test]
async fn a_body_over_the_limit_and_a_target_without_path_are_not_sent() {
    let sent = service_fn(|_: Request<_>| async { panic!("nothing must be sent") });
    let unsent = |layer: SignLayer, request| {
        let client = layer.layer(sent.map_response(|()| Response::new(())).map_err(|()| "no error"));
        client.oneshot(request)
    };
    let error = unsent(signing(UstudioV2::new()).with_body_limit(11), order("https://example.com/")).await.unwrap_err();
    assert_eq!(
        error.downcast_ref::<countersign::AuthError>().unwrap().kind(),
        countersign::AuthErrorKind::BodyTooLarge
    );
    let connect = Request::connect("example.com:80").body(Full::default()).unwrap();
    let error = unsent(signing(UstudioV2::new()), connect).await.unwrap_err();
    assert!(error.is::<SignError>(), "{error}");
}
