//! Contentful.

use countersign::AuthErrorKind;
use countersign::hmac::schemes::Contentful;
use countersign::hmac::{Coverage, HmacScheme as _};

use crate::harness::{Decision, Vector, assert_verdicts, send, vectors_but};
use crate::injectivity::World;
use crate::mutation::{Part, assert_covered, assert_covers};

const FIELDS: [&str; 3] = ["x-contentful-signature", "x-contentful-signed-headers", "x-contentful-timestamp"];

const DECIDED: &[Decision] = &[(
    "future-3600",
    Ok(()),
    Err(AuthErrorKind::FromTheFuture),
    "a client whose clock is wrong must not sign for later",
)];

/// The row `utf8` has a blank in its path, which no request line can carry.
fn rows() -> Vec<Vector> {
    vectors_but("contentful", &["utf8"])
}

fn row(id: &str) -> Vector {
    rows().into_iter().find(|vector| vector.id == id).unwrap()
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&rows(), |vector| vector.layer(Contentful::new()), DECIDED, &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in rows().into_iter().filter(Vector::is_valid) {
        assert_eq!(
            vector.signed_anew(&Contentful::new(), &FIELDS).headers(),
            vector.request.headers(),
            "{}",
            vector.id
        );
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Contentful::new().profile().covers();
    assert_covers(&rows(), |vector| vector.layer(Contentful::new()), covers, &FIELDS).await;
    let typed = Part::Field("content-type");
    assert_covered(&[row("post")], |vector| vector.layer(Contentful::new()), typed).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Contentful::new();
    let world = World::new()
        .with_bodies(&["", "a", "\n", "a\n{}"])
        .with_field("x-contentful-a", &["1", "1;x-contentful-b:2", "1;x", "1; x-contentful-b:2", ""])
        .with_field("x-contentful-b", &["2", "2;x-contentful-b:2", "1;x-contentful-b:2"]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), FIELDS[0]), [].into());
}

/// The library signs what it is given: escaped, that is the target as it is sent; escaped before, it is another.
#[tokio::test]
async fn a_target_that_was_not_escaped_when_it_was_signed_passes_where_told_to() {
    let mut vector = row("get");
    *vector.request.uri_mut() = "https://api.example.com/a%20b".parse().unwrap();
    let signed = vector.signed_anew(&Contentful::new(), &FIELDS);
    *vector.request.uri_mut() = "https://api.example.com/a%2520b".parse().unwrap();
    let mut moved = signed.clone();
    *moved.uri_mut() = vector.request.uri().clone();
    let lax = || vector.layer(Contentful::new().with_insecure_decoded_target());
    assert_eq!(send(lax(), &signed).await, Ok(()));
    assert_eq!(send(lax(), &moved).await, Ok(()), "what it was told to put up with");
    assert_eq!(send(vector.layer(Contentful::new()), &moved).await, Err(AuthErrorKind::BadSignature));
}

/// Signed by hand in Contentful's own library it would pass, or pass for something else.
#[tokio::test]
async fn whatever_could_be_read_in_two_ways_is_refused() {
    let base = row("post");
    let refused = |change: &dyn Fn(&mut Vector)| {
        let mut vector = base.clone();
        change(&mut vector);
        let signed = vector.try_signed_anew(&Contentful::new(), &FIELDS).is_ok();
        (vector, signed)
    };
    for target in ["/api/resources?", "/api/resources?a?b", "/api/resources?a=b?"] {
        let uri = format!("https://api.example.com{target}");
        let (vector, signed) = refused(&|vector| *vector.request.uri_mut() = uri.parse().unwrap());
        assert!(!signed, "{target}");
        let refused = send(vector.layer(Contentful::new()), &vector.request).await;
        assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{target}");
    }
    for value in ["text/plain;x-contentful-signed-headers:a", "a;b:c"] {
        let (vector, signed) = refused(&|vector| {
            vector.request.headers_mut().insert("content-type", value.parse().unwrap());
        });
        assert!(!signed, "{value}");
        let refused = send(vector.layer(Contentful::new()), &vector.request).await;
        assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{value}");
    }
    let (_, signed) = refused(&|vector| {
        vector.request.headers_mut().append("content-type", "x".parse().unwrap());
    });
    assert!(!signed);
}

#[tokio::test]
async fn the_list_names_itself_and_the_time_in_order_and_nothing_that_is_not_there() {
    let vector = row("post");
    for list in [
        "content-type,x-contentful-timestamp",
        "content-type,x-contentful-signed-headers",
        "x-contentful-signed-headers,content-type,x-contentful-timestamp",
        "content-type,content-type,x-contentful-signed-headers,x-contentful-timestamp",
        "Content-Type,x-contentful-signed-headers,x-contentful-timestamp",
        "absent,content-type,x-contentful-signed-headers,x-contentful-timestamp",
        "content-type, x-contentful-signed-headers,x-contentful-timestamp",
        "",
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert(FIELDS[1], list.parse().unwrap());
        let refused = send(vector.layer(Contentful::new()), &request).await;
        assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{list}");
    }
}

#[tokio::test]
async fn the_content_type_can_be_demanded() {
    let demanding = |vector: &Vector| {
        let scheme = Contentful::new();
        let covers = scheme.profile().covers();
        vector.layer(scheme).with_required_components(covers | Coverage::CONTENT_TYPE)
    };
    let (with, without) = (row("post"), row("get"));
    assert_eq!(send(demanding(&with), &with.request).await, Ok(()));
    assert_eq!(send(demanding(&without), &without.request).await, Err(AuthErrorKind::InsufficientCoverage));
}
