//! Kallithea 0.7.0, and what WebOb reads in a field.

use std::time::{Duration, SystemTime};

use countersign::bearer::KallitheaRejection;
use countersign::{BearerTokenLayer, ManualClock, MemoryStore, TokenInfo};
use countersign_tests::{Compared, Deviation};
use http::{Request, header};
use serde_json::Value;

use crate::asking::{IN_TWO_PLACES, LOGIN_PAGE, NO_BODIES, ask, rows, status, text, value};

const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
const EXTRA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LIMITED: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/kallithea.json")).unwrap()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// The keys as a row has them, by its id: who is not active, or is nobody in particular, has none.
fn store(id: &str) -> MemoryStore {
    let store = MemoryStore::new().with_token(KEY, TokenInfo::new("test_admin"));
    let extra = TokenInfo::new("test_admin");
    match id {
        "extra-key-never-expires" => store.with_token(EXTRA, extra),
        "extra-key-expired-epoch0" => store.with_token(EXTRA, extra.with_expires_at(SystemTime::UNIX_EPOCH)),
        "extra-key-expired-1s-ago" => store.with_token(EXTRA, extra.with_expires_at(now() - Duration::from_secs(1))),
        "extra-key-expires-in-60s" => store.with_token(EXTRA, extra.with_expires_at(now() + Duration::from_secs(60))),
        "extra-key-exactly-at-expiry" => store.with_token(EXTRA, extra.with_expires_at(now())),
        "extra-key-just-past-expiry" => store.with_token(EXTRA, extra.with_expires_at(now() - Duration::from_nanos(1))),
        "ip-denied" => store.with_token(LIMITED, TokenInfo::new("limited")),
        _ => store,
    }
}

fn layer(store: MemoryStore) -> BearerTokenLayer {
    BearerTokenLayer::new(store)
        .with_clock(ManualClock::new(now()))
        .with_insecure_query_parameter("api_key")
        .with_rejection(KallitheaRejection::new())
}

/// The rows of requests; the one beside them tells of a model.
async fn compare(file: &Value) -> Compared {
    let mut compared = Compared::default();
    for row in rows(file, "http").iter().filter(|row| row["kind"] != "model") {
        let (id, request, expected) = (text(row, "id"), &row["request"], &row["expected"]);
        let query = request["query"].as_object().unwrap().iter();
        let query: Vec<_> = query.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        let method = text(request, "method").trim_end_matches("_json").to_uppercase();
        let mut head = Request::builder().method(&*method).uri(format!("/vcs_test_hg?{}", query.join("&")));
        for (name, field) in request["headers"].as_object().unwrap() {
            head = head.header(name, value(field.as_str().unwrap()));
        }
        let layer = layer(store(id));
        let layer = if request["anonymous_access"] == true { layer.with_optional() } else { layer };
        let told = ask(&layer, head).await;
        if told.status == 403 {
            assert_eq!(told.field("content-type"), Some("text/plain; charset=UTF-8"));
            assert_eq!(told.field("www-authenticate"), None);
        }
        // What the pages have in them when somebody is let in is not ours.
        let says = match status(expected) {
            200 => (200, ""),
            status => (status, text(expected, "body")),
        };
        compared.note(id, says, (told.status, &told.body));
    }
    compared
}

const ADMITTED: (u16, &str) = (200, "");
const FORBIDDEN: (u16, &str) = (403, "403 Forbidden\n\nAccess was denied to this resource.\n\n   ");
const UNAUTHORIZED: (u16, &str) = (401, "Unauthorized\n");

const ADDRESSES: &str = "from where somebody may come is another layer's affair";
const BLANKS: &str = "RFC 9110 §11.4 allows several blanks after the auth-scheme";
const EXPIRY: &str = "the instant of expiry is too late, as with every token here";
const MALFORMED: &str = "credentials that nobody can read are refused, never passed over";

const STRICT: &[Deviation] = &[
    ("bad-bearer-not-rescued-by-good-query", (400, "Bad Request\n"), IN_TWO_PLACES),
    ("bearer-double-space", ADMITTED, BLANKS),
    ("bearer-tab", FORBIDDEN, MALFORMED),
    ("extra-key-exactly-at-expiry", FORBIDDEN, EXPIRY),
    ("ip-denied", ADMITTED, ADDRESSES),
    ("no-credentials", UNAUTHORIZED, LOGIN_PAGE),
    ("post-session-no-csrf", UNAUTHORIZED, LOGIN_PAGE),
    ("rpc-bad-json", UNAUTHORIZED, NO_BODIES),
    ("rpc-bearer-header-ignored", UNAUTHORIZED, NO_BODIES),
    ("rpc-missing-key", UNAUTHORIZED, NO_BODIES),
    ("rpc-ok", UNAUTHORIZED, NO_BODIES),
    ("token-scheme", UNAUTHORIZED, LOGIN_PAGE),
];

