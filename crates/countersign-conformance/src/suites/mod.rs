//! The cases, a file per contract.

pub mod invalidations;
pub mod nonces;
pub mod oauth;
pub mod secret_admin;
pub mod secrets;
pub mod token_admin;
pub mod tokens;
