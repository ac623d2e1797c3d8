//! Spent nonces. What is decided is decided in the functions `claim` and `forget` of the database, each of which is one
//! transaction and one round trip.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use countersign_core::{Claim, Nonce, NonceStore, StoreError, async_trait, micros};
use sqlx::Row;

use super::session::Session;
use super::{PostgresStore, statements};
use crate::changed::to_the_end;

#[async_trait]
impl NonceStore for PostgresStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        let told = micros::floor(now)?;
        let told = self.newest.fetch_max(told, Ordering::Relaxed).max(told);
        if expires <= now {
            return Ok(Claim::Seen);
        }
        let spend = Spend {
            fingerprint: nonce.fingerprint(),
            key_id: nonce.key_id().as_str().into(),
            told,
            expires: micros::ceil(expires),
            room: Room::of(self.nonce_capacity),
        };
        let (session, spending) = (self.session().await?, spend.clone());
        let claim = to_the_end(async move { spending.run(session).await }).await?;
        if claim == Claim::Fresh {
            self.forget_some(spend);
        }
        Ok(claim)
    }
}

impl PostgresStore {
    /// Now and then forgets what is over, beside the requests and only while a connection is idle. If it fails, whoever
    /// finds no room does it.
    fn forget_some(&self, spend: Spend) {
        if self.spent.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVERY)
            && let Some(mut session) = self.idle_session()
        {
            tokio::spawn(async move { spend.forget(&mut session, false).await });
        }
    }
}

#[derive(Clone)]
struct Spend {
    fingerprint: [u8; 32],
    key_id: Box<str>,
    told: i64,
    expires: i64,
    room: Room,
}

impl Spend {
    async fn run(self, mut session: Session) -> Result<Claim, StoreError> {
        let mut slot = self.room.slot_of(&self.fingerprint);
        for _ in 0..TRIES {
            if let Some(claim) = self.claim(&mut session, slot).await? {
                return Ok(claim);
            }
            self.forget(&mut session, true).await?;
            match self.slot_with_room(&mut session).await? {
                Some(other) => slot = other,
                None => break,
            }
        }
        Ok(Claim::Full)
    }

    /// What the claim comes to; `None` when there is no room in this slot, or something has to be forgotten first.
    async fn claim(&self, session: &mut Session, slot: i16) -> Result<Option<Claim>, StoreError> {
        let claim = session
            .query(statements::CLAIM)
            .bind(self.fingerprint.as_slice())
            .bind(self.key_id.as_bytes())
            .bind(self.told)
            .bind(self.expires)
            .bind(slot)
            .bind(self.room.all)
            .bind(self.room.of_key);
        match session.row(claim).await?.map(|row| row.try_get::<i16, _>(0)).transpose().map_err(StoreError::new)? {
            Some(0) => Ok(Some(Claim::Fresh)),
            Some(1) => Ok(Some(Claim::Seen)),
            Some(2) => Ok(None),
            _ => Err(StoreError::new("the function that claims nonces gave an answer that is none")),
        }
    }

    /// Forgets some that are over, many more than one claim adds, and this one if it is.
    async fn forget(&self, session: &mut Session, wait: bool) -> Result<(), StoreError> {
        let forget = session
            .query(statements::FORGET)
            .bind(self.fingerprint.as_slice())
            .bind(self.key_id.as_bytes())
            .bind(self.told)
            .bind(STEP)
            .bind(wait);
        session.row(forget).await?;
        Ok(())
    }

    async fn slot_with_room(&self, session: &mut Session) -> Result<Option<i16>, StoreError> {
        let slot = session
            .query(statements::SLOT_WITH_ROOM)
            .bind(self.key_id.as_bytes())
            .bind(i32::from(self.room.slots))
            .bind(self.room.all)
            .bind(self.room.of_key);
        let row =
            session.row(slot).await?.ok_or_else(|| StoreError::new("the function that finds room said nothing"))?;
        row.try_get(0).map_err(StoreError::new)
    }
}

/// How much there is room for: in how many slots, and in each of them for all keys and for one.
///
/// Claims count in a slot until they are on the disk, so those of one slot take turns. Several slots share the room: a
/// little of it is lost where it cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    slots: i16,
    all: i64,
    of_key: i64,
}

impl Room {
    fn of(capacity: i64) -> Self {
        let of_key = (capacity / 10).max(1);
        let slots = (of_key / 64).clamp(1, 16);
        Self { slots: slots as i16, all: capacity / slots, of_key: of_key / slots }
    }

    /// Where it is tried first: anywhere, and so evenly, since a fingerprint is as good as random.
    fn slot_of(self, fingerprint: &[u8; 32]) -> i16 {
        let [.., last] = *fingerprint;
        i16::from(last) % self.slots
    }
}

/// After how many fresh claims something is forgotten, and how much at most, of all nonces and of those of one key.
const EVERY: u64 = 16;
const STEP: i64 = 512;
/// How often another slot is tried when others have just taken the room.
const TRIES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_room_is_one_slot_and_much_is_sixteen() {
        assert_eq!(Room::of(0), Room { slots: 1, all: 0, of_key: 1 });
        assert_eq!(Room::of(40), Room { slots: 1, all: 40, of_key: 4 });
        assert_eq!(Room::of(1 << 20), Room { slots: 16, all: 65_536, of_key: 6_553 });
        assert_eq!(Room::of(i64::MAX).slots, 16);
        for slot in (0..=255).map(|last| Room::of(1 << 20).slot_of(&[last; 32])) {
            assert!((0..16).contains(&slot));
        }
    }
}
