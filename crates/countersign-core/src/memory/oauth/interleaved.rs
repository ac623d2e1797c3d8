//! Grants run through every order in which a few threads may take the locks. Each test has a mistake that it must notice.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::spawn;

use crate::memory::interleaved::{at_once, some_interleaving_fails};
use crate::oauth::{
    ApiApplication, ApplicationStore, AuthorizationCode, Consent, GrantStore, GrantedToken, Redemption, RefreshToken,
    Rotation,
};
use crate::{MemoryStore, TokenAdmin, TokenDigest, TokenInfo};

#[test]
fn of_several_redemptions_at_once_one_is_fresh() {
    fn run(redeems: fn(&MemoryStore, &AtomicBool) -> bool) {
        let (store, spent) = (store(), Arc::new(AtomicBool::new(false)));
        let redeeming: Vec<_> = (0..2)
            .map(|_| {
                let (store, spent) = (store.clone(), spent.clone());
                spawn(move || redeems(&store, &spent))
            })
            .collect();
        let fresh = redeeming.into_iter().map(|redeeming| redeeming.join().unwrap());
        assert_eq!(fresh.filter(|fresh| *fresh).count(), 1);
    }
    fn properly(store: &MemoryStore, _: &AtomicBool) -> bool {
        matches!(at_once(store.redeem_code(&digest("code"), at(1))).unwrap(), Redemption::Fresh(_))
    }
    fn check_then_spend(_: &MemoryStore, spent: &AtomicBool) -> bool {
        let fresh = !spent.load(Ordering::SeqCst);
        spent.store(true, Ordering::SeqCst);
        fresh
    }
    loom::model(|| run(properly));
    some_interleaving_fails(|| run(check_then_spend));
}

#[test]
fn of_several_rotations_at_once_one_is_made() {
    loom::model(|| {
        let store = redeemed();
        assert!(at_once(store.add_granted_token(Some("grant"), &token("first"))).unwrap());
        let rotating = spawn({
            let store = store.clone();
            move || rotate(&store, "second")
        });
        let all = [rotate(&store, "third"), rotating.join().unwrap()];
        assert_eq!(all.iter().filter(|made| **made == Rotation::Rotated).count(), 1);
        assert!(all.iter().any(|made| matches!(made, Rotation::Reused(_))));
    });
}

#[test]
fn no_token_outlives_what_it_rests_on() {
    type Ends = fn(&MemoryStore) -> Option<u64>;
    fn run(adds: fn(&MemoryStore), ends: Ends) {
        let store = redeemed();
        let adding = spawn({
            let store = store.clone();
            move || adds(&store)
        });
        ends(&store);
        adding.join().unwrap();
        let added = at_once(store.token_by_id("first")).unwrap();
        assert!(added.is_none_or(|token| token.revoked_at().is_some()), "a token is good that nobody granted");
    }
    fn properly(store: &MemoryStore) {
        let _ = at_once(store.add_granted_token(Some("grant"), &token("first"))).unwrap();
    }
    fn look_then_add(store: &MemoryStore) {
        if at_once(store.consent("ada", "client", "acme")).unwrap().is_some() {
            let GrantedToken { digest, info, .. } = token("first");
            at_once(store.add_token(&digest, &info)).unwrap();
        }
    }
    let ends: [Ends; 3] = [
        |store| at_once(store.revoke_grant("grant", at(2), "replayed")).unwrap(),
        |store| at_once(store.withdraw_consent("ada", "consent", at(2), "withdrawn")).unwrap(),
        |store| at_once(store.delete_application("client", at(2), "deleted")).unwrap(),
    ];
    for ends in ends {
        loom::model(move || run(properly, ends));
        some_interleaving_fails(move || run(look_then_add, ends));
    }
}

fn rotate(store: &MemoryStore, to: &str) -> Rotation {
    at_once(store.rotate_refresh_token(&digest("refresh first"), &token(to), at(2))).unwrap()
}

/// A code that ada may redeem.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    at_once(store.add_application(&ApiApplication::new("client", "acme", at(0)))).unwrap();
    at_once(store.give_consent(&Consent::new("consent", "ada", "client", "acme", at(0)))).unwrap().unwrap();
    let code = AuthorizationCode::new(digest("code"), "grant", "client", "ada", "acme", "challenge", at(0)..at(10));
    assert!(at_once(store.add_code(&code)).unwrap());
    store
}

fn redeemed() -> MemoryStore {
    let store = store();
    assert!(matches!(at_once(store.redeem_code(&digest("code"), at(1))).unwrap(), Redemption::Fresh(_)));
    store
}

fn token(name: &str) -> GrantedToken {
    let info = TokenInfo::new("ada").with_id(name).with_client_id("client").with_organisation("acme");
    let refresh = RefreshToken::new(digest(&format!("refresh {name}")), "grant", "client", "ada", "acme", at(1));
    GrantedToken::new(digest(name), info).with_refresh(refresh)
}

fn digest(text: &str) -> TokenDigest {
    TokenDigest::of(text)
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
