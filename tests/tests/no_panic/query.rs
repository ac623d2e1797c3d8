//! The canonical query: what was signed for one request is good for those that mean the same, and for no other.

use bytes::Bytes;
use countersign::HmacAuthLayer;
use countersign::hmac::schemes::UstudioV2;
use countersign_tests::{Script, signed, store};
use http::{Request, Uri, header};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::{Sent, holds};

/// A query and a body.
type Message = (String, String);

/// The pairs of a query, decoded, as the URL standard has it (§5.1).
fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let segments = query.split('&').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| segment.split_once('=').unwrap_or((segment, "")))
        .map(|(n, v)| (decoded(n), decoded(v)))
        .collect()
}

/// What a query means: its pairs in the order of their names, the values of one name in the order given.
fn meaning(query: &str) -> Vec<(String, String)> {
    let mut pairs = pairs(query);
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}

/// Pieces that mean something in a query, or in what stands around it when it is signed.
fn message() -> impl Strategy<Value = Message> {
    let piece = proptest::sample::select(vec![
        "a", "b", "=", "&", "%3D", "%26", "%0A", "+", "%20", "%2B", "%41", "A", "%61", "%", "%f", "%ff", "%C3%A9",
        "\u{e9}", "1", "/", "~", ";", "%7E", "%3d",
    ]);
    let query = proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat());
    (query, proptest::sample::select(vec!["", "X", "a=1", "1\nX", "a=\nX", "\n", "\nX"]).prop_map(str::to_owned))
}

/// Two messages: the same, one that was made of the other, or any.
fn pair() -> impl Strategy<Value = (Message, Message)> {
    let respelled = (message(), 0..8_u8).prop_map(|((query, body), how)| {
        let other = match how {
            0 => (query.replacen('=', "%3D", 1), body.clone()),
            1 => (query.replacen('&', "%26", 1), body.clone()),
            2 => (query.replace('+', "%20"), body.clone()),
            3 => (query.replace('a', "%61"), body.clone()),
            4 => (format!("&{query}&"), body.clone()),
            5 => (query.split('&').rev().collect::<Vec<_>>().join("&"), body.clone()),
            // The body's first line, moved into a name.
            6 => match body.split_once('\n') {
                Some((line, rest)) => (format!("{query}%0A{line}"), rest.to_owned()),
                None => (query.clone(), body.clone()),
            },
            _ => (query.replacen("%3D", "=", 1).replacen("%26", "&", 1), body.clone()),
        };
        ((query, body), other)
    });
    prop_oneof![1 => message().prop_map(|same| (same.clone(), same)), 3 => respelled, 1 => (message(), message())]
}

fn target(query: &str) -> Option<Uri> {
    // Some servers let raw UTF-8 through, and `http` parses it.
    Uri::from_maybe_shared(Bytes::from(format!("/p?{query}"))).ok()
}

/// Whether no other query can be rendered like it: written apart from what is tested.
fn is_plain(query: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(&query.replace('+', " ")).collect();
    let pairs = pairs(query);
    let clean = |name: &str| name.chars().all(|c| c != '&' && c != '=' && !c.is_control());
    let in_order = |name: &String| pairs.iter().filter(|pair| pair.0 == *name).is_sorted();
    query.is_ascii()
        && std::str::from_utf8(&decoded).is_ok()
        && pairs.iter().all(|(name, _)| clean(name) && in_order(name))
}

/// The second message with the signature that the original makes of the first. Where that signature would fit others too,
/// not even the first itself is good.
fn sent(((query, body), other): &(Message, Message)) -> Sent {
    let reference = UstudioV2::new().with_insecure_reference_query();
    let request = signed(&reference, Request::post(target(query)?), body.as_bytes());
    let credentials = request.headers()[header::AUTHORIZATION].clone();
    let (sent_query, sent_body) = if is_plain(query) { other } else { &(query.clone(), body.clone()) };
    let good = is_plain(query) && is_plain(sent_query) && meaning(query) == meaning(sent_query) && body == sent_body;
    let frames = if sent_body.is_empty() { Script::empty() } else { Script::of(sent_body.clone()) };
    let request = Request::post(target(sent_query)?).header(header::AUTHORIZATION, credentials);
    Some((request.body(frames).unwrap(), good))
}

#[test]
fn a_signature_is_good_for_what_means_the_same_and_for_nothing_else() {
    holds(&HmacAuthLayer::new(UstudioV2::new(), store()), &pair(), sent).unwrap();
}

#[test]
fn the_originals_query_is_found_out() {
    let reference = UstudioV2::new().with_insecure_reference_query();
    assert!(holds(&HmacAuthLayer::new(reference, store()), &pair(), sent).is_err());
}
