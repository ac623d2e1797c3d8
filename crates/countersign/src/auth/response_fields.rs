//! What an authenticator says in the response to a request that it admitted.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::auth::Authenticate;
use crate::auth::layer::Shared;
use crate::auth::sealing::{Seal, Sealer};

/// Header fields for the response to an admitted request: that the token's format is deprecated, say.
///
/// An [`Authenticate`] that [says so](Authenticate::adds_response_fields) puts them into the request's extensions. The
/// service takes them out before the inner service is called, and adds those that the inner service's response does not
/// have by itself.
#[derive(Clone, Debug, Default)]
pub struct ResponseFields(Box<Fields>);

#[derive(Clone, Debug, Default)]
struct Fields {
    headers: HeaderMap,
    sealer: Option<Sealer>,
}

impl ResponseFields {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; instead of the one with the same name, if there is one.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The response is to be signed, with the digest of bodies of `limit` bytes at most, or of none.
    #[cfg_attr(not(feature = "hmac"), expect(dead_code, reason = "tokens sign nothing"))]
    pub(crate) fn sealed(seal: Arc<dyn Seal>, limit: Option<usize>) -> Self {
        Self(Box::new(Fields { headers: HeaderMap::new(), sealer: Some(Sealer { seal, limit }) }))
    }

    pub(super) fn take_sealer(&mut self) -> Option<Sealer> {
        self.0.sealer.take()
    }

    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        for (name, value) in self.0.headers {
            if let Some(name) = name {
                headers.entry(name).or_insert(value);
            }
        }
    }
}

impl<A> Shared<A> {
    /// Takes the fields off a request that is admitted. Costs nothing where the authenticator never adds any.
    #[inline]
    pub(crate) fn response_fields<B>(&self, request: &mut Request<A::Body>) -> Option<ResponseFields>
    where
        A: Authenticate<B>,
    {
        if self.authenticator.adds_response_fields() { request.extensions_mut().remove() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::ready;

    use bytes::Bytes;
    use http::Response;
    use http::request::Parts;
    use http_body_util::Full;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::auth::{AuthError, AuthLayer, Challenge, Verdict};

    /// Admits whatever names it, at once or later, and says so.
    #[derive(Clone)]
    struct Says {
        name: &'static str,
        adds: bool,
        later: bool,
    }

    impl Authenticate<()> for Says {
        type Body = ();

        fn claims(&self, head: &Parts) -> bool {
            head.headers.contains_key(self.name)
        }

        fn challenges(&self, _: Option<&AuthError>) -> Vec<Challenge> {
            Vec::new()
        }

        fn untouched(&self, (): ()) {}

        fn adds_response_fields(&self) -> bool {
            self.adds
        }

        fn authenticate(&self, mut request: Request<()>) -> Verdict<()> {
            let says = |name| (HeaderName::from_static(name), HeaderValue::from_static(self.name));
            let fields = [says("x-says"), says("x-own")];
            let fields = fields.into_iter().fold(ResponseFields::new(), |all, (name, value)| all.with(name, value));
            request.extensions_mut().insert(fields);
            if self.later {
                return Verdict::Pending(Box::pin(async {
                    tokio::task::yield_now().await;
                    Ok(request)
                }));
            }
            Verdict::Ready(Ok(request))
        }
    }

    /// What stands in `x-says` and `x-own` of the response to a request of `name`; the inner service sets the latter.
    async fn told<A>(layer: AuthLayer<A>, name: &'static str) -> (Option<HeaderValue>, HeaderValue, bool)
    where
        A: Authenticate<(), Body: 'static> + Clone,
    {
        let service = layer.layer(service_fn(|request: Request<A::Body>| {
            let seen = request.extensions().get::<ResponseFields>().is_some();
            let response =
                Response::builder().header("x-own", "handler").header("x-seen", if seen { "1" } else { "0" });
            ready(Ok::<_, Infallible>(response.body(Full::<Bytes>::default()).unwrap()))
        }));
        let request = Request::get("/").header(name, "1").body(()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        let field = |name| response.headers().get(name).cloned();
        (field("x-says"), field("x-own").unwrap(), field("x-seen").unwrap() == "1")
    }

    #[tokio::test]
    async fn fields_are_added_unless_the_handler_set_them_and_no_handler_sees_them_before() {
        for later in [false, true] {
            let one = Says { name: "one", adds: true, later };
            let (says, own, seen) = told(AuthLayer::new(one.clone()), "one").await;
            assert_eq!((says.unwrap(), own, seen), ("one".parse().unwrap(), "handler".parse().unwrap(), false));
            let silent = Says { name: "two", adds: false, later };
            let (says, _, seen) = told(AuthLayer::new(silent.clone()), "two").await;
            assert_eq!((says, seen), (None, true), "nobody looks for them");
            let (says, ..) = told(AuthLayer::new(silent).or(AuthLayer::new(one)), "one").await;
            assert_eq!(says.unwrap(), "one");
        }
    }
}
