//! The `scratchstack-aws-signature` crate, called by a service: it has no layer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use chrono::{DateTime, NaiveDateTime, Utc};
use countersign::{Clock as _, SystemClock};
use http::{Request, Response, StatusCode};
use scratchstack_aws_signature::principal::{Principal, User};
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    sigv4_validate_request,
};
use tower::{BoxError, service_fn};

use crate::case::Row;
use crate::peers::refuse;
use crate::service::handle;
use crate::signature::{Key, LIMIT};
use crate::template::Template;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const SERVICE: &str = "execute-api";

type Keys = Arc<HashMap<String, GetSigningKeyResponse>>;

/// All signing keys are derived already, for the day on which the request was signed.
pub(crate) fn row(keys: Vec<Key>, signed: &Template) -> Row {
    let request = signed.request();
    let date = request.headers().get("x-amz-date").and_then(|date| date.to_str().ok()).expect("it is signed");
    let day = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").expect("it is a time").date();
    let derive = |Key { id, secret }: Key| {
        let user = User::new("aws", "123456789012", "/", &id).expect("the name is one");
        let key =
            KSecretKey::from_str(&secret).expect("it is as long as a key of AWS").to_ksigning(day, REGION, SERVICE);
        let found = GetSigningKeyResponse::builder().principal(Principal::from(user)).signing_key(key).build();
        (id, found.expect("all is said"))
    };
    let keys: Keys = Arc::new(keys.into_iter().map(derive).collect());
    Row::serve("scratchstack-aws-signature", service_fn(move |request| verify(keys.clone(), request)))
}

async fn verify(keys: Keys, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else { return refuse(StatusCode::PAYLOAD_TOO_LARGE) };
    let mut find = service_fn(move |request: GetSigningKeyRequest| {
        let found = keys.get(request.access_key()).cloned().ok_or_else(|| BoxError::from("there is no such key"));
        async { found }
    });
    let verified = sigv4_validate_request(
        Request::from_parts(head, body),
        REGION,
        SERVICE,
        &mut find,
        now(),
        &NO_ADDITIONAL_SIGNED_HEADERS,
        SignatureOptions::default(),
    );
    match verified.await {
        Ok((mut head, body, found)) => {
            head.extensions.insert(found.principal().clone());
            handle(Request::from_parts(head, Body::from(body))).await
        }
        Err(_) => refuse(StatusCode::FORBIDDEN),
    }
}

fn now() -> DateTime<Utc> {
    let since = SystemClock::new().now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    DateTime::from_timestamp(since.as_secs().cast_signed(), since.subsec_nanos()).unwrap_or_default()
}
