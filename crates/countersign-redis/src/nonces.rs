//! Spent nonces.

use std::time::SystemTime;

use countersign_core::{Claim, Nonce, NonceStore, StoreError, async_trait, micros};

use crate::link::bounded;
use crate::scores;
use crate::script::{CLAIM, Call};
use crate::store::{NOT_KEPT, RedisStore};

#[async_trait]
impl NonceStore for RedisStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        let told = micros::floor(now)?;
        // What is over is asked for too, since Redis has to know the newest time that anybody told.
        let end = if expires <= now { scores::floor(told) } else { scores::ceil(micros::ceil(expires)) };
        let settings = self.settings();
        let window = i64::try_from(settings.longest_window.as_micros()).unwrap_or(i64::MAX);
        let call = Call::new(&CLAIM)
            .arg(nonce.fingerprint().as_slice())
            .arg(nonce.key_id().as_str())
            .arg(scores::floor(told))
            .arg(end)
            .arg(scores::ceil(window))
            .arg(settings.nonce_capacity)
            .arg((settings.nonce_capacity / 10).max(1));
        bounded(self.patience(), async {
            let ((answer, number), mut live): ((i64, i64), _) = self.changes().run(&call).await?;
            match answer {
                SEEN => Ok(Claim::Seen),
                FULL => Ok(Claim::Full),
                FRESH => self.settle(&mut live, number, false).await.map(|()| Claim::Fresh),
                CLOSED => Err(closed(number)),
                _ => Err(StoreError::new(NOT_KEPT)),
            }
        })
        .await
    }
}

fn closed(seconds: i64) -> StoreError {
    StoreError::new(format!(
        "Redis may have lost spent nonces: this one is refused for another {seconds} s, lest a signature be accepted twice"
    ))
}

// What the script answers; with FRESH come the writes that wait, otherwise seconds.
const SEEN: i64 = 0;
const FRESH: i64 = 1;
const FULL: i64 = 2;
const CLOSED: i64 = 3;
