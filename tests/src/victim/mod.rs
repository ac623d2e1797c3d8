//! A program that issues, revokes and claims without end and says what it was promised, and what is left of that after it
//! or its store was killed.

mod ledger;
mod promise;
mod running;
mod work;

pub use ledger::{Ledger, Lost};
pub use promise::Promise;
pub use running::Victim;
pub use work::work;
