//! The request of a vector.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::IgnoredAny;
use serde_json::Value;

/// Reads the request. The inner error says why no HTTP request can be that.
///
/// # Errors
/// What is missing, or not what it has to be.
pub(super) fn read(json: &Value) -> Result<Result<Request<Bytes>, String>, String> {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let want = |name: &str| text(name).ok_or_else(|| format!("its request has no `{name}`"));
    let (method, target, body) = (want("method")?, want("target")?, body(json)?);
    let uri = match (text("scheme"), text("authority")) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}{target}"),
        _ => target.to_owned(),
    };
    let mut fields = Vec::new();
    for pair in json.get("headers").and_then(Value::as_array).ok_or("its request has no `headers`")? {
        let part = |at: usize| pair.get(at).and_then(Value::as_str);
        fields.push(part(0).zip(part(1)).ok_or("one of its `headers` is not a pair of texts")?);
    }
    Ok(build(method, &uri, &fields, body))
}

/// The request as it was sent to this URL, before a proxy changed scheme, host, or the beginning of the path.
///
/// # Errors
/// When that is no absolute URL.
pub(super) fn sent_to(mut request: Request<Bytes>, public_url: &str) -> Result<Request<Bytes>, String> {
    let bad = || "its `public_url` is no absolute URL".to_owned();
    let public: Uri = public_url.parse().map_err(|_| bad())?;
    let (scheme, authority) = public.scheme_str().zip(public.authority()).ok_or_else(bad)?;
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    // What the proxy took off; another path altogether is another URL, which is for the verifier to notice.
    let prefix = public.path().strip_suffix(request.uri().path()).unwrap_or_default();
    let uri = format!("{scheme}://{authority}{prefix}{target}").parse().map_err(|_| bad())?;
    if let Some(host) = request.headers_mut().get_mut(HOST) {
        *host = HeaderValue::from_str(authority.as_str()).map_err(|_| bad())?;
    }
    *request.uri_mut() = uri;
    Ok(request)
}

/// The request with the media type of its body, where that is JSON and the row leaves it out: libraries that find the signature
/// in the body are given nothing else.
pub(super) fn with_media_type(mut request: Request<Bytes>) -> Request<Bytes> {
    let is_json = serde_json::from_slice::<IgnoredAny>(request.body()).is_ok();
    if is_json && !request.headers().contains_key(CONTENT_TYPE) {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    request
}

fn build(method: &str, uri: &str, fields: &[(&str, &str)], body: Bytes) -> Result<Request<Bytes>, String> {
    let mut request = Request::new(body);
    let no = |what: &str| format!("no HTTP request has {what} like that");
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| no("a method"))?;
    // What no request line can carry goes escaped, as clients do it.
    let target = uri.parse::<Uri>().or_else(|_| utf8_percent_encode(uri, UNSENDABLE).to_string().parse());
    *request.uri_mut() = target.map_err(|_| no("a target"))?;
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| no("a field name"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| no("a field value"))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

fn body(json: &Value) -> Result<Bytes, String> {
    match (json.get("body_base64"), json.get("body_utf8")) {
        (Some(Value::String(text)), _) => {
            BASE64_STANDARD.decode(text).map(Bytes::from).map_err(|_| "its `body_base64` is not base64".to_owned())
        }
        (None | Some(Value::Null), Some(Value::String(text))) => Ok(Bytes::from(text.clone())),
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(Bytes::new()),
        _ => Err("its body is not a text".to_owned()),
    }
}

/// What a URL may hold nowhere: WHATWG URL's path percent-encode set, but for what would begin a query.
const UNSENDABLE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}');

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_built_as_it_is_sent() {
        let request = read(&json!({
            "method": "PUT", "scheme": "https", "authority": "example.com:8443", "target": "/a%20b/é?x=%20",
            "headers": [["X-A", "1"], ["x-a", "2"]], "body_base64": "AP8=", "body_utf8": "ignored",
        }));
        let request = request.unwrap().unwrap();
        assert_eq!(request.uri(), "https://example.com:8443/a%20b/é?x=%20");
        assert_eq!(request.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(request.body().as_ref(), [0, 255]);
        let escaped = read(&json!({"method": "GET", "target": "/a b/é?c d", "headers": []})).unwrap().unwrap();
        assert_eq!(escaped.uri(), "/a%20b/%C3%A9?c%20d");
        let own = read(&json!({"method": "GET", "target": "/x?", "headers": [], "body_utf8": "é"})).unwrap().unwrap();
        assert_eq!((own.uri().to_string(), own.body().len()), ("/x?".to_owned(), 2));
    }

    #[test]
    fn what_a_proxy_changed_is_changed_back() {
        let inside = |target: &str| Request::get(target).header("host", "inside").body(Bytes::new()).unwrap();
        for (target, public, expected) in [
            ("/x?a=1", "https://example.com/x?a=1", "https://example.com/x?a=1"),
            ("http://inside/x", "https://example.com/api/x", "https://example.com/api/x"),
            ("/x", "https://example.com/y", "https://example.com/x"),
        ] {
            let sent = sent_to(inside(target), public).unwrap();
            assert_eq!(
                (sent.uri().to_string(), &sent.headers()["host"]),
                (expected.to_owned(), &HeaderValue::from_static("example.com"))
            );
        }
        assert!(sent_to(inside("/x"), "/x").is_err());
    }

    #[test]
    fn what_is_no_request_is_told_from_what_is_no_vector() {
        for (json, expected) in [
            (json!({"target": "/", "headers": []}), "its request has no `method`"),
            (json!({"method": "GET", "target": "/"}), "its request has no `headers`"),
            (
                json!({"method": "GET", "target": "/", "headers": [["a"]]}),
                "one of its `headers` is not a pair of texts",
            ),
            (
                json!({"method": "GET", "target": "/", "headers": [], "body_base64": "?"}),
                "its `body_base64` is not base64",
            ),
        ] {
            assert_eq!(read(&json).err().as_deref(), Some(expected), "{json}");
        }
        for json in [
            json!({"method": "G T", "target": "/", "headers": []}),
            json!({"method": "GET", "target": "a b", "headers": []}),
            json!({"method": "GET", "target": "/", "headers": [["a b", ""]]}),
            json!({"method": "GET", "target": "/", "headers": [["a", "b\nc"]]}),
        ] {
            assert!(read(&json).unwrap().is_err(), "{json}");
        }
    }
}
