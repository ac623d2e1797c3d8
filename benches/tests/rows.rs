//! A row that lets everybody through would be fast.

use countersign_benches::groups;
use http::{HeaderValue, Request, StatusCode, header};

#[test]
fn every_layer_refuses_what_every_layer_should() {
    let with = |mut request: Request<_>, credentials: Option<&[u8]>| {
        match credentials {
            Some(value) => {
                let value = HeaderValue::from_bytes(value).expect("still a field value");
                request.headers_mut().insert(header::AUTHORIZATION, value);
            }
            None => drop(request.headers_mut().remove(header::AUTHORIZATION)),
        }
        request
    };
    for mut group in groups() {
        let good = group.template.request();
        let good = good.headers()[header::AUTHORIZATION].as_bytes();
        // The last character of a token or of a signature; Sentry's credentials have theirs at the front.
        let mut bad = good.to_vec();
        let signature = good.windows(NAMED.len()).position(|part| part == NAMED).map(|start| start + NAMED.len());
        let at = signature.unwrap_or(good.len() - 1);
        bad[at] = if bad[at] == b'0' { b'1' } else { b'0' };
        for row in &mut group.rows {
            let mut answer = |credentials| row.answer(with(group.template.request(), credentials));
            let answers = [Some(good), Some(&bad[..]), None].map(&mut answer);
            let wrong = if group.name.starts_with("Sentry") { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
            let expected = match row.name {
                "no layer" => [StatusCode::OK; 3].map(Some),
                "the HMAC alone" => [None; 3],
                _ => [StatusCode::OK, wrong, StatusCode::UNAUTHORIZED].map(Some),
            };
            assert_eq!(answers, expected, "{}: {}", group.name, row.name);
        }
    }
}

const NAMED: &[u8] = b"sentry_signature=";
