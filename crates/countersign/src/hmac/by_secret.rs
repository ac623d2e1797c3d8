//! Requests that present the secret itself, instead of a signature made with it: what the oldest clients do.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::KeyId;
use http::Request;
use http::request::Parts;
use http_body::Body;

use crate::auth::{AuthError, Authenticated, KeyFacts, SignedHead};
use crate::body::{AuthBody, Chunks};
use crate::hmac::judge::Judge;
use crate::hmac::lookup::Found;
use crate::hmac::reading::BodyShape;
use crate::hmac::{HmacAuthenticator, Presented};

/// A secret that was presented, and is one of the key's.
pub(crate) struct PresentedSecret {
    key: Arc<KeyFacts>,
    at: SystemTime,
}

impl HmacAuthenticator {
    /// Reads a body in which a secret may stand, within all limits, once the target was found to be unambiguous.
    pub(crate) async fn read_secret_body<B>(&self, head: &Parts, body: B) -> Result<Chunks, AuthError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let limits = &self.config.limits;
        SignedHead::read(head, self.config.public_url.as_ref())?;
        limits.admit_declared(BodyShape::of(&body))?;
        limits.read(body, true, |_| ()).await
    }

    /// Looks the key's secrets up, as for a signature, and compares them all with what was presented; `None` when it is none
    /// of them, or there is no such key.
    pub(crate) async fn find_secret(
        &self,
        key_id: &KeyId,
        presented: &[u8],
    ) -> Result<Option<PresentedSecret>, AuthError> {
        let at = self.config.clock.now();
        let asked = Presented::new(key_id.clone());
        let judge = Judge { config: &self.config, presented: &asked, now: at };
        let keys = match judge.find_keys() {
            Found::Now(keys) => keys?,
            Found::Later(ask) => judge.settle(ask.within(self.config.store_timeout).await)?,
        };
        let Some(place) = keys.prepared.place_of(at, presented).filter(|_| keys.known) else { return Ok(None) };
        judge.keep(&keys);
        Ok(keys.prepared.facts(at, place).map(|key| PresentedSecret { key: key.clone(), at }))
    }

    /// Hands the request on, with nothing in it covered. Where credentials are taken out, `without` makes the body that has
    /// none.
    pub(crate) fn admit_by_secret<B>(
        &self,
        mut head: Parts,
        body: Chunks,
        found: PresentedSecret,
        without: impl FnOnce(&mut Parts, Chunks) -> Result<Chunks, AuthError>,
    ) -> Result<Request<AuthBody<B>>, AuthError> {
        let PresentedSecret { key, at } = found;
        let body = if self.config.strip { without(&mut head, body)? } else { body };
        self.config.record(&key, at);
        head.extensions.insert(Authenticated::by_known_key(key, at));
        Ok(Request::from_parts(head, AuthBody::buffered(body)))
    }

    /// Puts other bytes in the place of a body, within the budget.
    pub(crate) fn replaced_body(&self, bytes: Bytes) -> Result<Chunks, AuthError> {
        let mut chunks = self.config.limits.nothing_read();
        chunks.push(bytes).map_err(|_| crate::auth::AuthErrorKind::BudgetExhausted)?;
        Ok(chunks)
    }
}
