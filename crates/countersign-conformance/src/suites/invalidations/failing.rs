//! Links that break.

use std::sync::Arc;

use countersign_core::{Invalidations, Link, SecretAdmin, TokenAdmin};

use super::ear::Listening;
use crate::Breakable;

/// A delivery whose link is broken ends with an error (rule 4): whoever listens then knows that it hears nothing.
pub async fn a_broken_store_ends_the_delivery<H>(harness: &H)
where
    H: Breakable<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let listening = Listening::to(&store).await;
    assert_eq!(listening.link(), Link::Remote, "a link within the process cannot break: leave `breakable` out");
    harness.break_store(&store, &guard).await;
    listening.ends().await;
}

/// A store that is broken from the beginning connects nobody (rule 1).
pub async fn a_broken_store_connects_nobody<H>(harness: &H)
where
    H: Breakable<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    harness.break_store(&store, &guard).await;
    let listening = Listening::begun(&store, Arc::default());
    listening.ends().await;
    assert!(!listening.ear.is_connected());
}
