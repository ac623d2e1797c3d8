//! Which format, and with which key.

use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{SchemeParameters, has_key_id, named};
use countersign_core::KeyId;

use crate::failure::{Failure, Result};
use crate::time::Period;

/// The options that say how to sign.
#[derive(Args)]
pub(super) struct SchemeOptions {
    /// The signature format: github, stripe, rfc9421, sigv4, … An unknown one lists them all
    #[arg(long, value_name = "NAME")]
    scheme: String,

    /// The key, for formats whose requests name it
    #[arg(long, value_name = "KEY_ID")]
    key_id: Option<KeyId>,

    /// The access token that goes with the key (Akamai EdgeGrid)
    #[arg(long, value_name = "TOKEN")]
    access_token: Option<String>,

    /// The region that the key is for (AWS Signature Version 4)
    #[arg(long)]
    region: Option<String>,

    /// The service that the key is for (AWS Signature Version 4)
    #[arg(long)]
    service: Option<String>,

    /// What to cover, in formats whose requests list it: names with commas between, such as date,@request-target
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    cover: Vec<String>,

    /// The signature's tag (RFC 9421)
    #[arg(long)]
    tag: Option<String>,

    /// How long the signature is good (RFC 9421; AWS Signature Version 4, which then stands in the URL)
    #[arg(long, value_name = "PERIOD")]
    lifetime: Option<Period>,
}

impl SchemeOptions {
    /// The format, for requests to this URL, and the key id to sign with.
    pub(super) fn make(&self, url: &str, now: SystemTime) -> Result<(Arc<dyn HmacScheme>, KeyId)> {
        let mut parameters = SchemeParameters::new().with_notification_url(url);
        if let (Some(region), Some(service)) = (&self.region, &self.service) {
            parameters = parameters.with_scope(&**region, &**service);
        }
        if let Some(token) = &self.access_token {
            parameters = parameters.with_access_token(&**token);
        }
        if !self.cover.is_empty() {
            parameters = parameters.with_covered_components(self.cover.clone());
        }
        if let Some(tag) = &self.tag {
            parameters = parameters.with_tag(&**tag);
        }
        if let Some(lifetime) = self.lifetime {
            parameters = parameters.with_lifetime(lifetime.from(now)?);
        }
        let scheme = named(&self.scheme, &parameters).map_err(|error| Failure::usage(error.to_string()))?;
        let key_id = match (&self.key_id, has_key_id(&self.scheme)) {
            (Some(key_id), Some(true)) => key_id.clone(),
            (None, Some(false)) => KeyId::new("unnamed").map_err(|error| Failure::failed(error.to_string()))?,
            (None, _) => return Err(Failure::usage("requests of this scheme name their key: give --key-id")),
            (Some(_), _) => {
                return Err(Failure::usage("requests of this scheme do not name their key: leave --key-id out"));
            }
        };
        Ok((scheme, key_id))
    }
}
