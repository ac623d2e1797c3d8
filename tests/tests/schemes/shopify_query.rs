//! Shopify's signed queries.

use bytes::Bytes;
use countersign::hmac::schemes::ShopifyQuery;
use countersign::{AuthErrorKind, HmacAuthLayer};
use http::{Method, Request};

use crate::harness::{Outcome, Vector, assert_verdicts, send, vectors};
use crate::mutation::{Part, admitted, assert_covered};

const MALFORMED: Outcome = Err(AuthErrorKind::MalformedCredentials);

/// The others are webhooks, whose signature stands in a field.
fn rows() -> Vec<Vector> {
    vectors("shopify").into_iter().filter(|vector| vector.json["kind"] == "query-hmac").collect()
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(ShopifyQuery::new())
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&rows(), layer, &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in rows().into_iter().filter(Vector::is_valid) {
        // Signing again replaces the first signature.
        assert_eq!(vector.signed_anew(&ShopifyQuery::new(), &[]).uri(), vector.request.uri(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_the_query_is_refused() {
    assert_covered(&rows(), layer, Part::Query).await;
    // Said in the docs: a query fits every page.
    assert!(!admitted(&rows(), layer, Part::Path).await.is_empty());
}

#[tokio::test]
async fn only_a_get_without_a_body_passes() {
    for vector in rows().into_iter().filter(Vector::is_valid) {
        let mut other = vector.request.clone();
        *other.method_mut() = Method::POST;
        assert_eq!(send(layer(&vector), &other).await, Err(AuthErrorKind::MethodNotAllowed));
        let with_body = vector.request.clone().map(|_| Bytes::from_static(b"x"));
        assert_eq!(send(layer(&vector), &with_body).await, Err(AuthErrorKind::InsufficientCoverage));
    }
}

/// A query of the same bytes to sign, or of the same parameters twice.
#[tokio::test]
async fn what_could_be_taken_for_another_is_refused() {
    let vector = rows().into_iter().find(|vector| vector.id == "query-array").unwrap();
    let uri = vector.request.uri().to_string();
    let sent = async |from: &str, to: &str| {
        assert!(uri.contains(from), "{uri}");
        let mut request: Request<Bytes> = vector.request.clone();
        *request.uri_mut() = uri.replace(from, to).parse().unwrap();
        send(layer(&vector), &request).await
    };
    assert_eq!(sent("hmac=", "hmac=").await, Ok(()));
    // The order of parameters means nothing; that of a list does.
    assert_eq!(
        sent("shop=x.myshopify.com&timestamp=1700000000", "timestamp=1700000000&shop=x.myshopify.com").await,
        Ok(())
    );
    assert_eq!(sent("ids%5B%5D=1&ids%5B%5D=2", "ids%5B%5D=2&ids%5B%5D=1").await, Err(AuthErrorKind::BadSignature));
    for (from, to) in [
        ("ids%5B%5D=1&ids%5B%5D=2", "ids=%5B%221%22,%20%222%22%5D"),
        ("ids%5B%5D=1&ids%5B%5D=2", "ids%5B%5D=1%22,%20%222"),
        ("shop=", "shop=x.myshopify.com&shop="),
        ("hmac=", "%68mac=0&hmac="),
        ("timestamp=", "%74imestamp=1&timestamp="),
    ] {
        assert_eq!(sent(from, to).await, MALFORMED, "{to}");
    }
    for (from, to) in [("hmac=", "hmac=0&hmac="), ("timestamp=", "timestamp=0&timestamp=")] {
        assert_eq!(sent(from, to).await, Err(AuthErrorKind::SeveralCredentials), "{to}");
    }
}
