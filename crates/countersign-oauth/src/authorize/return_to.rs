//! The way back to the client.

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use url::{Url, form_urlencoded};

use crate::error::ErrorCode;
use crate::{Issuer, answer};

/// A registered redirect URI, and what goes with every answer that is sent there.
///
/// The only value of which a redirect is made, and made only where a redirect URI was matched.
#[derive(Clone, Debug)]
pub(super) struct ReturnTo {
    pub(super) target: Url,
    pub(super) state: Option<String>,
    /// Whether the answer goes into the fragment, as the implicit grant has it (RFC 6749 §4.2.2).
    pub(super) in_fragment: bool,
    pub(super) issuer: Issuer,
}

impl ReturnTo {
    /// The answer with these parameters, the request's `state` as it was (RFC 6749 §4.1.2), and who answers (RFC 9207).
    pub(super) fn answer(&self, status: StatusCode, parameters: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let all = parameters.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]);
        let mut target = self.target.clone();
        if self.in_fragment {
            let fragment = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
            target.set_fragment(Some(&fragment));
        } else {
            target.query_pairs_mut().extend_pairs(all);
        }
        match HeaderValue::from_str(target.as_str()) {
            Ok(location) => answer::redirect(status, location),
            // A URL is ASCII without control characters.
            Err(_) => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// An error (RFC 6749 §4.1.2.1).
    pub(super) fn error(&self, status: StatusCode, code: ErrorCode) -> Response {
        self.answer(status, &[("error", code.as_str())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(target: &str, in_fragment: bool) -> ReturnTo {
        let (target, state) = (target.parse().unwrap(), Some("a b&c=#\r\né".to_owned()));
        ReturnTo { target, state, in_fragment, issuer: "https://api.example".parse().unwrap() }
    }

    fn location(response: &Response) -> &str {
        response.headers()["location"].to_str().unwrap()
    }

    #[test]
    fn answers_are_added_to_what_the_uri_has() {
        let response = back("https://app.test/cb?a=1%202", false).answer(StatusCode::FOUND, &[("code", "c")]);
        let expected =
            "https://app.test/cb?a=1%202&code=c&state=a+b%26c%3D%23%0D%0A%C3%A9&iss=https%3A%2F%2Fapi.example";
        assert_eq!(location(&response), expected);
        let response = back("https://app.test/cb?a=1", true).error(StatusCode::SEE_OTHER, ErrorCode::AccessDenied);
        let expected =
            "https://app.test/cb?a=1#error=access_denied&state=a+b%26c%3D%23%0D%0A%C3%A9&iss=https%3A%2F%2Fapi.example";
        assert_eq!(location(&response), expected);
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    }
}
