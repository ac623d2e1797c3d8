//! `WWW-Authenticate: Hawk ts="…", tsm="…", error="Stale timestamp"`: what time it is, told to who has the secret.

use std::time::SystemTime;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::auth::{Challenge, ChallengeText};
use crate::hmac::schemes::text::{Parameters, after_scheme, spell_seconds, unix_seconds};
use crate::hmac::{SignatureBase, ToldTime};

/// Server: tells the time, and proves with the caller's secret that it is ours.
pub(super) fn challenge(now: SystemTime, mac: &dyn Fn(&SignatureBase<'_>) -> String) -> Option<Challenge> {
    let time = spell_seconds(now).ok()?;
    let proof = ChallengeText::new(mac(&base(&time))).ok()?;
    let (time, error) = (ChallengeText::new(time).ok()?, ChallengeText::from_static("Stale timestamp"));
    Some(Challenge::new("Hawk").with("ts", time).with("tsm", proof).with("error", error))
}

/// Client: reads what it is told; `None` when it is told nothing, or two things.
pub(super) fn told(refusal: &HeaderMap) -> Option<ToldTime> {
    let values = refusal.get_all(WWW_AUTHENTICATE).iter();
    let mut ours = values.filter_map(|value| after_scheme(value.as_bytes(), "Hawk"));
    let only = ours.next().filter(|_| ours.next().is_none())?;
    let parameters = Parameters::read(std::str::from_utf8(only).ok()?).ok()?;
    let (time, proof) = (parameters.find("ts")?, parameters.find("tsm")?);
    ToldTime::new(unix_seconds(time).ok()?, base(time), proof.as_bytes()).ok()
}

fn base(time: &str) -> SignatureBase<'static> {
    let mut base = SignatureBase::new();
    base.push_literal(format!("hawk.1.ts\n{time}\n"));
    base
}
