//! Targets and hosts.

use bytes::Bytes;
use countersign::HmacAuthLayer;
use countersign::auth::PublicUrl;
use countersign::hmac::schemes::UstudioV2;
use countersign_tests::{Script, store, ustudio_credentials};
use http::{HeaderValue, Method, Request, Uri, header};
use proptest::prelude::*;

use crate::{Sent, almost, holds};

#[derive(Debug)]
struct Head {
    method: Vec<u8>,
    target: Vec<u8>,
    hosts: Vec<Vec<u8>>,
}

fn heads() -> impl Strategy<Value = Head> {
    let texts = |texts: &[&str]| almost(texts.iter().map(|text| (*text).to_owned()).collect());
    let targets =
        ["/p", "/p?", "/p?#f", "http://h/p", "http://H:80/p", "https://u:p@h/p", "h", "h:80", "*", "//h/p", "/./p"];
    let hosts = proptest::collection::vec(texts(&["h", "H", "h:80", "u@h", "g"]), 0..3);
    let hosts = prop_oneof![3 => Just(vec![b"h".to_vec()]), 1 => Just(Vec::new()), 2 => hosts];
    let methods = prop_oneof![9 => Just(b"GET".to_vec()), 1 => texts(&["GET", "POST", "CONNECT", "get"])];
    (methods, texts(&targets), hosts).prop_map(|(method, target, hosts)| Head { method, target, hosts })
}

/// A request with these credentials, which are those of `GET` and this path.
fn sent(head: &Head, path: &str, credentials: &str) -> Sent {
    let uri = Uri::from_maybe_shared(Bytes::copy_from_slice(&head.target)).ok()?;
    let mut request = Request::new(Script::empty());
    *request.method_mut() = Method::from_bytes(&head.method).ok()?;
    *request.uri_mut() = uri.clone();
    for host in &head.hosts {
        request.headers_mut().append(header::HOST, HeaderValue::from_bytes(host).ok()?);
    }
    request.headers_mut().insert(header::AUTHORIZATION, credentials.parse().unwrap());

    // RFC 9112 §3.2 and RFC 9110 §4.2.4, written apart from what is tested: one authority at most, without user.
    let one_authority = match (uri.authority(), &head.hosts[..]) {
        (None, []) => true,
        (None, [host]) => host.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')),
        (Some(named), []) => !named.as_str().contains('@'),
        (Some(named), [host]) => !named.as_str().contains('@') && named.as_str().as_bytes().eq_ignore_ascii_case(host),
        _ => false,
    };
    let meant = uri.query().unwrap_or_default().split('&').all(str::is_empty);
    Some((request, one_authority && head.method == b"GET" && uri.path() == path && meant))
}

#[test]
fn a_target_is_good_if_it_is_the_one_that_was_signed_and_only_that() {
    let credentials = ustudio_credentials("GET", "/p", b"");
    holds(&HmacAuthLayer::new(UstudioV2::new(), store()), &heads(), |head| sent(head, "/p", &credentials)).unwrap();
}

#[test]
fn so_it_is_behind_a_public_url() {
    let url: PublicUrl = "https://example.com/api".parse().unwrap();
    let layer = HmacAuthLayer::new(UstudioV2::new(), store()).with_public_url(url);
    let credentials = ustudio_credentials("GET", "/api/p", b"");
    holds(&layer, &heads(), |head| sent(head, "/p", &credentials)).unwrap();
}
