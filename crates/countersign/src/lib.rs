//! Request authentication for tower.

pub mod auth;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "bearer")]
pub mod bearer;
pub mod body;
#[cfg(feature = "gate")]
pub mod gate;
#[cfg(feature = "hmac")]
pub mod hmac;
#[cfg(feature = "sign")]
pub mod sign;

pub use auth::{
    AuthError, AuthErrorKind, AuthLayer, Authenticated, Caller, Challenge, ChallengeText, InvalidChallengeText,
};
#[cfg(feature = "bearer")]
pub use bearer::BearerTokenLayer;
pub use countersign_core::*;
#[cfg(feature = "gate")]
pub use gate::{OrganisationLayer, RequireScopeLayer, RequiredScopes};
#[cfg(feature = "hmac")]
pub use hmac::HmacAuthLayer;
#[cfg(feature = "sign")]
pub use sign::{SignError, sign_request};
