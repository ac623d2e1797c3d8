//! Signing a vector again, as its own sender did.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::SchemeParameters;
use countersign::{SignError, sign_request};
use countersign_core::{KeyId, Secret};
use http::{HeaderName, HeaderValue, Request, Uri};

use super::listed;
use super::row::Vector;
use super::scheme::Format;

/// Signs the request at its own time with what it says it covers, and says what that comes to beside what was sent.
pub(super) fn sign(vector: &Vector, format: &Format, request: &Request<Bytes>) -> String {
    let Some(presented) = format.presented(request) else {
        return "not signed: nothing is presented".into();
    };
    let Some(secret) = &vector.key.secret else { return "not signed: there is no secret".into() };
    let at = presented.created().unwrap_or(vector.now);
    let scheme = format.signing(|parameters| as_sent(parameters, vector, request));
    let signed = || signed(secret, request, &*scheme, presented.key_id(), at);
    match (signed(), signed()) {
        (Ok(one), Ok(other)) if one != other => "not deterministic".into(),
        (Ok(one), _) if one == seen(request.uri(), request.headers().iter()) => "same".into(),
        (Ok(_), _) => "different".into(),
        (Err(error), _) => format!("not signed: {error}"),
    }
}

/// The target, and the fields in the order of their names.
type Seen = (Uri, Vec<(HeaderName, HeaderValue)>);

fn signed(
    secret: &Secret,
    request: &Request<Bytes>,
    scheme: &dyn HmacScheme,
    key_id: &KeyId,
    at: SystemTime,
) -> Result<Seen, SignError> {
    let (mut head, body) = request.clone().into_parts();
    sign_request(&mut head, &body, scheme, key_id, secret, at)?;
    Ok(seen(&head.uri, head.headers.iter()))
}

fn seen<'r>(uri: &Uri, fields: impl Iterator<Item = (&'r HeaderName, &'r HeaderValue)>) -> Seen {
    let mut fields: Vec<_> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    // Stable: fields of one name keep their order.
    fields.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
    (uri.clone(), fields)
}

/// What the sender chose, where the format lets it choose.
fn as_sent(mut parameters: SchemeParameters, vector: &Vector, request: &Request<Bytes>) -> SchemeParameters {
    let names = listed::names(request);
    if !names.is_empty() {
        parameters = parameters.with_covered_components(names);
    }
    if let Some(algorithm) = listed::algorithm(request) {
        parameters = parameters.with_algorithm(algorithm);
    }
    if let Some(input) = listed::input(request, vector.tag.as_deref()) {
        parameters = parameters.with_label(input.label).with_covered_components(input.names);
        if !input.has_nonce {
            parameters = parameters.without_nonce();
        }
        if let Some(lifetime) = input.lifetime {
            parameters = parameters.with_lifetime(Duration::from_secs(lifetime));
        }
    }
    match listed::presigned_for(request.uri()) {
        Some(seconds) => parameters.with_lifetime(Duration::from_secs(seconds)),
        None => parameters,
    }
}
