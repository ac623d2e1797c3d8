//! How a delivery begins, stands and ends.

use std::sync::Arc;

use countersign_core::{Invalidations, Link, SecretAdmin, TokenAdmin, TokenInfo};

use super::ear::{Heard, Listening, add, revoke, token};
use crate::Harness;
use crate::sample::{PAST, at};

/// The first that a sink hears is that it is connected, and it hears that once (rule 1).
pub async fn a_delivery_connects_first_and_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let listening = Listening::to(&store).await;
    for text in ["tk_one", "tk_two"] {
        add(&store, text, TokenInfo::new("ada")).await;
    }
    if listening.link() == Link::Remote {
        listening.hears_beats(1).await;
    }
    let heard = listening.ear.heard().clone();
    assert!(matches!(heard.first(), Some(Heard::Connected(_))), "{heard:?}");
    assert_eq!(listening.ear.count(|heard| matches!(heard, Heard::Connected(_))), 1, "{heard:?}");
}

/// What changes after the sink was connected is told, however soon after (rule 1).
pub async fn what_changes_right_after_connecting_is_told<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    for round in 0..16 {
        let text = format!("tk_{round}");
        add(&store, &text, TokenInfo::new("ada")).await;
        let listening = Listening::to(&store).await;
        assert!(revoke(&store, &text, at(PAST)).await);
        assert!(listening.ear.was_told(&token(&text)), "not in round {round}");
        listening.stop().await;
    }
}

/// A remote link has a heartbeat, one within the process has none (rule 3).
pub async fn a_remote_link_has_a_heartbeat_and_another_has_none<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let listening = Listening::to(&store).await;
    match listening.link() {
        Link::Remote => listening.hears_beats(2).await,
        Link::InProcess => {
            add(&store, "tk_one", TokenInfo::new("ada")).await;
            assert_eq!(listening.ear.beats(), 0, "of what is the heartbeat a sign, where nothing can break?");
        }
    }
}

/// A delivery that is dropped tells nothing any more.
pub async fn a_dropped_delivery_tells_nothing_any_more<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let (dropped, kept) = (Listening::to(&store).await, Listening::to(&store).await);
    let ear = dropped.stop().await;
    let before = ear.heard().len();
    add(&store, "tk_one", TokenInfo::new("ada")).await;
    assert!(kept.ear.was_told(&token("tk_one")), "another delivery goes on");
    if kept.link() == Link::Remote {
        kept.hears_beats(kept.ear.beats() + 2).await;
    }
    assert_eq!(ear.heard()[before..], [], "after the delivery was dropped");
}

/// Whoever lost a delivery begins another, for the same sink too, and is connected anew.
pub async fn a_delivery_may_be_begun_again<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let mut ear = Listening::to(&store).await.stop().await;
    for round in 0..8 {
        ear.heard().clear();
        let listening = Listening::again(&store, Arc::clone(&ear)).await;
        let text = format!("tk_{round}");
        add(&store, &text, TokenInfo::new("ada")).await;
        assert!(matches!(ear.heard()[0], Heard::Connected(_)), "{:?}", ear.heard());
        assert!(ear.was_told(&token(&text)), "{:?}", ear.heard());
        ear = listening.stop().await;
    }
}
