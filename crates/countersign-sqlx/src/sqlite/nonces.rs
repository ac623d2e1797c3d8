//! Spent nonces.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use countersign_core::{Claim, Nonce, NonceStore, StoreError, async_trait, micros};
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as, query_scalar};

use super::SqliteStore;

#[async_trait]
impl NonceStore for SqliteStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        let told = micros::floor(now)?;
        let told = self.newest.fetch_max(told, Ordering::Relaxed).max(told);
        let spend = Spend {
            fingerprint: nonce.fingerprint(),
            key_id: nonce.key_id().as_str().as_bytes(),
            expires: micros::ceil(expires),
            capacity: self.nonce_capacity,
        };
        if expires <= now {
            return Ok(Claim::Seen);
        }
        let mut transaction = self.begin().await?;
        let (claim, changed) = spend.run(&mut transaction, told).await.map_err(StoreError::new)?;
        // A nonce that was seen costs no wait for the disk: whoever repeats a request cannot keep the disk busy.
        let ended = if changed { transaction.commit().await } else { transaction.rollback().await };
        ended.map_err(StoreError::new)?;
        Ok(claim)
    }
}

struct Spend<'n> {
    fingerprint: [u8; 32],
    key_id: &'n [u8],
    expires: i64,
    capacity: i64,
}

impl Spend<'_> {
    /// What the claim comes to, and whether anything was written. Runs in one transaction that may write.
    async fn run(&self, connection: &mut SqliteConnection, told: i64) -> Result<(Claim, bool), sqlx::Error> {
        let (known, _) = self.state(&mut *connection).await?;
        let newest = told.max(known);
        let spent: Option<i64> = query_scalar("SELECT expires FROM nonce WHERE fingerprint = ?1")
            .bind(self.fingerprint.as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        if self.expires <= newest || spent.is_some_and(|expires| expires > newest) {
            return Ok((Claim::Seen, false));
        }
        let forgotten = self.forget(&mut *connection, newest).await?;
        let claim =
            if self.has_room(&mut *connection).await? { self.insert(&mut *connection).await? } else { Claim::Full };
        let changed = forgotten > 0 || claim == Claim::Fresh;
        if changed && newest > known {
            // In the same transaction as what was forgotten by it: a clock that is set back finds nothing to revive.
            query("UPDATE nonce_state SET newest = ?1").bind(newest).execute(&mut *connection).await?;
        }
        Ok((claim, changed))
    }

    /// The newest time by which nonces were forgotten, and how many there are.
    async fn state(&self, connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
        query_as("SELECT newest, count FROM nonce_state").fetch_one(connection).await
    }

    /// Forgets some nonces that are over, at most [`STEP`] of all and as many of this key, and this one if it is: a claim
    /// adds one, so that they never pile up, and no claim has to wait for a great many.
    async fn forget(&self, connection: &mut SqliteConnection, newest: i64) -> Result<u64, sqlx::Error> {
        let done = query(
            "DELETE FROM nonce WHERE expires <= ?1 AND fingerprint IN ( \
             SELECT * FROM (SELECT fingerprint FROM nonce WHERE expires <= ?1 ORDER BY expires LIMIT ?4) UNION ALL \
             SELECT * FROM (SELECT fingerprint FROM nonce WHERE key_id = ?2 AND expires <= ?1 ORDER BY expires LIMIT ?4) \
             UNION ALL SELECT ?3)",
        )
        .bind(newest)
        .bind(self.key_id)
        .bind(self.fingerprint.as_slice())
        .bind(STEP)
        .execute(connection)
        .await?;
        Ok(done.rows_affected())
    }

    async fn has_room(&self, connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
        let (_, all) = self.state(&mut *connection).await?;
        let own: Option<i64> = query_scalar("SELECT count FROM nonce_key WHERE key_id = ?1")
            .bind(self.key_id)
            .fetch_optional(connection)
            .await?;
        Ok(all < self.capacity && own.unwrap_or(0) < (self.capacity / 10).max(1))
    }

    async fn insert(&self, connection: &mut SqliteConnection) -> Result<Claim, sqlx::Error> {
        let done = query("INSERT INTO nonce (fingerprint, key_id, expires) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(self.fingerprint.as_slice())
            .bind(self.key_id)
            .bind(self.expires)
            .execute(connection)
            .await?;
        Ok(if done.rows_affected() == 1 { Claim::Fresh } else { Claim::Seen })
    }
}

const STEP: i64 = 32;
