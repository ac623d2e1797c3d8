//! Generated input for everything that reads what strangers send: never a panic, never a 5xx, and never admitted unless a
//! check that was written apart says so.
//!
//! `COUNTERSIGN_CASES` is how many inputs each of them gets; 10,000 unless told otherwise.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

mod credentials;
mod query;
mod target;

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Debug;

use countersign::body::ResponseBody;
use countersign_tests::{Inner, Script};
use http::{Request, Response};
use http_body_util::Full;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tower::{Layer, Service, ServiceExt as _};

/// What is sent, and whether it may be admitted. `None`: it cannot even be sent.
type Sent = Option<(Request<Script>, bool)>;

/// Sends what is made of every input. `Err` when something came out otherwise, with the smallest such input.
fn holds<L, S>(layer: &L, strategy: &S, make: impl Fn(&S::Value) -> Sent) -> Result<(), String>
where
    L: Layer<Inner>,
    L::Service: Service<Request<Script>, Response = Response<ResponseBody<Full<bytes::Bytes>>>, Error = Infallible>,
    S: Strategy<Value: Debug>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (admitted, refused) = (Cell::new(0), Cell::new(0));
    let config =
        Config { cases: cases(), failure_persistence: None, max_global_rejects: u32::MAX, ..Config::default() };
    let outcome = TestRunner::new(config).run(strategy, |input| {
        let Some((request, good)) = make(&input) else { return Err(TestCaseError::reject("cannot be sent")) };
        let inner = Inner::new();
        let status = runtime.block_on(layer.layer(inner.clone()).oneshot(request)).unwrap().status();
        prop_assert!(!status.is_server_error(), "{status}");
        prop_assert_eq!(status.is_success(), good);
        prop_assert_eq!(inner.calls(), usize::from(good));
        let counter = if good { &admitted } else { &refused };
        counter.set(counter.get() + 1);
        Ok(())
    });
    outcome.map_err(|error| error.to_string())?;
    // What is never admitted, or never refused, was not tested.
    assert!(admitted.get() > 10 && refused.get() > 10, "{} admitted, {} refused", admitted.get(), refused.get());
    Ok(())
}

fn cases() -> u32 {
    std::env::var("COUNTERSIGN_CASES").map_or(10_000, |cases| cases.parse().expect("COUNTERSIGN_CASES is a number"))
}

/// What happens to a text on its way to being almost right.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, u8),
    Replace(usize, u8),
    Remove(usize),
    Repeat(usize, usize),
    Cut(usize),
    FlipCase(usize),
}

impl Change {
    fn apply(&self, text: &mut Vec<u8>) {
        let at = |place: usize, text: &Vec<u8>| place % text.len().max(1);
        match *self {
            Self::Insert(place, byte) => text.insert(at(place, text), byte),
            _ if text.is_empty() => {}
            Self::Replace(place, byte) => {
                let place = at(place, text);
                text[place] = byte;
            }
            Self::Remove(place) => drop(text.remove(at(place, text))),
            Self::Repeat(place, length) => {
                let from = at(place, text);
                let part = text[from..(from + length).min(text.len())].to_vec();
                text.splice(from..from, part);
            }
            Self::Cut(place) => text.truncate(at(place, text)),
            Self::FlipCase(place) => {
                let place = at(place, text);
                text[place] ^= 0x20;
            }
        }
    }
}

/// A few changes, often none, with bytes that mean something somewhere more often than others.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let byte = || {
        prop_oneof![
            3 => proptest::sample::select(&b" \t,=&%+:;/\\\"\x00\n\x7f\xc3\xff.#?@*"[..]),
            1 => any::<u8>(),
        ]
    };
    let change = prop_oneof![
        (any::<usize>(), byte()).prop_map(|(place, byte)| Change::Insert(place, byte)),
        (any::<usize>(), byte()).prop_map(|(place, byte)| Change::Replace(place, byte)),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), 1..40_usize).prop_map(|(place, length)| Change::Repeat(place, length)),
        any::<usize>().prop_map(Change::Cut),
        any::<usize>().prop_map(Change::FlipCase),
    ];
    prop_oneof![1 => Just(Vec::new()), 3 => proptest::collection::vec(change, 1..4)]
}

/// One of the texts, changed; or anything at all.
fn almost(texts: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let changed = (proptest::sample::select(texts), changes()).prop_map(|(text, changes)| {
        let mut text = text.into_bytes();
        changes.iter().for_each(|change| change.apply(&mut text));
        text
    });
    prop_oneof![9 => changed, 1 => proptest::collection::vec(any::<u8>(), 0..80)]
}
