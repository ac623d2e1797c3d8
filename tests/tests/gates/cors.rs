//! Browsers' preflights, and what pages may read.

use countersign::OriginLayer;
use countersign::gate::{Origins, RegisteredOrigins, cors_layer};
use countersign_tests::Answer;

use crate::asking::{Guarded, Later, Trouble, origin, tokens};

fn registered() -> Origins {
    [origin("https://app.example"), origin("http://localhost:8080")].into_iter().collect()
}

async fn guarded(origins: impl RegisteredOrigins) -> Guarded {
    let gate = OriginLayer::new(Origins::none().with(origin("https://app.example")));
    Guarded::start(|app| app.layer(gate).layer(tokens()).layer(cors_layer(origins))).await
}

const ALLOWED: &str = "access-control-allow-origin";

async fn preflight(guarded: &Guarded, origin: &str) -> Answer {
    let origin = format!("Origin: {origin}");
    let asks = ["Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: authorization"];
    guarded.ask("OPTIONS /things", &[&*origin, asks[0], asks[1]]).await
}

#[tokio::test]
async fn preflights_from_registered_origins_are_allowed_and_no_others() {
    for guarded in [guarded(registered()).await, guarded(Later::new(registered())).await] {
        for allowed in ["https://app.example", "http://localhost:8080"] {
            let answer = preflight(&guarded, allowed).await;
            assert_eq!((answer.status, answer.field(ALLOWED)), (200, Some(allowed)));
            let (methods, fields) = ("access-control-allow-methods", "access-control-allow-headers");
            assert!(answer.field(methods).unwrap().split(',').any(|method| method == "DELETE"));
            assert!(answer.field(fields).unwrap().split(',').any(|field| field == "authorization"));
            // No cookies; and no cache may show one origin's answer to another.
            assert_eq!(answer.field("access-control-allow-credentials"), None);
            assert!(answer.field("vary").unwrap().contains("origin"));
        }
        for other in [
            "https://evil.example",
            "http://app.example",
            "https://app.example:8443",
            "https://a.app.example",
            "https://app.example.evil.example",
            "https://app.example/",
            "null",
            "*",
            "",
            "\u{e9}",
            "https://app.example https://evil.example",
        ] {
            assert_eq!(preflight(&guarded, other).await.field(ALLOWED), None, "{other}");
        }
        assert_eq!(guarded.inner.calls(), 0);
    }
}

#[tokio::test]
async fn a_page_reads_answers_and_refusals_where_its_origin_is_registered() {
    let guarded = guarded(registered()).await;
    for (token, origin, status, readable) in [
        ("app", "https://app.example", 200, true),
        ("bad", "https://app.example", 401, true),
        // Registered, and not by this token's application.
        ("app", "http://localhost:8080", 403, true),
        ("app", "https://evil.example", 403, false),
        ("bad", "https://evil.example", 401, false),
        // It passes the gate, and the page reads nothing.
        ("app", "null", 200, false),
    ] {
        let fields = [format!("Authorization: Bearer {token}"), format!("Origin: {origin}")];
        let answer = guarded.ask("GET /things", &[&fields[0], &fields[1]]).await;
        assert_eq!((answer.status, answer.field(ALLOWED)), (status, readable.then_some(origin)), "{token} {origin}");
    }
    let answer = guarded.ask("GET /things", &["Authorization: Bearer app"]).await;
    assert_eq!((answer.status, answer.field(ALLOWED)), (200, None));
}

#[tokio::test]
async fn a_store_in_trouble_allows_no_origin() {
    for trouble in Trouble::ALL {
        let guarded = guarded(trouble).await;
        let answer = preflight(&guarded, "https://app.example").await;
        assert_eq!((answer.status, answer.field(ALLOWED)), (200, None), "{trouble:?}");
        // Whoever is no page does not depend on it.
        assert_eq!(guarded.ask("GET /", &["Authorization: Bearer app"]).await.status, 200);
    }
}
