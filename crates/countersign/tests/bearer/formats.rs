//! Shapes of tokens: what is refused by its shape, and what deprecated ones are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::{
    AuthErrorKind, BearerTokenLayer, FormatRegistry, MemoryStore, PresentedToken, TokenFormat, TokenInfo, store_fn,
};
use http::{HeaderValue, StatusCode};

use crate::support::*;

/// A SHA-1 in hexadecimal, and one that only the deprecated format has.
const HEX: &str = "0123456789abcdef0123456789abcdef01234567";
const UPPER: &str = "0123456789ABCDEF0123456789ABCDEF01234567";
const DJBLETS: &str = "This token uses a deprecated format. The token can still be used, but you should remove it and \
    generate a new one to take advantage of security improvements.";

fn formats() -> FormatRegistry {
    FormatRegistry::new(TokenFormat::new("acme").unwrap())
        .with_format(TokenFormat::kallithea())
        .with_deprecated(TokenFormat::legacy_sha1())
}

fn minted() -> PresentedToken {
    TokenFormat::new("acme").unwrap().mint(at(NOW))
}

#[tokio::test]
async fn what_has_no_known_shape_is_unknown_and_nobody_is_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let layer = over(store_fn(move |_: PresentedToken| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok(None) }
    }))
    .with_token_formats(formats());
    let good = minted();
    let (unknown, kind) = refusal(&layer, bearer(good.expose_secret())).await;
    assert_eq!((kind, asked.load(Ordering::SeqCst)), (AuthErrorKind::UnknownToken, 1), "the count counts");
    let typo = format!("{}x", &good.expose_secret()[..good.expose_secret().len() - 1]);
    for token in [&*typo, "abc", "acme_", &HEX[1..], &format!("{HEX}0"), "other_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r"] {
        let (answer, kind) = refusal(&layer, bearer(token)).await;
        assert_eq!((answer, kind), (unknown.clone(), AuthErrorKind::UnknownToken), "{token}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// What the response to a token with this record says of it.
async fn notice(layer: impl Fn(BearerTokenLayer) -> BearerTokenLayer, token: &str, info: TokenInfo) -> Option<String> {
    let layer = layer(over(MemoryStore::new().with_token(token, info)).with_token_formats(formats()));
    let (answer, _) = send(&layer, bearer(token)).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.all("x-api-token-deprecated").first().map(|text| (*text).to_owned())
}

#[tokio::test]
async fn a_deprecated_format_by_shape_or_by_record_still_works_and_the_response_says_so() {
    let info = || TokenInfo::new("ada");
    let as_it_is = |layer| layer;
    let good = minted();
    assert_eq!(notice(as_it_is, good.expose_secret(), info().with_format("prefix_checksum")).await, None);
    assert_eq!(notice(as_it_is, HEX, info()).await, None, "Kallithea's");
    assert_eq!(notice(as_it_is, HEX, info().with_format("kallithea")).await, None);
    for (token, info) in [(UPPER, info()), (HEX, info().with_format("legacy_sha1"))] {
        assert_eq!(notice(as_it_is, token, info.clone()).await.as_deref(), Some(DJBLETS));
        let other = |layer: BearerTokenLayer| layer.with_deprecation_notice(HeaderValue::from_static("old"));
        assert_eq!(notice(other, token, info.clone()).await.as_deref(), Some("old"));
        assert_eq!(notice(BearerTokenLayer::without_deprecation_notice, token, info).await, None);
    }
}

#[tokio::test]
async fn a_refused_token_learns_nothing_of_its_format() {
    let layer = over(MemoryStore::new().with_token(UPPER, TokenInfo::new("ada").with_revoked_at(at(NOW))));
    let layer = layer.with_token_formats(formats());
    assert_eq!(refusal(&layer, bearer(UPPER)).await.0, refusal(&layer, bearer("abc")).await.0);
}

#[tokio::test]
async fn a_deprecated_token_in_the_query_gets_both_fields() {
    let layer = over(MemoryStore::new().with_token(UPPER, TokenInfo::new("ada")))
        .with_token_formats(formats())
        .with_insecure_query_parameter("api_key");
    let mut request = with(&[]);
    *request.uri_mut() = format!("/?api_key={UPPER}").parse().unwrap();
    let (answer, _) = send(&layer, request).await;
    assert_eq!((answer.all("x-api-token-deprecated"), answer.all("cache-control")), (vec![DJBLETS], vec!["private"]));
}
