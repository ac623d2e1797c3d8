//! The bodies that may have been signed.

mod form;
mod json;
mod recipes;
mod sink;
mod sorted;
mod spelling;
mod text;
mod written;

pub(super) use self::recipes::Bodies;
