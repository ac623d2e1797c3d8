//! Reading what was sent: so much, and for so long.

use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// How long a body may take, all of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of a form.
pub(crate) const FORM_LIMIT: usize = 16 << 10;

/// The most bytes of a JSON body.
pub(crate) const JSON_LIMIT: usize = 64 << 10;

/// The body, if it is of this media type, and not longer than `limit` bytes; otherwise the status that says why not.
pub(crate) async fn read(headers: &HeaderMap, body: Body, media_type: &str, limit: usize) -> Result<Bytes, StatusCode> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(media_type) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type))])
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_read_within_its_bounds() {
        let form = typed("application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(read(&form, Body::from("a=1"), FORM, 3).await.unwrap(), "a=1");
        assert_eq!(read(&form, Body::from("a=12"), FORM, 3).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        for wrong in [typed("text/plain"), HeaderMap::new(), typed("application/json")] {
            assert_eq!(read(&wrong, Body::from("a=1"), FORM, 3).await, Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let stalled = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read(&form, stalled, FORM, 3).await, Err(StatusCode::REQUEST_TIMEOUT));
        let broken = Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]));
        assert_eq!(read(&form, broken, FORM, 3).await, Err(StatusCode::BAD_REQUEST));
    }
}
