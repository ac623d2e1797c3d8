//! Bodies: what the inner service gets to read, and what the caller gets back.

#[cfg(feature = "hmac")]
mod chunks;
#[cfg(feature = "hmac")]
mod error;
#[cfg(feature = "hmac")]
mod request;
mod response;
#[cfg(feature = "hmac")]
mod streaming;

#[cfg(feature = "hmac")]
pub use chunks::Chunks;
#[cfg(feature = "hmac")]
pub(crate) use chunks::{Budget, BudgetHold};
#[cfg(feature = "hmac")]
pub use error::BodyError;
#[cfg(feature = "hmac")]
pub use request::AuthBody;
pub use response::ResponseBody;
#[cfg(feature = "hmac")]
pub(crate) use streaming::{Bounds, Judgement, Promise};
