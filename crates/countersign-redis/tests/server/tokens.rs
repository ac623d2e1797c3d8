//! Many tokens, and tokens at the edges of what is kept.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use countersign_core::{
    PresentedToken, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenState, TokenStore, TokenUse,
};
use countersign_redis::RedisStore;

use crate::redis_server::{RedisServer, at};

crate::tests! {
    a_list_passes_over_any_number_of_tokens
    a_filter_asks_for_texts_byte_by_byte
    states_are_judged_to_the_microsecond
    any_number_of_tokens_is_pruned
    more_than_one_step_may_look_at_is_not_revoked_at_all
    any_number_of_uses_is_recorded
    a_deleted_token_leaves_nothing_behind
    times_far_away_are_kept_exactly
}

fn token(value: usize) -> PresentedToken {
    PresentedToken::new(&format!("tk_{value}"))
}

fn info(value: usize) -> TokenInfo {
    TokenInfo::new("ada").with_id(format!("id-{value:05}"))
}

async fn add(store: &RedisStore, value: usize, info: &TokenInfo) {
    store.add_token(token(value).digest(), info).await.unwrap();
}

fn ids(tokens: &[TokenInfo]) -> Vec<&str> {
    tokens.iter().map(|token| token.id().unwrap()).collect()
}

async fn a_list_passes_over_any_number_of_tokens() {
    let server = RedisServer::durable();
    let store = server.create().await;
    for value in 0..1300 {
        let subject = if [0, 3, 1200].contains(&value) { "eve" } else { "ada" };
        add(&store, value, &TokenInfo::new(subject).with_id(format!("id-{value:05}")).with_client_id("all")).await;
    }
    assert!(store.revoke_token("id-00700", at(0), "lost").await.unwrap());
    let revoked = TokenFilter::all().with_client_id("all").with_state(TokenState::Revoked, at(0));
    assert_eq!(ids(&store.list_tokens(&revoked, None, 10).await.unwrap()), ["id-00700"]);
    let eve = TokenFilter::all().with_subject("eve");
    assert_eq!(ids(&store.list_tokens(&eve, None, 2).await.unwrap()), ["id-01200", "id-00003"]);
    assert_eq!(ids(&store.list_tokens(&eve, Some("id-00003"), 2).await.unwrap()), ["id-00000"]);
    // A limit above the largest is the largest.
    let page = store.list_tokens(&TokenFilter::all(), None, usize::MAX).await.unwrap();
    assert_eq!((page.len(), page[0].id(), page[999].id()), (1000, Some("id-01299"), Some("id-00300")));
    assert_eq!(store.list_tokens(&TokenFilter::all(), Some("id-00300"), 1000).await.unwrap().len(), 300);
    assert!(store.list_tokens(&TokenFilter::all(), Some(""), 1000).await.unwrap().is_empty());
    assert!(store.list_tokens(&TokenFilter::all(), None, 0).await.unwrap().is_empty());
}

async fn a_filter_asks_for_texts_byte_by_byte() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let subjects = ["", "=", "a", "=a", "a\0b", "a\0", "é", "e\u{301}", "a\r\nb", "%s", "*", "[a]"];
    for (value, subject) in subjects.into_iter().enumerate() {
        add(&store, value, &TokenInfo::new(subject).with_id(format!("id-{value:05}")).with_organisation(subject)).await;
    }
    add(&store, 100, &TokenInfo::new("without").with_id("id-00100")).await;
    for (value, subject) in subjects.into_iter().enumerate() {
        let expected = format!("id-{value:05}");
        for filter in [TokenFilter::all().with_subject(subject), TokenFilter::all().with_organisation(subject)] {
            assert_eq!(ids(&store.list_tokens(&filter, None, 10).await.unwrap()), [&expected], "{subject:?}");
        }
    }
    let both = TokenFilter::all().with_subject("a").with_organisation("=a");
    assert!(store.list_tokens(&both, None, 10).await.unwrap().is_empty());
}

async fn states_are_judged_to_the_microsecond() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let micro = Duration::from_micros(1);
    // Beyond what a double holds exactly, and before 1970.
    let places = [at(0), SystemTime::UNIX_EPOCH + Duration::from_secs(100_000_000_000), SystemTime::UNIX_EPOCH];
    for (value, end) in places.into_iter().enumerate() {
        add(&store, 2 * value, &info(2 * value).with_expires_at(end)).await;
        add(&store, 2 * value + 1, &info(2 * value + 1).with_not_before(end)).await;
        for now in [end - micro * 2, end - micro, end, end + micro] {
            for state in [TokenState::Active, TokenState::Expired, TokenState::NotYetValid, TokenState::Revoked] {
                let filter = TokenFilter::all().with_state(state, now);
                let found = store.list_tokens(&filter, None, 100).await.unwrap();
                let all = store.list_tokens(&TokenFilter::all(), None, 100).await.unwrap();
                let expected: Vec<_> = all.into_iter().filter(|token| filter.picks(token)).collect();
                assert_eq!(ids(&found), ids(&expected), "{state} at {now:?}");
            }
        }
    }
}

