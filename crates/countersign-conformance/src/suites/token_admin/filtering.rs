//! Which tokens a filter picks.

use std::time::Duration;

use countersign_core::{TokenAdmin, TokenFilter, TokenInfo, TokenState, TokenStore};

use super::support::{add, page};
use crate::Harness;
use crate::sample::{PAST, at};

/// Texts that a careless comparison takes for each other.
const ALIKE: [&str; 13] =
    ["é", "É", "e\u{301}", "e", "E", "é ", " é", "%", "_", "", "*", "' OR 1=1 --", "a, very, long, one: 0123456789"];

/// A subject is compared byte by byte.
pub async fn a_filter_by_subject_is_exact<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for text in ALIKE {
        add(&store, text, &TokenInfo::new(text).with_id(text)).await;
    }
    for text in ALIKE {
        assert_eq!(page(&store, &TokenFilter::all().with_subject(text), None, 100).await, [text]);
    }
    assert!(page(&store, &TokenFilter::all().with_subject("nobody"), None, 100).await.is_empty());
}

/// An organisation is compared byte by byte, and a token that is bound to none is not bound to the empty one.
pub async fn a_filter_by_organisation_is_exact<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_loose", &TokenInfo::new("ada").with_id("loose")).await;
    for text in ALIKE {
        add(&store, text, &TokenInfo::new("ada").with_id(text).with_organisation(text)).await;
    }
    for text in ALIKE {
        assert_eq!(page(&store, &TokenFilter::all().with_organisation(text), None, 100).await, [text]);
    }
    assert!(page(&store, &TokenFilter::all().with_organisation("nobody"), None, 100).await.is_empty());
}

/// An application is compared byte by byte, and a token that was issued to none was not issued to the empty one.
pub async fn a_filter_by_application_is_exact<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_loose", &TokenInfo::new("ada").with_id("loose")).await;
    for text in ALIKE {
        add(&store, text, &TokenInfo::new("ada").with_id(text).with_client_id(text)).await;
    }
    for text in ALIKE {
        assert_eq!(page(&store, &TokenFilter::all().with_client_id(text), None, 100).await, [text]);
    }
    assert!(page(&store, &TokenFilter::all().with_client_id("nobody"), None, 100).await.is_empty());
}

/// A token that meets all but one of the conditions is not picked.
pub async fn a_filter_asks_for_everything_at_once<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for bits in 0..16 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        let info = TokenInfo::new(if has(0) { "eve" } else { "ada" })
            .with_id(format!("id-{bits:02}"))
            .with_organisation(if has(1) { "other" } else { "org" })
            .with_client_id(if has(2) { "other" } else { "client" })
            .with_expires_at(at(if has(3) { PAST } else { PAST + 1 }));
        add(&store, &format!("tk_{bits}"), &info).await;
    }
    let two = TokenFilter::all().with_organisation("org").with_client_id("other");
    assert_eq!(page(&store, &two, None, 100).await, ["id-13", "id-12", "id-05", "id-04"]);
    let four = TokenFilter::all().with_subject("eve").with_organisation("other").with_client_id("client");
    let four = four.with_state(TokenState::Expired, at(PAST));
    assert_eq!(page(&store, &four, None, 100).await, ["id-11"]);
    let none = TokenFilter::all().with_subject("org").with_organisation("ada");
    assert!(page(&store, &none, None, 100).await.is_empty());
}

/// At the very instant of expiry a token is expired, at that of its beginning it is valid, and a revoked one is nothing
/// else: as [`TokenState::of`] says, for every token in every state.
pub async fn states_are_told_apart_at_their_exact_instants<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let (now, microsecond) = (at(PAST), Duration::from_micros(1));
    let times = [None, Some(now - microsecond), Some(now), Some(now + microsecond)];
    let mut all = Vec::new();
    for not_before in times {
        for expires_at in times {
            for revoked_at in times {
                let mut info = TokenInfo::new("ada").with_id(format!("id-{:02}", all.len()));
                info = not_before.into_iter().fold(info, TokenInfo::with_not_before);
                info = expires_at.into_iter().fold(info, TokenInfo::with_expires_at);
                info = revoked_at.into_iter().fold(info, TokenInfo::with_revoked_at);
                add(&store, &format!("tk_{}", all.len()), &info).await;
                all.insert(0, info);
            }
        }
    }
    for state in [TokenState::Active, TokenState::Expired, TokenState::NotYetValid, TokenState::Revoked] {
        let filter = TokenFilter::all().with_state(state, now);
        let expected = all.iter().filter(|info| filter.picks(info)).filter_map(TokenInfo::id);
        assert_eq!(page(&store, &filter, None, 100).await, expected.collect::<Vec<_>>(), "{state}");
    }
}
