//! What cannot be described, and what is said of it.

use std::time::Duration;

use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component as C, CustomSchemeBuilder, InvalidScheme as E, TimeUnit};
use countersign::hmac::{Algorithm, DigestAlgorithm, Encoding};
use http::HeaderName;

use super::acme;

fn described(components: &[C]) -> CustomSchemeBuilder {
    CustomScheme::builder("Acme")
        .with_signature_field("x-signature")
        .with_timestamp_field("x-time", TimeUnit::Seconds)
        .with_components(components.to_vec())
}

fn error(description: CustomSchemeBuilder) -> E {
    description.build().unwrap_err()
}

/// One change of a description that is safe; what is said names the setting that mends it.
#[test]
fn each_mistake_is_refused_by_its_name() {
    assert!(acme().build().is_ok());
    let named = HeaderName::from_static;
    let bare = || CustomScheme::builder("Acme").with_component(C::Body);
    let signed = |components: &[C]| described(components);
    let body = [C::Body];
    let timed = [C::Timestamp, C::Literal("."), C::Body];
    for (description, expected, said) in [
        (bare(), E::SignatureUnnamed, "with_signature_field"),
        (bare().with_signature_field("x-signature"), E::OnlyTheBody, "Component::Timestamp"),
        (
            bare().with_component(C::Literal("x")).with_component(C::Method).with_signature_field("x-signature"),
            E::NoTimestamp,
            "with_insecure_no_timestamp",
        ),
        (signed(&body), E::TimestampNotSigned, "Component::Timestamp"),
        (signed(&[C::Timestamp]), E::BodyNotSigned, "Component::BodyDigest"),
        (signed(&[C::Timestamp, C::Literal(" "), C::Body, C::Body]), E::BodyTwice, "twice"),
        (
            signed(&[C::Timestamp, C::BodyDigest(DigestAlgorithm::Sha256, Encoding::Hex), C::Body]),
            E::BodyTwice,
            "leave one out",
        ),
        (signed(&timed).with_nonce_field("x-nonce"), E::NonceNotSigned, "Component::Nonce"),
        (
            signed(&[C::Timestamp, C::Literal(" "), C::Nonce, C::Literal(" "), C::Body]),
            E::NonceNotRead,
            "with_nonce_field",
        ),
        (
            signed(&[C::Timestamp, C::Literal(" "), C::KeyId, C::Literal(" "), C::Body]),
            E::KeyIdNotRead,
            "with_key_id_field",
        ),
        (bare().with_signature_field("x").with_component(C::Timestamp), E::TimestampNotRead, "with_timestamp_field"),
        (
            bare()
                .with_signature_field("x")
                .with_insecure_no_timestamp()
                .with_leeway(Duration::from_secs(1), Duration::ZERO),
            E::LeewayWithoutTimestamp,
            "leave the leeway out",
        ),
        (signed(&timed).with_nonce_field("X-Time"), E::FieldTwice(named("x-time")), "x-time"),
        (signed(&timed).with_key_id_field("x-signature"), E::FieldTwice(named("x-signature")), "x-signature"),
        (signed(&timed).with_key_id_field("a b"), E::FieldName("a b"), "a b"),
        (signed(&timed).with_component(C::Field("é")), E::FieldName("é"), "é"),
        (signed(&timed).with_component(C::Field("X-Signature")), E::SignatureSigned, "leave its field out"),
        (
            signed(&timed).with_component(C::Field("host")),
            E::OwnComponent(named("host"), "Authority"),
            "Component::Authority",
        ),
        (
            signed(&timed).with_component(C::Id("x-time")),
            E::OwnComponent(named("x-time"), "Timestamp"),
            "Component::Timestamp",
        ),
        (signed(&timed).with_algorithm(Algorithm::HmacSha1), E::Sha1, "with_insecure_sha1"),
        (
            signed(&[C::Timestamp, C::Literal("."), C::BodyDigest(DigestAlgorithm::Sha1, Encoding::Hex)]),
            E::Sha1,
            "with_insecure_sha1",
        ),
        (signed(&timed).with_several_signatures('='), E::Separator('='), "a comma"),
        (signed(&timed).with_several_signatures(',').with_signature_prefix("v1,"), E::Prefix("v1,"), "v1,"),
        (signed(&timed).with_signature_prefix("v\n"), E::Prefix("v\n"), "visible ASCII"),
        (signed(&timed).with_signature_prefix(" v"), E::Prefix(" v"), "visible ASCII"),
        (signed(&timed).with_signature_field("authorization"), E::Prefix(""), "auth-scheme"),
        (
            signed(&timed).with_signature_field("Authorization").with_signature_prefix("Acme v1="),
            E::Prefix("Acme v1="),
            "auth-scheme",
        ),
    ] {
        let error = error(description);
        assert_eq!(error, expected);
        assert!(error.to_string().contains(said), "{error}");
    }
    for name in ["", "a b", "a\u{e9}", "a\"b"] {
        let description = CustomScheme::builder(name).with_signature_field("x").with_insecure_no_timestamp();
        assert_eq!(error(description.with_component(C::Body)), E::Name(name));
    }
}

