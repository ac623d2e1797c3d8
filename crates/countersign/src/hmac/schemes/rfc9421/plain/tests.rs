//! What is read plainly is read likewise by the parser of structured fields.

use std::error::Error;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_core::{KeyId, Secret};
use http::Request;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sfv::{BareItem, Item, ListEntry};

use super::super::Rfc9421;
use super::super::dictionary::{Fields, canonical};
use crate::sign_request;

/// Both fields, and which signature is wanted.
#[derive(Clone, Debug)]
struct Sent {
    inputs: String,
    signatures: String,
    tag: Option<&'static str>,
    label: Option<&'static str>,
}

/// Whether what is read plainly of what was `seen` is what the other parser reads of what was sent.
fn is_read_alike(sent: &Sent, seen: &Sent) -> bool {
    let Some(plain) = super::read(&seen.inputs, &seen.signatures, seen.tag, seen.label) else { return true };
    let Ok(fields) = Fields::read(&sent.inputs, &sent.signatures) else { return false };
    matches!(fields.select(sent.tag, sent.label), Ok(Some(other)) if (&other.0, &*other.1) == (&plain.0, plain.1))
}

fn is_digest_read_alike(sent: &str, seen: &str) -> bool {
    let Some(plain) = super::sha256(seen) else { return true };
    let Ok(members) = canonical(sent) else { return false };
    let digests = members.into_iter().map(|(name, member)| match member {
        ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }) => Some((name, STANDARD.encode(bytes))),
        _ => None,
    });
    let digests: Option<Vec<_>> = digests.collect();
    digests.is_some_and(
        |digests| matches!(&digests[..], [(name, digest)] if name.as_str() == "sha-256" && digest == plain),
    )
}

/// These texts, one after the other, mostly as they are.
fn almost(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let change =
        (any::<prop::sample::Index>(), select(vec!["", " ", "\"", "\\", "0", ";", ",", "=", ":", "A", "(", ")"]));
    (text, prop::option::weighted(0.3, change)).prop_map(|(mut text, change)| {
        if let Some((at, put)) = change.filter(|_| !text.is_empty()) {
            let at = at.index(text.len());
            text.replace_range(at..at + at % 2, put);
        }
        text
    })
}

fn base64() -> impl Strategy<Value = String> {
    let right = any::<[u8; 32]>().prop_map(|bytes| STANDARD.encode(bytes));
    let ends = select(vec!["=", "=", "=", "", "=="]);
    let last = select("AAEIMQcgBCPQ_-/".chars().collect::<Vec<_>>());
    (right, last, ends).prop_map(|(right, last, end)| format!("{}{last}{end}", &right[..42]))
}

fn key() -> impl Strategy<Value = &'static str> {
    select(vec!["sig1", "sig1", "sig1", "sig1", "*a.b-c_9", "Sig1", "1sig", ""])
}

fn sent() -> impl Strategy<Value = Sent> {
    let components = select(vec![
        "\"@method\"",
        "\"@path\"",
        "\"@query\"",
        "\"content-digest\"",
        "\"x-a\"",
        "\"X-A\"",
        "\"\"",
        "\"a\\\"b\"",
        "token",
        "\"@query-param\";name=\"a\"",
        "\"@query-param\";name=\"b\\\\\"",
        "\"@query-param\"",
        "\"x-a\";sf",
        "\"x-a\";name=\"a\"",
    ]);
    let between = select(vec![" ", " ", " ", " ", " ", "  ", ""]);
    let parameters = select(vec![
        ";created=1700000000",
        ";created=1700000000",
        ";created=0",
        ";created=07",
        ";created=-1",
        ";created=1.5",
        ";created",
        ";created=@1",
        ";expires=999999999999999",
        ";expires=1700000060",
        ";expires=1000000000000000",
        ";nonce=\"n\"",
        ";nonce=\"\"",
        ";nonce=\"a\\\\b\"",
        ";nonce=n",
        ";keyid=\"k\"",
        ";keyid=\"k\"",
        ";keyid=\"k;e y\"",
        "; keyid=\"k\"",
        ";alg=\"hmac-sha256\"",
        ";alg=\"ed25519\"",
        ";tag=\"t\"",
        ";tag=\"u\"",
        ";other=\"x\"",
    ]);
    let inputs = (key(), prop::collection::vec((between, components), 0..5), prop::collection::vec(parameters, 0..6));
    let inputs = inputs.prop_map(|(key, components, parameters)| {
        let components: String = components
            .iter()
            .enumerate()
            .map(|(place, (between, name))| if place == 0 { (*name).to_owned() } else { format!("{between}{name}") })
            .collect();
        format!("{key}=({components}){}", parameters.concat())
    });
    let signatures = (key(), base64()).prop_map(|(key, base64)| format!("{key}=:{base64}:"));
    let (tag, label) = (select(vec![None, None, Some("t")]), select(vec![None, None, Some("sig1")]));
    (almost(inputs), almost(signatures), tag, label).prop_map(|(inputs, signatures, tag, label)| Sent {
        inputs,
        signatures,
        tag,
        label,
    })
}

