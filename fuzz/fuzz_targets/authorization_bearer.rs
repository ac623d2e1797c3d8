//! `Authorization: Bearer …`: admitted in the spellings of the grammar, and in no other.
#![no_main]

use std::sync::LazyLock;

use countersign::{BearerTokenLayer, MemoryStore, TokenInfo};
use libfuzzer_sys::fuzz_target;

const TOKEN: &[u8] = b"mF_9.B5f-4.1JqM~+/=";

static LAYER: LazyLock<BearerTokenLayer> = LazyLock::new(|| {
    let token = std::str::from_utf8(TOKEN).expect("ASCII");
    BearerTokenLayer::new(MemoryStore::new().with_token(token, TokenInfo::new("user-7")))
});

fuzz_target!(|value: &[u8]| {
    let Some(request) = countersign_fuzz::with_field("authorization", value, "") else { return };
    let admitted = countersign_fuzz::admits(LAYER.authenticator(), request);
    assert_eq!(admitted, is_the_token(value));
});

/// RFC 9110 §11.4 and §5.6.3, written apart: the word in any case, one blank at least, the token.
fn is_the_token(value: &[u8]) -> bool {
    let Some((word, rest)) = value.split_at_checked(6) else { return false };
    let token = rest.iter().position(|byte| *byte != b' ').map(|blanks| &rest[blanks..]);
    word.eq_ignore_ascii_case(b"bearer") && rest.starts_with(b" ") && token == Some(TOKEN)
}
