//! Paddle.

use std::time::Duration;

use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Paddle;

use crate::harness::{assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("paddle"), |vector| vector.layer(Paddle::new()), &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("paddle").into_iter().filter(|vector| vector.id.starts_with("basic-")) {
        let signed = vector.signed_anew(&Paddle::new(), &["paddle-signature"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Paddle::new().profile().covers();
    let vectors = vectors("paddle");
    assert_covers(&vectors, |vector| vector.layer(Paddle::new()), covers, &["paddle-signature"]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Paddle::new();
    let found = World::new().collisions(&scheme, scheme.profile().covers(), "paddle-signature");
    assert_eq!(found, [].into());
}

#[tokio::test]
async fn the_first_of_two_signatures_is_as_good_as_the_last() {
    let vector = vector("paddle", "basic-json");
    let good = vector.request.headers()["paddle-signature"].to_str().unwrap().to_owned();
    let mut request = vector.request.clone();
    request.headers_mut().insert("paddle-signature", format!("{good};h1={}", "0".repeat(64)).parse().unwrap());
    assert_eq!(send(vector.layer(Paddle::new()), &request).await, Ok(()));
}

#[tokio::test]
async fn five_seconds_either_way_pass_and_six_do_not() {
    let vector = vector("paddle", "basic-json");
    let second = Duration::from_secs(1);
    for (now, expected) in [
        (vector.now + 5 * second, Ok(())),
        (vector.now + 6 * second, Err(AuthErrorKind::Stale)),
        (vector.now - 5 * second, Ok(())),
        (vector.now - 6 * second, Err(AuthErrorKind::FromTheFuture)),
    ] {
        let mut later = vector.clone();
        later.now = now;
        assert_eq!(send(later.layer(Paddle::new()), &vector.request).await, expected);
    }
}
