//! Sentry's signed messages: two renderings of one time, both computed; SHA-1.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};
use countersign::{AuthErrorKind, KeyId, Secret};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use std::time::{Duration, SystemTime};

use crate::harness::{Covered, assert_covered, layer, send, vectors};
use crate::text::{is_lower_hex, seconds_since_1970};

struct Sentry;

static PROFILE: SchemeProfile = SchemeProfile::new("Sentry", Algorithm::HmacSha1, Encoding::Hex, COVERS, &CREDENTIALS)
    .with_leeway(Leeway::new(Duration::from_secs(3600), Duration::from_secs(60)));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTH];
const AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");

/// The time as it was sent, and as the first servers rendered it again before they signed it.
struct Renderings {
    sent: String,
    again: String,
}

impl Renderings {
    fn read(sent: &str) -> Result<(Self, SystemTime), Malformed> {
        let refused = Malformed::new("the time is not a plain number of seconds");
        let (whole, fraction) = sent.split_once('.').unwrap_or((sent, "0"));
        // Ten digits: where twelve significant ones are two after the point.
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() != 10 || whole.starts_with('0') || fraction.len() > 9 || !plain(whole) || !plain(fraction) {
            return Err(refused);
        }
        let seconds: f64 = sent.parse().map_err(|_| refused)?;
        let mut again = format!("{seconds:.2}");
        if again.ends_with('0') {
            again.pop();
        }
        let created = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds);
        Ok((Self { sent: sent.to_owned(), again }, created))
    }
}

impl HmacScheme for Sentry {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&AUTH)? else { return Ok(None) };
        let value = value.to_str().map_err(|_| Malformed::new("not ASCII"))?;
        let Some(parameters) = value.strip_prefix("Sentry ") else { return Ok(None) };
        let parameters: Vec<_> = parameters.split(',').map(|item| item.trim().split_once('=')).collect();
        let parameter = |name| {
            let mut found = parameters.iter().flatten().filter(|(other, _)| *other == name).map(|(_, value)| *value);
            let first = found.next().ok_or(Malformed::new("a parameter is missing"))?;
            if found.next().is_some() { Err(Malformed::several()) } else { Ok(first) }
        };
        if parameters.contains(&None) {
            return Err(Malformed::new("a parameter has no value"));
        }
        let (renderings, created) = Renderings::read(parameter("sentry_timestamp")?)?;
        let signature = parameter("sentry_signature")?;
        if !is_lower_hex(signature, 40) {
            return Err(Malformed::new("the signature is not 40 lower-case hexadecimal digits"));
        }
        let key_id = KeyId::new(parameter("sentry_key")?.to_owned()).map_err(|_| Malformed::new("not a key id"))?;
        let presented = Presented::new(key_id).with_signature(signature.as_bytes())?;
        Ok(Some(presented.with_created(created).with_extra(renderings)))
    }

    fn bases<'r>(&self, _: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Renderings { sent, again } = presented.extra().ok_or(Malformed::new("no time"))?;
        let rendered = [Some(sent), Some(again).filter(|again| *again != sent)];
        let base = |time: &'r String| {
            let mut base = SignatureBase::new();
            base.push(Coverage::CREATED, time.as_str());
            base.push_literal(" ");
            base.push_body();
            base
        };
        Ok(rendered.into_iter().flatten().map(base).collect())
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let (renderings, created) = Renderings::read(&seconds_since_1970(intent.now()).to_string())?;
        Ok(Presented::new(intent.key_id().clone()).with_created(created).with_extra(renderings))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Renderings { sent, .. } = presented.extra().ok_or(Malformed::new("no time"))?;
        let key = presented.key_id().as_str();
        let value = format!(
            "Sentry sentry_timestamp={sent}, sentry_signature={signature}, sentry_client=raven/1.0.0, sentry_key={key}"
        );
        let value = HeaderValue::try_from(value);
        head.headers.insert(AUTH, value.map_err(|_| Malformed::new("not a field value"))?);
        Ok(())
    }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    // What Sentry's own parser broke on is read by splitting at the first `=`.
    let valid = |expect: &str| matches!(expect, "valid" | "policy:parser");
    for vector in vectors("sentry-legacy").into_iter().filter(|vector| vector.expect != "primitive") {
        let expected = if valid(&vector.expect) { Ok(()) } else { Err(AuthErrorKind::MalformedCredentials) };
        assert_eq!(send(vector.layer(Sentry), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("sentry-legacy").into_iter().filter(|vector| matches!(&*vector.id, "utf8" | "empty")) {
        let signed = vector.signed_anew(&Sentry, &["x-sentry-auth"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    assert_covered(&vectors("sentry-legacy"), |vector| vector.layer(Sentry), &[Covered::Body]).await;
}

/// The signatures are those of raven 1.0.4 for the time 1304559408.12.
#[tokio::test]
async fn a_time_signed_as_the_first_servers_rendered_it_passes_too() {
    let signature = "16784916c1619f16a832f43ecbeaaf5567582320";
    for (sent, expected) in [
        ("1304559408.12", Ok(())),
        ("1304559408.123456", Ok(())),
        ("1304559408.124", Ok(())),
        ("1304559408.126", Err(AuthErrorKind::BadSignature)),
        ("1304559408", Err(AuthErrorKind::BadSignature)),
    ] {
        let auth = format!("Sentry sentry_timestamp={sent}, sentry_signature={signature}, sentry_key=pub1");
        let request = Request::post("https://example.com/store/").header("x-sentry-auth", auth);
        let request = request.body("eyJtZXNzYWdlIjogImhlbGxvIn0=".into()).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_304_559_409);
        let layer = layer(Sentry, Secret::new("sec1").unwrap(), at);
        assert_eq!(send(layer, &request).await, expected, "{sent}");
    }
}
