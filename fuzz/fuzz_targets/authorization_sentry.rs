//! `Sentry …` in `Authorization`, in `X-Sentry-Auth`, and in both, by each version's rules: nobody who has no secret is admitted, and nothing panics.
#![no_main]

use std::sync::LazyLock;

use countersign::sentry::{SentryMessage, SentryProtocol};
use countersign::{HmacAuthLayer, ManualClock, MemoryStore, Secret};
use countersign_fuzz::{KEY, SECRET};
use libfuzzer_sys::fuzz_target;

static LAYERS: LazyLock<[HmacAuthLayer; 5]> = LazyLock::new(|| {
    [SentryProtocol::Any, SentryProtocol::V1_7, SentryProtocol::V1, SentryProtocol::V2, SentryProtocol::Nonce].map(
        |protocol| {
            let store = MemoryStore::new().with_secret(KEY, Secret::new(SECRET).expect("not empty"));
            HmacAuthLayer::new(SentryMessage::new().with_protocol(protocol), store)
                .with_insecure_no_replay_protection()
                .with_clock(ManualClock::at_unix(1_328_055_286))
        },
    )
});

fuzz_target!(|value: &[u8]| {
    let value = [b"Sentry ", value].concat();
    for layer in &*LAYERS {
        for field in ["authorization", "x-sentry-auth"] {
            let Some(request) = countersign_fuzz::with_field(field, &value, "body") else { return };
            assert!(!countersign_fuzz::admits(layer.authenticator(), request));
        }
        let Some(mut both) = countersign_fuzz::with_field("authorization", &value, "body") else { return };
        let again = both.headers()["authorization"].clone();
        both.headers_mut().insert("x-sentry-auth", again);
        assert!(!countersign_fuzz::admits(layer.authenticator(), both));
    }
});
