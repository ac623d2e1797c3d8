//! Bodies that are handed on while they arrive: of callers who were proved from the head, and of anybody.

#![cfg(all(feature = "rfc9421", feature = "sign"))]
#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::Unproved;
use countersign::body::AuthBody;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{Hawk, Kong, Rfc9421, SigV4, Slack, Twilio, UstudioV2};
use countersign::{
    AuthError, AuthErrorKind, Authenticated, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request,
};
use http::{Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceExt as _};

const NOW: u64 = 1_700_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + seconds)
}

fn secret() -> Secret {
    Secret::new("a secret of more than sixteen bytes").unwrap()
}

fn store() -> MemoryStore {
    MemoryStore::new().with_secret("partner", secret())
}

/// What a body does when it is polled next.
#[derive(Clone)]
enum Step {
    Data(&'static str),
    /// Makes the clock go on.
    Wait(ManualClock, u64),
    Hang,
}

/// A body whose length nobody knows.
#[derive(Clone)]
struct Steps(VecDeque<Step>, Option<u64>);

impl Steps {
    fn of<const N: usize>(frames: [&'static str; N]) -> Self {
        Self(frames.into_iter().map(Step::Data).collect(), None)
    }
}

impl Body for Steps {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(data.as_bytes()))))),
            Some(Step::Wait(clock, seconds)) => {
                clock.advance(Duration::from_secs(seconds));
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Hang) => {
                self.0.push_front(Step::Hang);
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// The head of a request that is signed with this body and key.
fn signed(scheme: &impl HmacScheme, key: &str, body: &str) -> Request<()> {
    signed_at(at(0), scheme, key, body)
}

fn signed_at(now: SystemTime, scheme: &impl HmacScheme, key: &str, body: &str) -> Request<()> {
    let request = Request::post("https://example.com/uploads").header(header::HOST, "example.com");
    let mut head = request.body(()).unwrap().into_parts().0;
    sign_request(&mut head, body.as_bytes(), scheme, &KeyId::new(key).unwrap(), &secret(), now).unwrap();
    Request::from_parts(head, ())
}

/// What a handler saw of one request.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    /// Whether somebody was proved before the body was read, and after.
    proved: (bool, bool),
    marked: bool,
    frames: Vec<String>,
    refused: Option<AuthErrorKind>,
    told: String,
}

/// Sends a request, and says what the handler saw; or why it saw nothing.
async fn send(layer: &HmacAuthLayer, head: Request<()>, body: Steps) -> Result<Seen, AuthErrorKind> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let sees = seen.clone();
    let inner = tower::service_fn(move |request: Request<AuthBody<Steps>>| {
        let sees = sees.clone();
        async move {
            let mark = Unproved::of(request.extensions()).cloned();
            let before = Authenticated::of(request.extensions()).is_some();
            let mut now = Seen { proved: (before, before), marked: mark.is_some(), ..Seen::default() };
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => now.frames.push(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()),
                    Err(error) => {
                        now.refused = error.refusal().map(AuthError::kind);
                        now.told = error.to_string();
                    }
                }
            }
            now.proved.1 |=
                mark.and_then(|mark| mark.proved().map(|caller| caller.subject() == "partner")).unwrap_or(false);
            *sees.lock().unwrap() = now;
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }
    });
    let response = layer.layer(inner).oneshot(head.map(|()| body)).await.unwrap();
    match response.extensions().get::<AuthError>() {
        Some(error) => Err(error.kind()),
        None => Ok(seen.lock().unwrap().clone()),
    }
}

fn streamed(proved: (bool, bool), marked: bool, frames: &[&str], refused: Option<AuthErrorKind>) -> Seen {
    let frames = frames.iter().map(|frame| (*frame).to_owned()).collect();
    let told = if refused.is_some() { "the body is not what was signed" } else { "" }.to_owned();
    Seen { proved, marked, frames, refused, told }
}

