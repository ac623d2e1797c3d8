//! What a migration did.

/// Which version the tables had, and which they have now. The same twice when there was nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "from, to: there is nothing more to it")]
pub struct SchemaChange {
    /// The version before; 0 when there were no tables.
    pub from: u32,
    /// The version now.
    pub to: u32,
}
