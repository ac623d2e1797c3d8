//! What answers say to browsers, and which pages may use a session.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use countersign_oauth::Issuer;

use crate::pages::Problem;

const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// For pages that stand alone: nothing inline runs, nothing leads elsewhere, no other page shows them or holds a handle on them.
const WHOLE: [(HeaderName, HeaderValue); 2] = [
    (
        POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
        ),
    ),
    (OPENER, HeaderValue::from_static("same-origin")),
];

/// For the login and the consent page: no script at all. Their forms end at a customer's page, which browsers count as the
/// form's action; and the window keeps the opener that waits for it.
const POP_UP: [(HeaderName, HeaderValue); 1] = [(
    POLICY,
    HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)];

/// For all of them.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

/// What pages that stand alone say.
pub(crate) async fn whole(response: Response) -> Response {
    with(&WHOLE, response)
}

/// What pages say that a toolbar's window shows.
pub(crate) async fn pop_up(response: Response) -> Response {
    with(&POP_UP, response)
}

/// Adds what they say to an answer; a stricter `Referrer-Policy` remains.
pub(crate) fn with(policy: &[(HeaderName, HeaderValue)], mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in policy {
        headers.insert(name, value.clone());
    }
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    response
}

/// Lets nothing be changed by a session but from a page of this very origin. `SameSite` alone would let pages of neighbours do
/// it: of other ports, and of other names below the same domain.
pub(crate) async fn own_pages_only(State(issuer): State<Issuer>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN);
    if request.method().is_safe() || origin.is_some_and(|origin| origin == issuer.as_str()) {
        return next.run(request).await;
    }
    Problem::Foreign.into_response()
}
