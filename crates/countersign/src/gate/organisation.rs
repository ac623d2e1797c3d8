//! Whose things a token reaches.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::TokenInfo;
use http::Request;
use http::request::Parts;

use super::layer::{gate_layer, insufficient_scope, once_answered};
use super::{OrganisationNames, OrganisationPath, Organisations};
use crate::auth::{
    Answer, Ask, AuthError, AuthErrorKind, AuthLayer, Authenticate, Authenticated, Challenge, SignedHead, Verdict,
};

gate_layer! {
    /// Lets those through whose token is bound to the organisation that the path names; see the
    /// [module's documentation](crate::gate).
    OrganisationLayer(OrganisationGate)
}

impl OrganisationLayer {
    /// Finds the organisation in the path as the client sent it, also inside a `nest` (with the feature `axum`). It has to be
    /// what the token is bound to ([`TokenInfo::organisation`]), byte by byte.
    #[must_use]
    pub fn for_path(path: OrganisationPath) -> Self {
        Self(AuthLayer::new(OrganisationGate {
            path: Arc::new(path),
            others: Arc::default(),
            organisations: None,
            unbound: false,
            store_timeout: Duration::from_secs(1),
        }))
    }

    /// Lets paths name the organisation by its id or by its slug, as `organisations` has them for what the token is bound to.
    /// It is asked for each request whose path names an organisation.
    #[must_use]
    pub fn with_organisations(mut self, organisations: impl Organisations) -> Self {
        self.0.authenticator_mut().organisations = Some(Arc::new(organisations));
        self
    }

    /// How long asking for an organisation's names may take; one second unless told otherwise, then 503.
    #[must_use]
    pub fn with_store_timeout(mut self, limit: Duration) -> Self {
        self.0.authenticator_mut().store_timeout = limit;
        self
    }

    /// Lets tokens that are bound to no organisation through to every path: those of users, say, beside those of applications.
    ///
    /// Insecure, since which organisations they reach is then for the handlers to say, and a token that somebody forgot to
    /// bind reaches all of them.
    #[must_use]
    pub fn with_insecure_unbound_tokens(mut self) -> Self {
        self.0.authenticator_mut().unbound = true;
        self
    }

    /// Lets authenticated callers of any organisation, and of none, through to these paths, exactly as they are written
    /// here: `/me`, say. A path that names an organisation is never let through for being listed. Each call adds to the list.
    #[must_use]
    pub fn with_other_paths<P: Into<Box<str>>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        let gate = self.0.authenticator_mut();
        gate.others = gate.others.iter().cloned().chain(paths.into_iter().map(Into::into)).collect();
        self
    }
}

/// A reason that a style of rejections tells apart.
pub(crate) const NO_ORGANISATION: &str = "the path names no organisation, or not beyond doubt";

/// Another one.
pub(crate) const ORGANISATION_GONE: &str = "the token's organisation is gone";

/// Decides for [`OrganisationLayer`].
#[derive(Clone)]
pub struct OrganisationGate {
    path: Arc<OrganisationPath>,
    others: Arc<[Box<str>]>,
    organisations: Option<Arc<dyn Organisations>>,
    unbound: bool,
    store_timeout: Duration,
}

impl OrganisationGate {
    /// Decides, unless it is up to what a store says.
    fn judge(&self, head: &Parts) -> Result<Option<Bound>, AuthError> {
        let caller = Authenticated::required(&head.extensions)?;
        let refused = |reason| Err(refusal(reason, caller.token()));
        let target = SignedHead::read(head, None)?;
        if self.unbound && caller.token().is_some_and(|token| token.organisation().is_none()) {
            return Ok(None);
        }
        let Some(named) = self.path.organisation(target.path()) else {
            return match self.others.iter().any(|other| **other == *target.path()) {
                true => Ok(None),
                false => refused(NO_ORGANISATION),
            };
        };
        let Some(token) = caller.token() else { return refused("the caller has no token") };
        match (token.organisation(), &self.organisations) {
            (None, _) => refused("the token is bound to none"),
            (Some(own), Some(organisations)) => {
                let (organisations, own) = (organisations.clone(), Box::<str>::from(own));
                let names = Ask::now(async move { organisations.names(&own).await });
                Ok(Some(Bound { names, token: token.clone(), named: named.into() }))
            }
            (Some(own), None) if own == named => Ok(None),
            (Some(_), None) => refused(ANOTHER),
        }
    }
}

const ANOTHER: &str = "the token is bound to another one";

/// The organisation that a path names, a token, and how the one that it is bound to may be named.
struct Bound {
    named: Box<str>,
    token: TokenInfo,
    names: Answer<Option<OrganisationNames>>,
}

fn refusal(reason: &'static str, token: Option<&TokenInfo>) -> AuthError {
    let error = AuthError::new(AuthErrorKind::WrongOrganisation).with_reason(reason);
    token.cloned().into_iter().fold(error, AuthError::with_token)
}

impl<B: Send + 'static> Authenticate<B> for OrganisationGate {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        Authenticated::of(&head.extensions).is_some()
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        match failure {
            Some(failure) if failure.kind() == AuthErrorKind::WrongOrganisation => vec![insufficient_scope()],
            Some(failure) => failure.challenges().map(<[_]>::to_vec).unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        let (head, body) = request.into_parts();
        let judged = self.judge(&head);
        let request = Request::from_parts(head, body);
        match judged {
            Err(error) => error.into(),
            Ok(None) => Verdict::Ready(Ok(request)),
            Ok(Some(Bound { named, token, names })) => {
                once_answered(request, names, self.store_timeout, move |names| match names {
                    Some(names) if names.include(&named) => Ok(()),
                    Some(_) => Err(refusal(ANOTHER, Some(&token))),
                    None => Err(refusal(ORGANISATION_GONE, Some(&token))),
                })
            }
        }
    }
}

impl fmt::Debug for OrganisationGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrganisationGate")
            .field("path", &self.path)
            .field("others", &self.others)
            .field("unbound", &self.unbound)
            .field("store_timeout", &self.store_timeout)
            .finish_non_exhaustive()
    }
}
