//! Stripe.

use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Stripe;

use crate::harness::{Decision, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const DECIDED: &[Decision] = &[
    ("future-3600", Ok(()), Err(AuthErrorKind::FromTheFuture), "a client whose clock is wrong must not sign for later"),
    (
        "ts-leading-zero",
        Err(AuthErrorKind::MalformedCredentials),
        Err(AuthErrorKind::MalformedCredentials),
        "a time has one spelling: what is signed is what was sent",
    ),
];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("stripe"), |vector| vector.layer(Stripe::new()), DECIDED, &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("stripe").into_iter().filter(|vector| vector.id.starts_with("basic-")) {
        let signed = vector.signed_anew(&Stripe::new(), &["stripe-signature"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Stripe::new().profile().covers();
    let vectors = vectors("stripe");
    assert_covers(&vectors, |vector| vector.layer(Stripe::new()), covers, &["stripe-signature"]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Stripe::new();
    let found = World::new().collisions(&scheme, scheme.profile().covers(), "stripe-signature");
    assert_eq!(found, [].into());
}

#[tokio::test]
async fn one_of_several_signatures_is_enough_and_seventeen_are_too_many() {
    let vector = vector("stripe", "basic-json");
    let good = vector.request.headers()["stripe-signature"].to_str().unwrap().split_once(',').unwrap().1.to_owned();
    for (others, expected) in [(15, Ok(())), (16, Err(AuthErrorKind::MalformedCredentials))] {
        let bad = format!("v1={},", "0".repeat(64)).repeat(others);
        let mut request = vector.request.clone();
        let value = format!("t=1700000000,{bad}{good}");
        request.headers_mut().insert("stripe-signature", value.parse().unwrap());
        assert_eq!(send(vector.layer(Stripe::new()), &request).await, expected);
    }
}

#[tokio::test]
async fn signatures_of_other_versions_are_left_alone_and_two_times_are_not() {
    let vector = vector("stripe", "basic-json");
    let good = vector.request.headers()["stripe-signature"].to_str().unwrap().to_owned();
    let (time, signature) = good.split_once(',').unwrap();
    for (value, expected) in [
        (format!("{good},v0=whatever,v2="), Ok(())),
        (format!("{signature},{time}"), Ok(())),
        (format!("{good},{time}"), Err(AuthErrorKind::MalformedCredentials)),
        (format!("{good},"), Err(AuthErrorKind::MalformedCredentials)),
        (format!("{time}, {signature}"), Err(AuthErrorKind::MalformedCredentials)),
        (time.to_owned(), Err(AuthErrorKind::MalformedCredentials)),
        (signature.to_owned(), Err(AuthErrorKind::MalformedCredentials)),
        (good.to_uppercase(), Err(AuthErrorKind::MalformedCredentials)),
        (String::new(), Err(AuthErrorKind::MalformedCredentials)),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("stripe-signature", value.parse().unwrap());
        assert_eq!(send(vector.layer(Stripe::new()), &request).await, expected, "{value}");
    }
    let mut request = vector.request.clone();
    request.headers_mut().append("stripe-signature", good.parse().unwrap());
    assert_eq!(send(vector.layer(Stripe::new()), &request).await, Err(AuthErrorKind::SeveralCredentials));
    request.headers_mut().remove("stripe-signature");
    assert_eq!(send(vector.layer(Stripe::new()), &request).await, Err(AuthErrorKind::MissingCredentials));
}
