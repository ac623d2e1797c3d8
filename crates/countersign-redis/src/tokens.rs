//! Tokens.

use std::time::SystemTime;

use countersign_core::{
    Invalidation, PresentedToken, StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenStore,
    TokenUse, async_trait, micros,
};
use redis::cmd;

use crate::facts::{Fields, of_token, token, written};
use crate::script::{
    ADD_TOKEN, Call, DELETE_TOKEN, LIST_TOKENS, PRUNE_TOKENS, RECORD_USE, REPLACE_TOKEN, REVOKE_TOKEN, REVOKE_TOKENS,
    TOKEN_BY_ID, UPDATE_TOKEN,
};
use crate::store::{Made, RedisStore};

#[async_trait]
impl TokenStore for RedisStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let fields = self.lookups().ask(cmd("HGETALL").arg(self.key("token:", token.digest().as_bytes()))).await?;
        crate::facts::token(fields)
    }
}

#[async_trait]
impl TokenAdmin for RedisStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        self.keeps_more_than_nonces()?;
        let call = Call::new(&ADD_TOKEN).arg(digest.as_bytes().as_slice()).arg(id_of(info)?).facts(of_token(info)?);
        let changed = vec![Invalidation::Token(*digest)];
        let doubtful = changed.clone();
        self.change(call, doubtful, |answer, _| match answer {
            1 => Ok(Made { answer: (), changed: Some(changed) }),
            _ => Err(duplicate()),
        })
        .await
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        token(self.look_up(Call::new(&TOKEN_BY_ID).arg(id)).await?)
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        let limit = limit.min(1000);
        let filter = filter_arguments(filter)?;
        let mut from = below.map_or_else(|| b"+".to_vec(), |below| format!("({below}").into_bytes());
        let mut found = Vec::new();
        // Step by step, since a filter may pass over any number of tokens: others get their turn in between.
        while found.len() < limit && !from.is_empty() {
            let call = Call::new(&LIST_TOKENS).arg(&filter).arg(&from).arg(limit - found.len()).arg(STEP);
            let (next, records): (Vec<u8>, Vec<Fields>) = self.look_up(call).await?;
            for record in records {
                found.extend(token(record)?);
            }
            from = next;
        }
        Ok(found)
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let (mut without, mut facts) = (Vec::new(), Vec::new());
        match change.note() {
            Some(Some(note)) => facts.push(("note", note.as_bytes().to_vec())),
            Some(None) => without.push("note"),
            None => {}
        }
        match change.expires_at() {
            Some(Some(expires_at)) => facts.push(("expires_at", written(expires_at)?)),
            Some(None) => without.push("expires_at"),
            None => {}
        }
        self.change_one(Call::new(&UPDATE_TOKEN).arg(id).arg(written(at)?).arg(without.join(" ")).facts(facts)).await
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        self.change_one(Call::new(&REVOKE_TOKEN).arg(id).arg(written(at)?).arg(reason)).await
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        self.keeps_more_than_nonces()?;
        let call = Call::new(&REVOKE_TOKENS).arg(&filter_arguments(filter)?).arg(written(at)?).arg(reason);
        let call = call.arg(MOST_AT_ONCE).arg(SINGLY);
        let doubtful = vec![Invalidation::Everything];
        self.change_within(self.long_patience(), call, doubtful, |answer, digests| match answer {
            0 => Ok(Made::nothing(0)),
            SINGLY.. if digests.is_empty() => made(answer, vec![Invalidation::Everything]),
            1.. => made(answer, of_digests(digests)),
            ..0 => Err(StoreError::new(format!(
                "nothing was revoked: {} tokens would have to be looked at in one step, and {MOST_AT_ONCE} may be; revoke \
                 those of one subject, organisation or application at a time",
                answer.unsigned_abs()
            ))),
        })
        .await
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        self.keeps_more_than_nonces()?;
        let call = Call::new(&REPLACE_TOKEN).arg(digest.as_bytes().as_slice()).arg(id_of(info)?);
        let call = call.arg(id).arg(written(until)?).facts(of_token(info)?);
        let new = Invalidation::Token(*digest);
        self.change(call, vec![Invalidation::Everything], |answer, old| match answer {
            0 => Ok(Made::nothing(false)),
            1 => Ok(Made { answer: true, changed: Some([of_digests(old), vec![new]].concat()) }),
            _ => Err(duplicate()),
        })
        .await
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        self.change_one(Call::new(&DELETE_TOKEN).arg(id)).await
    }

    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        self.keeps_more_than_nonces()?;
        let store = self.clone();
        // What was begun is brought to its end, whether anybody waits for it or not.
        let task = tokio::spawn(async move {
            let before = micros::ceil(before);
            let (mut removed, mut passed_over) = (0, 0);
            loop {
                let call = Call::new(&PRUNE_TOKENS).arg(before).arg(passed_over).arg(STEP);
                let doubtful = vec![Invalidation::Everything];
                let step = store.change_within(store.long_patience(), call, doubtful, |looked_at, digests| {
                    let gone = of_digests(digests);
                    let count = gone.len() as u64;
                    Ok(Made { answer: (looked_at.unsigned_abs(), count), changed: (count > 0).then_some(gone) })
                });
                match step.await? {
                    (0, _) => return Ok(removed),
                    (looked_at, count) => {
                        removed += count;
                        passed_over += looked_at - count;
                    }
                }
            }
        });
        task.await.map_err(StoreError::new)?
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        for uses in uses.chunks(STEP) {
            let mut call = Call::new(&RECORD_USE);
            for TokenUse { digest, at } in uses {
                call = call.arg(digest.as_bytes().as_slice()).arg(written(*at)?);
            }
            self.change(call, Vec::new(), |_, _| Ok(Made::nothing(()))).await?;
        }
        Ok(())
    }
}

