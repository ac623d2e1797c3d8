//! Managing the application of an organisation.

use axum::body::Body;
use countersign_core::oauth::{ApplicationStore as _, GrantStore as _};
use http::{Request, header};
use serde_json::{Value, json};

use crate::support::{Answer, World, redemption, request, world};

const ACME: &str = "/api/0/organizations/acme/api-application/";

async fn call(world: &World, method: &str, path: &str, user: Option<&str>, body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let request = match body {
        Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(body.to_string().into()),
        None => request.body(Body::empty()),
    };
    world.ask(request.unwrap()).await
}

fn body() -> Value {
    json!({ "allowedOrigins": ["https://app.test"], "redirectUris": ["https://app.test/cb"] })
}

#[tokio::test]
async fn an_admin_adds_shows_changes_and_deletes() {
    let world = world();
    let as_ada = async |method: &str, body: Option<&Value>| call(&world, method, ACME, Some("ada"), body).await;
    for method in ["GET", "DELETE"] {
        assert_eq!(as_ada(method, None).await.status, 404, "{method}");
    }
    assert_eq!(as_ada("PUT", Some(&body())).await.status, 404);

    let added = as_ada("POST", Some(&body())).await;
    assert_eq!(added.status, 201);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 64);
    let expected = json!({ "id": id, "allowedOrigins": ["https://app.test"], "redirectUris": ["https://app.test/cb"] });
    assert_eq!(added.json(), expected);
    let shown = as_ada("GET", None).await;
    assert_eq!((shown.status.as_u16(), shown.json()), (200, expected));

    let again = as_ada("POST", Some(&body())).await;
    assert_eq!((again.status.as_u16(), again.header("location")), (409, ACME));

    let other = json!({ "allowedOrigins": [], "redirectUris": [], "name": "Toolbar" });
    let updated = as_ada("PUT", Some(&other)).await;
    assert_eq!(updated.status, 202);
    assert_eq!(updated.json(), json!({ "id": id, "allowedOrigins": [], "redirectUris": [], "name": "Toolbar" }));
    assert_eq!(as_ada("GET", None).await.json(), updated.json());

    let deleted = as_ada("DELETE", None).await;
    assert_eq!((deleted.status.as_u16(), &*deleted.body), (204, ""));
    assert_eq!(as_ada("GET", None).await.status, 404);
    assert_eq!(as_ada("POST", Some(&body())).await.status, 201);
}

#[tokio::test]
async fn whoever_is_no_admin_sees_nothing_and_changes_nothing() {
    let world = world();
    world.application("toolbar").await;
    let nowhere = "/api/0/organizations/nowhere/api-application/";
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let body = matches!(method, "POST" | "PUT").then(body);
        let answer = async |user, path| call(&world, method, path, user, body.as_ref()).await;
        let of_nothing = answer(Some("ada"), nowhere).await;
        assert_eq!(of_nothing.status, 404, "{method}");
        for user in ["bob", "eve"] {
            let refused = answer(Some(user), ACME).await;
            assert_eq!((refused.status, &refused.body), (of_nothing.status, &of_nothing.body), "{method} {user}");
        }
        assert_eq!(answer(None, ACME).await.status, 403, "{method}");
    }
    let application = world.store.application("toolbar").await.unwrap().unwrap();
    assert_eq!(application.redirect_uris.to_string(), crate::support::CALLBACK);
    assert!(world.store.list_applications(Some("globex"), None, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let world = world();
    let post = async |content_type: &'static str, body: String| {
        let request = Request::post(ACME).header("x-user", "ada").header(header::CONTENT_TYPE, content_type);
        world.ask(request.body(body.into()).unwrap()).await
    };
    let huge = format!("{{\"allowedOrigins\": [\"{}\"]}}", "x".repeat(64 << 10));
    let cases = [
        // A form of another site could send the one, and not the other.
        ("text/plain", body().to_string(), 415),
        ("application/json", huge, 413),
        ("application/json", "{".to_owned(), 400),
        ("application/json", "{}".to_owned(), 400),
    ];
    for (content_type, body, status) in cases {
        assert_eq!(post(content_type, body).await.status, status);
    }
    let errors = post("application/json", json!({ "allowedOrigins": [] }).to_string()).await;
    assert_eq!(errors.json(), json!({ "redirectUris": ["This field is required."] }));
}

#[tokio::test]
async fn of_many_at_once_one_adds() {
    let world = std::sync::Arc::new(world());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let world = world.clone();
        tasks.spawn(async move { call(&world, "POST", ACME, Some("ada"), Some(&body())).await.status.as_u16() });
    }
    let mut statuses = tasks.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 15][..]));
}

#[tokio::test]
async fn with_the_application_goes_all_that_it_was_given() {
    let world = world();
    world.application("toolbar").await;
    let token = world.token("bob").await;
    let code = world.code("bob").await;
    assert_eq!(call(&world, "DELETE", ACME, Some("ada"), None).await.status, 204);
    assert!(!world.is_good(&token).await);
    assert_eq!(world.post("/oauth/token/", &redemption(&code)).await.error(), "invalid_client");
    assert!(world.store.consent("bob", "toolbar", "acme").await.unwrap().is_none());
    assert_eq!(world.authorize(Some("bob"), &request("toolbar")).await.status, 400);
}

#[tokio::test]
async fn it_may_be_nested_below_paths_that_vary() {
    let world = world();
    world.application("toolbar").await;
    let app = axum::Router::new().nest("/{region}/api", world.server.management_router());
    for (path, status) in [("acme", 200), ("%61cme", 200), ("nowhere", 404), ("%ff", 404)] {
        let request = Request::get(format!("/eu/api/organizations/{path}/api-application/")).header("x-user", "ada");
        assert_eq!(Answer::of(app.clone(), request.body(Body::empty()).unwrap()).await.status, status, "{path}");
    }
}
