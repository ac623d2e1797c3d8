//! Slack.

use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Slack;

use crate::harness::{assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const FIELDS: [&str; 2] = ["x-slack-signature", "x-slack-request-timestamp"];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("slack"), |vector| vector.layer(Slack::new()), &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("slack").into_iter().filter(|vector| vector.is_valid()) {
        assert_eq!(vector.signed_anew(&Slack::new(), &FIELDS).headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Slack::new().profile().covers();
    assert_covers(&vectors("slack"), |vector| vector.layer(Slack::new()), covers, &FIELDS).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Slack::new();
    let found = World::new().collisions(&scheme, scheme.profile().covers(), FIELDS[0]);
    assert_eq!(found, [].into());
}

#[tokio::test]
async fn a_signature_without_its_time_or_with_two_is_refused() {
    let vector = vector("slack", "basic-json");
    let mut without = vector.request.clone();
    without.headers_mut().remove(FIELDS[1]);
    assert_eq!(send(vector.layer(Slack::new()), &without).await, Err(AuthErrorKind::MalformedCredentials));
    let mut twice = vector.request.clone();
    twice.headers_mut().append(FIELDS[1], "1700000000".parse().unwrap());
    assert_eq!(send(vector.layer(Slack::new()), &twice).await, Err(AuthErrorKind::SeveralCredentials));
}
