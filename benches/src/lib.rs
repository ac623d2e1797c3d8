//! What the layers cost, beside what people would use instead: cases, and how they are measured.
//!
//! `benches/README.md` says how to run them and how to read what they print.

pub mod bearer;
pub mod case;
pub mod grpc;
pub mod measure;
mod peers;
pub mod report;
pub mod sentry;
pub mod service;
pub mod signature;
pub mod template;

use case::Group;

/// All groups, in the order in which they are reported.
#[must_use]
pub fn groups() -> Vec<Group> {
    [bearer::group(), grpc::group(), sentry::group()]
        .into_iter()
        .chain(signature::SIZES.iter().map(signature::group))
        .collect()
}
