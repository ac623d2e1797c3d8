//! `…/organizations/{organisation}/api-application/`: the one application of an organisation, managed by its admins.
//!
//! Whoever is no admin sees what there is to see of an organisation that does not exist: 404.

mod endpoint;
mod form;
mod organisation;

pub(crate) use endpoint::{add, remove, show, update};
