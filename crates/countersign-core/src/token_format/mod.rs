//! How tokens look: told apart from other strings, found by secret scanners, refused when mistyped.

mod base62;
mod error;
mod format;
mod hex;
mod prefix_checksum;
mod registry;
#[cfg(feature = "sentry-tokens")]
mod sentry_org;
#[cfg(test)]
mod tests;
mod vendor_checksum;

pub use error::InvalidTokenFormat;
pub use format::TokenFormat;
pub use registry::{FormatRegistry, Recognised};
