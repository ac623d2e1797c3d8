//! By which names the pages may be asked for.
//!
//! The pages ask nobody who they are. If any name would do, the script of another site could read them in the browser of
//! somebody who may: its owner lets the site's own name resolve to this address ("DNS rebinding"). Then it asks by that name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names of this server, beside `localhost` and any IP address, which no site can be served under and be another.
pub(crate) type Names = Arc<[String]>;

/// Lets requests through that ask for this server by one of its names.
pub(crate) async fn known(State(names): State<Names>, request: Request, next: Next) -> Response {
    let asked = request.uri().authority().cloned().or_else(|| {
        let host = request.headers().get(header::HOST)?;
        Authority::try_from(host.as_bytes()).ok()
    });
    if asked.is_some_and(|asked| is_known(asked.host(), &names)) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "This server does not go by that name: --host adds one.\n").into_response()
}

fn is_known(host: &str, names: &[String]) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    address.parse::<IpAddr>().is_ok()
        || host.eq_ignore_ascii_case("localhost")
        || names.iter().any(|name| host.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_or_not() {
        let names = ["events.example.com".to_owned()];
        for host in ["127.0.0.1", "[::1]", "10.0.0.7", "LocalHost", "Events.Example.com"] {
            assert!(is_known(host, &names), "{host}");
        }
        for host in ["", "example.com", "localhost.example.com", "127.0.0.1.example.com", "events.example.com."] {
            assert!(!is_known(host, &names), "{host}");
        }
    }
}