impl RedisStore {
    /// Runs a script that changes the token of some id; `false` if there was nothing to change.
    async fn change_one(&self, call: Call) -> Result<bool, StoreError> {
        self.keeps_more_than_nonces()?;
        // Which token it is, only Redis knows.
        self.change(call, vec![Invalidation::Everything], |answer, digest| match answer {
            1 => Ok(Made { answer: true, changed: Some(of_digests(digest)) }),
            _ => Ok(Made::nothing(false)),
        })
        .await
    }
}

fn id_of(info: &TokenInfo) -> Result<&str, StoreError> {
    info.id().ok_or_else(|| StoreError::new("a token without id cannot be revoked"))
}

fn duplicate() -> StoreError {
    StoreError::new("this token or one of the same id is there already")
}

fn made(count: i64, changed: Vec<Invalidation>) -> Result<Made<u64>, StoreError> {
    Ok(Made { answer: count.unsigned_abs(), changed: Some(changed) })
}

fn of_digests(digests: &[u8]) -> Vec<Invalidation> {
    let (digests, _) = digests.as_chunks::<32>();
    digests.iter().map(|digest| Invalidation::Token(TokenDigest::from_bytes(*digest))).collect()
}

/// The five arguments that `scripts/filter.lua` reads.
fn filter_arguments(filter: &TokenFilter) -> Result<[Vec<u8>; 5], StoreError> {
    let text = |text: Option<&str>| text.map_or_else(Vec::new, |text| format!("={text}").into_bytes());
    let (state, now) = match filter.state() {
        Some((state, now)) => (state.as_str().as_bytes().to_vec(), written(now)?),
        None => (Vec::new(), Vec::new()),
    };
    Ok([text(filter.subject()), text(filter.organisation()), text(filter.client_id()), state, now])
}

/// How many tokens a script looks at, at most, before others get their turn.
const STEP: usize = 500;
/// How many tokens one step may look at that has to be a single one.
const MOST_AT_ONCE: i64 = 20_000;
/// Of how many revoked tokens it is told which.
const SINGLY: i64 = 1000;
