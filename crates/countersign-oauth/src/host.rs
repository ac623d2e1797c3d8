//! What the application that this server is mounted in has to say: who is there, and who belongs to what.

use std::fmt;

use axum::response::Response;
use countersign::{StoreError, async_trait};
use http::request::Parts;

/// Answers: who sits in front of the browser?
///
/// The server knows no sessions and no passwords; whatever the application uses for them is asked here.
///
/// # Contract
/// 1. The subject is one that the *application* signed in: by a session, say. A caller who merely has a token of some
///    application is not signed in: it could approve other applications, or itself, for its user.
/// 2. "Cannot say" is an error, never an [unknown](Visitor::unknown) visitor. Errors, and what takes too long or panics, are 503.
///
/// # Cancel safety
/// The future may be dropped at any await.
///
/// ```
/// use axum::response::{IntoResponse, Redirect};
/// use countersign_oauth::{CurrentUser, StoreError, Visitor, async_trait};
///
/// /// Users are told apart by a header that the login proxy in front sets.
/// struct LoginProxy;
///
/// #[async_trait]
/// impl CurrentUser for LoginProxy {
///     async fn current_user(&self, head: &http::request::Parts) -> Result<Visitor, StoreError> {
///         Ok(match head.headers.get("x-user").and_then(|user| user.to_str().ok()) {
///             Some(user) => Visitor::user(user),
///             None => Visitor::unknown(Redirect::to("/login").into_response()),
///         })
///     }
/// }
/// ```
#[async_trait]
pub trait CurrentUser: Send + Sync + 'static {
    /// Who sent a request with this head.
    async fn current_user(&self, head: &Parts) -> Result<Visitor, StoreError>;
}

/// Who sent a request, as far as the application knows.
pub struct Visitor(pub(crate) Known);

pub(crate) enum Known {
    User(Box<str>),
    Unknown(Box<Response>),
}

impl Visitor {
    /// A user who is signed in; `subject` becomes the [`TokenInfo::subject`](countersign::TokenInfo::subject) of what they
    /// approve. An empty one is nobody: 503.
    #[must_use]
    pub fn user(subject: impl Into<Box<str>>) -> Self {
        Self(Known::User(subject.into()))
    }

    /// Nobody who is signed in, and what a browser is answered that wants to authorize an application: a redirect to the login
    /// page, say, from where it comes back to the same URI. Endpoints that answer JSON say 403 instead.
    #[must_use]
    pub fn unknown(login: Response) -> Self {
        Self(Known::Unknown(Box::new(login)))
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Known::User(subject) => f.debug_tuple("User").field(subject).finish(),
            Known::Unknown(_) => f.write_str("Unknown"),
        }
    }
}

/// Answers: what is this user in this organisation?
///
/// # Contract
/// 1. Subjects and organisations are compared as the application does, and an organisation is spelled in one way: that
///    spelling is what tokens are bound to and what [`OrganisationLayer`](countersign::OrganisationLayer) compares.
/// 2. An organisation that does not exist has no members: `None`.
/// 3. "Cannot say" is an error, never `None` and never a role. Errors, and what takes too long or panics, are 503.
///
/// # Cancel safety
/// The future may be dropped at any await.
#[async_trait]
pub trait Membership: Send + Sync + 'static {
    /// The role that `subject` has in `organisation` now; `None` for who is no member.
    async fn role(&self, subject: &str, organisation: &str) -> Result<Option<Role>, StoreError>;
}

/// What a user may do in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the server asks for these two and nothing else")]
pub enum Role {
    /// May let the organisation's application act for them.
    Member,
    /// May manage the organisation's application too.
    Admin,
}
