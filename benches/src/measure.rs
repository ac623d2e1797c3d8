//! Time and allocations.

use std::time::Duration;

use bytes::Bytes;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::case::{Group, Row};
use crate::template::Template;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Effort {
    rounds: usize,
    batch: Duration,
}

impl Effort {
    /// As many rounds as ratios need.
    #[must_use]
    pub const fn full() -> Self {
        Self { rounds: 31, batch: Duration::from_millis(10) }
    }

    /// The same for long operations, of which the hash is nearly all.
    #[must_use]
    pub const fn large() -> Self {
        Self { rounds: 9, batch: Duration::from_millis(10) }
    }

    /// Shows that everything runs; the numbers mean little.
    #[must_use]
    pub const fn quick() -> Self {
        Self { rounds: 3, batch: Duration::from_micros(500) }
    }
}

/// The thread's CPU time of one operation of each row, in nanoseconds, round by round.
#[derive(Debug)]
#[non_exhaustive]
pub struct Times(Vec<Vec<f64>>);

impl Times {
    /// Measures all rows of a group in turn, and that again and again: what the machine does meanwhile happens to all.
    #[must_use]
    pub fn of(group: &mut Group, effort: Effort) -> Self {
        let Group { template, rows, .. } = group;
        let batches: Vec<u64> = rows.iter_mut().map(|row| batch(row, template, effort.batch)).collect();
        let mut times: Vec<Vec<f64>> = rows.iter().map(|_| Vec::with_capacity(effort.rounds)).collect();
        for _ in 0..effort.rounds {
            for ((row, batch), times) in rows.iter_mut().zip(&batches).zip(&mut times) {
                times.push(time(row, template, *batch).as_nanos() as f64 / *batch as f64);
            }
        }
        Self(times)
    }

    /// The median of a row.
    #[must_use]
    pub fn total(&self, row: usize) -> Sample {
        Sample::new(self.rounds(row).to_vec())
    }

    /// The median, over the rounds, of what a row took beyond the first row in the same round.
    #[must_use]
    pub fn added(&self, row: usize) -> Sample {
        let differences = self.rounds(row).iter().zip(self.rounds(0));
        Sample::new(differences.map(|(own, bare)| own - bare).collect())
    }

    fn rounds(&self, row: usize) -> &[f64] {
        self.0.get(row).map_or(&[], Vec::as_slice)
    }
}

/// A median and how far the middle half of the rounds is spread around it.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Sample {
    /// The median, in nanoseconds.
    pub median: f64,
    /// Half the distance between the quartiles, in nanoseconds.
    pub spread: f64,
}

impl Sample {
    fn new(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let quartile = |quarter: usize| {
            let at = rounds.len().saturating_sub(1) * quarter / 4;
            rounds.get(at).copied().unwrap_or_default()
        };
        Self { median: quartile(2), spread: (quartile(3) - quartile(1)) / 2.0 }
    }
}

/// What one operation allocates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allocations {
    /// How many times.
    pub count: f64,
    /// How many bytes, all together.
    pub bytes: f64,
}

impl Allocations {
    /// Counts those of one row, warm, averaged over some operations. `count` runs what it is given, once, and says how often
    /// memory was allocated meanwhile, and how many bytes.
    ///
    /// The counter is the caller's: a counting allocator costs time with each allocation and must not be in a process that
    /// measures time.
    #[must_use]
    pub fn of(row: &mut Row, template: &Template, count: impl FnOnce(&mut dyn FnMut()) -> (u64, u64)) -> Self {
        // What is long allocates the same each time.
        let operations = if template.frames().iter().map(Bytes::len).sum::<usize>() < LONG { 16 } else { 2 };
        row.run(template, 2);
        let (allocations, bytes) = count(&mut || row.run(template, operations));
        Self { count: allocations as f64 / operations as f64, bytes: bytes as f64 / operations as f64 }
    }

    /// What is beyond `other`.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        Self { count: self.count - other.count, bytes: self.bytes - other.bytes }
    }
}

/// How many operations take about as long as they should.
fn batch(row: &mut Row, template: &Template, target: Duration) -> u64 {
    let mut times = 1;
    loop {
        let took = time(row, template, times);
        if took >= target || times >= 1 << 24 {
            return times;
        }
        times *= 2;
    }
}

fn time(row: &mut Row, template: &Template, times: u64) -> Duration {
    let start = thread_time();
    row.run(template, times);
    thread_time().saturating_sub(start)
}

/// Time in which this thread was at work; what others do on a busy machine is not in it.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

const LONG: usize = 64 << 10;
