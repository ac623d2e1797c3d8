//! What a tonic client needs around its channel to sign: the whole call, or its head alone.

use std::sync::{Arc, OnceLock};

use countersign::body::AuthBody;
use countersign::hmac::schemes::Rfc9421;
use countersign::{Clock as _, KeyId, Secret, SignError, SignLayer, SystemClock, sign_request};
use http::{HeaderMap, HeaderName, Request, Response};
use tonic::body::Body;
use tonic::transport::Channel;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceBuilder};

use crate::{Failure, KEY_ID};

/// A channel, with or without something that signs around it.
pub(crate) type Calls = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// Signs nothing.
pub(crate) fn unsigned(channel: Channel) -> Calls {
    Calls::new(ServiceBuilder::new().map_err(BoxError::from).service(channel))
}

/// Signs everything: the message is read first, and its digest is covered. For unary calls; a stream would be read to its
/// end before anything is sent.
pub(crate) fn whole(calls: Calls, secret: Secret) -> Result<Calls, Failure> {
    let signing = SignLayer::new(Rfc9421::new(), KEY_ID.parse()?, secret);
    let service = ServiceBuilder::new()
        .layer(signing)
        .map_request(|request: Request<AuthBody<Body>>| request.map(Body::new))
        .service(calls);
    Ok(Calls::new(service))
}

/// Signs the head and these fields of metadata, and lets the messages stream.
pub(crate) fn head(calls: Calls, secret: Secret, fields: &[&str]) -> Result<Calls, Failure> {
    let components = ["@method", "@authority", "@path", "@query"].iter().chain(fields);
    let (scheme, key_id) = (Rfc9421::new().with_covered_components(components), KeyId::new(KEY_ID)?);
    let sign = move |request: Request<Body>| {
        let (mut head, body) = request.into_parts();
        sign_request(&mut head, b"", &scheme, &key_id, &secret, SystemClock::new().now())?;
        Ok::<_, SignError>(Request::from_parts(head, body))
    };
    Ok(Calls::new(ServiceBuilder::new().filter(sign).service(calls)))
}

/// What a server has to expect of somebody who reads along: sends the first call's signature again with all others.
pub(crate) fn replaying(calls: Calls) -> Calls {
    let first = Arc::new(OnceLock::<HeaderMap>::new());
    let replay = move |mut request: Request<Body>| {
        let headers = first.get_or_init(|| request.headers().clone());
        for name in [SIGNATURE_INPUT, SIGNATURE] {
            if let Some(value) = headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        request
    };
    Calls::new(ServiceBuilder::new().map_request(replay).service(calls))
}

const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
