//! Scheme, host and port, and what proxies say was there before them.

use http::Uri;

use crate::explain::head::Head;
use crate::explain::{Change, TargetChange};

/// Where a request may have been sent to.
pub(super) struct Origin {
    pub(super) changes: Vec<Change>,
    pub(super) scheme: Option<String>,
    pub(super) authority: Option<String>,
    /// Path and query, where these are others too.
    pub(super) target: Option<(String, Option<String>)>,
}

/// Everything but where it arrived: other schemes, other authorities, both, and the targets that proxies tell of.
pub(super) fn origins(head: &Head<'_>, hosts: &[String]) -> Vec<Origin> {
    let own = || (Vec::new(), head.scheme.as_deref().map(str::to_owned));
    let mut schemes = vec![own()];
    for scheme in [forwarded(head, "x-forwarded-proto", "proto").as_deref(), Some("https"), Some("http")] {
        let Some(scheme) = scheme.filter(|scheme| matches!(*scheme, "http" | "https")) else { continue };
        if !schemes.iter().any(|(_, known)| known.as_deref() == Some(scheme)) {
            schemes.push((vec![TargetChange::Scheme.into()], Some(scheme.to_owned())));
        }
    }
    let mut authorities = vec![(Vec::new(), head.authority.as_deref().map(str::to_owned))];
    for (change, authority) in authorities_of(head, hosts) {
        let known = authorities.iter().any(|(_, known)| known.as_deref() == Some(&*authority));
        if !known && !authority.is_empty() {
            authorities.push((vec![Change::from(change)], Some(authority)));
        }
    }
    let all = schemes.iter().flat_map(|scheme| authorities.iter().map(move |authority| (scheme, authority)));
    let mut origins: Vec<Origin> = all
        .map(|((of_scheme, scheme), (of_authority, authority))| Origin {
            changes: [&**of_scheme, &**of_authority].concat(),
            scheme: scheme.clone(),
            authority: authority.clone(),
            target: None,
        })
        .filter(|origin| !origin.changes.is_empty())
        .collect();
    // One thing at a time first, and of these the scheme.
    origins.sort_by_key(|origin| (origin.changes.len(), origin.scheme.as_deref() == head.scheme.as_deref()));
    origins.extend(ORIGINAL_TARGETS.iter().filter_map(|name| original(head, head.field(name)?)));
    origins
}

/// The parts that may stand before the path: what proxies say, then what the operator says.
pub(super) fn prefixes(head: &Head<'_>, candidates: &[String]) -> Vec<String> {
    let said = PREFIXES.iter().filter_map(|name| head.field(name)).map(str::to_owned);
    let mut prefixes: Vec<String> = Vec::new();
    for prefix in said.chain(candidates.iter().cloned()) {
        let prefix = prefix.trim_matches('/');
        let prefix = format!("/{prefix}");
        if prefix.len() > 1 && prefixes.len() < MAX && !prefixes.contains(&prefix) {
            prefixes.push(prefix);
        }
    }
    prefixes
}

fn authorities_of(head: &Head<'_>, hosts: &[String]) -> Vec<(TargetChange, String)> {
    let mut found = Vec::new();
    let own = head.authority.as_deref().unwrap_or_default();
    let (host, port) = host_and_port(own);
    if port.is_some() {
        found.push((TargetChange::NoPort, host.to_owned()));
    }
    if !own.is_empty() {
        let ports = [head.field("x-forwarded-port"), Some("443"), Some("80")];
        let is_port = |port: &&str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        found.extend(
            ports.into_iter().flatten().filter(is_port).map(|port| (TargetChange::WithPort, format!("{host}:{port}"))),
        );
        found.push((TargetChange::HostCase, own.to_ascii_lowercase()));
    }
    let said = [
        forwarded(head, "x-forwarded-host", "host"),
        head.field("x-original-host").map(str::to_owned),
        head.field("host").map(str::to_owned),
    ];
    for other in said.into_iter().flatten().chain(hosts.iter().take(MAX).cloned()) {
        let (host, port) = host_and_port(&other);
        let without = port.map(|_| (TargetChange::Host, host.to_owned()));
        found.push((TargetChange::Host, other.clone()));
        found.extend(without);
    }
    found
}

/// What the proxy next to the client says, in its own field or in `Forwarded` (RFC 7239).
fn forwarded(head: &Head<'_>, name: &str, parameter: &str) -> Option<String> {
    if let Some(value) = head.field(name) {
        return value.split(',').next().map(|first| first.trim().to_owned());
    }
    let first = head.field("forwarded")?.split(',').next()?;
    first.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(parameter).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn original(head: &Head<'_>, value: &str) -> Option<Origin> {
    let uri: Uri = value.parse().ok().filter(|uri: &Uri| uri.path().starts_with('/'))?;
    let target = (uri.path().to_owned(), uri.query().map(str::to_owned));
    Some(Origin {
        changes: vec![TargetChange::OriginalTarget.into()],
        scheme: uri.scheme_str().or(head.scheme.as_deref()).map(str::to_owned),
        authority: uri.authority().map(|authority| authority.as_str()).or(head.authority.as_deref()).map(str::to_owned),
        target: Some(target),
    })
}

/// The host of an IPv6 address in its brackets.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

const MAX: usize = 8;
const PREFIXES: [&str; 3] = ["x-forwarded-prefix", "x-forwarded-path", "x-script-name"];
const ORIGINAL_TARGETS: [&str; 5] =
    ["x-original-uri", "x-original-url", "x-rewrite-url", "x-envoy-original-path", "x-forwarded-uri"];
