//! Targets that were changed.

use countersign::explain::Doctor;

use crate::plant::{Plant, Sent, assert_named, names};

const fn plant(
    (scheme, vector): (&'static str, &'static str),
    signed: Option<fn(&mut Sent)>,
    arrived: fn(&mut Sent),
    named: &'static [&'static str],
) -> Plant {
    Plant { scheme, vector, signed, arrived, named }
}

const CONTENTFUL: (&str, &str) = ("contentful", "post");
const HAWK: (&str, &str) = ("hawk", "post-json-hash");
const HUBSPOT: (&str, &str) = ("hubspot-v3", "post");
const RFC9421: (&str, &str) = ("rfc9421-hmac-sha256", "post-digest");
const SIGV4: (&str, &str) = ("aws-sigv4", "post-utf8");
const TWILIO: (&str, &str) = ("twilio", "docs-example");

#[test]
fn origins_that_proxies_change_are_named() {
    assert_named(&[
        plant(HUBSPOT, None, |sent| sent.rewrite("https:", "http:"), &["scheme-other"]),
        plant(TWILIO, None, |sent| sent.rewrite("https:", "http:"), &["scheme-other"]),
        plant(TWILIO, None, Sent::as_http1, &["scheme-other"]),
        plant(HAWK, None, Sent::as_http1, &["scheme-other"]),
        plant(RFC9421, None, |sent| sent.rewrite("example.com", "example.com:8443"), &["authority-without-port"]),
        plant(SIGV4, None, |sent| sent.rewrite(".com", ".com:443"), &["authority-without-port"]),
        plant(
            SIGV4,
            Some(|sent| sent.set_uri("https://example.amazonaws.com:8443/things")),
            |sent| {
                sent.set_uri("https://example.amazonaws.com/things");
                sent.set_field("x-forwarded-port", "8443");
            },
            &["authority-with-port"],
        ),
        plant(HUBSPOT, None, |sent| sent.rewrite("www.example", "WWW.Example"), &["authority-lower-case"]),
        plant(
            RFC9421,
            None,
            |sent| {
                sent.rewrite("example.com", "10.0.0.7:8080");
                sent.set_field("x-forwarded-host", "example.com, proxy.internal");
            },
            &["authority-other"],
        ),
        plant(
            HUBSPOT,
            None,
            |sent| {
                sent.rewrite("https://www.example.com", "http://backend:3000");
                sent.set_field("forwarded", "for=192.0.2.1;host=\"www.example.com\";proto=https, for=10.0.0.1");
            },
            &["scheme-other", "authority-other"],
        ),
        plant(
            HUBSPOT,
            None,
            |sent| {
                sent.rewrite("https://www.example.com/webhook", "http://backend:3000/");
                sent.set_field("x-original-url", "https://www.example.com/webhook?a=1");
            },
            &["target-original"],
        ),
    ]);
}

#[test]
fn paths_that_proxies_change_are_named() {
    assert_named(&[
        plant(
            CONTENTFUL,
            None,
            |sent| {
                sent.rewrite("/api/resources", "/resources");
                sent.set_field("x-forwarded-prefix", "/api/");
            },
            &["path-prefix"],
        ),
        plant(CONTENTFUL, None, |sent| sent.rewrite("/api/", "/v1/api/"), &["path-without-prefix"]),
        plant(HAWK, None, |sent| sent.rewrite("/things", "/things/"), &["path-no-trailing-slash"]),
        plant(
            RFC9421,
            Some(|sent| sent.rewrite("/foo", "/foo/")),
            |sent| sent.rewrite("/foo/", "/foo"),
            &["path-trailing-slash"],
        ),
        plant(HAWK, None, |sent| sent.rewrite("/api/1", "//api/1"), &["path-slashes-merged"]),
        plant(
            HAWK,
            Some(|sent| sent.rewrite("/1/things", "/1//things")),
            |sent| sent.rewrite("/1//things", "/1/things"),
            &["path-slash-doubled"],
        ),
        plant(RFC9421, Some(|s| s.rewrite("/foo", "/a~b")), |s| s.rewrite("/a~b", "/a%7Eb"), &["path-decoded"]),
        plant(RFC9421, Some(|s| s.rewrite("/foo", "/a%3Ab")), |s| s.rewrite("/a%3Ab", "/a:b"), &["path-encoded"]),
        plant(HAWK, Some(|s| s.rewrite("/1/", "/a%2520b/")), |s| s.rewrite("%2520", "%20"), &["path-encoded"]),
        plant(HAWK, Some(|s| s.rewrite("/1/", "/a%2fb/")), |s| s.rewrite("%2f", "%2F"), &["path-escape-case"]),
        plant(
            HAWK,
            None,
            |sent| {
                sent.rewrite("/api/1/things?x=%20y", "/index.php");
                sent.set_field("x-original-uri", "/api/1/things?x=%20y");
            },
            &["target-original"],
        ),
    ]);
}

