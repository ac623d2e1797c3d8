//! What the cases do again and again.

use std::time::SystemTime;

use countersign_core::{PresentedToken, Scope, TokenAdmin, TokenDigest, TokenFilter, TokenInfo, TokenStore};

use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, named};

/// A token of which everything is known but a revocation.
pub(super) fn whole(id: &str) -> TokenInfo {
    TokenInfo::new("ada")
        .with_id(id)
        .with_client_id("client")
        .with_organisation("org")
        .with_scope(Scope::new(["b", "a"]).unwrap())
        .with_note("laptop")
        .with_format("prefix_checksum")
        .with_last_four("wxyz")
        .with_created_at(at(PAST - 50))
        .with_updated_at(at(PAST - 40))
        .with_last_used_at(at(PAST - 30))
        .with_not_before(at(PAST - 20))
        .with_expires_at(at(FUTURE))
}

pub(super) fn digest(text: &str) -> TokenDigest {
    *PresentedToken::new(text).digest()
}

pub(super) async fn add(store: &impl TokenAdmin, text: &str, info: &TokenInfo) {
    store.add_token(&digest(text), &named(text, info)).await.expect("the store adds a token");
}

/// Adds `tk_0000` of the id `id-0000`, and so on, all of them Ada's; some at a time.
pub(super) async fn add_many<S: TokenAdmin + Clone>(store: &S, count: usize) {
    for from in (0..count).step_by(64) {
        let adding = all_at_once(64.min(count - from), |index| {
            let (store, number) = (store.clone(), from + index);
            async move {
                let info = TokenInfo::new("ada").with_id(format!("id-{number:04}"));
                add(&store, &format!("tk_{number:04}"), &info).await;
            }
        });
        adding.await;
    }
}

pub(super) async fn revoke(store: &impl TokenAdmin, id: &str, time: SystemTime) -> bool {
    store.revoke_token(id, time, "lost").await.expect("the store answers")
}

pub(super) async fn is_known(store: &impl TokenStore, text: &str) -> bool {
    store.token(&PresentedToken::new(text)).await.expect("the store answers").is_some()
}

pub(super) async fn found(store: &impl TokenStore, text: &str) -> TokenInfo {
    store.token(&PresentedToken::new(text)).await.expect("the store answers").expect("the token is known")
}

pub(super) async fn by_id(store: &impl TokenAdmin, id: &str) -> TokenInfo {
    store.token_by_id(id).await.expect("the store answers").expect("the id is known")
}

/// One page, as ids.
pub(super) async fn page(
    store: &impl TokenAdmin,
    filter: &TokenFilter,
    below: Option<&str>,
    limit: usize,
) -> Vec<String> {
    let page = store.list_tokens(filter, below, limit).await.expect("the store lists");
    page.iter().map(|info| info.id().expect("every token has an id").to_owned()).collect()
}

/// Page after page until one is empty.
pub(super) async fn pages(store: &impl TokenAdmin, filter: &TokenFilter, limit: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let next = page(store, filter, all.last().map(String::as_str), limit).await;
        assert!(next.len() <= limit, "a page of at most {limit} has {}", next.len());
        if next.is_empty() {
            return all;
        }
        all.extend(next);
        assert!(all.len() < 10_000, "the list does not end: it gives the same page again and again");
    }
}
