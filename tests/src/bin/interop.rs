//! The other side of the scripts in `tests/interop`: a server that guards with our layer, and a client that signs with our
//! scheme, in any format by its name.
//!
//! ```text
//! interop --scheme NAME serve ADDR   guards every path; prints "listening on ADDR", and echoes what it lets through
//! interop --scheme NAME send         reads "METHOD URL BASE64-BODY [FIELD:VALUE]…" a line, signs and sends it, prints the status
//! interop authorize ADDR             an authorization server, and what its tokens reach below /orgs; prints "listening on ADDR"
//! ```
//!
//! Answers to requests of Hawk are signed; `send --proved-answers` says whether those that come back are.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::{Parser, Subcommand};
use countersign::body::AuthBody;
use countersign::hmac::schemes::{SchemeParameters, named};
use countersign::hmac::{HawkResponseLayer, HmacScheme};
use countersign::sign::verify_response;
use countersign::{Authenticated, Clock as _, HmacAuthLayer, KeyId, MemoryStore, Secret, SystemClock, sign_request};
use countersign_tests::authorizing::{authorization_server, mounted, register};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::Layer as _;

type Failure = Box<dyn Error + Send + Sync>;

/// A server that verifies, or a client that signs.
#[derive(Parser)]
struct Options {
    /// The format
    #[arg(long, default_value = "ustudio-hmac")]
    scheme: String,
    /// The key that there is
    #[arg(long, default_value = "correct-key")]
    key_id: KeyId,
    /// Its secret
    #[arg(long, default_value = "secret")]
    secret: String,
    /// Region and service, where the format wants them
    #[arg(long, value_name = "REGION/SERVICE", value_parser = scope)]
    scope: Option<(String, String)>,
    #[command(subcommand)]
    side: Side,
}

#[derive(Subcommand)]
enum Side {
    /// Guard every path
    Serve {
        /// Tell the layer that it is reached by http at this address, where the format signs that
        #[arg(long)]
        known_origin: bool,
        address: String,
    },
    /// Sign and send what stdin says
    Send {
        /// Say "unproved" after the status where the answer is not signed with the secret
        #[arg(long)]
        proved_answers: bool,
    },
    /// Give tokens, and guard with them: below `/orgs/{org}` for the scope `things:read` and the organisation `acme`
    Authorize {
        /// Where the client `toolbar` may return to; may be repeated
        #[arg(long = "redirect-uri", required = true)]
        redirect_uris: Vec<String>,
        address: String,
    },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Options { scheme, key_id, secret, scope, side } = Options::parse();
    if let Side::Authorize { redirect_uris, address } = side {
        return authorize(&redirect_uris, &address).await;
    }
    let mut parameters = SchemeParameters::new().with_key_id(key_id.clone());
    if let Some((region, service)) = scope {
        parameters = parameters.with_scope(region, service);
    }
    let (scheme, secret) = (named(&scheme, &parameters)?, Secret::new(secret)?);
    match side {
        Side::Serve { known_origin, address } => serve(scheme, key_id, secret, known_origin, &address).await,
        Side::Send { proved_answers } => send(&*scheme, &key_id, &secret, proved_answers).await,
        Side::Authorize { .. } => Ok(()),
    }
}

fn scope(text: &str) -> Result<(String, String), &'static str> {
    let (region, service) = text.split_once('/').ok_or("a region, a slash and a service")?;
    Ok((region.to_owned(), service.to_owned()))
}

async fn serve(
    scheme: Arc<dyn HmacScheme>,
    key_id: KeyId,
    secret: Secret,
    known_origin: bool,
    address: &str,
) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let mut layer = HmacAuthLayer::new(scheme, MemoryStore::new().with_secret(key_id.as_str(), secret));
    if known_origin {
        layer = layer.with_public_url(format!("http://{address}/").parse()?);
    }
    let guarded = layer.layer(HawkResponseLayer::new().layer(tower::service_fn(echo)));
    println!("listening on {address}");
    io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(guarded.clone());
        tokio::spawn(async move {
            // A connection that breaks off is the client's affair.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn authorize(redirect_uris: &[String], address: &str) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (store, clock) = (MemoryStore::new(), SystemClock::new());
    let redirect_uris: Vec<&str> = redirect_uris.iter().map(String::as_str).collect();
    register(&store, &clock, &redirect_uris).await?;
    let server = authorization_server(format!("http://{address}").parse()?, store.clone());
    let server = server.with_refresh_tokens(A_DAY).with_clock(clock);
    let guarded = mounted(&server, store, clock, Router::new().fallback(whose));
    println!("listening on {address}");
    io::stdout().flush()?;
    Ok(axum::serve(listener, guarded).await?)
}

/// For whom, and through which application.
async fn whose(caller: Authenticated) -> String {
    let client = caller.token().and_then(|token| token.client_id()).unwrap_or_default();
    format!("{} through {client}", caller.subject())
}

const A_DAY: Duration = Duration::from_secs(24 * 3600);

async fn echo(request: Request<AuthBody<Incoming>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Ok(Response::new(Full::new(body)))
}

async fn send(scheme: &dyn HmacScheme, key_id: &KeyId, secret: &Secret, proved_answers: bool) -> Result<(), Failure> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let body = STANDARD.decode(words.next().unwrap_or_default())?;
        let (mut head, ()) = Request::builder().method(method).uri(url).body(())?.into_parts();
        for field in words {
            let (name, value) = field.split_once(':').ok_or("a field has no colon")?;
            head.headers.insert(HeaderName::try_from(name)?, HeaderValue::from_str(value)?);
        }
        match sign_request(&mut head, &body, scheme, key_id, secret, SystemClock::new().now()) {
            Err(error) => println!("refused: {error}"),
            Ok(()) => {
                let request = Request::from_parts(head.clone(), Full::new(Bytes::from(body)));
                let (answer, body) = client.request(request).await?.into_parts();
                let body = body.collect().await?.to_bytes();
                let proved =
                    !proved_answers || verify_response(&head, &answer.headers, Some(&body), scheme, secret).is_ok();
                println!("{}{}", answer.status.as_u16(), if proved { "" } else { " unproved" });
            }
        }
    }
    Ok(())
}
