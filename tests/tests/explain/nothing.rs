//! What cannot be explained is not, and nothing panics.

use countersign::explain::{Budget, Doctor};
use countersign::hmac::schemes::{SchemeParameters, named, names};
use countersign::{ManualClock, Secrets};
use http::{HeaderName, HeaderValue, Request};
use proptest::prelude::*;

use crate::plant::{Sent, assert_discreet};

/// Formats that sign the body itself, and the target where there is one to sign.
const ROWS: [(&str, &str); 6] = [
    ("github", "basic-json"),
    ("stripe", "basic-json"),
    ("shopify", "webhook-json"),
    ("standard-webhooks", "basic-utf8"),
    ("hubspot-v3", "post"),
    ("contentful", "post"),
];

fn few() -> ProptestConfig {
    ProptestConfig { cases: 24, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn bytes_that_were_damaged_have_no_explanation(
        (scheme, row) in prop::sample::select(&ROWS),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let mut sent = Sent::of(scheme, row);
        let at = at.index(sent.body.len());
        sent.body[at] ^= flip;
        let explanation = sent.explained();
        prop_assert!(explanation.findings().is_empty() && !explanation.verifies(), "{explanation}");
        prop_assert!(explanation.is_complete());
        assert_discreet(&explanation, &sent);
    }

    #[test]
    fn another_secret_has_no_explanation(
        (scheme, row) in prop::sample::select(&ROWS),
        secret in prop::collection::vec(any::<u8>(), 8..40),
    ) {
        let mut sent = Sent::of(scheme, row);
        sent.secret = secret;
        let explanation = sent.explained();
        let searched: Vec<_> = explanation.findings().iter().filter(|finding| {
            !matches!(finding, countersign::explain::Finding::Refusal(refusal) if refusal.kind() == countersign::AuthErrorKind::Misconfigured)
        }).collect();
        prop_assert!(searched.is_empty() && !explanation.verifies(), "{explanation}");
        prop_assert!(explanation.is_complete());
    }

    #[test]
    fn paths_that_were_damaged_have_no_explanation(at in 1..10_usize, letter in "[a-z]") {
        let mut sent = Sent::of("hawk", "post-json-hash");
        let mut path = sent.head.uri.path().to_owned();
        prop_assume!(path[at..=at] != letter && path[at..=at] != *"/");
        path.replace_range(at..=at, &letter);
        sent.set_uri(&format!("https://example.com{path}?x=%20y"));
        prop_assert!(sent.explained().findings().is_empty());
    }
}

/// Names that some format reads, and values that look like what stands there.
fn field() -> impl Strategy<Value = (HeaderName, Vec<u8>)> {
    let names = prop::sample::select(vec![
        "authorization",
        "x-hub-signature-256",
        "stripe-signature",
        "x-slack-signature",
        "x-slack-request-timestamp",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "signature",
        "signature-input",
        "content-digest",
        "date",
        "digest",
        "x-amz-date",
        "x-amz-content-sha256",
        "host",
        "x-forwarded-host",
        "x-forwarded-prefix",
        "forwarded",
        "x-original-uri",
        "x-forwarded-port",
        "x-http-method-override",
        "content-type",
        "x-twilio-signature",
        "x-hubspot-signature-v3",
        "x-hubspot-request-timestamp",
        "linear-signature",
        "x-sentry-auth",
        "cookie",
    ]);
    let value = prop_oneof![
        prop::collection::vec(prop_oneof![0x20..0x7f_u8, 0x80..=0xff_u8, Just(b'\t')], 0..120),
        "(sha256=|v0=|v1,|t=1700000000,v1=|Signature keyId=\"a\",signature=\"|Hawk id=\"a\", ts=\"1700000000\", nonce=\"n\", mac=\"|hmac username=\"a\", signature=\")[0-9a-zA-F+/=]{27,128}\"?".prop_map(String::into_bytes),
        "(https?://|/|//|%|\\?)[ -~é]{0,60}".prop_map(String::into_bytes),
        "[0-9]{9,15}".prop_map(String::into_bytes),
    ];
    (names.prop_map(HeaderName::from_static), value)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "[\\[\\]{}\",:0-9a\\\\u \n/é]{0,120}".prop_map(String::into_bytes),
        "([a-z%0-9+]{0,5}=[a-z%0-9+]{0,8}&){0,6}".prop_map(String::into_bytes),
        any::<[u8; 24]>().prop_map(|tail| [&[0x1f, 0x8b, 8, 0], tail.as_slice()].concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        scheme in prop::sample::select(names().collect::<Vec<_>>()),
        fields in prop::collection::vec(field(), 0..8),
        body in body(),
        path in "/[a-z0-9%/.~:@é-]{0,40}",
        query in prop::option::of("[a-z0-9%=&+/?.]{0,40}"),
        secrets in prop::collection::vec(prop_oneof!["[ -~\n]{0,40}".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..70)], 0..6),
    ) {
        let parameters = SchemeParameters::new()
            .with_scope("us-east-1", "service")
            .with_presigned_urls()
            .with_notification_url("https://example.com/webhook");
        let scheme = named(scheme, &parameters).unwrap();
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let Ok(request) = Request::post(target).body(()) else { return Ok(()) };
        let mut head = request.into_parts().0;
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                head.headers.append(name, value);
            }
        }
        let now = ManualClock::new(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000));
        let budget = Budget::new(600, 1 << 20);
        let doctor = Doctor::new(&*scheme).with_budget(budget).with_host("é:1:2").with_prefix("//").with_prefix("é");
        let explanation = doctor.explain(&head, &body, &Secrets::from_raw(secrets), countersign::Clock::now(&now));
        prop_assert!(!explanation.to_string().is_empty());
        prop_assert!(explanation.work().macs() <= 600 && explanation.work().bytes() <= 1 << 20);
    }
}
