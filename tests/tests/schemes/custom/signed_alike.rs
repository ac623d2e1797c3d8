//! No description that is let through signs two requests alike.

use std::cell::Cell;

use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component as C, CustomSchemeBuilder, TimeUnit};
use countersign::hmac::{Coverage, DigestAlgorithm, Encoding};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::injectivity::World;

const SEPARATORS: [&str; 7] = ["", "\n", ".", ":", "1", "?", "/a"];

fn world() -> World {
    World::new()
        .with_bodies(&["", "b", ".b", "1", "1.", "\na", ":b:", "{", "/a", "?a", "/a{", "a1/a", "1\n"])
        .with_targets(&["/", "/a", "/a:", "/1", "/a/a"], &[None, Some("a"), Some("a.b")])
        .with_field("x-field", &["", "a", "1:", "{"])
        .with_field("x-id", &["1", "a/a"])
}

fn described(components: Vec<C>, separator: &'static str) -> CustomSchemeBuilder {
    let timed = components.contains(&C::Timestamp);
    let description = CustomScheme::builder("Acme")
        .with_signature_field("x-signature")
        .with_separator(separator)
        .with_components(components)
        .with_insecure_no_timestamp();
    if timed { description.with_timestamp_field("x-time", TimeUnit::Seconds) } else { description }
}

/// A description: what is signed, in any order, with anything between; the body is among it.
fn descriptions() -> impl Strategy<Value = (Vec<C>, &'static str)> {
    let digest = C::BodyDigest(DigestAlgorithm::Sha256, Encoding::Base64);
    let others = vec![
        C::Timestamp,
        C::Method,
        C::PathAndQuery,
        C::Field("x-field"),
        C::Id("x-id"),
        C::Literal("/"),
        C::Literal("\n"),
    ];
    let body = prop::sample::select(vec![C::Body, C::JsonObject, digest]);
    let others = prop::sample::subsequence(others, 1..=4);
    let all = (body, others).prop_map(|(body, others)| [vec![body], others].concat()).prop_shuffle();
    (all, prop::sample::select(SEPARATORS.to_vec()))
}

/// Two requests of this world that are signed alike, and differ in what is signed.
fn collides(scheme: &CustomScheme, components: &[C]) -> bool {
    let mut world = world();
    // What is not signed is the same in all requests.
    for name in ["x-field", "x-id"] {
        if !components.contains(&C::Field(name)) && !components.contains(&C::Id(name)) {
            world = world.without_field(name);
        }
    }
    !world.collisions(scheme, scheme.profile().covers(), "x-signature").is_empty()
}

#[test]
fn what_is_let_through_signs_no_two_requests_alike() {
    let (built, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new_with_rng(Config { cases: 60, ..Config::default() }, fixed());
    let result = runner.run(&descriptions(), |(components, separator)| {
        match described(components.clone(), separator).build() {
            Err(_) => refused.set(refused.get() + 1),
            Ok(scheme) => {
                built.set(built.get() + 1);
                prop_assert!(!collides(&scheme, &components), "{components:?} with {separator:?}");
            }
        }
        Ok(())
    });
    result.unwrap();
    let (built, refused) = (built.get(), refused.get());
    assert!(built >= 10 && refused >= 10, "{built} built, {refused} refused");
}

fn fixed() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}

/// What shows that a collision would be found: two requests are signed alike where a path and a body are with nothing between,
/// which a description cannot say, and a format that is written by hand can.
#[test]
fn a_format_without_delimiters_is_caught() {
    let scheme = countersign::hmac::schemes::HubSpot::new();
    let components = [C::Method, C::PathAndQuery, C::Body];
    assert!(described(components.to_vec(), "").build().is_err());
    let found = world().without_field("x-field").without_field("x-id").collisions(
        &scheme,
        Coverage::METHOD | Coverage::PATH | Coverage::QUERY | Coverage::BODY,
        "x-hubspot-signature-v3",
    );
    assert!(!found.is_empty());
}
