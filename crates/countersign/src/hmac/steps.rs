//! Keys that are made of the secret in steps.

use std::sync::RwLock;

use zeroize::Zeroizing;

use crate::hmac::mac::{Feed, Output, RunningMac};
use crate::hmac::{Algorithm, Encoding, KeySteps};

/// The key that was made of a secret last, where it is worth keeping; on the heap, since most formats have none.
#[derive(Default)]
pub(super) struct Derived(RwLock<Option<Box<Kept>>>);

struct Kept {
    taken: Taken,
    fresh: RunningMac,
}

/// Which way a key was made.
struct Taken {
    algorithm: Algorithm,
    spelled: Option<Encoding>,
    prefix: Box<[u8]>,
    steps: Box<[Box<[u8]>]>,
}

impl Derived {
    /// A MAC with the key that these steps make of the secret.
    pub(super) fn start(&self, secret: &[u8], algorithm: Algorithm, steps: &KeySteps<'_>) -> RunningMac {
        if !steps.keeps {
            return derive(secret, algorithm, steps);
        }
        // Nobody waits for anybody: who does not get in makes the key again.
        if let Ok(kept) = self.0.try_read()
            && let Some(kept) = kept.as_deref()
            && kept.taken.is(algorithm, steps)
        {
            return kept.fresh.clone();
        }
        let fresh = derive(secret, algorithm, steps);
        if let Ok(mut kept) = self.0.try_write() {
            *kept = Some(Box::new(Kept { taken: Taken::new(algorithm, steps), fresh: fresh.clone() }));
        }
        fresh
    }
}

fn derive(secret: &[u8], algorithm: Algorithm, steps: &KeySteps<'_>) -> RunningMac {
    let first = Zeroizing::new([steps.prefix, secret].concat());
    steps.steps.iter().fold(RunningMac::new(algorithm, &first), |mut mac, step| {
        mac.feed(step);
        let mac: Output = mac.finish();
        match steps.spelled {
            None => RunningMac::new(algorithm, mac.as_slice()),
            Some(encoding) => RunningMac::new(algorithm, encoding.encode(&mac).as_slice()),
        }
    })
}

impl Taken {
    fn new(algorithm: Algorithm, steps: &KeySteps<'_>) -> Self {
        let KeySteps { prefix, steps, spelled, .. } = steps;
        let steps = steps.iter().map(|step| Box::from(*step)).collect();
        Self { algorithm, spelled: *spelled, prefix: Box::from(*prefix), steps }
    }

    fn is(&self, algorithm: Algorithm, steps: &KeySteps<'_>) -> bool {
        self.algorithm == algorithm
            && self.spelled == steps.spelled
            && *self.prefix == *steps.prefix
            && self.steps.iter().map(|step| &**step).eq(steps.steps.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(mut mac: RunningMac) -> Vec<u8> {
        mac.feed(b"message");
        mac.finish().as_slice().to_vec()
    }

    #[test]
    fn a_kept_key_is_the_one_that_the_steps_make() {
        let kept = Derived::default();
        let ways = [
            KeySteps::new(b"AWS4", [&b"20231114"[..], b"us-east-1"]),
            KeySteps::new(b"AWS4", [&b"20231115"[..], b"us-east-1"]),
            KeySteps::new(b"AWS4", [&b"20231114us"[..], b"-east-1"]),
            KeySteps::new(b"AWS4", [&b"20231114"[..], b"us-east-1", b"s3"]),
            KeySteps::new(b"AWS420", [&b"231114"[..], b"us-east-1"]),
            KeySteps::new(b"", [&b"20231114"[..], b"us-east-1"]),
            KeySteps::new(b"AWS4", [&b"20231114"[..], b"us-east-1"]).with_spelled_keys(Encoding::Base64),
            KeySteps::new(b"AWS4", []),
        ];
        for way in ways.map(KeySteps::with_kept_key) {
            for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSha512] {
                let fresh = finished(derive(b"secret", algorithm, &way));
                for _ in 0..2 {
                    assert_eq!(finished(kept.start(b"secret", algorithm, &way)), fresh, "{way:?}");
                }
                assert!(kept.0.read().unwrap().as_ref().unwrap().taken.is(algorithm, &way));
            }
        }
    }

    #[test]
    fn a_key_is_kept_only_where_it_is_wanted_again() {
        let (kept, way) = (Derived::default(), KeySteps::new(b"", [&b"once"[..]]));
        kept.start(b"secret", Algorithm::HmacSha256, &way);
        assert!(kept.0.read().unwrap().is_none());
        // While somebody else keeps one, nobody waits.
        let way = way.with_kept_key();
        let busy = kept.0.write().unwrap();
        let fresh = kept.start(b"secret", Algorithm::HmacSha256, &way);
        drop(busy);
        assert_eq!(finished(fresh), finished(derive(b"secret", Algorithm::HmacSha256, &way)));
        assert!(kept.0.read().unwrap().is_none());
    }
}
