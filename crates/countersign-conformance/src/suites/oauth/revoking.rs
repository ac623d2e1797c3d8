//! Grants, consents and applications that end.

use countersign_core::oauth::{ApplicationStore, GrantFilter, GrantStore, Redemption, Rotation};
use countersign_core::{TokenAdmin, TokenInfo};

use super::OauthStore;
use super::support::{
    CLIENT, ORGANISATION, add, agree, because, code, code_of, consent, digest, give, grant, has_refresh, is_good,
    prepare, redeem, refreshed, register, revoked, token, token_of,
};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// All tokens that it gave are revoked, with time and reason, and no others.
pub async fn a_revoked_grant_takes_what_it_gave<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for id in ["grant", "another"] {
        grant(&store, &code(id)).await;
        assert!(give(&store, Some(id), &refreshed(&format!("{id} 1"), id)).await);
        let old = digest(&format!("r-{id} 1"));
        let rotated = store.rotate_refresh_token(&old, &refreshed(&format!("{id} 2"), id), at(PAST + 1)).await;
        assert_eq!(rotated.expect("rotated"), Rotation::Rotated);
    }
    assert!(give(&store, None, &token("without code")).await);
    assert_eq!(store.revoke_grant("grant", at(PAST + 2), "replayed").await.unwrap(), Some(2));
    for id in ["grant 1", "grant 2"] {
        assert_eq!(revoked(&store, id).await, because("replayed"), "{id}");
        assert!(!has_refresh(&store, &format!("r-{id}")).await, "{id}");
    }
    for id in ["another 1", "another 2", "without code"] {
        assert!(is_good(&store, id).await, "{id}");
    }
    assert!(has_refresh(&store, "r-another 2").await);
    assert!(matches!(redeem(&store, "another", at(PAST)).await, Redemption::Replayed(_)));
}

/// From then on it gives nothing, and its code is not known.
pub async fn a_revoked_grant_gives_nothing_more<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("redeemed")).await;
    assert!(give(&store, Some("redeemed"), &refreshed("one", "redeemed")).await);
    assert!(add(&store, &code("waiting")).await);
    assert_eq!(store.revoke_grant("redeemed", at(PAST + 2), "replayed").await.unwrap(), Some(1));
    assert_eq!(store.revoke_grant("waiting", at(PAST + 2), "denied").await.unwrap(), Some(0));
    for id in ["redeemed", "waiting", "nowhere"] {
        assert_eq!(redeem(&store, id, at(PAST)).await, Redemption::Unknown);
        assert!(!give(&store, Some(id), &refreshed("two", id)).await);
        assert_eq!(store.revoke_grant(id, at(PAST + 3), "again").await.unwrap(), None);
    }
    let rotated = store.rotate_refresh_token(&digest("r-one"), &refreshed("two", "redeemed"), at(PAST)).await;
    assert_eq!(rotated.unwrap(), Rotation::Refused);
    assert_eq!(revoked(&store, "one").await, because("replayed"), "the first revocation remains");
}

/// What was revoked before is not counted, and keeps its time and reason.
pub async fn a_token_that_was_revoked_before_is_left_alone<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    for id in ["one", "two", "three"] {
        assert!(give(&store, Some("grant"), &token(id)).await);
    }
    assert!(store.revoke_token("one", at(PAST + 2), "lost").await.unwrap());
    assert!(store.delete_token("two").await.unwrap());
    assert_eq!(store.revoke_grant("grant", at(PAST + 9), "replayed").await.unwrap(), Some(1));
    assert_eq!(revoked(&store, "one").await, because("lost"));
}

/// Exactly one of many revocations of one grant at once takes it.
pub async fn of_many_revocations_of_a_grant_at_once_one_counts<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    for id in ["one", "two"] {
        assert!(give(&store, Some("grant"), &token(id)).await);
    }
    let answers = all_at_once(16, |_| {
        let store = store.clone();
        async move { store.revoke_grant("grant", at(PAST + 2), "replayed").await.expect("16 at once are answered") }
    });
    let mut answers = answers.await;
    answers.sort();
    assert_eq!(answers.pop(), Some(Some(2)));
    assert!(answers.iter().all(Option::is_none));
}

