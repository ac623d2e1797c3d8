//! What every `TokenStore` must do.

use std::sync::Arc;

use countersign_core::{PresentedToken, Scope, TokenDigest, TokenInfo, TokenStore};

use crate::concurrency::{all_at_once, drop_at_every_poll};
use crate::sample::{FUTURE, PAST, at, at_nanos, is_cut_off_at_most, named};
use crate::{Breakable, Case, TokenHarness};

/// Every case.
#[must_use]
pub fn cases<H: TokenHarness<Store: TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(tokens every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: TokenHarness<Store: TokenStore> + Breakable>() -> Vec<Case<H>> {
    crate::__cases!(tokens breakable __list {})
}

/// An unknown token is `None`, never an error (rule 1).
pub async fn unknown_token_is_none<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert!(store.token(&PresentedToken::new("tk_unknown")).await.expect("no such token is an answer").is_none());
    add(harness, &store, "tk_known", &TokenInfo::new("ada")).await;
    for text in ["tk_unknown", ""] {
        assert!(store.token(&PresentedToken::new(text)).await.expect("no such token is an answer").is_none());
    }
}

/// Only the token itself finds it: not its digest written out, and no text like it (rule 2).
pub async fn a_token_is_found_by_its_digest_only<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(harness, &store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    assert_eq!(subject(&store, "tk_secret").await.as_deref(), Some("ada"));
    let hex: String = TokenDigest::of("tk_secret").as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    for text in ["TK_SECRET", "tk_secret ", " tk_secret", "tk_secre", "tk_secret\0", "tk_secre_", "id-1", "ada", &hex] {
        assert_eq!(subject(&store, text).await, None, "{text:?} is not the token");
    }
}

/// The whole digest counts: no store looks at a part of it only.
pub async fn digests_of_the_same_beginning_are_told_apart<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let digest = *TokenDigest::of("tk_secret").as_bytes();
    for index in [0, 7, 8, 15, 16, 31] {
        let mut near = digest;
        near[index] ^= 1;
        let info = TokenInfo::new(format!("near {index}")).with_id(format!("id-{index}"));
        harness.add_token(&store, &TokenDigest::from_bytes(near), &info).await;
    }
    assert_eq!(subject(&store, "tk_secret").await, None, "a digest that differs in one bit is another token's");
    add(harness, &store, "tk_secret", &TokenInfo::new("ada")).await;
    assert_eq!(subject(&store, "tk_secret").await.as_deref(), Some("ada"));
}

/// Whoever asks judges expiry (rule 3).
pub async fn an_expired_token_comes_back_unjudged<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    comes_back(harness, TokenInfo::new("ada").with_expires_at(at(PAST))).await;
}

/// Whoever asks judges whether a token is valid already (rule 3).
pub async fn a_token_not_yet_valid_comes_back_unjudged<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    comes_back(harness, TokenInfo::new("ada").with_not_before(at(FUTURE))).await;
}

/// Whoever asks judges revocation (rule 3).
pub async fn a_revoked_token_comes_back_unjudged<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    comes_back(harness, TokenInfo::new("ada").with_revoked_at(at(PAST)).with_revoked_reason("lost")).await;
}

/// Scope-tokens keep their order (rule 4).
pub async fn scope_order_is_kept<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let names = ["write", "read", "admin:b", "admin:a", "Read", "!#[]~"];
    add(harness, &store, "tk_secret", &TokenInfo::new("ada").with_scope(Scope::new(names).unwrap())).await;
    let found = found(&store, "tk_secret").await;
    assert_eq!(found.scope().iter().collect::<Vec<_>>(), names);
}

/// Times are kept to the microsecond at least; what is finer is cut off, never rounded up (rule 4).
pub async fn sub_second_times_are_not_rounded_up<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for (index, nanos) in [1, 999, 1_000, 123_456_789, 500_000_000, 999_999_999].into_iter().enumerate() {
        let text = format!("tk_{index}");
        let (start, end) = (at_nanos(PAST, nanos), at_nanos(FUTURE, nanos));
        add(harness, &store, &text, &TokenInfo::new("ada").with_not_before(start).with_expires_at(end)).await;
        let found = found(&store, &text).await;
        assert!(is_cut_off_at_most(found.not_before(), start), "{start:?} became {:?}", found.not_before());
        assert!(is_cut_off_at_most(found.expires_at(), end), "{end:?} became {:?}", found.expires_at());
    }
}

