//! From which pages an application's token may be used.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use countersign::gate::{AllowedOrigins as _, RegisteredOrigins as _};
use countersign::{BearerTokenLayer, Clock as _, OriginLayer};
use countersign_core::oauth::{ApplicationChange, ApplicationStatus, ApplicationStore as _, UriList};
use countersign_oauth::ApplicationOrigins;
use http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::faulty_store::{Fault, FaultyStore};
use crate::support::{World, world};

async fn with_origins(world: &World, client_id: &str, origins: &[&str]) {
    world.application(client_id).await;
    let change = ApplicationChange::new().with_allowed_origins(UriList::new(origins).unwrap());
    world.store.update_application(client_id, &change, world.clock.now()).await.unwrap();
}

#[tokio::test]
async fn a_token_is_used_from_pages_of_its_own_application_alone() {
    let world = world();
    with_origins(&world, "toolbar", &["https://app.test"]).await;
    with_origins(&world, "other", &["https://other.test"]).await;
    let token = world.token("bob").await;
    let origins = ApplicationOrigins::new(world.store.clone());
    let app = Router::new()
        .route("/", get(async || "things"))
        .layer(OriginLayer::new(origins))
        .layer(BearerTokenLayer::new(world.store.clone()).with_clock(world.clock.clone()));
    let ask = async |origin: Option<&str>| {
        let mut request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    };
    assert_eq!(ask(None).await, StatusCode::OK);
    assert_eq!(ask(Some("https://app.test")).await, StatusCode::OK);
    for foreign in ["https://other.test", "https://evil.test", "http://app.test", "https://app.test.evil.test"] {
        assert!(ask(Some(foreign)).await.is_client_error(), "{foreign}");
    }
}

#[tokio::test]
async fn all_origins_are_remembered_for_ten_seconds() {
    let world = world();
    let store = FaultyStore::over(world.store.clone());
    let origins = ApplicationOrigins::new(store.clone()).with_clock(world.clock.clone());
    let has = async |origin: &str| origins.is_registered(&origin.parse().unwrap()).await;
    assert!(!has("https://app.test").await.unwrap());
    with_origins(&world, "toolbar", &["https://app.test", "no-origin"]).await;
    with_origins(&world, "idle", &["https://idle.test"]).await;
    let idle = ApplicationChange::new().with_status(ApplicationStatus::Inactive);
    world.store.update_application("idle", &idle, world.clock.now()).await.unwrap();
    world.advance(9);
    assert!(!has("https://app.test").await.unwrap());
    world.advance(1);
    assert!(has("https://app.test").await.unwrap() && !has("https://idle.test").await.unwrap());
    assert_eq!(origins.allowed_origins("idle").await.unwrap(), countersign::gate::Origins::none());
    store.plant(Some(("list_applications", Fault::Fails)));
    assert!(has("https://app.test").await.unwrap(), "nobody is asked");
    world.advance(10);
    has("https://app.test").await.unwrap_err();
    store.plant(None);
    assert!(has("https://app.test").await.unwrap());
    world.clock.set(std::time::UNIX_EPOCH);
    assert!(has("https://app.test").await.unwrap(), "a clock that was set back does not hold on to the past");
}
