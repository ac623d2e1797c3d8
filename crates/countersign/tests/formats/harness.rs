//! Vectors in, verdicts out.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::{
    AuthError, AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, SecretStore, sign_request,
};
use http::{HeaderName, HeaderValue, Request, Response, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{Layer, ServiceExt};

pub type Outcome = Result<(), AuthErrorKind>;

/// A request of a vector file, and what should become of it.
#[derive(Clone)]
pub struct Vector {
    pub id: String,
    pub expect: String,
    pub now: SystemTime,
    pub secret: Vec<u8>,
    pub request: Request<Bytes>,
    pub json: Value,
}

pub fn vectors(file: &str) -> Vec<Vector> {
    let path = format!("{}/../../tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().iter().map(Vector::read).collect()
}

pub fn vector(file: &str, id: &str) -> Vector {
    vectors(file).into_iter().find(|vector| vector.id == id).unwrap()
}

impl Vector {
    fn read(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (request, secret) = (&json["request"], &json["secret"]);
        let uri = format!("{}://{}{}", text(&request["scheme"]), text(&request["authority"]), text(&request["target"]));
        let mut built = Request::builder().method(request["method"].as_str().unwrap()).uri(uri);
        for pair in request["headers"].as_array().unwrap() {
            built = built.header(text(&pair[0]), HeaderValue::from_bytes(text(&pair[1]).as_bytes()).unwrap());
        }
        let body = STANDARD.decode(text(&request["body_base64"])).unwrap();
        let secret = match secret["base64"].as_str() {
            Some(encoded) => STANDARD.decode(encoded).unwrap(),
            None => text(&secret["utf8"]).into_bytes(),
        };
        Self {
            id: text(&json["id"]),
            expect: text(&json["expect"]),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(json["now"].as_u64().unwrap()),
            secret,
            request: built.body(Bytes::from(body)).unwrap(),
            json: json.clone(),
        }
    }

    pub fn is_valid(&self) -> bool {
        self.expect == "valid"
    }

    /// What must be said of a vector that is not valid.
    pub fn refusal(&self) -> AuthErrorKind {
        match self.expect.as_str() {
            "invalid:signature_mismatch" | "invalid:body_digest_mismatch" => AuthErrorKind::BadSignature,
            "invalid:timestamp_too_old" | "invalid:expired" => AuthErrorKind::Stale,
            "invalid:timestamp_too_new" => AuthErrorKind::FromTheFuture,
            "invalid:unknown_key" => AuthErrorKind::UnknownKey,
            "invalid:insufficient_coverage" => AuthErrorKind::InsufficientCoverage,
            _ => AuthErrorKind::MalformedCredentials,
        }
    }

    pub fn key_id(&self) -> KeyId {
        KeyId::new(self.json["secret"]["id"].as_str().unwrap_or("the-only-one").to_owned()).unwrap()
    }

    pub fn secret(&self) -> Secret {
        Secret::new(self.secret.clone()).unwrap()
    }

    /// The layer that this vector is for: its secret, its time, and nothing remembered.
    pub fn layer(&self, scheme: impl HmacScheme) -> HmacAuthLayer {
        let store = MemoryStore::new().with_secret(self.key_id().as_str(), self.secret());
        layer(scheme, store, self.now)
    }

    /// The request without these fields, signed by us.
    pub fn signed_anew(&self, scheme: &impl HmacScheme, without: &[&str]) -> Request<Bytes> {
        let (mut head, body) = self.request.clone().into_parts();
        for name in without {
            head.headers.remove(*name).unwrap();
        }
        sign_request(&mut head, &body, scheme, &self.key_id(), &self.secret(), self.now).unwrap();
        Request::from_parts(head, body)
    }
}

pub fn layer(scheme: impl HmacScheme, store: impl SecretStore, now: SystemTime) -> HmacAuthLayer {
    HmacAuthLayer::new(scheme, store).with_clock(ManualClock::new(now)).with_insecure_no_replay_protection()
}

/// Sends a request, its body in frames of a few bytes, and sees to it that what is let through is what was sent.
pub async fn send(layer: HmacAuthLayer, request: &Request<Bytes>) -> Outcome {
    let echo = tower::service_fn(async |request: Request<_>| {
        let body = BodyExt::collect(request.into_body()).await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Full::new(body)))
    });
    let response = layer.layer(echo).oneshot(request.clone().map(|body| Frames::of(&body))).await.unwrap();
    match response.extensions().get::<AuthError>() {
        Some(error) => Err(error.kind()),
        None => {
            assert!(response.status().is_success());
            assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), request.body());
            Ok(())
        }
    }
}

