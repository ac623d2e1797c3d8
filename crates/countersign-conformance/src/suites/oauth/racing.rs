//! What ends and what is added at the same moment.

use countersign_core::TokenAdmin;
use countersign_core::oauth::{ApplicationStore, GrantFilter, GrantStore};

use super::OauthStore;
use super::support::{
    CLIENT, ORGANISATION, agree, application, code, code_of, consent, digest, give, grant, prepare, redeem, refreshed,
    register, token,
};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// A token is added and then revoked with the rest, or it is not added (rule 5): none outlives its grant, its consent, its
/// application.
pub async fn no_token_outlives_what_it_rests_on<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    register(&store, CLIENT, ORGANISATION).await;
    for round in 0..24 {
        // The application may be gone since the last round.
        let _ = store.add_only_application(&application(CLIENT, ORGANISATION)).await.unwrap();
        agree(&store, "ada", CLIENT, ORGANISATION).await;
        let id = format!("grant {round}");
        grant(&store, &code(&id)).await;
        assert!(give(&store, Some(&id), &refreshed(&format!("{round} first"), &id)).await);
        let answers = all_at_once(10, |index| {
            let (store, id, name) = (store.clone(), id.clone(), format!("{round} {index}"));
            async move {
                let ended = match (index, round % 4) {
                    (0, 0) => store.revoke_grant(&id, at(PAST + 2), "over").await.map(drop),
                    (0, 1) => {
                        let consent = consent("ada", CLIENT, ORGANISATION).id;
                        store.withdraw_consent("ada", &consent, at(PAST + 2), "over").await.map(drop)
                    }
                    (0, 2) => store.delete_application(CLIENT, at(PAST + 2), "over").await.map(drop),
                    (0, _) => {
                        let filter = GrantFilter::all().with_subject("ada").with_organisation(ORGANISATION);
                        store.revoke_grants(&filter, at(PAST + 2), "over").await.map(drop)
                    }
                    (1, _) => {
                        let (old, new) = (digest(&format!("r-{round} first")), refreshed(&name, &id));
                        store.rotate_refresh_token(&old, &new, at(PAST + 2)).await.map(drop)
                    }
                    // Without code it may be added after grants were revoked that it does not rest on.
                    (2 | 3, 1 | 2) => store.add_granted_token(None, &token(&name)).await.map(drop),
                    _ => store.add_granted_token(Some(&id), &refreshed(&name, &id)).await.map(drop),
                };
                ended.expect("10 at once are answered");
            }
        });
        answers.await;
        for name in (1..10).map(|index| format!("{round} {index}")).chain([format!("{round} first")]) {
            let known = store.token_by_id(&name).await.unwrap();
            let outlives = known.is_some_and(|info| info.revoked_at().is_none());
            assert!(!outlives, "{name} is good although all that it rests on is over");
            let refresh = store.refresh_token(&digest(&format!("r-{name}"))).await.unwrap();
            assert_eq!(refresh, None, "of {name}");
        }
    }
}

/// A code that is redeemed while its consent is withdrawn gives nothing afterwards.
pub async fn no_code_outlives_its_consent<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    for round in 0..8 {
        agree(&store, "ada", CLIENT, ORGANISATION).await;
        let name = format!("code {round}");
        let answers = all_at_once(6, |index| {
            let (store, name) = (store.clone(), name.clone());
            async move {
                match index {
                    0 => {
                        let consent = consent("ada", CLIENT, ORGANISATION).id;
                        store.withdraw_consent("ada", &consent, at(PAST + 2), "over").await.map(drop)
                    }
                    _ => {
                        let name = format!("{name} {index}");
                        let code = code_of(&name, "ada", CLIENT, ORGANISATION);
                        let added = store.add_code(&code).await;
                        redeem(&store, &name, at(PAST + 1)).await;
                        added.map(drop)
                    }
                }
                .expect("6 at once are answered");
            }
        });
        answers.await;
        for index in 1..6 {
            let id = format!("{name} {index}");
            assert!(!give(&store, Some(&id), &token(&id)).await, "{id} gives although its consent was withdrawn");
        }
    }
}
