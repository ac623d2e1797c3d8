//! Whether a key can do without its older secrets.

use std::time::{Duration, SystemTime};

use countersign_core::SecretSummary;

use crate::time::rfc3339;

/// How far a key is from being able to do without its older secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// These are used no longer; none where there is none.
    Drained(Vec<String>),
    /// Why not yet.
    NotYet(String),
    /// Why that will never be known.
    Never(String),
}

impl Standing {
    /// Judges the versions, newest first. Of what has never matched the quiet time begins at `since`, when somebody began to
    /// look.
    pub(super) fn of(versions: &[SecretSummary], since: SystemTime, now: SystemTime, quiet: Duration) -> Self {
        let Some(place) = versions.iter().position(|version| version.is_live(now)) else {
            return Self::Never("has no secret that verifies now; add one first".to_owned());
        };
        let Some([newest, older @ ..]) = versions.get(place..) else { return Self::Drained(Vec::new()) };
        if older.is_empty() {
            return Self::Drained(Vec::new());
        }
        let Some(newest_label) = &newest.label else { return Self::Never(UNNAMED.to_owned()) };
        if older.iter().any(|version| version.label.is_none() && version.is_live(now)) {
            return Self::Never(UNNAMED.to_owned());
        }
        for version in older.iter().filter(|version| version.is_live(now)) {
            let label = version.label.as_deref().unwrap_or_default();
            let quiet_since = version.last_matched.unwrap_or(since);
            if now.duration_since(quiet_since).map_or(true, |passed| passed < quiet) {
                return Self::NotYet(match version.last_matched {
                    Some(at) => format!("secret {label} last matched at {}", rfc3339(at)),
                    None => format!("no match of secret {label} is known since {}", rfc3339(since)),
                });
            }
        }
        if newest.last_matched.is_none() && older.iter().any(|version| version.is_live(now)) {
            return Self::NotYet(format!(
                "the newest secret, {newest_label}, has not matched yet: nobody signs with it, or servers do not record it \
                 (`with_usage`)"
            ));
        }
        Self::Drained(older.iter().filter_map(|version| Some(version.label.as_deref()?.to_owned())).collect())
    }
}

const UNNAMED: &str = "has a secret without label, of which nobody can know whether it is in use; `countersign secret rotate` \
    with --overlap ends it";

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(100);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn version(label: &str, matched: Option<u64>) -> SecretSummary {
        let label = (!label.is_empty()).then(|| label.into());
        SecretSummary { label, last_matched: matched.map(at), ..SecretSummary::default() }
    }

    /// As it is seen at a time by somebody who began to look at 1000.
    fn seen(versions: &[SecretSummary], now: u64) -> Standing {
        Standing::of(versions, at(1000), at(now), QUIET)
    }

    fn drained(labels: &[&str]) -> Standing {
        Standing::Drained(labels.iter().map(|label| (*label).to_owned()).collect())
    }

    #[track_caller]
    fn waits_for(standing: &Standing, what: &str) {
        assert!(matches!(standing, Standing::NotYet(why) if why.contains(what)), "{standing:?}");
    }

    #[test]
    fn an_older_version_is_quiet_from_its_last_match_on() {
        let versions = [version("new", Some(990)), version("old", Some(950))];
        waits_for(&seen(&versions, 1000), "secret old last matched at 1970-01-01T00:15:50Z");
        waits_for(&seen(&versions, 1049), "secret old");
        assert_eq!(seen(&versions, 1050), drained(&["old"]));
        // By a clock that is behind, it has just matched.
        waits_for(&seen(&[version("new", Some(990)), version("old", Some(5000))], 1050), "secret old");
    }

    #[test]
    fn of_what_never_matched_the_time_begins_with_the_look() {
        let versions = [version("new", Some(10)), version("old", None)];
        waits_for(&seen(&versions, 1099), "no match of secret old is known since 1970-01-01T00:16:40Z");
        assert_eq!(seen(&versions, 1100), drained(&["old"]));
    }

    #[test]
    fn nothing_is_known_before_the_newest_has_matched() {
        waits_for(
            &seen(&[version("new", None), version("old", Some(1))], 9000),
            "the newest secret, new, has not matched",
        );
        waits_for(
            &seen(&[version("new", None), version("old", None)], 9000),
            "the newest secret, new, has not matched",
        );
    }

    #[test]
    fn all_older_versions_must_be_quiet() {
        let versions = [version("new", Some(9000)), version("mid", Some(8950)), version("old", Some(1))];
        waits_for(&seen(&versions, 9000), "secret mid");
        assert_eq!(seen(&versions, 9050), drained(&["mid", "old"]));
    }

    #[test]
    fn what_has_ended_is_drained_and_what_is_to_come_is_left() {
        let ended = SecretSummary { not_after: Some(at(5)), ..version("ended", Some(4)) };
        let to_come = SecretSummary { not_before: Some(at(99_999)), ..version("next", None) };
        assert_eq!(seen(&[to_come, version("new", None), ended.clone()], 1000), drained(&["ended"]));
        assert!(matches!(seen(&[ended], 1000), Standing::Never(_)), "nothing verifies");
        assert_eq!(seen(&[version("only", None)], 1000), drained(&[]));
    }

    #[test]
    fn versions_without_label_cannot_be_known() {
        for versions in [[version("new", Some(1)), version("", None)], [version("", None), version("old", Some(1))]] {
            assert!(matches!(seen(&versions, 9000), Standing::Never(why) if why.contains("without label")));
        }
        let ended = SecretSummary { not_after: Some(at(5)), ..version("", None) };
        assert_eq!(seen(&[version("new", None), ended], 1000), drained(&[]));
    }
}
