//! Spent nonces, with faults.

use std::collections::HashMap;
use std::time::SystemTime;

use countersign_core::{Claim, Nonce, NonceStore, StoreError, async_trait};

use super::{Fault, FaultyStore};

pub(super) struct Nonces {
    capacity: usize,
    newest: SystemTime,
    live: HashMap<[u8; 32], SystemTime>,
}

#[async_trait]
impl NonceStore for FaultyStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        if self.pretends()? {
            return Ok(Claim::Fresh);
        }
        let fingerprint = match self.fault {
            Fault::ForgetKeyId => Nonce::new(nonce.scheme(), "key".parse().unwrap(), nonce.digest()).fingerprint(),
            Fault::ForgetScheme => Nonce::new("scheme", nonce.key_id().clone(), nonce.digest()).fingerprint(),
            _ => nonce.fingerprint(),
        };
        if self.fault == Fault::CheckThenSet {
            if self.shared.nonces.lock().unwrap().live.contains_key(&fingerprint) {
                return Ok(Claim::Seen);
            }
            tokio::task::yield_now().await;
            self.shared.nonces.lock().unwrap().live.remove(&fingerprint);
        }
        Ok(self.shared.nonces.lock().unwrap().claim(self.fault, fingerprint, now, self.time(expires)))
    }
}

impl Nonces {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, newest: SystemTime::UNIX_EPOCH, live: HashMap::new() }
    }

    fn claim(&mut self, fault: Fault, fingerprint: [u8; 32], now: SystemTime, expires: SystemTime) -> Claim {
        self.newest = if fault == Fault::FollowClockBack { now } else { self.newest.max(now) };
        if fault != Fault::NeverForget {
            self.live.retain(|_, end| *end > self.newest);
        }
        if self.live.contains_key(&fingerprint) || expires <= self.newest {
            return Claim::Seen;
        }
        if self.live.len() >= self.capacity {
            if fault != Fault::EvictWhenFull {
                return Claim::Full;
            }
            let oldest = self.live.keys().next().copied();
            oldest.and_then(|oldest| self.live.remove(&oldest));
        }
        self.live.insert(fingerprint, expires);
        Claim::Fresh
    }
}
