//! Shopify's signed queries: `hmac` and `timestamp` among the parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use http::request::Parts;
use percent_encoding::percent_decode_str;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{is_spelled, spell_seconds, unix_seconds};
use super::url::set_query;
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Shopify's signed queries: of its OAuth callback, and of the pages that its admin opens (source: Shopify's documentation "Verify
    /// the installation request", and `ShopifyAPI` 12.7.0).
    ///
    /// `?…&timestamp=<seconds>&hmac=<hex>`: HMAC-SHA-256 over all parameters but `hmac`, decoded, `name=value` in order and with
    /// `&` between, `%`, `&` and the name's `=` escaped; `ids[]=1&ids[]=2` is signed as `ids=["1", "2"]`, as the library for
    /// Python does and the one for Node does not. Queries are good for 90 seconds either way, as in the library for Node; the
    /// one for Python accepts them for a day.
    ///
    /// **The path is not covered**, so a query fits every page of the application. Nor is the method: only `GET` without a
    /// body passes. Names that occur twice, but for lists, values that look like a list, and items of lists with
    /// other than plain ASCII in them are refused: they could be taken for others. Shopify's app proxy signs otherwise.
    ShopifyQuery, "shopify"
}

impl HmacScheme for ShopifyQuery {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Shopify-Query", Algorithm::HmacSha256, Encoding::Hex, COVERS, &[])
                .with_leeway(Leeway::new(Duration::from_secs(90), Duration::from_secs(90)))
                .with_reference_leeway(Leeway::new(Duration::from_secs(24 * 3600), Duration::MAX))
                .with_method("GET");
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let query = head.query().unwrap_or_default();
        let Some(signature) = single(query, SIGNATURE)? else { return Ok(None) };
        if !is_spelled(signature.as_bytes(), Encoding::Hex, 32) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        let time = single(query, TIMESTAMP)?.ok_or(Malformed::new("there is no timestamp beside the signature"))?;
        let presented = Presented::new(self.key_id.clone()).with_signature(signature.as_bytes())?;
        Ok(Some(presented.with_created(unix_seconds(time)?)))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::QUERY.and(Coverage::CREATED), canonical(head.query().unwrap_or_default())?);
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let query = head.uri.query().unwrap_or_default();
        let others =
            query.split('&').filter(|pair| !pair.is_empty() && ![SIGNATURE, TIMESTAMP].contains(&name_of(pair)));
        let mut pairs: Vec<String> = others.map(str::to_owned).collect();
        pairs.push(format!("{TIMESTAMP}={}", spell_seconds(intent.now())?));
        set_query(head, &pairs.join("&"))?;
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let query = head.uri.query().unwrap_or_default().to_owned();
        set_query(head, &format!("{query}&{SIGNATURE}={signature}"))
    }
}

/// All parameters but the signature, as they are signed.
fn canonical(query: &str) -> Result<String, Malformed> {
    let (mut lines, mut lists) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        if let Some(list) = name.strip_suffix("[]") {
            if list.contains(['[', ']'])
                || !value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte))
            {
                return Err(Malformed::new(
                    "a list in the query has a name or an item that could be spelled otherwise",
                ));
            }
            lists.entry(list.to_owned()).or_default().push(format!("\"{value}\""));
        } else if value.starts_with("[\"") {
            return Err(Malformed::new("a value in the query looks like a list"));
        } else if name != SIGNATURE {
            lines.push((name, value));
        } else if pair != format!("{SIGNATURE}={value}") {
            return Err(Malformed::new("the name of the signature is escaped"));
        }
    }
    lines.sort();
    if lines.windows(2).any(|two| matches!(two, [one, other] if one.0 == other.0)) {
        return Err(Malformed::new("a name occurs twice in the query"));
    }
    lines.extend(lists.into_iter().map(|(name, items)| (name, format!("[{}]", items.join(", ")))));
    let escaped = |text: &str| text.replace('%', "%25").replace('&', "%26");
    let line = |(name, value): (String, String)| format!("{}={}", escaped(&name).replace('=', "%3D"), escaped(&value));
    let mut lines: Vec<String> = lines.into_iter().map(line).collect();
    lines.sort();
    Ok(lines.join("&"))
}

/// The value of a parameter that may occur once, as it stands there.
fn single<'q>(query: &'q str, name: &str) -> Result<Option<&'q str>, Malformed> {
    let mut pairs = query.split('&').filter(|pair| name_of(pair) == name);
    let first = pairs.next().map(|pair| pair.split_once('=').map_or("", |(_, value)| value));
    if pairs.next().is_some() { Err(Malformed::several()) } else { Ok(first) }
}

/// As forms are decoded: `+` is a blank.
fn decoded(text: &str) -> Result<String, Malformed> {
    let whole = |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(whole) {
        return Err(Malformed::new("the query has an escape that is none"));
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(Into::into).map_err(|_| Malformed::new("the query has escapes that are not UTF-8"))
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

const SIGNATURE: &str = "hmac";
const TIMESTAMP: &str = "timestamp";
const COVERS: Coverage = Coverage::QUERY.and(Coverage::CREATED).and(Coverage::BODY);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_put_in_order_and_spelled_one_way() {
        for (query, expected) in [
            ("b=2&a=1&hmac=x", "a=1&b=2"),
            ("ids%5B%5D=1&ids[]=2&a=", "a=&ids=[\"1\", \"2\"]"),
            ("a=%26b%3Dc&x%3D=%25", "a=%26b=c&x%3D=%25"),
            ("a=+%2B&&b", "a= +&b="),
            ("a=%C3%A9", "a=é"),
        ] {
            assert_eq!(canonical(query).as_deref(), Ok(expected), "{query}");
        }
        for refused in
            ["a=1&a=2", "a=1&%61=2", "a=%5B%221%22]", "a[]=%22", "a[]=%C3%A9", "a[b][]=1", "a=%zz", "a=%ff", "%68mac=1"]
        {
            assert!(canonical(refused).is_err(), "{refused}");
        }
    }
}
