//! CORS for the pages of registered applications.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{Origin, RegisteredOrigins};
use crate::auth::{Ask, Chain};

/// A [`CorsLayer`] that lets the pages of registered applications, and no others, send tokens and read the answers.
///
/// It allows [`registered_origins`], the fields `Authorization` and `Content-Type`, and the methods `GET`, `HEAD`, `POST`, `PUT`,
/// `PATCH` and `DELETE`; no cookies. Change what you like: it is the layer of tower-http. It goes outside of everything that
/// authenticates, and answers every `OPTIONS` itself.
#[cfg_attr(feature = "bearer", doc = "```")]
#[cfg_attr(not(feature = "bearer"), doc = "```text")]
/// use countersign::gate::{Origins, cors_layer};
/// use countersign::{BearerTokenLayer, MemoryStore, OriginLayer, TokenInfo};
/// use http::{Request, Response};
/// use http_body_util::Empty;
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let origins = Origins::none().with("https://app.example".parse()?);
/// let tokens = MemoryStore::new().with_token("mF_9.B5f-4.1JqM", TokenInfo::new("user-7").with_client_id("app"));
/// let handler = service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Empty::<bytes::Bytes>::new())));
/// let guarded = BearerTokenLayer::new(tokens).layer(OriginLayer::new(origins.clone()).layer(handler));
/// let service = cors_layer(origins).layer(guarded);
///
/// let preflight = |origin| {
///     let request = Request::options("/things").header("origin", origin).header("access-control-request-method", "GET");
///     service.clone().oneshot(request.body(Empty::<bytes::Bytes>::new()).expect("its parts are constants"))
/// };
/// assert_eq!(preflight("https://app.example").await?.headers()["access-control-allow-origin"], "https://app.example");
/// assert!(!preflight("https://evil.example").await?.headers().contains_key("access-control-allow-origin"));
/// # Ok(())
/// # }
/// ```
pub fn cors_layer(origins: impl RegisteredOrigins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(registered_origins(origins))
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
}

/// Allows the origins that any application has.
///
/// A preflight has no credentials and names no application (the Fetch standard, CORS-preflight fetch), so it is judged by all of
/// them together: it tells a page that some application has its origin. Whether the token of a request goes with its origin is
/// for the [`OriginLayer`](crate::OriginLayer) inside to say. Refusals are readable for the pages of all applications, so
/// that they can tell an expired token from a broken connection.
///
/// `null`, and what is no [`Origin`], is never allowed; nor is any while the store fails, panics, or takes longer than a second:
/// the browser refuses then, and the operator reads why in the log.
pub fn registered_origins(origins: impl RegisteredOrigins) -> AllowOrigin {
    let origins: Arc<dyn RegisteredOrigins> = Arc::new(origins);
    AllowOrigin::async_predicate(move |field, _| is_registered(origins, field))
}

const STORE_TIMEOUT: Duration = Duration::from_secs(1);

async fn is_registered(origins: Arc<dyn RegisteredOrigins>, field: HeaderValue) -> bool {
    let Some(origin) = Origin::read(&field) else { return false };
    let answer = Ask::now(async move { origins.is_registered(&origin).await }).within(STORE_TIMEOUT).await;
    answer.unwrap_or_else(|error| {
        tracing::warn!(target: "countersign::rejection", error = %Chain(&error), "no origin is allowed");
        false
    })
}
