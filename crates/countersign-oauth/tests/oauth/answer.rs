//! What came back.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};

/// A response, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(app: Router, request: Request<Body>) -> Self {
        let (head, body) = app.oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer =
            Self { status: head.status, headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() };
        assert!(answer.headers.contains_key(header::CACHE_CONTROL), "{answer:?}");
        assert!(answer.status != 401 || answer.headers.contains_key(header::WWW_AUTHENTICATE), "{answer:?}");
        assert_eq!(answer.status == 503, answer.headers.contains_key(header::RETRY_AFTER), "{answer:?}");
        answer
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Url {
        self.header("location").parse().unwrap_or_else(|_| panic!("no redirect: {self:?}"))
    }

    /// A parameter of the place it redirects to, be it in the query or in the fragment.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location();
        let fragment = location.fragment().unwrap_or_default().to_owned();
        let in_fragment = form_urlencoded::parse(fragment.as_bytes());
        let mut all = location.query_pairs().chain(in_fragment);
        all.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn error(&self) -> String {
        self.text("error")
    }

    /// A text in its JSON.
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.json().get(name).and_then(Value::as_str).map(str::to_owned);
        text.unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// The hidden fields of a form.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let inputs = self.body.split("<input type=\"hidden\" name=\"").skip(1);
        let read = |input: &str| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
            (name.to_owned(), escapes.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
        };
        inputs.map(read).collect()
    }
}