#[test]
fn queries_and_methods_that_were_changed_are_named() {
    assert_named(&[
        plant(HAWK, Some(|s| s.rewrite("?x=%20y", "")), |s| s.rewrite("/things", "/things?a=1"), &["query-left-out"]),
        plant(RFC9421, None, |s| s.rewrite("param=Value&Pet=dog", "Pet=dog&param=Value"), &["query-reordered"]),
        plant(
            HAWK,
            Some(|s| s.rewrite("x=%20y", "c=1&a=2&b=3")),
            |s| s.rewrite("c=1&a=2&b=3", "a=2&b=3&c=1"),
            &["query-reordered"],
        ),
        plant(HAWK, None, |s| s.rewrite("x=%20y", "x=+y"), &["query-blanks-escaped"]),
        plant(HAWK, Some(|s| s.rewrite("%20y", "+y")), |s| s.rewrite("+y", "%20y"), &["query-blanks-as-plus"]),
        plant(HAWK, Some(|s| s.rewrite("%20y", "%2fy")), |s| s.rewrite("%2fy", "%2Fy"), &["query-escapes"]),
        plant(HAWK, Some(|s| s.rewrite("%20y", "a:/b")), |s| s.rewrite("a:/b", "a%3A%2Fb"), &["query-decoded"]),
        plant(CONTENTFUL, None, |s| s.rewrite("x=1&", "x=1&utm_source=mail&"), &["query-without-parameter"]),
        plant(
            RFC9421,
            Some(|sent| sent.head.method = http::Method::DELETE),
            |sent| {
                sent.head.method = http::Method::POST;
                sent.set_field("x-http-method-override", "DELETE");
            },
            &["method-other"],
        ),
        plant(
            CONTENTFUL,
            Some(|sent| sent.head.method = http::Method::HEAD),
            |sent| sent.head.method = http::Method::GET,
            &["method-other"],
        ),
        plant(
            CONTENTFUL,
            Some(|sent| sent.head.method = http::Method::from_bytes(b"post").unwrap()),
            |sent| sent.head.method = http::Method::POST,
            &["method-case"],
        ),
    ]);
}

#[test]
fn body_and_target_are_found_together() {
    assert_named(&[
        plant(
            HUBSPOT,
            None,
            |sent| {
                sent.rewrite("https:", "http:");
                sent.set_body(r#"{"action": "opened", "number": 1}"#);
            },
            &["json-compact", "scheme-other"],
        ),
        plant(
            HAWK,
            None,
            |sent| {
                sent.rewrite("/things", "/things/");
                sent.body.push(b'\n');
            },
            &["body-no-final-newline", "path-no-trailing-slash"],
        ),
    ]);
}

#[test]
fn what_the_operator_knows_is_tried_too() {
    let mut sent = Sent::of("hubspot-v3", "post");
    sent.rewrite("www.example.com", "10.0.0.7");
    assert_eq!(names(&sent.explained()), [""; 0]);
    let doctor = Doctor::new(&*sent.scheme).with_host("other.example.com").with_host("www.example.com");
    let explanation = sent.explained_by(&doctor);
    assert_eq!(names(&explanation), ["authority-other"]);
    assert_eq!(explanation.mismatch().unwrap().public_url(), Some("https://www.example.com"));

    let mut sent = Sent::of("contentful", "post");
    sent.rewrite("/api/resources", "/resources");
    assert_eq!(names(&sent.explained()), [""; 0]);
    assert_eq!(names(&sent.explained_by(&Doctor::new(&*sent.scheme).with_prefix("api"))), ["path-prefix"]);

    let mut sent = Sent::of("contentful", "post");
    sent.rewrite("/api/resources", "/x/y/z/api/resources");
    assert_eq!(names(&sent.explained()), [""; 0]);
    assert_eq!(names(&sent.explained_by(&Doctor::new(&*sent.scheme).with_prefix("/x/y/z/"))), ["path-without-prefix"]);
}

#[test]
fn a_wrong_public_url_is_found() {
    let sent = Sent::of("hubspot-v3", "post");
    for (url, named) in [
        ("https://www.example.com", &[][..]),
        ("http://www.example.com", &["scheme-other"]),
        ("https://www.example.com:8443", &["authority-without-port"]),
    ] {
        let doctor = Doctor::new(&*sent.scheme).with_public_url(url.parse().unwrap());
        let explanation = sent.explained_by(&doctor);
        assert_eq!(names(&explanation), named, "{url}");
        assert_eq!(explanation.verifies(), named.is_empty(), "{url}");
    }
    let mut sent = sent;
    sent.as_http1();
    let doctor = Doctor::new(&*sent.scheme).with_public_url("https://other.example.com".parse().unwrap());
    assert_eq!(names(&sent.explained_by(&doctor)), ["authority-other"]);
}
