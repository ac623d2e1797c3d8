//! What is recorded, and by whom it is kept.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::StoreError;

use crate::auth::BoxFuture;

/// A use: of which thing, and when.
pub(crate) trait Kept: Clone + Send + Sync + 'static {
    /// What tells one thing from another; cheap to clone.
    type Which: Clone + Eq + Hash + Send;
    type Hashing: BuildHasher + Default + Send;
    /// Who keeps it.
    type Store: ?Sized + Send + Sync + 'static;

    /// What it was that happened, for the log.
    const WHAT: &'static str;

    fn of(which: Self::Which, at: SystemTime) -> Self;

    fn into_parts(self) -> (Self::Which, SystemTime);

    /// A number that differs between most things; not one by which they are hashed.
    fn spread(which: &Self::Which) -> u8;

    fn write(store: Arc<Self::Store>, uses: Box<[Self]>) -> BoxFuture<Result<(), StoreError>>;
}

#[cfg(feature = "bearer")]
mod tokens {
    use std::hash::{BuildHasherDefault, Hasher};

    use countersign_core::{TokenAdmin, TokenDigest, TokenUse};

    use super::*;

    impl Kept for TokenUse {
        type Which = TokenDigest;
        type Hashing = BuildHasherDefault<FirstBytes>;
        type Store = dyn TokenAdmin;

        const WHAT: &'static str = "tokens were used";

        fn of(digest: TokenDigest, at: SystemTime) -> Self {
            Self { digest, at }
        }

        fn into_parts(self) -> (TokenDigest, SystemTime) {
            (self.digest, self.at)
        }

        fn spread(digest: &TokenDigest) -> u8 {
            let [.., last] = digest.as_bytes();
            *last
        }

        fn write(store: Arc<dyn TokenAdmin>, uses: Box<[Self]>) -> BoxFuture<Result<(), StoreError>> {
            Box::pin(async move { (*store).record_use(&uses).await })
        }
    }

    /// Takes a digest's first bytes as they are. Sound because only tokens that were issued come here: nobody chooses them.
    #[derive(Clone, Copy, Default)]
    pub(crate) struct FirstBytes(u64);

    impl Hasher for FirstBytes {
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
            }
        }

        fn write_u64(&mut self, value: u64) {
            self.0 = value;
        }

        fn finish(&self) -> u64 {
            self.0
        }
    }
}

#[cfg(feature = "hmac")]
mod secrets {
    use std::collections::hash_map::RandomState;

    use countersign_core::{KeyId, SecretAdmin, SecretMatch};

    use super::*;

    impl Kept for SecretMatch {
        type Which = (KeyId, Arc<str>);
        type Hashing = RandomState;
        type Store = dyn SecretAdmin;

        const WHAT: &'static str = "secrets matched";

        fn of((key_id, label): Self::Which, at: SystemTime) -> Self {
            Self { key_id, label, at }
        }

        fn into_parts(self) -> (Self::Which, SystemTime) {
            ((self.key_id, self.label), self.at)
        }

        fn spread((key_id, label): &Self::Which) -> u8 {
            let last = |text: &str| text.bytes().next_back().unwrap_or_default();
            last(key_id.as_str()) ^ last(label).rotate_left(4)
        }

        fn write(store: Arc<dyn SecretAdmin>, uses: Box<[Self]>) -> BoxFuture<Result<(), StoreError>> {
            Box::pin(async move { (*store).record_matches(&uses).await })
        }
    }
}
