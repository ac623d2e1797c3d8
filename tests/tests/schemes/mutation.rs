//! Whatever a signature covers, no byte of it can be changed.

use bytes::Bytes;
use countersign::HmacAuthLayer;
use countersign::hmac::Coverage;
use http::{HeaderName, HeaderValue, Request, header};

use crate::harness::{Vector, send};

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Method,
    Scheme,
    Authority,
    Path,
    Query,
    Body,
    Field(&'static str),
}

/// Those that a profile speaks of.
const PARTS: [(Part, Coverage); 6] = [
    (Part::Method, Coverage::METHOD),
    (Part::Scheme, Coverage::SCHEME),
    (Part::Authority, Coverage::AUTHORITY),
    (Part::Path, Coverage::PATH),
    (Part::Query, Coverage::QUERY),
    (Part::Body, Coverage::BODY),
];

/// Holds what is said to be covered against what is: every one-byte change of it is refused, in every vector that is valid, and
/// every part was changed somewhere; of whatever else there is, some change is let through.
pub async fn assert_covers(
    vectors: &[Vector],
    layer: impl Fn(&Vector) -> HmacAuthLayer,
    covers: Coverage,
    fields: &[&'static str],
) {
    for (part, component) in PARTS {
        if covers.contains(component) {
            assert_covered(vectors, &layer, part).await;
        } else {
            assert!(!admitted(vectors, &layer, part).await.is_empty(), "{part:?} is covered, and not said to be");
        }
    }
    for field in fields {
        assert_covered(vectors, &layer, Part::Field(field)).await;
    }
}

/// Every one-byte change of this part is refused.
pub async fn assert_covered(vectors: &[Vector], layer: impl Fn(&Vector) -> HmacAuthLayer, part: Part) {
    let admitted = admitted(vectors, layer, part).await;
    assert!(admitted.is_empty(), "{part:?}: {admitted:?}");
}

/// The one-byte changes of this part that are let through.
pub async fn admitted(vectors: &[Vector], layer: impl Fn(&Vector) -> HmacAuthLayer, part: Part) -> Vec<Request<Bytes>> {
    let (mut tried, mut admitted) = (0, Vec::new());
    for vector in vectors.iter().filter(|vector| vector.is_valid()) {
        assert_eq!(send(layer(vector), &vector.request).await, Ok(()), "{}", vector.id);
    }
    for (vector, changed) in changes(vectors, part) {
        tried += 1;
        if send(layer(vector), &changed).await.is_ok() {
            admitted.push(changed);
        }
    }
    assert!(tried > 0, "{part:?} was nowhere changed");
    admitted
}

fn changes(vectors: &[Vector], part: Part) -> impl Iterator<Item = (&Vector, Request<Bytes>)> {
    let valid = vectors.iter().filter(|vector| vector.is_valid());
    valid.flat_map(move |vector| mutations(&vector.request, part).into_iter().map(move |changed| (vector, changed)))
}

/// Every request that differs from this one in one byte of the part, as far as `http` lets it be built.
pub fn mutations(request: &Request<Bytes>, part: Part) -> Vec<Request<Bytes>> {
    let uri = request.uri();
    let (scheme, authority) = (uri.scheme_str().unwrap(), uri.authority().unwrap().as_str());
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let with_uri = |uri: String| {
        let mut changed = request.clone();
        *changed.uri_mut() = uri.parse().ok()?;
        Some(changed)
    };
    let changed: Vec<_> = match part {
        Part::Method => {
            let mut changed = request.clone();
            *changed.method_mut() = http::Method::PATCH;
            vec![Some(changed)]
        }
        Part::Scheme => {
            let other = if scheme == "https" { "http" } else { "https" };
            vec![with_uri(format!("{other}://{authority}{}{query}", uri.path()))]
        }
        Part::Authority => flipped(authority.as_bytes())
            .filter_map(|host| String::from_utf8(host).ok())
            .map(|host| {
                let mut changed = with_uri(format!("{scheme}://{host}{}{query}", uri.path()))?;
                if changed.headers().contains_key(header::HOST) {
                    changed.headers_mut().insert(header::HOST, HeaderValue::try_from(&host).ok()?);
                }
                Some(changed)
            })
            .collect(),
        Part::Path => flipped(uri.path().as_bytes())
            .filter_map(|path| String::from_utf8(path).ok())
            .filter(|path| path.starts_with('/'))
            .chain([format!("{}x", uri.path()), format!("/x{}", uri.path())])
            .map(|path| with_uri(format!("{scheme}://{authority}{path}{query}")))
            .collect(),
        Part::Query => {
            // More than a `?`: to some formats an empty query is none.
            let longer = if query.is_empty() { "?x".to_owned() } else { format!("{query}&x") };
            let queries = flipped(query.as_bytes()).filter_map(|query| String::from_utf8(query).ok());
            let queries = queries.filter(|query| query.starts_with('?')).chain([longer]);
            queries.map(|query| with_uri(format!("{scheme}://{authority}{}{query}", uri.path()))).collect()
        }
        Part::Body => {
            let longer = [request.body(), b"x".as_slice()].concat();
            flipped(request.body())
                .chain([longer])
                .map(|body| Some(request.clone().map(|_| Bytes::from(body))))
                .collect()
        }
        Part::Field(name) => {
            let name = HeaderName::from_static(name);
            let Some(value) = request.headers().get(&name) else { return Vec::new() };
            flipped(value.as_bytes())
                .map(|value| {
                    let mut changed = request.clone();
                    changed.headers_mut().insert(&name, HeaderValue::from_bytes(&value).ok()?);
                    Some(changed)
                })
                .collect()
        }
    };
    changed.into_iter().flatten().collect()
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|index| {
        let mut changed = bytes.to_vec();
        changed[index] ^= 1;
        changed
    })
}
