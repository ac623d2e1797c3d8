//! A unary gRPC call with a bearer token that is known, among a thousand. The service is tonic's, so that the row without a
//! layer costs what tonic does.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use countersign::BearerTokenLayer;
use http::{HeaderValue, Request, Response, StatusCode, header};
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::service::{InterceptorLayer, Routes};
use tonic_prost::ProstCodec;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::bearer::{store, token, users};
use crate::case::{Case, Group, Of, Row};
use crate::peers::grpc::TokenInterceptor;
use crate::template::Template;

const INTERCEPTOR: &str = "tonic interceptor, HashMap";

/// The request.
#[must_use]
pub fn case() -> Case {
    Case::new("bearer, gRPC unary", false, group)
}

fn group() -> Group {
    // One message: not compressed, seven bytes long, and in it the first field, five bytes long.
    let mut template = Template::with_body("/bench.Echo/Unary", Bytes::from_static(b"\0\0\0\0\x07\x0a\x05hello"));
    let headers = &mut template.head_mut().headers;
    let credentials = HeaderValue::try_from(format!("Bearer {}", token(7))).expect("a token can stand in a field");
    headers.insert(header::AUTHORIZATION, credentials);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    Group::new(template, vec![bare(), countersign(), interceptor()])
}

fn bare() -> Row {
    row("no layer", routes())
}

fn countersign() -> Row {
    row("countersign", BearerTokenLayer::new(store()).layer(routes())).with_aim(INTERCEPTOR, Of::Added, None)
}

fn interceptor() -> Row {
    let interceptor = TokenInterceptor(Arc::new(users(|user| user)));
    row(INTERCEPTOR, InterceptorLayer::new(interceptor).layer(routes()))
}

fn routes() -> Routes {
    Routes::default().add_service(Echo).prepare()
}

fn row<S, ResB: 'static>(name: &'static str, service: S) -> Row
where
    S: Service<Request<axum::body::Body>, Response = Response<ResB>, Error = Infallible> + 'static,
{
    Row::serve(name, service.map_response(with_plain_status))
}

/// In gRPC a refusal is a 200, with the status among the fields of the head.
fn with_plain_status<B>(mut response: Response<B>) -> Response<B> {
    if response.headers().contains_key(Status::GRPC_STATUS) {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// Answers what it was told, in messages of strings.
#[derive(Clone)]
struct Echo;

async fn echo(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    Ok(tonic::Response::new(request.into_inner()))
}

impl NamedService for Echo {
    const NAME: &'static str = "bench.Echo";
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(service_fn(echo), request).await) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_another_token_is_refused_by_each_layer() {
        let Group { mut template, rows, .. } = group();
        template.head_mut().headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer another"));
        let answers = rows.into_iter().map(|mut row| row.answer(template.request()));
        let refused = Some(StatusCode::UNAUTHORIZED);
        assert_eq!(answers.collect::<Vec<_>>(), [Some(StatusCode::OK), refused, refused]);
    }
}
