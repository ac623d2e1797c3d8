//! Stores that break, futures that are dropped, programs that are restarted.

use countersign_core::oauth::{
    ApplicationChange, ApplicationStatus, ApplicationStore, GrantFilter, GrantStore, Redemption, Rotation,
};

use super::OauthStore;
use super::support::{
    CLIENT, ORGANISATION, add, application, because, code, consent, digest, give, grant, has_refresh, is_good, prepare,
    redeem, refresh, refreshed, register, revoked, token,
};
use crate::concurrency::{drop_at_every_poll, eventually};
use crate::sample::{PAST, at};
use crate::{Breakable, Durable, Harness};

/// The futures may be dropped at any await: the change is made or not, and the store remains usable.
pub async fn a_dropped_change_leaves_the_store_usable<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..4 {
        let (client_id, id) = (format!("client {round}"), format!("grant {round}"));
        let application = application(&client_id, ORGANISATION);
        let (consent, change) = (consent("ada", &client_id, ORGANISATION), ApplicationChange::new().with_name("n"));
        let mut code = code(&id);
        code.client_id = client_id.clone().into();
        let mut token = refreshed(&format!("t {round}"), &id);
        token.info = token.info.with_client_id(&*client_id);
        token.refresh.as_mut().unwrap().client_id = client_id.clone().into();

        drop_at_every_poll(|_| store.add_application(&application)).await;
        // An error says that it is there: a dropped addition may still have been under way.
        let _ = store.add_application(&application).await;
        drop_at_every_poll(|_| store.update_application(&client_id, &change, at(PAST))).await;
        assert!(store.update_application(&client_id, &change, at(PAST)).await.expect("the store is usable"));
        drop_at_every_poll(|_| store.list_applications(None, None, 10)).await;
        drop_at_every_poll(|_| store.give_consent(&consent)).await;
        assert_eq!(store.give_consent(&consent).await.expect("the store is usable").as_ref(), Some(&consent));
        drop_at_every_poll(|_| store.list_consents("ada", None, 10)).await;
        drop_at_every_poll(|_| store.add_code(&code)).await;
        let _ = store.add_code(&code).await;
        drop_at_every_poll(|_| store.redeem_code(&code.digest, at(PAST))).await;
        let redeemed = redeem(&store, &id, at(PAST)).await;
        assert!(matches!(redeemed, Redemption::Fresh(_) | Redemption::Replayed(_)), "{redeemed:?}");
        drop_at_every_poll(|_| store.add_granted_token(Some(&id), &token)).await;
        let _ = store.add_granted_token(Some(&id), &token).await;
        assert!(is_good(&store, &format!("t {round}")).await);
        drop_at_every_poll(|_| store.delete_application(&client_id, at(PAST + 2), "over")).await;
        let _ = store.delete_application(&client_id, at(PAST + 2), "over").await.expect("the store is usable");
        assert_eq!(revoked(&store, &format!("t {round}")).await, because("over"));
        assert_eq!(store.application(&client_id).await.expect("the store is usable"), None);
    }
}

/// A rotation that is dropped at any await is made whole or not at all.
pub async fn a_dropped_rotation_is_made_whole_or_not_at_all<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    for number in 0..=64 {
        assert!(give(&store, Some("grant"), &refreshed(&format!("old {number}"), "grant")).await);
    }
    drop_at_every_poll(|number| {
        let (old, new) = (digest(&format!("r-old {number}")), refreshed(&format!("new {number}"), "grant"));
        let store = &store;
        async move { store.rotate_refresh_token(&old, &new, at(PAST)).await }
    })
    .await;
    for number in 0..=64 {
        // What was dropped may still be under way.
        eventually(&format!("rotation {number} is whole"), || async {
            let old = store.refresh_token(&digest(&format!("r-old {number}"))).await.unwrap().expect("it is there");
            let rotated = old.rotated_at.is_some();
            rotated == is_good(&store, &format!("new {number}")).await
                && rotated == has_refresh(&store, &format!("r-new {number}")).await
        })
        .await;
    }
}

