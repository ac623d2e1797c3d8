//! The secrets of one key: several while one is being replaced by the next.

use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;

use crate::Secret;

/// The secrets that may verify a key id, newest first; empty when there is no such key.
///
/// A store returns facts: versions outside their time may be among them, and the layer leaves those out. At most
/// [`MAX_LIVE`](Self::MAX_LIVE) live ones are tried, so that one key cannot make a request arbitrarily costly. Cloning is
/// cheap.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    versions: Option<Arc<[SecretVersion]>>,
    skipped_empty: bool,
    data: Option<Arc<dyn Any + Send + Sync>>,
}

impl Secrets {
    /// How many live secrets of one key are tried, at most.
    pub const MAX_LIVE: usize = 4;

    /// No secrets: there is no such key.
    #[must_use]
    pub const fn none() -> Self {
        Self { versions: None, skipped_empty: false, data: None }
    }

    /// What a table row or an environment variable held, newest first: an `Option` or any list of bytes or strings.
    ///
    /// Empty entries are left out, since everybody can sign with an empty secret; the layer that meets such a key warns
    /// about it once.
    ///
    /// ```
    /// use countersign_core::Secrets;
    ///
    /// assert!(Secrets::from_raw(None::<String>).is_empty());
    /// assert!(Secrets::from_raw([""]).is_empty());
    /// assert_eq!(Secrets::from_raw(["new one", "old one"]).iter().count(), 2);
    /// ```
    pub fn from_raw<I>(raw: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Vec<u8>>,
    {
        let mut skipped_empty = false;
        let versions = raw.into_iter().filter_map(|bytes| match Secret::new(bytes) {
            Ok(secret) => Some(SecretVersion::new(secret)),
            Err(_) => {
                skipped_empty = true;
                None
            }
        });
        let versions: Vec<_> = versions.collect();
        Self { skipped_empty, ..versions.into_iter().collect() }
    }

    /// Attaches the application's own value, the project that a key belongs to, say. The handler gets it back typed, when one of
    /// these secrets has made the signature.
    ///
    /// ```
    /// use countersign_core::{Secret, Secrets};
    ///
    /// struct Project { name: &'static str }
    /// let secrets = Secrets::from(Secret::new("of project seven")?).with_data(Project { name: "seven" });
    /// assert_eq!(secrets.data().and_then(|data| data.downcast_ref::<Project>()).map(|project| project.name), Some("seven"));
    /// # Ok::<_, countersign_core::EmptySecret>(())
    /// ```
    #[must_use]
    pub fn with_data<T: Send + Sync + 'static>(mut self, data: T) -> Self {
        self.data = Some(Arc::new(data));
        self
    }

    /// The application's own value, of whatever type it is.
    #[must_use]
    pub const fn data(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.data.as_ref()
    }

    /// Whether there is no secret at all, live or not.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.versions.is_none()
    }

    /// All versions, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &SecretVersion> {
        self.versions.iter().flat_map(|versions| versions.iter())
    }

    /// The versions that may verify a signature at `now`, newest first, [`MAX_LIVE`](Self::MAX_LIVE) at most.
    pub fn live(&self, now: SystemTime) -> impl Iterator<Item = &SecretVersion> {
        self.iter().filter(move |version| version.is_live(now)).take(Self::MAX_LIVE)
    }

    /// What the operator should hear about these secrets: one was empty and left out, or one is shorter than
    /// [`Secret::SHORT`] bytes.
    #[must_use]
    pub fn weakness(&self) -> Option<&'static str> {
        if self.skipped_empty {
            Some("an empty secret was left out")
        } else if self.iter().any(|version| version.secret.is_short()) {
            Some("a secret has fewer than 16 bytes")
        } else {
            None
        }
    }
}

impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        SecretVersion::new(secret).into()
    }
}

impl From<SecretVersion> for Secrets {
    fn from(version: SecretVersion) -> Self {
        Self { versions: Some(Arc::new([version])), ..Self::none() }
    }
}

impl FromIterator<SecretVersion> for Secrets {
    fn from_iter<I: IntoIterator<Item = SecretVersion>>(versions: I) -> Self {
        let versions: Arc<[_]> = versions.into_iter().collect();
        Self { versions: (!versions.is_empty()).then_some(versions), ..Self::none() }
    }
}

/// One secret of a key, with the time in which it may verify and a label by which people speak of it.
#[derive(Clone, Debug)]
pub struct SecretVersion {
    secret: Secret,
    label: Option<Arc<str>>,
    not_before: Option<SystemTime>,
    not_after: Option<SystemTime>,
}

impl SecretVersion {
    /// A secret without label that may verify at any time.
    #[must_use]
    pub const fn new(secret: Secret) -> Self {
        Self { secret, label: None, not_before: None, not_after: None }
    }

    /// Names this version. The handler learns the name of the version that matched; it is not secret.
    ///
    /// Give every version one: without, it cannot be retired by name, and nobody can know whether it is still in use.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Arc<str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// From when on it may verify; that instant included.
    #[must_use]
    pub const fn with_not_before(mut self, not_before: SystemTime) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// Until when it may verify; that instant excluded.
    #[must_use]
    pub const fn with_not_after(mut self, not_after: SystemTime) -> Self {
        self.not_after = Some(not_after);
        self
    }

    /// The key material.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The name of this version.
    #[must_use]
    pub fn label(&self) -> Option<&Arc<str>> {
        self.label.as_ref()
    }

    /// From when on it may verify.
    #[must_use]
    pub const fn not_before(&self) -> Option<SystemTime> {
        self.not_before
    }

    /// Until when it may verify.
    #[must_use]
    pub const fn not_after(&self) -> Option<SystemTime> {
        self.not_after
    }

    /// Whether it may verify at `now`: `not_before <= now < not_after`.
    #[must_use]
    pub fn is_live(&self, now: SystemTime) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.not_after.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_empty_secret_is_left_out_and_told() {
        let secrets = Secrets::from_raw(["", "a secret of 24 characters"]);
        assert_eq!(secrets.iter().count(), 1);
        assert_eq!(secrets.weakness(), Some("an empty secret was left out"));
        assert_eq!(Secrets::from_raw(["short"]).weakness(), Some("a secret has fewer than 16 bytes"));
        assert_eq!(Secrets::from_raw(["sixteen bytes at"]).weakness(), None);
    }

    #[test]
    fn live_takes_four_at_most_and_judges_both_ends() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let version = SecretVersion::new(Secret::new("s").unwrap()).with_not_before(at(10)).with_not_after(at(20));
        let secrets: Secrets = std::iter::repeat_n(version, 6).collect();
        assert_eq!([9, 10, 19, 20].map(|now| secrets.live(at(now)).count()), [0, 4, 4, 0]);
    }
}
