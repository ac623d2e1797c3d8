//! Codes.

use std::time::Duration;

use countersign_core::oauth::{ApplicationChange, ApplicationStatus, ApplicationStore, GrantStore, Redemption};

use super::OauthStore;
use super::support::{CLIENT, ORGANISATION, add, agree, code, code_of, digest, prepare, redeem, register};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// The first redemption has everything, every other says that it was replayed, and what is needed to revoke what it gave.
pub async fn a_code_is_redeemed_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    prepare(&store).await;
    let mut without_uri = code("without");
    without_uri.redirect_uri = None;
    without_uri.scope = countersign_core::Scope::none();
    for code in [code("with"), without_uri] {
        assert!(add(&store, &code).await);
        let redeemed = code.clone().with_redeemed_at(at(PAST + 7));
        assert_eq!(redeem(&store, &code.grant_id, at(PAST + 7)).await, Redemption::Fresh(redeemed.clone()));
        for (store, time) in [(&store, 8), (&clone, 9), (&store, 0), (&store, 6000)] {
            let again = redeem(store, &code.grant_id, at(PAST + time)).await;
            assert_eq!(again, Redemption::Replayed(redeemed.clone()));
        }
    }
}

/// Of 1,000 redemptions of one code at once exactly one is fresh (rule 4), the others are replayed.
pub async fn of_1000_redemptions_at_once_one_is_fresh<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    assert!(add(&store, &code("code")).await);
    let answers = all_at_once(1000, |_| {
        let store = store.clone();
        async move { store.redeem_code(&digest("code"), at(PAST + 1)).await.expect("1,000 at once are answered") }
    });
    let answers = answers.await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Redemption::Fresh(_))).count(), 1);
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Redemption::Replayed(_))).count(), 999);
}

/// What was never there is neither fresh nor replayed.
pub async fn an_unknown_code_is_unknown<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    assert!(add(&store, &code("code")).await);
    for name in ["Code", "", "cod"] {
        assert_eq!(redeem(&store, name, at(PAST)).await, Redemption::Unknown, "{name:?}");
    }
    assert!(matches!(redeem(&store, "code", at(PAST)).await, Redemption::Fresh(_)));
}

/// It ends at its instant; and is spent even then, so that no clock that is set back revives it.
pub async fn an_expired_code_is_spent_too<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    let end = at(PAST + 600);
    for (name, time) in [("late", end), ("later", end + Duration::from_secs(9))] {
        assert!(add(&store, &code(name)).await);
        let redeemed = code(name).with_redeemed_at(time);
        assert_eq!(redeem(&store, name, time).await, Redemption::Expired(redeemed.clone()));
        assert_eq!(redeem(&store, name, at(PAST)).await, Redemption::Replayed(redeemed));
    }
    assert!(add(&store, &code("in time")).await);
    let last = end - Duration::from_micros(1);
    assert!(matches!(redeem(&store, "in time", last).await, Redemption::Fresh(_)));
}

/// What is finer than a microsecond is cut off, never rounded up (rule 7): no code lives longer.
pub async fn times_of_a_code_are_not_rounded_up<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    let nanos = Duration::from_nanos(999_999_999);
    let mut fine = code("fine");
    (fine.created_at, fine.expires_at) = (fine.created_at + nanos, fine.expires_at + nanos);
    assert!(add(&store, &fine).await);
    let Redemption::Fresh(found) = redeem(&store, "fine", at(PAST + 1) + nanos).await else { panic!("it is fresh") };
    let redeemed = at(PAST + 1) + nanos;
    let times = [(found.created_at, fine.created_at), (found.expires_at, fine.expires_at)];
    for (found, put) in times.into_iter().chain([(found.redeemed_at.unwrap(), redeemed)]) {
        assert!(crate::sample::is_cut_off_at_most(Some(found), put), "{found:?}");
    }
}

/// No code without consent of that subject to that application in that organisation (rule 5).
pub async fn a_code_needs_a_consent<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    register(&store, "other", "other").await;
    agree(&store, "eve", "other", "other").await;
    let without =
        [("eve", CLIENT, ORGANISATION), ("ada", "other", "other"), ("ada", CLIENT, "other"), ("ada", "gone", "x")];
    for (subject, client_id, organisation) in without {
        assert!(!add(&store, &code_of("code", subject, client_id, organisation)).await, "{subject} {client_id}");
        assert_eq!(redeem(&store, "code", at(PAST)).await, Redemption::Unknown);
    }
    assert!(add(&store, &code("code")).await, "nothing of it was kept");
}

/// No code for an application that is not active (rule 5).
pub async fn a_code_needs_an_active_application<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for (status, expected) in [(ApplicationStatus::Inactive, false), (ApplicationStatus::Active, true)] {
        let change = ApplicationChange::new().with_status(status);
        assert!(store.update_application(CLIENT, &change, at(PAST)).await.unwrap());
        assert_eq!(add(&store, &code("code")).await, expected);
    }
}

/// A code, and the id of a grant, is there once; the first remains as it was.
pub async fn a_duplicate_code_is_an_error<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    assert!(add(&store, &code("one")).await);
    let mut same_digest = code("two");
    same_digest.digest = digest("one");
    let mut same_id = code("two");
    same_id.grant_id = "one".into();
    for duplicate in [code("one"), same_digest, same_id] {
        assert!(store.add_code(&duplicate).await.is_err());
    }
    assert_eq!(redeem(&store, "two", at(PAST)).await, Redemption::Unknown);
    let redeemed = code("one").with_redeemed_at(at(PAST));
    assert_eq!(redeem(&store, "one", at(PAST)).await, Redemption::Fresh(redeemed));
    assert!(store.add_code(&code("one")).await.is_err(), "a code that was redeemed is there still");
}
