//! Standard Webhooks, and Svix.

use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::StandardWebhooks;
use countersign::{AuthErrorKind, Secret};

use crate::harness::{Decision, Vector, assert_verdicts, layer, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const FIELDS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];
const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);

const DECIDED: &[Decision] = &[
    ("malformed-member", MALFORMED, MALFORMED, "libraries disagree: one of them stops at the member that is none"),
    ("ts-fraction", MALFORMED, MALFORMED, "a time has one spelling: what is signed is what was sent"),
    ("ts-plus-sign", MALFORMED, MALFORMED, "a time has one spelling"),
    ("dot-in-id-ambiguity-forged", MALFORMED, MALFORMED, "bytes could be moved between id, time and body"),
];

fn standard(vector: &Vector) -> countersign::HmacAuthLayer {
    vector.layer(StandardWebhooks::new())
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("standard-webhooks"), standard, DECIDED, &[]).await;
}

/// Signing writes the names of the specification, whatever names there were.
#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let rows = vectors("standard-webhooks").into_iter();
    for vector in rows.filter(|vector| vector.is_valid() && !matches!(&*vector.id, "edge-300" | "svix-headers")) {
        let signed = vector.signed_anew(&StandardWebhooks::new(), &FIELDS[1..]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
    let svix = vector("standard-webhooks", "svix-headers");
    let signed = svix.signed_anew(&StandardWebhooks::new(), &[]);
    assert!(!signed.headers().keys().any(|name| name.as_str().starts_with("svix-")));
    assert_eq!(send(standard(&svix), &signed).await, Ok(()));
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let rows: Vec<_> = vectors("standard-webhooks").into_iter().filter(|vector| vector.id != "svix-headers").collect();
    assert_covers(&rows, standard, StandardWebhooks::new().profile().covers(), &FIELDS).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = StandardWebhooks::new();
    let bodies = ["", "a", ".", "1", "1.a", ".1700000000.", "1700000000.a", "{}"];
    let world = World::new().with_bodies(&bodies).with_field("webhook-id", &["a", "a1", "1", "a.1700000000", ""]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), "webhook-signature"), [].into());
}

#[tokio::test]
async fn one_of_several_signatures_is_enough_and_other_versions_are_left_alone() {
    let vector = vector("standard-webhooks", "basic-json");
    let good = vector.request.headers()["webhook-signature"].to_str().unwrap().to_owned();
    let bad = format!("v1,{}=", "A".repeat(43));
    for (value, expected) in [
        (format!("{bad} {good}"), Ok(())),
        (format!("v1a,whatever {good} v2,"), Ok(())),
        (vec![bad.clone(); 16].join(" "), Err(AuthErrorKind::BadSignature)),
        (format!("{} {good}", vec![bad.clone(); 15].join(" ")), Ok(())),
        (format!("{} {good}", vec![bad; 16].join(" ")), MALFORMED),
        (format!("{good} "), MALFORMED),
        (format!("{good}  {good}"), MALFORMED),
        (format!("{good},{good}"), MALFORMED),
        (good.replace("v1,", "v1a,"), MALFORMED),
        (good.replace("v1,", "V1,"), MALFORMED),
        (good.replace('=', ""), MALFORMED),
        ("v1,".to_owned(), MALFORMED),
        (String::new(), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("webhook-signature", value.parse().unwrap());
        assert_eq!(send(standard(&vector), &request).await, expected, "{value}");
    }
}

#[tokio::test]
async fn both_kinds_of_names_have_to_say_the_same() {
    let vector = vector("standard-webhooks", "basic-json");
    for (name, other) in [("svix-id", "msg_other"), ("svix-timestamp", "1700000001"), ("svix-signature", "v1,other")] {
        let mut request = vector.request.clone();
        let same = request.headers()[name.replace("svix", "webhook")].clone();
        request.headers_mut().insert(name, same);
        assert_eq!(send(standard(&vector), &request).await, Ok(()), "{name}");
        request.headers_mut().insert(name, other.parse().unwrap());
        assert_eq!(send(standard(&vector), &request).await, Err(AuthErrorKind::SeveralCredentials), "{name}");
    }
    for name in ["webhook-id", "webhook-timestamp"] {
        let mut request = vector.request.clone();
        request.headers_mut().remove(name);
        assert_eq!(send(standard(&vector), &request).await, MALFORMED, "{name}");
    }
}

/// The key is what the secret says in base64, with its prefix or without.
#[tokio::test]
async fn a_secret_that_is_no_base64_is_our_fault_and_not_the_callers() {
    let vector = vector("standard-webhooks", "basic-json");
    for (secret, expected) in [
        ("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", Ok(())),
        ("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", Ok(())),
        ("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n", Err(AuthErrorKind::Misconfigured)),
        ("not base64!", Err(AuthErrorKind::Misconfigured)),
    ] {
        let layer = layer(StandardWebhooks::new(), Secret::new(secret).unwrap(), vector.now);
        assert_eq!(send(layer, &vector.request).await, expected, "{secret}");
    }
}
