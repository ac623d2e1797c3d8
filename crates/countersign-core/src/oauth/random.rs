//! What nobody can guess.

use crate::PresentedToken;

/// A new authorization code: 32 random bytes, in 64 lower-case hexadecimal digits. Stores are given its
/// [digest](PresentedToken::digest) alone.
///
/// # Panics
/// When the system has no random source.
#[must_use]
pub fn mint_code() -> PresentedToken {
    PresentedToken::new(&hex())
}

/// A new client id: 32 random bytes, in 64 lower-case hexadecimal digits. It is not secret.
///
/// # Panics
/// When the system has no random source.
#[must_use]
pub fn new_client_id() -> String {
    hex()
}

fn hex() -> String {
    let mut random = [0; 32];
    getrandom::fill(&mut random).expect("the system's random source answers");
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_has_64_digits_and_is_never_made_again() {
        let (code, client_id) = (mint_code(), new_client_id());
        for text in [code.expose_secret(), &client_id] {
            assert!(text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        }
        assert!(mint_code().digest() != code.digest() && new_client_id() != client_id);
    }
}
