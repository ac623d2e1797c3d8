//! HubSpot, version 3.

use countersign::AuthErrorKind;
use countersign::auth::PublicUrl;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::HubSpot;
use http::{HeaderValue, Uri};

use crate::harness::{Decision, Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const FIELDS: [&str; 2] = ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"];

const DECIDED: &[Decision] = &[
    ("future-3600", Ok(()), Err(AuthErrorKind::FromTheFuture), "a client whose clock is wrong must not sign for later"),
    (
        "splice-url-body",
        Ok(()),
        Ok(()),
        "inherent: the body that was moved into the URL is not JSON, and nothing delimits it",
    ),
];

/// The URL that the vector was made for, as far as a proxy may have changed it.
fn origin(vector: &Vector) -> PublicUrl {
    let url: Uri = vector.json["public_url"].as_str().unwrap().parse().unwrap();
    format!("{}://{}", url.scheme_str().unwrap(), url.authority().unwrap()).parse().unwrap()
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    let layer = |vector: &Vector| vector.layer(HubSpot::new()).with_public_url(origin(vector));
    assert_verdicts(&vectors("hubspot-v3"), layer, DECIDED, &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("hubspot-v3").into_iter().filter(|vector| vector.is_valid() && vector.id != "edge-300") {
        assert_eq!(vector.signed_anew(&HubSpot::new(), &FIELDS).headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = HubSpot::new().profile().covers();
    assert_covers(&vectors("hubspot-v3"), |vector| vector.layer(HubSpot::new()), covers, &FIELDS).await;
}

/// The URL is the one that was called, whatever a proxy made of it.
#[tokio::test]
async fn a_request_in_origin_form_is_verified_with_the_public_url() {
    let vector = vector("hubspot-v3", "post");
    let mut request = vector.request.clone();
    *request.uri_mut() = "/webhook?a=1".parse().unwrap();
    request.headers_mut().insert("host", HeaderValue::from_static("inside:8080"));
    let layer = || vector.layer(HubSpot::new());
    assert_eq!(send(layer(), &request).await, Err(AuthErrorKind::MalformedCredentials));
    assert_eq!(send(layer().with_public_url(origin(&vector)), &request).await, Ok(()));
    *request.uri_mut() = "/?a=1".parse().unwrap();
    let behind = "https://www.example.com/webhook".parse().unwrap();
    assert_eq!(send(layer().with_public_url(behind), &request).await, Err(AuthErrorKind::BadSignature));
}

/// Of JSON nothing collides; what else does is inherent.
#[test]
fn no_two_requests_with_json_are_signed_alike_and_others_are() {
    let scheme = HubSpot::new();
    let collisions = |world: World| world.collisions(&scheme, scheme.profile().covers(), FIELDS[0]);
    assert_eq!(collisions(World::new().with_bodies(&["{}", "[]", "{\"a\":1}", "[1]", "[\"/a\"]"])), [].into());
    // This is also what shows that a collision would be found.
    let found = collisions(World::new());
    assert!(!found.is_empty());
    for (one, other) in found {
        assert_eq!((&one[0], &one[4]), (&other[0], &other[4]), "method and time stay what they are");
    }
}

#[tokio::test]
async fn urls_that_may_have_been_read_otherwise_are_refused() {
    let base = vector("hubspot-v3", "utf8");
    for (target, expected) in [
        ("/webhook", Ok(())),
        ("/a%20b?c=d%26e", Ok(())),
        ("/a%2Fb", Err(())),
        ("/a%2fb", Err(())),
        ("/a?b=%3F", Err(())),
        ("/a{", Err(())),
        ("/a?b={", Err(())),
    ] {
        let mut vector = base.clone();
        *vector.request.uri_mut() = format!("https://www.example.com{target}").parse().unwrap();
        let signed = vector.try_signed_anew(&HubSpot::new(), &FIELDS).map(|_| ()).map_err(|_| ());
        assert_eq!(signed, expected, "{target}");
        if expected.is_err() {
            let refused = send(vector.layer(HubSpot::new()), &vector.request).await;
            assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{target}");
        }
    }
}

#[tokio::test]
async fn a_time_of_other_than_thirteen_digits_is_refused() {
    let vector = vector("hubspot-v3", "utf8");
    for time in ["170000000000", "17000000000000", "01700000000000", "1700000000000.", "+170000000000", ""] {
        let mut request = vector.request.clone();
        request.headers_mut().insert(FIELDS[1], time.parse().unwrap());
        assert_eq!(
            send(vector.layer(HubSpot::new()), &request).await,
            Err(AuthErrorKind::MalformedCredentials),
            "{time}"
        );
    }
}
