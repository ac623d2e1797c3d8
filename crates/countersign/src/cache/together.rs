//! Asking a store, once for all who want to know the same at the same time.

use std::future::Future;
use std::hash::Hash;

use countersign_core::{Clock, StoreError};

use super::engine::Arrival;
use super::seat::Seat;
use crate::auth::{AuthError, trusting_nobody};
use crate::cache::Stamp;

/// Waits for somebody else's answer, or asks with `ask`, gives `keep` the answer, and tells all who wait.
///
/// An error is everybody's too, and nothing is kept of it.
///
/// # Cancel safety
/// When it is dropped while it asks, somebody else asks anew. So each waits no longer than it would alone.
pub(crate) async fn ask_together<K, V, A, F>(
    mut seat: Seat<K, V, A>,
    clock: &dyn Clock,
    ask: impl FnOnce() -> F,
    keep: impl FnOnce(&A, Stamp),
) -> Result<Arrival<A>, AuthError>
where
    K: Clone + Eq + Hash,
    V: Clone,
    A: Clone,
    F: Future<Output = Result<A, StoreError>>,
{
    if let Some(result) = seat.wait().await {
        return result;
    }
    let stamp = seat.stamp(clock.now());
    let result = trusting_nobody(ask()).await.map(|answer| Arrival { answer, stamp });
    if let Ok(arrival) = &result {
        keep(&arrival.answer, stamp);
    }
    seat.land(result.clone());
    result
}
