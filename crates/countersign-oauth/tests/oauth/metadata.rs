//! The documents.

use axum::body::Body;
use http::Request;

use crate::support::world;

#[tokio::test]
async fn the_documents_are_for_everybody() {
    let world = world();
    for (path, name) in [("oauth-authorization-server", "issuer"), ("oauth-protected-resource", "resource")] {
        let answer = world.ask(Request::get(format!("/.well-known/{path}")).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.json()[name], "https://api.test");
    }
}
