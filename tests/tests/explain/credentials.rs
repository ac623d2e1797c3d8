//! Secrets, algorithms and spellings that differ.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::explain::Doctor;
use countersign::hmac::Algorithm;
use countersign::{Secret, SecretVersion, Secrets};
use countersign_tests::BodyMac;

use crate::plant::{Plant, Sent, assert_named, names};

const fn plant(
    scheme: &'static str,
    vector: &'static str,
    arrived: fn(&mut Sent),
    named: &'static [&'static str],
) -> Plant {
    Plant { scheme, vector, signed: None, arrived, named }
}

fn bytes_of_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn secrets_that_are_taken_for_other_keys_are_named() {
    assert_named(&[
        // What the sender takes for the key, spelled so that our signer takes the same.
        plant(
            "standard-webhooks",
            "basic-json",
            |sent| sent.sign_with(STANDARD.encode(sent.secret.clone()).as_bytes(), sent.now),
            &["secret-prefix-kept"],
        ),
        plant(
            "standard-webhooks",
            "basic-json",
            |sent| sent.sign_with(STANDARD.encode(&sent.secret.clone()[6..]).as_bytes(), sent.now),
            &["secret-not-decoded"],
        ),
        plant("standard-webhooks", "basic-json", |sent| sent.secret.push(b'\n'), &["secret-trimmed"]),
        plant(
            "adyen",
            "payload-json",
            |sent| sent.sign_with(hex(&sent.secret.clone()).as_bytes(), sent.now),
            &["secret-not-decoded"],
        ),
        plant("stripe", "basic-json", |sent| sent.secret.extend(b"\r\n"), &["secret-trimmed"]),
        plant(
            "stripe",
            "basic-json",
            |sent| sent.secret = [b"\"", &*sent.secret, b"\""].concat(),
            &["secret-unquoted"],
        ),
        plant(
            "stripe",
            "basic-json",
            |sent| sent.sign_with(&[&*sent.secret, b"\n"].concat(), sent.now),
            &["secret-newline"],
        ),
        plant(
            "stripe",
            "basic-json",
            |sent| sent.sign_with(&sent.secret.clone()[6..], sent.now),
            &["secret-prefix-removed"],
        ),
        plant(
            "slack",
            "basic-json",
            |sent| {
                sent.secret = b"8f742231b10e8888abcd99ffeedd85a5".to_vec();
                sent.sign_with(&bytes_of_hex("8f742231b10e8888abcd99ffeedd85a5"), sent.now);
            },
            &["secret-hex-decoded"],
        ),
        plant(
            "rfc9421-hmac-sha256",
            "post-digest",
            |sent| sent.secret = STANDARD.encode(&sent.secret).into_bytes(),
            &["secret-base64-decoded"],
        ),
        plant(
            "rfc9421-hmac-sha256",
            "post-digest",
            |sent| sent.sign_with(STANDARD.encode(sent.secret.clone()).as_bytes(), sent.now),
            &["secret-base64-spelled"],
        ),
        plant(
            "rfc9421-hmac-sha256",
            "post-digest",
            |sent| sent.sign_with(hex(&sent.secret.clone()).as_bytes(), sent.now),
            &["secret-hex-spelled"],
        ),
        // One zero is the empty key.
        plant("github", "basic-json", |sent| sent.sign_with(&[0], sent.now), &["secret-empty"]),
        plant("aws-sigv4", "post-utf8", |sent| sent.sign_with(&[0], sent.now), &["secret-empty"]),
    ]);
}

#[test]
fn secrets_that_are_over_are_named_with_their_label() {
    let sent = Sent::of("stripe", "basic-json");
    let newest = SecretVersion::new(Secret::new("another secret of this key").unwrap()).with_label("new");
    let version = |label: &'static str| SecretVersion::new(Secret::new(sent.secret.clone()).unwrap()).with_label(label);
    let hour = Duration::from_secs(3600);
    for (old, named) in [
        (version("old"), &[][..]),
        (version("old").with_not_after(sent.now - hour), &["secret-not-live"]),
        (version("old").with_not_before(sent.now + hour), &["secret-not-live"]),
    ] {
        let secrets = Secrets::from_iter([newest.clone(), old]);
        let explanation = Doctor::new(&*sent.scheme).explain(&sent.head, &sent.body, &secrets, sent.now);
        assert_eq!(names(&explanation), named);
        assert_eq!(explanation.verifies(), named.is_empty());
        let label = explanation.mismatch().map(|mismatch| &**mismatch.secret_label().unwrap());
        assert_eq!(label, (!named.is_empty()).then_some("old"));
    }
}

