//! The client: signs its calls, and shows what is refused.

use std::io::{Write as _, stdout};
use std::time::Duration;

use countersign::Secret;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Endpoint, Uri};
use tonic::{Code, Request, Response, Status};

use crate::depot::orders_client::OrdersClient;
use crate::depot::uploads_client::UploadsClient;
use crate::depot::{Chunk, Order, Placed, Uploaded};
use crate::signing::{self, Calls};
use crate::{Failure, UPLOAD_DIGEST, digest};

/// How long connecting may take, and a call until its answer begins.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

const CHUNKS: [&str; 2] = ["hello ", "depot"];

pub(crate) async fn run(url: &str, secret: Secret) -> Result<(), Failure> {
    let channel =
        Endpoint::from_shared(url.to_owned())?.connect_timeout(CONNECT_TIMEOUT).timeout(CALL_TIMEOUT).connect().await?;
    let (bare, origin) = (signing::unsigned(channel), url.parse::<Uri>()?);
    let whole = signing::whole(bare.clone(), secret.clone())?;
    let head = signing::head(bare.clone(), secret.clone(), &[UPLOAD_DIGEST])?;

    told("Place", place(&whole, &origin).await?.into_inner().text)?;
    told("Upload", upload(&head, &origin, CHUNKS).await?.into_inner().text)?;

    // Whatever was signed, what is sent from the second call on has the first one's signature.
    let again = signing::head(signing::replaying(bare.clone()), secret.clone(), &[UPLOAD_DIGEST])?;
    upload(&again, &origin, CHUNKS).await?;
    refused("Upload, the same head again", Code::Unauthenticated, upload(&again, &origin, CHUNKS).await)?;

    let nothing_said = signing::head(bare.clone(), secret.clone(), &[])?;
    refused("Upload, digest not signed", Code::Unauthenticated, upload(&nothing_said, &origin, CHUNKS).await)?;
    refused("Upload, other chunks", Code::DataLoss, upload(&head, &origin, ["hello ", "robot"]).await)?;
    let head = signing::head(bare.clone(), secret, &[])?;
    refused("Place, only the head signed", Code::Unauthenticated, place(&head, &origin).await)?;
    refused("Place, not signed", Code::Unauthenticated, place(&bare, &origin).await)
}

async fn place(calls: &Calls, origin: &Uri) -> Result<Response<Placed>, Status> {
    // What signs has to know the host, which the channel would only add later.
    let mut orders = OrdersClient::with_origin(calls.clone(), origin.clone());
    orders.place(Order { item: "a book".to_owned() }).await
}

/// Announces what [`CHUNKS`] are, and sends these.
async fn upload(calls: &Calls, origin: &Uri, chunks: [&'static str; 2]) -> Result<Response<Uploaded>, Status> {
    let announced: Result<MetadataValue<Ascii>, _> = digest::of(&CHUNKS).parse();
    let chunks = chunks.map(|text| Chunk { data: text.as_bytes().to_vec() });
    let mut request = Request::new(tokio_stream::iter(chunks));
    let announced = announced.map_err(|_| Status::internal("the digest is no metadata"))?;
    request.metadata_mut().insert(UPLOAD_DIGEST, announced);
    UploadsClient::with_origin(calls.clone(), origin.clone()).upload(request).await
}

fn told(call: &str, text: impl AsRef<str>) -> Result<(), Failure> {
    Ok(writeln!(stdout(), "{call:<28} {}", text.as_ref())?)
}

/// A call that must not succeed, nor fail for another reason.
fn refused<T>(call: &str, expected: Code, answer: Result<Response<T>, Status>) -> Result<(), Failure> {
    match answer {
        Err(refusal) if refusal.code() == expected => told(call, format!("refused: {expected:?}")),
        Err(failure) => Err(failure.into()),
        Ok(_) => Err(format!("{call}: the server let it through").into()),
    }
}
