//! How the verifier of a vector was set up: what the format itself leaves open.

use std::time::Duration;

use bytes::Bytes;
use countersign::HmacAuthLayer;
use countersign::hmac::Coverage;
use http::Request;
use serde_json::Value;

use super::listed;
use crate::text;

/// What the file (`reference_clock_skew`) and the row (`conf`, `max_age`) say of the reference implementation's settings.
#[derive(Debug, Default)]
pub(super) struct Terms {
    past: Option<Duration>,
    future: Option<Duration>,
    body_limit: Option<usize>,
    body_bound: bool,
    /// Names that the request has to list as signed.
    listed: Vec<String>,
    /// Algorithms that are accepted, where not all are.
    algorithms: Option<Vec<String>>,
}

impl Terms {
    /// Reads them.
    ///
    /// # Errors
    /// When one is not what it has to be.
    pub(super) fn read(file: &Value, row: &Value) -> Result<Self, String> {
        let mut terms =
            Self { future: seconds(file, "reference_clock_skew")?, past: seconds(row, "max_age")?, ..Self::default() };
        let conf = row.get("conf").and_then(Value::as_object);
        for (name, value) in conf.into_iter().flatten() {
            let bad = || format!("its `conf.{name}` is not understood");
            match &**name {
                _ if value.is_null() => {}
                "clock_skew" => {
                    let skew = Duration::from_secs(value.as_u64().ok_or_else(bad)?);
                    // Zero is how Kong and APISIX spell that the time is not looked at.
                    let skew = if skew.is_zero() { Duration::MAX } else { skew };
                    (terms.past, terms.future) = (Some(skew), Some(skew));
                }
                "max_req_body_size" => {
                    let limit = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
                    terms.body_limit = Some(limit.ok_or_else(bad)?);
                }
                "validate_request_body" => terms.body_bound = value.as_bool().ok_or_else(bad)?,
                "enforce_headers" | "signed_headers" => terms.listed = texts(value).ok_or_else(bad)?,
                "algorithms" | "allowed_algorithms" => terms.algorithms = Some(texts(value).ok_or_else(bad)?),
                _ => text::warning(format!("a vector's `conf.{name}` is left alone")),
            }
        }
        Ok(terms)
    }

    /// What the request's own words break, before anything is computed.
    pub(super) fn broken_by(&self, request: &Request<Bytes>) -> Option<String> {
        let there = listed::names(request);
        let missing = |name: &&String| !there.iter().any(|own| own.eq_ignore_ascii_case(name));
        if let Some(name) = self.listed.iter().find(missing) {
            return Some(format!("{name} has to be signed, and is not listed"));
        }
        let named = listed::parameter(request, "algorithm");
        let accepted = |name: &String| self.algorithms.as_ref().is_none_or(|algorithms| algorithms.contains(name));
        named.filter(|name| !accepted(name)).map(|name| format!("{name} is not accepted"))
    }

    /// The layer, set up so.
    pub(super) fn apply(&self, layer: HmacAuthLayer, own: Option<countersign::hmac::Leeway>) -> HmacAuthLayer {
        let mut layer = layer.with_insecure_reference_policy().with_body_limit(self.body_limit.unwrap_or(usize::MAX));
        if let (Some(own), true) = (own, self.past.is_some() || self.future.is_some()) {
            let (past, future) = (own.past(), own.future());
            layer = layer.with_leeway(self.past.unwrap_or(past), self.future.unwrap_or(future));
        }
        if self.body_bound { layer.with_required_components(Coverage::BODY) } else { layer }
    }
}

fn seconds(of: &Value, name: &str) -> Result<Option<Duration>, String> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(|seconds| Some(Duration::from_secs(seconds)))
            .ok_or_else(|| format!("its `{name}` is not a number of seconds")),
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}
