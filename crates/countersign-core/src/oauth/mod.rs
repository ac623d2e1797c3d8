//! API applications that get tokens of one organisation for their users: what is kept of them, and what a store promises.
//!
//! An organisation registers an [`ApiApplication`], a public client (RFC 6749 §2.1): it has no secret. A user [consents](Consent)
//! to what it may do in that organisation. It is given an [`AuthorizationCode`], redeems it once, and gets a token: an
//! ordinary [`TokenInfo`](crate::TokenInfo) with a `client_id` and an `organisation`, which any
//! [`TokenStore`](crate::TokenStore) looks up and any [`TokenAdmin`](crate::TokenAdmin) lists and revokes.
//!
//! ```text
//! application ──► consent ──────► grant: the code, then what it gave
//!  client id       of a subject    ├─ tokens
//!  organisation    in it           └─ refresh tokens, each in the place of the one before
//! ```
//!
//! Each arrow is also the way in which things end: who deletes an application takes the consents to it, who withdraws a consent
//! takes its grants, who revokes a grant revokes the tokens it gave. All of that is one atomic step of the store, and so is
//! adding a token: none is added to what has ended meanwhile. So the records are kept where the tokens are.
//!
//! * [`ApplicationStore`] keeps the applications, [`GrantStore`] all the rest. One value implements both.
//! * Who serves decides: whether a redirect URI is registered, a verifier matches, a member is one, scope suffices.

mod application;
mod application_store;
mod code;
mod consent;
mod grant_filter;
mod grant_store;
mod granted;
mod random;
mod uri_list;

pub use application::{ApiApplication, ApplicationChange, ApplicationStatus};
pub use application_store::{AddedApplication, ApplicationStore};
pub use code::{AuthorizationCode, Redemption};
pub use consent::Consent;
pub use grant_filter::GrantFilter;
pub use grant_store::GrantStore;
pub use granted::{GrantedToken, RefreshToken, Rotation};
pub use random::{mint_code, new_client_id};
pub use uri_list::{InvalidUri, UriList};
