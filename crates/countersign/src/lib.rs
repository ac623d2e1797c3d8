//! Request authentication for tower.

pub mod auth;
pub mod body;
#[cfg(feature = "hmac")]
pub mod hmac;

pub use auth::{AuthError, AuthErrorKind, AuthLayer, Authenticated, Caller, Challenge, ChallengeText, InvalidChallengeText};
pub use countersign_core::*;
