//! Refresh tokens.

use std::time::Duration;

use countersign_core::oauth::{
    ApplicationChange, ApplicationStatus, ApplicationStore, GrantStore, GrantedToken, Rotation,
};
use countersign_core::{TokenAdmin, TokenInfo};

use super::OauthStore;
use super::support::{
    CLIENT, agree, code, digest, give, grant, has_refresh, is_good, prepare, refresh, refreshed, token,
};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at, is_cut_off_at_most};

/// All that was said of it comes back.
pub async fn a_refresh_token_comes_back_as_it_was<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    let mut for_ever = refresh("r-two", "grant");
    for_ever.expires_at = None;
    for_ever.scope = countersign_core::Scope::none();
    for (name, refresh) in [("one", refresh("r-one", "grant")), ("two", for_ever)] {
        assert!(!has_refresh(&store, &format!("r-{name}")).await);
        assert!(give(&store, Some("grant"), &token(name).with_refresh(refresh.clone())).await);
        assert_eq!(store.refresh_token(&refresh.digest).await.unwrap(), Some(refresh));
    }
    assert!(!has_refresh(&store, "one").await, "a token is no refresh token");
}

/// Another is in its place, and a token with it; the time is noted.
pub async fn a_rotated_refresh_token_is_followed_by_another<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    with_family(&store).await;
    assert_eq!(rotate(&store, "r-one", &refreshed("two", "grant"), 5).await, Rotation::Rotated);
    for store in [&store, &clone] {
        let old = store.refresh_token(&digest("r-one")).await.unwrap();
        assert_eq!(old, Some(refresh("r-one", "grant").with_rotated_at(at(PAST + 5))));
        let new = store.refresh_token(&digest("r-two")).await.unwrap();
        assert_eq!(new, Some(refresh("r-two", "grant")));
        assert!(is_good(store, "one").await && is_good(store, "two").await);
    }
    // The last one of a family may have none after it.
    assert_eq!(rotate(&store, "r-two", &token("three"), 6).await, Rotation::Rotated);
    assert!(is_good(&store, "three").await);
}

/// What was rotated is reused when it comes again, and gives nothing.
pub async fn a_rotated_refresh_token_is_reused<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    with_family(&store).await;
    assert_eq!(rotate(&store, "r-one", &refreshed("two", "grant"), 5).await, Rotation::Rotated);
    let rotated = refresh("r-one", "grant").with_rotated_at(at(PAST + 5));
    for (number, time) in [6, 0, 100_000].into_iter().enumerate() {
        let name = format!("again {number}");
        let again = rotate(&store, "r-one", &refreshed(&name, "grant"), time).await;
        assert_eq!(again, Rotation::Reused(rotated.clone()));
        assert!(!is_good(&store, &name).await && !has_refresh(&store, &format!("r-{name}")).await);
    }
    assert_eq!(store.refresh_token(&digest("r-one")).await.unwrap(), Some(rotated));
}

/// Of 64 rotations of one refresh token at once exactly one is made (rule 4), in each of four rounds.
pub async fn of_many_rotations_at_once_one_is_made<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for round in 0..4 {
        let id = format!("grant {round}");
        grant(&store, &code(&id)).await;
        let first = format!("first {round}");
        assert!(give(&store, Some(&id), &refreshed(&first, &id)).await);
        let answers = all_at_once(64, |index| {
            let (store, new) = (store.clone(), refreshed(&format!("{round} {index}"), &id));
            let old = digest(&format!("r-{first}"));
            async move { store.rotate_refresh_token(&old, &new, at(PAST + 5)).await.expect("64 at once are answered") }
        });
        let answers = answers.await;
        assert_eq!(answers.iter().filter(|answer| **answer == Rotation::Rotated).count(), 1, "in round {round}");
        let reused = answers.iter().filter(|answer| matches!(answer, Rotation::Reused(_))).count();
        assert_eq!(reused, 63, "in round {round}");
        let mut added = 0;
        for index in 0..64 {
            added += usize::from(is_good(&store, &format!("{round} {index}")).await);
        }
        assert_eq!(added, 1, "in round {round}");
    }
}

