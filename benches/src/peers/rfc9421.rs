//! The `httpsig-hyper` crate, called by a service: it has no layer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use httpsig_hyper::prelude::message_component::HttpMessageComponentId;
use httpsig_hyper::prelude::{AlgorithmName, HttpSignatureParams, SharedKey};
use httpsig_hyper::{ContentDigestType, MessageSignature as _, MessageSignatureReq as _, RequestContentDigest as _};
use tower::service_fn;

use crate::case::Row;
use crate::peers::refuse;
use crate::service::handle;
use crate::signature::Key;
use crate::template::Template;

type Keys = Arc<HashMap<String, SharedKey>>;

pub(crate) fn row(keys: Vec<Key>) -> Row {
    let keys = keys.into_iter().map(|key| (key.id, SharedKey::HmacSha256(key.secret.into_bytes())));
    let keys: Keys = Arc::new(keys.collect());
    Row::serve("httpsig-hyper", service_fn(move |request| verify(keys.clone(), request)))
}

/// Signs a request as our client does, but by the peer's: it verifies only parameters in the order in which it writes them.
pub(crate) fn sign(template: &mut Template, key: &Key) {
    let components = ["@method", "@authority", "@path", "@query", "content-digest"];
    let components: Vec<_> = components.map(|name| HttpMessageComponentId::try_from(name).expect("it is one")).into();
    let mut params = HttpSignatureParams::try_new(&components).expect("they are different");
    params.set_alg(&AlgorithmName::HmacSha256).set_keyid(&key.id).set_random_nonce();
    let secret = SharedKey::HmacSha256(key.secret.clone().into_bytes());
    let request = Request::from_parts(template.head_mut().clone(), Full::new(Bytes::from(template.body())));
    let signed = async {
        let mut request = request.set_content_digest(&ContentDigestType::Sha256).await.expect("it has a body");
        request.set_message_signature(&params, &secret, Some("sig1")).await.expect("it can be signed");
        request
    };
    let signed = signed.now_or_never().expect("everything is at hand");
    *template.head_mut() = signed.into_parts().0;
}

/// The signature first, then the body's digest. That the digest is signed at all, and that the signature is fresh, is left to
/// whoever calls the crate, and is not looked at here.
async fn verify(keys: Keys, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    // It wants a body that can be shared between threads, which axum's cannot.
    let request = Request::from_parts(head, Empty::<Bytes>::new());
    let Ok(named) = request.get_alg_key_ids() else { return refuse(StatusCode::UNAUTHORIZED) };
    let key_id = named.values().find_map(|(_, key_id)| key_id.as_deref());
    let Some((key_id, key)) = key_id.and_then(|key_id| keys.get_key_value(key_id)) else {
        return refuse(StatusCode::UNAUTHORIZED);
    };
    if request.verify_message_signature(key, Some(key_id)).await.is_err() {
        return refuse(StatusCode::UNAUTHORIZED);
    }
    let (head, _) = request.into_parts();
    match Request::from_parts(head, body).verify_content_digest().await {
        Ok(request) => handle(request).await,
        Err(_) => refuse(StatusCode::UNAUTHORIZED),
    }
}