/// The layers of formats that prove their caller from the head, and how each client signs.
fn proving() -> Vec<(HmacAuthLayer, Request<()>)> {
    let sigv4 = || SigV4::new("us-east-1", "service");
    let layer =
        |layer: HmacAuthLayer| layer.with_clock(ManualClock::new(at(0))).with_streaming_body().with_body_limit(5);
    vec![
        (layer(HmacAuthLayer::new(Rfc9421::new(), store())), signed(&Rfc9421::new(), "partner", "onetwothree")),
        (layer(HmacAuthLayer::new(Hawk::new(), store())), signed(&Hawk::new(), "partner", "onetwothree")),
        (layer(HmacAuthLayer::new(Kong::new(), store())), signed(&Kong::new(), "partner", "onetwothree")),
        (layer(HmacAuthLayer::new(sigv4(), store())), signed(&sigv4().with_content_sha256(), "partner", "onetwothree")),
    ]
}

#[tokio::test]
async fn a_body_under_a_digest_passes_and_its_last_bytes_only_when_it_is_what_was_signed() {
    for (layer, head) in proving() {
        let replay = layer.clone().with_replay_protection(MemoryStore::new());
        let whole = send(&layer, head.clone(), Steps::of(["one", "two", "three"])).await;
        assert_eq!(whole, Ok(streamed((true, true), false, &["one", "two", "three"], None)), "{layer:?}");
        // An empty frame at the end does not let the bytes before it out.
        let tampered = send(&replay, head.clone(), Steps::of(["one", "two", "threE", ""])).await;
        let refused = Some(AuthErrorKind::BadSignature);
        assert_eq!(tampered, Ok(streamed((true, true), false, &["one", "two"], refused)), "{layer:?}");
        // The nonce was claimed before the handler was called.
        assert_eq!(send(&layer, head, Steps::of(["one"])).await, Err(AuthErrorKind::Replayed), "{layer:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_refused_from_the_head_where_the_head_can_tell() {
    for (layer, mut head) in proving() {
        for value in head.headers_mut().values_mut() {
            let other = value.to_str().unwrap().replace("partner", "stranger");
            *value = other.parse().unwrap();
        }
        assert_eq!(send(&layer, head, Steps::of(["one"])).await, Err(AuthErrorKind::UnknownKey), "{layer:?}");
    }
}

/// The layer of a format whose MAC is over the body itself.
fn unproving() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store()).with_clock(ManualClock::new(at(0))).with_insecure_streaming_body()
}

#[tokio::test]
async fn a_body_under_a_mac_passes_before_anybody_knows_who_sent_it() {
    let head = || signed(&UstudioV2::new(), "partner", "onetwothree");
    let whole = send(&unproving(), head(), Steps::of(["one", "two", "three"])).await;
    assert_eq!(whole, Ok(streamed((false, true), true, &["one", "two", "three"], None)));
    let tampered = send(&unproving(), head(), Steps::of(["one", "two", "threE"])).await;
    let bad = streamed((false, false), true, &["one", "two"], Some(AuthErrorKind::BadSignature));
    assert_eq!(tampered, Ok(bad.clone()));
    // An unknown key looks like a wrong signature, to the handler and to whoever it tells.
    let stranger = signed(&UstudioV2::new(), "stranger", "onetwothree");
    let unknown = send(&unproving(), stranger, Steps::of(["one", "two", "three"])).await.unwrap();
    assert_eq!(unknown, Seen { refused: Some(AuthErrorKind::UnknownKey), ..bad });
    // Without a body there is nothing to wait for.
    let nothing = send(&unproving(), signed(&UstudioV2::new(), "partner", ""), Steps::of([])).await;
    assert_eq!(nothing, Ok(streamed((true, true), true, &[], None)));
    // A body that breaks off is no proof either.
    let short = send(&unproving(), head(), Steps::of(["one", "two"])).await;
    assert_eq!(short, Ok(streamed((false, false), true, &["one"], Some(AuthErrorKind::BadSignature))));
}

