//! The client: signs what it is about to send, and sends that.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock as _, KeyId, Secret, SystemClock, sign_request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use crate::{Failure, KEY_ID};

/// How long connecting may take, and the whole exchange.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

pub(crate) async fn run(url: &str, body: Option<&str>, secret: &Secret) -> Result<ExitCode, Failure> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    // One client for the whole program: it keeps connections. `.http2_only(true)` speaks HTTP/2 from the start.
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);

    let method = if body.is_some() { "POST" } else { "GET" };
    let body = Bytes::copy_from_slice(body.unwrap_or_default().as_bytes());
    // From here on neither head nor body may change.
    let (mut head, ()) = Request::builder().method(method).uri(url).body(())?.into_parts();
    sign_request(&mut head, &body, &UstudioV2::new(), &KeyId::new(KEY_ID)?, secret, SystemClock::new().now())?;

    let exchange = async {
        let response = client.request(Request::from_parts(head, Full::new(body))).await?;
        let (status, body) = (response.status(), Limited::new(response.into_body(), LONGEST_ANSWER).collect().await?);
        Ok::<_, Failure>((status, body.to_bytes()))
    };
    let (status, answer) = timeout(TIMEOUT, exchange).await.map_err(|_| format!("no answer within {TIMEOUT:?}"))??;
    write!(stdout(), "{status}\n{}", String::from_utf8_lossy(&answer))?;
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
