//! The styles of the originals: they own status and challenge, and still promise what every refusal promises.

use bytes::Bytes;
use countersign::auth::RejectionResponse;
use countersign::bearer::{DjbletsRejection, KallitheaRejection, SentryApiRejection};
use countersign::{AuthError, AuthErrorKind, Challenge};
use http::{Request, Response, header};

use crate::refusal::{Ask, CANARY, ROWS, refusal};

const PLAIN: Ask = |target| Request::post(target);
const JSON: Ask = |target| Request::post(target).header("accept", "application/json");

fn field<'r>(response: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// Refuses for every reason there is, with the status that `expected` says or the layer's, and holds each refusal to what
/// holds for all.
async fn holds<R: RejectionResponse + Clone>(style: R, expected: impl Fn(AuthErrorKind) -> Option<u16>) {
    for (kind, status, ..) in ROWS {
        let status = expected(*kind).unwrap_or(*status);
        for ask in [PLAIN, JSON] {
            let response = refusal(*kind, style.clone(), ask).await;
            assert_eq!(response.status(), status, "{kind:?}");
            assert_eq!(field(&response, "cache-control"), Some("no-store"), "{kind:?}");
            assert!(status != 401 || response.headers().contains_key(header::WWW_AUTHENTICATE), "{kind:?}");
            assert_eq!(field(&response, "retry-after"), (status == 503).then_some("1"), "{kind:?}");
            assert_eq!(field(&response, "allow"), (status == 405).then_some("POST"), "{kind:?}");
            assert_eq!(response.extensions().get::<AuthError>().map(AuthError::kind), Some(*kind));
            assert!(!response.body().is_empty() && field(&response, "content-type").is_some());
            // The reason of a revocation is the administrator's own word to the owner.
            let told = format!("{:?} {:?}", response.headers(), response.body());
            let may_tell = *kind == AuthErrorKind::TokenRevoked && told.contains("became invalid on")
                // And a page knows its origin.
                || *kind == AuthErrorKind::WrongOrigin && told.contains("Invalid origin: ");
            assert_eq!(told.contains(CANARY), may_tell, "{kind:?}: {told}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn djblets_answers_401_for_tokens_and_403_for_what_they_do_not_reach() {
    use AuthErrorKind::{InsufficientScope, WrongOrganisation, WrongOrigin};
    let expected = |kind| matches!(kind, InsufficientScope | WrongOrganisation | WrongOrigin).then_some(403);
    holds(DjbletsRejection::new(), expected).await;
    holds(DjbletsRejection::new().with_challenge(Challenge::new("token")), expected).await;
}

#[tokio::test(start_paused = true)]
async fn kallithea_answers_403_for_all_that_is_wrong_with_a_token() {
    use AuthErrorKind::{InsufficientScope, MalformedCredentials, WrongOrganisation, WrongOrigin};
    use AuthErrorKind::{TokenExpired, TokenNotYetValid, TokenRevoked, UnknownToken};
    let expected = |kind| match kind {
        InsufficientScope | MalformedCredentials | WrongOrganisation | WrongOrigin => Some(403),
        TokenExpired | TokenNotYetValid | TokenRevoked | UnknownToken => Some(403),
        _ => None,
    };
    holds(KallitheaRejection::new(), expected).await;
    holds(KallitheaRejection::of_0_4(), expected).await;
}

#[tokio::test(start_paused = true)]
async fn sentry_answers_401_for_the_wrong_organisation_too_and_400_for_the_wrong_origin() {
    let expected = |kind| match kind {
        AuthErrorKind::WrongOrganisation => Some(401),
        AuthErrorKind::WrongOrigin => Some(400),
        _ => None,
    };
    holds(SentryApiRejection::new(), expected).await;
    holds(SentryApiRejection::new().with_challenge(Challenge::new("Bearer")), expected).await;
}

#[tokio::test]
async fn a_challenge_may_be_chosen() {
    let bearer = Challenge::new("Bearer");
    for (response, expected) in [
        (refusal(AuthErrorKind::UnknownToken, DjbletsRejection::new(), PLAIN).await, r#"Basic realm="Web API""#),
        (refusal(AuthErrorKind::UnknownToken, SentryApiRejection::new(), PLAIN).await, r#"xBasic realm="api""#),
        (
            refusal(AuthErrorKind::UnknownToken, DjbletsRejection::new().with_challenge(bearer.clone()), PLAIN).await,
            "Bearer",
        ),
        (refusal(AuthErrorKind::UnknownToken, SentryApiRejection::new().with_challenge(bearer), PLAIN).await, "Bearer"),
    ] {
        assert_eq!(field(&response, "www-authenticate"), Some(expected));
    }
}
