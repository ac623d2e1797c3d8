//! The path.

use crate::explain::escapes::{completed, decoded, encoded, in_case};
use crate::explain::head::Head;
use crate::explain::{Change, TargetChange};

/// The paths that may have been signed instead, each once.
pub(super) fn paths(head: &Head<'_>, prefixes: &[String]) -> Vec<(Change, String)> {
    let path = &*head.path;
    let mut found: Vec<(Change, String)> = Vec::new();
    let mut add = |change: TargetChange, other: String| {
        if other != path && !found.iter().any(|(_, known)| *known == other) {
            found.push((change.into(), other));
        }
    };
    if let Some(decoded) = decoded(path) {
        add(TargetChange::PathDecoded, decoded.clone());
        add(TargetChange::PathEscapeCase, in_case(path, true));
        add(TargetChange::PathEscapeCase, in_case(path, false));
        add(TargetChange::PathEncoded, completed(path));
        add(TargetChange::PathEncoded, encoded(&decoded));
        add(TargetChange::PathEncoded, encoded(path));
    }
    match path.strip_suffix('/') {
        None => add(TargetChange::TrailingSlash, format!("{path}/")),
        Some("") => {}
        Some(without) => add(TargetChange::NoTrailingSlash, without.to_owned()),
    }
    add(TargetChange::SlashesMerged, merged(path));
    for (at, _) in path.match_indices('/').take(MAX) {
        let (before, after) = path.split_at_checked(at).unwrap_or((path, ""));
        add(TargetChange::SlashDoubled, [before, "/", after].concat());
    }
    let given = prefixes.iter().filter_map(|prefix| path.strip_prefix(&format!("/{}", prefix.trim_matches('/'))));
    // Up to the second and the third slash.
    let parts = path.match_indices('/').skip(1).take(2).filter_map(|(at, _)| path.get(at..));
    for rest in given.filter(|rest| rest.is_empty() || rest.starts_with('/')).chain(parts) {
        add(TargetChange::NoPrefix, if rest.is_empty() { "/".to_owned() } else { rest.to_owned() });
    }
    found
}

fn merged(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if !(c == '/' && merged.ends_with('/')) {
            merged.push(c);
        }
    }
    merged
}

const MAX: usize = 8;
