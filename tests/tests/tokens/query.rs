//! Tokens in the query, in an axum application.

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, RawQuery};
use axum::routing::get;
use countersign::{BearerTokenLayer, MemoryStore, TokenInfo};
use http::{Request, Uri};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

const TOKEN: &str = "canary-0A1b2C3d4E5f";

fn layer() -> BearerTokenLayer {
    let store = MemoryStore::new().with_token(TOKEN, TokenInfo::new("ada"));
    BearerTokenLayer::new(store).with_insecure_query_parameter("api_key")
}

/// Tells everything that axum says of the target.
async fn tell(OriginalUri(original): OriginalUri, uri: Uri, RawQuery(query): RawQuery) -> String {
    format!("{original} {uri} {query:?}")
}

#[tokio::test]
async fn neither_the_target_nor_the_original_one_nor_its_query_has_the_token_anywhere_around_a_nest() {
    let route = || Router::new().route("/x", get(tell));
    let apps = [
        Router::new().nest("/api", route()).layer(layer()),
        Router::new().nest("/api", route().layer(layer())),
        Router::new().nest("/api", Router::new().route("/x", get(tell).layer(layer()))),
        Router::new().route("/api/x", get(tell)).route_layer(layer()),
    ];
    for app in apps {
        for (target, query, left) in [
            (format!("/api/x?api_key={TOKEN}"), "", "None"),
            (format!("/api/x?a=1&api_key={TOKEN}"), "?a=1", r#"Some("a=1")"#),
        ] {
            let request = Request::get(target).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()["cache-control"], "private");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let told = String::from_utf8(body.to_vec()).unwrap();
            assert!(told.starts_with(&format!("/api/x{query} ")) && told.ends_with(left), "{told}");
            assert!(!told.contains(TOKEN) && !told.contains("api_key"), "{told}");
        }
    }
}

/// Without the layer, everything has it: the test above would notice.
#[tokio::test]
async fn without_the_layer_the_token_is_everywhere() {
    let app = Router::new().nest("/api", Router::new().route("/x", get(tell)));
    let request = Request::get(format!("/api/x?api_key={TOKEN}")).body(Body::empty()).unwrap();
    let body = app.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(String::from_utf8(body.to_vec()).unwrap().matches(TOKEN).count(), 3);
}
