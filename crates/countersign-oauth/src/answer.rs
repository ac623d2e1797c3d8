//! Responses: none of them is to be kept by anybody on the way.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A JSON body.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = whole(status, value.to_string());
    insert(&mut response, header::CONTENT_TYPE, "application/json");
    response
}

/// No body.
pub(crate) fn empty(status: StatusCode) -> Response {
    whole(status, String::new())
}

/// A page for people: never in a frame (RFC 6749 §10.13), and its address, which has the request in it, goes to nobody.
pub(crate) fn page(status: StatusCode, html: String) -> Response {
    let mut response = whole(status, html);
    insert(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    insert(
        &mut response,
        header::CONTENT_SECURITY_POLICY,
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
    );
    insert(&mut response, header::X_FRAME_OPTIONS, "DENY");
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// A redirect: 302, or 303 after a form was sent, so that nobody sends it on (RFC 9700 §4.12).
pub(crate) fn redirect(status: StatusCode, location: HeaderValue) -> Response {
    let mut response = empty(status);
    response.headers_mut().insert(header::LOCATION, location);
    insert(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

fn whole(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    insert(&mut response, header::CACHE_CONTROL, "no-store");
    if status == StatusCode::SERVICE_UNAVAILABLE {
        insert(&mut response, header::RETRY_AFTER, "1");
    }
    response
}

fn insert(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// Whatever came of a request: what says nothing about caches is not kept, what axum answers by itself included.
pub(crate) async fn never_kept(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// An error of the application's own API, as the original writes it.
pub(crate) fn detail(status: StatusCode, text: &str) -> Response {
    json(status, &json!({ "detail": text }))
}

/// 404, whatever it is that is not there or not to be seen.
pub(crate) fn not_found() -> Response {
    detail(StatusCode::NOT_FOUND, "The requested resource does not exist")
}

/// What was answered, good or bad.
pub(crate) fn either(answered: Result<Response, Response>) -> Response {
    answered.unwrap_or_else(|refusal| refusal)
}
