//! Asking again and again, by several at once.

use std::error::Error;
use std::time::{Duration, Instant};

use countersign::PresentedToken;

/// Whether it was found.
pub(crate) type Found = Result<bool, Box<dyn Error>>;

/// How long each lookup took, and all of them together.
pub(crate) struct Load {
    sorted: Vec<Duration>,
    time: Duration,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.time.as_secs_f64()
    }

    /// How many microseconds so many of a hundred lookups took at most.
    pub(crate) fn micros(&self, percent: usize) -> f64 {
        let at = self.sorted.len() * percent / 100;
        self.sorted.get(at.min(self.sorted.len().saturating_sub(1))).map_or(f64::NAN, Duration::as_secs_f64) * 1e6
    }
}

/// Has so many ask at once, until the time is over.
pub(crate) async fn measure(
    tokens: &[PresentedToken],
    at_once: usize,
    time: Duration,
    find: impl AsyncFn(&PresentedToken) -> Found,
) -> Result<Load, Box<dyn Error>> {
    let began = Instant::now();
    let one = async |place: usize| -> Result<Vec<Duration>, Box<dyn Error>> {
        let mut took = Vec::new();
        for token in tokens.iter().cycle().skip(place * 37 % tokens.len()) {
            if began.elapsed() >= time {
                break;
            }
            let asked = Instant::now();
            if !find(token).await? {
                return Err("a token that was added is not found".into());
            }
            took.push(asked.elapsed());
        }
        Ok(took)
    };
    let all = futures_util::future::try_join_all((0..at_once).map(one)).await?;
    let time = began.elapsed();
    let mut sorted = all.concat();
    sorted.sort_unstable();
    Ok(Load { sorted, time })
}
