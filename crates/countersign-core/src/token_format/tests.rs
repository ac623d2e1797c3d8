//! What holds for all formats alike.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{FormatRegistry, TokenFormat};

fn formats() -> Vec<TokenFormat> {
    let formats = [
        TokenFormat::new("acme").unwrap(),
        TokenFormat::vendor_checksum("rbp").unwrap(),
        TokenFormat::legacy_sha1(),
        TokenFormat::kallithea(),
        TokenFormat::sentry_user(),
    ];
    formats.into_iter().chain(sentry_org()).collect()
}

fn sentry_org() -> Option<TokenFormat> {
    #[cfg(not(feature = "sentry-tokens"))]
    return None;
    #[cfg(feature = "sentry-tokens")]
    Some(TokenFormat::sentry_org("acme", "https://sentry.io", "https://us.sentry.io").unwrap())
}

fn registry() -> FormatRegistry {
    let formats = formats().into_iter().skip(1);
    formats.fold(FormatRegistry::new(TokenFormat::new("acme").unwrap()), FormatRegistry::with_format)
}

#[test]
fn ids_are_as_documented() {
    let ids = ["prefix_checksum", "vendor_checksum", "legacy_sha1", "kallithea", "sentry_user", "sentry_org"];
    let known = ids.len() - usize::from(cfg!(not(feature = "sentry-tokens")));
    assert_eq!(formats().iter().map(TokenFormat::id).collect::<Vec<_>>(), ids[..known]);
}

#[test]
fn no_token_is_minted_twice() {
    for format in formats() {
        let one = format.mint(SystemTime::UNIX_EPOCH);
        let two = format.mint(SystemTime::UNIX_EPOCH);
        assert!(one.digest() != two.digest(), "{}", format.id());
    }
}

#[test]
fn a_minted_token_fits_no_format_of_another_shape() {
    for format in formats() {
        let token = format.mint(SystemTime::UNIX_EPOCH);
        for other in formats() {
            // Kallithea's tokens are good SHA-1 tokens; minted ones are lowercase, and so the other way round.
            let both_are_forty_digits = [&format, &other].iter().all(|f| matches!(f.id(), "legacy_sha1" | "kallithea"));
            assert_eq!(other.matches(token.expose_secret()), other == format || both_are_forty_digits);
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_minted_matches(seconds in 0..1_u64 << 36, nanos in 0..1_000_000_000_u32) {
        let now = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
        for format in formats() {
            let token = format.mint(now);
            prop_assert!(format.matches(token.expose_secret()));
            prop_assert!(registry().recognise(token.expose_secret()).is_some());
        }
    }

    #[test]
    fn a_changed_character_breaks_a_checksum(at in any::<prop::sample::Index>(), to in "[0-9A-Za-z_]") {
        for format in formats().into_iter().filter(|format| format.id().ends_with("checksum")) {
            let token = format.mint(SystemTime::UNIX_EPOCH);
            let at = at.index(token.expose_secret().len());
            let mut text = token.expose_secret().to_owned();
            text.replace_range(at..=at, &to);
            prop_assert_eq!(format.matches(&text), text == token.expose_secret());
        }
    }

    #[test]
    fn no_text_makes_a_format_panic(text in "\\PC*", cut in any::<prop::sample::Index>()) {
        for format in formats() {
            let minted = format.mint(SystemTime::UNIX_EPOCH);
            let _ = format.matches(&text);
            let cut = cut.index(minted.expose_secret().len());
            let spoilt = format!("{}{text}é", &minted.expose_secret()[..cut]);
            prop_assert!(!format.matches(&spoilt));
        }
    }

    #[test]
    fn no_text_that_begins_well_makes_a_format_panic(
        prefix in "acme_|rbp_|sntryu_|sntrys_|",
        body in "[0-9A-Za-z+/=_é]{0,300}",
    ) {
        let _ = registry().recognise(&format!("{prefix}{body}"));
    }
}