#[test]
fn signatures_in_other_spellings_are_named() {
    assert_named(&[
        plant(
            "github",
            "basic-json",
            |sent| {
                sent.set_field(
                    "x-hub-signature-256",
                    &format!("sha256={}", sent.field("x-hub-signature-256")[7..].to_uppercase()),
                )
            },
            &["signature-case"],
        ),
        plant(
            "stripe",
            "basic-json",
            |sent| {
                let value = sent.field("stripe-signature");
                let (time, signature) = value.split_once(",v1=").unwrap();
                sent.set_field("stripe-signature", &format!("{time},v1={}", signature.to_uppercase()));
            },
            &["signature-case"],
        ),
        plant(
            "slack",
            "basic-form",
            |sent| {
                let bytes = bytes_of_hex(&sent.field("x-slack-signature")[3..]);
                sent.set_field("x-slack-signature", &format!("v0={}", STANDARD.encode(bytes)));
            },
            &["signature-encoding"],
        ),
        plant(
            "shopify",
            "webhook-json",
            |sent| {
                let bytes = STANDARD.decode(sent.field("x-shopify-hmac-sha256")).unwrap();
                sent.set_field("x-shopify-hmac-sha256", &hex(&bytes));
            },
            &["signature-encoding"],
        ),
        plant(
            "standard-webhooks",
            "reference-rust-test",
            |sent| {
                let bytes = STANDARD.decode(&sent.field("webhook-signature")[3..]).unwrap();
                sent.set_field("webhook-signature", &format!("v1,{}", URL_SAFE_NO_PAD.encode(bytes)));
            },
            &["signature-encoding"],
        ),
        plant(
            "github",
            "basic-json",
            |sent| {
                // GitHub's older field has HMAC-SHA-1 of the same body under the same secret.
                let mut other = Sent::of("github", "basic-json");
                other.scheme = countersign::hmac::schemes::named("intercom", &Default::default()).unwrap();
                other.sign();
                sent.set_field("x-hub-signature-256", &other.field("x-hub-signature").replace("sha1=", "sha256="));
            },
            &["algorithm-other"],
        ),
        plant(
            "github",
            "basic-json",
            |sent| {
                let mut other = Sent::of("github", "basic-json");
                other.scheme = Arc::new(BodyMac::new(Algorithm::HmacSha512));
                other.sign();
                let signature = other.field("x-mac").split_once(' ').unwrap().1.to_owned();
                sent.set_field("x-hub-signature-256", &format!("sha256={signature}"));
            },
            &["algorithm-other"],
        ),
        plant(
            "sentry-legacy",
            "utf8",
            |sent| {
                sent.set_field("x-sentry-auth", &{
                    let value = sent.field("x-sentry-auth");
                    let signature = value.split("sentry_signature=").nth(1).unwrap().split(',').next().unwrap().trim();
                    value.replace(signature, &STANDARD.encode(bytes_of_hex(signature)))
                })
            },
            &["signature-encoding"],
        ),
    ]);
}

#[test]
fn times_in_another_unit_are_named() {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    // Signed as it was sent: the signature holds, and the time is far off.
    let mut sent = Sent::of("stripe", "basic-json");
    sent.sign_with(&sent.secret.clone(), at(1_700_000_000_000));
    assert_eq!(sent.field("stripe-signature").split(',').next(), Some("t=1700000000000"));
    let explanation = sent.explained();
    assert_eq!(names(&explanation), ["time-in-milliseconds"]);
    assert!(explanation.signature_holds() && !explanation.verifies());

    let mut sent = Sent::of("contentful", "post");
    sent.sign_with(&sent.secret.clone(), SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000));
    assert_eq!(sent.field("x-contentful-timestamp"), "1700000000");
    assert_eq!(names(&sent.explained()), ["time-in-seconds"]);

    assert_named(&[
        plant(
            "slack",
            "basic-json",
            |sent| sent.set_field("x-slack-request-timestamp", "1700000000000"),
            &["time-in-milliseconds"],
        ),
        plant(
            "hubspot-v3",
            "post",
            |sent| sent.set_field("x-hubspot-request-timestamp", "1700000000"),
            &["time-in-seconds"],
        ),
    ]);
}
