//! Akamai EdgeGrid.

use bytes::Bytes;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::EdgeGrid;
use countersign::{AuthErrorKind, HmacAuthLayer, ManualClock};
use http::{HeaderName, HeaderValue, Method};

use crate::harness::{Decision, Outcome, Vector, assert_verdicts, send, vector, vectors};
use crate::mutation::{Part, assert_covered, assert_covers};

const MALFORMED: Outcome = Err(AuthErrorKind::MalformedCredentials);
const FORGED: Outcome = Err(AuthErrorKind::BadSignature);

/// The fields that the vectors' client signs.
fn edgegrid() -> EdgeGrid {
    EdgeGrid::new()
        .with_signed_fields(["x-test1", "x-test2"].map(HeaderName::from_static))
        .with_access_token("akab-access-token-xxx-xxxxxxxxxxxxxxxx")
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(edgegrid())
}

/// One row is refused although the original makes it: the digest is of the first 2,048 bytes of 2,100, so what follows could be
/// anything.
const DECIDED: &[Decision] =
    &[("post-max-body", FORGED, FORGED, "bytes that no digest covers must not be taken for signed")];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    let mut rows = vectors("akamai-edgegrid");
    for vector in rows.iter_mut().filter(|vector| vector.id == "post-max-body") {
        vector.expect = "policy:truncated_body".to_owned();
    }
    assert_verdicts(&rows, layer, DECIDED, &[]).await;
    // Where the tail may be anything, it is let through: not by default, since then a body is not covered.
    let truncated = &rows.iter().find(|vector| vector.id == "post-max-body").unwrap();
    let lax = || truncated.layer(edgegrid().with_longest_body(2048).with_insecure_uncovered_tail());
    assert_eq!(send(lax().with_insecure_reference_policy(), &truncated.request).await, Ok(()));
    assert_eq!(send(lax(), &truncated.request).await, Err(AuthErrorKind::InsufficientCoverage));
    let mut start = truncated.request.clone();
    *start.body_mut() = [b"x", &start.body()[1..]].concat().into();
    assert_eq!(send(lax().with_insecure_reference_policy(), &start).await, FORGED);
    // Said to be the longest, the reason is another; and what is covered of it is what is let through.
    let vector = vector("akamai-edgegrid", "post-max-body");
    let short = || vector.layer(edgegrid().with_longest_body(2048));
    assert_eq!(send(short(), &vector.request).await, MALFORMED);
    let covered = vector.request.clone().map(|body| body.slice(..2048));
    assert_eq!(send(short(), &covered).await, Ok(()));
    assert_eq!(send(layer(&vector), &covered).await, Ok(()));
}

/// Rows that can be let through: the one with a body, without what is not covered of it.
fn rows() -> Vec<Vector> {
    let mut rows = vectors("akamai-edgegrid");
    for vector in rows.iter_mut().filter(|vector| vector.id == "post-max-body") {
        vector.request = vector.request.clone().map(|body| body.slice(..64));
        vector.request = vector.signed_anew(&edgegrid(), &["authorization"]);
        // As a client of Akamai's names itself.
        vector.json["secret"]["id"] = vector.key_id().as_str().into();
    }
    rows
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let fields = ["authorization", "x-test1", "x-test2"];
    assert_covers(&rows(), layer, edgegrid().profile().covers(), &fields).await;
}

/// But for the nonce, which is made anew, the bytes are the vectors'.
#[tokio::test]
async fn what_is_signed_is_what_is_read() {
    for vector in vectors("akamai-edgegrid") {
        let signed = vector.signed_anew(&edgegrid(), &["authorization"]);
        assert_eq!(send(layer(&vector), &signed).await, Ok(()), "{}", vector.id);
        let shape = |text: &str| text.replace(|c: char| c.is_ascii_alphanumeric(), "").replace(['+', '/', '-'], "");
        let [ours, theirs] =
            [&signed, &vector.request].map(|request| shape(request.headers()["authorization"].to_str().unwrap()));
        assert_eq!(ours, theirs);
    }
    let vector = vector("akamai-edgegrid", "get-query");
    assert!(vector.try_signed_anew(&EdgeGrid::new(), &[]).is_err(), "without an access token");
}

