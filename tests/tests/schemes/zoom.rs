//! Zoom.

use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Zoom;

use crate::harness::{assert_verdicts, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const FIELDS: [&str; 2] = ["x-zm-signature", "x-zm-request-timestamp"];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("zoom"), |vector| vector.layer(Zoom::new()), &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("zoom").into_iter().filter(|vector| vector.is_valid()) {
        assert_eq!(vector.signed_anew(&Zoom::new(), &FIELDS).headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Zoom::new().profile().covers();
    assert_covers(&vectors("zoom"), |vector| vector.layer(Zoom::new()), covers, &FIELDS).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Zoom::new();
    let found = World::new().collisions(&scheme, scheme.profile().covers(), FIELDS[0]);
    assert_eq!(found, [].into());
}
