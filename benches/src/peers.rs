//! What people would use instead, written as they write it.

pub(crate) mod bearer;
pub(crate) mod grpc;
pub(crate) mod sentry;
pub(crate) mod signature;