#[test]
fn sha1_is_there_for_whoever_asks() {
    let digest = C::BodyDigest(DigestAlgorithm::Sha1, Encoding::Base64);
    assert!(described(&[C::Timestamp, C::Literal("."), digest]).with_insecure_sha1().build().is_ok());
}

/// Whether a request could be read back from what is signed: all of these are easily told by hand.
#[test]
fn bytes_cannot_be_moved_between_components() {
    let digest = C::BodyDigest(DigestAlgorithm::Sha256, Encoding::Base64);
    let (line, dot, one) = (C::Literal("\n"), C::Literal("."), C::Literal("1"));
    for (components, undelimited) in [
        // What may have no digit in it after digits, capitals before a slash, a digest of one length.
        (vec![C::Timestamp, C::Method, C::PathAndQuery, line.clone(), C::Body], None),
        (vec![C::Timestamp, C::Method, C::PathAndQuery, C::JsonObject], None),
        (vec![C::Timestamp, C::Method, C::PathAndQuery, digest.clone()], None),
        (vec![C::Method, dot.clone(), digest.clone(), C::Timestamp], None),
        (vec![C::Method, C::TargetUri, line.clone(), C::Body, line.clone(), C::Timestamp], None),
        (vec![C::Timestamp, dot.clone(), C::Body], None),
        (vec![C::Timestamp, line.clone(), C::Authority, C::PathAndQuery, line.clone(), C::Body], None),
        (vec![C::Timestamp, line.clone(), C::Field("x-a"), line.clone(), C::Body], None),
        (vec![C::Timestamp, C::Literal("x"), C::Id("x-a"), dot.clone(), C::Id("x-b"), dot.clone(), C::Body], None),
        // A delimiter with one byte that cannot be in what it follows is enough, wherever in it that stands.
        (vec![C::Timestamp, C::Literal("1.2"), C::Body], None),
        (vec![C::Timestamp, C::Body], Some(("Timestamp", "Body"))),
        (vec![C::Body, C::Timestamp], Some(("Body", "Timestamp"))),
        (vec![C::Timestamp, one.clone(), C::Body], Some(("Timestamp", "Body"))),
        (vec![C::Timestamp, line.clone(), C::PathAndQuery, C::Body], Some(("PathAndQuery", "Body"))),
        (vec![C::Timestamp, line.clone(), C::PathAndQuery, dot.clone(), C::Body], Some(("PathAndQuery", "Body"))),
        (vec![C::Timestamp, line.clone(), C::TargetUri, C::Literal(":"), C::Body], Some(("TargetUri", "Body"))),
        (
            vec![C::Timestamp, C::Literal(":"), C::Field("x-a"), C::Literal(":"), C::Body],
            Some(("Field(\"x-a\")", "Body")),
        ),
        (vec![C::Id("x-a"), C::Timestamp, dot.clone(), C::Body], Some(("Id(\"x-a\")", "Timestamp"))),
        (vec![C::Method, line.clone(), C::Body, C::Timestamp], Some(("Body", "Timestamp"))),
        (vec![C::Timestamp, C::Method, C::Body], Some(("Method", "Body"))),
        (
            vec![C::Timestamp, C::Method, C::PathAndQuery, C::JsonObject, C::Method],
            Some(("PathAndQuery", "JsonObject")),
        ),
        (vec![C::Timestamp, line.clone(), C::Path, C::Query, line.clone(), C::Body], Some(("Path", "Query"))),
        (vec![C::Timestamp, C::Query, C::Path, line, C::Body], Some(("Timestamp", "Query"))),
    ] {
        match (described(&components).build(), undelimited) {
            (Ok(_), None) => {}
            (Err(error @ E::Undelimited(..)), Some((one, other))) => {
                let text = error.to_string();
                let expected = format!("bytes of Component::{one} could be taken for those of Component::{other}: ");
                assert!(text.starts_with(&expected), "{components:?}: {text}");
            }
            (built, _) => panic!("{components:?}: {built:?}"),
        }
    }
}
