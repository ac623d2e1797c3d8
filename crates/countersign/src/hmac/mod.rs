//! Lets requests through when their HMAC signature verifies.
//!
//! A request passes when all of these hold, judged in this order:
//! 1. Its target is unambiguous ([`SignedHead::read`](crate::auth::SignedHead::read)).
//! 2. It has credentials of the scheme's format, once, in 8 KiB at most, in the one spelling that the format has.
//! 3. Its time, where the format has one, is within the leeway; both limits are included.
//! 4. Its body, where it declares a length, declares no more than the limit.
//! 5. The signature covers what the server wants covered.
//! 6. The store has a live secret for its key id.
//! 7. Its body arrives within the limit and the deadline, and there is room for it.
//! 8. One of its signatures (16 at most) is the MAC of the signature base under one of the key's live secrets (4 at most),
//!    and the body is what its digest says.
//! 9. It was not seen before, where replay protection is on.
//!
//! Two kinds of formats differ. Where the credentials stand in the body (Adyen, Mailgun), or the time does (Linear), or what is
//! signed depends on it otherwise (EdgeGrid, Duo's forms), the body is read first. Where a caller is to be told the time
//! (Hawk), 3 is judged after 8, so that only who has the secret is told.
//!
//! 1 to 5 are decided before a store is asked, and with 6 before a byte of the body is read, so that hyper never invites
//! the caller to send it (`100 Continue`). One case of 6 is different: a key id without a live secret costs what a real one
//! costs, a MAC over the whole body, so that the answer tells nothing. Where the head alone carries the MAC, both are
//! refused from the head. The nonce is claimed last: nobody can spend somebody else's.
//!
//! The body is hashed as it arrives and handed on as the frames it came in, trailers too.
//!
//! # Streaming
//!
//! Unless told otherwise, a body is read whole before the inner service is called: what a handler reads was signed. Uploads that
//! are too long for that can stream:
//!
//! | option | MAC over a digest of the body (RFC 9421, Hawk, SigV4, Kong, …) | MAC over the body itself (`USTUDIO-HMAC-V2`, Stripe, Slack, …) |
//! |---|---|---|
//! | none | read whole, 7 to 9 judged, then handed on | the same |
//! | [`with_streaming_body`](HmacAuthLayer::with_streaming_body) | caller proved and nonce claimed from the head; handed on; digest judged at the end | read whole |
//! | [`with_insecure_streaming_body`](HmacAuthLayer::with_insecure_streaming_body) | the same | **anybody's**: handed on [`Unproved`](crate::auth::Unproved); 8 and 9 judged at the end, limit and deadline hold |
//!
//! The end means: the last bytes are held back until it is judged, and are an error ([`BodyError`](crate::body::BodyError)) instead
//! where it is not good. One frame is held, however long the body is. A body that is refused there is in the log as any other
//! refusal; the answer is the handler's.
//!
//! # Rejections
//!
//! | situation | kind | status | challenge |
//! |---|---|---|---|
//! | no credentials of this format | [`MissingCredentials`] | 401 | ✓ |
//! | not spelled as the format wants it, or a target that could be rendered in two ways | [`MalformedCredentials`] | 401 | ✓ |
//! | several where there must be one | [`SeveralCredentials`] | 400 | – |
//! | over 8 KiB | [`CredentialsTooLong`] | 431 | – |
//! | two `Host`s, two authorities, no path | [`AmbiguousTarget`] | 400 | – |
//! | unknown key, or one without a live secret | [`UnknownKey`] | 401 | ✓ |
//! | no secret makes this signature | [`BadSignature`] | 401 | ✓ |
//! | too old; too far ahead | [`Stale`]; [`FromTheFuture`] | 401 | ✓ |
//! | seen before | [`Replayed`] | 401 | ✓ |
//! | leaves out what must be covered | [`InsufficientCoverage`] | 401 | ✓ |
//! | body too long; too slow; broken off | [`BodyTooLarge`]; [`BodyTimedOut`]; [`BodyFailed`] | 413; 408; 400 | – |
//! | too many bodies at once | [`BudgetExhausted`] | 503, `Retry-After: 1` | – |
//! | a store failed, was slow, panicked; nonce store full | [`StoreFailed`], [`StoreTimedOut`], [`NonceStoreFull`] | 503, `Retry-After: 1` | – |
//!
//! All 401s are the same, byte for byte. The operator finds the difference in the log, target `countersign::rejection`,
//! and in the response's extensions, as [`AuthError`](crate::AuthError).
//!
//! # What this does not do
//!
//! It does not encrypt: use TLS. It does not limit how often somebody may try: `tower_governor` does. It does not say what
//! an authenticated caller may do: see [`gate`](crate::gate). It does not verify asymmetric signatures.
//!
//! # Cache
//!
//! Each request asks the secret store, unless [`with_cache`](HmacAuthLayer::with_cache) lets the layer keep keys ready. With
//! [`with_invalidations`](HmacAuthLayer::with_invalidations), a retired secret verifies nothing from the very next request on
//! nevertheless. What exactly is promised stands in [`cache`](crate::cache).
//!
//! # Rotation
//!
//! A key has several secrets while one takes the place of another: add the new one, wait until nobody signs with the old one any
//! more, and retire that. [`with_usage`](HmacAuthLayer::with_usage) records which version last matched, by its label, so that
//! this is known; versions without label cannot be told apart. [`retire_unused_secret`](crate::retire_unused_secret) and the
//! command `countersign secret` go by it. Providers of webhooks that sign with the old and the new secret at once (Stripe, Paddle,
//! Standard Webhooks) verify under either. On shutdown, [flush](MatchRecorder::flush) what was recorded.
//!
//! # Order of layers
//!
//! Outside: tracing, CORS, concurrency and rate limits. Inside: everything that changes the body, decompression above all:
//! the MAC is over the bytes on the wire. `ServiceBuilder` applies its layers from the outside in.
//!
//! # Deployment
//!
//! * The path is signed as it was sent. A proxy that rewrites it, or scheme and host, must be made up for by
//!   [`with_public_url`](HmacAuthLayer::with_public_url), or must not rewrite.
//! * Inside an axum `nest`, enable the feature `axum`: without it this layer sees the stripped path.
//! * Bodies are buffered before the inner service sees them: 2 MiB each, 256 MiB together, unless told otherwise.
//! * Spent nonces are remembered in this process by default. Several processes need a store they share.
//! * axum's own server has no timeout for heads that never end; the examples show one that has.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use countersign::hmac::schemes::UstudioV2;
//! use countersign::{Authenticated, HmacAuthLayer, MemoryStore, Secret};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new().with_secret("correct-key", Secret::new("secret")?);
//! let guard = HmacAuthLayer::new(UstudioV2::new(), store);
//! let service = guard.layer(tower::service_fn(async |request: Request<_>| {
//!     let who = Authenticated::of(request.extensions()).map_or("?", Authenticated::subject).to_owned();
//!     Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(who))))
//! }));
//!
//! let signature = "93f69cd384865a62b56efcdd6b63266da6e4ffb6287d5e75a3a7d1df4e2255b0";
//! let request = |path| {
//!     Request::get(path)
//!         .header("authorization", format!("USTUDIO-HMAC-V2 correct-key {signature}"))
//!         .body(Full::<Bytes>::default())
//! };
//! assert_eq!(service.clone().oneshot(request("/authorized/argument")?).await?.status(), 200);
//! assert_eq!(service.oneshot(request("/something/else")?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! [`MissingCredentials`]: crate::AuthErrorKind::MissingCredentials
//! [`MalformedCredentials`]: crate::AuthErrorKind::MalformedCredentials
//! [`SeveralCredentials`]: crate::AuthErrorKind::SeveralCredentials
//! [`CredentialsTooLong`]: crate::AuthErrorKind::CredentialsTooLong
//! [`AmbiguousTarget`]: crate::AuthErrorKind::AmbiguousTarget
//! [`UnknownKey`]: crate::AuthErrorKind::UnknownKey
//! [`BadSignature`]: crate::AuthErrorKind::BadSignature
//! [`Stale`]: crate::AuthErrorKind::Stale
//! [`FromTheFuture`]: crate::AuthErrorKind::FromTheFuture
//! [`Replayed`]: crate::AuthErrorKind::Replayed
//! [`InsufficientCoverage`]: crate::AuthErrorKind::InsufficientCoverage
//! [`BodyTooLarge`]: crate::AuthErrorKind::BodyTooLarge
//! [`BodyTimedOut`]: crate::AuthErrorKind::BodyTimedOut
//! [`BodyFailed`]: crate::AuthErrorKind::BodyFailed
//! [`BudgetExhausted`]: crate::AuthErrorKind::BudgetExhausted
//! [`StoreFailed`]: crate::AuthErrorKind::StoreFailed
//! [`StoreTimedOut`]: crate::AuthErrorKind::StoreTimedOut
//! [`NonceStoreFull`]: crate::AuthErrorKind::NonceStoreFull

