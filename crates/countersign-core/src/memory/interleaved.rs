//! The store run through every order in which a few threads may take its locks. Each test has a mistake that it must notice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread::spawn;

use super::MemoryStore;
use crate::{
    Claim, Invalidation, InvalidationSink, Invalidations, Link, Nonce, NonceStore, PresentedToken, TokenAdmin,
    TokenChange, TokenFilter, TokenInfo, TokenStore, TokenUse,
};

#[test]
fn of_several_claims_at_once_one_is_fresh() {
    fn run(claims: fn(&MemoryStore, &AtomicBool) -> Claim) {
        let (store, seen) = (MemoryStore::new(), Arc::new(AtomicBool::new(false)));
        let claiming: Vec<_> = (0..2)
            .map(|_| {
                let (store, seen) = (store.clone(), seen.clone());
                spawn(move || claims(&store, &seen))
            })
            .collect();
        let own = claims(&store, &seen);
        let all = claiming.into_iter().map(|claiming| claiming.join().unwrap()).chain([own]);
        assert_eq!(all.filter(|claim| *claim == Claim::Fresh).count(), 1);
    }
    fn properly(store: &MemoryStore, _: &AtomicBool) -> Claim {
        let nonce = Nonce::new("scheme", "key".parse().unwrap(), b"nonce");
        at_once(store.claim(&nonce, at(0), at(10))).unwrap()
    }
    fn check_then_set(store: &MemoryStore, seen: &AtomicBool) -> Claim {
        if seen.load(Ordering::SeqCst) {
            return Claim::Seen;
        }
        properly(store, seen);
        seen.store(true, Ordering::SeqCst);
        Claim::Fresh
    }
    loom::model(|| run(properly));
    some_interleaving_fails(|| run(check_then_set));
}

#[test]
fn of_several_revocations_at_once_one_counts_and_no_change_undoes_it() {
    fn run(changes: fn(&MemoryStore)) {
        let store = store();
        let changing = spawn({
            let store = store.clone();
            move || changes(&store)
        });
        let revoking = spawn({
            let store = store.clone();
            move || at_once(store.revoke_tokens(&TokenFilter::all(), at(1), "all")).unwrap()
        });
        let own = at_once(store.revoke_token("id", at(1), "one")).unwrap();
        changing.join().unwrap();
        assert_eq!(revoking.join().unwrap() + u64::from(own), 1);
        assert_eq!(record(&store).revoked_at(), Some(at(1)));
        assert_eq!(record(&store).note(), Some("desk"));
    }
    fn properly(store: &MemoryStore) {
        assert!(at_once(store.update_token("id", &desk(), at(2))).unwrap());
        at_once(store.record_use(&[TokenUse { digest: *token().digest(), at: at(3) }])).unwrap();
    }
    fn read_then_write(store: &MemoryStore) {
        let old = record(store);
        let write = |_| desk().of(old);
        store.tokens().change("id", |_| true, write).unwrap();
    }
    loom::model(|| run(properly));
    some_interleaving_fails(|| run(read_then_write));
}

#[test]
fn a_list_shows_a_replacement_whole_or_not_at_all() {
    fn run(replaces: fn(&MemoryStore, &TokenInfo)) {
        let store = store();
        let replacing = spawn({
            let store = store.clone();
            move || replaces(&store, &TokenInfo::new("ada").with_id("new"))
        });
        let list = at_once(store.list_tokens(&TokenFilter::all(), None, 10)).unwrap();
        let ended = list.iter().any(|info| info.id() == Some("id") && info.expires_at() == Some(at(5)));
        let followed = list.iter().any(|info| info.id() == Some("new"));
        assert_eq!(ended, followed);
        replacing.join().unwrap();
    }
    fn properly(store: &MemoryStore, new: &TokenInfo) {
        assert!(at_once(store.replace_token("id", at(5), PresentedToken::new("new").digest(), new)).unwrap());
    }
    fn in_two_steps(store: &MemoryStore, new: &TokenInfo) {
        let end = TokenChange::new().with_expires_at(at(5));
        assert!(at_once(store.update_token("id", &end, at(1))).unwrap());
        at_once(store.add_token(PresentedToken::new("new").digest(), new)).unwrap();
    }
    loom::model(|| run(properly));
    some_interleaving_fails(|| run(in_two_steps));
}

