//! What a token must be good for.

use countersign_core::Scope;
use http::Request;
use http::request::Parts;

use super::layer::{gate_layer, insufficient_scope};
use crate::auth::{
    AuthError, AuthErrorKind, AuthLayer, Authenticate, Authenticated, Challenge, ChallengeText, Verdict,
};

/// The scopes that a token must have: all of a list, or at least one of it.
///
/// Scope-tokens are compared byte by byte; none includes another (RFC 6749 §3.3). An empty list admits nobody: a
/// setting that was left empty must not open the door.
///
/// ```
/// use countersign::gate::RequiredScopes;
///
/// let required = RequiredScopes::all_of("things:read things:write".parse()?);
/// assert!(required.are_met_by(&"things:write things:read other".parse()?));
/// assert!(!required.are_met_by(&"things:read".parse()?));
/// # Ok::<(), countersign::InvalidScope>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScopes(Required);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Required {
    AllOf(Scope),
    AnyOf(Scope),
}

impl RequiredScopes {
    /// Every one of them.
    #[must_use]
    pub const fn all_of(scope: Scope) -> Self {
        Self(Required::AllOf(scope))
    }

    /// At least one of them. The challenge of a refusal names them all: whoever asks for all of them gets in.
    #[must_use]
    pub const fn any_of(scope: Scope) -> Self {
        Self(Required::AnyOf(scope))
    }

    /// Whether a token that was granted this scope has what is required.
    #[must_use]
    pub fn are_met_by(&self, granted: &Scope) -> bool {
        match &self.0 {
            Required::AllOf(wanted) => !wanted.is_empty() && wanted.iter().all(|token| granted.contains(token)),
            Required::AnyOf(wanted) => wanted.iter().any(|token| granted.contains(token)),
        }
    }

    /// Adds the `scope` parameter to a challenge (RFC 6750 §3).
    pub(crate) fn name_in(&self, challenge: Challenge) -> Challenge {
        let (Required::AllOf(wanted) | Required::AnyOf(wanted)) = &self.0;
        match ChallengeText::new(wanted.to_string()) {
            Ok(text) if !wanted.is_empty() => challenge.with("scope", text),
            _ => challenge,
        }
    }
}

gate_layer! {
    /// Lets those through whose token has the required scopes; see the [module's documentation](crate::gate).
    RequireScopeLayer(ScopeGate)
}

impl RequireScopeLayer {
    /// Wants these scopes.
    #[must_use]
    pub fn new(required: RequiredScopes) -> Self {
        Self(AuthLayer::new(ScopeGate { required }))
    }
}

/// Decides for [`RequireScopeLayer`].
#[derive(Clone, Debug)]
pub struct ScopeGate {
    required: RequiredScopes,
}

impl<B> Authenticate<B> for ScopeGate {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        Authenticated::of(&head.extensions).is_some()
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        match failure {
            Some(failure) if failure.kind() == AuthErrorKind::InsufficientScope => {
                vec![self.required.name_in(insufficient_scope())]
            }
            Some(failure) => failure.challenges().map(<[_]>::to_vec).unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        let caller = match Authenticated::required(request.extensions()) {
            Ok(caller) => caller,
            Err(error) => return error.into(),
        };
        let refused = AuthError::new(AuthErrorKind::InsufficientScope);
        match caller.token() {
            Some(token) if self.required.are_met_by(token.scope()) => Verdict::Ready(Ok(request)),
            Some(token) => refused.with_token(token.clone()).into(),
            // Who signs with a key has no scope.
            None => refused.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(list: &str) -> Scope {
        list.parse().unwrap()
    }

    #[test]
    fn all_are_wanted_or_any() {
        let cases = [
            ("a b", "a b", true, true),
            ("a b", "c b a", true, true),
            ("a b", "a", false, true),
            ("a b", "c", false, false),
            ("a b", "", false, false),
            ("a", "aa A a:b", false, false),
            ("", "", false, false),
            ("", "a", false, false),
        ];
        for (wanted, granted, all, any) in cases {
            assert_eq!(RequiredScopes::all_of(scope(wanted)).are_met_by(&scope(granted)), all, "all of {wanted:?}");
            assert_eq!(RequiredScopes::any_of(scope(wanted)).are_met_by(&scope(granted)), any, "any of {wanted:?}");
        }
    }

    #[test]
    fn a_challenge_names_what_is_required_unless_that_is_nothing() {
        let named = |required: RequiredScopes| required.name_in(Challenge::new("Bearer")).to_string();
        assert_eq!(named(RequiredScopes::all_of(scope("a b"))), r#"Bearer scope="a b""#);
        assert_eq!(named(RequiredScopes::any_of(scope("b a"))), r#"Bearer scope="b a""#);
        assert_eq!(named(RequiredScopes::any_of(scope(""))), "Bearer");
    }
}
