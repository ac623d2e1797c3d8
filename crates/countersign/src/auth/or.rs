//! Several kinds of credentials in front of one service.

use http::Request;
use http::request::Parts;
use http_body_util::Either;

use crate::auth::{AuthError, AuthErrorKind, Authenticate, Challenge, Verdict};

/// Two authenticators of which the one is asked whose kind of credentials a request has; made by
/// [`AuthLayer::or`](crate::AuthLayer::or).
#[derive(Clone, Debug)]
pub struct Or<A, C> {
    first: A,
    second: C,
}

impl<A, C> Or<A, C> {
    pub(crate) const fn new(first: A, second: C) -> Self {
        Self { first, second }
    }
}

impl<A, C, B> Authenticate<B> for Or<A, C>
where
    A: Authenticate<B, Body: Send + 'static> + Clone,
    C: Authenticate<B, Body: Send + 'static> + Clone,
    B: 'static,
{
    type Body = Either<A::Body, C::Body>;

    fn claims(&self, head: &Parts) -> bool {
        self.first.claims(head) || self.second.claims(head)
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        match failure.and_then(AuthError::challenges) {
            Some(challenges) => challenges.to_vec(),
            None => [self.first.challenges(None), self.second.challenges(None)].concat(),
        }
    }

    fn untouched(&self, body: B) -> Self::Body {
        Either::Left(self.first.untouched(body))
    }

    fn conceal(&self, head: &mut Parts) {
        self.first.conceal(head);
        self.second.conceal(head);
    }

    fn adds_response_fields(&self) -> bool {
        self.first.adds_response_fields() || self.second.adds_response_fields()
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<Self::Body> {
        let (head, body) = request.into_parts();
        let claims = (self.first.claims(&head), self.second.claims(&head));
        let request = Request::from_parts(head, body);
        match claims {
            (true, false) => {
                let asked = self.first.clone();
                self.first.authenticate(request).map(move |decision| match decision {
                    Ok(request) => Ok(request.map(Either::Left)),
                    Err(error) => Err(challenged_by::<A, B>(&asked, error)),
                })
            }
            (false, true) => {
                let asked = self.second.clone();
                self.second.authenticate(request).map(move |decision| match decision {
                    Ok(request) => Ok(request.map(Either::Right)),
                    Err(error) => Err(challenged_by::<C, B>(&asked, error)),
                })
            }
            (true, true) => AuthError::new(AuthErrorKind::SeveralCredentials).into(),
            (false, false) => AuthError::new(AuthErrorKind::MissingCredentials).into(),
        }
    }
}

/// The one that refused says how to do better; the other was not asked and has nothing to say.
fn challenged_by<A: Authenticate<B>, B>(asked: &A, error: AuthError) -> AuthError {
    let challenges = asked.challenges(Some(&error));
    error.with_challenges(challenges)
}
