//! What a store says when it cannot answer.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A store could not answer.
///
/// "No such key" and "no such token" are answers, never errors. The text shown is always the same; the client library's
/// own error is kept as [`source`](Error::source), for the operator's log. Layers turn it into 503, never 401.
#[derive(Clone, Debug)]
pub struct StoreError {
    source: Arc<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Wraps what the client library said. Also takes a `&str` or a `String`.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Arc::from(source.into()) }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("store unavailable")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
