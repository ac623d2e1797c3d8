//! The consent form: nobody approves what they were not asked.

use countersign::Secret;
use countersign_oauth::{ConsentPage, Pages, RefusalPage};
use http::{Request, StatusCode, header};

use crate::support::{Answer, World, changed, request, world};

async fn page(world: &World, user: &str) -> Vec<(String, String)> {
    world.authorize(Some(user), &request("toolbar")).await.fields()
}

fn with(fields: &[(String, String)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let others = fields.iter().filter(|(known, _)| known != name).cloned();
    others.chain(value.map(|value| (name.to_owned(), value.to_owned()))).collect()
}

/// Neither a redirect with a code, nor a consent that would let the next request through.
async fn refused(world: &World, answer: &Answer, name: &str) {
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FORBIDDEN, ""), "{name}: {}", answer.body);
    assert_eq!(world.authorize(Some("bob"), &request("toolbar")).await.status, StatusCode::OK, "{name}");
}

#[tokio::test]
async fn a_form_is_good_for_its_user_and_its_request_alone() {
    let world = world();
    world.application("toolbar").await;
    world.application("other").await;
    let own = page(&world, "bob").await;
    let seal = own.iter().find(|(name, _)| name == "seal").unwrap().1.clone();
    let (until, mac) = seal.split_once('.').unwrap();
    let later = format!("{}.{mac}", until.parse::<u64>().unwrap() + 1);
    let of_ada = page(&world, "ada").await;
    let of_ada = of_ada.iter().find(|(name, _)| name == "seal").unwrap().1.clone();
    let other_challenge = "a".repeat(42) + "A";
    let cases = [
        ("no seal", with(&own, "seal", None)),
        ("half a seal", with(&own, "seal", Some(until))),
        ("an empty seal", with(&own, "seal", Some("."))),
        ("a seal that ends later", with(&own, "seal", Some(&later))),
        ("a shorter seal", with(&own, "seal", Some(&seal[..seal.len() - 1]))),
        ("somebody else's seal", with(&own, "seal", Some(&of_ada))),
        ("more scope", with(&own, "scope", Some("things:read things:write"))),
        ("another application", with(&own, "client_id", Some("other"))),
        ("another state", with(&own, "state", Some("other"))),
        ("no state", with(&own, "state", None)),
        ("no redirect URI", with(&own, "redirect_uri", None)),
        ("another challenge", with(&own, "code_challenge", Some(&other_challenge))),
    ];
    for (name, fields) in cases {
        refused(&world, &world.send("bob", &fields, "approve").await, name).await;
        refused(&world, &world.send("bob", &fields, "deny").await, name).await;
    }
    let answer = world.send("ada", &own, "approve").await;
    refused(&world, &answer, "sent by somebody else").await;
    assert!(world.send("bob", &own, "approve").await.parameter("code").is_some());
}

#[tokio::test]
async fn a_form_ends_after_ten_minutes() {
    let world = world();
    world.application("toolbar").await;
    let own = page(&world, "bob").await;
    world.advance(600);
    refused(&world, &world.send("bob", &own, "approve").await, "too late").await;
    let own = page(&world, "bob").await;
    world.advance(599);
    assert!(world.send("bob", &own, "approve").await.parameter("code").is_some());
}

#[tokio::test]
async fn a_form_of_another_instance_needs_the_same_key() {
    let world = world();
    world.application("toolbar").await;
    let shared = Secret::new("a key that all instances share").unwrap();
    let [one, two, alone] = [Some(&shared), Some(&shared), None].map(|key| {
        key.into_iter()
            .fold(world.server.clone().with_form_key(Secret::random()), |server, key| server.with_form_key(key.clone()))
    });
    let world = world.with(|_| one);
    let own = page(&world, "bob").await;
    let world = world.with(|_| alone);
    refused(&world, &world.send("bob", &own, "approve").await, "another key").await;
    let world = world.with(|_| two);
    assert!(world.send("bob", &own, "approve").await.parameter("code").is_some());
}

#[tokio::test]
async fn whoever_left_between_page_and_answer_approves_nothing() {
    let world = world();
    world.application("toolbar").await;
    let own = page(&world, "bob").await;
    world.members.set("bob", "acme", None);
    let answer = world.send("bob", &own, "approve").await;
    assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn what_is_no_form_or_too_long_is_refused() {
    let world = world();
    world.application("toolbar").await;
    let post = |content_type: &str, body: String| {
        let request = Request::post("/oauth/authorize/").header("x-user", "bob");
        request.header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (post("application/json", "{}".to_owned()), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (post(form, format!("a={}", "x".repeat(16 << 10))), StatusCode::PAYLOAD_TOO_LARGE),
        (post(form, "a=1&a=1".to_owned()), StatusCode::BAD_REQUEST),
        (post(form, String::new()), StatusCode::BAD_REQUEST),
    ];
    for (request, status) in cases {
        assert_eq!(world.ask(request).await.status, status);
    }
    let asked = changed(&request("toolbar"), "op", Some("approve"));
    let page = world.authorize(Some("bob"), &asked).await;
    assert_eq!(page.status, StatusCode::OK, "a query approves nothing");
}

/// Pages of one's own, without any care.
struct Bare;

impl Pages for Bare {
    fn consent(&self, page: &ConsentPage<'_>) -> String {
        format!("{} wants {:?} in {}", page.application, page.scopes, page.organisation)
    }

    fn refusal(&self, page: &RefusalPage<'_>) -> String {
        format!("no: {:?}", page.parameter)
    }
}

#[tokio::test]
async fn pages_of_ones_own_stay_out_of_frames_and_caches_too() {
    let world = world().with(|server| server.with_pages(Bare));
    world.application("toolbar").await;
    let consent = world.authorize(Some("bob"), &request("toolbar")).await;
    assert_eq!(consent.body, "toolbar wants [\"things:read\"] in acme");
    let refusal = world.authorize(Some("bob"), &request("other")).await;
    assert_eq!(refusal.body, "no: Some(\"client_id\")");
    for page in [consent, refusal] {
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"));
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}
