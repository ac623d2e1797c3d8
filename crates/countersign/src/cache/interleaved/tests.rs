//! What must hold however threads take turns.

use std::future::Future as _;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use countersign_core::Clock as _;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::spawn;

use super::engine::Joined;
use super::gate::Gate;
use super::model::*;
use super::seat::Seat;
use crate::cache::entries::Known;

fn seat(cache: &Arc<Cache>) -> Option<Seat<u8, usize, usize>> {
    match cache.join(&KEY, clock().now(), Duration::from_secs(1), |_| true) {
        Joined::Seat(seat) => Some(seat),
        Joined::Known(_) => None,
    }
}

fn properly(cache: &Arc<Cache>, store: &Store) {
    ask(cache, store);
}

/// A mistake: what was told between the question and the stamp is not noticed.
fn stamped_too_late(cache: &Arc<Cache>, store: &Store) {
    let value = store.read();
    keep(cache, value, cache.stamp(&KEY, clock().now()));
}

#[test]
fn an_answer_that_raced_an_invalidation_is_not_kept() {
    fn run(asks: fn(&Arc<Cache>, &Store), tells: fn(&Cache)) {
        let (cache, store) = (cache(), Store::new());
        let asking = spawn({
            let (cache, store) = (cache.clone(), store.clone());
            move || asks(&cache, &store)
        });
        store.change();
        tells(&cache);
        asking.join().unwrap();
        assert_ne!(kept(&cache), Some(Known::Proved(0)));
    }
    let tellings: [fn(&Cache); 2] = [|cache| cache.invalidate(&KEY), |cache| cache.clear()];
    for tells in tellings {
        every_interleaving(3, move || run(properly, tells));
        some_interleaving_fails(3, move || run(stamped_too_late, tells));
    }
    some_interleaving_fails(3, || run(properly, |_| {}));
}

#[test]
fn whoever_asks_after_an_invalidation_gets_what_is_true_then() {
    fn run(changes: fn(&Cache, &Store)) {
        let (cache, store) = (cache(), Store::new());
        let asking = spawn({
            let (cache, store) = (cache.clone(), store.clone());
            move || ask(&cache, &store)
        });
        changes(&cache, &store);
        assert_eq!(ask(&cache, &store), 1);
        asking.join().unwrap();
        assert_eq!(ask(&cache, &store), 1);
    }
    every_interleaving(3, || {
        run(|cache, store| {
            store.change();
            cache.invalidate(&KEY);
        });
    });
    every_interleaving(3, || {
        run(|cache, store| {
            store.change();
            cache.clear();
        });
    });
    some_interleaving_fails(3, || {
        run(|cache, store| {
            cache.invalidate(&KEY);
            store.change();
        });
    });
}

#[test]
fn several_who_ask_at_once_ask_the_store_once() {
    fn run(asks: fn(&Arc<Cache>, &Store) -> usize) {
        let (cache, store) = (cache(), Store::new());
        let asking: Vec<_> = (0..2)
            .map(|_| {
                let (cache, store) = (cache.clone(), store.clone());
                spawn(move || assert_eq!(asks(&cache, &store), 0))
            })
            .collect();
        assert_eq!(asks(&cache, &store), 0);
        asking.into_iter().for_each(|asking| asking.join().unwrap());
        assert_eq!((store.asked(), cache.flights()), (1, 0));
    }
    fn each_alone(cache: &Arc<Cache>, store: &Store) -> usize {
        if let Some(Known::Proved(value)) = kept(cache) {
            return value;
        }
        let stamp = cache.stamp(&KEY, clock().now());
        let value = store.read();
        keep(cache, value, stamp);
        value
    }
    every_interleaving(2, || run(ask));
    some_interleaving_fails(2, || run(each_alone));
}

/// Takes a seat, leads or waits, and does not come back.
fn come_and_go(cache: &Arc<Cache>, leave: fn(Option<Seat<u8, usize, usize>>)) {
    let mut seat = seat(cache);
    if let Some(seat) = &mut seat {
        let _ = poll(seat, Waker::noop());
    }
    leave(seat);
}

fn poll(seat: &mut Seat<u8, usize, usize>, waker: &Waker) -> bool {
    pin!(seat.wait()).poll(&mut Context::from_waker(waker)).is_ready()
}

#[test]
fn whoever_waits_is_woken_and_leads_when_the_leader_is_gone() {
    fn run(leave: fn(Option<Seat<u8, usize, usize>>)) {
        let cache = cache();
        let gone = spawn({
            let cache = cache.clone();
            move || come_and_go(&cache, leave)
        });
        let mut waiting = seat(&cache).unwrap();
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let leads = poll(&mut waiting, &woken.clone().into());
        gone.join().unwrap();
        if !leads {
            assert!(woken.0.load(Ordering::SeqCst));
            assert!(poll(&mut waiting, Waker::noop()), "it is our turn");
        }
        drop(waiting);
        assert_eq!(cache.flights(), 0, "nothing is left behind");
    }
    every_interleaving(3, || run(drop));
    some_interleaving_fails(3, || run(mem::forget));
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn whoever_remains_asks_when_two_are_gone() {
    every_interleaving(2, || {
        let (cache, store) = (cache(), Store::new());
        let gone: Vec<_> = (0..2)
            .map(|_| {
                let cache = cache.clone();
                spawn(move || come_and_go(&cache, drop))
            })
            .collect();
        assert_eq!(ask(&cache, &store), 0);
        gone.into_iter().for_each(|gone| gone.join().unwrap());
        assert_eq!((store.asked(), cache.flights()), (1, 0));
    });
}

#[test]
fn what_changed_while_the_subscription_was_broken_is_not_admitted_once_it_stands_again() {
    fn run(asks: fn(&Arc<Cache>, &Store)) {
        let (cache, store) = (cache(), Store::new());
        let gate = Arc::new(Gate::new(cache));
        gate.open();
        // One who looks at the gate while it is open, and has the answer whenever it comes.
        let asking = spawn({
            let (gate, store) = (gate.clone(), store.clone());
            move || {
                if gate.is_open() {
                    asks(gate.engine(), &store);
                }
            }
        });
        let breaking = spawn({
            let (gate, store) = (gate.clone(), store.clone());
            move || {
                gate.shut();
                store.change();
                gate.open();
            }
        });
        if store.is_changed() && gate.is_open() {
            assert_ne!(kept(gate.engine()), Some(Known::Proved(0)));
        }
        asking.join().unwrap();
        breaking.join().unwrap();
        assert_ne!(kept(gate.engine()), Some(Known::Proved(0)));
    }
    every_interleaving(2, || run(properly));
    some_interleaving_fails(2, || run(stamped_too_late));
    loom::model(|| {
        let gate = Gate::new(cache());
        gate.open();
        ask(gate.engine(), &Store::new());
        gate.shut();
        assert_eq!(kept(gate.engine()), None, "what is out of use takes no room");
    });
}
