//! Tokens page by page.

use countersign_core::{TokenAdmin, TokenFilter, TokenInfo, TokenState, TokenStore};

use super::support::{add, add_many, page, pages, whole};
use crate::Harness;
use crate::sample::{FUTURE, PAST, at, facts};

/// Ids descend byte by byte, not by the order of any language.
pub async fn lists_descend_by_the_bytes_of_ids<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    // UTF-16 would put the last two the other way round, a language é before z, and a collation B after a.
    let ascending =
        ["", "!", "0", "00", "10", "9", "A", "B", "Z", "_", "a", "aa", "e\u{301}", "z", "é", "\u{ffff}", "😀"];
    for index in 0..ascending.len() {
        let id = ascending[index * 5 % ascending.len()];
        add(&store, &format!("tk_{id}"), &TokenInfo::new("ada").with_id(id)).await;
    }
    let descending: Vec<_> = ascending.into_iter().rev().collect();
    assert_eq!(page(&store, &TokenFilter::all(), None, 1000).await, descending);
    for (index, id) in descending.iter().enumerate() {
        assert_eq!(page(&store, &TokenFilter::all(), Some(id), 1000).await, descending[index + 1..], "below {id:?}");
    }
}

/// A list has all that is known of each token.
pub async fn lists_have_every_fact<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let revoked = whole("id-2").with_revoked_at(at(PAST)).with_revoked_reason("lost");
    let all = [revoked, TokenInfo::new("").with_id("id-1")];
    for info in &all {
        add(&store, info.id().unwrap(), info).await;
    }
    let listed = store.list_tokens(&TokenFilter::all(), None, 10).await.expect("the store lists");
    assert_eq!(listed.iter().map(facts).collect::<Vec<_>>(), all.iter().map(facts).collect::<Vec<_>>());
}

/// However long the pages are, together they are the list: nothing twice, nothing left out.
pub async fn pages_follow_each_other<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add_many(&store, 25).await;
    let all: Vec<_> = (0..25).rev().map(|number| format!("id-{number:04}")).collect();
    for limit in [1, 7, 24, 25, 26, 1000, 1001, i64::MAX as usize, usize::MAX] {
        assert_eq!(pages(&store, &TokenFilter::all(), limit).await, all, "in pages of {limit}");
    }
}

/// A page begins below an id that need not be there, and is not part of the page if it is.
pub async fn a_page_begins_below_an_id_that_need_not_exist<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    for id in ["b", "d", "f"] {
        add(&store, id, &TokenInfo::new("ada").with_id(id)).await;
    }
    let all =
        [("g", "fdb"), ("f", "db"), ("e", "db"), ("d!", "db"), ("d", "b"), ("c", "b"), ("b", ""), ("a", ""), ("", "")];
    for (id, expected) in all {
        assert_eq!(page(&store, &TokenFilter::all(), Some(id), 10).await.concat(), expected, "below {id:?}");
    }
}

/// Tokens that come and go between two pages disturb no other's place in the list.
pub async fn pages_miss_nothing_while_others_come_and_go<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add_many(&store, 12).await;
    let all = TokenFilter::all();
    assert_eq!(page(&store, &all, None, 3).await, ["id-0011", "id-0010", "id-0009"]);
    for id in ["id-0009", "id-0011"] {
        assert!(store.delete_token(id).await.expect("the store answers"));
    }
    assert_eq!(page(&store, &all, Some("id-0009"), 3).await, ["id-0008", "id-0007", "id-0006"]);
    for id in ["id-0098", "id-0099", "id-00070", "id-00050"] {
        add(&store, id, &TokenInfo::new("ada").with_id(id)).await;
    }
    assert_eq!(page(&store, &all, Some("id-0006"), 3).await, ["id-00050", "id-0005", "id-0004"]);
    assert!(store.delete_token("id-0004").await.expect("the store answers"));
    assert_eq!(page(&store, &all, Some("id-0004"), 9).await, ["id-0003", "id-0002", "id-0001", "id-0000"]);
}

/// Who asks for nothing gets nothing.
pub async fn a_page_of_no_tokens_is_empty<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert!(page(&store, &TokenFilter::all(), None, 10).await.is_empty(), "a new store is empty");
    add_many(&store, 3).await;
    assert!(page(&store, &TokenFilter::all(), None, 0).await.is_empty());
    assert!(page(&store, &TokenFilter::all(), Some("id-0002"), 0).await.is_empty());
}

/// Who asks for more than 1,000 gets 1,000, and the rest on the next page.
pub async fn a_page_has_at_most_1000_tokens<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add_many(&store, 1001).await;
    let all = TokenFilter::all();
    for limit in [1000, 1001, usize::MAX] {
        let first = page(&store, &all, None, limit).await;
        assert_eq!(first.len(), 1000, "of at most {limit}");
        assert_eq!(page(&store, &all, first.last().map(String::as_str), limit).await, ["id-0000"]);
    }
}

/// The limit counts what the filter picks, not what it passes over.
pub async fn a_page_is_filled_with_what_the_filter_picks<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for number in 0..30 {
        let info = TokenInfo::new(if number % 3 == 0 { "ada" } else { "eve" }).with_id(format!("id-{number:02}"));
        let info = info.with_expires_at(at(if number % 2 == 0 { PAST } else { FUTURE }));
        add(&store, &format!("tk_{number}"), &info).await;
    }
    let of_ada = TokenFilter::all().with_subject("ada");
    let active = of_ada.clone().with_state(TokenState::Active, at(PAST));
    assert_eq!(page(&store, &of_ada, None, 4).await, ["id-27", "id-24", "id-21", "id-18"]);
    assert_eq!(page(&store, &active, None, 4).await, ["id-27", "id-21", "id-15", "id-09"]);
    assert_eq!(page(&store, &active, Some("id-15"), 4).await, ["id-09", "id-03"]);
    assert_eq!(pages(&store, &of_ada, 3).await.len(), 10);
}
