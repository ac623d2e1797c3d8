//! Every format with time: for how long a signature is good, that it is good once, and in which spelling of its time.

#![cfg(all(feature = "json", feature = "rfc9421", feature = "sentry", feature = "sign"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops the test")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{Duo, EdgeGrid, GitHub, SchemeParameters, SigV4, named, names};
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request};
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const TIME: u64 = 1_700_000_000;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// When all requests are signed.
fn created() -> SystemTime {
    SystemTime::UNIX_EPOCH + seconds(TIME)
}

/// A format with time.
struct Row {
    name: &'static str,
    scheme: Arc<dyn HmacScheme>,
    /// How old and how far ahead it may be, and how exactly it says.
    past: Duration,
    future: Duration,
    unit: Duration,
    body: Body,
    /// The time as it is spelled, and as it must not be.
    spelled: &'static str,
    others: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// None: what is signed stands in the query of a `GET`.
    Query,
    Text,
    Form,
    /// `webhookTimestamp`.
    Linear,
    /// Its own signature.
    Mailgun,
}

const DIGITS: &[&str] = &[
    "+1700000000",
    "-1700000000",
    "01700000000",
    "1700000000.0",
    "1.7e9",
    "0x6553f100",
    "1_700_000_000",
    "1700000000 ",
    "\u{ff11}700000000",
    "nan",
    "",
    "1000000000000000",
];
const MILLISECONDS: &[&str] = &["+1700000000000", "01700000000000", "1700000000000.0", "1.7e12", "nan", "", "-1"];
const HTTP_DATES: &[&str] = &[
    "Tue, 14 Nov 2023 22:13:20 +0000",
    "Tue, 14 Nov 2023 22:13:20 UTC",
    "tue, 14 nov 2023 22:13:20 gmt",
    "Wed, 14 Nov 2023 22:13:20 GMT",
    "Tuesday, 14-Nov-23 22:13:20 GMT",
    "Tue Nov 14 22:13:20 2023",
    "1700000000",
    "",
];
const MAIL_DATES: &[&str] = &[
    "Tue, 14 Nov 2023 22:13:20 +0100",
    "tue, 14 nov 2023 22:13:20 -0000",
    "Wed, 14 Nov 2023 22:13:20 -0000",
    "Tuesday, 14-Nov-23 22:13:20 -0000",
    "Tue, 14 Nov 2023 22:13:20",
    "1700000000",
    "",
];
const BASIC_DATES: &[&str] = &[
    "20231114T221320",
    "20231114t221320z",
    "2023-11-14T22:13:20Z",
    "20231114T221320.0Z",
    "20231114T226020Z",
    "1700000000",
    "",
];
const EDGE_DATES: &[&str] = &["20231114T22:13:20Z", "20231114T22:13:20+0100", "20231114T221320+0000", "1700000000", ""];

fn rows() -> Vec<Row> {
    let parameters = SchemeParameters::new().with_scope("us-east-1", "service").with_key_id("partner".parse().unwrap());
    let scheme = |name| named(name, &parameters).unwrap();
    let digits = |name, past, future| Row {
        name,
        scheme: scheme(name),
        past: seconds(past),
        future: seconds(future),
        unit: SECOND,
        body: Body::Text,
        spelled: "1700000000",
        others: DIGITS,
    };
    let dates = |name, past, future| Row {
        spelled: "Tue, 14 Nov 2023 22:13:20 GMT",
        others: HTTP_DATES,
        ..digits(name, past, future)
    };
    let milliseconds = |name, past, future| Row {
        unit: MILLISECOND,
        spelled: "1700000000000",
        others: MILLISECONDS,
        ..digits(name, past, future)
    };
    vec![
        dates("apisix-hmac-auth", 300, 300),
        Row { spelled: "20231114T221320Z", others: BASIC_DATES, ..digits("aws-sigv4", 300, 300) },
        Row { past: Duration::from_millis(29_999), ..milliseconds("contentful", 30, 30) },
        dates("draft-cavage", 300, 60),
        digits("hawk", 60, 60),
        milliseconds("hubspot-v3", 300, 60),
        dates("kong-hmac-auth", 300, 300),
        Row { body: Body::Linear, ..milliseconds("linear", 60, 60) },
        Row { body: Body::Mailgun, ..digits("mailgun", 300, 60) },
        digits("paddle", 5, 5),
        digits("rfc9421-hmac-sha256", 300, 5),
        // A float, which has several spellings; they are what is signed.
        Row { others: &["nan", "inf", "-inf", "0x6553f100", "now", "1e999"], ..digits("sentry-legacy", 3600, 60) },
        Row { body: Body::Query, ..digits("shopify-query", 90, 90) },
        digits("slack", 300, 300),
        digits("standard-webhooks", 300, 300),
        digits("stripe", 300, 60),
        digits("zoom", 300, 60),
        Row { body: Body::Form, ..mail_dates("duo", Arc::new(Duo::v2())) },
        mail_dates("duo-v5", Arc::new(Duo::v5())),
        Row {
            spelled: "20231114T22:13:20+0000",
            others: EDGE_DATES,
            ..mail_dates("akamai-edgegrid", Arc::new(EdgeGrid::new().with_access_token("akab-access")))
        },
    ]
}

