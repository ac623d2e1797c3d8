//! The client's side: the same schemes that verify also sign.
//!
//! * [`SignLayer`] signs what a tower HTTP client sends: hyper-util's, or any other through an adapter.
//! * [`BearerLayer`] sends a token, and asks for another when it is refused.
//! * [`sign_request`] signs one request, without any client stack.
//! * [`verify_response`] verifies what comes back, where the format signs that too.
//!
//! # Order of layers
//!
//! Inside retries, so that each attempt is signed afresh: a second attempt with the first one's time and nonce would be a
//! replay. Outside everything that talks to the network, and outside what changes the head or the body: compression, base
//! URLs, default fields that are signed.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use countersign::hmac::schemes::UstudioV2;
//! use countersign::sign::SignLayer;
//! use countersign::{HmacAuthLayer, MemoryStore, Secret};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! async fn answer<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
//!     Ok(Response::new(Full::default()))
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let store = MemoryStore::new().with_secret("partner", Secret::new("a secret of the partner")?);
//! let guard = HmacAuthLayer::new(UstudioV2::new(), store);
//! let order = || Request::post("https://example.com/orders").body(Full::new(Bytes::from("one of these")));
//! assert_eq!(guard.layer(service_fn(answer)).oneshot(order()?).await?.status(), 401);
//!
//! let signing = SignLayer::new(UstudioV2::new(), "partner".parse()?, Secret::new("a secret of the partner")?);
//! let client = signing.layer(guard.layer(service_fn(answer)));
//! assert_eq!(client.oneshot(order()?).await?.status(), 200);
//! # Ok(())
//! # }
//! ```

mod bearer;
mod clock;
mod layer;
mod request;
mod response;
mod service;

pub use bearer::{Bearer, BearerLayer, TokenSource};
pub use layer::SignLayer;
pub use request::{SignError, sign_request};
pub use response::verify_response;
pub use service::Sign;
