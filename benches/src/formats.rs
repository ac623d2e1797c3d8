//! The formats that are compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{GitHub, Rfc9421, SigV4, StandardWebhooks, Stripe, UstudioV2};
use webhook_verify::Provider;

use crate::peers::{rfc9421, signature, sigv4, standard_webhooks, webhook_verify as webhooks};
use crate::signature::{Format, Key, Peer};
use crate::template::Template;

pub(crate) struct UstudioV2Requests;

impl Format for UstudioV2Requests {
    const NAME: &'static str = "USTUDIO-HMAC-V2";
    const UNCACHED: bool = true;

    fn scheme() -> impl HmacScheme {
        UstudioV2::new()
    }

    fn keys() -> Vec<Key> {
        partners()
    }

    fn peers(_: &Template) -> Vec<Peer> {
        vec![Peer { row: signature::row(Self::keys()), aims: &[(0, 0.4), (1 << 10, 0.65)] }]
    }
}

pub(crate) struct StandardWebhooksFormat;

impl Format for StandardWebhooksFormat {
    const NAME: &'static str = "Standard Webhooks";

    fn scheme() -> impl HmacScheme {
        StandardWebhooks::new()
    }

    fn keys() -> Vec<Key> {
        one("standard-webhooks", format!("whsec_{}", STANDARD.encode("the one key of a server, 32 B...")))
    }

    fn peers(_: &Template) -> Vec<Peer> {
        vec![
            Peer { row: standard_webhooks::row(&first(Self::keys())), aims: &[(1 << 10, 0.3)] },
            Peer { row: webhooks::row(Provider::StandardWebhooks, first(Self::keys())), aims: &[] },
        ]
    }
}

/// What is signed by default: method, authority, path, query and the body's digest, with time and nonce.
pub(crate) struct Rfc9421Profile;

impl Format for Rfc9421Profile {
    const NAME: &'static str = "RFC 9421";
    // The peer looks for the authority here alone, where HTTP/2 has it.
    const TARGET: &'static str = "https://api.example.com/v1/orders/7";

    fn scheme() -> impl HmacScheme {
        Rfc9421::new()
    }

    fn keys() -> Vec<Key> {
        partners()
    }

    fn sign(template: &mut Template, key: &Key) {
        rfc9421::sign(template, key);
    }

    fn peers(_: &Template) -> Vec<Peer> {
        vec![Peer { row: rfc9421::row(Self::keys()), aims: &[(0, 0.25)] }]
    }
}

pub(crate) struct SigV4Requests;

impl Format for SigV4Requests {
    const NAME: &'static str = "SigV4";

    fn scheme() -> impl HmacScheme {
        SigV4::new(sigv4::REGION, sigv4::SERVICE)
    }

    fn keys() -> Vec<Key> {
        partners()
    }

    fn peers(signed: &Template) -> Vec<Peer> {
        vec![Peer { row: sigv4::row(Self::keys(), signed), aims: &[(0, 0.25)] }]
    }
}

pub(crate) struct StripeWebhooks;

impl Format for StripeWebhooks {
    const NAME: &'static str = "Stripe";

    fn scheme() -> impl HmacScheme {
        Stripe::new()
    }

    fn keys() -> Vec<Key> {
        one("stripe", "whsec_a secret of an endpoint, as shown".to_owned())
    }

    fn peers(_: &Template) -> Vec<Peer> {
        vec![Peer { row: webhooks::row(Provider::Stripe, first(Self::keys())), aims: &[] }]
    }
}

pub(crate) struct GitHubWebhooks;

impl Format for GitHubWebhooks {
    const NAME: &'static str = "GitHub";

    fn scheme() -> impl HmacScheme {
        GitHub::new()
    }

    fn keys() -> Vec<Key> {
        one("github", "the secret of a repository, 32 B".to_owned())
    }

    fn peers(_: &Template) -> Vec<Peer> {
        vec![Peer { row: webhooks::row(Provider::GitHub, first(Self::keys())), aims: &[] }]
    }
}

/// A thousand partners, with secrets as long as those of AWS.
fn partners() -> Vec<Key> {
    let key = |number| Key {
        id: format!("partner-{number:04}"),
        secret: format!("a secret of partner {number:04}, 40 bytes long."),
    };
    (0..1_000).map(key).collect()
}

/// The one key of a format whose requests name none.
fn one(id: &str, secret: String) -> Vec<Key> {
    vec![Key { id: id.to_owned(), secret }]
}

fn first(keys: Vec<Key>) -> Key {
    keys.into_iter().next().expect("there are keys")
}
