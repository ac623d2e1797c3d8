//! Generated headers and timestamps: nothing panics, and nothing gets in that is not signed.

use http::{HeaderValue, Request};
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::asking::{ask, layer, post, signature, time};

fn near_the_grammar() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Sentry ".to_owned()),
        Just("sentry_signature=".to_owned()),
        Just("sentry_timestamp=".to_owned()),
        Just("sentry_key=".to_owned()),
        Just("1304559408.12".to_owned()),
        Just("16784916c1619f16a832f43ecbeaaf5567582320".to_owned()),
        Just(", ".to_owned()),
        Just("=".to_owned()),
        "[ -~]{0,8}",
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("Sentry {}", pieces.concat()))
}

fn near_a_timestamp() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,40}",
        "[0-9]{0,24}\\.[0-9]{0,24}",
        "[-+]?[0-9]{1,12}(\\.[0-9]{1,12})?(e[-+]?[0-9]{1,4})?",
        "[ -~&&[^,]]{0,40}",
        Just("18446744073709551615".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("9223372036854775807.999999999999".to_owned()),
    ]
}

fn status(head: http::request::Builder) -> u16 {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let layer = layer("another secret", time("1304559408.5"));
    runtime.block_on(async { ask(&layer, head, b"eyJtZXNzYWdlIjogImhlbGxvIn0=").await.status })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_header_panics_and_none_is_admitted(value in near_the_grammar(), second in any::<bool>()) {
        let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else { return Ok(()) };
        let head = Request::post("/").header("x-sentry-auth", &value);
        let head = if second { head.header("authorization", &value) } else { head };
        prop_assert!(matches!(status(head), 400 | 401 | 403 | 410));
    }

    #[test]
    fn no_bytes_panic_and_none_are_admitted(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let Ok(value) = HeaderValue::from_bytes(&[b"Sentry ", &*value].concat()) else { return Ok(()) };
        prop_assert!(matches!(status(Request::post("/").header("authorization", value)), 400 | 401 | 403 | 410));
    }

    /// Whatever the timestamp is, it is refused unless it is a decimal number within the hour, signature and all.
    #[test]
    fn no_timestamp_panics_and_only_fresh_decimals_are_admitted(timestamp in near_a_timestamp()) {
        let signature = signature("another secret", &timestamp, b"eyJtZXNzYWdlIjogImhlbGxvIn0=");
        let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={timestamp}");
        let status = status(post(&credentials));
        let number = timestamp.trim().parse::<f64>().unwrap_or(f64::NAN);
        let decimal = timestamp.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let fresh = decimal && (1_304_555_808.0..=1_304_559_469.0).contains(&number);
        prop_assert!(matches!(status, 400 | 401 | 403 | 410) || (status == 200 && fresh), "{} {}", timestamp, status);
    }
}