/// The filter asks for everything at once; consents remain, and so does what was issued to no application.
pub async fn revoking_grants_goes_by_the_whole_filter<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let parties =
        [("ada", "a", "acme"), ("ada", "b", "acme"), ("ada", "c", "other"), ("eve", "a", "acme"), ("Ada", "a", "acme")];
    for client_id in ["a", "b"] {
        register(&store, client_id, "acme").await;
    }
    register(&store, "c", "other").await;
    let filters = [
        (GrantFilter::all().with_subject("ada").with_organisation("acme"), vec![0, 1]),
        (GrantFilter::all().with_client_id("a"), vec![0, 3, 4]),
        (GrantFilter::all().with_organisation("other"), vec![2]),
        (GrantFilter::all().with_subject("ada").with_client_id("a").with_organisation("acme"), vec![0]),
        (GrantFilter::all().with_subject("%"), vec![]),
        (GrantFilter::all(), vec![0, 1, 2, 3, 4]),
    ];
    for (round, (filter, picked)) in filters.into_iter().enumerate() {
        let name = |kind: &str, index: usize| format!("{kind} {round} {index}");
        for (index, (subject, client_id, organisation)) in parties.into_iter().enumerate() {
            agree(&store, subject, client_id, organisation).await;
            let id = name("grant", index);
            grant(&store, &code_of(&id, subject, client_id, organisation)).await;
            assert!(add(&store, &code_of(&name("waiting", index), subject, client_id, organisation)).await);
            assert!(give(&store, Some(&id), &token_of(&name("with", index), subject, client_id, organisation)).await);
            assert!(give(&store, None, &token_of(&name("without", index), subject, client_id, organisation)).await);
            let personal = TokenInfo::new(subject).with_id(name("personal", index)).with_organisation(organisation);
            store.add_token(&digest(&name("personal", index)), &personal).await.unwrap();
        }
        let before = store.list_consents("ada", None, 10).await.unwrap();
        let count = store.revoke_grants(&filter, at(PAST + 2), "left").await.unwrap();
        assert_eq!(count, 2 * picked.len() as u64, "{filter:?}");
        for index in 0..parties.len() {
            let is_picked = picked.contains(&index);
            for kind in ["with", "without"] {
                assert_eq!(is_good(&store, &name(kind, index)).await, !is_picked, "{filter:?}: {kind} {index}");
            }
            assert!(is_good(&store, &name("personal", index)).await, "{filter:?}: {index}");
            for kind in ["grant", "waiting"] {
                let known = redeem(&store, &name(kind, index), at(PAST)).await != Redemption::Unknown;
                assert_eq!(known, !is_picked, "{filter:?}: {kind} {index}");
            }
        }
        assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), before);
        store.revoke_grants(&GrantFilter::all(), at(PAST + 2), "next round").await.unwrap();
    }
}

