//! Bearer tokens by an interceptor of tonic's.

use std::collections::HashMap;
use std::sync::Arc;

use tonic::service::Interceptor;
use tonic::{Request, Status};

use super::bearer::User;

/// Looks the token up, as interceptors in tonic's own examples do.
#[derive(Clone)]
pub(crate) struct TokenInterceptor(pub(crate) Arc<HashMap<String, User>>);

impl Interceptor for TokenInterceptor {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let credentials = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let user = credentials.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| self.0.get(token));
        let user = user.cloned().ok_or_else(|| Status::unauthenticated("unknown token"))?;
        request.extensions_mut().insert(user);
        Ok(request)
    }
}
