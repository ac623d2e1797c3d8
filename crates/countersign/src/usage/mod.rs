//! What was used last when: collected in memory at once, and written to a store now and then.

mod engine;
mod kept;
mod options;
mod table;

pub(crate) use engine::Engine;
pub(crate) use options::recorder_options;
