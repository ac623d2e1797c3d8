//! What is printed, run as printed: a shell, curl, a socket, and a layer that verifies.
#![cfg(unix)]

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::map_response;
use axum::response::Response;
use countersign::hmac::schemes::{SchemeParameters, has_key_id, named, names};
use countersign::{AuthError, HmacAuthLayer};
use countersign_core::{Clock, MemoryStore, Secret, SystemClock};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::support::{Place, Ran};

/// Bytes, hexadecimal digits and base64 at once: some formats want their secrets so.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A server that lets signed requests through and keeps the last body that came in.
struct Server {
    url: String,
    body: Arc<Mutex<Option<Bytes>>>,
    _runtime: Runtime,
}

impl Server {
    fn of(scheme: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let url = format!("{origin}{}", target(scheme));
        let parameters = SchemeParameters::new()
            .with_scope("us-east-1", "service")
            .with_presigned_urls()
            .with_notification_url(&*url);
        let (format, secret) = (named(scheme, &parameters).unwrap(), Secret::new(SECRET).unwrap());
        let layer = match has_key_id(scheme).unwrap() {
            true => HmacAuthLayer::new(format, MemoryStore::new().with_secret("partner", secret)),
            false => HmacAuthLayer::new(format, secret),
        };
        // HTTP/1.1 does not say the URL's scheme.
        let layer = layer.with_public_url(origin.parse().unwrap());
        let body = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&body);
        let keep = async move |body: Bytes| {
            *kept.lock().unwrap() = Some(body);
        };
        let router = Router::new().fallback(keep).layer(layer).layer(map_response(told));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, body, _runtime: runtime }
    }

    fn kept(&self) -> Option<Bytes> {
        self.body.lock().unwrap().take()
    }
}

/// Says in the response why a request was refused.
async fn told(mut response: Response) -> Response {
    if let Some(error) = response.extensions().get::<AuthError>() {
        let why = error.to_string().parse().unwrap();
        response.headers_mut().insert("x-why", why);
    }
    response
}

/// A target with what shells and curl would change, where the format takes that.
fn target(scheme: &str) -> &'static str {
    match scheme {
        "sentry-rpc" => "/hook",
        "duo" => "/it's/x",
        "aws-sigv4" | "duo-v5" | "hubspot-v3" => "/it's/$(x)?q=%20&r=1",
        _ => "/it's/$(x)/../x;a?q=%20&list[]={1}",
    }
}

/// A body with what shells and curl would change, where the format takes that.
fn data(scheme: &str) -> String {
    let now = SystemClock::new().now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    match scheme {
        "linear" => json!({"webhookTimestamp": u64::try_from(now).unwrap()}).to_string(),
        "shopify-query" => String::new(),
        "twilio" | "duo" => "From=%2B1&Body=it's $HOME".to_owned(),
        _ => "it's \"$HOME\" `x`\n\t\\ !! é $(exit 3)\n\n".to_owned(),
    }
}

/// What is said about the key and the scope of a scheme.
fn options(scheme: &str) -> Vec<&str> {
    let key: &[&str] = if has_key_id(scheme).unwrap() { &["--key-id", "partner"] } else { &[] };
    let scope: &[&str] = if scheme == "aws-sigv4" { &["--region", "us-east-1", "--service", "service"] } else { &[] };
    let token: &[&str] = if scheme == "akamai-edgegrid" { &["--access-token", "akab-access"] } else { &[] };
    [&["sign", "--scheme", scheme, "--secret-env", "SIGNING_SECRET"], key, scope, token].concat()
}

fn sign(place: &Place, scheme: &str, more: &[&str]) -> Ran {
    Ran::of(place.command(crate::support::PROGRAM).env("SIGNING_SECRET", SECRET).args(options(scheme)).args(more))
}

/// Runs what was printed, in the same folder; status and reason.
fn run(place: &Place, printed: &str) -> String {
    let script =
        format!("{printed} --silent --show-error --output /dev/null --write-out '%{{http_code}} %header{{x-why}}'");
    let mut shell = place.command("sh");
    shell.args(["-c", &script]).env_remove("http_proxy").env("HOME", "elsewhere");
    Ran::of(&mut shell).succeeded().trim().to_owned()
}

/// All but those whose signature stands in a body that is the application's.
fn signing() -> impl Iterator<Item = &'static str> {
    names().filter(|name| !["adyen-notification", "mailgun"].contains(name))
}

#[test]
fn what_is_printed_is_admitted_as_it_stands() {
    let place = Place::empty();
    for scheme in signing() {
        let server = Server::of(scheme);
        let data = data(scheme);
        let request: &[&str] = match scheme {
            "shopify-query" => &["GET", &server.url],
            _ => &["POST", &server.url, "--data", &data],
        };
        let printed = sign(&place, scheme, request);
        assert_eq!(run(&place, printed.succeeded()), "200", "{scheme}: {}", printed.stdout);
        assert_eq!(server.kept().as_deref(), Some(data.as_bytes()), "{scheme}");
        assert!(!printed.stdout.contains(SECRET) && printed.stderr.is_empty(), "{printed:?}");
        // What was not signed is not admitted.
        let other = sign(&place, scheme, request).stdout;
        let other = run(&place, &format!("{} --header 'webhook-id: other' --data-raw more", other.trim_end()));
        assert!(!other.starts_with("200"), "{scheme}: {other}");
    }
}

