//! Changes of one token that meet each other.

use countersign_core::{TokenAdmin, TokenChange, TokenFilter, TokenStore, TokenUse};

use super::support::{add, by_id, digest, found, revoke, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// A revocation outlives whatever is changed, replaced or recorded at the same time.
pub async fn nothing_that_races_with_a_revocation_undoes_it<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    for round in 0..16 {
        let (text, id) = (format!("tk_{round}"), format!("id-{round}"));
        add(&store, &text, &whole(&id)).await;
        let answers = all_at_once(10, |index| {
            let (store, text, id) = (store.clone(), text.clone(), id.clone());
            async move {
                match index % 5 {
                    0 => return store.revoke_token(&id, at(PAST), "lost").await.expect("revoked"),
                    1 => store.update_token(&id, &TokenChange::new().without_expires_at(), at(PAST)).await.map(drop),
                    2 => store.update_token(&id, &TokenChange::new().with_note("desk"), at(PAST)).await.map(drop),
                    3 => store.record_use(&[TokenUse { digest: digest(&text), at: at(PAST) }]).await,
                    _ => {
                        let (digest, new) = (digest(&format!("{text} {index}")), whole(&format!("{id} {index}")));
                        store.replace_token(&id, at(PAST), &digest, &new).await.map(drop)
                    }
                }
                .expect("10 at once are answered");
                false
            }
        });
        assert_eq!(answers.await.into_iter().filter(|revoked| *revoked).count(), 1, "in round {round}");
        for info in [found(&store, &text).await, by_id(&store, &id).await] {
            assert_eq!((info.revoked_at(), info.revoked_reason()), (Some(at(PAST)), Some("lost")), "in round {round}");
        }
    }
}

/// Two changes of different facts at the same time are both made.
pub async fn changes_at_once_do_not_overwrite_each_other<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..16 {
        let (text, id) = (format!("tk_{round}"), format!("id-{round}"));
        add(&store, &text, &whole(&id)).await;
        let answers = all_at_once(3, |index| {
            let (store, text, id) = (store.clone(), text.clone(), id.clone());
            async move {
                match index {
                    0 => store.update_token(&id, &TokenChange::new().with_note("desk"), at(PAST)).await.map(drop),
                    1 => store.update_token(&id, &TokenChange::new().without_expires_at(), at(PAST)).await.map(drop),
                    _ => store.record_use(&[TokenUse { digest: digest(&text), at: at(PAST + 1) }]).await,
                }
                .expect("3 at once are answered");
            }
        });
        answers.await;
        let info = found(&store, &text).await;
        let changed = (info.note(), info.expires_at(), info.last_used_at());
        assert_eq!(changed, (Some("desk"), None, Some(at(PAST + 1))), "in round {round}");
    }
}

/// A token that is revoked one by one and together with others at the same time is revoked by one of the two.
pub async fn one_revocation_and_many_at_once_count_each_token_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    for round in 0..8 {
        let subject = TokenFilter::all().with_organisation(round.to_string());
        for number in 0..8 {
            let id = format!("id-{round}-{number}");
            add(&store, &id, &whole(&id).with_organisation(round.to_string())).await;
        }
        let answers = all_at_once(9, |index| {
            let (store, filter) = (store.clone(), subject.clone());
            async move {
                match index {
                    8 => store.revoke_tokens(&filter, at(PAST), "left").await.expect("9 at once are answered"),
                    _ => revoke(&store, &format!("id-{round}-{index}"), at(PAST)).await.into(),
                }
            }
        });
        assert_eq!(answers.await.into_iter().sum::<u64>(), 8, "in round {round}");
    }
}
