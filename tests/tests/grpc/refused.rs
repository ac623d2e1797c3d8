//! What tonic's client makes of a refusal.

use std::future;
use std::time::{Duration, SystemTime};

use countersign::{
    BearerTokenLayer, MemoryStore, PresentedToken, RequireScopeLayer, RequiredScopes, StoreError, TokenInfo, store_fn,
};
use http::uri::PathAndQuery;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::metadata::KeyAndValueRef;
use tonic::service::{LayerExt as _, Routes};
use tonic::{Code, Status};
use tower_layer::Identity;

use crate::service::{Echo, Running, TALK, call, codec, with_credentials};

/// In everything that the refused callers send, and in nothing that they may get back.
const MARK: &str = "xyzzy";

fn tokens() -> MemoryStore {
    let (before, after) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40));
    MemoryStore::new()
        .with_token("tk_xyzzy", TokenInfo::new("ada"))
        .with_token("tk_xyzzy_expired", TokenInfo::new("ada").with_expires_at(before))
        .with_token("tk_xyzzy_revoked", TokenInfo::new("ada").with_revoked_at(before))
        .with_token("tk_xyzzy_early", TokenInfo::new("ada").with_not_before(after))
}

async fn refusal(server: &Running, credentials: &[&str]) -> Status {
    let status = call(server.channel().await, with_credentials(MARK.to_owned(), credentials)).await.unwrap_err();
    assert!(!status.message().contains(MARK), "{status:?}");
    assert!(!format!("{:?}", status.metadata()).contains(MARK), "{status:?}");
    status
}

fn challenge(status: &Status) -> Option<&str> {
    status.metadata().get("www-authenticate").map(|challenge| challenge.to_str().unwrap())
}

#[tokio::test]
async fn credentials_that_are_no_good_are_unauthenticated() {
    let server = Running::echo(BearerTokenLayer::new(tokens()));
    let invalid_request = r#"Bearer error="invalid_request""#;
    let invalid_token = r#"Bearer error="invalid_token""#;
    let cases: [(&[&str], &str, &str); 8] = [
        (&[], "Unauthorized", "Bearer"),
        (&["Basic xyzzy"], "Unauthorized", "Bearer"),
        (&["Bearer xyzzy xyzzy"], "Bad Request", invalid_request),
        (&["Bearer tk_xyzzy", "Bearer tk_xyzzy"], "Bad Request", invalid_request),
        (&["Bearer tk_xyzzy_unknown"], "Unauthorized", invalid_token),
        (&["Bearer tk_xyzzy_expired"], "Unauthorized", invalid_token),
        (&["Bearer tk_xyzzy_revoked"], "Unauthorized", invalid_token),
        (&["Bearer tk_xyzzy_early"], "Unauthorized", invalid_token),
    ];
    for (credentials, message, wanted) in cases {
        let status = refusal(&server, credentials).await;
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, message), "{credentials:?}");
        assert_eq!(challenge(&status), Some(wanted), "{credentials:?}");
        assert_eq!(status.metadata().get("cache-control").unwrap(), "no-store", "{credentials:?}");
    }
}

#[tokio::test]
async fn nobody_can_tell_why_a_token_is_no_good() {
    let server = Running::echo(BearerTokenLayer::new(tokens()));
    let mut answers = Vec::new();
    for token in ["unknown", "expired", "revoked", "early"] {
        let status = refusal(&server, &[&format!("Bearer tk_xyzzy_{token}")]).await;
        let fields = status.metadata().iter().filter_map(|field| match field {
            KeyAndValueRef::Ascii(name, _) if name == "date" => None,
            KeyAndValueRef::Ascii(name, value) => Some(format!("{name}: {value:?}")),
            KeyAndValueRef::Binary(name, value) => Some(format!("{name}: {value:?}")),
        });
        answers.push((status.code(), status.message().to_owned(), fields.collect::<Vec<_>>()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a_lacking_scope_is_permission_denied() {
    let scopes = || RequiredScopes::all_of("echo".parse().unwrap());
    let gate = RequireScopeLayer::new(scopes()).named_layer(Echo);
    let by_gate = Running::start(BearerTokenLayer::new(tokens()), Routes::default().add_service(gate));
    let by_layer = Running::echo(BearerTokenLayer::new(tokens()).with_scopes(scopes()));
    for server in [by_gate, by_layer] {
        let status = refusal(&server, &["Bearer tk_xyzzy"]).await;
        assert_eq!((status.code(), status.message()), (Code::PermissionDenied, "Forbidden"));
        assert_eq!(challenge(&status), Some(r#"Bearer error="insufficient_scope", scope="echo""#));
    }
}

#[tokio::test]
async fn credentials_that_are_too_long_exhaust_a_resource() {
    let server = Running::echo(BearerTokenLayer::new(tokens()));
    let status = refusal(&server, &[&format!("Bearer {}", MARK.repeat(1700))]).await;
    assert_eq!((status.code(), status.message()), (Code::ResourceExhausted, "Request Header Fields Too Large"));
    assert_eq!(challenge(&status), None);
}

#[tokio::test]
async fn a_store_that_cannot_answer_is_unavailable() {
    let down = store_fn(|_: PresentedToken| future::ready(Err(StoreError::new("xyzzy: connection refused"))));
    let broken = store_fn(|_: PresentedToken| async { panic!("xyzzy") });
    let slow = store_fn(|_: PresentedToken| future::pending());
    let servers = [
        Running::echo(BearerTokenLayer::new(down)),
        Running::echo(BearerTokenLayer::new(broken)),
        Running::echo(BearerTokenLayer::new(slow).with_store_timeout(Duration::from_millis(1))),
    ];
    for server in servers {
        let status = refusal(&server, &["Bearer tk_xyzzy"]).await;
        assert_eq!((status.code(), status.message()), (Code::Unavailable, "Service Unavailable"));
        assert_eq!(challenge(&status), None);
    }
}

#[tokio::test]
async fn a_gate_without_its_layer_is_internal() {
    let gate = RequireScopeLayer::new(RequiredScopes::all_of("echo".parse().unwrap())).named_layer(Echo);
    let server = Running::start(Identity::new(), Routes::default().add_service(gate));
    let status = refusal(&server, &["Bearer tk_xyzzy"]).await;
    assert_eq!((status.code(), status.message()), (Code::Internal, "Internal Server Error"));
}

#[tokio::test]
async fn unknown_services_are_unknown_to_authenticated_callers_alone() {
    let server = Running::start(BearerTokenLayer::new(tokens()), Routes::default());
    assert_eq!(refusal(&server, &[]).await.code(), Code::Unauthenticated);
    assert_eq!(refusal(&server, &["Bearer tk_xyzzy"]).await.code(), Code::Unimplemented);
}

/// The caller's stream of messages never begins and never ends; nobody waits for it.
#[tokio::test]
async fn a_stream_is_refused_before_its_first_message() {
    let server = Running::echo(BearerTokenLayer::new(tokens()));
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let (messages, outbound) = tokio::sync::mpsc::channel(1);
    let request = with_credentials(ReceiverStream::new(outbound), &["Bearer tk_xyzzy_unknown"]);
    let refused = client.streaming(request, PathAndQuery::from_static(TALK), codec()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
    drop(messages);
}
