//! The other side of the scripts in `tests/interop`: a server that guards with our layer, and a client that signs with our
//! scheme.
//!
//! ```text
//! interop serve ADDR     guards every path; prints "listening on ADDR", and echoes what it lets through
//! interop send           reads "METHOD URL BASE64-BODY" a line, signs and sends it, prints the status
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, HmacAuthLayer, KeyId, Secret, SystemClock, sign_request};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::Layer;

const KEY: &str = "correct-key";
const SECRET: &str = "secret";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address).await,
        ["send"] => send().await,
        _ => Err("usage: interop serve ADDR | interop send".into()),
    }
}

async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let store = countersign::MemoryStore::new().with_secret(KEY, Secret::new(SECRET)?);
    let guarded = HmacAuthLayer::new(UstudioV2::new(), store).layer(tower::service_fn(echo));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(guarded.clone());
        tokio::spawn(async move {
            // A connection that breaks off is the client's affair.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn echo(request: Request<AuthBody<Incoming>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Ok(Response::new(Full::new(body)))
}

async fn send() -> Result<(), Box<dyn Error>> {
    let (key_id, secret) = (KeyId::new(KEY)?, Secret::new(SECRET)?);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.splitn(3, ' ');
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let body = STANDARD.decode(words.next().unwrap_or_default())?;
        let (mut head, ()) = Request::builder().method(method).uri(url).body(())?.into_parts();
        match sign_request(&mut head, &body, &UstudioV2::new(), &key_id, &secret, SystemClock::new().now()) {
            Err(error) => println!("refused: {error}"),
            Ok(()) => {
                let response = client.request(Request::from_parts(head, Full::new(Bytes::from(body)))).await?;
                println!("{}", response.status().as_u16());
            }
        }
    }
    Ok(())
}
