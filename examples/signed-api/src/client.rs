//! The client: what is sent, and the order of its layers.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use countersign::hmac::schemes::Rfc9421;
use countersign::sign::{BearerLayer, SignLayer};
use countersign::{PresentedToken, Secret};
use http::header::CONTENT_TYPE;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use tokio::time::timeout;
use tower::retry::RetryLayer;
use tower::util::BoxCloneService;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};

use crate::retry::Attempts;
use crate::transport::{Answer, Client};
use crate::{Failure, KEY_ID};

/// How long the whole exchange may take, with all attempts.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

#[derive(Args)]
pub(crate) struct Options {
    /// Where to; a path of its own and a query are signed as they stand here
    url: Uri,

    /// What to send; with a body the request is a POST
    body: Option<String>,

    /// Which HTTP client
    #[arg(long, value_enum, default_value_t)]
    client: Client,

    /// How often a GET is tried again when the server is busy, or cannot be reached
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    retries: u32,

    /// Send SIGNED_API_TOKEN instead of signing
    #[arg(long)]
    token: bool,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Failure> {
    let Options { url, body, client, retries, token } = options;
    let request = match body {
        None => Request::get(url).body(Full::default())?,
        Some(body) => Request::post(url).header(CONTENT_TYPE, "application/json").body(Full::from(body))?,
    };
    let stack = if token { sending_a_token(client, retries)? } else { signing(client, retries)? };
    let exchange = async {
        let (head, body) = stack.oneshot(request).await?.into_parts();
        Ok::<_, Failure>((head.status, Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes()))
    };
    let (status, answer) = timeout(TIMEOUT, exchange).await.map_err(|_| format!("no answer within {TIMEOUT:?}"))??;
    write!(stdout(), "{status}\n{}", String::from_utf8_lossy(&answer))?;
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A client that signs, or sends a token. Made once for the whole program: it keeps connections.
type Stack = BoxCloneService<Request<Full<Bytes>>, Response<Answer>, BoxError>;

/// Each attempt passes through the signing layer, and gets a time and a nonce of its own.
fn signing(client: Client, retries: u32) -> Result<Stack, Failure> {
    let secret = Secret::new(variable("SIGNED_API_SECRET")?)?;
    let signing = SignLayer::new(Rfc9421::new(), KEY_ID.parse()?, secret);
    let attempts = RetryLayer::new(Attempts::new(retries)?);
    Ok(ServiceBuilder::new().layer(attempts).layer(signing).service(client.transport()?).boxed_clone())
}

/// Over https, or to this machine: elsewhere the layer sends no token.
fn sending_a_token(client: Client, retries: u32) -> Result<Stack, Failure> {
    let token = BearerLayer::new(PresentedToken::new(&variable("SIGNED_API_TOKEN")?));
    let attempts = RetryLayer::new(Attempts::new(retries)?);
    Ok(ServiceBuilder::new().layer(attempts).layer(token).service(client.transport()?).boxed_clone())
}

fn variable(name: &str) -> Result<String, Failure> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    Ok(value.ok_or_else(|| format!("set {name} to what the server printed at its first start"))?)
}