/// What could not be stored, or looked up, is an error, never success (rule 2).
pub async fn a_broken_store_acknowledges_nothing_of_grants<H: Breakable<Store: OauthStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    assert!(add(&store, &code("waiting")).await);
    harness.break_store(&store, &guard).await;
    let (time, change) = (at(PAST + 2), ApplicationChange::new().with_status(ApplicationStatus::Inactive));
    assert!(store.add_application(&application("other", ORGANISATION)).await.is_err(), "nothing was added");
    assert!(store.add_only_application(&application("other", "other")).await.is_err(), "nothing was added");
    assert!(store.list_applications(None, None, 10).await.is_err(), "nothing was listed");
    for client_id in [CLIENT, "other"] {
        assert!(store.application(client_id).await.is_err(), "nothing was looked up");
        assert!(store.update_application(client_id, &change, time).await.is_err(), "nothing was changed");
        assert!(store.delete_application(client_id, time, "over").await.is_err(), "nothing was deleted");
        assert!(store.consent("ada", client_id, ORGANISATION).await.is_err(), "nothing was looked up");
        let consent = consent("ada", client_id, ORGANISATION);
        assert!(store.give_consent(&consent).await.is_err(), "nothing was kept");
        assert!(store.withdraw_consent("ada", &consent.id, time, "over").await.is_err(), "nothing was withdrawn");
    }
    assert!(store.list_consents("ada", None, 10).await.is_err(), "nothing was listed");
    assert!(store.add_code(&code("another")).await.is_err(), "nothing was added");
    for name in ["grant", "waiting", "nowhere"] {
        let redeemed = store.redeem_code(&digest(name), time).await;
        assert!(redeemed.is_err(), "nothing was redeemed, nor looked up, but the answer was {redeemed:?}");
        assert!(store.revoke_grant(name, time, "over").await.is_err(), "nothing was revoked");
        assert!(store.add_granted_token(Some(name), &refreshed("two", name)).await.is_err(), "nothing was added");
    }
    assert!(store.add_granted_token(None, &token("two")).await.is_err(), "nothing was added");
    for text in ["r-one", "r-two"] {
        assert!(store.refresh_token(&digest(text)).await.is_err(), "nothing was looked up");
        let rotated = store.rotate_refresh_token(&digest(text), &refreshed("two", "grant"), time).await;
        assert!(rotated.is_err(), "nothing was rotated, nor looked up, but the answer was {rotated:?}");
    }
    assert!(store.revoke_grants(&GrantFilter::all(), time, "over").await.is_err(), "nothing was revoked");
    assert!(store.prune_grants(time).await.is_err(), "nothing was pruned");
}

/// Acknowledged means durable (rule 1).
pub async fn grants_are_as_they_were_acknowledged_after_reopening<H: Durable<Store: OauthStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    prepare(&store).await;
    for client_id in ["changed", "deleted"] {
        register(&store, client_id, ORGANISATION).await;
    }
    let change = ApplicationChange::new().with_name("another");
    assert!(store.update_application("changed", &change, at(PAST + 3)).await.unwrap());
    store.delete_application("deleted", at(PAST), "deleted").await.unwrap();
    for id in ["kept", "revoked"] {
        grant(&store, &code(id)).await;
        assert!(give(&store, Some(id), &refreshed(&format!("of {id}"), id)).await);
    }
    let rotated = store.rotate_refresh_token(&digest("r-of kept"), &refreshed("next", "kept"), at(PAST)).await;
    assert_eq!(rotated.unwrap(), Rotation::Rotated);
    assert_eq!(store.revoke_grant("revoked", at(PAST + 2), "replayed").await.unwrap(), Some(1));
    assert!(add(&store, &code("waiting")).await);

    let store = harness.reopen(store, &guard).await;
    let clients = store.list_applications(None, None, 10).await.unwrap();
    let changed = change.of(application("changed", ORGANISATION)).with_updated_at(at(PAST + 3));
    assert_eq!(clients, [changed, application(CLIENT, ORGANISATION)]);
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), [consent("ada", CLIENT, ORGANISATION)]);
    let kept = code("kept").with_redeemed_at(at(PAST + 1));
    assert_eq!(redeem(&store, "kept", at(PAST + 5)).await, Redemption::Replayed(kept));
    assert_eq!(redeem(&store, "revoked", at(PAST)).await, Redemption::Unknown);
    assert_eq!(revoked(&store, "of revoked").await, because("replayed"));
    let spent = refresh("r-of kept", "kept").with_rotated_at(at(PAST));
    let again = store.rotate_refresh_token(&digest("r-of kept"), &refreshed("again", "kept"), at(PAST)).await;
    assert_eq!(again.unwrap(), Rotation::Reused(spent));
    assert!(has_refresh(&store, "r-next").await && is_good(&store, "next").await);
    assert!(matches!(redeem(&store, "waiting", at(PAST)).await, Redemption::Fresh(_)));

    let store = harness.reopen(store, &guard).await;
    assert!(matches!(redeem(&store, "waiting", at(PAST)).await, Redemption::Replayed(_)));
    // The links between a grant and what it gave survive too.
    assert_eq!(store.revoke_grant("kept", at(PAST + 2), "replayed").await.unwrap(), Some(2));
    let id = consent("ada", CLIENT, ORGANISATION).id;
    assert_eq!(store.withdraw_consent("ada", &id, at(PAST + 2), "withdrawn").await.unwrap(), Some(0));
    let store = harness.reopen(store, &guard).await;
    assert_eq!(revoked(&store, "next").await, because("replayed"));
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), []);
}
