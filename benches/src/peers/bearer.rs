//! Bearer tokens by tower-http and by hand.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use tower_http::auth::AsyncAuthorizeRequest;

/// Who calls, as applications keep it.
#[derive(Clone)]
#[allow(dead_code, reason = "a handler would read them")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: String,
}

/// Who calls, as the documentation of `AsyncRequireAuthorizationLayer` has it.
#[derive(Clone)]
#[allow(dead_code, reason = "a handler would read it")]
pub(crate) struct UserId(pub(crate) String);

/// What is authorised, in the shape of the example in the documentation of `AsyncRequireAuthorizationLayer`.
pub(crate) struct TokenAuth<U>(pub(crate) Arc<HashMap<String, U>>);

impl<U> Clone for TokenAuth<U> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<U: Clone + Send + Sync + 'static> AsyncAuthorizeRequest<Body> for TokenAuth<U> {
    type RequestBody = Body;
    type ResponseBody = Body;
    type Future = Pin<Box<dyn Future<Output = Result<Request, Response>> + Send>>;

    fn authorize(&mut self, mut request: Request) -> Self::Future {
        let users = self.0.clone();
        Box::pin(async move {
            if let Some(user) = presented(request.headers()).and_then(|token| users.get(token)) {
                request.extensions_mut().insert(user.clone());
                Ok(request)
            } else {
                Err(unauthorized())
            }
        })
    }
}

/// For `axum::middleware::from_fn_with_state`.
pub(crate) async fn require_token(
    State(users): State<Arc<HashMap<String, User>>>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let token = presented(request.headers()).ok_or(StatusCode::UNAUTHORIZED)?;
    let user = users.get(token).cloned().ok_or(StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(user);
    Ok(next.run(request).await)
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn unauthorized() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}
