//! Retiring secrets that nobody signs with any more.

use std::time::{Duration, SystemTime};

use crate::{KeyId, SecretAdmin, SecretSummary, StoreError};

/// What came of the wish to retire a version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retirement {
    /// It is gone: nothing that is signed with it verifies any more.
    Retired,
    /// It last matched at this time, which is too short a while ago; it remains.
    InUse(SystemTime),
    /// No other version of the key verifies now; it remains.
    Last,
    /// There is no such version.
    Unknown,
}

/// Retires a version of a secret unless it matched in the last `quiet`, or no other one verifies at `now`.
///
/// Goes by [`last_matched`](SecretSummary::last_matched): where servers do not record that, nothing is known to be in use.
/// What they record comes some seconds late, and once a minute or so for each version; so `quiet` is hours or days rather than
/// minutes. [`SecretAdmin::retire_secret`] asks no such questions.
///
/// # Errors
/// When the store cannot say, or could not do it: the secret still verifies then.
///
/// # Cancel safety
/// When dropped before it is done, the version is retired or it is not.
pub async fn retire_unused_secret(
    store: &(impl SecretAdmin + ?Sized),
    key_id: &KeyId,
    label: &str,
    quiet: Duration,
    now: SystemTime,
) -> Result<Retirement, StoreError> {
    let versions = store.list_versions(key_id).await?;
    let is_it = |version: &&SecretSummary| version.label.as_deref() == Some(label);
    let Some(version) = versions.iter().find(is_it) else { return Ok(Retirement::Unknown) };
    let mut others = versions.iter().filter(|version| !is_it(version));
    if !others.any(|other| other.is_live(now)) && (version.is_live(now) || versions.len() == 1) {
        return Ok(Retirement::Last);
    }
    if let Some(at) = version.last_matched
        && version.is_live(now)
        && now.duration_since(at).map_or(true, |since| since < quiet)
    {
        return Ok(Retirement::InUse(at));
    }
    Ok(if store.retire_secret(key_id, label).await? { Retirement::Retired } else { Retirement::Unknown })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::{MemoryStore, Secret, SecretMatch, SecretStore, SecretVersion};

    const A_DAY: Duration = Duration::from_secs(86_400);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The store in memory never waits.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the store in memory waits for something"),
        }
    }

    #[test]
    fn what_matched_not_long_ago_remains_and_so_does_the_last_one() {
        loom::model(|| {
            let (store, key) = (MemoryStore::new(), KeyId::new("key").unwrap());
            let add = |label: &str| SecretVersion::new(Secret::new(label).unwrap()).with_label(label);
            let retire = |label: &str, now| at_once(retire_unused_secret(&store, &key, label, A_DAY, now)).unwrap();
            at_once(store.add_secret(&key, &add("old"))).unwrap();
            assert_eq!(retire("old", at(0)), Retirement::Last);
            at_once(store.add_secret(&key, &add("new").with_not_before(at(10)))).unwrap();
            assert_eq!(retire("old", at(9)), Retirement::Last, "the new one does not verify yet");
            let matched = SecretMatch { key_id: key.clone(), label: "old".into(), at: at(100) };
            at_once(store.record_matches(&[matched])).unwrap();
            for now in [at(99), at(100), at(100) + A_DAY - Duration::from_nanos(1)] {
                assert_eq!(retire("old", now), Retirement::InUse(at(100)));
            }
            assert_eq!(at_once(store.secrets(&key)).unwrap().iter().count(), 2);
            assert_eq!(retire("old", at(100) + A_DAY), Retirement::Retired);
            assert_eq!(retire("old", at(100) + A_DAY), Retirement::Unknown);
            assert_eq!(retire("new", at(100) + A_DAY), Retirement::Last);
        });
    }
}
