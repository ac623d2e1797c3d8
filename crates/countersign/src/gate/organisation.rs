//! Whose things a token reaches.

use std::sync::Arc;

use http::Request;
use http::request::Parts;

use super::OrganisationPath;
use super::layer::{gate_layer, insufficient_scope};
use crate::auth::{AuthError, AuthErrorKind, AuthLayer, Authenticate, Authenticated, Challenge, SignedHead, Verdict};

gate_layer! {
    /// Lets those through whose token is bound to the organisation that the path names; see the
    /// [module's documentation](crate::gate).
    OrganisationLayer(OrganisationGate)
}

impl OrganisationLayer {
    /// Finds the organisation in the path as the client sent it, also inside a `nest` (with the feature `axum`).
    #[must_use]
    pub fn for_path(path: OrganisationPath) -> Self {
        Self(AuthLayer::new(OrganisationGate { path: Arc::new(path), others: Arc::default() }))
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

/// Decides for [`OrganisationLayer`].
#[derive(Clone, Debug)]
pub struct OrganisationGate {
    path: Arc<OrganisationPath>,
    others: Arc<[Box<str>]>,
}

impl OrganisationGate {
    fn admit(&self, head: &Parts) -> Result<(), AuthError> {
        let caller = Authenticated::required(&head.extensions)?;
        let refused = |reason| {
            let error = AuthError::new(AuthErrorKind::WrongOrganisation).with_reason(reason);
            Err(caller.token().cloned().into_iter().fold(error, AuthError::with_token))
        };
        let target = SignedHead::read(head, None)?;
        let Some(organisation) = self.path.organisation(target.path()) else {
            return match self.others.iter().any(|other| **other == *target.path()) {
                true => Ok(()),
                false => refused(NO_ORGANISATION),
            };
        };
        match caller.token().map(|token| token.organisation()) {
            Some(Some(own)) if own == organisation => Ok(()),
            Some(Some(_)) => refused("the token is bound to another one"),
            Some(None) => refused("the token is bound to none"),
            None => refused("the caller has no token"),
        }
    }
}

impl<B> Authenticate<B> for OrganisationGate {
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
        Verdict::Ready(self.admit(&head).map(|()| Request::from_parts(head, body)))
    }
}
