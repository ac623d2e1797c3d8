//! Lets authenticated callers through to what they may reach: by scope, by organisation, by the page that sends the request.
//!
//! Gates stand inside an authenticating layer and read what it found out. They ask nobody and wait for nothing, but for what
//! is said of it below.
//!
//! A request passes a [`RequireScopeLayer`] when all of these hold:
//!
//! 1. A layer outside has authenticated the caller.
//! 2. The caller has a token, and the token has the [required scopes](RequiredScopes).
//!
//! A request passes an [`OrganisationLayer`] when all of these hold:
//!
//! 1. A layer outside has authenticated the caller.
//! 2. The path, as the client sent it, names an organisation at the place where the [`OrganisationPath`] has it.
//! 3. It names the same one whoever reads it: no segment is `.` or `..`, as it stands or decoded, and the organisation's own
//!    segment and what is before it are not percent-encoded, not empty, and without backslash.
//! 4. The caller has a token that is bound to this very organisation, compared byte by byte; or, where an
//!    [`Organisations`] says how it may be [named](OrganisationLayer::with_organisations), ids with ids and slugs with slugs.
//!
//! or when the path names none and is [listed](OrganisationLayer::with_other_paths).
//!
//! A request passes an [`OriginLayer`] when all of these hold:
//!
//! 1. A layer outside has authenticated the caller.
//! 2. It has no `Origin`, so that no page of another origin sent it, or `Origin: null`, unless that is
//!    [refused](OriginLayer::with_null_origin_refused);
//! 3. or it has one `Origin`, and the caller has a token, and this [`Origin`] is among those [allowed](AllowedOrigins) to the
//!    application that the token was issued to: the same scheme, host and port.
//!
//! # Rejections
//!
//! | situation | kind | status | challenge |
//! |---|---|---|---|
//! | no layer outside | [`Misconfigured`] | 500 | – |
//! | an optional layer outside let nobody in particular through | [`MissingCredentials`] | 401 | that layer's |
//! | no token, or a scope is lacking | [`InsufficientScope`] | 403 | `Bearer error="insufficient_scope", scope="…"` |
//! | another organisation, none, an unknown one, a path that does not match | [`WrongOrganisation`] | 403 | `Bearer error="insufficient_scope"` |
//! | two `Host`s or other doubts about the target | [`AmbiguousTarget`] | 400 | – |
//! | an origin that the application does not have; no application; no token | [`WrongOrigin`] | 403 | – |
//! | several `Origin`s, or one that is [none](InvalidOrigin) | [`WrongOrigin`] | 400 | – |
//! | [`Organisations`] or [`AllowedOrigins`] failed, panicked / took longer than a second | [`StoreFailed`] / [`StoreTimedOut`] | 503 with `Retry-After` | – |
//!
//! What an organisation has, and whether it exists, nobody outside it can tell from the answers.
//!
//! # What this does not do
//!
//! * Decide about single things: whether thing 7 belongs to the organisation is for the handler to know. So is which ones a
//!   listing of all organisations shows.
//! * Let callers who sign with a key through: a key has neither scopes nor an organisation, and no pages.
//! * Understand organisations that need percent-encoding in a path. They are refused.
//! * Keep others than pages away. Whoever has a token and no browser sends what `Origin` it likes, or none: an origin limits
//!   what a page can do that got hold of another one's token, and nothing else. It is no protection against requests that
//!   a browser sends by itself with a cookie.
//! * Answer preflights. `cors_layer` (feature `cors`) does, for the same origins.
//! * Keep what [`Organisations`] and [`AllowedOrigins`] say: each is asked once for each request that it matters to.
//!
//! # Order of layers
//!
//! CORS outside, then the authenticating layer, the gates inside: with `Router::layer` they are added in the opposite order.
//! Around routes that a `nest` moves, the gate judges the whole path (with the feature `axum`; without it put the gate outside
//! the `nest`).
//!
//! # Deployment
//!
//! The gate judges the path that reaches the service. Whatever rewrites paths behind it, inside the router say, may undo
//! what it decided. A proxy that takes `Origin` away takes the [`OriginLayer`] away.
//!
//! # Example
//!
#![cfg_attr(feature = "bearer", doc = "```")]
#![cfg_attr(not(feature = "bearer"), doc = "```text")]
//! use bytes::Bytes;
//! use countersign::{BearerTokenLayer, MemoryStore, OrganisationLayer, RequireScopeLayer, RequiredScopes, TokenInfo};
//! use http::{Request, Response, StatusCode};
//! use http_body_util::Empty;
//! use tower::{Layer as _, ServiceExt as _, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let token = TokenInfo::new("user-7").with_organisation("acme").with_scope("things:read".parse()?);
//! let authenticate = BearerTokenLayer::new(MemoryStore::new().with_token("mF_9.B5f-4.1JqM", token));
//! let own_things = OrganisationLayer::for_path("/orgs/{org}".parse()?);
//! let may_read = RequireScopeLayer::new(RequiredScopes::all_of("things:read".parse()?));
//!
//! let handler = service_fn(async |_: Request<Empty<Bytes>>| {
//!     Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
//! });
//! let service = authenticate.layer(own_things.layer(may_read.layer(handler)));
//!
//! let get = |path| Request::get(path).header("authorization", "Bearer mF_9.B5f-4.1JqM").body(Empty::new());
//! assert_eq!(service.clone().oneshot(get("/orgs/acme/things")?).await?.status(), StatusCode::OK);
//! assert_eq!(service.oneshot(get("/orgs/other/things")?).await?.status(), StatusCode::FORBIDDEN);
//! # Ok(())
//! # }
//! ```
//!
//! [`Misconfigured`]: crate::AuthErrorKind::Misconfigured
//! [`MissingCredentials`]: crate::AuthErrorKind::MissingCredentials
//! [`InsufficientScope`]: crate::AuthErrorKind::InsufficientScope
//! [`WrongOrganisation`]: crate::AuthErrorKind::WrongOrganisation
//! [`WrongOrigin`]: crate::AuthErrorKind::WrongOrigin
//! [`StoreFailed`]: crate::AuthErrorKind::StoreFailed
//! [`StoreTimedOut`]: crate::AuthErrorKind::StoreTimedOut
//! [`AmbiguousTarget`]: crate::AuthErrorKind::AmbiguousTarget

#[cfg(feature = "cors")]
mod cors;
mod layer;
mod organisation;
mod organisation_names;
mod organisation_path;
mod origin;
mod origin_layer;
mod origins;
mod scopes;

#[cfg(feature = "cors")]
pub use cors::{cors_layer, registered_origins};
#[cfg(feature = "bearer")]
pub(crate) use organisation::{NO_ORGANISATION, ORGANISATION_GONE};
pub use organisation::{OrganisationGate, OrganisationLayer};
pub use organisation_names::{OrganisationNames, Organisations};
pub use organisation_path::{InvalidOrganisationPath, OrganisationPath};
pub use origin::{InvalidOrigin, Origin};
pub use origin_layer::{OriginGate, OriginLayer};
pub use origins::{AllowedOrigins, Origins, RegisteredOrigins};
pub use scopes::{RequireScopeLayer, RequiredScopes, ScopeGate};
