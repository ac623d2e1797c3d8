//! What a signature has to cover: by default, where a layer or a handler wants more, and by name.

#![cfg(all(feature = "rfc9421", feature = "sign"))]
#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::hmac::schemes::{Apisix, Cavage, Contentful, Hawk, Kong, Rfc9421, SigV4, UstudioV2};
use countersign::hmac::{Coverage, HmacScheme};
use countersign::{AuthError, AuthErrorKind, Authenticated, HmacAuthLayer, KeyId, ManualClock, Secret, sign_request};
use http::{HeaderName, Request, Response, header};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _};

const TOO_LITTLE: Result<(), AuthErrorKind> = Err(AuthErrorKind::InsufficientCoverage);
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn secret() -> Secret {
    Secret::new("a secret of more than sixteen bytes").unwrap()
}

/// A request with a body and a tenant, signed by a client of this scheme.
fn signed(client: &impl HmacScheme) -> Request<Full<Bytes>> {
    let request = Request::post("https://example.com/orders?n=1").header(header::HOST, "example.com");
    let (mut head, ()) =
        request.header(TENANT, "acme").header("content-type", "text/plain").body(()).unwrap().into_parts();
    sign_request(&mut head, b"body", client, &KeyId::new("partner").unwrap(), &secret(), now()).unwrap();
    Request::from_parts(head, Full::from("body"))
}

fn layer(server: impl HmacScheme) -> HmacAuthLayer {
    let layer = HmacAuthLayer::new(server, secret()).with_clock(ManualClock::new(now()));
    layer.with_insecure_no_replay_protection()
}

async fn send(layer: HmacAuthLayer, request: Request<Full<Bytes>>) -> Result<(), AuthErrorKind> {
    let inner = tower::service_fn(async |_: Request<AuthBody<Full<Bytes>>>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let response = layer.layer(inner).oneshot(request).await.unwrap();
    match response.extensions().get::<AuthError>() {
        None => Ok(()),
        Some(error) => {
            assert_eq!(response.status(), 401);
            assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
            Err(error.kind())
        }
    }
}

type Scheme = Arc<dyn Fn(&[&str]) -> Box<dyn Fn() -> (HmacAuthLayer, Request<Full<Bytes>>)>>;

/// The formats whose senders choose what they sign, and how they spell target, time and body.
fn choosing() -> Vec<(&'static str, Scheme, [&'static str; 3])> {
    macro_rules! choosing {
        ($name:ident) => {
            Arc::new(|names: &[&str]| {
                let client = $name::new().with_covered_components(names);
                let make: Box<dyn Fn() -> _> = Box::new(move || (layer($name::new()), signed(&client)));
                make
            }) as Scheme
        };
    }
    vec![
        ("Kong", choosing!(Kong), ["@request-target", "date", "digest"]),
        ("APISIX", choosing!(Apisix), ["@request-target", "date", "digest"]),
        ("Draft-Cavage", choosing!(Cavage), ["(request-target)", "date", "digest"]),
    ]
}

#[tokio::test]
async fn a_signature_that_leaves_out_target_time_or_body_is_refused_by_default() {
    for (name, scheme, all) in choosing() {
        for left_out in 0_usize..8 {
            let kept = all.iter().enumerate().filter(|(place, _)| left_out & (1 << place) == 0);
            let kept: Vec<_> = kept.map(|(_, name)| *name).chain(["host"]).collect();
            let (layer, request) = scheme(&kept)();
            let expected = if left_out == 0 { Ok(()) } else { TOO_LITTLE };
            // Of APISIX and the others alike, whatever the original does: a signature of the host alone fits everything.
            assert_eq!(send(layer.clone(), request.clone()).await, expected, "{name}: {kept:?}");
            let lax = layer.with_insecure_reference_policy();
            assert_eq!(send(lax, request).await, Ok(()), "{name}: {kept:?}, as the reference has it");
        }
    }
}

