//! Bodies that were changed.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::plant::{Plant, assert_named};

const COMPACT: &str = r#"{"action":"opened","number":1}"#;
const SPACED: &str = r#"{"action": "opened", "number": 1}"#;

#[test]
fn json_that_was_written_again_is_named() {
    let plants = [
        Plant {
            scheme: "github",
            vector: "basic-json",
            signed: None,
            arrived: |sent| sent.set_body(SPACED),
            named: &["json-compact"],
        },
        Plant {
            scheme: "zoom",
            vector: "big-int",
            signed: Some(|sent| sent.set_body(r#"{"id":12345678901234567890,"b":{},"c":[1.0,[]]}"#)),
            arrived: |sent| {
                sent.set_body("{\n  \"id\": 12345678901234567890,\n  \"b\": {},\n  \"c\": [\n    1.0,\n    []\n  ]\n}");
            },
            named: &["json-compact"],
        },
        Plant {
            scheme: "shopify",
            vector: "webhook-json",
            signed: Some(|sent| sent.set_body(SPACED)),
            arrived: |sent| sent.set_body(COMPACT),
            named: &["json-spaced"],
        },
        Plant {
            scheme: "github",
            vector: "basic-json",
            signed: Some(|sent| sent.set_body("{\n  \"action\": \"opened\",\n  \"number\": [\n    1\n  ]\n}")),
            arrived: |sent| sent.set_body(r#"{"action":"opened","number":[1]}"#),
            named: &["json-pretty"],
        },
        Plant {
            scheme: "razorpay",
            vector: "basic",
            signed: Some(|sent| sent.set_body("{\n\t\"a\": 1\n}\n")),
            arrived: |sent| sent.set_body(r#"{"a": 1}"#),
            named: &["json-pretty", "body-final-newline"],
        },
        Plant {
            scheme: "stripe",
            vector: "basic-utf8",
            signed: None,
            arrived: |sent| sent.set_body(r#"{"name":"Zo\u00eb \u2603","emoji":"\ud83d\ude00"}"#),
            named: &["json-unescaped"],
        },
        Plant {
            scheme: "line",
            vector: "utf8",
            signed: Some(|sent| sent.set_body(r#"{"name":"Zo\u00eb \u2603","emoji":"\ud83d\ude00"}"#)),
            arrived: |sent| sent.set_body(r#"{"name":"Zoë ☃","emoji":"😀"}"#),
            named: &["json-ascii"],
        },
        Plant {
            scheme: "standard-webhooks",
            vector: "basic-escaped",
            signed: None,
            arrived: |sent| sent.set_body(r#"{"name":"Zoë","slash":"/"}"#),
            named: &["json-ascii", "json-slashes"],
        },
        Plant {
            scheme: "paddle",
            vector: "basic-json",
            signed: Some(|sent| sent.set_body(r#"{"name": "Zo\u00eb", "n": 1}"#)),
            arrived: |sent| sent.set_body(r#"{"name":"Zoë","n":1}"#),
            named: &["json-spaced", "json-ascii"],
        },
        Plant {
            scheme: "sentry-legacy",
            vector: "utf8",
            signed: Some(|sent| {
                sent.head.headers.remove("x-sentry-auth");
                sent.set_body(r#"{"url":"https:\/\/a\/b"}"#);
            }),
            arrived: |sent| sent.set_body(r#"{"url":"https://a/b"}"#),
            named: &["json-slashes"],
        },
        Plant {
            scheme: "hubspot-v3",
            vector: "post",
            signed: Some(|sent| sent.set_body(r#"{"q":"a\u0026b\u003cc\u003e"}"#)),
            arrived: |sent| sent.set_body(r#"{"q":"a&b<c>"}"#),
            named: &["json-html"],
        },
        Plant {
            scheme: "adyen",
            vector: "payload-json",
            signed: None,
            arrived: |sent| sent.set_body(r#"{"number":1,"action":"opened"}"#),
            named: &["json-keys-sorted"],
        },
        Plant {
            scheme: "adyen",
            vector: "payload-json",
            signed: Some(|sent| sent.set_body(SPACED)),
            arrived: |sent| sent.set_body(r#"{"number":1,"action":"opened"}"#),
            named: &["json-keys-sorted", "json-spaced"],
        },
        Plant {
            scheme: "slack",
            vector: "basic-json",
            signed: None,
            arrived: |sent| sent.set_body(r#""{\"action\":\"opened\",\"number\":1}""#),
            named: &["json-string"],
        },
    ];
    assert_named(&plants);
}

#[test]
fn a_body_that_a_digest_in_the_head_speaks_of_is_found_too() {
    let spaced = |scheme, vector| Plant {
        scheme,
        vector,
        signed: None,
        arrived: |sent| sent.set_body(SPACED),
        named: &["json-compact"],
    };
    let newline = |scheme, vector| Plant {
        scheme,
        vector,
        signed: None,
        arrived: |sent| sent.set_body(format!("{COMPACT}\n")),
        named: &["body-no-final-newline"],
    };
    assert_named(&[
        spaced("hawk", "post-json-hash"),
        spaced("rfc9421-hmac-sha256", "post-digest"),
        spaced("apisix-hmac-auth", "digest"),
        spaced("twilio", "json-body-sha256"),
        newline("kong-hmac-auth", "digest"),
        newline("rfc9421-hmac-sha256", "post-digest"),
        Plant {
            scheme: "aws-sigv4",
            vector: "post-utf8",
            signed: None,
            arrived: |sent| sent.set_body(r#"{"name": "Zoë ☃", "emoji": "😀"}"#),
            named: &["json-compact"],
        },
    ]);
}

#[test]
fn text_that_was_changed_is_named() {
    assert_named(&[
        Plant {
            scheme: "slack",
            vector: "basic-json",
            signed: None,
            arrived: |sent| sent.body.push(b'\n'),
            named: &["body-no-final-newline"],
        },
        Plant {
            scheme: "github",
            vector: "github-docs-example",
            signed: Some(|sent| sent.body.push(b'\n')),
            arrived: |sent| sent.set_body("Hello, World!"),
            named: &["body-final-newline"],
        },
        Plant {
            scheme: "stripe",
            vector: "basic-json",
            signed: Some(|sent| sent.set_body("a\r\nb\r\nc")),
            arrived: |sent| sent.set_body("a\nb\nc"),
            named: &["body-crlf"],
        },
        Plant {
            scheme: "line",
            vector: "basic",
            signed: Some(|sent| sent.set_body("a\nb\nc")),
            arrived: |sent| sent.set_body("a\r\nb\r\nc"),
            named: &["body-line-feeds"],
        },
        Plant {
            scheme: "github",
            vector: "github-docs-example",
            signed: None,
            arrived: |sent| sent.set_body("  Hello, World! \n"),
            named: &["body-trimmed"],
        },
        Plant {
            scheme: "github",
            vector: "basic-json",
            signed: None,
            arrived: |sent| {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&sent.body).unwrap();
                sent.body = encoder.finish().unwrap();
            },
            named: &["body-decompressed"],
        },
        Plant {
            scheme: "paddle",
            vector: "basic-json",
            signed: None,
            arrived: |sent| sent.set_body(format!("\u{feff}{COMPACT}")),
            named: &["body-no-byte-order-mark"],
        },
        Plant {
            scheme: "shopify",
            vector: "webhook-json",
            signed: Some(|sent| sent.set_body(format!("\u{feff}{COMPACT}"))),
            arrived: |sent| sent.set_body(COMPACT),
            named: &["body-byte-order-mark"],
        },
        Plant {
            scheme: "stripe",
            vector: "basic-json",
            signed: None,
            arrived: |sent| sent.body = STANDARD.encode(&sent.body).into_bytes(),
            named: &["body-base64-decoded"],
        },
        Plant {
            scheme: "github",
            vector: "basic-json",
            signed: Some(|sent| sent.set_body(b"caf\xe9")),
            arrived: |sent| sent.set_body("café"),
            named: &["body-latin-1"],
        },
        Plant {
            scheme: "github",
            vector: "basic-json",
            signed: Some(|sent| sent.set_body("café")),
            arrived: |sent| sent.set_body(b"caf\xe9"),
            named: &["body-utf-8"],
        },
        Plant {
            scheme: "standard-webhooks",
            vector: "basic-empty",
            signed: None,
            arrived: |sent| sent.set_body(COMPACT),
            named: &["body-empty"],
        },
    ]);
}

#[test]
fn forms_that_were_written_again_are_named() {
    assert_named(&[
        Plant {
            scheme: "slack",
            vector: "basic-form",
            signed: Some(|sent| sent.set_body("text=a+b&x=1")),
            arrived: |sent| sent.set_body("text=a%20b&x=1"),
            named: &["form-blanks-as-plus"],
        },
        Plant {
            scheme: "slack",
            vector: "basic-form",
            signed: Some(|sent| sent.set_body("text=a%20b&x=1")),
            arrived: |sent| sent.set_body("text=a+b&x=1"),
            named: &["form-blanks-escaped"],
        },
        Plant {
            scheme: "slack",
            vector: "basic-form",
            signed: Some(|sent| sent.set_body("text=%c3%a9&x=1")),
            arrived: |sent| sent.set_body("text=%C3%A9&x=1"),
            named: &["form-escapes"],
        },
        Plant {
            scheme: "slack",
            vector: "basic-form",
            signed: Some(|sent| sent.set_body("text=a%7Eb+*&x=1")),
            arrived: |sent| sent.set_body("text=a~b%20%2A&x=1"),
            named: &["form-escapes"],
        },
        Plant {
            scheme: "github",
            vector: "form-encoded",
            signed: Some(|sent| sent.set_body("a=1&b=2&c=3")),
            arrived: |sent| sent.set_body("c=3&a=1&b=2"),
            named: &["form-sorted"],
        },
    ]);
}
