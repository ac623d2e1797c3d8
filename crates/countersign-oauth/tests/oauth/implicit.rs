//! The implicit grant, where it was switched on.

use http::StatusCode;

use crate::support::{CALLBACK, world};

const REQUEST: [(&str, &str); 5] = [
    ("response_type", "token"),
    ("client_id", "toolbar"),
    ("redirect_uri", CALLBACK),
    ("scope", "things:read things:write"),
    ("state", "xyz"),
];

#[tokio::test]
async fn a_token_comes_in_the_fragment_for_twelve_hours() {
    let world = world().with(|server| server.with_insecure_implicit_grant());
    world.application("toolbar").await;
    let answer = world.approve("bob", &REQUEST).await;
    let location = answer.location();
    let token = answer.parameter("access_token").unwrap();
    assert_eq!(location.query(), None);
    let rest = "&expires_in=43200&expires_at=2027-01-15T20%3A00%3A00.000000Z&token_type=Bearer\
        &scope=things%3Aread+things%3Awrite&state=xyz&iss=https%3A%2F%2Fapi.test";
    assert_eq!(location.as_str(), format!("{CALLBACK}#access_token={token}{rest}"));
    let info = world.info(&token).await.unwrap();
    assert_eq!((info.subject(), info.client_id(), info.organisation()), ("bob", Some("toolbar"), Some("acme")));
    world.advance(3_600);
    let again = world.authorize(Some("bob"), &REQUEST).await;
    assert_eq!(again.parameter("expires_in").as_deref(), Some("43200"), "approved at once, for as long");
    world.members.set("bob", "acme", None);
    assert_eq!(world.authorize(Some("bob"), &REQUEST).await.parameter("access_token"), None);
}

#[tokio::test]
async fn errors_come_in_the_fragment_too() {
    let world = world().with(|server| server.with_insecure_implicit_grant());
    world.application("toolbar").await;
    let page = world.authorize(Some("bob"), &REQUEST).await;
    assert_eq!(page.status, StatusCode::OK);
    let denied = world.send("bob", &page.fields(), "deny").await;
    assert_eq!(denied.location().fragment(), Some("error=access_denied&state=xyz&iss=https%3A%2F%2Fapi.test"));
}
