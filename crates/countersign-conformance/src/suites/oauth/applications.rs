//! Applications.

use countersign_core::oauth::{AddedApplication, ApplicationChange, ApplicationStatus, ApplicationStore, UriList};

use super::OauthStore;
use super::support::{application, register, uris};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// After `Ok` the application is there with all that was said of it, for every handle (rules 1 and 4).
pub async fn an_application_comes_back_as_it_was<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    let bare = countersign_core::oauth::ApiApplication::new("bare", "acme", at(PAST));
    let inactive = application("inactive", "other").with_status(ApplicationStatus::Inactive);
    for application in [application("toolbar", "acme"), bare, inactive] {
        assert_eq!(store.application(&application.client_id).await.unwrap(), None);
        store.add_application(&application).await.expect("added");
        for store in [&store, &clone] {
            assert_eq!(store.application(&application.client_id).await.unwrap().as_ref(), Some(&application));
        }
    }
}

/// A client id is one application's, whatever its organisation; the first remains as it was.
pub async fn a_duplicate_client_id_is_an_error<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, "toolbar", "acme").await;
    for organisation in ["acme", "other"] {
        let again = application("toolbar", organisation).with_name("another");
        assert!(store.add_application(&again).await.is_err(), "in {organisation}");
    }
    assert!(store.add_only_application(&application("toolbar", "other")).await.is_err());
    assert_eq!(store.application("toolbar").await.unwrap(), Some(application("toolbar", "acme")));
    assert_eq!(list(&store, None, None, 10).await, ["toolbar"]);
}

/// An organisation has one where that is asked for, and as many as it likes otherwise.
pub async fn the_only_application_of_an_organisation_is_added_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let first = application("b", "acme");
    assert_eq!(store.add_only_application(&first).await.unwrap(), AddedApplication::Added);
    for client_id in ["b", "c"] {
        let again = store.add_only_application(&application(client_id, "acme").with_name("another")).await.unwrap();
        assert_eq!(again, AddedApplication::Existing(first.clone()));
    }
    assert_eq!(store.add_only_application(&application("d", "other")).await.unwrap(), AddedApplication::Added);
    register(&store, "a", "acme").await;
    let of_several = store.add_only_application(&application("e", "acme")).await.unwrap();
    assert_eq!(of_several, AddedApplication::Existing(application("a", "acme")), "the smallest client id");
    assert_eq!(list(&store, None, None, 10).await, ["a", "b", "d"]);
}

/// An inactive application is its organisation's only one too.
pub async fn an_inactive_application_counts<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let inactive = application("a", "acme").with_status(ApplicationStatus::Inactive);
    store.add_application(&inactive).await.unwrap();
    let again = store.add_only_application(&application("b", "acme")).await.unwrap();
    assert_eq!(again, AddedApplication::Existing(inactive));
}

/// Of 32 that are to be the only one at once one is, and the others get that one; in each of four rounds.
pub async fn of_many_only_applications_at_once_one_is_added<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..4 {
        let organisation = format!("org {round}");
        let answers = all_at_once(32, |index| {
            let (store, application) = (store.clone(), application(&format!("{round} {index:02}"), &organisation));
            async move { store.add_only_application(&application).await.expect("32 at once are answered") }
        });
        let answers = answers.await;
        let added = answers.iter().filter(|answer| **answer == AddedApplication::Added).count();
        assert_eq!(added, 1, "in round {round}");
        let of_it = store.list_applications(Some(&organisation), None, 10).await.unwrap();
        assert_eq!(of_it.len(), 1, "in round {round}");
        let existing = AddedApplication::Existing(of_it.into_iter().next().unwrap());
        assert_eq!(answers.iter().filter(|answer| **answer == existing).count(), 31, "in round {round}");
    }
}

/// A client id or an organisation like another is another (rule 3).
pub async fn client_ids_and_organisations_are_compared_byte_by_byte<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let all = ["é", "É", "e\u{301}", "e", "é ", " é", "%", "_", "a\0b", "a"];
    for name in all {
        let added = store.add_only_application(&application(&format!("of {name}"), name)).await.unwrap();
        assert_eq!(added, AddedApplication::Added, "for {name:?}");
        register(&store, name, "acme").await;
    }
    for name in all {
        assert_eq!(store.application(name).await.unwrap(), Some(application(name, "acme")), "{name:?}");
        assert_eq!(list(&store, Some(name), None, 10).await, [format!("of {name}")]);
    }
    for name in ["E", "of", "", "ACME"] {
        assert_eq!(store.application(name).await.unwrap(), None, "{name:?}");
        assert_eq!(list(&store, Some(name), None, 10).await, [] as [String; 0]);
    }
}