#[test]
fn nobody_who_listens_keeps_what_is_no_longer_true() {
    type Listens = fn(&MemoryStore, &Arc<Keeper>);
    fn run(listens: Listens, revokes: fn(&MemoryStore)) {
        let (store, keeper) = (store(), Arc::new(Keeper::default()));
        let listening = spawn({
            let (store, keeper) = (store.clone(), keeper.clone());
            move || listens(&store, &keeper)
        });
        revokes(&store);
        listening.join().unwrap();
        assert_ne!(*keeper.kept.lock().unwrap(), Some(false), "it keeps that the token is good");
    }
    fn listen(store: &MemoryStore, keeper: &Arc<Keeper>) {
        let mut delivery = store.deliver(keeper.clone());
        assert!(delivery.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        keeper.ask(store);
        // The subscription ends with the program.
        std::mem::forget(delivery);
    }
    fn connect_then_subscribe(store: &MemoryStore, keeper: &Arc<Keeper>) {
        keeper.connected(Link::InProcess);
        keeper.ask(store);
        std::mem::forget(store.0.subscribers.subscribe(keeper.clone()));
    }
    fn revoke(store: &MemoryStore) {
        assert!(at_once(store.revoke_token("id", at(1), "lost")).unwrap());
    }
    fn tell_then_revoke(store: &MemoryStore) {
        store.0.subscribers.announce(&Invalidation::Token(*token().digest()));
        store.tokens().change("id", |_| true, |info| info.with_revoked_at(at(1))).unwrap();
    }
    loom::model(|| run(listen, revoke));
    some_interleaving_fails(|| run(connect_then_subscribe, revoke));
    some_interleaving_fails(|| run(listen, tell_then_revoke));
}

#[test]
fn whoever_stops_listening_meanwhile_hears_nothing_afterwards() {
    fn run(stops: fn(Box<dyn Send>)) {
        let (store, counter) = (store(), Arc::new(Counter(AtomicUsize::new(0))));
        let subscription = store.0.subscribers.subscribe(counter.clone());
        let stopping = spawn(move || stops(Box::new(subscription)));
        assert!(at_once(store.update_token("id", &desk(), at(1))).unwrap());
        stopping.join().unwrap();
        let before = counter.0.load(Ordering::SeqCst);
        assert!(at_once(store.revoke_token("id", at(2), "lost")).unwrap());
        assert_eq!(counter.0.load(Ordering::SeqCst), before);
    }
    loom::model(|| run(drop));
    some_interleaving_fails(|| run(std::mem::forget));
}

/// The smallest cache: of one token it keeps whether it is revoked, unless it was told otherwise since it asked.
#[derive(Default)]
struct Keeper {
    told: AtomicUsize,
    kept: Mutex<Option<bool>>,
}

impl Keeper {
    fn ask(&self, store: &MemoryStore) {
        let before = self.told.load(Ordering::SeqCst);
        let info = at_once(store.token(&token())).unwrap().unwrap();
        let mut kept = self.kept.lock().unwrap();
        if self.told.load(Ordering::SeqCst) == before {
            *kept = Some(info.revoked_at().is_some());
        }
    }

    fn forget(&self) {
        let mut kept = self.kept.lock().unwrap();
        self.told.fetch_add(1, Ordering::SeqCst);
        *kept = None;
    }
}

impl InvalidationSink for Keeper {
    fn connected(&self, _: Link) {
        self.forget();
    }

    fn invalidate(&self, _: &Invalidation) {
        self.forget();
    }

    fn heartbeat(&self) {}
}

struct Counter(AtomicUsize);

impl InvalidationSink for Counter {
    fn connected(&self, _: Link) {}

    fn invalidate(&self, _: &Invalidation) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn heartbeat(&self) {}
}

fn store() -> MemoryStore {
    MemoryStore::new().with_token(token().expose_secret(), TokenInfo::new("ada").with_id("id"))
}

fn token() -> PresentedToken {
    PresentedToken::new("token")
}

fn record(store: &MemoryStore) -> TokenInfo {
    at_once(store.token_by_id("id")).unwrap().unwrap()
}

fn desk() -> TokenChange {
    TokenChange::new().with_note("desk")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The store never waits for anything but its locks.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory waits for something"),
    }
}

/// One interleaving at least must show the mistake.
pub(super) fn some_interleaving_fails(run: impl Fn() + Send + Sync + 'static) {
    let found = catch_unwind(AssertUnwindSafe(|| loom::model(run)));
    assert!(found.is_err(), "the mistake was not noticed");
}
