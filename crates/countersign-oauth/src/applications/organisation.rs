//! Which organisation a path names.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use http::request::Parts;

use crate::answer::not_found;

/// The organisation in the path, decoded. Whatever else the application that the router is nested in has in its path is not
/// looked at.
pub(crate) struct Organisation(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Organisation {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, Response> {
        let path = Path::<HashMap<String, String>>::from_request_parts(head, state).await;
        let named = path.ok().and_then(|Path(mut path)| path.remove("organisation"));
        named.map(Self).ok_or_else(not_found)
    }
}
