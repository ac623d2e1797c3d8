//! The client: sends its token with every call, and shows what a refusal looks like.

use std::io::{Write as _, stdout};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

use crate::Failure;
use crate::post::gate_client::GateClient;
use crate::post::post_client::PostClient;
use crate::post::{CountRequest, Line, OpenRequest, WhoAmIRequest};

/// How long connecting may take, and a call until its answer begins.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the server is asked whether it is still there, and how long the answer may take.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn run(url: &str, token: &str) -> Result<(), Failure> {
    // One channel for the whole program: it keeps its connection, and makes a new one when it must.
    let channel = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .connect()
        .await?;
    let credentials = Credentials::new(token)?;
    let mut post = PostClient::with_interceptor(channel.clone(), credentials.clone());
    let mut gate = GateClient::with_interceptor(channel.clone(), credentials);
    let mut out = stdout();

    let caller = post.who_am_i(WhoAmIRequest {}).await?.into_inner();
    writeln!(out, "WhoAmI          {}, scope {:?}", caller.subject, caller.scope)?;

    let mut numbers = post.count(CountRequest { up_to: 3 }).await?.into_inner();
    write!(out, "Count          ")?;
    while let Some(number) = numbers.try_next().await? {
        write!(out, " {}", number.value)?;
        out.flush()?;
    }
    writeln!(out)?;

    // Each line is sent only when the one before it was answered: nothing on the way waits for the end of the stream.
    let (lines, outbound) = mpsc::channel(1);
    let mut answers = post.talk(ReceiverStream::new(outbound)).await?.into_inner();
    for text in ["hello", "goodbye"] {
        lines.send(Line { text: text.to_owned() }).await?;
        let answer = answers.try_next().await?.ok_or("the server ended the stream too early")?;
        writeln!(out, "Talk            {text:?} → {:?}", answer.text)?;
    }

    match gate.open(OpenRequest {}).await {
        Ok(reply) => writeln!(out, "Open            {}", reply.into_inner().text)?,
        Err(refusal) if refusal.code() == Code::PermissionDenied => {
            writeln!(out, "Open            {}", described(&refusal))?;
        }
        Err(failure) => return Err(failure.into()),
    }

    match PostClient::new(channel).who_am_i(WhoAmIRequest {}).await {
        Ok(_) => Err("the server let a call without a token through".into()),
        Err(refusal) => Ok(writeln!(out, "without token   {}", described(&refusal))?),
    }
}

/// A refusal is a status like any other. What the server would rather have is in the metadata.
fn described(refusal: &Status) -> String {
    let challenge = refusal.metadata().get("www-authenticate").and_then(|challenge| challenge.to_str().ok());
    let challenge = challenge.map(|challenge| format!(" (www-authenticate: {challenge})")).unwrap_or_default();
    format!("refused: {:?}, {:?}{challenge}", refusal.code(), refusal.message())
}

/// Puts the token into the metadata of each call.
#[derive(Clone)]
struct Credentials(MetadataValue<Ascii>);

impl Credentials {
    fn new(token: &str) -> Result<Self, Failure> {
        let value = format!("Bearer {token}").parse();
        let mut value: MetadataValue<Ascii> =
            value.map_err(|_| "the token has characters that no header field takes")?;
        // Kept out of logs and out of the table by which HTTP/2 abbreviates repeated fields.
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}
