//! What all gates have in common.

use std::time::Duration;

use http::Request;

use crate::auth::{Answer, AuthError, Challenge, ChallengeText, Verdict};

/// RFC 6750 §3.1: another token might do.
pub(super) fn insufficient_scope() -> Challenge {
    Challenge::new("Bearer").with("error", ChallengeText::from_static("insufficient_scope"))
}

/// Lets a request through if `judge` does, once a store has answered.
pub(super) fn once_answered<B: Send + 'static, T: Send + 'static>(
    request: Request<B>,
    answer: Answer<T>,
    limit: Duration,
    judge: impl FnOnce(T) -> Result<(), AuthError> + Send + 'static,
) -> Verdict<B> {
    match answer {
        Answer::Now(answer) => Verdict::Ready(answer.and_then(judge).map(|()| request)),
        later @ Answer::Later(_) => {
            Verdict::Pending(Box::pin(async move { later.within(limit).await.and_then(judge).map(|()| request) }))
        }
    }
}

/// A gate as a layer: the options that make sense for it, written once.
macro_rules! gate_layer {
    ($(#[$doc:meta])* $layer:ident($gate:ident)) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $layer($crate::auth::AuthLayer<$gate>);

        impl $layer {
            /// Makes the responses to refused requests; [`NegotiatedRejection`](crate::auth::NegotiatedRejection) unless
            /// told otherwise.
            #[must_use]
            pub fn with_rejection(self, rejection: impl $crate::auth::RejectionResponse) -> Self {
                Self(self.0.with_rejection(rejection))
            }

            /// Lets CORS preflights through: `OPTIONS` with `Origin` and `Access-Control-Request-Method`, which browsers
            /// send without credentials. Needed where the authenticating layer outside lets them through too.
            #[must_use]
            pub fn with_cors_preflights(self) -> Self {
                Self(self.0.with_cors_preflights())
            }
        }

        impl<S> tower_layer::Layer<S> for $layer {
            type Service = $crate::auth::Auth<S, $gate>;

            fn layer(&self, inner: S) -> Self::Service {
                self.0.layer(inner)
            }
        }
    };
}

pub(super) use gate_layer;
