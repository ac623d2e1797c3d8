//! The server's time, learnt from its refusals.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, Uri, header};

/// How far the server's clock is ahead of ours, in seconds; behind, where negative.
#[derive(Debug, Default)]
pub(super) struct ServerClock(AtomicI64);

impl ServerClock {
    /// Our time as the server would tell it.
    pub(super) fn adjust(&self, own: SystemTime) -> SystemTime {
        let ahead = self.0.load(Ordering::Relaxed);
        let distance = Duration::from_secs(ahead.unsigned_abs());
        let adjusted = if ahead < 0 { own.checked_sub(distance) } else { own.checked_add(distance) };
        adjusted.unwrap_or(own)
    }

    /// Learns from a refusal; whether there was something to learn.
    pub(super) fn learn(
        &self,
        own: SystemTime,
        tolerated: Duration,
        target: &Uri,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> bool {
        let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !refused || target.scheme() != Some(&http::uri::Scheme::HTTPS) {
            return false;
        }
        let Some(theirs) = date(headers) else { return false };
        if distance(self.adjust(own), theirs) <= tolerated || distance(own, theirs) > FARTHEST {
            return false;
        }
        self.set(own, theirs);
        true
    }

    /// Takes what the server says for true.
    pub(super) fn set(&self, own: SystemTime, theirs: SystemTime) {
        let seconds = i64::try_from(distance(own, theirs).as_secs()).unwrap_or(i64::MAX);
        self.0.store(if theirs < own { -seconds } else { seconds }, Ordering::Relaxed);
    }
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let mut values = headers.get_all(header::DATE).iter();
    let only = values.next().filter(|_| values.next().is_none());
    httpdate::parse_http_date(only?.to_str().ok()?).ok()
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}

/// A server that is farther off is wrong itself, or not the one it says it is.
const FARTHEST: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERATED: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn learnt(url: &'static str, status: StatusCode, dates: &[String]) -> (bool, SystemTime) {
        let clock = ServerClock::default();
        let headers = dates.iter().map(|date| (header::DATE, date.parse().unwrap())).collect();
        let learnt = clock.learn(at(1_000_000), TOLERATED, &Uri::from_static(url), status, &headers);
        (learnt, clock.adjust(at(1_000_000)))
    }

    #[test]
    fn a_refusal_teaches_the_time_within_limits() {
        const HTTPS: &str = "https://example.com/";
        let refused = StatusCode::UNAUTHORIZED;
        let date = |seconds| vec![httpdate::fmt_http_date(at(seconds))];
        let nothing = (false, at(1_000_000));
        for (name, url, status, dates, expected) in [
            ("ahead", HTTPS, refused, date(1_000_100), (true, at(1_000_100))),
            ("behind", HTTPS, StatusCode::FORBIDDEN, date(999_900), (true, at(999_900))),
            ("15 minutes", HTTPS, refused, date(1_000_900), (true, at(1_000_900))),
            ("a second more", HTTPS, refused, date(1_000_901), nothing),
            ("within the leeway", HTTPS, refused, date(1_000_060), nothing),
            ("not a refusal", HTTPS, StatusCode::OK, date(1_000_100), nothing),
            ("over http", "http://example.com/", refused, date(1_000_100), nothing),
            ("to nobody knows whom", "/", refused, date(1_000_100), nothing),
            ("no date", HTTPS, refused, vec![], nothing),
            ("not a date", HTTPS, refused, vec!["now".to_owned()], nothing),
            ("two dates", HTTPS, refused, [date(1_000_100), date(1_000_200)].concat(), nothing),
        ] {
            assert_eq!(learnt(url, status, &dates), expected, "{name}");
        }
    }
}
