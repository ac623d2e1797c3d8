//! Token formats: whatever is recognised has the shape it is said to have.
#![no_main]

use std::sync::LazyLock;

use countersign::{FormatRegistry, TokenFormat};
use libfuzzer_sys::fuzz_target;

static FORMATS: LazyLock<FormatRegistry> = LazyLock::new(|| {
    let current = TokenFormat::new("acme").expect("a prefix");
    let organisation = TokenFormat::sentry_org("acme", "https://acme.test", "https://eu.acme.test");
    FormatRegistry::new(current)
        .with_format(TokenFormat::vendor_checksum("rbp").expect("a type"))
        .with_format(TokenFormat::kallithea())
        .with_format(TokenFormat::sentry_user())
        .with_format(organisation.expect("an organisation"))
        .with_deprecated(TokenFormat::legacy_sha1())
});

fuzz_target!(|text: &str| {
    let Some(found) = FORMATS.recognise(text) else { return };
    assert!(text.is_ascii() && text.len() <= 4096);
    assert_eq!(found.is_deprecated(), found.id() == "legacy_sha1");
    let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_lower = |digits: &str| is_hex(digits) && !digits.contains(|digit: char| digit.is_ascii_uppercase());
    match found.id() {
        "prefix_checksum" => {
            assert!(text.len() == 41 && text.starts_with("acme_"));
            a_typo_is_told(text, 5..35);
        }
        "vendor_checksum" => {
            assert!(text.len() == 255 && text.starts_with("rbp_"));
            a_typo_is_told(text, 4..249);
        }
        "kallithea" => assert!(text.len() == 40 && is_lower(text)),
        "legacy_sha1" => assert!(text.len() == 40 && is_hex(text) && !is_lower(text)),
        "sentry_user" => assert!(text.len() == 71 && text.strip_prefix("sntryu_").is_some_and(is_lower)),
        "sentry_org" => assert!(text.starts_with("sntrys_") && text.matches('_').count() == 2),
        other => panic!("a format that nobody registered: {other}"),
    }
});

/// The checksum tells one changed character of what it is over.
fn a_typo_is_told(text: &str, over: std::ops::Range<usize>) {
    assert!(text[over.start..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    for at in over {
        let mut typo = text.as_bytes().to_vec();
        typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
        assert!(FORMATS.recognise(std::str::from_utf8(&typo).expect("ASCII")).is_none());
    }
}
