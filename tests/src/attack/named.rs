//! Formats that are known by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use countersign::KeyId;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{SchemeParameters, has_key_id, named};

use super::Fixtures;

/// What formats need to be told, and with which secret requests are signed.
#[derive(Clone, Debug, Args)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Key {
    /// The secret of requests, as its owner stores it, in place of the fixtures'; not for bearer.
    #[arg(long)]
    pub secret: Option<String>,
    /// The key id of --secret, where requests say it.
    #[arg(long, value_name = "ID", default_value = "correct-key")]
    pub key_id: String,
    /// aws-sigv4: for which region requests are signed.
    #[arg(long, default_value = "us-east-1")]
    pub region: String,
    /// aws-sigv4: for which service.
    #[arg(long, default_value = "service")]
    pub service: String,
    /// Under which URL clients know the server; square: the notification URL, whole.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

impl Key {
    /// The format of this name.
    pub(super) fn scheme(&self, name: &str) -> Result<Arc<dyn HmacScheme>, String> {
        let mut parameters = SchemeParameters::new().with_scope(&*self.region, &*self.service);
        if has_key_id(name) == Some(false) {
            parameters = parameters.with_key_id(KeyId::new(THE_ONE).expect("a word is a key id"));
        }
        if let Some(url) = &self.public_url {
            parameters = parameters.with_notification_url(&**url);
        }
        named(name, &parameters).map_err(|error| error.to_string())
    }

    /// The secrets by key id: the one that was given, or those of the fixtures.
    pub(super) fn secrets(&self, name: &str, fixtures: &Fixtures) -> Result<BTreeMap<String, String>, String> {
        let names_key = has_key_id(name) == Some(true);
        let key_id = if names_key { &*self.key_id } else { THE_ONE };
        let one = |secret: String| BTreeMap::from([(key_id.to_owned(), secret)]);
        match &self.secret {
            Some(secret) => Ok(one(secret.clone())),
            None if names_key => fixtures.table("hmac_keys"),
            None if name == "standard-webhooks" => fixtures.text("webhook_secret").map(one),
            None => Err("there is no secret: give --secret".to_owned()),
        }
    }
}

/// The key id of formats whose requests say none.
const THE_ONE: &str = "the-one";
