//! The server under attack: one format's layer, guarding every path of a real server, with keys, tokens and clock from a
//! file. `attack-target --help` says how to use it.

mod counters;
mod fixtures;
mod guard;
mod inner;
mod named;
mod oauth;
mod options;
mod server;
mod settings;
mod store;

pub use counters::Counters;
pub use fixtures::Fixtures;
pub use named::Key;
pub use options::Options;
pub use settings::{Fault, Scheme, Settings, Style};
