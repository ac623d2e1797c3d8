//! A Sentry message of 4 KiB, signed with the server's one key.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::middleware::from_fn_with_state;
use countersign::cache::CacheConfig;
use countersign::sentry::SentryMessage;
use countersign::{Clock as _, KeyId, Secret, SentrySignatureLayer, SystemClock, sign_request};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use tower::{Layer as _, service_fn};

use crate::case::{Case, Group, Of, Row};
use crate::peers::sentry::require_sentry_signature;
use crate::service::handle;
use crate::template::Template;

const BY_HAND: &str = "axum from_fn by hand";
const HASH: &str = "the HMAC alone";
const KEY: &str = "the one key of a server, 32 B...";

/// The request. Our layer computes two MACs, for the two ways in which the timestamp may have been signed; the others one.
#[must_use]
pub fn case() -> Case {
    Case::new("Sentry message, 4 KiB", false, group)
}

fn group() -> Group {
    let template = signed();
    let layer = SentrySignatureLayer::new(secret())
        .with_insecure_no_replay_protection()
        .with_cache(CacheConfig::new())
        .layer(service_fn(handle));
    let rows = vec![
        Row::serve("no layer", service_fn(handle)),
        Row::serve("countersign, keys cached", layer).with_aim(BY_HAND, Of::Added, None),
        Row::serve(
            BY_HAND,
            from_fn_with_state(Arc::from(KEY.as_bytes()), require_sentry_signature).layer(service_fn(handle)),
        ),
        hash_alone(&template),
    ];
    Group::new(template, rows)
}

fn signed() -> Template {
    let mut template = Template::post("/store/", 4 << 10, 4 << 10);
    let (key_id, body) = (KeyId::new("global").expect("it is short"), template.body());
    sign_request(template.head_mut(), &body, &SentryMessage::new(), &key_id, &secret(), a_moment_ago())
        .expect("the message can be signed");
    template
}

/// A time with two decimals always: what is signed is as long in each run.
fn a_moment_ago() -> SystemTime {
    let now = SystemClock::new().now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs()) - Duration::from_millis(750)
}

/// What cannot be saved: the MAC of the same bytes with a key that is ready.
fn hash_alone(template: &Template) -> Row {
    let key = Hmac::<Sha1>::new_from_slice(KEY.as_bytes()).expect("a key may have any length");
    let frames = template.frames().clone();
    Row::alone(HASH, move || {
        let mut mac = key.clone();
        mac.update(b"1700000000.12 ");
        frames.iter().for_each(|frame| mac.update(frame));
        mac.finalize().into_bytes()
    })
}

fn secret() -> Secret {
    Secret::new(KEY).expect("it has bytes")
}
