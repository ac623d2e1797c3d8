//! Applications.

use std::time::SystemTime;

use super::UriList;

/// An application that an organisation has registered: a public client (RFC 6749 §2.1), which has no secret. What it is
/// given reaches that organisation alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiApplication {
    /// By which it is known to everybody (RFC 6749 §2.2); not secret. [`new_client_id`](super::new_client_id) makes one.
    pub client_id: Box<str>,
    /// Whose it is, and which it reaches. It stays the same.
    pub organisation: Box<str>,
    /// What people call it.
    pub name: Box<str>,
    /// From which origins a browser may use what it is given.
    pub allowed_origins: UriList,
    /// Where it may have its users sent (RFC 6749 §3.1.2.2).
    pub redirect_uris: UriList,
    /// Whether it is given anything.
    pub status: ApplicationStatus,
    /// When it was registered.
    pub created_at: SystemTime,
    /// When it was last changed.
    pub updated_at: SystemTime,
}

impl ApiApplication {
    /// An active application without name, origins and redirect URIs.
    #[must_use]
    pub fn new(client_id: impl Into<Box<str>>, organisation: impl Into<Box<str>>, created_at: SystemTime) -> Self {
        Self {
            client_id: client_id.into(),
            organisation: organisation.into(),
            name: "".into(),
            allowed_origins: UriList::none(),
            redirect_uris: UriList::none(),
            status: ApplicationStatus::Active,
            created_at,
            updated_at: created_at,
        }
    }

    /// Sets [`name`](Self::name).
    #[must_use]
    pub fn with_name(self, name: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets [`allowed_origins`](Self::allowed_origins).
    #[must_use]
    pub fn with_allowed_origins(self, allowed_origins: UriList) -> Self {
        Self { allowed_origins, ..self }
    }

    /// Sets [`redirect_uris`](Self::redirect_uris).
    #[must_use]
    pub fn with_redirect_uris(self, redirect_uris: UriList) -> Self {
        Self { redirect_uris, ..self }
    }

    /// Sets [`status`](Self::status).
    #[must_use]
    pub fn with_status(self, status: ApplicationStatus) -> Self {
        Self { status, ..self }
    }

    /// Sets [`updated_at`](Self::updated_at).
    #[must_use]
    pub fn with_updated_at(self, updated_at: SystemTime) -> Self {
        Self { updated_at, ..self }
    }
}

/// Whether an application is given anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplicationStatus {
    /// It is given codes and tokens.
    Active,
    /// It is given neither. What it has been given remains, until that is [revoked](super::GrantStore::revoke_grants).
    Inactive,
}

impl ApplicationStatus {
    /// How stores and interfaces spell it: `active` or `inactive`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// The status of this [spelling](Self::as_str).
    #[must_use]
    pub fn of(spelling: &str) -> Option<Self> {
        [Self::Active, Self::Inactive].into_iter().find(|status| status.as_str() == spelling)
    }
}

/// What is to change of an application.
///
/// ```
/// use countersign_core::oauth::{ApiApplication, ApplicationChange};
/// # use std::time::SystemTime;
///
/// let application = ApiApplication::new("c0ffee", "acme", SystemTime::UNIX_EPOCH);
/// assert_eq!(&*ApplicationChange::new().with_name("toolbar").of(application).name, "toolbar");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct ApplicationChange {
    /// Another name; `None` leaves it as it is, here and below.
    pub name: Option<Box<str>>,
    /// Other origins.
    pub allowed_origins: Option<UriList>,
    /// Other redirect URIs.
    pub redirect_uris: Option<UriList>,
    /// Another status.
    pub status: Option<ApplicationStatus>,
}

impl ApplicationChange {
    /// Nothing.
    pub const fn new() -> Self {
        Self { name: None, allowed_origins: None, redirect_uris: None, status: None }
    }

    /// Another name.
    pub fn with_name(self, name: impl Into<Box<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Other origins, in the place of all there are.
    pub fn with_allowed_origins(self, allowed_origins: UriList) -> Self {
        Self { allowed_origins: Some(allowed_origins), ..self }
    }

    /// Other redirect URIs, in the place of all there are.
    pub fn with_redirect_uris(self, redirect_uris: UriList) -> Self {
        Self { redirect_uris: Some(redirect_uris), ..self }
    }

    /// Another status.
    pub fn with_status(self, status: ApplicationStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The record after the change.
    #[must_use]
    pub fn of(&self, application: ApiApplication) -> ApiApplication {
        ApiApplication {
            name: self.name.clone().unwrap_or(application.name),
            allowed_origins: self.allowed_origins.clone().unwrap_or(application.allowed_origins),
            redirect_uris: self.redirect_uris.clone().unwrap_or(application.redirect_uris),
            status: self.status.unwrap_or(application.status),
            ..application
        }
    }
}
