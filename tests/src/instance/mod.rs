//! The guards in a process of their own, to be one of several, or to be killed.

mod options;
mod running;

pub use options::Options;
pub use running::Instance;
