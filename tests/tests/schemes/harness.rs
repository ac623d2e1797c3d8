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
    AuthError, AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, SecretStore, SignError,
    sign_request,
};
use http::{HeaderValue, Request, Response};
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
    pub request: Request<Bytes>,
    pub json: Value,
}

/// All rows of a file.
pub fn vectors(file: &str) -> Vec<Vector> {
    vectors_but(file, &[])
}

/// All rows but those that no request line can carry.
pub fn vectors_but(file: &str, impossible: &[&str]) -> Vec<Vector> {
    let path = format!("{}/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let rows = file["vectors"].as_array().unwrap();
    let (possible, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| request(&row["request"]).is_some());
    assert_eq!(others.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), impossible);
    possible.into_iter().map(Vector::read).collect()
}

pub fn vector(file: &str, id: &str) -> Vector {
    vectors(file).into_iter().find(|vector| vector.id == id).unwrap()
}

impl Vector {
    fn read(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&json["id"]),
            expect: text(&json["expect"]),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(json["now"].as_u64().unwrap()),
            request: request(&json["request"]).unwrap(),
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
            "invalid:body_too_large" => AuthErrorKind::BodyTooLarge,
            "invalid:bad_timestamp"
            | "invalid:missing_timestamp"
            | "invalid:missing_signature"
            | "invalid:no_supported_signature"
            | "invalid:unsupported_version"
            | "invalid:algorithm_mismatch"
            | "invalid:scope_date_mismatch" => AuthErrorKind::MalformedCredentials,
            other => panic!("an outcome that nobody looked at: {other}"),
        }
    }

    pub fn key_id(&self) -> KeyId {
        KeyId::new(self.json["secret"]["id"].as_str().unwrap_or("the-only-one").to_owned()).unwrap()
    }

    /// The secret as its owner stores it.
    pub fn secret(&self) -> Secret {
        let secret = &self.json["secret"];
        let text = ["serialized", "utf8", "hex"].iter().find_map(|form| secret[form].as_str());
        let bytes = text.map_or_else(|| STANDARD.decode(secret["base64"].as_str().unwrap()).unwrap(), Into::into);
        Secret::new(bytes).unwrap()
    }

    /// The layer that this vector is for: its secret, its time, and nothing remembered.
    pub fn layer(&self, scheme: impl HmacScheme) -> HmacAuthLayer {
        match self.json["secret"]["id"].as_str() {
            // Formats that do not name the key ask for one of their own.
            None => layer(scheme, self.secret(), self.now),
            Some(id) => layer(scheme, MemoryStore::new().with_secret(id, self.secret()), self.now),
        }
    }

    /// The request without these fields, signed by us.
    pub fn signed_anew(&self, scheme: &impl HmacScheme, without: &[&str]) -> Request<Bytes> {
        self.try_signed_anew(scheme, without).unwrap()
    }

    pub fn try_signed_anew(&self, scheme: &impl HmacScheme, without: &[&str]) -> Result<Request<Bytes>, SignError> {
        let (mut head, body) = self.request.clone().into_parts();
        for name in without {
            head.headers.remove(*name).unwrap();
        }
        sign_request(&mut head, &body, scheme, &self.key_id(), &self.secret(), self.now)?;
        Ok(Request::from_parts(head, body))
    }
}

/// `None` where it cannot be built.
fn request(json: &Value) -> Option<Request<Bytes>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let uri = format!("{}://{}{}", text(&json["scheme"]), text(&json["authority"]), text(&json["target"]));
    let mut built = Request::builder().method(json["method"].as_str().unwrap()).uri(uri);
    for pair in json["headers"].as_array().unwrap() {
        built = built.header(text(&pair[0]), HeaderValue::from_bytes(text(&pair[1]).as_bytes()).unwrap());
    }
    built.body(Bytes::from(STANDARD.decode(text(&json["body_base64"])).unwrap())).ok()
}

pub fn layer(scheme: impl HmacScheme, store: impl SecretStore, now: SystemTime) -> HmacAuthLayer {
    HmacAuthLayer::new(scheme, store).with_clock(ManualClock::new(now)).with_insecure_no_replay_protection()
}

/// A row for which we had to decide: what becomes of it under the reference's policy, what by default, and why.
pub type Decision = (&'static str, Outcome, Outcome, &'static str);

/// A valid row that is refused by default, as what, and why.
pub type Stricter = (&'static str, AuthErrorKind, &'static str);

/// Every row comes out as it says, under the reference's policy and by default, but for those listed; each of these has to be
/// there, and to be listed where it belongs.
pub async fn assert_verdicts(
    vectors: &[Vector],
    layer: impl Fn(&Vector) -> HmacAuthLayer,
    decided: &[Decision],
    stricter: &[Stricter],
) {
    for vector in vectors {
        let decision = decided.iter().find(|(id, ..)| *id == vector.id);
        let refused = stricter.iter().find(|(id, ..)| *id == vector.id);
        let (by_reference, by_default) = match (&*vector.expect, decision, refused) {
            ("valid", None, None) => (Ok(()), Ok(())),
            ("valid", None, Some((_, kind, _))) => (Ok(()), Err(*kind)),
            (expect, Some((_, by_reference, by_default, _)), None) if expect.starts_with("policy:") => {
                (*by_reference, *by_default)
            }
            (expect, None, _) if expect.starts_with("invalid:") => {
                (Err(vector.refusal()), Err(refused.map_or_else(|| vector.refusal(), |(_, kind, _)| *kind)))
            }
            _ => panic!("{}: {} is not listed where it belongs", vector.id, vector.expect),
        };
        let lax = layer(vector).with_insecure_reference_policy();
        assert_eq!(send(lax, &vector.request).await, by_reference, "{} under the reference's policy", vector.id);
        assert_eq!(send(layer(vector), &vector.request).await, by_default, "{} by default", vector.id);
    }
    let there = |id: &&str| vectors.iter().any(|vector| vector.id == **id);
    let listed = decided.iter().map(|(id, ..)| id).chain(stricter.iter().map(|(id, ..)| id));
    assert_eq!(listed.filter(|id| !there(id)).collect::<Vec<_>>(), [&""; 0], "listed, and not there");
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