mod attempt;
mod authenticator;
#[cfg(feature = "sentry")]
mod by_secret;
mod coverage;
mod hawk_response;
mod hmac_sha256;
mod judge;
mod key_decoding;
mod keys;
mod layer;
mod lookup;
mod mac;
mod presented;
mod profile;
mod reading;
mod replay;
mod response_scheme;
mod response_seal;
mod run;
mod scheme;
pub mod schemes;
mod signature_base;
#[cfg(feature = "sign")]
mod signer;
mod steps;
#[cfg(test)]
#[cfg(all(feature = "sentry", feature = "sign"))]
mod tests;
mod unproved;
mod usage;
mod verifier;
mod whole;

#[cfg(all(test, feature = "explain"))]
pub(crate) use self::mac::FED;
#[cfg(feature = "explain")]
pub(crate) use self::{
    attempt::read_credentials,
    judge::covered_by,
    keys::PreparedKeys,
    mac::{Output, same},
    presented::PresentedSignature,
    replay::judge_time,
    signature_base::{Part, Segment},
    verifier::find_match_of_whole,
    whole::WholeBody,
};

pub use authenticator::HmacAuthenticator;
pub use coverage::Coverage;
pub use hawk_response::{HawkResponder, HawkResponseLayer};
pub use key_decoding::KeyDecoding;
pub use layer::HmacAuthLayer;
pub use mac::{Algorithm, DigestAlgorithm, Encoding};
pub use presented::Presented;
pub use profile::{Leeway, SchemeProfile};
#[cfg(feature = "sign")]
pub(crate) use reading::BodyLimits;
pub use response_scheme::{PresentedResponse, ResponseScheme, ToldTime};
pub(crate) use response_seal::ResponseSeal;
pub use scheme::{HmacScheme, Intent, KeySteps, Malformed};
pub use signature_base::{Bases, BodyClaim, IntoBytes, SignatureBase};
#[cfg(feature = "sign")]
pub(crate) use signer::{is_mac_of, sign};
pub use usage::MatchRecorder;