/// At its end it is over; before it is not.
pub async fn a_refresh_token_that_is_over_is_refused<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    with_family(&store).await;
    let (end, new) = (at(PAST + 86_400), refreshed("two", "grant"));
    for late in [end, end + Duration::from_secs(9)] {
        let refused = store.rotate_refresh_token(&digest("r-one"), &new, late).await.unwrap();
        assert_eq!(refused, Rotation::Refused);
        assert!(!is_good(&store, "two").await);
    }
    let last = end - Duration::from_micros(1);
    assert_eq!(store.rotate_refresh_token(&digest("r-one"), &new, last).await.unwrap(), Rotation::Rotated);
}

/// What is not there is refused; a token is no refresh token, and a code neither.
pub async fn an_unknown_refresh_token_is_refused<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    with_family(&store).await;
    for old in ["nothing", "one", "grant", ""] {
        assert_eq!(rotate(&store, old, &refreshed("two", "grant"), 5).await, Rotation::Refused, "{old:?}");
    }
    assert!(!is_good(&store, "two").await && !has_refresh(&store, "r-two").await);
}

/// An application that is not active is given nothing (rule 5), and the refresh token is not spent.
pub async fn a_rotation_needs_an_active_application<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    with_family(&store).await;
    for (status, expected) in
        [(ApplicationStatus::Inactive, Rotation::Refused), (ApplicationStatus::Active, Rotation::Rotated)]
    {
        let change = ApplicationChange::new().with_status(status);
        assert!(store.update_application(CLIENT, &change, at(PAST)).await.unwrap());
        assert_eq!(rotate(&store, "r-one", &refreshed("two", "grant"), 5).await, expected);
    }
}

/// What fails changes nothing: the old one is good still (rule 2).
pub async fn a_rotation_that_fails_changes_nothing<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    with_family(&store).await;
    agree(&store, "eve", CLIENT, "acme").await;
    grant(&store, &code("another")).await;
    let mut same_id = refreshed("two", "grant");
    same_id.info = same_id.info.with_id("one");
    let mut same_digest = refreshed("two", "grant");
    same_digest.digest = digest("one");
    let of_eve = TokenInfo::new("eve").with_id("two").with_client_id(CLIENT).with_organisation("acme");
    let failing = [
        same_id,
        same_digest,
        token("two").with_refresh(refresh("r-one", "grant")),
        refreshed("two", "another"),
        GrantedToken::new(digest("two"), of_eve),
        GrantedToken::new(digest("two"), TokenInfo::new("ada").with_id("two")),
    ];
    for new in failing {
        let failed = store.rotate_refresh_token(&digest("r-one"), &new, at(PAST + 5)).await;
        assert!(failed.is_err(), "{new:?} gave {failed:?}");
        assert!(!has_refresh(&store, "r-two").await && store.token_by_id("two").await.unwrap().is_none());
        assert_eq!(store.refresh_token(&digest("r-one")).await.unwrap(), Some(refresh("r-one", "grant")));
    }
    assert_eq!(rotate(&store, "r-one", &refreshed("two", "grant"), 5).await, Rotation::Rotated);
}

/// What is finer than a microsecond is cut off, never rounded up (rule 7).
pub async fn times_of_a_refresh_token_are_not_rounded_up<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    let nanos = Duration::from_nanos(999_999_999);
    let mut fine = refresh("r-one", "grant").with_expires_at(at(PAST + 600) + nanos);
    fine.created_at += nanos;
    assert!(give(&store, Some("grant"), &token("one").with_refresh(fine.clone())).await);
    let now = at(PAST + 1) + nanos;
    let rotated = store.rotate_refresh_token(&fine.digest, &token("two"), now).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated);
    let found = store.refresh_token(&fine.digest).await.unwrap().expect("it is there");
    let times = [
        (Some(found.created_at), fine.created_at),
        (found.expires_at, fine.expires_at.unwrap()),
        (found.rotated_at, now),
    ];
    for (found, put) in times {
        assert!(is_cut_off_at_most(found, put), "{found:?}");
    }
}

/// A grant that gave the token `one`, and the refresh token `r-one` with it.
async fn with_family(store: &impl OauthStore) {
    prepare(store).await;
    grant(store, &code("grant")).await;
    assert!(give(store, Some("grant"), &refreshed("one", "grant")).await);
}

async fn rotate(store: &impl GrantStore, old: &str, new: &GrantedToken, seconds: u64) -> Rotation {
    store.rotate_refresh_token(&digest(old), new, at(PAST + seconds)).await.expect("the store answers")
}
