//! What a stream will be, or was: `sha-256=:<base64>:` (RFC 9530 §2), over the data of its chunks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Hashes chunks as they come.
#[derive(Default)]
pub(crate) struct StreamDigest(Sha256);

impl StreamDigest {
    pub(crate) fn feed(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub(crate) fn spelled(self) -> String {
        format!("sha-256=:{}:", STANDARD.encode(self.0.finalize()))
    }
}

pub(crate) fn of(chunks: &[&str]) -> String {
    let mut digest = StreamDigest::default();
    chunks.iter().for_each(|chunk| digest.feed(chunk.as_bytes()));
    digest.spelled()
}