#[test]
fn a_body_is_read_from_the_file_that_curl_reads() {
    let place = Place::empty();
    let bytes: Vec<u8> = (0..=255).chain(*b"\r\n\n").collect();
    fs::write(place.path("it's a body.bin"), &bytes).unwrap();
    let server = Server::of("github");
    let printed =
        sign(&place, "github", &["PUT", &server.url, "-d", "@it's a body.bin", "-H", "Content-Type: application/x"]);
    assert!(printed.succeeded().contains(r"--data-binary '@it'\''s a body.bin'"), "{printed:?}");
    assert_eq!(run(&place, printed.succeeded()), "200");
    assert_eq!(server.kept().as_deref(), Some(&*bytes));
    fs::write(place.path("it's a body.bin"), "another").unwrap();
    assert_eq!(run(&place, printed.succeeded()), "401 bad signature");
}

#[test]
fn methods_headers_and_urls_arrive_as_they_were_signed() {
    let place = Place::empty();
    let server = Server::of("rfc9421-hmac-sha256");
    let cover = "@method,@authority,@path,@query,content-digest,x-a,x-empty,accept";
    let headers = ["-H", "X-A: it's", "-H", "x-a: \"two\" ", "-H", "X-Empty:", "-H", "accept: a/b;q=$1"];
    // Without a body, no digest is wanted.
    let bodiless = cover.replace("content-digest,", "");
    for method in ["GET", "HEAD", "DELETE", "PROPFIND", "OPTIONS"] {
        let arguments = [&[method, &*server.url, "--cover", &bodiless][..], &headers].concat();
        let printed = sign(&place, "rfc9421", &arguments);
        assert_eq!(run(&place, printed.succeeded()), "200", "{method}: {}", printed.stdout);
    }
    let arguments = [&["PATCH", &*server.url, "--data", "", "--cover", cover][..], &headers].concat();
    assert_eq!(run(&place, sign(&place, "rfc9421", &arguments).succeeded()), "200");
}

#[test]
fn a_url_can_carry_the_signature() {
    let place = Place::empty();
    let server = Server::of("aws-sigv4");
    let printed = sign(&place, "aws-sigv4", &["GET", &server.url, "--lifetime", "2min"]);
    assert!(printed.succeeded().contains("X-Amz-Expires=120") && !printed.stdout.contains("--header"), "{printed:?}");
    assert_eq!(run(&place, printed.succeeded()), "200");
    assert_eq!(run(&place, printed.succeeded()), "401 replayed");
}

#[test]
fn as_a_document_it_has_all_parts() {
    let place = Place::empty();
    let printed = sign(&place, "github", &["POST", "http://EXAMPLE.com:80/x", "--data", "{}", "--json"]).json();
    assert_eq!([&printed["method"], &printed["url"]], ["POST", "http://example.com/x"]);
    let signature = &printed["headers"].as_array().unwrap()[1];
    assert_eq!(signature[0], "x-hub-signature-256");
    assert!(printed["curl"].as_str().unwrap().contains(signature[1].as_str().unwrap()));
}

#[test]
fn secrets_come_from_variables_and_files() {
    let place = Place::empty();
    let server = Server::of("github");
    for (name, contents, encoding) in [
        ("text", format!("{SECRET}\n"), "text"),
        ("raw", SECRET.to_owned(), "raw"),
        ("hex", hex::encode(SECRET), "hex"),
    ] {
        fs::write(place.path(name), contents).unwrap();
        let arguments =
            ["sign", "--scheme", "github", "POST", &server.url, "--secret-file", name, "--encoding", encoding];
        assert_eq!(run(&place, place.run(&arguments).succeeded()), "200", "{name}");
    }
    let typed = ["sign", "--scheme", "github", "POST", &server.url, "--secret-env", "the secret itself=1"];
    let failed = place.run(&typed);
    assert!(!failed.failed().contains("itself"), "{failed:?}");
}

#[test]
fn what_curl_could_not_send_so_is_refused() {
    let place = Place::empty();
    let url = "http://localhost/x";
    for (scheme, arguments, code, words) in [
        ("github", &["POST", "/x"][..], 2, "a URL is absolute"),
        ("github", &["POST", "http://localhost/é"], 2, "percent-encoded"),
        ("github", &["P ST", url], 2, "that is no method"),
        ("github", &["HEAD", url, "--data", "x"], 2, "no HEAD with a body"),
        ("github", &["POST", url, "--data", "a\u{1b}b"], 2, "put it in a file"),
        ("github", &["POST", url, "--data", "@missing"], 1, "missing could not be opened"),
        ("github", &["POST", url, "--data", "@-"], 2, "the name of a file"),
        ("github", &["POST", url, "-H", "Host: other"], 2, "the host is the URL's"),
        ("github", &["POST", url, "--key-id", "partner"], 2, "do not name their key"),
        ("linear", &["POST", url, "--data", "{}"], 1, "the body is not JSON with a webhookTimestamp"),
        ("mailgun", &["POST", url, "--data", "{}"], 1, "the signature stands in the body"),
        ("rfc9421", &["POST", url, "--cover", "@method,x-absent"], 1, "cannot be signed"),
    ] {
        let ran = sign(&place, scheme, arguments);
        assert_eq!((ran.code, &*ran.stdout), (code, ""), "{arguments:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    let run = |arguments: &[&str]| place.run(&[&["sign", "GET", url, "--secret-file", "x"][..], arguments].concat());
    assert!(run(&["--scheme", "hawk"]).misused().contains("give --key-id"));
    assert!(run(&["--scheme", "sigv4", "--key-id", "a"]).misused().contains("needs a region and a service"));
    assert!(run(&["--scheme", "gitub"]).misused().contains("there are: "));
}
