//! Database servers of the tests' own: on free ports, in temporary folders, stopped and removed with the value that stands
//! for them, also when a test panics.
//!
//! They can be paused and killed like any process, and started again over what they left on the disk.

mod disk;
mod patience;
mod postgres;
mod process;
mod programs;
mod redis;

pub use disk::SmallDisk;
pub use patience::{eventually, eventually_async};
pub use postgres::{Postgres, PostgresTemplate};
pub use process::Process;
pub use programs::{Programs, free_port};
pub use redis::{Persistence, Redis, RedisConnection};
