//! When a request is tried again.

use std::time::Duration;

use countersign::SignError;
use http::{Request, Response, StatusCode};
use tower::BoxError;
use tower::retry::Policy;
use tower::retry::backoff::{Backoff as _, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff as _};
use tower::util::rng::HasherRng;

use crate::Failure;

/// The first pause, and the longest; half of each, up or down, is left to chance, so that clients do not come all at once.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CHANCE: f64 = 0.5;

/// Tries again what may be done twice (RFC 9110 §9.2.2), after growing pauses. A POST is not repeated: nobody knows whether the
/// first attempt has placed its order. Whoever wants that gives orders an id, and signs that.
#[derive(Clone, Debug)]
pub(crate) struct Attempts {
    left: u32,
    pauses: ExponentialBackoff,
}

impl Attempts {
    pub(crate) fn new(retries: u32) -> Result<Self, Failure> {
        let mut pauses = ExponentialBackoffMaker::new(FIRST_PAUSE, LONGEST_PAUSE, CHANCE, HasherRng::new())?;
        Ok(Self { left: retries, pauses: pauses.make_backoff() })
    }
}

impl<B: Clone, R> Policy<Request<B>, Response<R>, BoxError> for Attempts {
    type Future = tokio::time::Sleep;

    fn retry(
        &mut self,
        request: &mut Request<B>,
        result: &mut Result<Response<R>, BoxError>,
    ) -> Option<tokio::time::Sleep> {
        let reason = match result {
            Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => response.status().to_string(),
            // What cannot be signed now cannot be signed later.
            Err(error) if !error.is::<SignError>() => error.to_string(),
            _ => return None,
        };
        if !request.method().is_idempotent() {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        tracing::info!(reason, left = self.left, "trying again");
        Some(self.pauses.next_backoff())
    }

    /// Before it is signed.
    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}
