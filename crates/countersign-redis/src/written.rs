//! Where a change has to be before it is acknowledged.

use std::time::Duration;

use countersign_core::StoreError;
use redis::cmd;

use crate::link::Live;
use crate::server::fact;

/// Waits until Redis has handed the change over to the system, so that the end of its process does not lose it.
///
/// It does so before it answers, except while it waits for the disk: with `appendfsync everysec`, a write that comes during
/// a sync is held back for up to two seconds, and acknowledged all the same.
pub(crate) async fn to_system(live: &mut Live) -> Result<(), StoreError> {
    let mut pause = Duration::from_millis(1);
    let mut end = None;
    loop {
        let info: String = live.ask(cmd("INFO").arg("persistence")).await?;
        let number = |name: &str| fact(&info, name).and_then(|value| value.parse::<u64>().ok());
        let (written, held_back) = (number("aof_current_size"), number("aof_buffer_length"));
        // The change comes before this place in the file.
        end = end.or_else(|| Some(written? + held_back?));
        // Without a sync under way, this answer came after all writes before it.
        let no_sync = number("aof_pending_bio_fsync").is_none_or(|syncs| syncs == 0);
        if no_sync || held_back == Some(0) || written.zip(end).is_some_and(|(written, end)| written >= end) {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Waits until what was written on this connection is on the disk of this Redis.
pub(crate) async fn to_disk(live: &mut Live, patience: Duration) -> Result<(), StoreError> {
    let (own, _): (u32, u32) = live.ask(cmd("WAITAOF").arg(1).arg(0).arg(most_of(patience))).await?;
    if own > 0 { Ok(()) } else { Err(StoreError::new("the change was made, and is not known to be on the disk")) }
}

/// Waits until this many replicas have what was written on this connection.
pub(crate) async fn to_replicas(live: &mut Live, count: u32, patience: Duration) -> Result<(), StoreError> {
    let have: u32 = live.ask(cmd("WAIT").arg(count).arg(most_of(patience))).await?;
    if have >= count {
        Ok(())
    } else {
        Err(StoreError::new(format!("the change was made, and is known to be at {have} of {count} replicas only")))
    }
}

/// In milliseconds, less than the caller waits, so that it hears what is missing; never zero, which would be for ever.
fn most_of(patience: Duration) -> u64 {
    u64::try_from(patience.as_millis() / 4 * 3).unwrap_or(u64::MAX).clamp(1, 1 << 31)
}
