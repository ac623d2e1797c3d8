//! All of them, in the order in which they are tried.

use std::borrow::Cow;

use super::method::methods;
use super::origin::{Origin, origins, prefixes};
use super::path::paths;
use super::query::queries;
use crate::explain::head::Head;
use crate::explain::{Change, TargetChange};

/// What the operator knows of the service's other names.
#[derive(Clone, Debug, Default)]
pub(in crate::explain) struct Candidates {
    pub(in crate::explain) hosts: Vec<String>,
    pub(in crate::explain) prefixes: Vec<String>,
}

/// The heads that may have been signed instead of the one that arrived, each with what was changed in it.
pub(in crate::explain) fn heads<'r>(head: &Head<'r>, candidates: &Candidates) -> Vec<(Vec<Change>, Head<'r>)> {
    let mut heads = Vec::new();
    let origins = origins(head, &candidates.hosts);
    for origin in &origins {
        heads.push((origin.changes.clone(), head.under(origin)));
    }
    for (change, path) in paths(head, &candidates.prefixes) {
        heads.push((vec![change], Head { path: Cow::Owned(path), ..head.clone() }));
    }
    for (change, query) in queries(head.query.as_deref()) {
        heads.push((vec![change], Head { query: query.map(Cow::Owned), ..head.clone() }));
    }
    for prefix in prefixes(head, &candidates.prefixes) {
        let prefixed = head.behind(&prefix);
        heads.push((vec![TargetChange::Prefix.into()], prefixed.clone()));
        for origin in &origins {
            let changes = origin.changes.iter().copied().chain([TargetChange::Prefix.into()]);
            heads.push((changes.collect(), prefixed.under(origin)));
        }
    }
    for (change, method) in methods(head) {
        heads.push((vec![change], Head { method: Cow::Owned(method), ..head.clone() }));
    }
    heads
}

impl<'r> Head<'r> {
    fn under(&self, origin: &Origin) -> Self {
        let (path, query) = match &origin.target {
            None => (self.path.clone(), self.query.clone()),
            Some((path, query)) => (Cow::Owned(path.clone()), query.clone().map(Cow::Owned)),
        };
        let scheme = origin.scheme.clone().map(Cow::Owned);
        let authority = origin.authority.clone().map(Cow::Owned);
        Self { scheme, authority, path, query, ..self.clone() }
    }

    fn behind(&self, prefix: &str) -> Self {
        Self { prefix: Cow::Owned([prefix, &self.prefix].concat()), ..self.clone() }
    }
}
