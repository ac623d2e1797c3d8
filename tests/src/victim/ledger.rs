//! What was promised, and what was kept.

use std::collections::BTreeSet;

use countersign::{Claim, Clock, NonceStore, PresentedToken, SystemClock};

use super::Promise;
use super::work::WINDOW;
use crate::guards::Checked;
use crate::stores::Store;

/// What was promised.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    issued: BTreeSet<String>,
    revoked: BTreeSet<String>,
    claimed: BTreeSet<String>,
}

/// How many promises of each kind were broken, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Lost {
    pub issued: usize,
    pub revoked: usize,
    pub claimed: usize,
    pub of: usize,
}

impl Ledger {
    pub fn note(&mut self, promises: impl IntoIterator<Item = Promise>) {
        for promise in promises {
            match promise {
                Promise::Issued(token) => self.issued.insert(token),
                Promise::Revoked(token) => self.revoked.insert(token),
                Promise::Claimed(nonce) => self.claimed.insert(nonce),
            };
        }
    }

    /// Takes what another one has.
    pub fn merge(&mut self, other: Self) {
        self.issued.extend(other.issued);
        self.revoked.extend(other.revoked);
        self.claimed.extend(other.claimed);
    }

    pub fn len(&self) -> usize {
        self.issued.len() + self.revoked.len() + self.claimed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks for everything. A nonce that is not known any more is spent by this.
    ///
    /// # Panics
    /// When the store cannot say whether there is a token.
    pub async fn audit(&self, store: &dyn Store, nonces: &dyn NonceStore) -> Lost {
        let mut lost = Lost { of: self.len(), ..Lost::default() };
        for token in &self.issued {
            match store.token(&PresentedToken::new(token)).await.unwrap() {
                None => lost.issued += 1,
                Some(info) if self.revoked.contains(token) && info.revoked_at().is_none() => lost.revoked += 1,
                Some(_) => {}
            }
        }
        let now = SystemClock::new().now();
        for nonce in &self.claimed {
            // A store that cannot say admits nobody.
            let claim = nonces.claim(&Promise::nonce(nonce), now, now + WINDOW).await;
            lost.claimed += usize::from(matches!(claim, Ok(Claim::Fresh)));
        }
        lost
    }
}

impl Lost {
    /// Nothing was lost, of something.
    pub fn is_nothing(&self) -> Checked {
        match self {
            Self { of: 0, .. } => Err("nothing was promised".into()),
            Self { issued: 0, revoked: 0, claimed: 0, .. } => Ok(()),
            lost => Err(format!("{lost:?}")),
        }
    }
}
