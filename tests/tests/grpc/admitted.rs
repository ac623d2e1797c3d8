//! What a caller with a good token gets: everything that there is without the layer.

use countersign::{BearerTokenLayer, MemoryStore, RequireScopeLayer, RequiredScopes, TokenInfo};
use http::uri::PathAndQuery;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::service::{LayerExt as _, Routes};
use tonic::{Code, Status};
use tower_layer::Identity;

use crate::service::{COUNT, Echo, Running, TALK, call, codec, with_credentials};

fn bearer() -> BearerTokenLayer {
    let ada = TokenInfo::new("ada").with_scope("echo".parse().unwrap());
    BearerTokenLayer::new(MemoryStore::new().with_token("tk_of_ada", ada))
}

const ADA: &[&str] = &["Bearer tk_of_ada"];

#[tokio::test]
async fn a_unary_call_reaches_the_handler_with_who_sent_it() {
    let server = Running::echo(bearer());
    let answer = call(server.channel().await, with_credentials("hello".to_owned(), ADA)).await.unwrap();
    assert_eq!(answer.get_ref(), "ada said hello");
}

#[tokio::test]
async fn without_a_layer_the_handler_learns_nobody() {
    let server = Running::echo(Identity::new());
    let status = call(server.channel().await, with_credentials("hello".to_owned(), ADA)).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
}

#[tokio::test]
async fn a_scope_gate_around_one_service_lets_the_scope_through() {
    let gate = RequireScopeLayer::new(RequiredScopes::all_of("echo".parse().unwrap()));
    let server = Running::start(bearer(), Routes::default().add_service(gate.named_layer(Echo)));
    let answer = call(server.channel().await, with_credentials("hello".to_owned(), ADA)).await.unwrap();
    assert_eq!(answer.get_ref(), "ada said hello");
}

#[tokio::test]
async fn a_stream_of_answers_arrives_whole() {
    let server = Running::echo(bearer());
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let request = with_credentials("count".to_owned(), ADA);
    let answers = client.server_streaming(request, PathAndQuery::from_static(COUNT), codec()).await.unwrap();
    let answers: Vec<Result<String, Status>> = answers.into_inner().collect().await;
    let answers: Vec<String> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, ["ada said count 1", "ada said count 2", "ada said count 3"]);
}

/// Each message is only sent when the one before it was answered: a layer that waits for the end of the request's body, as
/// one for signatures must, fails this.
#[tokio::test]
async fn both_sides_talk_in_turns() {
    let server = Running::echo(bearer());
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let (messages, outbound) = mpsc::channel(1);
    let request = with_credentials(ReceiverStream::new(outbound), ADA);
    let mut answers = client.streaming(request, PathAndQuery::from_static(TALK), codec()).await.unwrap().into_inner();
    for message in ["one", "two", "three"] {
        messages.send(message.to_owned()).await.unwrap();
        assert_eq!(answers.message().await.unwrap().unwrap(), format!("ada said {message}"));
    }
    drop(messages);
    assert_eq!(answers.message().await.unwrap(), None);
}

/// The connection serves on after a refusal, also for calls that were in progress.
#[tokio::test]
async fn a_refused_call_disturbs_no_other_on_its_connection() {
    let server = Running::echo(bearer());
    let channel = server.channel().await;
    let mut client = Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let (messages, outbound) = mpsc::channel(1);
    let request = with_credentials(ReceiverStream::new(outbound), ADA);
    let mut answers = client.streaming(request, PathAndQuery::from_static(TALK), codec()).await.unwrap().into_inner();
    let refused = call(channel.clone(), with_credentials("hello".to_owned(), &[])).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    messages.send("still here".to_owned()).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap(), "ada said still here");
}
