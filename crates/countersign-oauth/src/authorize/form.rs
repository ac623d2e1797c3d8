//! The consent form, and the seal that shows that it was this server that put it before this user.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::request::{AuthorizationRequest, Wanted};

/// How long a form may be looked at.
const LIFETIME: Duration = Duration::from_secs(600);

/// A form's hidden fields: the request once more, and a seal over it, over who is to decide, and over until when.
///
/// The seal is HMAC-SHA256, so that nothing has to be kept for forms that are never sent. It is no single use: whoever
/// sends the same form again approves the same request again, for the same place and the same code challenge. Only a page of
/// this origin could read one, and no page may put it in a frame.
pub(super) fn fields(request: &AuthorizationRequest, key: &Secret, now: SystemTime) -> Vec<(&'static str, String)> {
    let until = seconds(now.checked_add(LIFETIME).unwrap_or(now));
    let seal = seal(request, until, key).finalize().into_bytes();
    let sealed = format!("{until}.{}", URL_SAFE_NO_PAD.encode(seal));
    let mut fields = parts(request);
    fields.push(("seal", sealed));
    fields
}

/// Whether this server sealed a form with this request for this user, and it may still be looked at.
pub(super) fn is_sealed(request: &AuthorizationRequest, sealed: &str, key: &Secret, now: SystemTime) -> bool {
    let Some((until, presented)) = sealed.split_once('.') else { return false };
    let Ok(until) = until.parse::<u64>() else { return false };
    let ours = URL_SAFE_NO_PAD.encode(seal(request, until, key).finalize().into_bytes());
    constant_time_eq::constant_time_eq(ours.as_bytes(), presented.as_bytes()) && seconds(now) < until
}

/// Every part with its length before it, so that no two requests are the same bytes.
fn seal(request: &AuthorizationRequest, until: u64, key: &Secret) -> Hmac<Sha256> {
    #[allow(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret()).expect("every key");
    let mut add = |part: &str| {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    };
    add("countersign consent form 1");
    add(&request.subject);
    add(&until.to_string());
    for (name, value) in parts(request) {
        add(name);
        add(&value);
    }
    mac
}

/// The request's parameters, as they are sent again.
fn parts(request: &AuthorizationRequest) -> Vec<(&'static str, String)> {
    let mut parts = vec![
        ("client_id", request.application.client_id.to_string()),
        ("response_type", request.wanted.response_type().to_owned()),
        ("scope", request.scope.to_string()),
    ];
    parts.extend(request.redirect_uri.clone().map(|uri| ("redirect_uri", uri)));
    parts.extend(request.back.state.clone().map(|state| ("state", state)));
    if let Wanted::Code(challenge) = request.wanted {
        parts.push(("code_challenge", challenge.encode()));
        parts.push(("code_challenge_method", "S256".to_owned()));
    }
    parts
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