async fn any_number_of_tokens_is_pruned() {
    let server = RedisServer::durable();
    let store = server.create().await;
    for value in 0..1200 {
        let info = info(value);
        let info = match value % 3 {
            0 => info.with_expires_at(at(value as u64)),
            1 => info.with_revoked_at(at(value as u64)).with_expires_at(at(100_000)),
            _ => info,
        };
        add(&store, value, &info).await;
    }
    assert_eq!(store.prune_tokens(at(600)).await.unwrap(), 400);
    assert_eq!(store.prune_tokens(at(600)).await.unwrap(), 0);
    let left = store.list_tokens(&TokenFilter::all(), None, 1000).await.unwrap();
    assert_eq!(left.len(), 800);
    assert!(store.token(&token(600)).await.unwrap().is_some(), "what ends at that very moment remains");
    assert_eq!(store.prune_tokens(at(600) + Duration::from_nanos(1)).await.unwrap(), 1);
    assert_eq!(store.prune_tokens(at(1_000_000)).await.unwrap(), 399);
}

async fn more_than_one_step_may_look_at_is_not_revoked_at_all() {
    let server = RedisServer::durable();
    let store = server.create().await;
    add(&store, 1, &info(1).with_organisation("acme")).await;
    // Only how many there are matters here: their records are not looked at.
    let mut connection = server.connection();
    for step in 0..20 {
        let mut command = redis::cmd("ZADD");
        command.arg("{countersign}:tokens");
        for value in 0..1000 {
            command.arg(0).arg(format!("zz-{}", step * 1000 + value));
        }
        command.exec(&mut connection).unwrap();
    }
    let refused = store.revoke_tokens(&TokenFilter::all(), at(0), "lost").await.unwrap_err();
    assert!(crate::redis_server::all_of(&refused).contains("20001 tokens"), "{refused:?}");
    assert_eq!(store.token(&token(1)).await.unwrap().unwrap().revoked_at(), None);
    // Those of one organisation are few.
    assert_eq!(store.revoke_tokens(&TokenFilter::all().with_organisation("acme"), at(0), "lost").await.unwrap(), 1);
}

async fn any_number_of_uses_is_recorded() {
    let server = RedisServer::durable();
    // However long one is ready to wait.
    let store = server.options().with_response_timeout(Duration::MAX).create().await.unwrap();
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(0), "lost").await.unwrap(), 0);
    for value in 0..1100 {
        add(&store, value, &info(value).with_note("a note")).await;
    }
    let uses = |second: u64| -> Vec<_> {
        (0..1200).map(|value| TokenUse { digest: *token(value).digest(), at: at(second) }).collect()
    };
    store.record_use(&uses(10)).await.unwrap();
    store.record_use(&uses(5)).await.unwrap();
    for value in [0, 499, 500, 999, 1000, 1099] {
        let found = store.token(&token(value)).await.unwrap().unwrap();
        assert_eq!((found.last_used_at(), found.note(), found.updated_at()), (Some(at(10)), Some("a note"), None));
    }
    assert!(store.token(&token(1150)).await.unwrap().is_none(), "a use makes no token");
    store.record_use(&[]).await.unwrap();
}

async fn a_deleted_token_leaves_nothing_behind() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let keys = || BTreeSet::from_iter(server.keys());
    let before = keys();
    let info = info(1).with_organisation("acme").with_client_id("app").with_expires_at(at(5));
    for _ in 0..2 {
        add(&store, 1, &info).await;
        store.update_token("id-00001", &TokenChange::new().without_expires_at(), at(0)).await.unwrap();
        store.update_token("id-00001", &TokenChange::new().with_expires_at(at(9)), at(0)).await.unwrap();
        assert!(keys().len() > before.len() + 4);
        assert!(store.delete_token("id-00001").await.unwrap());
        assert_eq!(keys(), before);
    }
}

async fn times_far_away_are_kept_exactly() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let far = Duration::from_micros(9_007_199_254_740_993); // 2^53 + 1
    for (value, time) in [SystemTime::UNIX_EPOCH + far, SystemTime::UNIX_EPOCH - far].into_iter().enumerate() {
        let digest = TokenDigest::of(format!("far {value}"));
        store.add_token(&digest, &info(value).with_expires_at(time)).await.unwrap();
        let found = store.token_by_id(&format!("id-{value:05}")).await.unwrap().unwrap();
        assert_eq!(found.expires_at(), Some(time));
    }
    assert_eq!(store.prune_tokens(SystemTime::UNIX_EPOCH + far).await.unwrap(), 1, "that before 1970");
    assert_eq!(store.prune_tokens(SystemTime::UNIX_EPOCH + far + Duration::from_micros(1)).await.unwrap(), 1);
}