#[tokio::test]
async fn a_field_that_is_wanted_by_name_has_to_be_signed() {
    let with_tenant = |names: [&'static str; 3]| names.into_iter().chain(["x-tenant"]).collect::<Vec<_>>();
    for (name, scheme, all) in choosing() {
        for (names, expected) in [(all.to_vec(), TOO_LITTLE), (with_tenant(all), Ok(()))] {
            let (layer, request) = scheme(&names)();
            assert_eq!(send(layer.with_required_field(TENANT), request).await, expected, "{name}: {names:?}");
        }
        // Whoever is in the middle may not take it off either.
        let (layer, mut request) = scheme(&all)();
        request.headers_mut().remove(TENANT);
        assert_eq!(send(layer.clone(), request.clone()).await, Ok(()));
        assert_eq!(send(layer.with_required_field(TENANT), request).await, TOO_LITTLE, "{name}");
    }
    let rfc9421 = |names: &[&str]| {
        let names = ["@method", "@authority", "@path", "@query", "content-digest"].iter().chain(names);
        signed(&Rfc9421::new().with_covered_components(names))
    };
    let wanting = |server: HmacAuthLayer| server.with_required_field(TENANT);
    assert_eq!(send(wanting(layer(Rfc9421::new())), rfc9421(&[])).await, TOO_LITTLE);
    assert_eq!(send(wanting(layer(Rfc9421::new())), rfc9421(&["x-tenant"])).await, Ok(()));
    let both = wanting(layer(Rfc9421::new())).with_required_field(header::CONTENT_TYPE);
    assert_eq!(send(both.clone(), rfc9421(&["x-tenant"])).await, TOO_LITTLE, "each of them");
    assert_eq!(send(both, rfc9421(&["x-tenant", "content-type"])).await, Ok(()));
    let sigv4 = || SigV4::new("us-east-1", "service");
    assert_eq!(send(wanting(layer(sigv4())), signed(&sigv4())).await, TOO_LITTLE);
    let typed = layer(sigv4()).with_required_field(header::CONTENT_TYPE);
    assert_eq!(send(typed, signed(&sigv4())).await, Ok(()), "inside a digest too");
    let contentful = layer(Contentful::new()).with_required_field(header::CONTENT_TYPE);
    assert_eq!(send(contentful, signed(&Contentful::new())).await, Ok(()));
}

#[tokio::test]
async fn formats_that_name_no_fields_cover_none_by_name() {
    for (own, wanting, request) in [
        (layer(UstudioV2::new()), layer(UstudioV2::new()), signed(&UstudioV2::new())),
        (layer(Hawk::new()), layer(Hawk::new()), signed(&Hawk::new())),
    ] {
        assert_eq!(send(own, request.clone()).await, Ok(()));
        assert_eq!(send(wanting.with_required_field(header::CONTENT_TYPE), request).await, TOO_LITTLE);
    }
}

#[tokio::test]
async fn a_signed_field_that_is_wanted_cannot_be_changed() {
    let (layer, request) = choosing().remove(0).1(&["@request-target", "date", "digest", "x-tenant"])();
    for change in ["other", ""] {
        let mut changed = request.clone();
        changed.headers_mut().insert(TENANT, change.parse().unwrap());
        let wanting = layer.clone().with_required_field(TENANT);
        assert_eq!(send(wanting, changed).await, Err(AuthErrorKind::BadSignature), "{change}");
    }
}

/// What a handler asks of who signed.
fn demand(caller: &Authenticated, wanted: Coverage) -> Option<(AuthErrorKind, u16)> {
    caller.require_covered(wanted).err().map(|error| (error.kind(), error.status().as_u16()))
}

#[test]
fn a_handler_may_demand_more_than_the_layer() {
    let signed = Authenticated::by_key("Kong-HMAC", KeyId::new("partner").unwrap(), None, now());
    let signed = signed.with_covered(Coverage::METHOD | Coverage::PATH);
    assert_eq!(demand(&signed, Coverage::NONE), None);
    assert_eq!(demand(&signed, Coverage::PATH), None);
    let refused = Some((AuthErrorKind::InsufficientCoverage, 401));
    assert_eq!(demand(&signed, Coverage::PATH | Coverage::BODY), refused);
    let token = Authenticated::by_token("Bearer", countersign::TokenInfo::new("ada"), now());
    assert_eq!(demand(&token, Coverage::BODY), Some((AuthErrorKind::InsufficientCoverage, 403)));
}

#[tokio::test]
async fn no_body_is_a_covered_body() {
    let inner = tower::service_fn(async |request: Request<AuthBody<Full<Bytes>>>| {
        let covered = Authenticated::of(request.extensions()).unwrap().covered();
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(format!("{}", covered.contains(Coverage::BODY)))))
    });
    for body in [&b""[..], b"body"] {
        let request = Request::post("https://example.com/").header(header::HOST, "example.com").body(()).unwrap();
        let mut head = request.into_parts().0;
        sign_request(&mut head, body, &Hawk::new(), &KeyId::new("partner").unwrap(), &secret(), now()).unwrap();
        let request = Request::from_parts(head, Full::new(Bytes::copy_from_slice(body)));
        let response = layer(Hawk::new()).layer(inner).oneshot(request).await.unwrap();
        let said = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        assert_eq!(said, "true", "{body:?}");
    }
}

#[cfg(feature = "axum")]
mod axum {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::routing::post;
    use countersign::axum::ExtractorRejection;

    use super::*;

    async fn pay(caller: Authenticated) -> Result<&'static str, ExtractorRejection> {
        caller.require_covered(Coverage::BODY | Coverage::AUTHORITY)?;
        Ok("paid")
    }

    #[tokio::test]
    async fn what_a_handler_refuses_is_a_refusal_like_any_other() {
        let app = Router::new().route("/orders", post(pay)).layer(layer(Kong::new()));
        for (names, status, challenge) in [
            (["@request-target", "date", "digest", "host"].as_slice(), 200, None),
            (&["@request-target", "date", "digest"], 401, Some("hmac")),
        ] {
            let request = signed(&Kong::new().with_covered_components(names)).map(Body::new);
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status);
            let told = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
            assert_eq!(told, challenge);
            let kind = response.extensions().get::<AuthError>().map(AuthError::kind);
            assert_eq!(kind, challenge.map(|_| AuthErrorKind::InsufficientCoverage));
        }
    }
}
