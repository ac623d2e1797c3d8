//! What to paste into another terminal: a command for each provider, made of curl and openssl.
//!
//! Whoever may list this machine's processes sees a secret while openssl runs: fine for trying it out.

use std::net::SocketAddr;

use countersign::Secret;

use crate::secrets::Provider;

pub(crate) fn instructions(made: &[(Provider, Secret)], address: SocketAddr) -> String {
    let exports: String = made
        .iter()
        .map(|(provider, secret)| {
            let text = String::from_utf8_lossy(secret.expose_secret());
            format!("export {}={text}\n", provider.variable())
        })
        .collect();
    let exports = match made {
        [] => "The store has a secret for each provider. Export those that the commands want.\n".to_owned(),
        _ => format!("New secrets, shown this once; paste them first:\n\n{exports}"),
    };
    let commands: Vec<_> = Provider::ALL.into_iter().map(|provider| command(provider, address)).collect();
    format!("{exports}\nWhat the providers would send:\n\n{}\n", commands.join("\n\n"))
}

fn command(provider: Provider, address: SocketAddr) -> String {
    let json = "-H 'Content-Type: application/json'";
    let hmac = |format: &str, values: &str| {
        format!(r#"printf '{format}' {values} | openssl dgst -sha256 -hmac "${}" | sed 's/.* //'"#, provider.variable())
    };
    match provider {
        // What is signed is the body alone.
        Provider::GitHub => {
            let body = r#"{"zen":"Keep it logically awesome.","hook_id":1}"#;
            let signature = hmac("%s", &format!("'{body}'"));
            format!(
                r#"curl -i {json} -H "X-GitHub-Event: ping" -H "X-GitHub-Delivery: $(openssl rand -hex 16)" -H "X-Hub-Signature-256: sha256=$({signature})" -d '{body}' http://{address}/github"#
            )
        }
        // Time and body, with a full stop between.
        Provider::Stripe => {
            let body = r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;
            let signature = hmac("%s.%s", &format!("$t '{body}'"));
            format!(
                r#"curl -i {json} -H "Stripe-Signature: $(t=$(date +%s); printf 't=%s,v1=%s' $t $({signature}))" -d '{body}' http://{address}/stripe"#
            )
        }
        // The version, time and body, with colons between.
        Provider::Slack => {
            let body = r#"{"type":"url_verification","challenge":"a word of Slack"}"#;
            let signature = hmac("v0:%s:%s", &format!("$t '{body}'"));
            format!(
                r#"t=$(date +%s); curl -i {json} -H "X-Slack-Request-Timestamp: $t" -H "X-Slack-Signature: v0=$({signature})" -d '{body}' http://{address}/slack"#
            )
        }
        // Id, time and body, with full stops between; the key is what the secret says in base64.
        Provider::StandardWebhooks => {
            let body = r#"{"type":"user.created","data":{"name":"ada"}}"#;
            let variable = provider.variable();
            let key = format!(
                r#"$(printf %s "${{{variable}#whsec_}}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')"#
            );
            let signature = format!(
                r#"printf 'msg_1.%s.%s' $t '{body}' | openssl dgst -sha256 -mac HMAC -macopt "hexkey:{key}" -binary | openssl base64 -A"#
            );
            format!(
                r#"t=$(date +%s); curl -i {json} -H "webhook-id: msg_1" -H "webhook-timestamp: $t" -H "webhook-signature: v1,$({signature})" -d '{body}' http://{address}/standard"#
            )
        }
    }
}
