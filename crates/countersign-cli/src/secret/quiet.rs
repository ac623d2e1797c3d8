//! For how long a secret must not have matched.

use std::time::{Duration, SystemTime};

use clap::Args;

use crate::context::Context;
use crate::failure::Result;
use crate::text;
use crate::time::Period;

#[derive(Args, Clone, Copy)]
pub(super) struct QuietFor {
    /// A version that did not match for so long is no longer in use
    ///
    /// Servers write when a version matched about once a minute, and some seconds late: less than some minutes says little.
    #[arg(long, value_name = "PERIOD", default_value = "24h")]
    quiet_for: Period,
}

impl QuietFor {
    pub(super) fn period(self, context: &Context) -> Result<Duration> {
        let period = self.quiet_for.from(context.now())?;
        if period < SHORT {
            text::warning(
                "servers write about once a minute when a secret matched: one that was quiet for so short a while may be in use",
            );
        }
        Ok(period)
    }
}

/// How long ago that was, roughly.
pub(super) fn ago(at: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(at).unwrap_or_default().as_secs();
    match seconds {
        0..120 => "just now".to_owned(),
        120..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Twice what a recorder does not write apart from each other.
const SHORT: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_is_told_roughly() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000);
        for (seconds, told) in [
            (0, "just now"),
            (119, "just now"),
            (120, "2 minutes ago"),
            (7_199, "119 minutes ago"),
            (7_200, "2 hours ago"),
            (180_000, "2 days ago"),
        ] {
            assert_eq!(ago(now - Duration::from_secs(seconds), now), told);
        }
        assert_eq!(ago(now + Duration::from_secs(5), now), "just now");
    }
}
