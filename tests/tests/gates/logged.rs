//! What the operator reads.

use countersign::OriginLayer;
use countersign::gate::{Origins, cors_layer};
use countersign_tests::Logs;

use crate::asking::{Guarded, Trouble, tokens};

#[tokio::test]
async fn the_operator_reads_which_origin_was_refused_and_why_none_is_allowed() {
    let logs = Logs::install();
    let gate = OriginLayer::new(Origins::none());
    let guarded = Guarded::start(|app| app.layer(gate).layer(tokens()).layer(cors_layer(Trouble::Fails))).await;
    guarded.ask("GET /", &["Authorization: Bearer app", "Origin: https://evil.example"]).await;
    let logged = logs.text();
    let ours: Vec<&str> = logged.lines().filter(|line| line.contains("countersign::rejection")).collect();
    assert!(
        ours.iter().any(|line| line.contains("wrong origin") && line.contains("https://evil.example")),
        "{ours:#?}"
    );
    let why = ["no origin is allowed", "store failed: store unavailable: the store is down"];
    assert!(ours.iter().any(|line| why.iter().all(|words| line.contains(words))), "{ours:#?}");
}
