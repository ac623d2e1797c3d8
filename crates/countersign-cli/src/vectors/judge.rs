//! What becomes of a vector.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::{AuthError, HmacAuthLayer};
use countersign_core::{ManualClock, MemoryStore};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _};

use super::row::Vector;
use super::scheme::Format;
use super::signing;

/// What became of a vector.
pub(super) struct Judged {
    /// Why the reference's policy refuses it; `None` if it does not.
    pub(super) by_reference: Option<String>,
    /// The same of the policy that layers have by default.
    pub(super) by_default: Option<String>,
    /// What signing it again came to.
    pub(super) sign: String,
}

/// Verifies by both policies, and signs again what is valid. Of several formats, the first counts that lets the request through.
pub(super) async fn judge(vector: &Vector) -> Judged {
    let request = match &vector.request {
        Ok(request) => request,
        Err(why) => {
            return Judged { by_reference: Some(why.clone()), by_default: Some(why.clone()), sign: NOT_VALID.into() };
        }
    };
    let mut judged = None;
    for format in &vector.formats {
        let one = of_format(vector, format, request).await;
        if one.by_reference.is_none() {
            return one;
        }
        judged.get_or_insert(one);
    }
    let nothing =
        || Judged { by_reference: Some(String::new()), by_default: Some(String::new()), sign: NOT_VALID.into() };
    judged.unwrap_or_else(nothing)
}

async fn of_format(vector: &Vector, format: &Format, request: &Request<Bytes>) -> Judged {
    let own = format.by_reference.profile().leeway();
    let by_reference = match vector.terms.broken_by(request) {
        Some(broken) => Some(broken),
        None => refusal(vector.terms.apply(layer(vector, &format.by_reference), own), request).await,
    };
    let by_default = refusal(layer(vector, &format.by_default), request).await;
    let sign = if by_reference.is_none() { signing::sign(vector, format, request) } else { NOT_VALID.into() };
    Judged { by_reference, by_default, sign }
}

fn layer(vector: &Vector, scheme: &Arc<dyn HmacScheme>) -> HmacAuthLayer {
    let scheme = Arc::clone(scheme);
    let layer = match (&vector.key.id, vector.key.secret.clone()) {
        (_, None) => HmacAuthLayer::new(scheme, MemoryStore::new()),
        // Formats that do not name the key ask for one of their own.
        (None, Some(secret)) => HmacAuthLayer::new(scheme, secret),
        (Some(id), Some(secret)) => HmacAuthLayer::new(scheme, MemoryStore::new().with_secret(id.as_str(), secret)),
    };
    layer.with_clock(ManualClock::new(vector.now))
}

/// Why the layer refuses the request; `None` if it does not.
async fn refusal(layer: HmacAuthLayer, request: &Request<Bytes>) -> Option<String> {
    let admitted = tower::service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let response = match layer.layer(admitted).oneshot(request.clone().map(Full::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    response.extensions().get::<AuthError>().map(ToString::to_string)
}

const NOT_VALID: &str = "not signed: it is not valid";
