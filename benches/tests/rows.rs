//! A row that lets everybody through would be fast.

use axum::body::Body;
use countersign_benches::case::{Case, Group, Row};
use countersign_benches::cases;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};

const OK: StatusCode = StatusCode::OK;

#[test]
fn every_layer_refuses_changed_credentials_and_none() {
    for case in small() {
        let Group { template, mut rows, .. } = case.group();
        let with = |change: &dyn Fn(&mut HeaderMap)| {
            let mut request = template.request();
            change(request.headers_mut());
            request
        };
        let field = credentials(template.request().headers());
        for row in &mut rows {
            let requests = [
                with(&|_| ()),
                with(&|headers| change(&field, headers)),
                with(&|headers| {
                    headers.remove(&field);
                }),
            ];
            let answers = requests.map(|request| row.answer(request));
            match row.name {
                _ if case.name.starts_with("lookup") => assert_eq!(answers, [None; 3], "{}: {}", case.name, row.name),
                "the HMAC alone" => assert_eq!(answers, [None; 3], "{}", case.name),
                "no layer" => assert_eq!(answers, [Some(OK); 3], "{}", case.name),
                _ => {
                    assert_eq!(answers[0], Some(OK), "{}: {}", case.name, row.name);
                    let refused = [&answers[1], &answers[2]].map(|answer| *answer.as_ref().expect("it is a service"));
                    assert!(
                        refused.iter().all(StatusCode::is_client_error),
                        "{}: {}: {refused:?}",
                        case.name,
                        row.name
                    );
                    if row.name.starts_with("countersign") {
                        assert_eq!(refused, [wrong(&case), StatusCode::UNAUTHORIZED], "{}: {}", case.name, row.name);
                    }
                }
            }
        }
    }
}

#[test]
fn every_layer_refuses_a_changed_body_where_signatures_cover_it() {
    let mut refused = 0;
    for case in small().filter(|case| !case.name.starts_with("bearer")) {
        let Group { template, rows, .. } = case.group();
        let Some(changed) = template.with_changed_body() else { continue };
        for mut row in rows {
            match (row.name, row.answer(changed.request())) {
                ("the HMAC alone", None) | ("no layer", Some(OK)) => {}
                (name, Some(status)) if name.starts_with("countersign") => {
                    assert_eq!(status, wrong(&case), "{}: {name}", case.name)
                }
                (name, answer) => {
                    assert!(answer.is_some_and(|status| status.is_client_error()), "{}: {name}: {answer:?}", case.name);
                }
            }
            refused += usize::from(row.name != "no layer" && row.name != "the HMAC alone");
        }
    }
    assert!(refused > 50, "there are bodies: {refused}");
}

#[test]
fn a_row_that_admits_everybody_would_be_found() {
    for case in small().filter(|case| !case.name.starts_with("lookup")) {
        let Group { template, mut rows, .. } = case.group();
        let mut open: Row = rows.swap_remove(0);
        let field = credentials(template.request().headers());
        let mut changed: Request<Body> = template.request();
        change(&field, changed.headers_mut());
        assert_ne!(changed.headers()[&field], template.request().headers()[&field], "{}", case.name);
        assert_eq!(open.answer(changed), Some(OK), "{}", case.name);
    }
}

/// Longer bodies change nothing of whether a row refuses.
fn small() -> impl Iterator<Item = Case> {
    cases().into_iter().filter(|case| !case.is_large)
}

/// What ours answer to a wrong signature.
fn wrong(case: &Case) -> StatusCode {
    if case.name.starts_with("Sentry") { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED }
}

/// Where the token or the signature stands.
fn credentials(headers: &HeaderMap) -> HeaderName {
    let names =
        ["signature", "stripe-signature", "webhook-signature", "x-hub-signature-256"].map(HeaderName::from_static);
    names.into_iter().find(|name| headers.contains_key(name)).unwrap_or(header::AUTHORIZATION)
}

/// Changes one character of a token or of a signature: near its end, but not in its last one, of which not every bit counts in
/// base64. Sentry's credentials have theirs at the front.
fn change(field: &HeaderName, headers: &mut HeaderMap) {
    let mut value = headers[field].as_bytes().to_vec();
    let named = value.windows(NAMED.len()).position(|part| part == NAMED).map(|start| start + NAMED.len());
    let near_the_end = value.len().saturating_sub(10);
    let byte = value.get_mut(named.unwrap_or(near_the_end)).expect("there are that many");
    *byte = if *byte == b'0' { b'1' } else { b'0' };
    headers.insert(field, HeaderValue::from_bytes(&value).expect("still a field value"));
}

const NAMED: &[u8] = b"sentry_signature=";
