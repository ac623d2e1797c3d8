//! How keys are hashed that strangers choose.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::mem;

/// Hashes with a seed from the system's random source, so that nobody can find keys that meet in one place.
///
/// What feeds one number, as digests do, is multiplied with the seed and folded, in a third of the time that SipHash takes:
/// its bits are as good as random before, and whoever would choose them must find texts with chosen SHA-256. All else goes
/// through SipHash.
#[derive(Clone)]
pub(super) struct Seeded {
    sip: RandomState,
    added: u64,
    factor: u64,
}

impl Seeded {
    pub(super) fn new() -> Self {
        let sip = RandomState::new();
        let (added, factor) = (sip.hash_one(0_u8), sip.hash_one(1_u8) | 1);
        Self { sip, added, factor }
    }
}

impl BuildHasher for Seeded {
    type Hasher = SeededHasher;

    #[inline]
    fn build_hasher(&self) -> SeededHasher {
        SeededHasher { seed: self.clone(), fed: Fed::Nothing }
    }
}

pub(super) struct SeededHasher {
    seed: Seeded,
    fed: Fed,
}

enum Fed {
    Nothing,
    /// One number, folded.
    Number(u64),
    Anything(DefaultHasher),
}

impl Hasher for SeededHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut sip = match mem::replace(&mut self.fed, Fed::Nothing) {
            Fed::Anything(sip) => sip,
            Fed::Nothing => self.seed.sip.build_hasher(),
            Fed::Number(folded) => {
                let mut sip = self.seed.sip.build_hasher();
                sip.write_u64(folded);
                sip
            }
        };
        sip.write(bytes);
        self.fed = Fed::Anything(sip);
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        if matches!(self.fed, Fed::Nothing) {
            let product = u128::from(value ^ self.seed.added) * u128::from(self.seed.factor);
            self.fed = Fed::Number((product as u64) ^ ((product >> 64) as u64));
        } else {
            self.write(&value.to_ne_bytes());
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        match &self.fed {
            Fed::Number(folded) => *folded,
            Fed::Anything(sip) => sip.finish(),
            Fed::Nothing => self.seed.added,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use countersign_core::TokenDigest;

    use super::*;

    #[test]
    fn whatever_is_fed_counts_in_its_order() {
        let seed = Seeded::new();
        let hashes = [
            seed.hash_one(1_u64),
            seed.hash_one(2_u64),
            seed.hash_one((1_u64, 2_u64)),
            seed.hash_one((2_u64, 1_u64)),
            seed.hash_one("a"),
            seed.hash_one(("a", 1_u64)),
            seed.hash_one((1_u64, "a")),
            seed.hash_one((1_u64, "b")),
            seed.hash_one((2_u64, "a")),
            seed.hash_one(()),
        ];
        assert_eq!(HashSet::from(hashes).len(), hashes.len());
    }

    #[test]
    fn another_seed_is_another_hash() {
        let hashes: HashSet<u64> = (0..100).map(|_| Seeded::new().hash_one(7_u64)).collect();
        assert_eq!(hashes.len(), 100);
    }

    #[test]
    fn digests_are_spread_over_all_places() {
        let seed = Seeded::new();
        let hashes: Vec<u64> = (0..4_096).map(|number| seed.hash_one(TokenDigest::of(number.to_string()))).collect();
        for shift in (0..=56).step_by(8) {
            let places: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & 0x7f).collect();
            assert_eq!(places.len(), 128, "shifted by {shift}");
        }
    }
}