/// Lists ascend by the bytes of client ids; the next page begins above an id that need not exist.
pub async fn pages_of_applications_follow_each_other<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let ids = ["b", "É", "a", "aa", "B", "é", "a\u{1f511}"];
    for id in ids {
        register(&store, id, "acme").await;
        register(&store, &format!("{id} of others"), "other").await;
    }
    let mut sorted = ids.map(str::to_owned).to_vec();
    sorted.sort();
    for limit in [1, 2, 3, 7, 10] {
        let mut all: Vec<String> = Vec::new();
        loop {
            let page = list(&store, Some("acme"), all.last().map(String::as_str), limit).await;
            assert!(page.len() <= limit && all.len() <= ids.len(), "pages of {limit}");
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        assert_eq!(all, sorted, "pages of {limit}");
    }
    assert_eq!(list(&store, Some("acme"), Some("aaa"), 2).await, ["a\u{1f511}", "b"]);
    assert_eq!(list(&store, None, Some("a"), 2).await, ["a of others", "aa"]);
    assert_eq!(list(&store, None, None, 0).await, [] as [String; 0]);
    assert_eq!(list(&store, None, None, 100).await.len(), 14);
}

/// No page has more than 1,000.
pub async fn a_page_has_at_most_1000_applications<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for from in (0..1001).step_by(64) {
        let adding = all_at_once(64.min(1001 - from), |index| {
            let store = store.clone();
            async move { register(&store, &format!("{:04}", from + index), "acme").await }
        });
        adding.await;
    }
    for organisation in [None, Some("acme")] {
        let page = list(&store, organisation, None, 5000).await;
        assert_eq!((page.len(), page.last().map(String::as_str)), (1000, Some("0999")));
    }
}

/// What is not named stays as it is; the time is noted.
pub async fn a_changed_application_keeps_what_is_not_named<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, "toolbar", "acme").await;
    register(&store, "another", "acme").await;
    let changes = [
        ApplicationChange::new(),
        ApplicationChange::new().with_name("another name"),
        ApplicationChange::new().with_allowed_origins(uris(&["https://c.example"])),
        ApplicationChange::new().with_redirect_uris(UriList::none()),
        ApplicationChange::new().with_status(ApplicationStatus::Inactive),
        ApplicationChange::new().with_status(ApplicationStatus::Active).with_name(""),
    ];
    let mut expected = application("toolbar", "acme");
    for (change, time) in changes.iter().zip(PAST + 10..) {
        assert!(store.update_application("toolbar", change, at(time)).await.expect("changed"));
        expected = change.of(expected).with_updated_at(at(time));
        assert_eq!(store.application("toolbar").await.unwrap().as_ref(), Some(&expected));
    }
    assert_eq!(store.application("another").await.unwrap(), Some(application("another", "acme")));
}

/// What is not there is neither changed nor deleted, and comes not into being.
pub async fn an_unknown_application_is_neither_changed_nor_deleted<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, "toolbar", "acme").await;
    let change = ApplicationChange::new().with_name("another name");
    for client_id in ["Toolbar", "", "acme"] {
        assert!(!store.update_application(client_id, &change, at(PAST)).await.expect("the store answers"));
        assert_eq!(store.delete_application(client_id, at(PAST), "gone").await.expect("the store answers"), None);
    }
    assert_eq!(list(&store, None, None, 10).await, ["toolbar"]);
    assert_eq!(store.application("toolbar").await.unwrap(), Some(application("toolbar", "acme")));
}

/// One page, as client ids.
async fn list(
    store: &impl ApplicationStore,
    organisation: Option<&str>,
    above: Option<&str>,
    limit: usize,
) -> Vec<String> {
    let page = store.list_applications(organisation, above, limit).await.expect("the store lists");
    page.into_iter().map(|application| application.client_id.into()).collect()
}
