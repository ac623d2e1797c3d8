//! Harnesses whose stores answer through pointers.

use countersign_core::{KeyId, SecretVersion, TokenDigest, TokenInfo};

use super::{BoxedStore, InArcStore};
use crate::{Bounded, Breakable, Durable, Harness, SecretHarness, Shared, TokenHarness};

macro_rules! erased {
    ($harness:ident, $store:ident, $pointer:ident) => {
        #[doc = concat!("Runs the suites of a harness through `", stringify!($pointer), "<dyn …>`.")]
        #[derive(Clone, Copy, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "made by writing it down")]
        pub struct $harness<H>(pub H);

        impl<H: Harness> Harness for $harness<H> {
            type Store = $store<H::Store>;
            type Guard = H::Guard;

            async fn open(&self) -> (Self::Store, H::Guard) {
                let (store, guard) = self.0.open().await;
                ($store(store), guard)
            }
        }

        impl<H: SecretHarness> SecretHarness for $harness<H> {
            async fn add_secret(&self, store: &Self::Store, key_id: &KeyId, version: &SecretVersion) {
                self.0.add_secret(&store.0, key_id, version).await;
            }

            async fn retire_secret(&self, store: &Self::Store, key_id: &KeyId, label: &str) {
                self.0.retire_secret(&store.0, key_id, label).await;
            }
        }

        impl<H: TokenHarness> TokenHarness for $harness<H> {
            async fn add_token(&self, store: &Self::Store, digest: &TokenDigest, info: &TokenInfo) {
                self.0.add_token(&store.0, digest, info).await;
            }
        }

        impl<H: Breakable> Breakable for $harness<H> {
            async fn break_store(&self, store: &Self::Store, guard: &H::Guard) {
                self.0.break_store(&store.0, guard).await;
            }
        }

        impl<H: Durable> Durable for $harness<H> {
            async fn reopen(&self, store: Self::Store, guard: &H::Guard) -> Self::Store {
                $store(self.0.reopen(store.0, guard).await)
            }
        }

        impl<H: Shared> Shared for $harness<H> {
            async fn open_elsewhere(&self, store: &Self::Store, guard: &H::Guard) -> Self::Store {
                $store(self.0.open_elsewhere(&store.0, guard).await)
            }
        }

        impl<H: Bounded> Bounded for $harness<H> {
            async fn open_bounded(&self, capacity: usize) -> (Self::Store, H::Guard) {
                let (store, guard) = self.0.open_bounded(capacity).await;
                ($store(store), guard)
            }
        }
    };
}

erased!(Boxed, BoxedStore, Box);
erased!(InArc, InArcStore, Arc);
