//! What to paste into another terminal.

use std::net::SocketAddr;

use crate::KEY_ID;
use crate::server::Credentials;

pub(crate) fn instructions(made: Option<&Credentials>, address: SocketAddr) -> String {
    let exports = made.map_or_else(
        || {
            "The file has its key and its token, which cannot be shown again; another --database gets new ones.\n"
                .to_owned()
        },
        |Credentials { secret, token }| {
            let (secret, token) = (String::from_utf8_lossy(secret.expose_secret()), token.expose_secret());
            format!(
                "A key and a token, shown this once; paste them first:\n\n\
                 export SIGNED_API_SECRET={secret}\nexport SIGNED_API_TOKEN={token}\n"
            )
        },
    );
    let client = "cargo run -p signed-api -- client";
    let commands = [
        format!("{client} 'http://{address}/orders?page=2'"),
        format!("{client} --client hyper http://{address}/orders '{BODY}'"),
        format!("{client} --retries 2 http://{address}/busy"),
        format!("{client} --token http://{address}/reports"),
        signed_curl("GET", address, "/reports", "", ""),
        signed_curl("POST", address, "/orders", "?note=second", BODY),
    ];
    format!("{exports}\nRequests to try:\n\n{}\n", commands.join("\n\n"))
}

const BODY: &str = r#"{"item":"a book"}"#;

/// What RFC 9421 §2.5 signs: a line for each component, then which they are, with time, nonce and key. Whoever may list this
/// machine's processes sees the secret while openssl runs: fine for trying it out.
fn signed_curl(method: &str, address: SocketAddr, path: &str, query: &str, body: &str) -> String {
    let openssl = r#"openssl dgst -sha256 -hmac "$SIGNED_API_SECRET" -binary | openssl base64 -A"#;
    let mut components = r#"\"@method\" \"@authority\" \"@path\" \"@query\""#.to_owned();
    let mut lines = format!(
        r#""@method": {method}\n"@authority": {address}\n"@path": {path}\n"@query": ?{}\n"#,
        query.trim_start_matches('?')
    );
    let (mut digest, mut sent, mut values) = (String::new(), String::new(), String::new());
    if !body.is_empty() {
        digest = format!("d=sha-256=:$(printf %s '{body}' | openssl dgst -sha256 -binary | openssl base64 -A):; ");
        components.push_str(r#" \"content-digest\""#);
        lines.push_str(r#""content-digest": %s\n"#);
        values.push_str(r#""$d" "#);
        sent = format!(r#" -H "Content-Digest: $d" -d '{body}'"#);
    }
    let parameters = format!(
        r#"({components});created=$(date +%s);nonce=\"$(openssl rand -hex 16)\";keyid=\"{KEY_ID}\";alg=\"hmac-sha256\""#
    );
    format!(
        r#"{digest}p="{parameters}"; curl -i -H "Signature-Input: sig1=$p" -H "Signature: sig1=:$(printf '{lines}"@signature-params": %s' {values}"$p" | {openssl}):"{sent} 'http://{address}{path}{query}'"#
    )
}