/// A body in frames of seven bytes.
pub struct Frames(VecDeque<Bytes>);

impl Frames {
    fn of(body: &Bytes) -> Self {
        Self(body.chunks(7).map(Bytes::copy_from_slice).collect())
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

/// A part of a request that a signature covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Covered {
    Method,
    Scheme,
    Authority,
    Path,
    Query,
    Header(&'static str),
    Body,
}

/// Every request that differs from this one in one byte of `part`, as far as `http` lets it be built.
pub fn mutations(request: &Request<Bytes>, part: Covered) -> Vec<Request<Bytes>> {
    let uri = request.uri();
    let (scheme, authority) = (uri.scheme_str().unwrap(), uri.authority().unwrap().as_str());
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let with_uri = |uri: String| {
        let mut changed = request.clone();
        *changed.uri_mut() = uri.parse().ok()?;
        Some(changed)
    };
    let changed: Vec<_> = match part {
        Covered::Method => {
            let mut changed = request.clone();
            *changed.method_mut() = http::Method::PATCH;
            vec![Some(changed)]
        }
        Covered::Scheme => {
            let other = if scheme == "https" { "http" } else { "https" };
            vec![with_uri(format!("{other}://{authority}{}{query}", uri.path()))]
        }
        Covered::Authority => flipped(authority.as_bytes())
            .filter_map(|host| String::from_utf8(host).ok())
            .map(|host| {
                let mut changed = with_uri(format!("{scheme}://{host}{}{query}", uri.path()))?;
                if changed.headers().contains_key(header::HOST) {
                    changed.headers_mut().insert(header::HOST, HeaderValue::try_from(&host).ok()?);
                }
                Some(changed)
            })
            .collect(),
        Covered::Path => flipped(uri.path().as_bytes())
            .filter_map(|path| String::from_utf8(path).ok())
            .filter(|path| path.starts_with('/'))
            .map(|path| with_uri(format!("{scheme}://{authority}{path}{query}")))
            .collect(),
        Covered::Query => {
            // More than a `?`: to some formats an empty query is none.
            let longer = if query.is_empty() { "?x".to_owned() } else { format!("{query}&x") };
            let queries = flipped(query.as_bytes()).filter_map(|query| String::from_utf8(query).ok());
            let queries = queries.filter(|query| query.starts_with('?')).chain([longer]);
            queries.map(|query| with_uri(format!("{scheme}://{authority}{}{query}", uri.path()))).collect()
        }
        Covered::Header(name) => {
            let name = HeaderName::from_static(name);
            let value = request.headers()[&name].as_bytes();
            flipped(value)
                .map(|value| {
                    let mut changed = request.clone();
                    changed.headers_mut().insert(&name, HeaderValue::from_bytes(&value).ok()?);
                    Some(changed)
                })
                .collect()
        }
        Covered::Body => {
            let longer = [request.body(), b"x".as_slice()].concat();
            flipped(request.body())
                .chain([longer])
                .map(|body| Some(request.clone().map(|_| Bytes::from(body))))
                .collect()
        }
    };
    changed.into_iter().flatten().collect()
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|index| {
        let mut changed = bytes.to_vec();
        changed[index] ^= 1;
        changed
    })
}

/// Every one-byte change of every covered part of these vectors is refused, and every part has been changed somewhere.
pub async fn assert_covered(vectors: &[Vector], layer: impl Fn(&Vector) -> HmacAuthLayer, parts: &[Covered]) {
    for part in parts {
        let mut tried = 0;
        for vector in vectors.iter().filter(|vector| vector.is_valid()) {
            assert_eq!(send(layer(vector), &vector.request).await, Ok(()), "{}", vector.id);
            if let Covered::Header(name) = part
                && !vector.request.headers().contains_key(*name)
            {
                continue;
            }
            for changed in mutations(&vector.request, *part) {
                tried += 1;
                assert!(send(layer(vector), &changed).await.is_err(), "{} {part:?}: {changed:?}", vector.id);
            }
        }
        assert!(tried > 0, "{part:?}");
    }
}
