//! API applications that get organisation-scoped tokens for third-party pages: an OAuth 2.0 authorization server as an axum
//! router.
//!
//! An organisation registers an application: a public client, which has no secret. A user of that organisation lets it act for
//! them there, and it gets a token that the organisation's things can be reached with, and nobody else's.
//! [`AuthorizationServer`] is the whole of it; the application that it is mounted in says who is signed in ([`CurrentUser`]) and
//! who belongs to which organisation ([`Membership`]).
//!
//! A token is given only when all of these hold:
//!
//! 1. The client is registered and active, and the answer goes to a redirect URI that it registered: the same one, never one
//!    that begins alike ([`RedirectUri`]).
//! 2. The user is signed in: until then nobody is sent anywhere but to the login page (RFC 9700 §4.11.2). And they are a member
//!    of the application's organisation: when asked, when approving, when the code is redeemed and whenever the token is
//!    refreshed.
//! 3. The user approved all of the scope, on a page of this server that no other page can put in a frame, in a form that was
//!    made for this user and this request ([`Pages`]); or approved as much before, and the answer does not go to a program of
//!    the user's own machine.
//! 4. Whoever redeems the code is who asked for it: client, redirect URI and code verifier (PKCE, S256) are the ones. A code is
//!    good once and for 10 minutes. Whoever comes second ends what it gave to the first.
//! 5. The store kept it. What could not be stored is not given.
//!
//! What it gives is an ordinary [`TokenInfo`](countersign::TokenInfo), with the application as `client_id`, bound to its
//! `organisation`, good for 12 hours from the approval. [`BearerTokenLayer`](countersign::BearerTokenLayer) authenticates it,
//! [`OrganisationLayer`](countersign::OrganisationLayer) keeps it in its organisation, and
//! [`OriginLayer`](countersign::OriginLayer) in the application's own pages ([`ApplicationOrigins`]).
//!
//! # Rejections
//!
//! | where | situation | answer |
//! |---|---|---|
//! | authorize | client unknown or inactive; redirect URI not registered; parameter twice | page, 400 |
//! | | form too old, of another user or another request | page, 403 |
//! | | request over 8 KiB, form over 16 KiB, no form, form too slow | page, 414, 413, 415, 408 |
//! | | nobody is signed in | what [`CurrentUser`] says |
//! | | response type, scope, code challenge | redirect, `unsupported_response_type`, `invalid_scope`, `invalid_request` |
//! | | no member, or denied | redirect, `access_denied` |
//! | token | parameter missing or twice, no form; form over 16 KiB, too slow | `invalid_request`, 400; 413, 408 |
//! | | client unknown or inactive, or with a secret | `invalid_client`, 401 with `Basic realm="oauth"` |
//! | | code or refresh token unknown, over, spent, of another client; redirect URI, verifier; no member any more | `invalid_grant`, 400, one and the same |
//! | | scope beyond what was granted · any other grant | `invalid_scope` · `unsupported_grant_type`, 400 |
//! | revoke | as above; a token of another client · an unknown hint | `invalid_grant` · `unsupported_token_type`, 400 |
//! | introspect | no layer outside · an application's token | 500 · 403 |
//! | management | not signed in · no admin, or nothing there · no JSON · faults in it · one is there already | 403 · 404 · 415, 413 · 400 · 409 with `Location` |
//! | all | the store or the application failed, took over a second, or panicked | 503 with `Retry-After: 1` |
//!
//! Every answer but the two documents has `Cache-Control: no-store`. Redirects carry `state` as it was and `iss` (RFC 9207).
//!
//! Where this differs from the system that it is modelled on: redirect URIs match as a whole; tokens end 12 hours after the
//! approval whichever way they were approved, and membership is asked each time; a second registration is 409, not an empty 200;
//! a faulty response type is told the client; logging out ends tokens ([`AuthorizationServer::revoke_on_logout`]).
//!
//! What happens is recorded on the tracing target `countersign::audit`: who, through which application, where; never a secret.
//!
//! # The consent form
//!
//! It carries the request once more and a seal: an HMAC-SHA256 over the request, the user and an end ten minutes ahead. A page
//! of another origin can neither read nor make one, and whoever is signed in as somebody else cannot send it. Nothing is kept
//! for it. To send one a second time approves the same request a second time, which gives the same client another code for the
//! same code verifier, at the same place.
//!
//! The endpoints of the management take JSON alone, or methods that pages of other origins cannot send without being asked: so
//! a session cookie does not make them forgeable.
//!
//! # What this does not do
//!
//! Signing users in, sessions, ID tokens (OpenID Connect), clients with secrets, dynamic registration, custom URI schemes for
//! native programs (they listen on the loopback), limits on how often somebody may try. Pages of other origins read the token
//! endpoint's answers only where the application puts a CORS layer around the router.
//!
//! # Deployment
//!
//! * The [`Issuer`] is the origin that browsers see; the router's paths are at its root, behind TLS.
//! * Several instances share the store, and the key of the consent forms ([`AuthorizationServer::with_form_key`]).
//! * Nothing makes room by itself: call [`prune_grants`](countersign_core::oauth::GrantStore::prune_grants) now and then.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `introspection` | | `introspection`: a token store that asks another server (RFC 7662) |
//!
//! # Example
//!
//! ```
//! use axum::response::{IntoResponse, Redirect};
//! use countersign::{MemoryStore, TokenFormat};
//! use countersign_core::oauth::{ApiApplication, ApplicationStore, UriList};
//! use countersign_oauth::{AuthorizationServer, CurrentUser, Membership, Role, StoreError, Visitor, async_trait};
//! use http::{Request, StatusCode};
//! use tower::ServiceExt as _;
//!
//! /// Users are told apart by a header that the login proxy in front sets.
//! struct LoginProxy;
//!
//! #[async_trait]
//! impl CurrentUser for LoginProxy {
//!     async fn current_user(&self, head: &http::request::Parts) -> Result<Visitor, StoreError> {
//!         Ok(match head.headers.get("x-user").and_then(|user| user.to_str().ok()) {
//!             Some(user) => Visitor::user(user),
//!             None => Visitor::unknown(Redirect::to("/login").into_response()),
//!         })
//!     }
//! }
//!
//! struct Staff;
//!
//! #[async_trait]
//! impl Membership for Staff {
//!     async fn role(&self, subject: &str, organisation: &str) -> Result<Option<Role>, StoreError> {
//!         Ok((subject == "ada" && organisation == "acme").then_some(Role::Admin))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let scopes = "things:read things:write".parse()?;
//! let format = TokenFormat::new("acme")?;
//! let server = AuthorizationServer::new("https://api.example".parse()?, scopes, format, store.clone(), LoginProxy, Staff);
//! let app = server.router().nest("/api/0", server.management_router());
//!
//! # use countersign::Clock as _;
//! let toolbar = ApiApplication::new("toolbar", "acme", countersign::SystemClock::new().now());
//! store.add_application(&toolbar.with_redirect_uris(UriList::new(["https://app.example/callback"])?)).await?;
//!
//! let ask = |user, redirect_uri| {
//!     let query = format!(
//!         "response_type=code&client_id=toolbar&redirect_uri={redirect_uri}&scope=things:read&state=xyz\
//!          &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
//!     );
//!     Request::get(format!("/oauth/authorize/?{query}")).header("x-user", user).body(axum::body::Body::empty())
//! };
//! // A member is asked; who is none is sent back; nobody is sent where nothing is registered.
//! assert_eq!(app.clone().oneshot(ask("ada", "https://app.example/callback")?).await?.status(), StatusCode::OK);
//! assert_eq!(app.clone().oneshot(ask("eve", "https://app.example/callback")?).await?.status(), StatusCode::FOUND);
//! assert_eq!(app.oneshot(ask("ada", "https://app.example/evil")?).await?.status(), StatusCode::BAD_REQUEST);
//! # Ok(())
//! # }
//! ```

mod answer;
mod application_origins;
mod applications;
mod ask;
mod audit;
mod authorizations;
mod authorize;
mod body;
mod discovery;
mod error;
mod host;
mod introspect;
#[cfg(feature = "introspection")]
pub mod introspection;
mod issuer;
mod metadata;
mod minted;
mod pages;
mod parameters;
mod pkce;
mod redirect_uri;
mod revoke;
mod server;
mod signed_in;
mod store;
mod token;

pub use application_origins::ApplicationOrigins;
pub use countersign::{StoreError, async_trait};
pub use host::{CurrentUser, Membership, Role, Visitor};
#[cfg(feature = "introspection")]
pub use introspection::{IntrospectionTokenStore, InvalidEndpoint};
pub use issuer::{InvalidIssuer, Issuer};
pub use pages::{ConsentPage, DefaultPages, Pages, RefusalPage};
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use server::AuthorizationServer;
pub use store::AuthorizationStore;
