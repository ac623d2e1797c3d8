//! What sends an event to this server, to be pasted into another terminal.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use shell_words::quote;

use crate::key::Source;

/// By the program beside this one. The key is not in it: what signs reads it where this server has read it.
pub(crate) fn send_event(address: SocketAddr, key: &Source) -> String {
    let url = match url(address) {
        url if url == DEFAULT_URL => String::new(),
        url => format!("--url {url} "),
    };
    let key = match key {
        Source::Environment => String::new(),
        Source::File(file) if file == Path::new(DEFAULT_FILE) => String::new(),
        Source::File(file) => format!("--key-file {} ", quote(&file.to_string_lossy())),
    };
    format!("cargo run -p sentry-store --bin send-event -- {url}{key}\"hello\"")
}

/// By curl and openssl. What is signed is the time, a blank and the body. Whoever may list this machine's processes sees the
/// key while openssl runs: fine for trying it out.
pub(crate) fn curl(address: SocketAddr, key: &Source) -> String {
    let body = "eyJtZXNzYWdlIjogImhlbGxvIn0="; // base64 of {"message": "hello"}
    let key = match key {
        Source::Environment => r#""$SENTRY_KEY""#.to_owned(),
        Source::File(file) => format!(r#""$(cat {})""#, quote(&file.to_string_lossy())),
    };
    format!(
        r#"curl -i -H "$(t=$(date +%s).0; printf 'X-Sentry-Auth: Sentry sentry_timestamp=%s, sentry_signature=%s, sentry_client=curl' $t $(printf '%s %s' $t '{body}' | openssl dgst -sha1 -hmac {key} | sed 's/.* //'))" -H 'Content-Type: application/octet-stream' --data-binary '{body}' {}"#,
        url(address)
    )
}

/// Where `send-event` sends to, and where it finds the key, unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:9000/store/";
const DEFAULT_FILE: &str = "sentry-store.key";

/// Who listens everywhere is reached on this machine, too.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}/store/", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_is_not_the_default() {
        let command = |address: &str, file: &str| send_event(address.parse().unwrap(), &Source::File(file.into()));
        let program = "cargo run -p sentry-store --bin send-event --";
        assert_eq!(command("127.0.0.1:9000", "sentry-store.key"), format!("{program} \"hello\""));
        assert_eq!(
            command("[::]:80", "the key's"),
            format!(r#"{program} --url http://[::1]:80/store/ --key-file 'the key'\''s' "hello""#)
        );
    }
}