#[tokio::test]
async fn what_a_digest_covers_is_proved_from_the_head_all_the_same() {
    for (layer, head) in proving() {
        let layer = layer.with_insecure_streaming_body();
        let whole = send(&layer, head, Steps::of(["one", "two", "three"])).await;
        assert_eq!(whole, Ok(streamed((true, true), true, &["one", "two", "three"], None)), "{layer:?}");
    }
}

#[tokio::test]
async fn a_form_that_has_to_be_sorted_is_read_first() {
    let layer = HmacAuthLayer::new(Twilio::new(), secret()).with_insecure_streaming_body();
    let request = Request::post("https://example.com/sms").header("content-type", "application/x-www-form-urlencoded");
    let mut head = request.body(()).unwrap().into_parts().0;
    let key = KeyId::new("partner").unwrap();
    sign_request(&mut head, b"b=2&a=1", &Twilio::new(), &key, &secret(), at(0)).unwrap();
    let seen = send(&layer, Request::from_parts(head, ()), Steps::of(["b=2", "&a=1"])).await.unwrap();
    assert_eq!((seen.proved.0, seen.frames), (true, vec!["b=2".to_owned(), "&a=1".to_owned()]));
}

#[tokio::test]
async fn a_nonce_is_claimed_when_the_body_has_proved_it() {
    let layer = HmacAuthLayer::new(Slack::new(), secret()).with_clock(ManualClock::new(at(0)));
    let layer = layer.with_insecure_streaming_body();
    let head = || signed(&Slack::new(), "partner", "onetwothree");
    let steps = || Steps::of(["one", "two", "three"]);
    // Nobody who cannot sign spends it.
    let tampered = send(&layer, head(), Steps::of(["one", "two", "threE"])).await.unwrap();
    assert_eq!(tampered.refused, Some(AuthErrorKind::BadSignature));
    let first = send(&layer, head(), steps()).await.unwrap();
    assert_eq!((first.refused, first.frames.len()), (None, 3));
    let again = send(&layer, head(), steps()).await.unwrap();
    assert_eq!((again.refused, again.frames.len()), (Some(AuthErrorKind::Replayed), 2));
}

#[tokio::test(start_paused = true)]
async fn a_strangers_body_has_a_limit_and_a_deadline() {
    let head = || signed(&UstudioV2::new(), "partner", "onetwothree");
    let limited = unproving().with_body_limit(10);
    let long = send(&limited, head(), Steps::of(["one", "two", "three"])).await.unwrap();
    assert_eq!((long.refused, &*long.told), (Some(AuthErrorKind::BodyTooLarge), "the body is too large"));
    assert_eq!(long.frames, ["one"]);
    let declared = Steps(Steps::of(["one", "two", "three"]).0, Some(11));
    assert_eq!(send(&limited, head(), declared).await, Err(AuthErrorKind::BodyTooLarge), "from the head");
    let hanging = Steps([Step::Data("one"), Step::Data("two"), Step::Hang].into(), None);
    let slow = send(&unproving(), head(), hanging).await.unwrap();
    assert_eq!((slow.refused, slow.frames.len()), (Some(AuthErrorKind::BodyTimedOut), 1));
    // By the clock too, which a nonce is remembered by.
    let clock = ManualClock::new(at(0));
    for (seconds, refused) in [(30, None), (31, Some(AuthErrorKind::BodyTimedOut))] {
        let steps = [Step::Data("onetwo"), Step::Wait(clock.clone(), seconds), Step::Data("three")];
        let layer = unproving().with_clock(clock.clone());
        let seen = send(&layer, head(), Steps(steps.into(), None)).await.unwrap();
        assert_eq!((seen.refused, seen.proved.1), (refused, refused.is_none()), "{seconds}");
    }
}

