//! Square.

use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Square;
use http::HeaderValue;

use crate::harness::{Vector, send, vector, vectors};
use crate::mutation::assert_covers;

const FIELD: &str = "x-square-hmacsha256-signature";

fn square(vector: &Vector) -> Square {
    Square::new(vector.json["public_url"].as_str().unwrap()).unwrap()
}

/// The row that is not valid is refused before its signature is looked at: it was sent to another URL than the one that is
/// configured.
#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("square") {
        let expected = match &*vector.expect {
            "valid" => Ok(()),
            "invalid:signature_mismatch" => Err(AuthErrorKind::MalformedCredentials),
            other => panic!("{other}"),
        };
        let layer = || vector.layer(square(&vector));
        assert_eq!(send(layer(), &vector.request).await, expected, "{}", vector.id);
        assert_eq!(send(layer().with_insecure_reference_policy(), &vector.request).await, expected, "{}", vector.id);
    }
    // Sent to the URL that is configured, with the signature for another.
    let mut vector = vector("square", "url-trailing-slash");
    *vector.request.uri_mut() = "https://example.com/webhook/".parse().unwrap();
    assert_eq!(send(vector.layer(square(&vector)), &vector.request).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let vector = vector("square", "utf8");
    assert_eq!(vector.signed_anew(&square(&vector), &[FIELD]).headers(), vector.request.headers());
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let vectors = [vector("square", "utf8")];
    let covers = square(&vectors[0]).profile().covers();
    assert_covers(&vectors, |vector| vector.layer(square(vector)), covers, &[FIELD]).await;
}

/// The URL and the body are signed with nothing between, so the one comes from the configuration.
#[tokio::test]
async fn bytes_cannot_be_moved_between_url_and_body() {
    let vector = vector("square", "utf8");
    let body = vector.request.body().clone();
    let mut longer = vector.request.clone();
    *longer.uri_mut() = "https://example.com/webhook%7B".parse().unwrap();
    *longer.body_mut() = body.slice(1..);
    let mut shorter = vector.request.clone();
    *shorter.uri_mut() = "https://example.com/web".parse().unwrap();
    *shorter.body_mut() = [b"hook", body.as_ref()].concat().into();
    for spliced in [longer, shorter] {
        assert_eq!(send(vector.layer(square(&vector)), &spliced).await, Err(AuthErrorKind::MalformedCredentials));
    }
}

/// Neither scheme nor host need be what the server sees: behind a proxy they are not.
#[tokio::test]
async fn the_url_comes_from_the_configuration() {
    let vector = vector("square", "utf8");
    let mut request = vector.request.clone();
    *request.uri_mut() = "/webhook".parse().unwrap();
    request.headers_mut().insert("host", HeaderValue::from_static("inside:8080"));
    assert_eq!(send(vector.layer(square(&vector)), &request).await, Ok(()));
    *request.uri_mut() = "/".parse().unwrap();
    let behind = "https://example.com/webhook".parse().unwrap();
    let layer = vector.layer(square(&vector)).with_public_url(behind);
    assert_eq!(send(layer, &request).await, Err(AuthErrorKind::MalformedCredentials), "/webhook/ is not /webhook");
}

#[test]
fn a_notification_url_is_absolute() {
    for url in ["https://example.com", "http://example.com/a?b=c", "https://example.com:8443/"] {
        assert!(Square::new(url).is_ok(), "{url}");
    }
    for url in ["", "/webhook", "example.com", "ftp://example.com/", "https://", "not a url"] {
        assert!(Square::new(url).is_err(), "{url}");
    }
}