#[tokio::test]
async fn every_row_comes_out_as_in_kallithea_but_for_what_is_listed() {
    compare(&file()).await.agrees_with(STRICT, 32);
}

#[tokio::test]
#[should_panic(expected = "deviates and is not listed")]
async fn another_status_than_a_row_says_is_noticed() {
    let mut file = file();
    let row = file["http"].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == "bearer-39").unwrap();
    row["expected"]["status"] = 401.into();
    compare(&file).await.agrees_with(STRICT, 32);
}

/// What WebOb reads in a field, and what Kallithea makes of that: the key if the auth-scheme is `bearer`, nothing otherwise.
#[tokio::test]
async fn fields_are_read_as_by_either_webob_but_for_what_is_listed() {
    let file = file();
    let mut compared = Compared::default();
    for row in rows(&file, "webob_authorization") {
        let field = text(row, "header");
        let head = Request::get("/").header(header::AUTHORIZATION, value(field));
        let told = ask(&layer(store("")), head).await;
        for version in ["webob_1_7_4", "webob_1_8"] {
            let says = match (row[version]["authtype"].as_str(), row[version]["params"].as_str()) {
                (Some(word), Some(KEY)) if word.eq_ignore_ascii_case("bearer") => ADMITTED,
                (Some(word), _) if word.eq_ignore_ascii_case("bearer") => FORBIDDEN,
                _ => UNAUTHORIZED,
            };
            compared.note(&format!("{version} {field}"), says, (told.status, &told.body));
        }
    }
    compared.agrees_with(FIELDS, 20);
}

const FIELDS: &[Deviation] = &[
    ("webob_1_7_4 ", FORBIDDEN, MALFORMED),
    ("webob_1_7_4 \"Bearer\" x", FORBIDDEN, MALFORMED),
    ("webob_1_7_4 Bearer", FORBIDDEN, MALFORMED),
    ("webob_1_7_4 Bearer\t0123456789abcdef0123456789abcdef01234567", FORBIDDEN, MALFORMED),
    ("webob_1_7_4 Bearer  0123456789abcdef0123456789abcdef01234567", ADMITTED, BLANKS),
    ("webob_1_8 ", FORBIDDEN, MALFORMED),
    ("webob_1_8 \"Bearer\" x", FORBIDDEN, MALFORMED),
    ("webob_1_8 Bearer\t0123456789abcdef0123456789abcdef01234567", FORBIDDEN, MALFORMED),
    ("webob_1_8 Bearer  0123456789abcdef0123456789abcdef01234567", ADMITTED, BLANKS),
];

#[tokio::test]
async fn pages_are_those_that_the_caller_prefers() {
    let file = file();
    let bodies = &file["response_bodies"];
    let rows = [
        (KallitheaRejection::new(), "text/html,*/*;q=0.1", "0.7 html"),
        (KallitheaRejection::new(), "*/*", "0.7 html"),
        (KallitheaRejection::new(), "application/json", "0.7 json"),
        (KallitheaRejection::new(), "text/html;q=0.5, application/json", "0.7 json"),
        (KallitheaRejection::new(), "text/plain", "0.7 plain"),
        (KallitheaRejection::of_0_4(), "text/html", "0.4 invalid key html"),
        (KallitheaRejection::of_0_4(), "text/plain", "0.4 invalid key plain"),
    ];
    for (style, accept, expected) in rows {
        let layer = layer(store("")).with_rejection(style);
        let told = ask(&layer, Request::get("/").header("accept", accept).header("authorization", "Bearer bad")).await;
        let expected = &bodies[expected];
        assert_eq!((told.status, &*told.body), (403, text(expected, "body")), "{accept}");
        let content_type = told.field("content-type").unwrap().split(';').next();
        assert_eq!(content_type, expected["content_type"].as_str());
    }
    let visited = ["0.4 invalid key html", "0.4 invalid key plain", "0.7 html", "0.7 json", "0.7 plain"];
    assert_eq!(bodies.as_object().unwrap().keys().collect::<Vec<_>>(), visited);
}
