//! Applications and grants in memory.

mod applications;
mod grants;
#[cfg(test)]
mod interleaved;
mod records;

pub(super) use records::Records;
