//! Consents.

use countersign_core::Scope;
use countersign_core::oauth::GrantStore;

use super::OauthStore;
use super::support::{CLIENT, ORGANISATION, agree, consent, prepare, register};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// After `Ok` the consent is there with all that was said of it, for every handle (rules 1 and 7).
pub async fn a_consent_comes_back_as_it_was<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    register(&store, CLIENT, ORGANISATION).await;
    assert_eq!(store.consent("ada", CLIENT, ORGANISATION).await.unwrap(), None);
    let to_nothing = consent("eve", CLIENT, ORGANISATION).with_scope(Scope::none()).with_updated_at(at(PAST + 1));
    for consent in [consent("ada", CLIENT, ORGANISATION), to_nothing] {
        assert_eq!(store.give_consent(&consent).await.unwrap().as_ref(), Some(&consent));
        for store in [&store, &clone] {
            let found = store.consent(&consent.subject, CLIENT, ORGANISATION).await.unwrap();
            assert_eq!(found.as_ref(), Some(&consent));
        }
    }
}

/// It keeps its id and covers what either covered, the older scope-tokens first.
pub async fn a_consent_given_again_covers_both<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    let mut again = consent("ada", CLIENT, ORGANISATION).with_scope("a d c".parse().unwrap());
    again.id = "another id".into();
    again.created_at = at(PAST + 5);
    again.updated_at = at(PAST + 5);
    let expected =
        consent("ada", CLIENT, ORGANISATION).with_scope("b a d c".parse().unwrap()).with_updated_at(at(PAST + 5));
    assert_eq!(store.give_consent(&again).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(store.consent("ada", CLIENT, ORGANISATION).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), [expected]);
}

/// Of 16 at once none is lost, and one record is left.
pub async fn of_many_consents_at_once_none_is_lost<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, CLIENT, ORGANISATION).await;
    let answers = all_at_once(16, |index| {
        let mut one = consent("ada", CLIENT, ORGANISATION).with_scope(Scope::new([format!("s{index}")]).unwrap());
        one.id = format!("id {index}").into();
        let store = store.clone();
        async move { store.give_consent(&one).await.expect("16 at once are answered") }
    });
    assert!(answers.await.iter().all(Option::is_some));
    let all = store.list_consents("ada", None, 100).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].scope.iter().count(), 16, "{:?}", all[0].scope);
}

/// Nobody consents to what is not there (rule 5).
pub async fn a_consent_needs_its_application<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, CLIENT, ORGANISATION).await;
    for (client_id, organisation) in [("Toolbar", ORGANISATION), (CLIENT, "other"), ("", ""), (CLIENT, "Acme")] {
        let given = store.give_consent(&consent("ada", client_id, organisation)).await.expect("the store answers");
        assert_eq!(given, None, "{client_id:?} of {organisation:?}");
    }
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), []);
}

/// An id is one consent's.
pub async fn a_duplicate_consent_id_is_an_error<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    let mut of_eve = consent("eve", CLIENT, ORGANISATION);
    of_eve.id = consent("ada", CLIENT, ORGANISATION).id;
    assert!(store.give_consent(&of_eve).await.is_err());
    assert_eq!(store.consent("eve", CLIENT, ORGANISATION).await.unwrap(), None);
    assert_eq!(store.list_consents("ada", None, 10).await.unwrap(), [consent("ada", CLIENT, ORGANISATION)]);
}

/// One of each subject and application (rule 7).
pub async fn consents_are_told_apart_byte_by_byte<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let all = ["é", "É", "e\u{301}", "e", "é ", "%", "_", "a\0b", "a"];
    for client_id in all {
        register(&store, client_id, ORGANISATION).await;
    }
    for subject in all {
        agree(&store, subject, "e", ORGANISATION).await;
        agree(&store, "ada", subject, ORGANISATION).await;
    }
    for name in all {
        let found = store.consent(name, "e", ORGANISATION).await.unwrap();
        assert_eq!(found, Some(consent(name, "e", ORGANISATION)), "of {name:?}");
        let found = store.consent("ada", name, ORGANISATION).await.unwrap();
        assert_eq!(found, Some(consent("ada", name, ORGANISATION)), "to {name:?}");
        assert_eq!(store.list_consents(name, None, 100).await.unwrap().len(), 1, "of {name:?}");
    }
    for (subject, client_id, organisation) in
        [("E", "e", ORGANISATION), ("ada", "E", ORGANISATION), ("ada", "e", "ACME")]
    {
        assert_eq!(store.consent(subject, client_id, organisation).await.unwrap(), None);
    }
}

/// Lists have one subject's consents, and descend by the bytes of their ids.
pub async fn pages_of_consents_follow_each_other<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let ids = ["b", "É", "a", "aa", "B", "é"];
    for id in ids {
        register(&store, id, ORGANISATION).await;
        for subject in ["ada", "eve"] {
            let mut one = consent(subject, id, ORGANISATION);
            one.id = format!("{id} {subject}").into();
            store.give_consent(&one).await.unwrap().unwrap();
        }
    }
    let mut sorted = ids.map(|id| format!("{id} ada")).to_vec();
    sorted.sort();
    sorted.reverse();
    for limit in [1, 2, 4, 6, 10] {
        let mut all: Vec<String> = Vec::new();
        loop {
            let page = store.list_consents("ada", all.last().map(String::as_str), limit).await.unwrap();
            assert!(page.len() <= limit && all.len() <= ids.len(), "pages of {limit}");
            if page.is_empty() {
                break;
            }
            all.extend(page.into_iter().map(|consent| consent.id.into()));
        }
        assert_eq!(all, sorted, "pages of {limit}");
    }
    let below = store.list_consents("ada", Some("aaa"), 1).await.unwrap();
    assert_eq!(&*below[0].id, "aa ada");
    assert_eq!(store.list_consents("ada", None, 0).await.unwrap(), []);
    assert_eq!(store.list_consents("nobody", None, 10).await.unwrap(), []);
}
