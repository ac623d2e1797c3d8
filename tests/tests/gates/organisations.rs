//! Organisations that are named by id or by slug.

use std::collections::HashMap;

use countersign::OrganisationLayer;
use countersign::gate::OrganisationNames;

use crate::asking::{Guarded, Later, Trouble, tokens};

/// Tokens are bound to `acme`, which is number 7; number 8 has it the other way round.
fn organisations() -> HashMap<String, OrganisationNames> {
    HashMap::from([
        ("acme".to_owned(), OrganisationNames::new().with_id(7).with_slug("acme")),
        ("other".to_owned(), OrganisationNames::new().with_id(8).with_slug("7")),
    ])
}

fn gate() -> OrganisationLayer {
    OrganisationLayer::for_path("/orgs/{org}".parse().unwrap())
}

async fn guarded(gate: OrganisationLayer) -> Guarded {
    Guarded::start(|app| app.layer(gate).layer(tokens())).await
}

const APP: &str = "Authorization: Bearer app";
const USER: &str = "Authorization: Bearer user";

#[tokio::test]
async fn ones_own_organisation_is_reached_by_id_and_by_slug_and_all_others_are_one_answer() {
    for gate in [gate().with_organisations(organisations()), gate().with_organisations(Later::new(organisations()))] {
        let guarded = guarded(gate.with_other_paths(["/me"])).await;
        for path in ["/orgs/acme", "/orgs/7", "/orgs/7/things", "/orgs/acme/things/8", "/me"] {
            assert_eq!(guarded.ask(&format!("GET {path}"), &[APP]).await.status, 200, "{path}");
        }
        let other = guarded.whole("GET /orgs/other/things", &[APP]).await;
        assert_eq!(other.status, 403);
        for path in
            ["/orgs/8", "/orgs/9", "/orgs/07", "/orgs/7.0", "/orgs/Acme", "/orgs/%37", "/orgs/", "/things", "/orgs"]
        {
            assert_eq!(guarded.whole(&format!("GET {path}"), &[APP]).await, other, "{path}");
        }
        for credentials in [USER, "Authorization: Bearer gone"] {
            assert_eq!(guarded.whole("GET /orgs/acme", &[credentials]).await, other, "{credentials}");
        }
    }
}

#[tokio::test]
async fn tokens_that_are_bound_to_none_pass_where_that_is_asked_for() {
    for gate in [gate(), gate().with_organisations(organisations())] {
        let guarded = guarded(gate.with_insecure_unbound_tokens()).await;
        for path in ["/orgs/acme", "/orgs/8/things", "/things"] {
            assert_eq!(guarded.ask(&format!("GET {path}"), &[USER]).await.status, 200, "{path}");
        }
        assert_eq!(guarded.ask("GET http://evil.example/orgs/acme", &[USER]).await.status, 400);
        assert_eq!(guarded.ask("GET /orgs/other", &[APP]).await.status, 403);
        assert_eq!(guarded.ask("GET /things", &[APP]).await.status, 403);
    }
}

#[tokio::test]
async fn a_store_in_trouble_admits_nobody() {
    for trouble in Trouble::ALL {
        let gate = gate().with_organisations(trouble).with_store_timeout(Trouble::LIMIT).with_other_paths(["/me"]);
        let guarded = guarded(gate).await;
        for path in ["/orgs/acme", "/orgs/7", "/orgs/other"] {
            let answer = guarded.ask(&format!("GET {path}"), &[APP]).await;
            assert_eq!((answer.status, answer.field("retry-after")), (503, Some("1")), "{trouble:?} {path}");
        }
        // Nothing to ask about.
        assert_eq!(guarded.ask("GET /me", &[APP]).await.status, 200);
        assert_eq!(guarded.ask("GET /orgs/acme", &[USER]).await.status, 403);
    }
}