#[tokio::test]
async fn a_nonce_passes_once() {
    let vector = vector("akamai-edgegrid", "get-query");
    let layer = HmacAuthLayer::new(edgegrid(), vector.secret()).with_clock(ManualClock::new(vector.now));
    assert_eq!(send(layer.clone(), &vector.request).await, Ok(()));
    assert_eq!(send(layer.clone(), &vector.request).await, Err(AuthErrorKind::Replayed));
}

/// Clients cover the bodies of one method, and an empty body by nothing at all.
#[tokio::test]
async fn a_body_that_is_not_covered_is_refused() {
    for (method, body, expected) in [
        (Method::POST, "body", Ok(())),
        (Method::POST, "", Ok(())),
        (Method::PUT, "", Ok(())),
        (Method::PUT, "body", Err(AuthErrorKind::InsufficientCoverage)),
        (Method::GET, "body", Err(AuthErrorKind::InsufficientCoverage)),
    ] {
        let mut vector = vector("akamai-edgegrid", "get-query");
        *vector.request.method_mut() = method.clone();
        *vector.request.body_mut() = body.into();
        vector.request = vector.signed_anew(&edgegrid(), &["authorization"]);
        assert_eq!(send(layer(&vector), &vector.request).await, expected, "{method} {body}");
        if expected.is_err() {
            assert_eq!(send(layer(&vector).with_insecure_reference_policy(), &vector.request).await, Ok(()));
            continue;
        }
        assert_covered(std::slice::from_ref(&vector), layer, Part::Body).await;
        // The digest itself, in the place of what it is of.
        let digest = "Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=";
        let spelled = vector.request.clone().map(|_| Bytes::from_static(digest.as_bytes()));
        assert!(send(layer(&vector), &spelled).await.is_err(), "{method} {body}");
    }
}

#[tokio::test]
async fn blanks_in_signed_fields_are_single_and_fields_are() {
    let vector = vector("akamai-edgegrid", "headers");
    for (value, expected) in [("first thing", Ok(())), ("first\t thing ", Ok(())), ("firstthing", FORGED)] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("x-test1", HeaderValue::from_static(value));
        assert_eq!(send(layer(&vector), &request).await, expected, "{value}");
    }
    let mut moved = vector.request.clone();
    moved.headers_mut().insert("x-test1", HeaderValue::from_static("first thing\tx-test2:b"));
    moved.headers_mut().remove("x-test2");
    assert_eq!(send(layer(&vector), &moved).await, FORGED, "two fields in one");
    let mut twice = vector.request.clone();
    twice.headers_mut().append("x-test2", HeaderValue::from_static("b"));
    assert_eq!(send(layer(&vector), &twice).await, Err(AuthErrorKind::SeveralCredentials));
    assert_eq!(send(vector.layer(EdgeGrid::new()), &vector.request).await, FORGED, "the server says what is signed");
}

#[tokio::test]
async fn credentials_have_one_spelling() {
    let vector = vector("akamai-edgegrid", "get-query");
    let field = vector.request.headers()["authorization"].to_str().unwrap();
    for (from, to, expected) in [
        ("", "", Ok(())),
        ("EG1-HMAC-SHA256", "eg1-hmac-sha256", Ok(())),
        ("EG1-HMAC-SHA256", "EG1-HMAC-SHA1", Err(AuthErrorKind::MissingCredentials)),
        ("+0000", "+0100", MALFORMED),
        ("+0000", "Z", MALFORMED),
        ("22:13:20", "221320", MALFORMED),
        ("22:13:20", "22:08:19", Err(AuthErrorKind::Stale)),
        ("22:13:20", "22:14:21", Err(AuthErrorKind::FromTheFuture)),
        ("client_token=", "client_token=x", FORGED),
        (";access_token=", " ;access_token=", MALFORMED),
        (";access_token=", "; access_token=", MALFORMED),
        ("access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx", "access_token=", MALFORMED),
        ("nonce=", "nonce=1;nonce=", MALFORMED),
        ("nonce-xx", "nonce-xy", FORGED),
        ("FBJOQ=", "FBJOR=", FORGED),
        ("FBJOQ=", "FBJOQ", MALFORMED),
        ("FBJOQ=", "FBJOQ=;", MALFORMED),
        ("FBJOQ=", "FBJO", MALFORMED),
    ] {
        let changed = field.replacen(from, to, 1);
        let mut request = vector.request.clone();
        request.headers_mut().insert("authorization", changed.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{changed}");
    }
}
