//! Bodies: what of them is asked for, read, kept, handed on and given back.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

mod budget;
mod frames;
mod invited;
mod limits;
mod unknown_key;
