//! A head that may have been signed.

use std::borrow::Cow;

use http::{HeaderMap, Method};

use crate::auth::SignedHead;

/// A head that may have been signed: the one that arrived, with something about it changed. Unlike a URI it takes any path and
/// any query, those too that nobody can send.
#[derive(Clone, Debug)]
pub(super) struct Head<'r> {
    pub(super) method: Cow<'r, Method>,
    pub(super) scheme: Option<Cow<'r, str>>,
    pub(super) authority: Option<Cow<'r, str>>,
    pub(super) prefix: Cow<'r, str>,
    pub(super) path: Cow<'r, str>,
    pub(super) query: Option<Cow<'r, str>>,
    pub(super) fields: Cow<'r, HeaderMap>,
}

impl<'r> Head<'r> {
    pub(super) fn of(head: &SignedHead<'r>) -> Self {
        Self {
            method: Cow::Borrowed(head.method()),
            scheme: head.scheme().map(Cow::Borrowed),
            authority: head.authority().map(Cow::Borrowed),
            prefix: Cow::Borrowed(head.path_prefix()),
            path: Cow::Borrowed(head.path()),
            query: head.query().map(Cow::Borrowed),
            fields: Cow::Borrowed(head.headers()),
        }
    }

    /// What a scheme is shown.
    pub(super) fn signed(&self) -> SignedHead<'_> {
        SignedHead::supposed(
            &self.method,
            self.scheme.as_deref(),
            self.authority.as_deref(),
            &self.prefix,
            &self.path,
            self.query.as_deref(),
            &self.fields,
        )
    }

    /// The text of a field that occurs once.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        value.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The path as the sender knows it.
    pub(super) fn whole_path(&self) -> String {
        [&*self.prefix, &*self.path].concat()
    }
}