/// Withdrawing a consent takes its codes, and revokes the tokens of that subject, application and organisation.
pub async fn a_withdrawn_consent_takes_its_grants<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    register(&store, "other", ORGANISATION).await;
    agree(&store, "ada", "other", ORGANISATION).await;
    agree(&store, "eve", CLIENT, ORGANISATION).await;
    grant(&store, &code("grant")).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    assert!(give(&store, None, &token("two")).await);
    assert!(add(&store, &code("waiting")).await);
    assert!(give(&store, None, &token_of("to another", "ada", "other", ORGANISATION)).await);
    assert!(give(&store, None, &token_of("of eve", "eve", CLIENT, ORGANISATION)).await);
    let id = consent("ada", CLIENT, ORGANISATION).id;
    for (subject, id) in [("eve", &*id), ("Ada", &*id), ("ada", "nothing"), ("ada", "")] {
        let nothing = store.withdraw_consent(subject, id, at(PAST + 1), "not theirs").await.unwrap();
        assert_eq!(nothing, None, "{subject} {id}");
    }
    assert!(is_good(&store, "one").await);
    assert_eq!(store.withdraw_consent("ada", &id, at(PAST + 2), "withdrawn").await.unwrap(), Some(2));
    for id in ["one", "two"] {
        assert_eq!(revoked(&store, id).await, because("withdrawn"));
    }
    assert!(is_good(&store, "to another").await && is_good(&store, "of eve").await);
    assert!(!has_refresh(&store, "r-one").await);
    for id in ["grant", "waiting"] {
        assert_eq!(redeem(&store, id, at(PAST)).await, Redemption::Unknown);
        assert!(!give(&store, Some(id), &token("three")).await);
    }
    assert!(!give(&store, None, &token("three")).await && !add(&store, &code("new")).await);
    assert_eq!(store.consent("ada", CLIENT, ORGANISATION).await.unwrap(), None);
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), [consent("ada", "other", ORGANISATION)]);
    assert_eq!(store.withdraw_consent("ada", &id, at(PAST + 3), "again").await.unwrap(), None);
    // And may be given again, as if for the first time.
    agree(&store, "ada", CLIENT, ORGANISATION).await;
    assert!(add(&store, &code("new")).await && !is_good(&store, "one").await);
}

/// Deleting an application takes all consents to it and their codes, and revokes all its tokens.
pub async fn a_deleted_application_takes_everything_with_it<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    register(&store, "other", ORGANISATION).await;
    agree(&store, "ada", "other", ORGANISATION).await;
    agree(&store, "eve", CLIENT, ORGANISATION).await;
    grant(&store, &code("grant")).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    assert!(give(&store, None, &token_of("two", "eve", CLIENT, ORGANISATION)).await);
    // However it came to be: it is the application's.
    let issued = TokenInfo::new("bob").with_id("three").with_client_id(CLIENT);
    store.add_token(&digest("three"), &issued).await.unwrap();
    assert!(add(&store, &code("waiting")).await);
    assert!(give(&store, None, &token_of("to another", "ada", "other", ORGANISATION)).await);
    assert_eq!(store.delete_application(CLIENT, at(PAST + 2), "deleted").await.unwrap(), Some(3));
    for id in ["one", "two", "three"] {
        assert_eq!(revoked(&store, id).await, because("deleted"));
    }
    assert!(is_good(&store, "to another").await);
    assert!(!has_refresh(&store, "r-one").await);
    assert_eq!(store.application(CLIENT).await.unwrap(), None);
    for subject in ["ada", "eve"] {
        assert_eq!(store.consent(subject, CLIENT, ORGANISATION).await.unwrap(), None);
        assert!(!give(&store, None, &token_of("four", subject, CLIENT, ORGANISATION)).await);
        assert_eq!(store.give_consent(&consent(subject, CLIENT, ORGANISATION)).await.unwrap(), None);
    }
    for id in ["grant", "waiting"] {
        assert_eq!(redeem(&store, id, at(PAST)).await, Redemption::Unknown);
    }
    assert_eq!(store.delete_application(CLIENT, at(PAST + 3), "again").await.unwrap(), None);
    // One of the same client id is another application.
    register(&store, CLIENT, ORGANISATION).await;
    assert_eq!(store.consent("ada", CLIENT, ORGANISATION).await.unwrap(), None);
    assert!(!is_good(&store, "one").await);
}

/// However many they are.
pub async fn more_than_1000_tokens_are_revoked_with_their_application<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for from in (0..1001).step_by(64) {
        let adding = all_at_once(64.min(1001 - from), |index| {
            let (store, id) = (store.clone(), format!("{:04}", from + index));
            async move { assert!(give(&store, None, &token(&id)).await) }
        });
        adding.await;
    }
    assert_eq!(store.delete_application(CLIENT, at(PAST + 2), "deleted").await.unwrap(), Some(1001));
    for id in ["0000", "0500", "0999", "1000"] {
        assert_eq!(revoked(&store, id).await, because("deleted"));
    }
}
