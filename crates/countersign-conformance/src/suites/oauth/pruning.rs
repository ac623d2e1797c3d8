//! Grants that are over.

use std::time::Duration;

use countersign_core::TokenAdmin;
use countersign_core::oauth::{GrantStore, Redemption, Rotation};

use super::OauthStore;
use super::support::{add, code, digest, give, grant, has_refresh, is_good, prepare, redeem, refresh, token};
use crate::Harness;
use crate::sample::{PAST, at};

/// A code that nobody redeemed is forgotten once it expired before that time, not at it.
pub async fn codes_that_are_over_are_forgotten_exactly_by_the_time<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    assert!(add(&store, &code("code")).await);
    let mut later = code("later");
    later.expires_at += Duration::from_secs(1);
    assert!(add(&store, &later).await);
    let end = at(PAST + 600);
    assert_eq!(store.prune_grants(end).await.unwrap(), 0);
    assert_eq!(store.prune_grants(end + Duration::from_micros(1)).await.unwrap(), 1);
    assert_eq!(redeem(&store, "code", at(PAST)).await, Redemption::Unknown);
    assert!(matches!(redeem(&store, "later", at(PAST)).await, Redemption::Fresh(_)));
}

/// A redeemed code is remembered for as long as anything that it gave is good, so that a replay is found out.
pub async fn a_grant_is_remembered_while_anything_of_it_is_good<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for id in ["token", "refresh", "for ever", "revoked", "rotated", "gone"] {
        grant(&store, &code(id)).await;
    }
    let (an_hour, a_day) = (at(PAST + 3600), at(PAST + 86_400));
    assert!(give(&store, Some("token"), &token("t1")).await);
    assert!(give(&store, Some("refresh"), &token("t2").with_refresh(refresh("r2", "refresh"))).await);
    let mut for_ever = token("t3");
    for_ever.info = for_ever.info.without_expires_at();
    assert!(give(&store, Some("for ever"), &for_ever).await);
    for_ever.digest = digest("t4");
    for_ever.info = for_ever.info.with_id("t4");
    assert!(give(&store, Some("revoked"), &for_ever).await);
    assert!(store.revoke_token("t4", at(PAST), "lost").await.unwrap());
    let mut endless = refresh("r5", "rotated");
    endless.expires_at = None;
    assert!(give(&store, Some("rotated"), &token("t5").with_refresh(endless)).await);
    let rotated = store.rotate_refresh_token(&digest("r5"), &token("t6"), at(PAST)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated);
    assert!(give(&store, Some("gone"), &token("t7")).await);
    assert!(store.delete_token("t7").await.unwrap());

    let moment = Duration::from_micros(1);
    assert_eq!(store.prune_grants(at(PAST + 601)).await.unwrap(), 2, "the revoked one and that whose token is gone");
    assert_eq!(store.prune_grants(an_hour).await.unwrap(), 0);
    for id in ["token", "refresh", "for ever", "rotated"] {
        assert!(matches!(redeem(&store, id, at(PAST)).await, Redemption::Replayed(_)), "{id}");
    }
    assert_eq!(store.prune_grants(an_hour + moment).await.unwrap(), 2, "the token's and the rotated one");
    assert!(!has_refresh(&store, "r5").await);
    assert_eq!(store.prune_grants(a_day).await.unwrap(), 0);
    assert_eq!(store.prune_grants(a_day + moment).await.unwrap(), 1, "that of the refresh token");
    assert!(!has_refresh(&store, "r2").await);
    assert!(matches!(redeem(&store, "for ever", at(PAST)).await, Redemption::Replayed(_)));
    assert!(is_good(&store, "t1").await && is_good(&store, "t3").await, "tokens are another's business");
}

/// However many they are.
pub async fn more_than_1000_grants_are_pruned_in_one_call<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for from in (0..1001).step_by(64) {
        let adding = crate::concurrency::all_at_once(64.min(1001 - from), |index| {
            let (store, name) = (store.clone(), format!("{}", from + index));
            async move { assert!(add(&store, &code(&name)).await) }
        });
        adding.await;
    }
    assert_eq!(store.prune_grants(at(PAST + 601)).await.unwrap(), 1001);
    assert_eq!(store.prune_grants(at(PAST + 601)).await.unwrap(), 0);
}
