//! How much a search may cost.

/// How much work a search may do, at most. What it did is counted before it is done, so that it never does more.
///
/// MACs are counted one for each base, secret and attempt, the steps that derive a key included; bytes are what is fed to MACs
/// and digests. Reading the body anew as JSON, as a form and so on costs about what hashing it costs: there are some sixty
/// such readings, each cut off where it becomes longer than four times the body and 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub(super) macs: usize,
    pub(super) bytes: usize,
}

impl Budget {
    /// So many MACs, over so many bytes.
    #[must_use]
    pub const fn new(macs: usize, bytes: usize) -> Self {
        Self { macs, bytes }
    }

    pub(super) const fn allows(self, work: Work) -> bool {
        work.macs <= self.macs && work.bytes <= self.bytes
    }
}

impl Default for Budget {
    /// 8,192 MACs over 256 MiB: every single change of a body of 2 MiB, and most pairs of changes of a body of some kilobytes.
    fn default() -> Self {
        Self::new(8192, 256 << 20)
    }
}

/// What a search did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    macs: usize,
    bytes: usize,
}

impl Work {
    pub(super) const fn new(macs: usize, bytes: usize) -> Self {
        Self { macs, bytes }
    }

    pub(super) const fn and(self, more: Self) -> Self {
        Self { macs: self.macs.saturating_add(more.macs), bytes: self.bytes.saturating_add(more.bytes) }
    }

    /// How many MACs were computed.
    #[must_use]
    pub const fn macs(self) -> usize {
        self.macs
    }

    /// How many bytes were fed to MACs and digests.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }
}
