//! The formats: one file each, pure data in, pure data out.

mod github;
mod ustudio;

pub use github::GitHub;
pub use ustudio::UstudioV2;