/// Whoever captured a request begins to replay it when its time is about to end, and lets us wait until its nonce is forgotten.
#[tokio::test(start_paused = true)]
async fn a_replay_that_takes_its_time_is_a_replay() {
    for insecure in [false, true] {
        let clock = ManualClock::new(at(0));
        let layer = HmacAuthLayer::new(Slack::new(), secret()).with_clock(clock.clone());
        let layer = layer.with_leeway(Duration::from_secs(300), Duration::from_secs(1));
        let layer = if insecure { layer.with_insecure_streaming_body() } else { layer };
        let sent = async |seconds, steps: Vec<Step>| {
            let head = signed_at(at(seconds), &Slack::new(), "partner", "onetwo");
            send(&layer, head, Steps(steps.into(), None)).await.map_or_else(Some, |seen| seen.refused)
        };
        let both = || vec![Step::Data("one"), Step::Data("two")];
        assert_eq!(sent(0, both()).await, None);
        clock.set(at(300));
        let wait = |seconds| Step::Wait(clock.clone(), seconds);
        let slowly = vec![Step::Data("one"), wait(29), wait(0), wait(0), Step::Data("two")];
        // While it waits, another request comes, by whose time the store forgets.
        let (replayed, honest) = tokio::join!(sent(0, slowly), sent(329, both()));
        assert_eq!((replayed, honest), (Some(AuthErrorKind::Replayed), None), "insecure: {insecure}");
    }
}

mod inside {
    use countersign::{Caller, RequireScopeLayer, RequiredScopes, TokenInfo};

    use super::*;

    async fn answer<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(Response::new(Full::default()))
    }

    fn request() -> Request<Steps> {
        signed(&UstudioV2::new(), "partner", "onetwo").map(|()| Steps::of(["one", "two"]))
    }

    #[tokio::test]
    async fn no_gate_lets_it_through_whoever_a_layer_outside_found() {
        let gate = RequireScopeLayer::new(RequiredScopes::all_of("a".parse().unwrap()));
        let service = unproving().layer(gate.layer(tower::service_fn(answer)));
        let mut request = request();
        let ada = TokenInfo::new("ada").with_scope("a".parse().unwrap());
        request.extensions_mut().insert(Authenticated::by_token("Bearer", ada, at(0)));
        let response = service.oneshot(request).await.unwrap();
        let error = response.extensions().get::<AuthError>().unwrap();
        assert_eq!((error.kind(), response.status().as_u16()), (AuthErrorKind::Misconfigured, 500));
        assert!(error.reason().unwrap().contains("with_insecure_streaming_body"));
    }

    #[tokio::test]
    async fn nobody_is_the_caller() {
        let service = unproving().layer(tower::service_fn(async |request: Request<AuthBody<Steps>>| {
            assert!(Caller::of(request.extensions()).is_none());
            assert!(Authenticated::of(request.extensions()).is_none());
            let mark = Unproved::of(request.extensions()).unwrap();
            assert_eq!(mark.claimed_key_id().as_str(), "partner");
            assert!(mark.proved().is_none());
            assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
            answer(request).await
        }));
        assert_eq!(service.oneshot(request()).await.unwrap().status(), 200);
    }

    #[cfg(feature = "axum")]
    #[tokio::test]
    async fn no_extractor_but_its_own_lets_it_through() {
        use ::axum::Router;
        use ::axum::routing::post;

        let app = Router::new()
            .route("/authenticated", post(async |_: Authenticated| ""))
            .route("/caller", post(async |_: Caller| ""))
            .route("/data", post(async |_: countersign::axum::TokenData<u8>| ""))
            .route(
                "/uploads",
                post(async |caller: Unproved, body: Bytes| {
                    assert_eq!(body, "onetwo");
                    caller.proved().map_or("nobody", Authenticated::subject).to_owned()
                }),
            )
            .layer(unproving());
        for (path, status) in [("/authenticated", 500), ("/caller", 500), ("/data", 500), ("/uploads", 200)] {
            let mut head = Request::post(path).body(()).unwrap().into_parts().0;
            let key = KeyId::new("partner").unwrap();
            sign_request(&mut head, b"onetwo", &UstudioV2::new(), &key, &secret(), at(0)).unwrap();
            let body = ::axum::body::Body::new(Steps::of(["one", "two"]));
            let response = app.clone().oneshot(Request::from_parts(head, body)).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            let said = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(said == "partner", status == 200, "{path}: {said:?}");
        }
    }
}
