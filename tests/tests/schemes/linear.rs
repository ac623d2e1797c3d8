//! Linear.

use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Linear;

use crate::harness::{assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const FIELD: &str = "linear-signature";

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("linear"), |vector| vector.layer(Linear::new()), &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("linear").into_iter().filter(|vector| vector.is_valid() && vector.id != "edge-60s") {
        assert_eq!(vector.signed_anew(&Linear::new(), &[FIELD]).headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Linear::new().profile().covers();
    assert_covers(&vectors("linear"), |vector| vector.layer(Linear::new()), covers, &[FIELD]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Linear::new();
    let bodies = [
        "{\"webhookTimestamp\":1}",
        "{\"webhookTimestamp\":2}",
        "{\"webhookTimestamp\":1 }",
        "{\"webhookTimestamp\":1,\"a\":2}",
    ];
    let found = World::new().with_bodies(&bodies).collisions(&scheme, countersign::hmac::Coverage::BODY, FIELD);
    assert_eq!(found, [].into());
}

/// Whatever can read the body may take another member for the time, or the same one for another time.
#[tokio::test]
async fn the_time_is_a_whole_number_once_at_the_top() {
    let mut vector = vector("linear", "basic");
    for (body, expected) in [
        (r#"{"webhookTimestamp":1700000000000}"#, Ok(())),
        (r#"{"a":{"webhookTimestamp":1},"webhookTimestamp":1700000000000,"b":[1.5,null]}"#, Ok(())),
        (r#"{"webhookTimestamp":1700000000000,"webhookTimestamp":1700000000000}"#, Err(())),
        (r#"{"webhookTimestamp":1700000000000,"webhook\u0054imestamp":1}"#, Err(())),
        (r#"{"webhookTimestamp":1700000000000.0}"#, Err(())),
        (r#"{"webhookTimestamp":1.7e12}"#, Err(())),
        (r#"{"webhookTimestamp":"1700000000000"}"#, Err(())),
        (r#"{"webhookTimestamp":-1}"#, Err(())),
        (r#"{"webhookTimestamp":18446744073709551616}"#, Err(())),
        (r#"{"webhookTimestamp":null}"#, Err(())),
        (r#"{"a":{"webhookTimestamp":1700000000000}}"#, Err(())),
        (r#"[{"webhookTimestamp":1700000000000}]"#, Err(())),
        (r#"{"webhookTimestamp":1700000000000} {}"#, Err(())),
        ("", Err(())),
    ] {
        *vector.request.body_mut() = body.into();
        let refused = send(vector.layer(Linear::new()), &vector.request).await;
        match vector.try_signed_anew(&Linear::new(), &[FIELD]) {
            Ok(signed) => {
                assert_eq!(send(vector.layer(Linear::new()), &signed).await.map_err(|_| ()), expected, "{body}")
            }
            Err(_) => {
                assert_eq!((refused, expected), (Err(AuthErrorKind::MalformedCredentials), Err(())), "{body}");
            }
        }
    }
}