fn digest() -> impl Strategy<Value = String> {
    let key = select(vec!["sha-256", "sha-256", "sha-512", "SHA-256", "sha"]);
    let more = select(vec!["", "", "", ";a=1", ", sha-512=:AA==:", " ", ", sha-256=:AA==:"]);
    almost((key, base64(), more).prop_map(|(key, base64, more)| format!("{key}=:{base64}:{more}")))
}

/// Holds the property against what `misread` makes of each text.
fn check(misread: fn(&str) -> String) -> Result<(), Box<dyn Error>> {
    let verdict = |alike| if alike { Ok(()) } else { Err(TestCaseError::fail("it is read in another way")) };
    // The same texts each time: whoever is more lenient is always noticed, or never. A runner counts the cases of all that it runs.
    let rng = || TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
    let runner = || TestRunner::new_with_rng(config.clone(), rng());
    runner().run(&sent(), |sent| {
        let seen = Sent { inputs: misread(&sent.inputs), signatures: misread(&sent.signatures), ..sent };
        verdict(is_read_alike(&sent, &seen))
    })?;
    runner().run(&digest(), |sent| verdict(is_digest_read_alike(&sent, &misread(&sent))))?;
    Ok(())
}

#[test]
fn what_is_read_plainly_is_read_likewise_by_the_other_parser() {
    check(str::to_owned).unwrap();
}

#[test]
fn a_reader_that_is_more_lenient_is_noticed() {
    let lenient: [fn(&str) -> String; 5] = [
        |text| text.replace("  ", " "),
        |text| text.replace("=07", "=7"),
        |text| text.replace("; ", ";"),
        |text| text.replace("B=:", "A=:"),
        |text| text.replace(", sha-256=:AA==:", ""),
    ];
    for misread in lenient {
        check(misread).unwrap_err();
    }
}

/// Otherwise nothing would be gained by it, nor shown by the others.
#[test]
fn what_we_sign_is_read_plainly() {
    let (mut head, ()) = Request::post("https://example.com/orders?a=1").body(()).unwrap().into_parts();
    let scheme = Rfc9421::new().with_tag("t").with_lifetime(Duration::from_secs(60));
    let (key_id, secret) = (KeyId::new("partner").unwrap(), Secret::new("secret").unwrap());
    sign_request(&mut head, b"{}", &scheme, &key_id, &secret, SystemTime::UNIX_EPOCH).unwrap();
    let [inputs, signatures, digest] =
        ["signature-input", "signature", "content-digest"].map(|name| head.headers[name].to_str().unwrap());
    assert!(super::read(inputs, signatures, Some("t"), Some("sig1")).is_some());
    assert!(super::sha256(digest).is_some());
    for (tag, label) in [(Some("u"), None), (None, Some("sig2"))] {
        assert!(super::read(inputs, signatures, tag, label).is_none());
    }
}
