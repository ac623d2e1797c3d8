//! Requests that are changed on their way.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::explain::{Doctor, Explanation, Finding};
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{SchemeParameters, named};
use countersign::{KeyId, Secret, Secrets, sign_request};
use http::request::Parts;
use http::{HeaderValue, Request};

use crate::harness::vectors_but;

/// A request, what it is signed with, and when it is looked at.
pub struct Sent {
    pub scheme: Arc<dyn HmacScheme>,
    pub head: Parts,
    pub body: Vec<u8>,
    pub key_id: KeyId,
    pub secret: Vec<u8>,
    pub now: SystemTime,
}

/// A request of a format, of this vector or made by our signer; how it is changed on its way; what must be said of that.
pub struct Plant {
    pub scheme: &'static str,
    pub vector: &'static str,
    /// Changes it before it is signed anew; the vector's own signature stays without.
    pub signed: Option<fn(&mut Sent)>,
    pub arrived: fn(&mut Sent),
    pub named: &'static [&'static str],
}

impl Sent {
    /// A row of the vectors of this format.
    pub fn of(scheme: &str, row: &str) -> Self {
        let parameters = SchemeParameters::new()
            .with_scope("us-east-1", "service")
            .with_notification_url("https://example.com/webhook");
        // What no request line can carry.
        let impossible: &[&str] = if scheme == "contentful" { &["utf8"] } else { &[] };
        let vector = vectors_but(scheme, impossible).into_iter().find(|vector| vector.id == row).unwrap();
        let (head, body) = vector.request.clone().into_parts();
        Self {
            scheme: named(scheme, &parameters).unwrap(),
            head,
            body: body.to_vec(),
            key_id: vector.key_id(),
            secret: vector.secret().expose_secret().to_vec(),
            now: vector.now,
        }
    }

    pub fn sign(&mut self) {
        self.sign_with(&self.secret.clone(), self.now);
    }

    pub fn sign_with(&mut self, secret: &[u8], at: SystemTime) {
        let secret = Secret::new(secret).unwrap();
        sign_request(&mut self.head, &self.body, &self.scheme, &self.key_id, &secret, at).unwrap();
    }

    pub fn set_body(&mut self, body: impl AsRef<[u8]>) {
        self.body = body.as_ref().to_vec();
    }

    pub fn set_uri(&mut self, uri: &str) {
        self.head.uri = uri.parse().unwrap();
        if let (Some(authority), true) = (self.head.uri.authority(), self.head.headers.contains_key("host")) {
            self.head.headers.insert("host", HeaderValue::from_str(authority.as_str()).unwrap());
        }
    }

    /// Replaces a text in the target.
    pub fn rewrite(&mut self, from: &str, to: &str) {
        let uri = self.head.uri.to_string();
        assert!(uri.contains(from), "{uri}");
        self.set_uri(&uri.replacen(from, to, 1));
    }

    pub fn set_field(&mut self, name: &'static str, value: &str) {
        self.head.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    pub fn field(&self, name: &str) -> String {
        self.head.headers[name].to_str().unwrap().to_owned()
    }

    pub fn secrets(&self) -> Secrets {
        Secrets::from_raw([self.secret.clone()])
    }

    pub fn explained(&self) -> Explanation {
        self.explained_by(&Doctor::new(&*self.scheme))
    }

    pub fn explained_by(&self, doctor: &Doctor<'_>) -> Explanation {
        doctor.explain(&self.head, &self.body, &self.secrets(), self.now)
    }

    /// The request as a server sees that cannot know the scheme.
    pub fn as_http1(&mut self) {
        let authority = self.head.uri.authority().unwrap().to_string();
        let target = self.head.uri.path_and_query().unwrap().to_string();
        let mut bare = Request::builder().method(self.head.method.clone()).uri(target).body(()).unwrap().into_parts().0;
        bare.headers = self.head.headers.clone();
        bare.headers.insert("host", HeaderValue::from_str(&authority).unwrap());
        self.head = bare;
    }
}

/// Every plant is named, first and alone; before it was planted the request verified.
pub fn assert_named(plants: &[Plant]) {
    for plant in plants {
        let name = format!("{} {} {:?}", plant.scheme, plant.vector, plant.named);
        let mut sent = Sent::of(plant.scheme, plant.vector);
        if let Some(signed) = plant.signed {
            signed(&mut sent);
            sent.sign();
        }
        assert!(sent.explained().verifies(), "{name}: {}", sent.explained());
        (plant.arrived)(&mut sent);
        let explanation = sent.explained();
        assert_eq!(names(&explanation), plant.named, "{name}: {explanation}");
        assert!(!explanation.verifies());
        assert_discreet(&explanation, &sent);
    }
}

/// The changes of the first finding.
pub fn names(explanation: &Explanation) -> Vec<&'static str> {
    match explanation.findings().first() {
        Some(Finding::Mismatch(mismatch)) => mismatch.changes().iter().map(|change| change.name()).collect(),
        _ => Vec::new(),
    }
}

/// Neither the secret nor the signature that would be right is in what is said.
pub fn assert_discreet(explanation: &Explanation, sent: &Sent) {
    let said = format!("{explanation}\n{explanation:?}");
    for secret in secret_texts(sent) {
        assert!(!said.contains(&secret), "{secret}: {said}");
    }
    let (mut right, secret) = (sent.head.clone(), Secret::new(sent.secret.clone()).unwrap());
    if sign_request(&mut right, &sent.body, &sent.scheme, &sent.key_id, &secret, sent.now).is_ok() {
        let fields = right
            .headers
            .iter()
            .filter(|(name, value)| !sent.head.headers.get_all(*name).iter().any(|own| own == *value));
        for (name, value) in fields.filter(|(name, _)| name.as_str().contains("sign") || *name == "authorization") {
            let words = value.to_str().unwrap().split([' ', ',', ';', '"', ':']).flat_map(|word| word.split_once('='));
            for (_, word) in words.filter(|(_, word)| word.len() >= 27) {
                assert!(!said.contains(word), "{name}: {word}: {said}");
            }
        }
    }
}

fn secret_texts(sent: &Sent) -> Vec<String> {
    let text = String::from_utf8(sent.secret.clone()).ok().map(|text| text.trim().to_owned());
    let spelled = [STANDARD.encode(&sent.secret), sent.secret.iter().map(|byte| format!("{byte:02x}")).collect()];
    text.into_iter().chain(spelled).filter(|text| text.len() > 5 && text != "secret").collect()
}
