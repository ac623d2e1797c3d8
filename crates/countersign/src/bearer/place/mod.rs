//! Where a token may stand besides the `Authorization` field.

mod cookie;
mod places;
mod query;

pub(super) use places::{Place, Places, in_several_places};