/// A clone is another handle to the same contents.
pub async fn clones_share_their_contents<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(harness, &store, "tk_secret", &TokenInfo::new("ada")).await;
    assert_eq!(subject(&clone, "tk_secret").await.as_deref(), Some("ada"));
}

/// The store behind a `Box<dyn …>` or an `Arc<dyn …>` answers as it does itself.
pub async fn an_erased_store_answers_alike<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(harness, &store, "tk_secret", &TokenInfo::new("ada")).await;
    let boxed: Box<dyn TokenStore> = Box::new(store.clone());
    let shared: Arc<dyn TokenStore> = Arc::new(store.clone());
    for (text, expected) in [("tk_secret", Some("ada")), ("tk_unknown", None)] {
        assert_eq!(subject(&store, text).await.as_deref(), expected);
        assert_eq!(subject(&boxed, text).await.as_deref(), expected);
        assert_eq!(subject(&shared, text).await.as_deref(), expected);
    }
}

/// 64 lookups at once, of eight tokens, are all answered, each with its own facts.
pub async fn many_lookups_at_once_are_answered<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let name = |index: usize| format!("tk_{}", index % 8);
    for index in 0..8 {
        add(harness, &store, &name(index), &TokenInfo::new(name(index))).await;
    }
    let answers = all_at_once(64, |index| {
        let (store, name) = (store.clone(), name(index));
        async move { (subject(&store, &name).await, name) }
    });
    for (answer, name) in answers.await {
        assert_eq!(answer, Some(name));
    }
}

/// The future may be dropped at any await; the store remains usable.
pub async fn a_dropped_lookup_leaves_the_store_usable<H: TokenHarness<Store: TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(harness, &store, "tk_secret", &TokenInfo::new("ada")).await;
    let token = PresentedToken::new("tk_secret");
    for _ in 0..16 {
        drop_at_every_poll(|_| store.token(&token)).await;
        assert_eq!(subject(&store, "tk_secret").await.as_deref(), Some("ada"));
    }
    add(harness, &store, "tk_other", &TokenInfo::new("eve")).await;
    assert_eq!(subject(&store, "tk_other").await.as_deref(), Some("eve"));
}

/// "Cannot say" is an error, never `None` (rule 5), for known and for unknown tokens.
pub async fn a_broken_store_errs_and_is_never_none<H>(harness: &H)
where
    H: TokenHarness<Store: TokenStore> + Breakable,
{
    let (store, guard) = harness.open().await;
    add(harness, &store, "tk_secret", &TokenInfo::new("ada")).await;
    harness.break_store(&store, &guard).await;
    for text in ["tk_secret", "tk_unknown"] {
        assert!(store.token(&PresentedToken::new(text)).await.is_err(), "a store that cannot say must not answer");
    }
}

async fn comes_back<H: TokenHarness<Store: TokenStore>>(harness: &H, info: TokenInfo) {
    let (store, _guard) = harness.open().await;
    add(harness, &store, "tk_secret", &info).await;
    let found = found(&store, "tk_secret").await;
    let times = |info: &TokenInfo| [info.not_before(), info.expires_at(), info.revoked_at()];
    assert_eq!(times(&found), times(&info));
}

async fn add<H: TokenHarness>(harness: &H, store: &H::Store, text: &str, info: &TokenInfo) {
    harness.add_token(store, PresentedToken::new(text).digest(), &named(text, info)).await;
}

async fn found(store: &impl TokenStore, text: &str) -> TokenInfo {
    store.token(&PresentedToken::new(text)).await.expect("the store answers").expect("the token is known")
}

async fn subject(store: &impl TokenStore, text: &str) -> Option<String> {
    let info = store.token(&PresentedToken::new(text)).await.expect("the store answers");
    info.map(|info| info.subject().to_owned())
}