fn mail_dates(name: &'static str, scheme: Arc<dyn HmacScheme>) -> Row {
    let (past, future) = (seconds(300), seconds(60));
    let (spelled, others) = ("Tue, 14 Nov 2023 22:13:20 -0000", MAIL_DATES);
    Row { name, scheme, past, future, unit: SECOND, body: Body::Text, spelled, others }
}

fn secret() -> Secret {
    Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

impl Row {
    fn key(&self) -> KeyId {
        KeyId::new("partner").unwrap()
    }

    /// A request, signed when all are; `text` makes it another.
    fn signed(&self, text: &str) -> Request<Bytes> {
        let body = match self.body {
            Body::Query => String::new(),
            Body::Text => format!("body {text}"),
            Body::Form => format!("a={text}"),
            Body::Linear => format!("{{\"webhookTimestamp\":1700000000000,\"text\":\"{text}\"}}"),
            Body::Mailgun => mailgun(text),
        };
        let request = match self.body {
            Body::Query => Request::get(format!("https://example.com/?shop={text}")),
            _ => Request::post("https://example.com/api/store"),
        };
        let mut request = request.header(header::HOST, "example.com");
        if self.body == Body::Mailgun {
            request = request.header(header::CONTENT_TYPE, "application/json");
            return request.body(body.into()).unwrap();
        }
        let mut head = request.body(()).unwrap().into_parts().0;
        sign_request(&mut head, body.as_bytes(), &*self.scheme, &self.key(), &secret(), created()).unwrap();
        Request::from_parts(head, body.into())
    }

    /// A guard whose clock stands still.
    fn guard(&self, now: SystemTime) -> HmacAuthLayer {
        let store = MemoryStore::new().with_secret("partner", secret());
        HmacAuthLayer::new(self.scheme.clone(), store).with_clock(ManualClock::new(now))
    }

    async fn sent(&self, now: SystemTime) -> Result<(), AuthErrorKind> {
        send(&self.guard(now), self.signed("one")).await
    }

    /// The request with its time spelled in another way.
    fn respelled(&self, other: &str) -> Option<Request<Bytes>> {
        let mut request = self.signed("one");
        let mut changed = 0;
        for value in request.headers_mut().values_mut() {
            let text = String::from_utf8(value.as_bytes().to_vec()).unwrap();
            // Where the day stands in the credentials too, the time is the longer one.
            if text.contains(self.spelled) {
                *value = HeaderValue::from_bytes(text.replace(self.spelled, other).as_bytes()).ok()?;
                changed += 1;
            }
        }
        if self.body == Body::Query {
            let uri = request.uri().to_string();
            assert!(uri.contains(self.spelled), "{}", self.name);
            *request.uri_mut() = uri.replace(self.spelled, other).parse().ok()?;
        } else if changed == 0 {
            let text = String::from_utf8(request.body().to_vec()).unwrap();
            assert!(text.contains(self.spelled), "{}", self.name);
            *request.body_mut() = text.replace(self.spelled, other).into();
        }
        Some(request)
    }
}

/// A body that signs itself: what GitHub's format says of time and token is what Mailgun's wants.
fn mailgun(text: &str) -> String {
    let token = format!("{:0>50}", text.replace(' ', ""));
    let signed = format!("{TIME}{token}");
    let mut head = Request::post("/").body(()).unwrap().into_parts().0;
    let key = KeyId::new("github").unwrap();
    sign_request(&mut head, signed.as_bytes(), &GitHub::new(), &key, &secret(), created()).unwrap();
    let signature = head.headers["x-hub-signature-256"].to_str().unwrap().strip_prefix("sha256=").unwrap().to_owned();
    format!("{{\"signature\":{{\"timestamp\":\"{TIME}\",\"token\":\"{token}\",\"signature\":\"{signature}\"}}}}")
}

async fn send(layer: &HmacAuthLayer, request: Request<Bytes>) -> Result<(), AuthErrorKind> {
    let inner = tower::service_fn(async |_: Request<AuthBody<Full<Bytes>>>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let response = layer.layer(inner).oneshot(request.map(Full::new)).await.unwrap();
    response.extensions().get::<AuthError>().map_or(Ok(()), |error| Err(error.kind()))
}

#[test]
fn every_named_format_with_time_is_here() {
    let parameters = SchemeParameters::new().with_scope("r", "s").with_notification_url("https://example.com/");
    let timed = names().filter(|name| named(name, &parameters).unwrap().profile().leeway().is_some());
    let here: Vec<_> = rows().iter().map(|row| row.name).collect();
    for name in timed {
        assert!(here.contains(&name), "{name} has time, and is not tried");
    }
}

#[tokio::test]
async fn a_signature_is_good_until_its_last_instant() {
    for row in rows() {
        for (now, expected) in [
            (created(), Ok(())),
            (created() + row.past, Ok(())),
            (created() + row.past + Duration::from_nanos(1), Err(AuthErrorKind::Stale)),
            (created() + row.past + row.unit, Err(AuthErrorKind::Stale)),
            (created() + seconds(1_000_000), Err(AuthErrorKind::Stale)),
            (SystemTime::UNIX_EPOCH + seconds(10_000_000_000), Err(AuthErrorKind::Stale)),
        ] {
            assert_eq!(row.sent(now).await, expected, "{}, {:?} later", row.name, now.duration_since(created()));
        }
    }
}

#[tokio::test]
async fn a_signature_is_good_from_its_first_instant() {
    for row in rows() {
        for (now, expected) in [
            (created() - row.future, Ok(())),
            (created() - row.future - Duration::from_nanos(1), Err(AuthErrorKind::FromTheFuture)),
            (created() - row.future - row.unit, Err(AuthErrorKind::FromTheFuture)),
            (created() - seconds(1_000_000), Err(AuthErrorKind::FromTheFuture)),
            (SystemTime::UNIX_EPOCH, Err(AuthErrorKind::FromTheFuture)),
        ] {
            assert_eq!(row.sent(now).await, expected, "{}, {:?} before", row.name, created().duration_since(now));
        }
    }
}

#[tokio::test]
async fn a_signature_is_good_once_for_as_long_as_it_is_good() {
    for row in rows() {
        let clock = ManualClock::new(created() - row.future);
        let layer = row.guard(created()).with_clock(clock.clone());
        // One that signs the same again may make the same signature: the very request is sent again.
        let (one, other) = (row.signed("one"), row.signed("other"));
        assert_eq!(send(&layer, one.clone()).await, Ok(()), "{}", row.name);
        for now in [created() - row.future, created(), created() + row.past] {
            clock.set(now);
            assert_eq!(send(&layer, one.clone()).await, Err(AuthErrorKind::Replayed), "{}", row.name);
        }
        assert_eq!(send(&layer, other).await, Ok(()), "{}: another is not the same", row.name);
        clock.set(created() + row.past + row.unit);
        assert_eq!(send(&layer, one.clone()).await, Err(AuthErrorKind::Stale), "{}", row.name);
    }
}

#[tokio::test]
async fn a_time_has_one_spelling() {
    for row in rows() {
        let unchanged = row.respelled(row.spelled).unwrap();
        assert_eq!(send(&row.guard(created()), unchanged).await, Ok(()), "{}", row.name);
        let mut tried = 0;
        for other in row.others {
            let Some(request) = row.respelled(other) else { continue };
            tried += 1;
            let refused = send(&row.guard(created()), request).await;
            assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{}: {other:?}", row.name);
        }
        assert!(tried > 3, "{}", row.name);
    }
}

/// The time in the query is judged as the one in a field is; its own `X-Amz-Expires` only shortens it.
#[tokio::test]
async fn a_presigned_url_is_good_for_no_longer_than_the_leeway() {
    let server = || SigV4::new("us-east-1", "service").with_presigned_urls();
    for (lifetime, later, expected) in [
        (604_800, 300, Ok(())),
        (604_800, 301, Err(AuthErrorKind::Stale)),
        (604_800, 604_799, Err(AuthErrorKind::Stale)),
        (10, 9, Ok(())),
        (10, 10, Err(AuthErrorKind::Stale)),
    ] {
        let client = SigV4::new("us-east-1", "service").with_signature_in_query(seconds(lifetime));
        let mut head = Request::get("https://example.com/file").body(()).unwrap().into_parts().0;
        sign_request(&mut head, b"", &client, &KeyId::new("partner").unwrap(), &secret(), created()).unwrap();
        let request = Request::from_parts(head, Bytes::new());
        let layer = HmacAuthLayer::new(server(), MemoryStore::new().with_secret("partner", secret()));
        let layer = layer.with_clock(ManualClock::new(created() + seconds(later)));
        assert_eq!(send(&layer, request).await, expected, "good for {lifetime} s, sent {later} s later");
    }
}
