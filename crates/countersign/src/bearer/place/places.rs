//! The places that an application named, and looking for a token in them.

use std::borrow::Cow;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::{cookie, query};
use crate::auth::{AuthError, AuthErrorKind};
use crate::bearer::credentials::{LONGEST, NO_TOKEN, is_token68, malformed};

/// A place, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bearer) enum Place {
    Query(Box<str>),
    Header(HeaderName),
    Cookie(Box<str>),
}

/// All of them. None mostly: then nothing is looked for.
#[derive(Clone, Debug, Default)]
pub(in crate::bearer) struct Places(Vec<Place>);

impl Places {
    pub(in crate::bearer) fn add(&mut self, place: Place) {
        if !self.0.contains(&place) {
            self.0.push(place);
        }
    }

    pub(in crate::bearer) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The token, if one is in one of the places; refused when there are several.
    pub(in crate::bearer) fn read<'h>(
        &self,
        uri: &'h Uri,
        headers: &'h HeaderMap,
    ) -> Result<Option<Cow<'h, str>>, AuthError> {
        let mut found = None;
        for place in &self.0 {
            match place.read(uri, headers)? {
                Some(_) if found.is_some() => return Err(in_several_places()),
                Some(token) => found = Some(token),
                None => {}
            }
        }
        Ok(found)
    }

    /// Whether something is in one of the places, good or bad.
    pub(in crate::bearer) fn hold_any(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !matches!(self.read(uri, headers), Ok(None))
    }

    /// Takes tokens out of the target, and marks fields that have one as sensitive or, to `strip` them, takes them off.
    /// Says whether there was one in the target; `None` if it could not be taken out.
    pub(in crate::bearer) fn conceal(&self, head: &mut Parts, strip: bool) -> Option<bool> {
        let mut in_target = false;
        for place in &self.0 {
            match place {
                Place::Query(name) => in_target |= conceal_in_targets(head, name)?,
                Place::Header(name) if strip => drop(head.headers.remove(name)),
                Place::Cookie(name) if strip => cookie::remove(&mut head.headers, name),
                Place::Header(name) => mark_sensitive(&mut head.headers, name),
                Place::Cookie(_) => mark_sensitive(&mut head.headers, &http::header::COOKIE),
            }
        }
        Some(in_target)
    }
}

impl Place {
    fn read<'h>(&self, uri: &'h Uri, headers: &'h HeaderMap) -> Result<Option<Cow<'h, str>>, AuthError> {
        match self {
            Self::Query(name) => query::read(uri.query().unwrap_or_default(), name),
            Self::Header(name) => {
                let fields = headers.get_all(name).iter().map(HeaderValue::as_bytes);
                only(fields)?.map(|value| token68(Cow::Borrowed(value))).transpose()
            }
            Self::Cookie(name) => only(cookie::values(headers, name))?.map(|v| token68(Cow::Borrowed(v))).transpose(),
        }
    }
}

/// What a place holds, if it holds it once.
pub(super) fn only<T>(mut found: impl Iterator<Item = T>) -> Result<Option<T>, AuthError> {
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(in_several_places()),
    }
}

/// One token, and nothing else.
pub(super) fn token68(value: Cow<'_, [u8]>) -> Result<Cow<'_, str>, AuthError> {
    if value.len() > LONGEST {
        return Err(AuthErrorKind::CredentialsTooLong.into());
    }
    let text = match value {
        Cow::Borrowed([]) => return Err(malformed(NO_TOKEN)),
        Cow::Borrowed(value) => std::str::from_utf8(value).ok().map(Cow::Borrowed),
        Cow::Owned(value) => String::from_utf8(value).ok().map(Cow::Owned),
    };
    text.filter(|text| is_token68(text)).ok_or_else(|| malformed("not a token68"))
}

pub(in crate::bearer) fn in_several_places() -> AuthError {
    AuthError::new(AuthErrorKind::SeveralCredentials).with_reason("a token in more than one place")
}

fn mark_sensitive(headers: &mut HeaderMap, name: &HeaderName) {
    if let http::header::Entry::Occupied(mut fields) = headers.entry(name) {
        fields.iter_mut().for_each(|field| field.set_sensitive(true));
    }
}

/// The target, and the one that axum keeps beside it.
fn conceal_in_targets(head: &mut Parts, name: &str) -> Option<bool> {
    let in_target = conceal_in(&mut head.uri, name)?;
    #[cfg(feature = "axum")]
    if let Some(original) = head.extensions.get_mut::<axum::extract::OriginalUri>() {
        return conceal_in(&mut original.0, name).map(|in_original| in_original || in_target);
    }
    Some(in_target)
}

fn conceal_in(uri: &mut Uri, name: &str) -> Option<bool> {
    let had = uri.query().is_some_and(|query| query::has(query, name));
    if had {
        *uri = query::without(uri, name)?;
    }
    Some(had)
}
