//! Sentry's timestamps, signed with the right key over what was sent: admitted within an hour, whatever their spelling, and
//! never when they are no number.
#![no_main]

use std::sync::LazyLock;

use countersign::sentry::SentryMessage;
use countersign::{HmacAuthLayer, ManualClock, MemoryStore, Secret};
use countersign_fuzz::{KEY, SECRET};
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha1::Sha1;

const NOW: u64 = 1_328_055_286;

static LAYER: LazyLock<HmacAuthLayer> = LazyLock::new(|| {
    let store = MemoryStore::new().with_secret(KEY, Secret::new(SECRET).expect("not empty"));
    HmacAuthLayer::new(SentryMessage::new(), store)
        .with_insecure_no_replay_protection()
        .with_clock(ManualClock::at_unix(NOW))
});

fuzz_target!(|timestamp: &[u8]| {
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any length");
    for part in [timestamp, b" ", b"body"] {
        mac.update(part);
    }
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let value = [
        b"Sentry sentry_timestamp=",
        timestamp,
        b", sentry_signature=",
        signature.as_bytes(),
        b", sentry_key=",
        KEY.as_bytes(),
    ];
    let Some(request) = countersign_fuzz::with_field("authorization", &value.concat(), "body") else { return };
    if countersign_fuzz::admits(LAYER.authenticator(), request) {
        let seconds: f64 = std::str::from_utf8(timestamp).expect("ASCII").trim().parse().expect("a number");
        assert!((seconds - NOW as f64).abs() <= 3600.0, "{seconds}");
    }
});
