//! What a request says about its own signature, as text: what it lists, and by which algorithm it is made.

use bytes::Bytes;
use countersign::hmac::Algorithm;
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::{Request, Uri};

/// The names that the request lists as signed, in order; empty where it lists none.
pub(super) fn names(request: &Request<Bytes>) -> Vec<String> {
    parameter(request, "headers").map(|list| list.split(' ').map(str::to_owned).collect()).unwrap_or_default()
}

/// The algorithm that the request names.
pub(super) fn algorithm(request: &Request<Bytes>) -> Option<Algorithm> {
    match &*parameter(request, "algorithm")? {
        "hmac-sha1" => Some(Algorithm::HmacSha1),
        "hmac-sha256" => Some(Algorithm::HmacSha256),
        "hmac-sha384" => Some(Algorithm::HmacSha384),
        "hmac-sha512" => Some(Algorithm::HmacSha512),
        _ => None,
    }
}

/// The value of a quoted parameter of the credentials.
pub(super) fn parameter(request: &Request<Bytes>, name: &str) -> Option<String> {
    let fields = [PROXY_AUTHORIZATION, AUTHORIZATION];
    let mut values =
        fields.iter().flat_map(|field| request.headers().get_all(field)).filter_map(|value| value.to_str().ok());
    values.find_map(|value| {
        let begin = [" ", ","].iter().find_map(|before| value.split_once(&format!("{before}{name}=\"")))?.1;
        begin.split_once('"').map(|(value, _)| value.to_owned())
    })
}

/// One member of `Signature-Input` (RFC 9421 §4.1).
pub(super) struct Input {
    pub(super) label: String,
    pub(super) names: Vec<String>,
    pub(super) has_nonce: bool,
    /// Seconds between `created` and `expires`.
    pub(super) lifetime: Option<u64>,
}

/// The member with this tag, or the only one.
pub(super) fn input(request: &Request<Bytes>, tag: Option<&str>) -> Option<Input> {
    let value = request.headers().get("signature-input")?.to_str().ok()?;
    let tagged = |member: &&str| tag.is_none_or(|tag| member.contains(&format!(";tag=\"{tag}\"")));
    let member = value.split(", ").find(tagged)?;
    let (label, rest) = member.split_once("=(")?;
    let (list, parameters) = rest.split_once(')')?;
    let number = |name: &str| -> Option<u64> {
        let rest = parameters.split_once(&format!(";{name}="))?.1;
        rest.split(';').next()?.parse().ok()
    };
    Some(Input {
        label: label.to_owned(),
        names: list.split('"').skip(1).step_by(2).map(str::to_owned).collect(),
        has_nonce: parameters.contains(";nonce="),
        lifetime: number("expires").zip(number("created")).and_then(|(expires, created)| expires.checked_sub(created)),
    })
}

/// For how many seconds a URL of AWS Signature Version 4 is good.
pub(super) fn presigned_for(uri: &Uri) -> Option<u64> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Expires="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Request<Bytes> {
        Request::get("/").header(name, value).body(Bytes::new()).unwrap()
    }

    #[test]
    fn what_is_listed_is_read() {
        let kong = with(
            "authorization",
            "hmac username=\"a\", algorithm=\"hmac-sha512\", headers=\"date digest\", signature=\"x\"",
        );
        assert_eq!(
            (names(&kong), algorithm(&kong)),
            (vec!["date".into(), "digest".into()], Some(Algorithm::HmacSha512))
        );
        let apisix =
            with("authorization", "Signature keyId=\"a\",algorithm=\"hmac-sha1\",headers=\"date\",signature=\"x\"");
        assert_eq!((names(&apisix), algorithm(&apisix)), (vec!["date".to_owned()], Some(Algorithm::HmacSha1)));
        assert!(names(&with("authorization", "hmac xheaders=\"date\"")).is_empty());
    }

    #[test]
    fn an_input_is_found_by_its_tag() {
        let value =
            "a=(\"@method\");created=5;tag=\"one\", b=(\"@path\" \"x\");created=5;expires=65;nonce=\"n\";tag=\"two\"";
        let two = input(&with("signature-input", value), Some("two")).unwrap();
        assert_eq!(
            (&*two.label, two.names, two.has_nonce, two.lifetime),
            ("b", vec!["@path".into(), "x".into()], true, Some(60))
        );
        let first = input(&with("signature-input", value), None).unwrap();
        assert_eq!((&*first.label, first.has_nonce, first.lifetime), ("a", false, None));
        assert!(input(&with("signature-input", "sig1=()"), None).unwrap().names.is_empty());
        assert!(input(&with("signature-input", "sig1"), None).is_none());
    }
}
