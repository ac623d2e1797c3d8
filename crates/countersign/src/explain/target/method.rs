//! The method.

use http::Method;

use crate::explain::head::Head;
use crate::explain::{Change, TargetChange};

/// The methods that may have been signed instead: what the request says it was first.
pub(super) fn methods(head: &Head<'_>) -> Vec<(Change, Method)> {
    let named = OVERRIDES.iter().filter_map(|name| Method::from_bytes(head.field(name)?.as_bytes()).ok());
    let mut methods: Vec<Method> = named.collect();
    methods.extend([
        Method::POST,
        Method::GET,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ]);
    methods.retain(|method| *method != *head.method);
    let lower = Method::from_bytes(head.method.as_str().to_ascii_lowercase().as_bytes());
    let lower = lower.ok().filter(|lower| *lower != *head.method);
    let others = methods.into_iter().map(|method| (TargetChange::Method.into(), method));
    others.chain(lower.map(|method| (TargetChange::MethodCase.into(), method))).collect()
}

const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];
