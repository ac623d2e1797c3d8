//! An authorization server and what its tokens reach, as an application mounts both: for the targets of attacks, for other
//! people's clients, and behind a real socket with a browser and a client of its own.

mod mounted;
mod site;

pub use mounted::{
    CLIENT, ORGANISATION, RESOURCE_SERVER, USER_FIELD, approval, authorization_server, code_request, form, mounted,
    register,
};
pub use site::{CHALLENGE, ISSUER, Site, VERIFIER, told};
