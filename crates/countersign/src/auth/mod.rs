//! One service for every way of proving who sent a request.
//!
//! An [`Authenticate`] decides; [`AuthLayer`] puts it in front of a service; a refusal becomes a response through a
//! [`RejectionResponse`]; a handler learns who called from [`Authenticated`] or [`Caller`] in the request's extensions.
//!
//! # Readiness
//!
//! Authenticating means waiting for strangers. A service that was made ready may hold a permit of the service behind it, so
//! the permit is given back before anything is waited for, and taken anew once the request is known to be good. Nobody can
//! keep others out by sending slowly what will be refused in the end.
//!
//! # Runtime
//!
//! Deadlines need a tokio runtime with its time driver enabled, as every axum, hyper-util and tonic server has.

mod accept;
#[cfg(any(feature = "gate", feature = "hmac"))]
mod ask;
mod authenticate;
mod authenticated;
mod challenge;
mod error;
mod future;
mod layer;
mod or;
mod rejection;
mod response_fields;
mod sealing;
mod service;
mod target;
#[cfg(feature = "hmac")]
mod unproved;

#[cfg(any(feature = "bearer", feature = "hmac"))]
pub(crate) use ask::trusting_nobody;
#[cfg(any(feature = "gate", feature = "hmac"))]
pub(crate) use ask::{Answer, Ask};
pub use authenticate::{AtOnce, Authenticate, BoxFuture, Verdict};
#[cfg(feature = "hmac")]
pub(crate) use authenticated::KeyFacts;
#[cfg(any(feature = "axum", feature = "hmac"))]
pub(crate) use authenticated::nobody_found;
pub use authenticated::{Authenticated, Caller};
pub use challenge::{Challenge, ChallengeText, InvalidChallengeText};
#[cfg(feature = "bearer")]
pub(crate) use challenge::{is_tchar, is_token};
pub use error::{AuthError, AuthErrorKind};
pub use future::ResponseFuture;
pub use layer::AuthLayer;
#[cfg(any(feature = "bearer", feature = "hmac"))]
pub(crate) use layer::layer_options;
pub use or::Or;
#[cfg(any(feature = "bearer", feature = "cors", feature = "hmac"))]
pub(crate) use rejection::Chain;
#[cfg(feature = "hmac")]
pub(crate) use rejection::log_refused_body;
pub use rejection::{
    GrpcRejection, NegotiatedRejection, PlainRejection, ProblemRejection, Rejection, RejectionResponse,
};
pub use response_fields::ResponseFields;
#[cfg(feature = "hmac")]
pub(crate) use sealing::Seal;
pub use service::Auth;
pub use target::{InvalidPublicUrl, PublicUrl, SignedHead};
#[cfg(feature = "hmac")]
pub use unproved::Unproved;
