//! `Server-Authorization`: a response that is signed for the request it answers.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName};

use super::{Hawk, Signed, host_port, media_type_of, stands};
use crate::auth::SignedHead;
use crate::hmac::schemes::text::{Parameters, after_scheme, ascii, field};
use crate::hmac::{Coverage, Malformed, PresentedResponse, ResponseScheme, SignatureBase};

/// What of a request goes into the signature of its response.
pub(super) struct HawkResponse {
    hawk: Hawk,
    /// Time, nonce, method, target, host and port, a line each.
    request: String,
    /// `app` and `dlg`, likewise.
    delegation: String,
}

impl HawkResponse {
    pub(super) fn new(hawk: &Hawk, head: &SignedHead<'_>, signed: &Signed) -> Option<Self> {
        let Signed { time, nonce, app, dlg, .. } = signed;
        let (host, port) = host_port(head).ok()?;
        let method = head.method().as_str().to_ascii_uppercase();
        let query = head.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target = [head.path_prefix(), head.path(), &query].concat();
        let request = format!("{time}\n{nonce}\n{method}\n{target}\n{}\n{port}\n", host.to_ascii_lowercase());
        let delegation =
            app.as_ref().map(|app| format!("{app}\n{}\n", dlg.as_deref().unwrap_or_default())).unwrap_or_default();
        Some(Self { hawk: hawk.clone(), request, delegation })
    }

    fn media_type(headers: &HeaderMap) -> Result<String, Malformed> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let value = values.next().map(ascii).transpose()?;
        if values.next().is_some() { Err(Malformed::several()) } else { Ok(media_type_of(value)) }
    }
}

impl ResponseScheme for HawkResponse {
    fn prepare(&self, headers: &HeaderMap, body: Option<&[u8]>) -> Result<PresentedResponse, Malformed> {
        let Some(body) = body else { return Ok(PresentedResponse::new()) };
        let claim = self.hawk.claim(&Self::media_type(headers)?, "");
        Ok(PresentedResponse::new().with_digest(claim.digest_of(body)))
    }

    fn parse(&self, headers: &HeaderMap) -> Result<Option<PresentedResponse>, Malformed> {
        let mut values = headers.get_all(SERVER_AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Malformed::several());
        }
        let parameters = after_scheme(ascii(value)?.as_bytes(), "Hawk").and_then(|rest| std::str::from_utf8(rest).ok());
        let parameters = Parameters::read(parameters.ok_or(Malformed::new("the auth-scheme is not Hawk"))?)?;
        parameters.only(&["mac", "hash", "ext"])?;
        if !["hash", "ext"].iter().all(|name| parameters.find(name).is_none_or(stands)) {
            return Err(Malformed::new("a parameter is empty, or has quotes or backslashes in it"));
        }
        let mut presented = PresentedResponse::new().with_signature(parameters.want("mac")?.as_bytes())?;
        if let Some(hash) = parameters.find("hash") {
            presented = presented.with_digest(hash);
        }
        if let Some(ext) = parameters.find("ext") {
            presented = presented.with_extra(ext);
        }
        Ok(Some(presented))
    }

    fn base<'r>(
        &'r self,
        headers: &'r HeaderMap,
        presented: &'r PresentedResponse,
    ) -> Result<SignatureBase<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_literal("hawk.1.response\n");
        base.push(Coverage::CREATED | Coverage::NONCE, &self.request);
        if let Some(hash) = presented.digest() {
            base.push_claim(hash, self.hawk.claim(&Self::media_type(headers)?, hash));
        }
        base.push_literal("\n");
        base.push_literal(presented.extra().unwrap_or_default());
        base.push_literal("\n");
        base.push_literal(&self.delegation);
        Ok(base)
    }

    fn attach(&self, headers: &mut HeaderMap, presented: &PresentedResponse, signature: &str) -> Result<(), Malformed> {
        let named = |name, value: Option<&str>| value.map(|value| format!(", {name}=\"{value}\"")).unwrap_or_default();
        let (hash, ext) = (named("hash", presented.digest()), named("ext", presented.extra()));
        headers.insert(SERVER_AUTHORIZATION, field(format!("Hawk mac=\"{signature}\"{hash}{ext}"))?);
        Ok(())
    }
}

const SERVER_AUTHORIZATION: HeaderName = HeaderName::from_static("server-authorization");
