//! Replay: what was seen before is refused, where that is on; and what is too old or too new, where a format has time.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

mod at_once;
mod freshness;
mod nonces;

use countersign::auth::Auth;
use countersign::hmac::HmacAuthenticator;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer};
use countersign_tests::{Inner, Script};
use http::Request;
use tower::{Layer as _, ServiceExt as _};

/// `Ok` when the request is admitted, the kind of the refusal otherwise.
async fn send(service: &Auth<Inner, HmacAuthenticator>, request: Request<Script>) -> Result<(), AuthErrorKind> {
    let answer = service.clone().oneshot(request).await.unwrap();
    match answer.extensions().get::<AuthError>() {
        None => Ok(()),
        Some(error) => {
            assert_eq!(answer.status(), error.status());
            assert_eq!(answer.headers().get("retry-after").is_some(), error.status() == 503);
            Err(error.kind())
        }
    }
}

fn guard(layer: &HmacAuthLayer) -> Auth<Inner, HmacAuthenticator> {
    layer.layer(Inner::new())
}
