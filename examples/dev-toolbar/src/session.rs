//! Who is signed in: a small session, as every application has one of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse as _, Redirect};
use countersign::{Clock, PresentedToken, StoreError, TokenDigest, TokenFormat, async_trait};
use countersign_oauth::{CurrentUser, Visitor};

use crate::login;
use crate::organisations::User;

const COOKIE: &str = "northlight_session";
const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
/// The most sessions at once; then the one that ends first makes room.
const MOST: usize = 1_000;

/// The sessions of this process, by the digests of their cookies. Clones share them.
#[derive(Clone)]
pub(crate) struct Sessions {
    open: Arc<Mutex<HashMap<TokenDigest, Session>>>,
    clock: Arc<dyn Clock>,
}

struct Session {
    user: &'static User,
    ends: SystemTime,
}

impl Sessions {
    pub(crate) fn new(clock: impl Clock) -> Self {
        Self { open: Arc::default(), clock: Arc::new(clock) }
    }

    /// Begins one; the answer is the `Set-Cookie` field. Behind TLS it would be `Secure` too, and its name begin with `__Host-`.
    pub(crate) fn begin(&self, user: &'static User, format: &TokenFormat) -> String {
        let now = self.clock.now();
        let cookie = format.mint(now);
        let mut open = self.lock();
        open.retain(|_, session| now < session.ends);
        if open.len() >= MOST
            && let Some(first) = open.iter().min_by_key(|(_, session)| session.ends).map(|(digest, _)| *digest)
        {
            open.remove(&first);
        }
        open.insert(*cookie.digest(), Session { user, ends: now + LIFETIME });
        format!("{COOKIE}={}; {ATTRIBUTES}; Max-Age={}", cookie.expose_secret(), LIFETIME.as_secs())
    }

    /// Ends the one that a request belongs to; the answer takes the cookie back.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(cookie) = cookie(headers) {
            self.lock().remove(cookie.digest());
        }
        format!("{COOKIE}=; {ATTRIBUTES}; Max-Age=0")
    }

    /// Who sent a request.
    pub(crate) fn user(&self, headers: &HeaderMap) -> Option<&'static User> {
        let now = self.clock.now();
        let cookie = cookie(headers)?;
        self.lock().get(cookie.digest()).filter(|session| now < session.ends).map(|session| session.user)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenDigest, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Lax";

/// What the browser sends back of ours.
fn cookie(headers: &HeaderMap) -> Option<PresentedToken> {
    let fields = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
    let mut pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| PresentedToken::new(value))
}

/// What the authorization server asks. Whoever is not signed in comes back from the login page to where they are.
#[async_trait]
impl CurrentUser for Sessions {
    async fn current_user(&self, head: &Parts) -> Result<Visitor, StoreError> {
        Ok(match self.user(&head.headers) {
            Some(user) => Visitor::user(user.id),
            None => {
                let here = head.uri.path_and_query().filter(|_| head.method == Method::GET);
                Visitor::unknown(Redirect::to(&login::address(here.map_or("/", |here| here.as_str()))).into_response())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use countersign::ManualClock;

    use crate::organisations::user;

    use super::*;

    fn sent(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, format!("other=1; {pair}").parse().unwrap())])
    }

    #[test]
    fn a_session_lasts_until_it_ends() {
        let clock = ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
        let sessions = Sessions::new(clock.clone());
        let format = TokenFormat::new("session").unwrap();
        let ada = user("ada").unwrap();
        let (first, second) = (sent(&sessions.begin(ada, &format)), sent(&sessions.begin(ada, &format)));
        assert_eq!(sessions.user(&first).unwrap().id, "ada");
        assert!(sessions.user(&HeaderMap::new()).is_none());
        assert!(sessions.user(&sent("northlight_session=x")).is_none());
        sessions.end(&first);
        assert!(sessions.user(&first).is_none() && sessions.user(&second).is_some());
        clock.advance(LIFETIME);
        assert!(sessions.user(&second).is_none());
    }

    #[test]
    fn there_are_not_more_than_so_many() {
        let sessions = Sessions::new(ManualClock::new(SystemTime::UNIX_EPOCH));
        let format = TokenFormat::new("session").unwrap();
        for _ in 0..=MOST {
            sessions.begin(user("bob").unwrap(), &format);
        }
        assert_eq!(sessions.lock().len(), MOST);
    }
}
