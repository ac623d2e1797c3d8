//! Any authenticator as a layer.

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

use crate::auth::{Auth, NegotiatedRejection, Or, RejectionResponse};

/// Puts an authenticator in front of a service, and holds what every kind of authenticator has in common.
///
/// Most people use [`HmacAuthLayer`](crate::HmacAuthLayer) or [`BearerTokenLayer`](crate::BearerTokenLayer), which have the
/// same options; this is the layer for an [`Authenticate`](crate::auth::Authenticate) of your own, and for several together.
#[must_use = "a layer guards nothing until it is applied"]
pub struct AuthLayer<A> {
    shared: Arc<Shared<A>>,
}

/// What a layer and all services made by it share.
#[derive(Clone)]
pub(crate) struct Shared<A> {
    pub(crate) authenticator: A,
    pub(crate) rejection: Arc<dyn RejectionResponse>,
    pub(crate) optional: bool,
    pub(crate) cors_preflights: bool,
}

impl<A> AuthLayer<A> {
    /// Lets those requests through that `authenticator` admits.
    pub fn new(authenticator: A) -> Self {
        let rejection = Arc::new(NegotiatedRejection::new());
        Self { shared: Arc::new(Shared { authenticator, rejection, optional: false, cors_preflights: false }) }
    }
}

impl<A: Clone> AuthLayer<A> {
    /// Makes the responses to refused requests; [`NegotiatedRejection`] unless told otherwise.
    pub fn with_rejection(mut self, rejection: impl RejectionResponse) -> Self {
        self.shared_mut().rejection = Arc::new(rejection);
        self
    }

    /// Lets requests without credentials through as [`Caller::Anonymous`](crate::Caller::Anonymous). Bad credentials are
    /// still refused.
    pub fn with_optional(mut self) -> Self {
        self.shared_mut().optional = true;
        self
    }

    /// Lets CORS preflights through: `OPTIONS` with `Origin` and `Access-Control-Request-Method`, which browsers send
    /// without credentials. A `CorsLayer` outside this layer answers them before they come here and needs no exception.
    pub fn with_cors_preflights(mut self) -> Self {
        self.shared_mut().cors_preflights = true;
        self
    }

    /// Asks this layer's authenticator or the `other`'s, whichever kind of credentials a request has.
    ///
    /// Both kinds at once are refused with 400; bad credentials of one kind are refused, never skipped over; none at all
    /// are answered with the challenges of both. Requests without credentials, and preflights, pass only if both layers let
    /// them; refusals look as this layer's do.
    pub fn or<C: Clone>(self, other: impl Into<AuthLayer<C>>) -> AuthLayer<Or<A, C>> {
        let (first, second) = (Arc::unwrap_or_clone(self.shared), Arc::unwrap_or_clone(other.into().shared));
        AuthLayer {
            shared: Arc::new(Shared {
                authenticator: Or::new(first.authenticator, second.authenticator),
                rejection: first.rejection,
                optional: first.optional && second.optional,
                cors_preflights: first.cors_preflights && second.cors_preflights,
            }),
        }
    }

    /// The authenticator, for use without tower.
    #[must_use]
    pub fn authenticator(&self) -> &A {
        &self.shared.authenticator
    }

    /// The same with another authenticator.
    #[cfg(feature = "sentry")]
    pub(crate) fn map<C>(self, change: impl FnOnce(A) -> C) -> AuthLayer<C> {
        let Shared { authenticator, rejection, optional, cors_preflights } = Arc::unwrap_or_clone(self.shared);
        let authenticator = change(authenticator);
        AuthLayer { shared: Arc::new(Shared { authenticator, rejection, optional, cors_preflights }) }
    }

    #[cfg(any(feature = "bearer", feature = "gate", feature = "hmac"))]
    pub(crate) fn authenticator_mut(&mut self) -> &mut A {
        &mut self.shared_mut().authenticator
    }

    fn shared_mut(&mut self) -> &mut Shared<A> {
        Arc::make_mut(&mut self.shared)
    }
}

impl<S, A> Layer<S> for AuthLayer<A> {
    type Service = Auth<S, A>;

    fn layer(&self, inner: S) -> Auth<S, A> {
        Auth::new(inner, self.shared.clone())
    }
}

impl<A> Clone for AuthLayer<A> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<A: fmt::Debug> fmt::Debug for AuthLayer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("authenticator", &self.shared.authenticator)
            .field("optional", &self.shared.optional)
            .field("cors_preflights", &self.shared.cors_preflights)
            .finish_non_exhaustive()
    }
}

/// The options that every layer has, written once.
#[cfg(any(feature = "bearer", feature = "hmac"))]
macro_rules! layer_options {
    ($layer:ident, $authenticator:ty) => {
        impl $layer {
            /// Makes the responses to refused requests; [`NegotiatedRejection`](crate::auth::NegotiatedRejection) unless
            /// told otherwise.
            pub fn with_rejection(self, rejection: impl $crate::auth::RejectionResponse) -> Self {
                Self(self.0.with_rejection(rejection))
            }

            /// Lets requests without credentials through as [`Caller::Anonymous`](crate::Caller::Anonymous). Bad
            /// credentials are still refused.
            pub fn with_optional(self) -> Self {
                Self(self.0.with_optional())
            }

            /// Lets CORS preflights through: `OPTIONS` with `Origin` and `Access-Control-Request-Method`, which browsers
            /// send without credentials. A `CorsLayer` outside this layer answers them before they come here and needs no
            /// exception.
            pub fn with_cors_preflights(self) -> Self {
                Self(self.0.with_cors_preflights())
            }

            /// Asks this layer's authenticator or the `other`'s, whichever kind of credentials a request has; see
            /// [`AuthLayer::or`](crate::AuthLayer::or).
            pub fn or<C: Clone>(
                self,
                other: impl Into<$crate::auth::AuthLayer<C>>,
            ) -> $crate::auth::AuthLayer<$crate::auth::Or<$authenticator, C>> {
                self.0.or(other)
            }

            /// The authenticator, for use without tower.
            pub fn authenticator(&self) -> &$authenticator {
                self.0.authenticator()
            }
        }

        impl<S> tower_layer::Layer<S> for $layer {
            type Service = $crate::auth::Auth<S, $authenticator>;

            fn layer(&self, inner: S) -> Self::Service {
                self.0.layer(inner)
            }
        }

        impl From<$layer> for $crate::auth::AuthLayer<$authenticator> {
            fn from(layer: $layer) -> Self {
                layer.0.into()
            }
        }
    };
}

#[cfg(any(feature = "bearer", feature = "hmac"))]
pub(crate) use layer_options;
