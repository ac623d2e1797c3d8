//! What the fuzz targets share: a request made of bytes, and what must hold whatever these are.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use countersign::auth::{Authenticate, Verdict};
use http::{HeaderName, HeaderValue, Request, Uri};
use http_body_util::Full;

/// A request's body.
pub type Body = Full<Bytes>;

/// The key id of the one key there is.
pub const KEY: &str = "correct-key";

/// Its secret.
pub const SECRET: &str = "an example of a secret";

/// A request to `/x` with this field; `None` when such a field cannot even be received.
#[must_use]
pub fn with_field(name: &'static str, value: &[u8], body: &'static str) -> Option<Request<Body>> {
    let value = HeaderValue::from_bytes(value).ok()?;
    let mut request = Request::post("/x").body(Full::from(body)).ok()?;
    request.headers_mut().insert(HeaderName::from_static(name), value);
    Some(request)
}

/// The target of a request with this query; `None` when such a target cannot even be received.
#[must_use]
pub fn with_query(query: &[u8]) -> Option<Uri> {
    Uri::from_maybe_shared(Bytes::from([b"/p?", query].concat())).ok()
}

/// Authenticates a request whose store and body are in memory: whether it was admitted. No refusal may be our fault.
pub fn admits(authenticator: &impl Authenticate<Body>, request: Request<Body>) -> bool {
    let decision = match authenticator.authenticate(request) {
        Verdict::Ready(decision) => decision.map(drop),
        Verdict::Pending(mut decision) => match decision.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(decision) => decision.map(drop),
            Poll::Pending => panic!("nothing here has to be waited for"),
        },
    };
    if let Err(error) = &decision {
        assert!(!error.status().is_server_error(), "{error:?}");
        // What operators read must not break their terminal.
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    decision.is_ok()
}
