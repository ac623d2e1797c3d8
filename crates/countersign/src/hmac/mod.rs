//! Lets requests through when their HMAC signature verifies.

mod attempt;
mod authenticator;
mod cache;
mod coverage;
mod layer;
mod mac;
mod reading;
mod replay;
mod scheme;
pub mod schemes;
mod signature_base;
#[cfg(feature = "sign")]
mod signer;
mod verifier;

pub use authenticator::HmacAuthenticator;
pub use cache::CacheConfig;
pub use coverage::Coverage;
pub use layer::HmacAuthLayer;
pub use mac::{Algorithm, DigestAlgorithm, Encoding};
pub use scheme::{HmacScheme, Intent, KeySteps, Leeway, Malformed, Presented, SchemeProfile};
pub use signature_base::{Bases, BodyClaim, IntoBytes, SignatureBase};
#[cfg(feature = "sign")]
pub(crate) use signer::sign;
