//! What other implementations made of requests, row by row; see `vectors/README.md`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected in a vector stops the test")]

use std::collections::BTreeSet;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{GitHub, UstudioV2};
use countersign::{HmacAuthLayer, KeyId, MemoryStore, Secret, sign_request};
use countersign_tests::{Inner, Script};
use http::{HeaderValue, Method, Request, Uri, header};
use serde_json::Value;
use tower::{Layer as _, ServiceExt as _};

const USTUDIO: &str = include_str!("../vectors/ustudio-hmac.json");
const GITHUB: &str = include_str!("../vectors/github.json");

/// A row that comes out otherwise than it says: its section, its id, and why.
type Deviation = (&'static str, &'static str, &'static str);

/// What the original accepts, and the strict form refuses because another request's signature fits it.
const STRICT: &[Deviation] = &[
    ("client_vs_live_server", "query", "a name occurs twice and its values are not in order"),
    ("digest", "invalid-utf8-value", "escapes that are not UTF-8 all become the same character"),
    ("digest", "key-injection-2", "an escaped & in a name reads as two parameters"),
    ("digest", "newline-injection-2", "an escaped line break in a name reads as the start of the body"),
    ("digest", "utf8-truncated-and-edge-01", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-02", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-04", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-06", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-07", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-08", "escapes that are not UTF-8"),
    ("digest", "utf8-truncated-and-edge-19", "a name occurs twice and its values are not in order"),
    ("digest", "utf8-truncated-and-edge-24", "a name occurs twice and its values are not in order"),
    ("server", "accept-newline-injection", "an escaped line break in a name reads as the start of the body"),
    ("server", "accept-query-normalised", "a name occurs twice and its values are not in order"),
];

/// What comes out otherwise in either form.
const ALWAYS: &[Deviation] = &[
    ("client", "no-key", "cannot be written down: signing takes a key id"),
    ("client", "no-path", "signed as it is sent, with the path /; the original signs an empty one, and is refused"),
    ("client", "no-url", "cannot be written down: signing takes the head of a request"),
    ("client", "path-params", "signed as it is sent, with ;v=1; the original leaves that out, and is refused"),
    ("server", "reject-two-headers", "two Authorization fields are 400, as several credentials are everywhere here"),
];

/// Questions that each implementation decides for itself, and the decision: refused.
const POLICY_REFUSED: &[&str] = &["policy:uppercase_hex"];

#[tokio::test]
async fn every_ustudio_row_comes_out_as_in_the_original_or_stricter_where_listed() {
    let listed = STRICT.iter().chain(ALWAYS).copied();
    assert_eq!(
        deviations(UstudioV2::new()).await,
        listed.map(|(section, id, _)| (section.into(), id.into())).collect()
    );
}

#[tokio::test]
async fn every_ustudio_row_comes_out_as_in_the_original_with_its_query() {
    let found = deviations(UstudioV2::new().with_insecure_reference_query()).await;
    assert_eq!(found, ALWAYS.iter().map(|(section, id, _)| ((*section).into(), (*id).into())).collect());
}

#[tokio::test]
async fn every_github_row_comes_out_as_with_octokit() {
    let file: Value = serde_json::from_str(GITHUB).unwrap();
    let rows = file["vectors"].as_array().unwrap();
    let mut decided = BTreeSet::new();
    for row in rows {
        let (id, request) = (text(row, "id"), &row["request"]);
        let (secret, body) = (text(&row["secret"], "utf8"), base64(request, "body_base64"));
        let mut head = Request::builder().method(text(request, "method")).uri(text(request, "target"));
        for field in request["headers"].as_array().unwrap() {
            head = head.header(field[0].as_str().unwrap(), field[1].as_str().unwrap());
        }
        let signature = head.headers_ref().unwrap()["x-hub-signature-256"].clone();
        let status = status(GitHub::new(), ("github", secret), head.body(()).unwrap(), &body).await;
        match text(row, "expect") {
            "valid" => {
                assert_eq!(status, 200, "{id}");
                assert_eq!(made(&GitHub::new(), ("github", secret), "POST", "/x", &body), Some(signature), "{id}");
            }
            expected => {
                assert_eq!(status, 401, "{id}");
                if expected.starts_with("policy:") {
                    decided.insert(expected.to_owned());
                } else {
                    assert!(expected.starts_with("invalid:"), "{id}: an outcome that nobody looked at: {expected}");
                }
            }
        }
    }
    assert_eq!(decided, POLICY_REFUSED.iter().map(|policy| (*policy).to_owned()).collect());
    assert_eq!(rows.len(), 10);
}

/// The rows that come out otherwise than they say. Panics where a section or a row is left out.
async fn deviations(scheme: UstudioV2) -> BTreeSet<(String, String)> {
    let file: Value = serde_json::from_str(USTUDIO).unwrap();
    let mut found = BTreeSet::new();
    let mut visited = Vec::new();
    for (section, rows) in file.as_object().unwrap() {
        let Some(rows) = rows.as_array().filter(|rows| rows.iter().all(Value::is_object)) else { continue };
        for row in rows {
            let as_it_says = match section.as_str() {
                "client" => client(scheme, row).await,
                "client_vs_live_server" => live(scheme, row).await,
                "digest" => digest(scheme, row).await,
                "server" => server(scheme, row).await,
                other => panic!("a section that nobody looks at: {other}"),
            };
            visited.push(section.clone());
            if !as_it_says {
                assert!(found.insert((section.clone(), text(row, "id").to_owned())), "two rows of one id");
            }
        }
    }
    let count = |section: &str| visited.iter().filter(|visited| *visited == section).count();
    assert_eq!(["client", "client_vs_live_server", "digest", "server"].map(count), [6, 4, 37, 20]);
    found
}

/// The original's client: whether we sign as it does. What it signs is refused if it is not what it sends.
async fn client(scheme: UstudioV2, row: &Value) -> bool {
    let (Some(url), Some(credentials)) = (row["args"][0].as_str(), row["expected"]["authorization"].as_str()) else {
        return false;
    };
    let ours = made(&scheme, ORIGINAL, "GET", url, b"").unwrap();
    // On the wire, an origin form without fragment.
    let uri: Uri = url.parse().unwrap();
    let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request = |value: &HeaderValue| Request::get(target).header(header::AUTHORIZATION, value).body(()).unwrap();
    let theirs = HeaderValue::from_str(credentials).unwrap();
    let same = ours == theirs;
    assert_eq!(status(scheme, ORIGINAL, request(&ours), b"").await, 200, "{url}");
    assert_eq!(status(scheme, ORIGINAL, request(&theirs), b"").await, if same { 200 } else { 401 }, "{url}");
    same
}

/// The original's client against the original's server. Where it signs something else than it sends, so do we here.
async fn live(scheme: UstudioV2, row: &Value) -> bool {
    let target = text(row, "target");
    let (signed_target, sent_method) = match text(row, "id") {
        "get-path-params" => ("/a", "GET"),
        "positional-method" => (target, "POST"),
        _ => (target, "GET"),
    };
    let reference = UstudioV2::new().with_insecure_reference_query();
    let credentials = made(&reference, ORIGINAL, "GET", signed_target, b"").unwrap();
    let request = Request::builder().method(sent_method).uri(target).header(header::AUTHORIZATION, credentials);
    u64::from(status(scheme, ORIGINAL, request.body(()).unwrap(), b"").await) == row["status"].as_u64().unwrap()
}

/// A digest: whether it is accepted, and whether the signer makes it, which must be the same.
async fn digest(scheme: UstudioV2, row: &Value) -> bool {
    let (method, digest, body) = (text(row, "method"), text(row, "digest"), base64(row, "body_b64"));
    let target = match text(row, "query") {
        "" => text(row, "path").to_owned(),
        query => format!("{}?{query}", text(row, "path")),
    };
    let key = ("correct-key", text(row, "secret"));
    let credentials = HeaderValue::try_from(format!("USTUDIO-HMAC-V2 correct-key {digest}")).unwrap();
    let request = Request::builder().method(method).uri(&target).header(header::AUTHORIZATION, &credentials);
    let accepted = match status(scheme, key, request.body(()).unwrap(), &body).await {
        200 => true,
        401 => false,
        other => panic!("{row}: {other}"),
    };
    let made = made(&scheme, key, method, &target, &body);
    assert_eq!(made.is_some(), accepted, "{row}: signed exactly if it is accepted");
    assert!(made.is_none_or(|made| made == credentials), "{row}: signed otherwise");
    accepted
}

/// A request to the original's server.
async fn server(scheme: UstudioV2, row: &Value) -> bool {
    let mut request = Request::builder().method(text(row, "method")).uri(text(row, "target"));
    if let Some(credentials) = row["authorization"].as_str() {
        request = request.header(header::AUTHORIZATION, credentials);
    }
    for line in text(row, "extra_headers").lines() {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let status = status(scheme, ORIGINAL, request.body(()).unwrap(), &base64(row, "body_b64")).await;
    u64::from(status) == row["expected"]["status"].as_u64().unwrap()
}

/// The layer's answer, and that the inner service was called only if it is 200.
async fn status(scheme: impl HmacScheme, (key, secret): (&str, &str), request: Request<()>, body: &[u8]) -> u16 {
    let store = MemoryStore::new().with_secret(key, Secret::new(secret).unwrap());
    let inner = Inner::new();
    let body = if body.is_empty() { Script::empty() } else { Script::of(Bytes::copy_from_slice(body)) };
    let service = HmacAuthLayer::new(scheme, store).layer(inner.clone());
    let status = service.oneshot(request.map(|()| body)).await.unwrap().status();
    assert_eq!(inner.calls(), usize::from(status == 200));
    status.as_u16()
}

/// The field that the signer sets.
fn made(
    scheme: &impl HmacScheme,
    (key, secret): (&str, &str),
    method: &str,
    target: &str,
    body: &[u8],
) -> Option<HeaderValue> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let (mut head, ()) = Request::builder().method(method).uri(target).body(()).unwrap().into_parts();
    let (key_id, secret) = (KeyId::new(key).unwrap(), Secret::new(secret).unwrap());
    sign_request(&mut head, body, scheme, &key_id, &secret, SystemTime::UNIX_EPOCH).ok()?;
    head.headers.into_iter().next().map(|(_, value)| value)
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{row} has a text {name}"))
}

fn base64(row: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(text(row, name)).unwrap()
}

/// The key of the original's example server.
const ORIGINAL: (&str, &str) = ("correct-key", "secret");
