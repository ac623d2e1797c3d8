//! Where a body is written anew, and does not become arbitrarily long.

/// Takes bytes up to a limit.
pub(super) struct Sink {
    bytes: Vec<u8>,
    limit: usize,
}

impl Sink {
    /// For what is made of a body of this length: four times as much, and 64 KiB.
    pub(super) fn for_body(len: usize) -> Self {
        Self { bytes: Vec::with_capacity(len), limit: len.saturating_mul(4).saturating_add(64 << 10) }
    }

    /// `None` when there is no room for it.
    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        if self.bytes.len() + text.len() > self.limit {
            return None;
        }
        self.bytes.extend_from_slice(text.as_bytes());
        Some(())
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
