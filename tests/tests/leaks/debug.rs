//! `Debug` and `Display` of everything public that can hold something secret.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use countersign::auth::{AuthLayer, Authenticate as _, SignedHead};
use countersign::cache::CacheConfig;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{GitHub, UstudioV2};
use countersign::sentry::SentryMessage;
use countersign::{
    Authenticated, BearerTokenLayer, Caller, HmacAuthLayer, KeyId, MemoryStore, Nonce, PresentedToken, Secret,
    SecretVersion, Secrets, SentrySignatureLayer, StoreError, TokenFormat, TokenInfo, issue_token, sign_request,
    store_fn,
};
use countersign_tests::{Inner, KEY, Script, Timed};
use http::{HeaderValue, Request, header};
use tower::{Layer as _, Service as _};

use crate::search::Canaries;

const SECRET: &str = "Canary-Secret-0123456789";
const TOKEN: &str = "Canary-Token-0123456789";
const AT: SystemTime = SystemTime::UNIX_EPOCH;

#[derive(Default)]
struct Shown(Vec<(&'static str, String)>);

impl Shown {
    fn add(&mut self, name: &'static str, value: &impl Debug) {
        self.0.push((name, format!("{value:?} {value:#?}")));
    }
}

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn store() -> MemoryStore {
    MemoryStore::new().with_secret(KEY, secret()).with_token(TOKEN, TokenInfo::new("user-7"))
}

/// A signed request, and what its signature is.
fn signed(scheme: &impl HmacScheme, canaries: &mut Canaries) -> Request<Script> {
    let (mut head, ()) = Request::post("/x").body(()).unwrap().into_parts();
    sign_request(&mut head, b"body", scheme, &KeyId::new(KEY).unwrap(), &secret(), AT).unwrap();
    for value in head.headers.values() {
        let longest = value.to_str().unwrap().split([' ', ',', '=']).max_by_key(|word| word.len()).unwrap();
        canaries.add("a signature", longest);
    }
    Request::from_parts(head, Script::of("body"))
}

#[tokio::test]
async fn nothing_public_shows_what_it_holds() {
    let (mut canaries, mut shown) = (Canaries::default(), Shown::default());
    canaries.add("the secret", SECRET);
    canaries.add("the token", TOKEN);
    let token = PresentedToken::new(TOKEN);
    canaries.add("the token's digest", *token.digest().as_bytes());

    words(&mut shown, &mut canaries, &token).await;
    layers(&mut shown);
    for scheme in [&UstudioV2::new() as &dyn Signs, &GitHub::new(), &SentryMessage::new(), &timed()] {
        scheme.show(&mut shown, &mut canaries).await;
    }
    for (name, text) in &shown.0 {
        assert_eq!(canaries.found_in(text.as_bytes()), [""; 0], "{name}: {text}");
    }
    // What anybody would write, and what it shows.
    #[derive(Debug)]
    #[expect(dead_code, reason = "shown")]
    struct Careless<'a>(&'a [u8]);
    let text = format!("{:?}", Careless(secret().expose_secret()));
    assert_eq!(canaries.found_in(text.as_bytes()), ["the secret"]);
}

async fn words(shown: &mut Shown, canaries: &mut Canaries, token: &PresentedToken) {
    let version = SecretVersion::new(secret()).with_label("label");
    shown.add("Secret", &secret());
    shown.add("SecretVersion", &version);
    shown.add("Secrets", &Secrets::from(version));
    shown.add("Secrets, raw", &Secrets::from_raw([SECRET]));
    shown.add("PresentedToken", token);
    shown.add("TokenDigest", token.digest());
    shown.add("Nonce", &Nonce::new("scheme", KEY.parse().unwrap(), SECRET.as_bytes()));
    shown.add("MemoryStore", &store());
    let held = secret();
    let holding = store_fn(move |_: KeyId| {
        let held = held.clone();
        async move { Ok::<Secrets, StoreError>(held.into()) }
    });
    shown.add("StoreFn", &holding);

    let issued = issue_token(&store(), &TokenFormat::new("t").unwrap(), TokenInfo::new("user-7"), AT).await.unwrap();
    canaries.add("an issued token", issued.token.expose_secret());
    shown.add("IssuedToken", &issued);
    let caller = Authenticated::by_token("Bearer", issued.info, AT);
    shown.add("Authenticated", &caller);
    shown.add("Caller", &Caller::Authenticated(caller));
    let error = StoreError::new("refused");
    shown.0.push(("StoreError", error.to_string()));
    shown.add("StoreError", &error);
}

fn layers(shown: &mut Shown) {
    let hmac = HmacAuthLayer::new(UstudioV2::new(), secret()).with_cache(CacheConfig::new());
    let hmac = hmac.with_replay_protection_for(store(), Duration::from_secs(60));
    let bearer = BearerTokenLayer::new(store());
    shown.add("HmacAuthLayer", &hmac);
    shown.add("HmacAuthenticator", hmac.authenticator());
    shown.add("Auth", &hmac.layer(Inner::new()));
    shown.add("BearerTokenLayer", &bearer);
    shown.add("BearerAuthenticator", bearer.authenticator());
    shown.add("AuthLayer", &AuthLayer::from(bearer.clone()));
    shown.add("SentrySignatureLayer", &SentrySignatureLayer::new(secret()));
    shown.add("Or", &bearer.or(hmac));
}

/// What of a scheme can be shown.
#[countersign::async_trait(?Send)]
trait Signs {
    async fn show(&self, shown: &mut Shown, canaries: &mut Canaries);
}

#[countersign::async_trait(?Send)]
impl<S: HmacScheme + Clone> Signs for S {
    async fn show(&self, shown: &mut Shown, canaries: &mut Canaries) {
        let request = signed(self, canaries);
        shown.add("a signed request", &request);

        // As it comes from the wire, nothing is marked as sensitive yet.
        let mut request = request;
        for value in request.headers_mut().values_mut() {
            *value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        }
        let (parts, body) = request.into_parts();
        let head = SignedHead::read(&parts, None).unwrap();
        shown.add("SignedHead", &head);
        let presented = self.parse(&head).unwrap().unwrap();
        shown.add("Presented", &presented);
        shown.add("SignatureBase", &self.bases(&head, &presented).unwrap());

        let clock = countersign::ManualClock::new(AT);
        let layer = HmacAuthLayer::new(self.clone(), secret()).with_clock(clock).with_insecure_no_replay_protection();
        let mut service = layer.layer(Inner::new());
        let wrong = Request::from_parts(parts.clone(), Script::of("another body"));
        let refused = layer.authenticator().authenticate(wrong).decide().await.unwrap_err();
        shown.0.push(("AuthError", refused.to_string()));
        shown.add("AuthError", &refused);
        let waiting = Request::from_parts(parts.clone(), Script::trickling(b"body", 1));
        shown.add("Verdict", &layer.authenticator().authenticate(waiting));
        let waiting = Request::from_parts(parts.clone(), Script::trickling(b"body", 1));
        shown.add("ResponseFuture", &service.call(waiting));
        let admitted = layer.authenticator().authenticate(Request::from_parts(parts, body)).decide().await.unwrap();
        shown.add("an admitted request", &admitted.map(|body| format!("{body:?}")));
    }
}

#[tokio::test]
async fn an_admitted_token_is_shown_to_nobody() {
    let mut canaries = Canaries::default();
    canaries.add("the token", TOKEN);
    let request = || Request::get("/").header(header::AUTHORIZATION, format!("Bearer {TOKEN}")).body(()).unwrap();
    let layer = BearerTokenLayer::new(store());
    assert_eq!(canaries.found_in(format!("{:?}", request()).as_bytes()), ["the token"]);
    let admitted = layer.authenticator().authenticate(request()).decide().await.unwrap();
    assert!(canaries.found_in(format!("{admitted:?}").as_bytes()).is_empty(), "{admitted:?}");
    let stripped = layer.with_credentials_stripped();
    let admitted = stripped.authenticator().authenticate(request()).decide().await.unwrap();
    assert!(!admitted.headers().contains_key(header::AUTHORIZATION));
}

fn timed() -> Timed {
    Timed::new(Duration::from_secs(300), Duration::from_secs(60))
}
