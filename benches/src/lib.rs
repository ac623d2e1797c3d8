//! What the layers cost, beside what people would use instead: cases, and how they are measured.
//!
//! `benches/README.md` says how to run them and how to read what they print.

pub mod bearer;
pub mod case;
mod formats;
pub mod grpc;
pub mod lookup;
pub mod measure;
mod peers;
pub mod report;
pub mod sentry;
pub mod service;
pub mod signature;
pub mod template;

use case::Case;

/// All cases, in the order in which they are reported.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = vec![bearer::case(), lookup::case(), grpc::case(), sentry::case()];
    cases.extend(signature::cases());
    cases
}
